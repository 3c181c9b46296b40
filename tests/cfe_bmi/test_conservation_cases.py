"""A minimal case for each place where CFE in C creates or loses water, and that ours does neither there.

What the C model does is its rule (specification, A5 and A6), in arithmetic, on the numbers of the case: `made` is the
water that the rule creates, negative where it loses some [m]. docs/cfe_conservation.md shows the same numbers.
"""

import numpy as np
import pytest

from cfe_bmi.coefficients import CfeCoefficients, derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.processes import schaake_infiltration, xinanjiang_infiltration
from cfe_bmi.state import GIUH, NASH, SCHAAKE, XINANJIANG, CfeForcing, CfeOptions, CfeState
from cfe_bmi.step import step
from hydro_physics.routing import route_surface_nash
from tests.paths import ROOT

PAGE = ROOT / "docs" / "cfe_conservation.md"
SHAPE = {"x_Xinanjiang_shape_parameter": 0.6, "urban_decimal_fraction": 0.0}
DRY = CfeForcing(*(0.0,) * len(CfeForcing._fields))


def run(c: CfeCoefficients, options: CfeOptions, state: CfeState, *rains: float) -> tuple[list[CfeState], list]:
    """Run our steps; no evaporation. Every step has to keep its water."""
    states, fluxes = [state], []
    for rain in rains:
        before = states[-1]
        after, flux = step(before, DRY._replace(rain=rain), c, options)
        # the unit hydrograph is outside of a step: all excess leaves it
        surface = flux.surface_runoff if options.surface_runoff == NASH else flux.excess
        residual = total(before) + rain - total(after) - surface - flux.lateral_runoff - flux.base_flow
        assert abs(residual) < 1e-15
        assert after.soil <= c.soil_max * (1.0 + 1e-15)
        states.append(after)
        fluxes.append(flux)
    return states, fluxes


def total(state: CfeState) -> float:
    return state.soil + state.groundwater + sum(state.lateral) + sum(state.surface)


def start(soil: float) -> CfeState:
    return CfeState(soil, 0.03, (0.0, 0.0), (0.0,))


def overfilled_soil() -> float:
    """Xinanjiang lets in more than the room d; C sets the soil to its maximum and adds d to it."""
    c = derive(CAT_87._replace(**SHAPE))
    options = CfeOptions(partitioning=XINANJIANG, surface_runoff=GIUH)
    soil, rain = 0.87, 0.1
    room = c.soil_max - soil
    assert xinanjiang_infiltration(rain, soil, DRY, c, options) > room
    run(c, options, start(soil), rain)
    return (c.soil_max + room) - (soil + room)


def stale_percolation() -> float:
    """As above after a step that percolated: C adds that percolation to the runoff instead."""
    c = derive(CAT_87._replace(**SHAPE))
    options = CfeOptions(partitioning=XINANJIANG, surface_runoff=GIUH)
    states, fluxes = run(c, options, start(0.875), 0.0, 0.3)
    soil, rain = states[1].soil, 0.3
    room = c.soil_max - soil
    infiltration = xinanjiang_infiltration(rain, soil, DRY, c, options)
    assert infiltration > room
    excess = rain - infiltration + (infiltration - room) + fluxes[0].percolation
    return c.soil_max + excess - (soil + rain)


def impervious_rain() -> float:
    """C hands out the rain on pervious ground less *all* runoff: the impervious share is taken twice."""
    c = derive(CAT_87._replace(**SHAPE | {"urban_decimal_fraction": 0.3}))
    options = CfeOptions(partitioning=XINANJIANG, surface_runoff=GIUH)
    rain = 0.01
    _, (flux,) = run(c, options, start(0.55), rain)
    assert flux.excess + flux.infiltration == pytest.approx(rain, rel=1e-15)
    pervious = rain * (1.0 - 0.95 * 0.3)
    return (flux.excess + (pervious - flux.excess)) - rain


def overfilling_run_on() -> float:
    """C gives run-on the room that was there before infiltration; in the next step the surplus counts twice."""
    c = derive(CAT_87._replace(slope=0.0, Klf=0.0))
    c = c._replace(surface_rate=0.1, runon_rate=1.0, retention=0.0)
    options = CfeOptions(partitioning=SCHAAKE, surface_runoff=NASH)
    soil, rain = c.soil_max - 0.005, 0.1
    room = c.soil_max - soil
    infiltration = schaake_infiltration(rain, room, DRY, c, options)
    _, _, run_on = route_surface_nash((0.0,), rain - infiltration, 0.1, 1.0, 0.0, room, options.nash_substeps)
    surplus = soil + infiltration + run_on - c.soil_max
    assert surplus > 1e-4
    states, _ = run(c, options, start(soil), rain, 0.0)
    assert states[1].soil == pytest.approx(c.soil_max, rel=1e-15)
    # next step: the surplus runs off, and is taken from the soil's maximum, which it lay above
    return (c.soil_max - surplus) + surplus - (c.soil_max + surplus)


def fast_surface_reservoir() -> float:
    """At a rate of 2 per hour and one sub-step C lets out twice what the reservoir holds."""
    held, rate = 0.01, 2.0
    (left,), given, _ = route_surface_nash((0.0,), held, rate, 0.0, 0.0, 0.0, 1)
    assert left + given == held
    assert given == held
    return rate * held - held


def drizzle() -> float:
    """C with Xinanjiang has neither runoff nor infiltration of rain below 1e-8 m."""
    options = CfeOptions(partitioning=XINANJIANG, surface_runoff=GIUH)
    rain = 5e-9
    _, (flux,) = run(derive(CAT_87._replace(**SHAPE)), options, start(0.3), rain)
    assert flux.excess + flux.infiltration == rain
    return 0.0 - rain


CASES = (overfilled_soil, stale_percolation, impervious_rain, overfilling_run_on, fast_surface_reservoir, drizzle)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_water_is_kept_where_the_c_model_does_not(case):
    made = case()
    assert abs(made) > 1e-9, "the case has to be one where it does not"
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"`{case.__name__}`" in line)
    assert f"{made * 1e3:+.4g} mm" in row.replace("\u2212", "-"), f"{made * 1e3:+.4g} mm"


def test_the_ledger_sees_a_leak():
    """The check above would find water that is created: it is not true by construction."""
    c = derive(CAT_87)
    after, flux = step(start(0.5), DRY._replace(rain=0.01), c, CfeOptions())
    assert abs(total(start(0.5)) + 0.01 - total(after) - flux.excess - flux.base_flow - flux.lateral_runoff) < 1e-15
    assert not np.isclose(total(start(0.5)) - total(after) - flux.excess - flux.base_flow, 0.0, atol=1e-15)
