"""A loss or gradient that is not a number stops training and is traced to its basin and step."""

import pytest
import torch

from dcfe.diagnosis import NonFiniteError
from dcfe.losses import Loss, Term
from dcfe.networks import ParameterNetwork, PointParameters
from dcfe.training import TrainingSettings, train
from tests.dcfe.learning_cases import BOUNDS, problem, reservoir, with_observed

DATA, _ = problem()


def learn(simulate, learner=None, **settings):
    chosen = TrainingSettings(epochs=2, **settings)
    train(DATA, learner or PointParameters(BOUNDS, DATA), chosen, simulate=simulate)


def spoiled(basin, step, spoil, name="Kn"):
    """The reservoir with something added at one step of one basin."""

    def simulate(parameters, data, warmup=0, through_warmup=True):
        outputs = reservoir(parameters, data, warmup, through_warmup)
        first = int((data.start - DATA.start).astype(int)) // 60
        place = step - first - warmup
        if basin in data.ids and 0 <= place < outputs["q_out"].shape[1]:
            row = data.ids.index(basin)
            value = parameters[name][row] if parameters[name].dim() == 1 else parameters[name][row, warmup + place]
            mark = torch.zeros_like(outputs["q_out"])
            mark[row, place] = 1.0
            outputs["q_out"] = outputs["q_out"] + torch.where(mark == 1.0, spoil(value), 0.0)
        return outputs

    return simulate


def root_of_nothing(x):
    # the value is 0 but its slope is infinite times 0
    return torch.sqrt(x * 0.0)


@pytest.mark.parametrize("through", [True, False])
def test_a_gradient_that_the_model_loses(through):
    with pytest.raises(NonFiniteError) as error:
        learn(spoiled("basin-3", 57, root_of_nothing), warmup=10, gradient_through_warmup=through)
    assert str(error.value) == (
        "epoch 1, steps 0 to 95: the gradient is nan: the gradient to Kn is not finite in 1 of 6 basins: "
        "basin-3 at step 57 (2000-10-03T09:00)"
    )


def test_steps_count_from_the_beginning_of_the_data_in_windows_too():
    with pytest.raises(NonFiniteError, match=r"1 of 2 basins: basin-3 at step 57 \(2000-10-03T09:00\)"):
        learn(spoiled("basin-3", 57, root_of_nothing), warmup=10, window=20, basins_per_batch=2)


def test_the_last_lost_step_is_where_the_adjoint_went_wrong():
    def storage_is_lost(parameters, data, warmup=0, through_warmup=True):
        outputs = reservoir(parameters, data, warmup, through_warmup)
        if "basin-1" in data.ids:
            row = data.ids.index("basin-1")
            rate = parameters["Kn"][row].expand(data.rain.shape[1])
            # as in an adjoint sweep, everything before step 40 is spoiled by what happened in it
            lost = torch.nn.functional.pad(root_of_nothing(rate[:41]), (0, data.rain.shape[1] - 41))
            outputs["q_out"] = torch.stack([q + lost if r == row else q for r, q in enumerate(outputs["q_out"])])
        return outputs

    with pytest.raises(NonFiniteError, match=r"basin-1 at step 40 \("):
        learn(storage_is_lost)


def test_an_output_that_is_not_a_number():
    with pytest.raises(
        NonFiniteError, match=r"the loss is nan: the model's q_out is not finite in 1 of 6 basins: basin-2 at step 30"
    ):
        learn(spoiled("basin-2", 30, lambda x: torch.log(-x)), warmup=10)


def test_an_infinite_output():
    with pytest.raises(
        NonFiniteError, match="the loss is inf: the model's q_out is not finite in 1 of 6 basins: basin-0"
    ):
        learn(spoiled("basin-0", 30, lambda x: x / 0.0))


def test_a_gradient_that_the_loss_loses(monkeypatch):
    data = with_observed(DATA, q_out=DATA.observed["q_out"])

    class Root(Loss):
        def target(self, data, warmup=0):
            return RootTarget(super().target(data, warmup).targets)

    from dcfe.losses import LossTarget

    class RootTarget(LossTarget):
        def part(self, rows, first, last):
            return RootTarget(super().part(rows, first, last).targets)

        def __call__(self, outputs):
            return super().__call__(outputs) + torch.sqrt(outputs["q_out"][4:5, 20:22] * 0.0).sum()

    monkeypatch.setattr("dcfe.training.Loss", Root)
    with pytest.raises(
        NonFiniteError, match="the gradient of the loss to q_out is not finite in 1 of 6 basins: basin-4 at step 25"
    ):
        train(data, PointParameters(BOUNDS, DATA), TrainingSettings(epochs=1, warmup=5), simulate=reservoir)


def test_parameters_that_are_not_numbers():
    learner = PointParameters(BOUNDS, DATA)
    with torch.no_grad():
        learner.values[[1, 4], 0] = torch.nan
    with pytest.raises(
        NonFiniteError, match=r"the learner gives Kn that is not finite to 2 of 6 basins: basin-1 \(.*basin-4"
    ):
        learn(reservoir, learner)


def test_a_gradient_that_the_network_loses():
    class Lost(ParameterNetwork):
        def shares(self, data):
            return super().shares(data) + torch.sqrt(self.head.bias * 0.0)

    with pytest.raises(NonFiniteError, match="the gradient is lost inside the learner"):
        learn(reservoir, Lost(BOUNDS, DATA))


def test_many_basins_are_counted():
    def everywhere(parameters, data, warmup=0, through_warmup=True):
        outputs = reservoir(parameters, data, warmup, through_warmup)
        return {"q_out": outputs["q_out"] + root_of_nothing(parameters["Kn"].reshape(len(data.ids), -1))}

    with pytest.raises(NonFiniteError, match="6 of 6 basins: basin-0 .* and 1 more"):
        learn(everywhere)


def test_weights_stay_as_they_were():
    learner = PointParameters(BOUNDS, DATA)
    with pytest.raises(NonFiniteError):
        learn(spoiled("basin-3", 57, root_of_nothing), learner)
    assert bool((learner.values == 0.0).all())


def test_lbfgs_stops_too():
    with pytest.raises(NonFiniteError, match="basin-3 at step 57"):
        learn(spoiled("basin-3", 57, root_of_nothing), optimiser="lbfgs")


def test_a_validation_that_is_not_a_number():
    simulate = spoiled("basin-5", 30, lambda x: torch.log(-x))
    with pytest.raises(
        NonFiniteError, match=r"epoch 1: validation held: the model's q_out is not finite in 1 of 2 basins: basin-5"
    ):
        train(
            DATA.basins([0, 1, 2]),
            ParameterNetwork(BOUNDS, DATA),
            TrainingSettings(epochs=1, loss=(Term(),)),
            simulate=simulate,
            validation={"held": DATA.basins([4, 5])},
        )
