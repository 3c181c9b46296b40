"""The physics carries derivatives: tangents in dual numbers against differences, on kinks and at zeros above all.

At a kink the tangent has to be the derivative from one of its sides. Where only one side exists (nothing flows less
than nothing, no soil holds more than its maximum) it has to be the derivative from that side.
"""

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import PARAMETERS, problems_of
from cfe_bmi.processes import evaporate_rain, partition_rain
from cfe_bmi.soil_ode import integrate_soil
from cfe_bmi.state import CLASSIC, NASH, ODE, SCHAAKE, XINANJIANG, CfeForcing, CfeOptions, CfeState
from cfe_bmi.step import step
from tests.cfe_bmi.soil_column import column
from tests.properties.differences import deviation, one_sided, tangent
from tests.properties.dual import Dual, load_physics_for_duals, slope

SEEDS = ("storage", "infiltration", "demand", "wilting", "threshold", "maximum", "percolation", "lateral")
W, T, M = 0.13, 0.48, 0.88
STARTS = {"dry": 0.05, "wilting": W, "moist": 0.3, "threshold": T, "draining": 0.6, "maximum": M}


AT_REST = {
    "storage": [1.0, 0.0, 0.0, 0.0],
    "infiltration": [1.0, 0.0, 0.0, 0.0],
    "demand": [-1.0, 1.0, 0.0, 0.0],
    "threshold": [0.0, 0.0, 0.0, 0.0],
}
"""Slopes of storage, evaporation, percolation, lateral flow on the threshold, rising side: at first nothing drains."""

COMPILED = SimpleNamespace(
    derive=derive,
    evaporate_rain=evaporate_rain,
    integrate_soil=integrate_soil,
    partition_rain=partition_rain,
    step=step,
)
"""The functions in use: differences are taken of them. They and the ones for duals have one source."""


@pytest.fixture(scope="module")
def physics() -> SimpleNamespace:
    """The same functions, taking dual numbers."""
    return load_physics_for_duals()


def for_numbers(physics: SimpleNamespace, x: Any) -> SimpleNamespace:
    return physics if any(isinstance(v, Dual) for v in x) else COMPILED


def soil_step(physics: SimpleNamespace, exponents: tuple[float, float] | None = None) -> Any:
    """Storage at the end and the three fluxes of one ODE step, as a function of SEEDS."""
    options = CfeOptions(soil_scheme=ODE, linear_outlets=int(exponents is None))

    def function(x: Any) -> list[Any]:
        start, infiltration, demand, *soil = x
        c = column(*soil, exponents or (1.0, 1.0))
        et, percolation, lateral = for_numbers(physics, x).integrate_soil(start, infiltration, demand, c, options)
        return [start + (infiltration - et - percolation - lateral), et, percolation, lateral]

    return function


def sides_of(function: Any, x: tuple[float, ...], seed: int, h: float) -> list[Any]:
    start, infiltration = x[:2]
    name = SEEDS[seed]
    full = start + infiltration >= M
    up = not (name in ("storage", "infiltration") and full)
    down = not (name in ("infiltration", "demand", "percolation", "lateral") and x[seed] == 0.0)
    down = down and not (name == "maximum" and full)
    return [one_sided(function, x, seed, side * h) for side, there in ((1.0, up), (-1.0, down)) if there]


def test_slope_to_demand_without_demand_is_not_that_of_a_constant_branch(physics: SimpleNamespace) -> None:
    """Golden row 3 with E=0: taking the branch for k=0 as a constant gave -0.493 (specification, part C)."""
    x = (0.478, 0.004, 0.0, W, T, M, 0.0122, 0.01)
    function = soil_step(physics)
    value = tangent(function, x, SEEDS.index("demand"))
    assert value[0] == pytest.approx(-0.978, abs=1e-3)
    assert deviation(value, [one_sided(function, x, SEEDS.index("demand"), 1e-6)]) <= 1e-8


@pytest.mark.parametrize("seed", range(len(SEEDS)), ids=SEEDS)
@pytest.mark.parametrize("start", STARTS)
def test_soil_tangents_at_kinks_and_zeros(physics: SimpleNamespace, start: str, seed: int) -> None:
    function = soil_step(physics)
    wrong = []
    for infiltration, demand, (fast, slow) in itertools.product(
        (0.0, 3e-4, 0.01), (0.0, 3e-4, 0.01), ((0.0, 0.0), (0.0122, 0.0), (0.0, 0.01), (0.0122, 0.01), (2.0, 0.8))
    ):
        x = (STARTS[start], infiltration, demand, W, T, M, fast, slow)
        at_rest_on_threshold = start == "threshold" and infiltration == demand == 0.0
        if STARTS[start] + infiltration > M or (at_rest_on_threshold and SEEDS[seed] == "demand"):
            # At rest on the threshold the slopes to infiltration (rising) and demand (falling) belong to different
            # sides: one tangent cannot be both, and the one to infiltration is tested.
            continue
        sides = sides_of(function, x, seed, 1e-6)
        if sides and not deviation(tangent(function, x, seed), sides) <= 1e-6:
            wrong.append((x, tangent(function, x, seed), sides))
    assert wrong == []


@pytest.mark.parametrize("exponents", [(1.0, 1.0), (2.5, 1.0), (3.0, 1.5)], ids=str)
@pytest.mark.parametrize("start", STARTS)
def test_soil_tangents_with_exponents(physics: SimpleNamespace, start: str, exponents: tuple[float, float]) -> None:
    """The adaptive integration has to control the error of tangents too: also where the values are trivially right."""
    function = soil_step(physics, exponents)
    wrong = []
    for infiltration, demand, (fast, slow) in itertools.product(
        (0.0, 3e-4, 0.01), (0.0, 3e-4, 0.01), ((0.0, 0.0), (0.0122, 0.01), (2.0, 0.8))
    ):
        x = (STARTS[start], infiltration, demand, W, T, M, fast, slow)
        at_rest_on_threshold = start == "threshold" and infiltration == demand == 0.0
        for seed, name in enumerate(SEEDS):
            if STARTS[start] + infiltration > M or (at_rest_on_threshold and name == "demand"):
                continue
            stays_on_threshold = start == "threshold" and infiltration == demand
            if stays_on_threshold and name in AT_REST and 1.0 < min(exponents) < 2.0:
                # outflow begins with a power below 2, so differences approach the slope like a root of the step
                assert tangent(function, x, seed).tolist() == pytest.approx(AT_REST[name], abs=1e-12)
                continue
            # fluxes are exact to some 1e-13, so differences over 1e-5 are to some 1e-7
            sides = sides_of(function, x, seed, 1e-5)
            if sides and not deviation(tangent(function, x, seed), sides) <= 2e-5:
                wrong.append((name, x, tangent(function, x, seed), sides))
    assert wrong == []


@pytest.mark.parametrize("x", [(0.0, 0.0), (0.0, 1e-4), (1e-3, 0.0), (1e-3, 1e-4)], ids=str)
def test_rain_evaporation_tangents(physics: SimpleNamespace, x: tuple[float, float]) -> None:
    """In a dry night, without rain and demand, more rain does not evaporate and more demand finds no rain."""

    def function(y: Any) -> list[Any]:
        return list((physics if isinstance(y[0], Dual) else COMPILED).evaporate_rain(*y))

    for seed in range(2):
        assert deviation(tangent(function, x, seed), [one_sided(function, x, seed, 1e-6)]) <= 1e-9


def partition(physics: SimpleNamespace, options: CfeOptions, exponent: float) -> Any:
    """Excess and infiltration as a function of rain, storage, Schaake's share, impervious share."""
    c = derive(CAT_87)._replace(free_water_exponent=exponent)

    def function(x: Any) -> list[Any]:
        rain, storage, share, impervious = x
        forcing = CfeForcing(rain, 0.0, 0.2, 0.3, 0.0, 0.0)
        return list(
            for_numbers(physics, x).partition_rain(
                rain, storage, forcing, c._replace(schaake_share=share, impervious=impervious), options
            )
        )

    return function


@pytest.mark.parametrize("rain", [0.0, 1e-3], ids=["no rain", "rain"])
@pytest.mark.parametrize("start", ["dry", "threshold", "moist", "full"])
@pytest.mark.parametrize(
    ("options", "exponent"),
    [
        (CfeOptions(partitioning=SCHAAKE), 1.0),
        (CfeOptions(partitioning=SCHAAKE, frozen_soil=1), 1.0),
        (CfeOptions(partitioning=XINANJIANG), 1.0),
        (CfeOptions(partitioning=XINANJIANG), 2.0),
        (CfeOptions(partitioning=XINANJIANG, frozen_soil=1), 0.6),
    ],
    ids=["schaake", "schaake frozen", "xinanjiang x=1", "xinanjiang x=2", "xinanjiang frozen x=0.6"],
)
def test_partition_tangents(
    physics: SimpleNamespace, options: CfeOptions, exponent: float, start: str, rain: float
) -> None:
    c = derive(CAT_87)
    storage = {"dry": 0.2, "threshold": c.soil_threshold, "moist": 0.7, "full": c.soil_max}[start]
    function = partition(physics, options, exponent)
    x = (rain, storage, c.schaake_share, 0.1)
    wrong = []
    for seed, name in enumerate(("rain", "storage", "share", "impervious")):
        if name == "storage" and start == "full" and exponent < 1.0:
            continue  # infinitely steep
        h = 1e-7 if name == "storage" else 1e-6
        up = not (name == "storage" and start == "full")
        down = not (name == "rain" and rain == 0.0)
        sides = [one_sided(function, x, seed, side * h) for side, there in ((1.0, up), (-1.0, down)) if there]
        value = tangent(function, x, seed)
        if not deviation(value, sides) <= 1e-5:
            wrong.append((name, value, sides))
    assert wrong == []


def random_parameters(rng: np.random.Generator) -> CfeParameters:
    """Draw from the calibration ranges, in their inside."""
    while True:
        values = CAT_87._asdict()
        for variable in PARAMETERS:
            if variable.calibration is not None:
                low, high = variable.calibration
                values[variable.name] = low + (high - low) * rng.uniform(0.05, 0.95)
        values["satdk"] = 10.0 ** rng.uniform(-6.5, -3.5)
        values["urban_decimal_fraction"] = rng.uniform(0.05, 0.5)
        values["soil_expon"], values["soil_expon_secondary"] = rng.uniform(1.2, 4.0, 2)
        p = CfeParameters(**values)
        if not problems_of(p) and derive(p).soil_threshold < 0.9 * derive(p).soil_max:
            return p


SCHEMES = [
    CfeOptions(soil, partitioning, surface, rootzone, frozen, linear)
    for soil, partitioning, surface, rootzone, frozen, linear in itertools.product(
        (CLASSIC, ODE), (SCHAAKE, XINANJIANG), (1, NASH), (0, 1), (0, 1), (0, 1)
    )
]


@pytest.mark.parametrize("options", SCHEMES, ids=lambda o: "-".join(str(i) for i in o))
def test_a_step_carries_derivatives_to_every_raw_parameter_and_storage(
    physics: SimpleNamespace, options: CfeOptions
) -> None:
    """At random places, where there is no kink: differences from both sides agree, and the tangent with them."""
    rng = np.random.default_rng(11)
    n = len(PARAMETERS)
    compared = 0
    for _ in range(2):
        p = random_parameters(rng)
        if options.linear_outlets:
            p = p._replace(soil_expon=1.0, soil_expon_secondary=1.0)
        c = derive(p)
        soil = rng.uniform(c.soil_wilting, c.soil_max) if rng.random() < 0.5 else 0.5 * (c.soil_threshold + c.soil_max)
        rain, pet = (5e-3, 2e-4) if rng.random() < 0.6 else (1e-4, 5e-4)
        x = [
            *(float(v) for v in p),
            float(soil),
            0.3 * p.max_gw_storage,
            0.01,
            0.004,
            0.02,
            0.01,
            rain,
            pet,
            0.2,
            0.3,
            0.2,
        ]

        def function(x: Any) -> list[Any]:
            state = CfeState(x[n], x[n + 1], (x[n + 2], x[n + 3]), (x[n + 4], x[n + 5]))
            forcing = CfeForcing(*x[n + 6 : n + 11], 0.5)
            functions = for_numbers(physics, x)
            coefficients = functions.derive(CfeParameters(*x[:n]))
            state, fluxes = functions.step(state, forcing, coefficients, options)
            return [state.soil, state.groundwater, *state.lateral, *state.surface, *fluxes]

        for seed in range(len(x)):
            h = 1e-6 * max(abs(x[seed]), 1e-3 if seed >= n else 1e-12)
            up, down = one_sided(function, x, seed, h), one_sided(function, x, seed, -h)
            # What differences cannot see: storages of some 0.1 m are known to some 1e-17 m, fluxes of the numerical
            # fallback to some 1e-15 m.
            numerical = options.soil_scheme == ODE and not options.linear_outlets
            tolerance = 1e-4 * np.max(np.abs(up)) + (5e-14 if numerical else 1e-15) / h
            if np.max(np.abs(up - down)) > tolerance:
                continue  # a kink is near
            value = tangent(function, x, seed)
            assert np.max(np.abs(value - 0.5 * (up + down))) <= tolerance, (seed, x, value, up)
            compared += 1
    assert compared > 45


def test_water_of_tangents_balances(physics: SimpleNamespace) -> None:
    """What rain adds is found in storages and fluxes: the derivative of the balance is 0 for every seed."""
    rng = np.random.default_rng(5)
    n = len(PARAMETERS)
    for options in SCHEMES:
        p = random_parameters(rng)
        c = derive(p)
        x = [*p, rng.uniform(c.soil_wilting, c.soil_max), 0.3 * p.max_gw_storage, 0.01, 0.004, 0.02, 0.01, 5e-3, 2e-4]
        for seed in (n, n + 6, n + 7, 1, 2, 11, 13):
            y = [Dual(v, float(j == seed)) for j, v in enumerate(x)]
            state = CfeState(y[n], y[n + 1], (y[n + 2], y[n + 3]), (y[n + 4], y[n + 5]))
            before = state.soil + state.groundwater + sum(state.lateral) + sum(state.surface)
            forcing = CfeForcing(y[n + 6], y[n + 7], 0.2, 0.3, 0.2, 0.5)
            after, f = physics.step(state, forcing, physics.derive(CfeParameters(*y[:n])), options)
            stored = after.soil + after.groundwater + sum(after.lateral) + sum(after.surface)
            out = f.et_rain + f.et_retention + f.et_soil + f.lateral_runoff + f.base_flow + f.surface_runoff
            if options.surface_runoff != NASH:
                out = out + f.excess
            residual = before + y[n + 6] - out - stored
            scale = 1.0 + abs(slope(stored)) + abs(slope(out))
            assert abs(slope(residual)) <= 1e-12 * scale, (options, seed)
