"""CFE as a calibration sees it, against the ensemble, and the effect of every parameter that is calibrated."""

import itertools

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.cfe_model import CfeModel
from basin_study.dataset import DataError
from basin_study.objective import REFUSED, Objective, observed_blocks
from basin_study.observations import first_block
from basin_study.spaces import REPORT_RANGES, nwm_space, report_space, space_of
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.state import CLASSIC, ODE, SCHAAKE, XINANJIANG, CfeOptions
from hydro_physics.skill import kge, nse
from tests.basin_study.study_cases import CONFIG, basin_data

SCHEMES = list(itertools.product((CLASSIC, ODE), (SCHAAKE, XINANJIANG)))


def model(data, soil=CLASSIC, partitioning=SCHAAKE, space=None, warmup=240, objective="kge"):  # type: ignore[no-untyped-def]
    options = CfeOptions(soil_scheme=soil, partitioning=partitioning)
    return CfeModel(CONFIG, options, data, space or report_space(), warmup, Objective.of(objective))


@pytest.mark.parametrize(("soil", "partitioning"), SCHEMES)
def test_flow_is_that_of_the_ensemble_bit_for_bit(soil, partitioning):
    data = basin_data()
    m = model(data, soil, partitioning)
    rng = np.random.default_rng(2)
    compared = 0
    for _ in range(20):
        shares = rng.random(9)
        if m.score(shares) == REFUSED:
            continue
        parameters = m.parameters(shares)
        state = initial_state(parameters, CONFIG.soil_storage, CONFIG.gw_storage, 5, len(CONFIG.lateral))
        forcing = EnsembleForcing(data["precipitation"].values, data["potential_evapotranspiration"].values / 3.6e6)
        options = CfeOptions(soil_scheme=soil, partitioning=partitioning)
        run = simulate(parameters, state, forcing, options, ordinates=CONFIG.giuh_ordinates)
        np.testing.assert_array_equal(m.flow(shares), 1000.0 * run.outputs["q_out"][0])
        compared += 1
    assert compared >= 10


@pytest.mark.parametrize(("soil", "partitioning"), SCHEMES)
def test_every_parameter_of_the_report_changes_the_hydrograph(soil, partitioning):
    """Two of the nine were dead in the report's own calibration."""
    m = model(basin_data(24 * 200), soil, partitioning)
    # Ksat and slope in their middle: with more, percolation takes all that is above the threshold
    base = m.space.shares([4.05, 0.439, 1e-5, 0.1, 0.05, 3.0, 1e-4, 0.3, 0.1])
    for k, name in enumerate(REPORT_RANGES):
        changed = base.copy()
        changed[k] += 0.05
        difference = np.abs(m.flow(changed) - m.flow(base)).max()
        assert difference > 1e-6, f"{name} changes nothing: {difference} mm/h"


def test_score_is_that_of_the_hydrograph_after_the_warm_up():
    data = basin_data()
    data["streamflow"].values[0, 300:330] = np.nan
    for name, score in (("kge", lambda a, b: kge(a, b).kge), ("nse", nse)):
        m = model(data, objective=name)
        shares = np.full(9, 0.4)
        assert m.score(shares) == score(m.flow(shares)[240:], data["streamflow"].values[0, 240:])


def test_a_mixture_is_the_mean_of_its_scores():
    data = basin_data()
    shares = np.full(9, 0.4)
    kge_score, nse_score, log_score = (model(data, objective=o).score(shares) for o in ("kge", "nse", "log_nse"))
    mixed = model(data, objective={"kge": 1, "nse": 1, "log_nse": 2}).score(shares)
    assert mixed == pytest.approx(0.25 * kge_score + 0.25 * nse_score + 0.5 * log_score, rel=1e-12)


def test_daily_observations_are_compared_with_means_of_days():
    hourly = model(basin_data())
    shares = np.full(9, 0.4)
    truth = hourly.flow(shares)
    daily = np.repeat(truth.reshape(-1, 24).mean(axis=1), 24)
    data = basin_data(flow=daily)
    data.attrs |= {"observation_hours": 24, "observation_offset": 0}
    m = model(data, warmup=241)
    assert m.observations.first == 264
    assert m.observations.values.size == 60 - 11
    assert m.score(shares) == pytest.approx(1.0, abs=1e-12)
    data["streamflow"].values[0, 500] += 1.0
    with pytest.raises(DataError, match="basin a: observations differ within 24 hours"):
        model(data)


def test_first_block_begins_at_its_hour():
    times = np.datetime64("2000-01-01T05", "s") + np.arange(100) * np.timedelta64(3600, "s")
    assert first_block(times, 0, 24, 0) == 19
    assert first_block(times, 0, 24, 7) == 2
    assert first_block(times, 19, 24, 0) == 19
    assert first_block(times, 20, 24, 0) == 43
    assert first_block(times, 20, 1, 0) == 20


def test_gaps_make_a_block_missing():
    values = np.repeat([1.0, 2.0, 3.0], 4)
    values[5] = np.nan
    np.testing.assert_array_equal(observed_blocks(values, 4, 0), [1.0, np.nan, 3.0])


def test_parameters_without_a_meaning_are_refused_not_scored():
    space = space_of("dry", {"wltsmc": (0.0, 0.9)})
    m = model(basin_data(), space=space)
    assert m.score([1.0]) == REFUSED
    with pytest.raises(ValueError, match="CFE has no meaning with the parameters"):
        m.flow([1.0])
    # and leave nothing behind
    assert m.score([0.1]) == model(basin_data(), space=space).score([0.1])


def test_data_that_cannot_be_calibrated_are_refused():
    data = basin_data(flow=np.full(24 * 60, np.nan))
    with pytest.raises(DataError, match="basin a has no observed streamflow after the warm-up"):
        model(data)
    wet = basin_data()
    wet["precipitation"].values[0, 7] = 1e6
    with pytest.raises(DataError, match=r"precipitation of basin a at 2000-01-01T07:00:00 is 1e\+06 mm h-1"):
        model(wet)
    with pytest.raises(ValueError, match="with a GIUH"):
        CfeModel(CONFIG, CfeOptions(surface_runoff=2), basin_data(), nwm_space(), 0, Objective.of("kge"))


@pytest.mark.parametrize("what", ["rmse", {}, {"kge": -1.0}, {"kge": 0.0}, {"kge": float("nan")}])
def test_objectives_that_make_no_sense_are_refused(what):
    with pytest.raises(ValueError, match="objective"):
        Objective.of(what)
