"""LGAR in the learning machinery: the runner, information, least squares, and recovery in small."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from hydro_physics import jit

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)

from dcfe import lgar_recovery
from dcfe.fisher import Noise
from dcfe.learner import seeded
from dcfe.lgar_bounds import lgar_bounds, table_s2
from dcfe.lgar_fit import ColumnFit
from dcfe.lgar_identifiability import analyse_columns
from dcfe.lgar_recovery_single import NAMES, SingleSettings, choose_columns, run_single
from dcfe.lgar_recovery_structure import OUTPUTS, StructureSettings, run_structure
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_synthetic import ColumnSettings, generate_columns
from dcfe.losses import Term
from dcfe.point_network import PointNetwork
from dcfe.training import train
from dcfe.training_settings import TrainingSettings
from lgar_bmi.options import FIXED, LgarOptions

SEEN = (*OUTPUTS, "soil_moisture_5")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made():  # type: ignore[no-untyped-def]
    """With fixed sub-steps: a rounded parameter moves adapted ones, and with them the last digits."""
    fixed = LgarOptions(substeps=FIXED)
    return generate_columns(ColumnSettings(columns=12, steps=600, seed=3, noise=0.0, options=fixed, observed=SEEN))


@pytest.fixture(scope="module")
def data(made):  # type: ignore[no-untyped-def]
    """What is held is the truth."""
    return replace(made.data, parameters={name: torch.as_tensor(values) for name, values in made.truth.items()})


def test_the_runner_gives_what_the_truth_gave_and_moistures_by_name(made, data) -> None:  # type: ignore[no-untyped-def]
    found = LgarRunner(("soil_moisture_5", "storage", "soil_moisture_40"))(data.parameters, data, warmup=100)
    assert list(found) == ["soil_moisture_5", "storage", "soil_moisture_40"]
    np.testing.assert_array_equal(found["storage"].numpy(), made.outputs["storage"][:, 100:])
    assert not torch.equal(found["soil_moisture_5"], found["soil_moisture_40"])
    assert found["soil_moisture_5"].shape == (12, 500)


def test_gradients_may_begin_after_the_warm_up(data) -> None:  # type: ignore[no-untyped-def]
    """Values are the same; gradients without the warm-up's part are others."""
    gradients, series = [], []
    for through in (True, False):
        ks = data.parameters["ks_1"].clone().requires_grad_()
        run = LgarRunner(("storage",))({**data.parameters, "ks_1": ks}, data, 300, through)["storage"]
        run.sum().backward()
        gradients.append(ks.grad)
        series.append(run.detach())
    assert torch.equal(*series)
    assert bool(gradients[0].abs().max() > 0.0)
    assert not torch.allclose(*gradients)


def test_information_is_that_of_the_slopes_of_least_squares(data) -> None:  # type: ignore[no-untyped-def]
    """Observations are the truth's, so errors are 0, and half the sum of squares has the information as its Hessian."""
    bounds = lgar_bounds(table_s2(3))
    noise = Noise(0.05, 1e-5)
    found = analyse_columns(data, bounds, noise=noise, outputs=tuple(data.observed), warmup=50)
    shares = bounds.shares(data.parameters).numpy()
    for k in (0, 7):
        fit = ColumnFit(data.basins([k]), bounds, noise, warmup=50)
        assert np.abs(fit.errors(shares[k])).max() < 1e-9
        slopes = fit.slopes(shares[k])
        size = np.abs(found.information[k]).max()
        np.testing.assert_allclose(slopes.T @ slopes, found.information[k], rtol=1e-8, atol=1e-9 * size)


def test_slopes_of_least_squares_are_differences_of_its_errors(data) -> None:  # type: ignore[no-untyped-def]
    bounds = lgar_bounds(NAMES)
    fit = ColumnFit(data.basins([2]), bounds, Noise(0.05, 1e-5))
    places = np.array([0.4, 0.3, 0.6])
    slopes = fit.slopes(places)
    total = fit.errors(places) @ slopes
    for k in range(3):
        step = 1e-6 * np.eye(3)[k]
        high, low = (0.5 * np.sum(fit.errors(places + sign * step) ** 2) for sign in (1, -1))
        assert (high - low) / 2e-6 == pytest.approx(total[k], rel=1e-4)


def test_the_top_layer_is_found_from_all_and_not_from_runoff_in_a_dry_column() -> None:
    few = {"wet": 2, "dry": 2, "starts": 5, "candidates": 30, "steps": 1200, "seed": 1}
    found = run_single(SingleSettings(**few))
    assert np.abs(found.best).max() < 0.05
    assert np.abs(found.first).max() > 0.5
    runoff = run_single(SingleSettings(**few, observed="runoff"))
    assert runoff.ids == found.ids
    dry = runoff.part(dry=True)
    assert np.isinf(runoff.predicted[dry]).all()
    perfect = runoff.costs[dry] < 1e-12
    assert perfect.mean() > 0.8
    wrong = np.abs(runoff.errors[dry][perfect]).max(axis=-1)
    assert (wrong > 0.1).all(), "soils without runoff all fit its absence"


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_errors_move_the_top_layer_as_far_as_information_says(noise: float) -> None:
    """Two wet columns: no parameter is off by more than three predicted deviations, and these are not large."""
    found = run_single(SingleSettings(wet=2, dry=0, starts=2, candidates=30, steps=1200, seed=1, noise=noise))
    assert found.predicted.max() < 5.0 * noise
    assert np.abs(found.first).max() > 5.0 * found.predicted.max()
    assert (np.abs(found.best) < 3.0 * found.predicted).all(), found.best / found.predicted


def test_weights_from_simulated_values_do_not_favour_what_came_out_small(data) -> None:  # type: ignore[no-untyped-def]
    """A factor on the storage's errors, half of them 1.3 and half 0.7: the mean is found, not 10 % less."""
    swapped = data.observed["storage"][[2]].clone()
    swapped[:, ::2] *= 1.3
    swapped[:, 1::2] *= 0.7
    one = replace(data.basins([2]), observed={"storage": swapped})
    fit = ColumnFit(one, lgar_bounds(["theta_e_3"]), Noise(0.3, 1e-5))
    start = np.array([0.5])
    before = fit.errors(start)
    plain, again = fit.search(start), fit.search(start, rounds=4)
    assert plain.converged
    assert again.converged
    few = fit.search(start, most_runs=1)
    assert (few.converged, few.runs) == (False, 1)
    assert few.cost > plain.cost
    true = float(data.parameters["theta_e_3"][2])
    assert plain.values["theta_e_3"] < 0.9 * true
    assert again.values["theta_e_3"] == pytest.approx(true, rel=0.01)
    assert again.cost == plain.cost
    assert again.runs > plain.runs
    np.testing.assert_array_equal(fit.errors(start), before)


def test_the_wrong_structure_is_worse_than_the_right_one(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The same columns, starts and errors: the top layer's soil comes out where LGAR is the truth, else it does not."""
    result = run_structure(StructureSettings(wet=3, dry=0, starts=2, candidates=16, steps=700, seed=1, noise=0.02))
    for name in OUTPUTS:
        exact = result.nse[("lgar", "true", name)]
        # a column has no efficiency of runoff where none runs off
        assert (exact[np.isfinite(exact)] == 1.0).all()
        assert np.isfinite(exact).sum() >= 2
    assert (result.nse[("richards", "true", "storage")] < 1.0).all()
    right, wrong = (np.median(np.abs(np.log1p(result.errors[m][:, :3])), axis=0) for m in ("lgar", "richards"))
    assert (right < [0.3, 0.1, 0.3]).all(), right
    assert (wrong > [0.6, 0.2, 0.6]).all(), wrong
    lgar_recovery.write(tmp_path, "structure", [result.text()], result.summary())
    assert set(json.loads((tmp_path / "structure.json").read_text())["median factor"]) == {"lgar", "richards"}


def test_the_command_writes_a_table_and_numbers(tmp_path) -> None:  # type: ignore[no-untyped-def]
    few = ["--wet", "1", "--dry", "1", "--starts", "1", "--steps", "500", "--noise", "0.05"]
    assert lgar_recovery.main(["single", "--output", str(tmp_path / "out"), *few]) == 0
    assert "from surface_runoff; noise 5 %" in (tmp_path / "out" / "lgar_single.txt").read_text()
    assert len(json.loads((tmp_path / "out" / "lgar_single.json").read_text())) == 2
    few = ["--columns", "10", "--steps", "300", "--method", "adam", "--epochs", "2", "--share", "0.7", "--hidden", "6"]
    assert lgar_recovery.main(["field", "--output", str(tmp_path / "field"), *few]) == 0
    made = json.loads((tmp_path / "field" / "lgar_field_adam_noise_5.json").read_text())["settings"]
    assert (made["share"], made["hidden"], made["rounds"]) == (0.7, [6], [15, 15, 15])
    names = {path.name for path in (tmp_path / "field").iterdir()}
    assert names == {
        "lgar_field_adam_scores.png",
        *(f"lgar_field_adam_noise_5.{end}" for end in ("txt", "json", "png")),
    }


def test_what_is_wrong_is_named(made, data) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="2 columns; a fit is of one"):
        ColumnFit(data.basins([0, 1]), lgar_bounds(NAMES), Noise())
    nothing = {"storage": torch.full_like(data.rain[:1], float("nan"))}
    with pytest.raises(ValueError, match="column-000: nothing was observed of storage"):
        ColumnFit(replace(data.basins([0]), observed=nothing), lgar_bounds(NAMES), Noise())
    with pytest.raises(ValueError, match=r"12 columns .* 100 and 4 were asked for"):
        choose_columns(made, 100, 4)
    with pytest.raises(ValueError, match="observed is 'flow'"):
        SingleSettings(observed="flow")


def test_a_network_learns_from_columns_and_a_resumed_training_is_the_same(made, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The training machinery with LGAR itself: the loss falls, and a stop in between changes nothing."""
    terms = tuple(Term(output=name) for name in ("actual_evapotranspiration", "storage", "soil_moisture_5"))
    runner = LgarRunner(tuple(term.output for term in terms))
    weights, losses = [], []
    for stops in ((6,), (3, 6)):
        for epochs in stops:
            learner = PointNetwork(lgar_bounds(table_s2(3)), made.data, hidden=(8,), generator=seeded(1))
            settings = TrainingSettings(loss=terms, learning_rate=0.02, epochs=epochs, warmup=50, schedule="constant")
            result = train(made.data, learner, settings, tmp_path / str(len(stops)), simulate=runner)
        weights.append([weight.detach().clone() for weight in learner.parameters()])
        losses.append([row["loss"] for row in result.history])
    assert losses[0] == losses[1]
    assert losses[0][-1] < 0.9 * losses[0][0]
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))
