"""LGAR never breaks: random columns over the whole range that LGAR-C documents, under violent weather, in every mode.

`LGAR_COLUMNS` in the environment sets how many columns are run in all, `LGAR_STEPS` for how many forcing steps, and
`LGAR_SEED` which ones (defaults below).
"""

import math
import os
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import Column, Fronts, begin_column, capacity, soil_of, storage
from lgar_bmi.events import EVENTS, FULL
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, GREEN_AMPT, LGAR_C_SUM, TALSMA_PARLANGE, LgarOptions
from lgar_bmi.processes import LgarCoefficients, derive
from lgar_bmi.setup import initial_surface, make_column, make_events, make_fronts, make_work
from lgar_bmi.state import Surface, Work
from lgar_bmi.step import advance_column
from tests.lgar_bmi.reference import PLAIN, SYNTH_1, SYNTH_2, model
from tests.properties.dual import Dual, load_physics_for_duals, slope, value

COLUMNS = int(os.environ.get("LGAR_COLUMNS", "12500"))
STEPS = int(os.environ.get("LGAR_STEPS", "48"))
SEED = int(os.environ.get("LGAR_SEED", "0"))

BALANCE = 1e-10
"""Of a forcing step and of a whole run [cm]."""


RULES = (
    "finite",
    "moisture between its limits, suction not negative",
    "fronts ordered, below the surface, in the column",
    "one front at every layer's bottom, the last of its layer",
    "moisture decreases within a layer",
    "moisture belongs to suction; blocks that span layers have one",
    "fluxes not negative",
    "evapotranspiration at most potential",
    "ponded water between 0 and its maximum",
    "balance of a step",
    "balance of the run",
    "no failure",
    "column holds no more than its pores",
    "infiltration at most the water that was there",
)


class Tolerances(NamedTuple):
    """What a mode may be off by; the default physics by nothing but round-off."""

    balance: float = BALANCE
    depth: float = 1e-12
    """Relative to the column's."""
    theta: float = 1e-14
    psi: float = 1e-12
    """Relative."""
    flux: float = 1e-13
    books: int = 1
    """1: evapotranspiration and infiltration keep their bounds."""
    share: float = 0.0
    """Of the columns that may break the two rules about balances."""


LGAR_C_TOLERANCES = Tolerances(balance=1e-5, depth=1e-6, theta=1e-9, psi=1e-3, flux=1e-3, books=0, share=0.01)
"""LGAR-C takes suctions from moistures, which costs digits, and books as evapotranspiration what its corrections lose;
fronts that cross two layers at once even make water there (115 cm were seen)."""


@njit
def broken(
    fronts: Fronts, column: Column, ponded: float, most_ponded: float, events: NDArray[Any], t: Tolerances
) -> int:
    """Number of a rule that the state breaks, or -1."""
    n = fronts.size[0]
    last = column.thickness.size - 1
    if not (ponded >= -t.flux and ponded <= most_ponded * (1.0 + 1e-14) + t.flux):
        return 8
    if events[FULL] > 0 or events[FULL + 1] > 0:
        return 11
    if n < last + 1:
        return 3
    at_bottom = 0
    deepest = column.bottom[last]
    for i in range(n):
        layer = fronts.layer[i]
        depth = fronts.depth[i]
        theta = fronts.theta[i]
        psi = fronts.psi[i]
        if not (np.isfinite(depth) and np.isfinite(theta) and np.isfinite(psi)):
            return 0
        if not (np.isfinite(fronts.k[i]) and np.isfinite(fronts.speed[i])):
            return 0
        if theta < column.theta_r[layer] - t.theta or theta > column.theta_e[layer] + t.theta or psi < 0.0:
            return 1
        if depth <= 0.0 or depth > deepest * (1.0 + t.depth) or fronts.speed[i] < 0.0 or fronts.k[i] < 0.0:
            return 2
        if i > 0 and depth < fronts.depth[i - 1] - t.depth * deepest:
            return 2
        if fronts.at_bottom[i] == 1:
            if layer != at_bottom or depth != column.bottom[layer]:
                return 3
            at_bottom += 1
            if i + 1 < n and fronts.layer[i + 1] != layer + 1:
                return 3
            if i + 1 < n and abs(psi - fronts.psi[i + 1]) > t.psi * (1.0 + psi):
                return 5
        elif i + 1 >= n or fronts.layer[i + 1] != layer:
            return 3
        elif theta <= fronts.theta[i + 1]:
            return 4
        if abs(theta - moisture(psi, soil_of(column, layer))) > 1e-12 + t.theta:
            return 5
    return -1 if at_bottom == last + 1 else 3


@njit(inline=False)
def inspect_run(
    fronts: Fronts,
    work: Work,
    state: Surface,
    rain: NDArray[Any],
    pet: NDArray[Any],
    duration: float,
    length: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
    t: Tolerances,
    totals: NDArray[Any],
) -> tuple[int, int]:
    """Run a column and look at it after every forcing step; return the rule that it breaks (or -1) and the step.

    `totals`: worst imbalance of a step, worst of the run, worst water owed, greatest number of fronts, sub-steps.
    """
    pores = capacity(column)
    begin = storage(fronts, column) + state.ponded + state.fast + state.slow
    fell = 0.0
    left = 0.0
    for i in range(rain.size):
        before = state.ponded
        state, f = advance_column(
            fronts, work, state, rain[i], pet[i], duration, length, 1e-3, column, c, options, events
        )
        fell += rain[i] / 10.0 * duration
        demand = pet[i] / 10.0 * duration
        if options.pet_affects_precipitation == 1:
            taken = min(rain[i], pet[i]) / 10.0 * duration
            fell -= taken
            demand -= taken
        left += f.runoff + f.evapotranspiration + f.percolation + f.reservoir_outflow
        held = storage(fronts, column)
        error = abs(begin + fell - left - held - state.ponded - state.fast - state.slow)
        totals[0] = max(totals[0], abs(f.imbalance))
        totals[1] = max(totals[1], error)
        totals[2] = max(totals[2], abs(state.owed))
        totals[3] = max(totals[3], fronts.size[0])
        totals[4] += f.substeps
        rule = broken(fronts, column, state.ponded, c.ponded_depth_max, events, t)
        if rule >= 0:
            return rule, i
        least = min(min(f.infiltration, f.runoff), min(f.percolation, f.reservoir_outflow))
        least = min(least, min(state.fast, state.slow))
        if not least >= -t.flux or (t.books == 1 and not f.evapotranspiration >= 0.0):
            return 6, i
        if t.books == 1 and f.evapotranspiration > demand * (1.0 + 1e-12):
            return 7, i
        if not abs(f.imbalance) <= t.balance:
            return 9, i
        if not error <= t.balance:
            return 10, i
        if held > pores + t.balance:
            return 12, i
        if t.books == 1 and f.infiltration > before + rain[i] / 10.0 * duration + 1e-12:
            return 13, i
    return -1, rain.size


class Scenario(NamedTuple):
    column: Column
    parameters: LgarParameters
    options: LgarOptions
    psi: float
    rain: NDArray[Any]
    pet: NDArray[Any]
    duration: float
    length: float


def random_weather(rng: np.random.Generator, steps: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rain and potential evapotranspiration [mm/h]: bursts, blocks, drizzle, downpours that never end, drought."""
    kind = rng.integers(8)
    share = rng.choice([0.02, 0.1, 0.4])
    rain = np.where(rng.random(steps) < share, 10 ** rng.uniform(-3, 2.5, steps), 0.0)
    if kind == 0:
        rain = np.repeat(rain[::6], 6)[:steps]
    elif kind == 1:
        rain = np.full(steps, 10 ** rng.uniform(-1, 2.5))
    elif kind == 2:
        rain = np.full(steps, 10 ** rng.uniform(-4, 0))
    elif kind == 3:
        rain = np.where(np.arange(steps) % rng.integers(2, 7) == 0, 10 ** rng.uniform(0, 2.5), 0.0)
    elif kind == 4:
        rain[: steps // 2] = 10 ** rng.uniform(0.5, 2.5)
        rain[steps // 2 :] = 0.0
    day = np.maximum(np.sin(2.0 * np.pi * (np.arange(steps) + rng.integers(24)) / 24.0), 0.0)
    return rain, day * rng.choice([0.0, 0.5, 2.0, 10.0])


def random_scenario(
    rng: np.random.Generator,
    steps: int,
    drive: int,
    lgar_c: int = 0,
    substeps: int = FIXED,
    law: int = GREEN_AMPT,
) -> Scenario:
    """Anything in the documented range."""
    layers = int(rng.integers(1, 7))
    soils = [
        VanGenuchtenSoil(
            rng.uniform(0.01, 0.15),
            rng.uniform(0.3, 0.8),
            10 ** rng.uniform(-4, 0),
            1.01 + 1.99 * rng.uniform() ** 2,
            10 ** rng.uniform(-4, 2),
        )
        for _ in range(layers)
    ]
    frozen = rng.choice([1.0, rng.uniform(0.05, 1.0)])
    column = make_column(soils, 10 ** rng.uniform(0.3, 2.0, layers), drive, frozen)
    reservoir = rng.random() < 0.3
    parameters = LgarParameters(
        field_capacity=rng.uniform(10.0, 500.0),
        wilting_point_psi=15495.0,
        ponded_depth_max=rng.choice([0.0, rng.uniform(0.0, 5.0)]),
        spf_factor=rng.uniform(0.1, 1.0),
        frac_to_CR=rng.uniform(0.0, 1.0) if reservoir else 0.0,
        a=10 ** rng.uniform(-8, -1),
        b=rng.uniform(0.01, 5.0),
        a_slow=10 ** rng.uniform(-8, -1),
        b_slow=rng.uniform(0.01, 5.0),
        frac_slow=rng.uniform(0.0, 1.0),
    )
    drains = rng.random() < 0.4
    options = LgarOptions(
        capillary_drive=drive,
        lgar_c=lgar_c,
        free_drainage=int(drains),
        drainage_to_reservoir=int(drains and reservoir and rng.random() < 0.3),
        pet_affects_precipitation=int(rng.random() < 0.2),
        substeps=substeps,
        infiltration=law,
    )
    duration, length = [(3600, 300), (3600, 900), (3600, 3600), (300, 300), (3600, 1000), (900, 400), (86400, 3600)][
        rng.choice(7, p=[0.25, 0.15, 0.2, 0.15, 0.1, 0.1, 0.05])
    ]
    psi = 0.0 if rng.random() < 0.03 else 10 ** rng.uniform(0, 6)
    return Scenario(column, parameters, options, psi, *random_weather(rng, steps), duration / 3600.0, length / 3600.0)


def inspect(scenario: Scenario, tolerances: Tolerances) -> tuple[int, int, NDArray[Any], NDArray[Any]]:
    """Rule broken (or -1), step, totals and events."""
    s = scenario
    fronts, events, totals = make_fronts(), make_events(), np.zeros(5)
    begin_column(fronts, s.psi, s.column)
    rule, step = inspect_run(
        *(fronts, make_work(), initial_surface(s.length), s.rain, s.pet, s.duration, s.length, s.column),
        *(derive(s.parameters, s.column), s.options, events, tolerances, totals),
    )
    return rule, step, totals, events


MODES = {
    "exact": (EXACT, 0, FIXED, GREEN_AMPT),
    "adaptive": (EXACT, 0, ADAPTIVE, GREEN_AMPT),
    "closed form": (CLOSED_FORM, 0, FIXED, GREEN_AMPT),
    "closed form, adaptive": (CLOSED_FORM, 0, ADAPTIVE, GREEN_AMPT),
    "lgar-c": (LGAR_C_SUM, 1, FIXED, GREEN_AMPT),
    "lgar-c, closed form, adaptive": (CLOSED_FORM, 1, ADAPTIVE, GREEN_AMPT),
    "talsma-parlange": (EXACT, 0, FIXED, TALSMA_PARLANGE),
    "talsma-parlange, adaptive": (EXACT, 0, ADAPTIVE, TALSMA_PARLANGE),
}
SHARES = (0.3, 0.15, 0.15, 0.05, 0.1, 0.05, 0.1, 0.1)
"""Of the columns, in the order of the modes."""


def run_many(mode: str, columns: int, steps: int, seed: int = 0) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """Broken rules, worst totals and events of many random columns of a mode."""
    drive, lgar_c, substeps, law = MODES[mode]
    tolerances = LGAR_C_TOLERANCES if lgar_c else Tolerances()
    number = list(MODES).index(mode)
    problems = []
    unbalanced = []
    worst = np.zeros(5)
    counts = make_events()
    for k in range(columns):
        rng = np.random.default_rng([seed, number, k])
        rule, step, totals, events = inspect(random_scenario(rng, steps, drive, lgar_c, substeps, law), tolerances)
        worst = np.maximum(worst, totals)
        counts += events
        if rule >= 0:
            found = problems if "balance" not in RULES[rule] else unbalanced
            found.append(f"column {k} of {mode!r}, seed {seed}, step {step}: {RULES[rule]}")
    if len(unbalanced) > tolerances.share * columns:
        problems += unbalanced
    return problems, worst, counts


@pytest.mark.parametrize("mode", MODES)
def test_no_column_breaks_a_rule(mode: str) -> None:
    """10 000 columns in all, some 10 million sub-steps."""
    columns = max(int(COLUMNS * SHARES[list(MODES).index(mode)]), 20)
    problems, worst, counts = run_many(mode, columns, STEPS, SEED)
    print(
        f"{mode}: {columns} columns of {STEPS} steps; worst imbalance {worst[0]:.1e} cm, of a run {worst[1]:.1e} cm, "
    )
    print(f"owed {worst[2]:.1e} cm; most fronts {worst[3]:.0f}; {dict(zip(EVENTS, counts.tolist(), strict=False))}")
    assert not problems, "\n".join(problems[:20])
    # the weather has to reach all of the physics, or the test proves nothing
    assert counts[: 6 if MODES[mode][1] else 8].min() > 0


@pytest.mark.parametrize(
    ("mode", "column", "seed", "steps"),
    [
        ("closed form", 16, 1, 48),
        ("adaptive", 649, 1, 100),
        ("adaptive", 1438, 1, 100),
        ("closed form", 286, 7, 60),
        ("exact", 6038, 21, 96),
        ("adaptive", 3256, 21, 96),
        ("closed form", 896, 7, 60),
        ("lgar-c", 59, 0, 48),
        ("lgar-c, closed form, adaptive", 627, 1, 48),
    ],
)
def test_columns_that_once_broke_a_rule(mode: str, column: int, seed: int, steps: int) -> None:
    """Few in 10 000: water lost or made, a search without end, fronts above the surface, too many fronts, NaN."""
    drive, lgar_c, substeps, law = MODES[mode]
    rng = np.random.default_rng([seed, list(MODES).index(mode), column])
    scenario = random_scenario(rng, steps, drive, lgar_c, substeps, law)
    rule, step, _, _ = inspect(scenario, LGAR_C_TOLERANCES if lgar_c else Tolerances())
    assert rule == -1, f"step {step}: {RULES[rule]}"


def arid_weather(years: int, seed: int = 17) -> tuple[NDArray[Any], NDArray[Any]]:
    """Hourly rain and potential evapotranspiration of a dry place [mm/h]: some 300 mm a year in 40 storms, 1500 mm."""
    rng = np.random.default_rng(seed)
    hours = years * 8760
    rain = np.zeros(hours)
    for begin in rng.integers(0, hours, 40 * years):
        length = int(rng.integers(1, 8))
        rain[begin : begin + length] += rng.gamma(0.4, 8.0, rain[begin : begin + length].size)
    hour = np.arange(hours)
    season = 1.0 + 0.6 * np.sin(2.0 * np.pi * hour / 8760.0)
    return rain, 0.55 * season * np.maximum(np.sin(2.0 * np.pi * hour / 24.0), 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("drive", "lgar_c", "substeps", "balance"),
    [
        (EXACT, 0, FIXED, BALANCE),
        (EXACT, 0, ADAPTIVE, BALANCE),
        (CLOSED_FORM, 0, FIXED, BALANCE),
        # 7e-6 cm a year is what LGAR-C's own loops lose
        (CLOSED_FORM, 1, FIXED, 1e-6),
    ],
    ids=["exact", "adaptive", "closed form", "lgar-c"],
)
def test_ten_years_lose_no_water(drive: int, lgar_c: int, substeps: int, balance: float) -> None:
    """A million sub-steps of 5 minutes: the balance of the totals, not the sum of what each step says of itself."""
    rain, pet = arid_weather(10)
    parameters = PLAIN._replace(ponded_depth_max=0.1, frac_to_CR=0.1, a=0.01, b=1.3, spf_factor=0.95)
    soils = (SYNTH_1[1], SYNTH_1[2], SYNTH_1[0])
    options = {"capillary_drive": drive, "lgar_c": lgar_c, "substeps": substeps, "free_drainage": 1}
    m = model(soils, (20.0, 50.0, 80.0), 2000.0, parameters, **options)
    before = m.storage
    s = m.run(rain, pet)
    fluxes = [math.fsum(s[name]) for name in ("runoff", "evapotranspiration", "percolation", "outflow")]
    held = m.storage + m.state.ponded + m.state.fast + m.state.slow
    error = before + math.fsum(rain) / 10.0 - math.fsum(fluxes) - held
    print(f"error {error:.1e} cm; fluxes {fluxes}; {m.events.tolist()}; {s['substeps'].sum():.0f} sub-steps")
    assert abs(error) <= balance
    assert m.failures() == 0
    assert min(fluxes[0], fluxes[1], fluxes[3]) > 0.1
    if lgar_c == 0:
        assert np.all(s["evapotranspiration"] <= pet / 10.0 * (1.0 + 1e-12))
        assert abs(s["owed"]).max() <= 1e-11


# --- derivatives: the same source as plain Python, in dual numbers ---

PHYSICS = (
    *(f"hydro_physics.{name}" for name in ("van_genuchten", "root_uptake", "capillary_drive", "matric_flux")),
    *(
        f"lgar_bmi.{name}"
        for name in ("column", "front_law", "processes", "block", "movement", "placing", "corrections", "velocity")
    ),
    *(f"lgar_bmi.{name}" for name in ("state", "exchange", "substep", "adaptive", "step")),
)


@pytest.fixture(scope="module")
def physics() -> SimpleNamespace:
    """LGAR as plain Python that takes dual numbers."""
    return load_physics_for_duals(PHYSICS)


STORM = np.array([0.0, 5.0, 40.0, 0.0, 0.0, 80.0, 0.0, 0.0])
THICKNESS = np.array([4.0, 6.0, 40.0])
STORES = PLAIN._replace(
    ponded_depth_max=0.3, frac_to_CR=0.2, a=0.05, b=1.4, a_slow=0.01, b_slow=0.8, frac_slow=0.4, spf_factor=0.85
)
BOOKS = ("storage", "ponded", "fast", "slow", "runoff", "evapotranspiration", "percolation", "outflow")
OUTPUTS = (*BOOKS, "infiltration", "start")


def dual_storm(
    physics: SimpleNamespace, layer: int, name: str, options: LgarOptions, rain: NDArray[Any] = STORM
) -> dict[str, Any]:
    """Where the water of a storm is at its end, and what the column held before, seeded in a layer's parameter."""
    p = physics

    def reals(count: int) -> NDArray[Any]:
        array = np.empty(count, dtype=object)
        array[:] = [Dual(0.0) for _ in range(count)]
        return array

    fields = np.array(SYNTH_2, dtype=object).T.copy()
    for index in np.ndindex(fields.shape):
        fields[index] = Dual(fields[index])
    row = VanGenuchtenSoil._fields.index(name)
    fields[row, layer] = Dual(fields[row, layer].v, 1.0)
    shape = make_column(SYNTH_2[:1], (1.0,)).tables.shape[1:]
    tables = np.empty((3, *shape), dtype=object)
    column = p.Column(*fields, THICKNESS, np.cumsum(THICKNESS), tables)
    for k in range(3):
        p.fill_matric_flux_table(p.soil_of(column, k), tables[k])

    def fronts() -> Any:
        integers = [np.zeros(32, dtype=np.int64) for _ in range(2)]
        return p.Fronts(*(reals(32) for _ in range(5)), *integers, np.zeros(1, dtype=np.int64))

    f = fronts()
    p.begin_column(f, 200.0, column)
    work = p.Work(fronts(), reals(4), make_events())
    state = p.Surface(0.0, 0.0, 0.0, 0.0, 0, 0, 0.25)
    c = p.derive(STORES, column)
    events = make_events()
    totals = {"start": p.storage(f, column), "infiltration": 0.0} | dict.fromkeys(BOOKS, 0.0)
    for water in rain:
        state, flux = p.advance_column(f, work, state, water, 0.4, 1.0, 0.25, 1e-3, column, c, options, events)
        for key in ("infiltration", "runoff", "evapotranspiration", "percolation"):
            totals[key] = totals[key] + getattr(flux, key)
        totals["outflow"] = totals["outflow"] + flux.reservoir_outflow
    totals |= {"storage": p.storage(f, column), "ponded": state.ponded, "fast": state.fast, "slow": state.slow}
    totals["events"] = events
    return totals


def plain_storm(layer: int, name: str, change: float, options: LgarOptions) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same with compiled code and a changed parameter: `OUTPUTS`, and events."""
    soils = list(SYNTH_2)
    soils[layer] = soils[layer]._replace(**{name: getattr(soils[layer], name) + change})
    m = model(soils, THICKNESS, 200.0, STORES, length=0.25, **options._asdict())
    start = m.storage
    s = m.run(STORM, 0.4)
    state = [m.storage, m.state.ponded, m.state.fast, m.state.slow]
    fluxes = [s[key].sum() for key in ("runoff", "evapotranspiration", "percolation", "outflow", "infiltration")]
    return np.array([*state, *fluxes, start]), m.events.copy()


SEEDS = [(layer, name) for layer in range(3) for name in VanGenuchtenSoil._fields]
DRAINING = {
    "default": LgarOptions(free_drainage=1),
    "closed form": LgarOptions(CLOSED_FORM, free_drainage=1),
    "talsma-parlange": LgarOptions(free_drainage=1, infiltration=TALSMA_PARLANGE),
}


@pytest.mark.parametrize("drive", DRAINING)
@pytest.mark.parametrize(("layer", "name"), SEEDS)
def test_tangents_conserve_water(physics: SimpleNamespace, layer: int, name: str, drive: str) -> None:
    """What a parameter moves from one place it adds to another: tangents of the balance's terms sum to zero."""
    totals = dual_storm(physics, layer, name, DRAINING[drive])
    assert totals["events"][[0, 1, 2]].min() > 0
    gap = slope(totals["start"]) - sum(slope(totals[key]) for key in BOOKS)
    size = max(abs(slope(totals[key])) for key in BOOKS)
    assert size > 0.0
    assert abs(gap) <= 1e-10 * max(size, 1.0)
    water = value(totals["start"]) + STORM.sum() / 10.0 - sum(value(totals[key]) for key in BOOKS)
    assert abs(water) <= 1e-12


@pytest.mark.parametrize("drive", DRAINING)
@pytest.mark.parametrize(("layer", "name"), SEEDS)
def test_tangents_are_slopes(physics: SimpleNamespace, layer: int, name: str, drive: str) -> None:
    """Central differences of compiled runs that take the same events."""
    options = DRAINING[drive]
    totals = dual_storm(physics, layer, name, options)
    h = 1e-6 * getattr(SYNTH_2[layer], name)
    (up, after), (down, before) = (plain_storm(layer, name, side * h, options) for side in (1.0, -1.0))
    assert np.array_equal(after, before)
    expected = (up - down) / (2.0 * h)
    tangents = np.array([slope(totals[key]) for key in (*BOOKS, "infiltration", "start")])
    scale = np.abs(expected).max()
    np.testing.assert_allclose(tangents, expected, rtol=1e-4, atol=1e-5 * scale + 1e-12 / h)
