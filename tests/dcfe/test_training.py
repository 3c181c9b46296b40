import dataclasses
import math

import numpy as np
import pytest
import torch

from dcfe.losses import Loss, Term
from dcfe.networks import ParameterNetwork, PointParameters
from dcfe.simulate import evaluate
from dcfe.training import TrainingSettings, train
from ngen_bmi.errors import ParameterError
from tests.dcfe.learning_cases import BOUNDS, problem, reservoir, run_training, with_gaps, with_observed

DATA, TRUTH = problem()


def weights_of(learner):
    return torch.cat([weight.detach().flatten() for weight in learner.parameters()])


def network(**options):
    return ParameterNetwork(BOUNDS, DATA, (6,), **options)


@pytest.mark.parametrize(("optimiser", "epochs", "rate"), [("adam", 150, 0.1), ("lbfgs", 12, None)])
def test_true_parameters_are_found_again(optimiser, epochs, rate):
    points = PointParameters(BOUNDS, DATA)
    settings = TrainingSettings(
        loss=(Term(), Term("actual_et")), optimiser=optimiser, epochs=epochs, learning_rate=rate, schedule="cosine"
    )
    result = train(DATA, points, settings, simulate=reservoir)
    tolerance = 1e-2 if optimiser == "adam" else 1e-6
    with torch.no_grad():
        found = points(DATA)
    for name in BOUNDS.names:
        torch.testing.assert_close(found[name], TRUTH[name], rtol=tolerance, atol=0)
    assert result.history[-1]["loss"] < 1e-3 * result.history[0]["loss"]
    assert not points.training


def test_batches_of_basins_and_windows_learn_too():
    settings = TrainingSettings(epochs=20, learning_rate=0.05, basins_per_batch=2, window=30, warmup=12)
    learner = network()
    before = Loss().target(DATA, 12)(evaluate(learner, DATA, reservoir, 12))
    train(DATA, learner, settings, simulate=reservoir)
    after = Loss().target(DATA, 12)(evaluate(learner, DATA, reservoir, 12))
    assert float(after) < 0.1 * float(before)


@pytest.mark.parametrize("kind", ["batches", "full", "lbfgs"])
def test_two_trainings_give_identical_numbers(kind):
    torch.manual_seed(1)
    one, learner = run_training(kind, None)
    torch.manual_seed(2)
    two, other = run_training(kind, None)
    np.testing.assert_equal(one.history, two.history)
    assert torch.equal(weights_of(learner), weights_of(other))


def test_a_learner_in_evaluation_mode_is_trained_all_the_same():
    settings = TrainingSettings(epochs=2)
    one, two = (
        train(DATA, net, settings, simulate=reservoir) for net in (network(dropout=0.5), network(dropout=0.5).eval())
    )
    assert one.history == two.history


def test_another_seed_gives_other_batches():
    settings = TrainingSettings(epochs=1, basins_per_batch=2)
    losses = [
        train(DATA, network(), dataclasses.replace(settings, seed=seed), simulate=reservoir).history[0]["loss"]
        for seed in (1, 1, 2)
    ]
    assert losses[0] == losses[1] != losses[2]


def test_the_first_epoch_reports_loss_and_gradient_of_the_start():
    learner = network()
    loss = Loss((Term(kind="kge"),)).target(DATA, 10)(reservoir(learner(DATA), DATA, 10))
    loss.backward()
    loss = loss.detach()
    norm = math.sqrt(sum(float(w.grad.square().sum()) for w in learner.parameters()))
    settings = TrainingSettings(loss=(Term(kind="kge"),), epochs=1, warmup=10, learning_rate=0.01)
    (row,) = train(DATA, network(), settings, simulate=reservoir).history
    assert row == {
        "epoch": 1,
        "learning_rate": 0.01,
        "loss": pytest.approx(float(loss), rel=1e-14),
        "gradient_norm": pytest.approx(norm, rel=1e-12),
    }


@pytest.mark.parametrize("through", [True, False])
def test_gradients_come_through_the_warm_up_or_not(through):
    learner = PointParameters(BOUNDS, DATA)
    loss = Loss().target(DATA, 30)(reservoir(learner(DATA), DATA, 30, through))
    loss.backward()
    settings = TrainingSettings(epochs=1, warmup=30, gradient_through_warmup=through, clip=None)
    (row,) = train(DATA, PointParameters(BOUNDS, DATA), settings, simulate=reservoir).history
    assert row["gradient_norm"] == pytest.approx(float(learner.values.grad.norm()), rel=1e-13)
    other = PointParameters(BOUNDS, DATA)
    Loss().target(DATA, 30)(reservoir(other(DATA), DATA, 30, not through)).backward()
    assert float(other.values.grad.norm()) != pytest.approx(row["gradient_norm"], rel=1e-4)


def test_long_gradients_are_shortened():
    moved = {}
    for clip in (None, 1e-3):
        points = PointParameters(BOUNDS, DATA)
        grads = []
        points.values.register_post_accumulate_grad_hook(lambda weight, grads=grads: grads.append(weight.grad))
        train(DATA, points, TrainingSettings(epochs=1, clip=clip), simulate=reservoir)
        moved[clip] = grads[-1]
    assert float(moved[None].norm()) > 0.01
    torch.testing.assert_close(moved[1e-3], 1e-3 * moved[None] / moved[None].norm(), rtol=1e-4, atol=0)


def test_the_learning_rate_follows_the_schedule():
    cosine = TrainingSettings(epochs=4, learning_rate=0.1, schedule="cosine")
    assert [cosine.rate(e) for e in range(4)] == pytest.approx(
        [0.1, 0.05 * (1 + math.sqrt(0.5)), 0.05, 0.05 * (1 - math.sqrt(0.5))]
    )
    rows = train(DATA, network(), cosine, simulate=reservoir).history
    assert [row["learning_rate"] for row in rows] == [cosine.rate(e) for e in range(4)]
    assert TrainingSettings().rate(200) == 4e-3
    assert TrainingSettings(optimiser="lbfgs").rate(0) == 1.0


def test_training_stops_when_validation_no_longer_improves():
    # held-out basins that follow another rule: fitting the training basins makes them worse before long
    train_data, held = DATA.basins([0, 1, 2, 3]), DATA.basins([4, 5])
    held = with_observed(held, q_out=reservoir(held.parameters | {"Kn": 1.0 - TRUTH["Kn"][4:]}, held)["q_out"])
    settings = TrainingSettings(epochs=200, learning_rate=0.05, patience=6)
    learner = network()
    result = train(train_data, learner, settings, simulate=reservoir, validation={"held": held})
    losses = [row["validation_held_loss"] for row in result.history]
    assert result.stopped_early
    assert len(losses) < 200
    assert result.best_epoch == int(np.argmin(losses)) + 1 == len(losses) - 6
    assert result.best_loss == min(losses) < losses[-1]
    again = Loss().target(held)(evaluate(learner, held, reservoir))
    assert float(again) == result.best_loss


def test_validation_tells_medians_of_scores_for_each_set():
    held = {"basins": with_gaps(DATA.basins([4, 5])), "period": DATA.period(40, 96)}
    settings = TrainingSettings(loss=(Term(), Term("actual_et", "kge")), epochs=5, warmup=8, validate_every=2)
    learner = network()
    history = train(DATA, learner, settings, simulate=reservoir, validation=held).history
    done = [not math.isnan(row["validation_basins_loss"]) for row in history]
    assert done == [False, True, False, True, True]
    assert list(history[0]) == [
        *("epoch", "learning_rate", "loss", "gradient_norm"),
        *(
            f"validation_{name}_{what}"
            for name in held
            for what in ("loss", "q_out_nse", "q_out_kge", "actual_et_nse", "actual_et_kge")
        ),
    ]
    outputs = evaluate(learner, held["period"], reservoir, 8)
    observed = held["period"].observed["actual_et"][:, 8:]
    nse = 1.0 - ((outputs["actual_et"] - observed) ** 2).mean(dim=1) / observed.var(dim=1, correction=0)
    best = min(
        (row for row, there in zip(history, done, strict=True) if there),
        key=lambda row: row["validation_basins_loss"] + row["validation_period_loss"],
    )
    assert best["validation_period_actual_et_nse"] == pytest.approx(float(np.median(nse.numpy())), rel=1e-10)


def test_evaluation_is_without_dropout_and_gradients():
    learner = network(dropout=0.5)
    outputs = evaluate(learner, DATA, reservoir, 5)
    assert learner.training
    assert not outputs["q_out"].requires_grad
    assert torch.equal(outputs["q_out"], evaluate(learner, DATA, reservoir, 5)["q_out"])


def test_learned_parameters_that_the_model_refuses_are_told_with_their_basins():
    def simulate(parameters, data, warmup=0, through_warmup=True):
        raise ParameterError("ensemble", ["catchment 1: wltsmc is too high", "something else"])

    settings = TrainingSettings(epochs=1, basins_per_batch=3, seed=3)
    with pytest.raises(ParameterError) as error:
        train(DATA.basins([2, 5]), network(), settings, simulate=simulate)
    names = error.value.problems
    assert names[0] in ("basin basin-2: wltsmc is too high", "basin basin-5: wltsmc is too high")
    assert names[1] == "something else"
    assert "epoch 1, steps 0 to 95" in str(error.value)


def test_what_a_learner_itself_refuses_is_told_with_its_basins():
    def combine(learned, parameters):
        raise ParameterError("combinations", ["catchment 0: no carrier"])

    with pytest.raises(ParameterError, match="basin basin-3: no carrier"):
        train(DATA.basins([3]), network(combine=combine), TrainingSettings(epochs=1), simulate=reservoir)


def test_what_cannot_be_trained():
    with pytest.raises(ValueError, match="patience needs validation data"):
        train(DATA, network(), TrainingSettings(patience=3), simulate=reservoir)
    with pytest.raises(ValueError, match="tensorboard needs a folder"):
        train(DATA, network(), simulate=reservoir, tensorboard=True)
    late = DATA.period(0, 20)
    with pytest.raises(ValueError, match="validation late: the warm-up of 30 steps leaves nothing of 20 steps"):
        train(DATA, network(), TrainingSettings(warmup=30), simulate=reservoir, validation={"late": late})
    frozen = network().requires_grad_(False)
    with pytest.raises(ValueError, match="no weights to learn"):
        train(DATA, frozen, simulate=reservoir)
    with pytest.raises(ValueError, match="the loss compares soil_storage, but observed is q_out, actual_et"):
        train(DATA, network(), TrainingSettings(loss=(Term("soil_storage"),)), simulate=reservoir)
    with pytest.raises(ValueError, match="does not depend on what is learned"):
        train(DATA, network(), simulate=lambda p, data, *rest: {"q_out": data.rain})


def test_settings_that_make_no_sense_are_all_told():
    with pytest.raises(ValueError, match="cannot be used") as error:
        TrainingSettings(
            loss=(), optimiser="sgd", schedule="step", epochs=0, basins_per_batch=0, window=2.5, warmup=-1,
            learning_rate=0.0, clip=-1.0, weight_decay=-1.0, patience=0, checkpoint_every=0, validate_every=0,
            lbfgs_iterations=0,
        )  # fmt: skip
    assert str(error.value).count("\n  - ") == 14
    with pytest.raises(ValueError, match=r"lbfgs needs full batches[\s\S]*lbfgs has no weight_decay"):
        TrainingSettings(optimiser="lbfgs", window=10, weight_decay=0.1)
