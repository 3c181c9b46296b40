"""Scores against the libraries that others use, and what they are where they have no meaning."""

import math

import numpy as np
import pytest

from hydro_physics.skill import KGE_OF_MEAN_FLOW, kge, log_nse, moments, nnse, nse


@pytest.fixture
def series():  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    observed = rng.gamma(0.5, 2.0, 1000)
    simulated = observed * rng.lognormal(0.1, 0.4, 1000) + rng.gamma(0.5, 0.2, 1000)
    observed[rng.random(1000) < 0.2] = np.nan
    return simulated, observed


def test_nse_and_kge_are_those_of_the_libraries(series):
    simulated, observed = series
    hydroerr = pytest.importorskip("HydroErr")
    there = np.isfinite(observed)
    a, b = simulated[there], observed[there]
    assert nse(simulated, observed) == pytest.approx(hydroerr.nse(a, b), rel=1e-12)
    assert kge(simulated, observed).kge == pytest.approx(hydroerr.kge_2009(a, b), rel=1e-12)
    offset = 0.01 * b.mean()
    assert log_nse(simulated, observed, offset) == pytest.approx(
        hydroerr.nse(np.log(a + offset), np.log(b + offset)), rel=1e-12
    )
    scores = pytest.importorskip("scores")
    xr = pytest.importorskip("xarray")
    found = scores.continuous.kge(xr.DataArray(simulated), xr.DataArray(observed), include_components=True)
    ours = kge(simulated, observed)
    for name, value in (("kge", ours.kge), ("rho", ours.correlation), ("alpha", ours.variability), ("beta", ours.bias)):
        assert value == pytest.approx(float(found[name]), rel=1e-12)
    assert nse(simulated, observed) == pytest.approx(
        float(scores.continuous.nse(xr.DataArray(simulated), xr.DataArray(observed))), rel=1e-12
    )


def test_a_perfect_simulation_and_the_mean(series):
    _, observed = series
    assert nse(np.nan_to_num(observed), observed) == 1.0
    assert kge(np.nan_to_num(observed), observed).kge == pytest.approx(1.0, abs=1e-12)
    mean = np.full_like(observed, np.nanmean(observed))
    assert nse(mean, observed) == pytest.approx(0.0, abs=1e-12)
    assert nnse(mean, observed) == pytest.approx(0.5)
    assert kge(mean, observed).kge == pytest.approx(KGE_OF_MEAN_FLOW)
    assert kge(mean, observed).correlation == 0.0


def test_scores_without_meaning_are_nan():
    simulated = np.array([1.0, 2.0, 3.0])
    for observed in (np.full(3, np.nan), np.full(3, 0.1), np.zeros(3)):
        assert math.isnan(nse(simulated, observed))
        assert math.isnan(kge(simulated, observed).kge)
        assert math.isnan(nnse(simulated, observed))
    # anomalies whose mean is 0 have an NSE but no ratio of means
    assert nse(simulated, np.array([-1.0, 0.0, 1.0])) == pytest.approx(-5.0)
    assert math.isnan(kge(simulated, np.array([-1.0, 0.0, 1.0])).kge)


def test_a_large_mean_takes_no_digits():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=500), rng.normal(size=500)
    assert nse(a + 1e8, b + 1e8) == pytest.approx(nse(a, b), rel=1e-6)
    assert moments(a, b).number == 500.0
