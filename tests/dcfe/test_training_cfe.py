"""The trainer with CFE's twin."""

import dataclasses

import pytest
import torch

from cfe_bmi.state import ODE, CfeOptions
from dcfe.bounds import bounds_of
from dcfe.cfe_runner import CfeRunner
from dcfe.losses import Loss, Term
from dcfe.networks import ParameterNetwork, PointParameters
from dcfe.simulate import evaluate
from dcfe.training import TrainingSettings, train
from ngen_bmi.errors import ParameterError
from tests.dcfe.learning_cases import problem, with_observed

BASE, _ = problem(basins=3, steps=240)
GIUH = torch.tensor([0.06, 0.51, 0.28, 0.12, 0.03], dtype=torch.float64).expand(3, 5)
DATA = dataclasses.replace(BASE, ordinates=GIUH, rain=2.0 * BASE.rain)
RUN = CfeRunner(("q_out", "actual_et"))


def with_learned(data, **values):
    """Parameters of which some are leaves that gradients go to."""
    leaves = {name: torch.tensor(value, dtype=torch.float64).requires_grad_() for name, value in values.items()}
    return {name: value.clone() for name, value in data.parameters.items()} | leaves, leaves


@pytest.mark.parametrize("scheme", [CfeOptions(), CfeOptions(soil_scheme=ODE)], ids=["classic", "ode"])
def test_the_warm_up_is_the_beginning_of_the_same_run(scheme):
    data = dataclasses.replace(DATA, options=scheme)
    whole, early = (with_learned(data, Kn=[0.1, 0.2, 0.3], satdk=[1e-6, 1e-5, 1e-4]) for _ in range(2))
    one, two = RUN(whole[0], data), RUN(early[0], data, 100)
    assert list(two) == ["q_out", "actual_et"]
    for name in two:
        assert torch.equal(two[name], one[name][:, 100:])
    one["q_out"][:, 100:].sum().backward()
    two["q_out"].sum().backward()
    for name in whole[1]:
        torch.testing.assert_close(early[1][name].grad, whole[1][name].grad, rtol=1e-12, atol=0)


def test_parameters_that_vary_are_split_with_the_warm_up():
    data = DATA
    static, _ = with_learned(data, Kn=[0.1, 0.2, 0.3])
    varying = {name: value.detach() for name, value in static.items()}
    varying["Kn"] = varying["Kn"][:, None].repeat(1, 240).requires_grad_()
    one, two = RUN(static, data, 50), RUN(varying, data, 50)
    assert torch.equal(one["q_out"], two["q_out"])
    one["q_out"].sum().backward()
    two["q_out"].sum().backward()
    torch.testing.assert_close(varying["Kn"].grad.sum(dim=1), static["Kn"].grad, rtol=1e-12, atol=0)
    assert bool((varying["Kn"].grad[:, :50] != 0.0).any())


def test_gradients_may_begin_after_the_warm_up():
    through, without = (with_learned(DATA, Kn=[0.1, 0.2, 0.3], Cgw=[1e-5, 1e-5, 1e-5]) for _ in range(2))
    one, two = RUN(through[0], DATA, 100), RUN(without[0], DATA, 100, through_warmup=False)
    assert torch.equal(one["q_out"], two["q_out"])
    one["q_out"].sum().backward()
    two["q_out"].sum().backward()
    late = with_learned(DATA, Kn=[0.1, 0.2, 0.3])[0]
    late = {name: value.detach()[:, None].repeat(1, 240) for name, value in late.items()}
    late["Kn"].requires_grad_()
    RUN(late, DATA, 100)["q_out"].sum().backward()
    torch.testing.assert_close(without[1]["Kn"].grad, late["Kn"].grad[:, 100:].sum(dim=1), rtol=1e-12, atol=0)
    assert not torch.allclose(without[1]["Kn"].grad, through[1]["Kn"].grad, rtol=1e-6, atol=0)


def test_evaluation_needs_no_gradients():
    points = PointParameters(bounds_of(["Kn"]), DATA)
    assert not evaluate(points, DATA, RUN, 20)["q_out"].requires_grad


@pytest.mark.parametrize("mode", ["points", "network"])
def test_parameters_of_cfe_are_learned(mode):
    bounds = bounds_of(["Kn", "refkdt"], {"Kn": (0.01, 1.0)})
    truth = DATA.parameters | {
        "Kn": torch.tensor([0.05, 0.1, 0.3], dtype=torch.float64),
        "refkdt": torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64),
    }
    data = dataclasses.replace(DATA, soil_storage=torch.full((3,), 0.8, dtype=torch.float64))
    data = with_observed(data, **CfeRunner()(truth, data))
    # two ways to the same: L-BFGS on the parameters themselves, and a network through the default runner
    if mode == "points":
        learner, settings = PointParameters(bounds, data), TrainingSettings(optimiser="lbfgs", epochs=12)
    else:
        learner = ParameterNetwork(bounds, data, (8,))
        settings = TrainingSettings(optimiser="lbfgs", epochs=12, warmup=24)
    train(data, learner, dataclasses.replace(settings, loss=(Term(transform="sqrt"),)))
    with torch.no_grad():
        found = learner(data)
    for name in bounds.names:
        torch.testing.assert_close(found[name], truth[name], rtol=1e-4, atol=0)


def test_learned_parameters_without_a_meaning_are_told_with_their_basins():
    wilting = DATA.parameters | {"wltsmc": torch.tensor([0.066, 0.066, 0.3], dtype=torch.float64)}
    data = dataclasses.replace(DATA, parameters=wilting)
    bounds = bounds_of(["satpsi", "b"])
    with pytest.raises(ParameterError, match="basin basin-2: the storage threshold .* is not above"):
        train(data, PointParameters(bounds, data, start={"satpsi": 0.05, "b": 3.0}), TrainingSettings(epochs=1))


def test_a_loss_of_several_outputs_asks_the_twin_for_them():
    loss = Loss((Term("actual_et"), Term("q_out", "kge")))
    points = PointParameters(bounds_of(["b", "Kn"]), DATA)
    observed = {name: 1.2 * value + 1e-5 for name, value in RUN(DATA.parameters, DATA).items()}
    data = with_observed(DATA, **observed)
    (row,) = train(data, points, TrainingSettings(loss=loss.terms, epochs=1)).history
    assert row["gradient_norm"] > 0.0
