"""What holds for CFE with any valid parameters and any forcing: bounds, signs, evaporation, the balance of water."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cfe_bmi.coefficients import derive
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from tests.cfe_bmi.stepping import Run, simulate
from tests.properties.cfe_strategies import Case, cfe_cases, random_forcing, start_storages

STEPS = 150

SCHEMES = [
    CfeOptions(soil, partitioning, surface, rootzone, frozen, linear, 10)
    for soil, partitioning, surface, rootzone, frozen, linear in itertools.product(
        (CLASSIC, ODE), (SCHAAKE, XINANJIANG), (GIUH, NASH), (0, 1), (0, 1), (0, 1)
    )
]


def describe(o: CfeOptions) -> str:
    words = [
        ("classic", "ode")[o.soil_scheme],
        ("", "schaake", "xinanjiang")[o.partitioning],
        ("", "giuh", "nash")[o.surface_runoff],
        *(["rootzone"] if o.rootzone_et else []),
        *(["frozen"] if o.frozen_soil else []),
        "linear" if o.linear_outlets else "powers",
    ]
    return "-".join(words)


def total(run: Run, options: CfeOptions) -> np.ndarray:
    water = run.states.sum(axis=1)
    return water + run.queues.sum(axis=1) if options.surface_runoff == GIUH else water


def breaches(run: Run, case: Case, options: CfeOptions, forcing: np.ndarray) -> list[str]:
    """Every rule that a run breaks: the rule, the first step, and by how much at worst."""
    found: list[str] = []

    def never_above_zero(rule: str, excess: np.ndarray) -> None:
        bad = ~(excess <= 0.0)  # NaN is bad
        if bad.any():
            step = int(np.argmax(np.atleast_2d(bad.T).any(axis=0)))
            found.append(f"{rule}: broken from step {step} on, by up to {np.max(excess):.3g}")

    o, p = run.outputs, case.parameters
    never_above_zero("storages are not negative", -run.states)
    never_above_zero("the queue is not negative", -run.queues)
    never_above_zero("soil <= its maximum", run.soil - (derive(p).soil_max + 1e-12))
    # a sum that is meant to be the maximum may round up by one place
    never_above_zero("groundwater <= its maximum", run.groundwater - np.nextafter(p.max_gw_storage, np.inf))
    for name, column in o.items():
        if name != "soil_storage_change":
            never_above_zero(f"{name} is not negative", -column)
    never_above_zero("actual <= potential evapotranspiration", o["actual_et"] - forcing[:, 1] * (1.0 + 1e-15))

    tolerance = 1e-13 * np.maximum(1.0, total(run, options)[:-1] + forcing[:, 0])
    catchment = forcing[:, 0] - o["actual_et"] - o["q_out"] - np.diff(total(run, options))
    never_above_zero("catchment's balance", np.abs(catchment) - tolerance)
    rain = forcing[:, 0] - o["et_from_rain"] - o["infiltration"] - o["infiltration_excess"]
    never_above_zero("rain's balance", np.abs(rain) - tolerance)
    into_soil = o["infiltration"] + o["runon_infiltration"]
    out_of_soil = o["et_from_soil"] + o["soil_to_gw_flux"] + o["lateral_flow"]
    never_above_zero("soil's balance", np.abs(into_soil - out_of_soil - np.diff(run.soil)) - tolerance)
    groundwater = o["soil_to_gw_flux"] - o["deep_gw_to_channel_flux"] - np.diff(run.groundwater)
    never_above_zero("groundwater's balance", np.abs(groundwater) - tolerance)
    never_above_zero("storage is the sum of storages", np.abs(o["storage"] - total(run, options)[1:]) - tolerance)
    return found


@pytest.mark.parametrize("options", SCHEMES, ids=describe)
@settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    phases=[Phase.generate],  # shrinking a seed of random forcing explains nothing
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_catchment_keeps_its_water_and_its_bounds(options: CfeOptions, data: st.DataObject) -> None:
    case = data.draw(cfe_cases(linear=bool(options.linear_outlets)))
    forcing = random_forcing(case.seed, STEPS)
    run = simulate(case.parameters, options, forcing, **start_storages(case, options))
    assert breaches(run, case, options, forcing) == []
