"""Ten years hour by hour: the ledger closes, and every step does."""

import itertools

import numpy as np
import pytest

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from tests.cfe_bmi.stepping import simulate

HOURS = 10 * 8766

SOILS = {
    "catchment 87": CAT_87,
    # a calibrated kind of soil: drains in hours, so that steps have several segments
    "fast": CAT_87._replace(satdk=2e-5, slope=0.5, Klf=0.6, Kinf_nash_surface=0.5, maxsmc=0.35, depth=0.8, Cgw=1e-3),
    "powers": CAT_87._replace(soil_expon=2.0, soil_expon_secondary=1.3, satdk=1e-4, slope=0.3, Klf=0.2),
}


def decade() -> np.ndarray:
    """Seasons, days and storms: rain and potential evapotranspiration in m per step."""
    rng = np.random.default_rng(1979)
    hour = np.arange(HOURS)
    sun = np.maximum(np.sin(2 * np.pi * (hour % 24 - 6) / 24), 0.0) * (1.0 - 0.8 * np.cos(2 * np.pi * hour / 8766))
    storm = np.repeat(rng.random(HOURS // 6) < 0.08, 6)
    forcing = np.zeros((HOURS, 6))
    forcing[: storm.size, 0] = storm * rng.exponential(2e-3, storm.size)
    forcing[:, 1] = 3e-4 * sun
    return forcing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "partitioning", "surface"),
    list(itertools.product((CLASSIC, ODE), (SCHAAKE, XINANJIANG), (GIUH, NASH))),
    ids=lambda i: str(i),
)
@pytest.mark.parametrize("soil", SOILS)
def test_ten_years_close(soil: str, scheme: int, partitioning: int, surface: int) -> None:
    p: CfeParameters = SOILS[soil]
    c = derive(p)
    forcing = decade()
    options = CfeOptions(scheme, partitioning, surface)
    run = simulate(p, options, forcing, soil=0.6 * c.soil_max, groundwater=0.1 * p.max_gw_storage)
    o = run.outputs
    water = run.states.sum(axis=1) + (run.queues.sum(axis=1) if surface == GIUH else 0.0)
    steps = forcing[:, 0] - o["actual_et"] - o["q_out"] - np.diff(water)
    assert np.max(np.abs(steps)) <= 1e-13
    total = water[0] + forcing[:, 0].sum() - o["actual_et"].sum() - o["q_out"].sum() - water[-1]
    assert abs(total) <= 1e-10
    assert (o["actual_et"] <= forcing[:, 1] * (1.0 + 1e-15)).all()
    assert forcing[:, 0].sum() > 5.0
    assert o["soil_to_gw_flux"].sum() > 0.01
    assert o["lateral_flow"].sum() > 0.01
