"""Least squares for networks of columns: derivatives, weights, and soils found that Adam does not find."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dcfe.bounds import Bounds
from dcfe.lgar_field_settings import FieldSettings, split
from dcfe.lgar_field_training import train_field
from dcfe.lgar_least_squares import NetworkSquares, search
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_synthetic import generate_columns
from dcfe.lgar_weights import Weighted, reweighted, weights_of_loss
from dcfe.losses import Loss, Term
from dcfe.point_network import PointNetwork
from tests.dcfe.lgar_learning_cases import columns, tensor

SMALL = FieldSettings(
    columns=30, points=3, steps=800, warmup=50, noise=0.0, share=0.8, hidden=(12,), rounds=(15, 15), epochs=60
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def field():
    """Columns of the small experiment, those to learn from, their loss, and a network."""
    synthetic = generate_columns(SMALL.synthetic())
    training, heldout = split(SMALL)
    seen = synthetic.data.period(0, SMALL.steps).basins(training)
    target = Loss(SMALL.training(seen).loss).target(seen, SMALL.warmup)
    bounds = Bounds({name: synthetic.bounds.by_name[name] for name in SMALL.learn})
    return synthetic, heldout, seen, target, bounds


def network(bounds, seen):
    return PointNetwork(bounds, seen, hidden=SMALL.hidden, generator=torch.Generator().manual_seed(0))


def flat(learner):
    return {name: weight.detach().clone() for name, weight in learner.named_parameters()}


def test_the_cost_and_its_slope_are_the_loss_and_its_gradient(field):
    _, _, seen, target, bounds = field
    learner = network(bounds, seen)
    slope, matrix, found = NetworkSquares(learner, seen, weights_of_loss(target), SMALL.warmup).linearised(
        flat(learner)
    )
    loss = target(LgarRunner(SMALL.compared)(learner(seen), seen, SMALL.warmup))
    loss.backward()
    gradient = np.concatenate([weight.grad.numpy().ravel() for weight in learner.parameters()])
    assert found.cost == pytest.approx(float(loss.detach()), rel=1e-12)
    np.testing.assert_allclose(2.0 * slope, gradient, rtol=1e-7, atol=1e-9 * np.abs(gradient).max())
    np.testing.assert_allclose(matrix, matrix.T, rtol=0.0, atol=1e-12 * np.abs(matrix).max())
    assert np.linalg.eigvalsh(matrix).min() > -1e-12 * np.abs(matrix).max()


def test_the_matrix_is_that_of_the_errors_derivatives(field):
    _, _, seen, _, bounds = field
    learner = network(bounds, seen)
    names = ("actual_evapotranspiration", "soil_moisture_5")
    observed = {name: seen.observed[name][:, SMALL.warmup :].numpy() for name in names}
    weighting = {name: np.zeros_like(values) for name, values in observed.items()}
    expected = 0.0
    # the gradient of a single hour of a column is its row of derivatives
    for name, row, weight in ((names[0], 1, 2.0), (names[0], 5, 0.5), (names[1], 1, 3.0)):
        hour = int(observed[name][row].argmax())
        weighting[name][row, hour] = weight
        learner.zero_grad()
        LgarRunner(names)(learner(seen), seen, SMALL.warmup)[name][row, hour].backward()
        slope = np.concatenate([w.grad.numpy().ravel() for w in learner.parameters()])
        assert np.abs(slope).max() > 0.0
        expected = expected + weight * np.outer(slope, slope)
    weighted = Weighted(observed, weighting)
    _, matrix, _ = NetworkSquares(learner, seen, weighted, SMALL.warmup).linearised(flat(learner))
    np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


def test_soils_never_seen_are_found_without_errors_and_adam_does_not_find_them(field):
    synthetic, heldout, seen, _, bounds = field
    errors, losses = {}, {}
    for method in ("least-squares", "adam"):
        learner = network(bounds, seen)
        trained = train_field(learner, seen, replace(SMALL, method=method))
        with torch.no_grad():
            found = learner(synthetic.data)
        losses[method] = trained.last
        errors[method] = {
            name: np.median(np.abs(found[name].numpy() / synthetic.truth[name] - 1.0)[heldout])
            for name in ("n_1", "theta_e_1", "theta_r_1", "ks_1", "alpha_1")
        }
        assert trained.last < trained.first
    assert losses["least-squares"] < 0.01 * losses["adam"]
    few = errors["least-squares"]
    for name, limit in {"n_1": 0.05, "theta_e_1": 0.1, "theta_r_1": 0.15}.items():
        assert few[name] < limit, few
    assert sum(few[name] < errors["adam"][name] for name in few) >= 4, errors


def test_a_search_keeps_its_best_weights_and_what_they_give(field):
    _, _, seen, target, bounds = field
    learner, weighted = network(bounds, seen), weights_of_loss(target)
    found = search(learner, seen, weighted, SMALL.warmup, steps=4)
    assert found.costs[found.best] == min(found.costs) < found.costs[0]
    assert weighted.cost(found.simulated) == pytest.approx(min(found.costs), rel=1e-12)
    problem = NetworkSquares(learner, seen, weighted, SMALL.warmup)
    assert problem.cost(flat(learner)) == pytest.approx(min(found.costs), rel=1e-9)


def test_weights_of_a_loss_leave_out_what_was_not_observed():
    rng = np.random.default_rng(2)
    storage = rng.random((3, 40)) + 1.0
    storage[0, 5:9] = np.nan
    storage[2] = np.nan
    data = columns(3, 40, observed={"storage": tensor(storage)})
    target = Loss((Term("storage", weight=2.0, epsilon=0.3),)).target(data, 4)
    simulated = rng.random((3, 36))
    weighted = weights_of_loss(target)
    assert weighted.cost({"storage": simulated}) == pytest.approx(float(target({"storage": tensor(simulated)})))
    assert not weighted.weights["storage"][2].any()
    assert (weighted.weights["storage"][0] == 0.0).sum() == 4


def test_new_weights_are_those_of_the_errors_that_were_made():
    rng = np.random.default_rng(3)
    true = {"storage": rng.uniform(10.0, 60.0, (4, 5000)), "flux": np.where(rng.random((4, 5000)) < 0.5, 0.0, 3.0)}
    observed = {
        "storage": true["storage"] * (1.0 + 0.1 * rng.standard_normal((4, 5000))),
        "flux": true["flux"] * (1.0 + 0.02 * rng.standard_normal((4, 5000))),
    }
    known = {name: np.ones((4, 5000)) for name in observed}
    known["storage"][0] = 0.0
    floors = {"storage": np.zeros(4), "flux": np.full(4, 1e-3)}
    found = reweighted(Weighted(observed, known), true, floors).weights
    deviation = 1.0 / np.sqrt(found["storage"][1:] * (7 * 5000))
    # 35,000 observations in all; each has its own deviation of errors
    np.testing.assert_allclose(deviation, 0.1 * true["storage"][1:], rtol=0.05)
    assert not found["storage"][0].any()
    assert np.isfinite(found["flux"]).all()
    assert found["flux"].max() == found["flux"][true["flux"] == 0.0].max()
    exact = reweighted(Weighted(true, known), true, {"storage": np.zeros(4), "flux": np.zeros(4)})
    assert all(np.isfinite(w).all() for w in exact.weights.values())


def test_what_least_squares_cannot_do():
    data = columns(2, 30, observed={"storage": tensor(np.random.default_rng(1).random((2, 30)))})
    target = Loss((Term("storage", transform="sqrt"), Term("storage", kind="kge"))).target(data)
    with pytest.raises(ValueError) as caught:
        weights_of_loss(target)
    for text in ("transform sqrt", "kind kge", "storage: several terms"):
        assert text in str(caught.value)
    learner = PointNetwork(Bounds({}), data, combine=lambda learned, parameters: {})
    with pytest.raises(ValueError, match="do without `combine`"):
        search(learner, data, Weighted({}, {}))
    with pytest.raises(ValueError) as caught:
        FieldSettings(method="newton", rounds=(), compared=("total_discharge",))
    for text in ("method is 'newton'", "rounds is ()", "compared has total_discharge"):
        assert text in str(caught.value)
