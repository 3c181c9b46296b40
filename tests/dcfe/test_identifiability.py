"""Fisher information: right numbers, exact invariances, and deviations that estimates really have."""

import numpy as np
import pytest
import torch

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from dcfe.bounds import bounds_of
from dcfe.combinations import COMBINATIONS, combination_values
from dcfe.identifiability import Identifiability, Noise, analyse, fisher_information, judge
from dcfe.synthetic import SyntheticSettings, generate

NOISE = Noise(0.05, 1e-6)
STEPS, WARMUP = 24 * 60, 240


@pytest.fixture(scope="module")
def basins():
    return generate(SyntheticSettings(basins=8, steps=STEPS, noise=0.0, seed=1))


@pytest.fixture(scope="module")
def found(basins):
    return analyse(basins.data, basins.bounds, basins.truth, NOISE, warmup=WARMUP)


def discharge(basins, truth, outputs=("q_out",)):
    data = basins.data
    p = CfeParameters(**truth)
    state = initial_state(p, data.soil_storage.numpy(), data.gw_storage.numpy(), data.ordinates.shape[1])
    forcing = EnsembleForcing(data.rain.numpy(), data.pet.numpy())
    return simulate(p, state, forcing, data.options, outputs, data.ordinates.numpy()).outputs["q_out"]


def test_information_is_that_of_differences_in_the_places_in_the_bounds(basins, found):
    names = basins.bounds.names
    shares = basins.bounds.shares({name: torch.as_tensor(basins.truth[name]) for name in names})
    value = discharge(basins, basins.truth)
    columns = []
    for k in range(len(names)):
        ends = []
        for side in (1e-5, -1e-5):
            moved = shares.clone()
            moved[:, k] += side
            truth = basins.truth | {n: x.numpy() for n, x in basins.bounds.values(moved).items()}
            ends.append(discharge(basins, truth))
        columns.append((ends[0] - ends[1]) / 2e-5)
    sensitivity = np.stack(columns, axis=2)[:, WARMUP:]
    deviation = (NOISE.relative * value + NOISE.absolute)[:, WARMUP:, None]
    expected = np.einsum("btj,btk->bjk", sensitivity / deviation, sensitivity / deviation)
    scale = np.sqrt(np.einsum("bj,bk->bjk", *(np.diagonal(expected, axis1=1, axis2=2),) * 2))
    assert np.abs(found.information - expected) == pytest.approx(0.0, abs=1e-3 * scale.max())
    assert (np.abs(found.information - expected) <= 2e-3 * scale + 1e-9).mean() > 0.97  # kinks spoil some differences


def test_what_only_enters_together_cannot_be_seen_apart(found):
    steps = found._log_steps()
    names = found.names
    for direction in ({"satdk": 1.0, "refkdt": -1.0, "slope": -1.0},):
        places = np.array([direction.get(name, 0.0) for name in names]) / steps
        information = np.einsum("bj,bjk,bk->b", places, found.information, places)
        largest = found.eigen[0][:, -1] * (places**2).sum(axis=1)
        assert (np.abs(information) <= 1e-13 * largest).all()
    assert np.isinf(found.condition).all()
    k = names.index("satdk")
    assert np.isinf(found.together[:, k]).all()
    assert np.isfinite(found.alone[:, k]).all()


def test_combinations_are_known_where_their_factors_are_not(found):
    deviation = found.combination_deviation("schaake_coefficient")
    assert np.isfinite(deviation).any()
    assert np.isinf(found.together[:, found.names.index("refkdt")]).all()
    left = found.combination_remaining("schaake_coefficient")
    assert np.median(left) < np.median(found.remaining[:, found.names.index("refkdt")])


@pytest.mark.parametrize("name", COMBINATIONS)
def test_gradients_of_combinations_are_those_of_their_values(found, name):
    truth = {n: torch.tensor(x) for n, x in found.parameters.items()}
    shares = found.bounds.shares(truth)
    for k in range(len(found.names)):
        ends = []
        for side in (1e-6, -1e-6):
            moved = shares.clone()
            moved[:, k] += side
            ends.append(torch.log(combination_values([name], truth | found.bounds.values(moved))[name]).numpy())
        expected = (ends[0] - ends[1]) / 2e-6
        assert found.gradient(name)[:, k] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_deviations_are_those_of_estimates_from_noisy_data():
    # a linear model: the least-squares estimate attains the bound
    rng = np.random.default_rng(3)
    design = rng.normal(size=(1, 200, 3)) * [1.0, 2.0, 0.3]
    design[:, :, 2] += 0.9 * design[:, :, 0] * 0.3
    noise = Noise(0.0, 0.5)
    information = fisher_information(np.zeros((1, 200)), design, noise)
    bounds = bounds_of(("b", "maxsmc", "alpha_fc"))
    held = {name: np.array([1.0]) for name in bounds.names}
    found = Identifiability(("a",), bounds, held, information)
    errors = np.linalg.lstsq(design[0], rng.normal(0.0, 0.5, (200, 20000)), rcond=None)[0]
    assert found.together[0] == pytest.approx(errors.std(axis=1), rel=0.02)
    alone = [
        np.linalg.lstsq(design[0][:, [k]], rng.normal(0.0, 0.5, (200, 20000)), rcond=None)[0].std() for k in range(3)
    ]
    assert found.alone[0] == pytest.approx(alone, rel=0.02)


def constructed(information, names=("satdk", "refkdt", "Kn")):
    bounds = bounds_of(names)
    held = {"satdk": np.array([1e-5]), "refkdt": np.array([2.0]), "Kn": np.array([0.1])}
    return Identifiability(("a",), bounds, held, np.asarray(information, dtype=np.float64)[None])


def test_flags_and_remaining_deviation():
    found = constructed(np.diag([1e6, 12.0, 0.0]))
    # a uniform prior has the information 12
    assert found.remaining[0] == pytest.approx([np.sqrt(12.0 / (12.0 + 1e6)), np.sqrt(0.5), 1.0])
    assert found.flags()[0] == {"satdk": "well identified", "refkdt": "not identified", "Kn": "no gradient"}
    assert judge(0.3, False) == "partly identified"
    assert found.summary()["Kn"]["no_gradient"] == 1.0
    assert "no gradient" in found.text()


def test_directions_are_read_as_products_and_as_moves():
    places = np.array([np.log(7.26e3), 3.9 / 2.0, 0.0])
    seen = np.array([1.0, 1.0, 0.0]) / [1.0, 1.0, 1.0] * places  # log(satdk) + log(refkdt)
    found = constructed(np.outer(seen, seen) + np.diag([0.0, 0.0, 1e-3]))
    assert found.direction(0, 0) in ("satdk * refkdt", "refkdt * satdk")
    weakest = found.direction(0, -1)
    assert "satdk" in weakest
    assert "refkdt" in weakest
    assert "+1" in weakest
    assert "-1" in weakest


def test_noise_without_any_size_is_refused():
    with pytest.raises(ValueError, match="not both 0"):
        Noise(0.0, 0.0)


def test_a_river_that_never_flows_tells_nothing():
    assert not fisher_information(np.zeros((1, 5)), np.zeros((1, 5, 2)), Noise(0.1)).any()
