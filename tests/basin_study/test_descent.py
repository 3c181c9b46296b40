"""Calibration by gradients: the gradient is that of the objective, and the budget is kept."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("xarray")

from basin_study.cfe_model import CfeModel
from basin_study.dds import dds
from basin_study.descent import CfeGradient, descend
from basin_study.objective import REFUSED, Objective
from basin_study.spaces import report_space, space_of
from cfe_bmi.state import CLASSIC, ODE, SCHAAKE, XINANJIANG, CfeOptions
from tests.basin_study.study_cases import CONFIG, basin_data

TRUTH = [0.2, 0.4, 0.55, 0.3, 0.5, 0.4, 0.5, 0.2, 0.3]


def model(soil=ODE, partitioning=SCHAAKE, objective="kge", hours=1, gaps=0.0):  # type: ignore[no-untyped-def]
    options = CfeOptions(soil_scheme=soil, partitioning=partitioning)
    score = Objective.of(objective)
    first = CfeModel(CONFIG, options, basin_data(24 * 120), report_space(), 240, score)
    flow = first.flow(TRUTH).reshape(-1, hours).mean(axis=1).repeat(hours)
    flow[np.random.default_rng(0).random(flow.size // hours).repeat(hours) < gaps] = np.nan
    data = basin_data(24 * 120, flow=flow)
    data.attrs["observation_hours"] = hours
    return CfeModel(CONFIG, options, data, report_space(), 240, score)


@pytest.mark.parametrize(
    ("soil", "partitioning", "objective", "hours"),
    [
        (CLASSIC, SCHAAKE, "kge", 1),
        (ODE, XINANJIANG, "nse", 24),
        (ODE, SCHAAKE, {"kge": 1, "nse": 1, "log_nse": 1}, 24),
    ],
)
def test_the_gradient_is_that_of_the_objective(soil, partitioning, objective, hours):
    m = model(soil, partitioning, objective, hours, gaps=0.1)
    gradient = CfeGradient(m)
    rng = np.random.default_rng(4)
    agreed = 0
    for _ in range(4):
        shares = rng.uniform(0.2, 0.8, 9)
        value, slopes = gradient(shares)
        assert value == pytest.approx(m.score(shares), rel=1e-11, abs=1e-11)
        for k in range(9):
            errors = []
            for h in (1e-5, 1e-6):
                up, down = shares.copy(), shares.copy()
                up[k] += h
                down[k] -= h
                difference = (m.score(up) - m.score(down)) / (2.0 * h)
                errors.append(abs(slopes[k] - difference) / (np.abs(slopes).max() + 1e-12))
            agreed += min(errors) < 1e-4
    # a difference over one of the model's many kinks is wrong itself
    assert agreed >= 33


def test_it_finds_a_known_truth_with_fewer_runs_than_dds():
    m = model(gaps=0.1)
    found = descend(m.score, CfeGradient(m), 9, 400, seed=1, refused_below=REFUSED)
    assert found.evaluations <= 400
    assert found.best == pytest.approx(m.score(found.shares), abs=1e-10)
    assert found.best > 0.98
    assert found.best > dds(m.score, 9, 400, seed=1, refused_below=REFUSED).best
    assert [v for _, v in found.trace] == sorted(v for _, v in found.trace)
    again = descend(m.score, CfeGradient(m), 9, 400, seed=1, refused_below=REFUSED)
    np.testing.assert_array_equal(found.shares, again.shares)
    assert found.samples == again.samples
    assert max(found.samples)[0] == pytest.approx(found.best, rel=5e-6)
    for objective, *shares in found.samples[:40]:
        # random points, then those of descents: where the model was run with these shares
        assert m.score(shares) == pytest.approx(objective, abs=0.02)


def test_points_without_a_meaning_have_no_slope_and_are_not_started_from():
    space = space_of("dry", {"wltsmc": (0.0, 0.9), "Kn": (0.0, 1.0)})
    m = CfeModel(CONFIG, CfeOptions(), basin_data(), space, 240, Objective.of("kge"))
    value, slopes = CfeGradient(m)(np.array([1.0, 0.5]))
    assert value == REFUSED
    assert not slopes.any()
    found = descend(m.score, CfeGradient(m), 2, 60, seed=0, refused_below=REFUSED)
    assert found.best > REFUSED
    assert found.refused > 0
    with pytest.raises(ValueError, match="expected at least 10"):
        descend(m.score, CfeGradient(m), 2, 9, seed=0)
