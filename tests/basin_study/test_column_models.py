"""LGAR and the Richards equation as a calibration sees them."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.lgar_model import INITIAL_PSI, OPTIONS, TIMES, LgarModel
from basin_study.lgar_space import COLUMN_RANGES, LAYERS, SOIL_RANGES, lgar_space
from basin_study.objective import Objective
from basin_study.richards_model import RichardsModel
from hydro_physics.skill import kge
from lgar_bmi.ensemble import EnsembleForcing, initial_state, simulate
from tests.basin_study.study_cases import CONFIG, basin_data

DAYS = 100


def make(kind=LgarModel, data=None):  # type: ignore[no-untyped-def]
    return kind(CONFIG, basin_data(24 * DAYS) if data is None else data, lgar_space(), 240, Objective.of("kge"))


def test_the_space_has_every_layer_and_what_leads_to_the_stream():
    names = lgar_space().names
    assert len(names) == LAYERS * len(SOIL_RANGES) + len(COLUMN_RANGES)
    assert names[:4] == ("alpha_1", "n_1", "ks_1", "alpha_2")


def test_the_flow_is_that_of_the_ensemble():
    data = basin_data(24 * DAYS)
    m = make(data=data)
    shares = np.full(len(m.space), 0.4)
    column = m.column(shares)
    values = dict(zip(m.space.names, m.space.values(shares).tolist(), strict=True))
    assert column.soils[0, 2, 2] == values["alpha_3"]
    assert column.soils[0, 0, 1] == CONFIG.parameters.maxsmc
    assert column.parameters.a_slow == values["a_slow"]
    forcing = EnsembleForcing(data["precipitation"].values, data["potential_evapotranspiration"].values)
    state = initial_state(column, INITIAL_PSI, 5, TIMES)
    run = simulate(column, state, forcing, OPTIONS, ordinates=CONFIG.giuh_ordinates, times=TIMES)
    np.testing.assert_array_equal(m.flow(shares), 1000.0 * run.outputs["total_discharge"][0])
    observed = data["streamflow"].values[0]
    assert m.score(shares) == kge(m.flow(shares)[240:], observed[240:]).kge


@pytest.mark.parametrize("kind", [LgarModel, RichardsModel])
def test_every_parameter_changes_the_hydrograph(kind):
    m = make(kind)
    # sandy enough to drain in this time, with a seal that ponds
    sand = dict.fromkeys(m.space.names, 0.5) | {"ponded_depth_max": 0.05}
    sand |= {f"{field}_{layer}": 0.85 for field in SOIL_RANGES for layer in (2, 3)}
    base = np.array(list(sand.values()))
    flow = m.flow(base)
    for k, name in enumerate(m.space.names):
        changed = base.copy()
        changed[k] += 0.1
        assert np.abs(m.flow(changed) - flow).max() > 1e-6, name


def test_both_turn_about_the_same_water_into_flow():
    """The same soils and reservoirs: LGAR stands for Richards, less where roots take water from depth."""
    shares = np.full(13, 0.5)
    lgar, richards = (make(kind).flow(shares)[240:] for kind in (LgarModel, RichardsModel))
    assert richards.sum() == pytest.approx(lgar.sum(), rel=0.5)
    assert np.corrcoef(lgar, richards)[0, 1] > 0.8


def test_water_of_richards_is_kept_on_its_way_to_the_stream():
    m = make(RichardsModel)
    m._forcing.pet[:] = 0.0
    values = m.space.values(np.full(13, 0.5))
    values[[m.space.names.index(name) for name in ("a", "a_slow")]] = 1.0
    # with reservoirs that empty in an hour all that leaves the column passes, but for what is under way
    flow = m.flow_of(values)
    assert flow.min() >= 0.0
    assert 0.0 < flow.sum() <= m._forcing.rain.sum() + 500.0
