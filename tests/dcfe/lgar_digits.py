"""LGAR's own functions as plain Python in numbers of many digits: differences that rounding does not reach."""

from __future__ import annotations

from types import CodeType, FunctionType, SimpleNamespace
from typing import Any

import mpmath
import numpy as np

from dcfe.lgar_seeds import RAIN_FACTOR
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.options import EXACT
from lgar_bmi.setup import make_events
from tests.dcfe.lgar_cases import Array, Case
from tests.properties.dual import load_physics_for_duals
from tests.properties.test_lgar import PHYSICS

DIGITS = 40
DISTANCE = 1e-15
"""In terms of the parameter: beyond the digits of floats, far above those here."""

SAME = 1e-12
"""What outputs of one trajectory in floats and in many digits differ by at most [m]."""

FLUXES = {
    "surface_runoff": "runoff",
    "infiltration": "infiltration",
    "actual_evapotranspiration": "evapotranspiration",
    "percolation": "percolation",
    "conceptual_reservoir_to_stream_discharge": "reservoir_outflow",
}
STORES = ("soil_storage", "ponded_depth", "conceptual_reservoir_storage")

_MATH = SimpleNamespace(
    inf=mpmath.inf,
    exp=mpmath.exp,
    expm1=mpmath.expm1,
    log=mpmath.log,
    log1p=mpmath.log1p,
    sqrt=mpmath.sqrt,
    isfinite=mpmath.isfinite,
)


def _ready(value: Any) -> Any:
    """Floats, also those in tuples and code, as the same numbers of many digits; anything else as it is."""
    if type(value) is float:
        return mpmath.mpf(value)
    if type(value) is tuple:
        return tuple(_ready(item) for item in value)
    if isinstance(value, CodeType):
        return value.replace(co_consts=_ready(value.co_consts))
    return value


def _make_ready(names: dict[str, Any]) -> None:
    """Convert the floats of a module and its functions once, which otherwise takes a quarter of the time of a run."""
    for name, value in names.items():
        if isinstance(value, FunctionType) and value.__globals__ is names:
            value.__code__ = _ready(value.__code__)
        elif type(value) is float:
            names[name] = _ready(value)


def load_physics() -> SimpleNamespace:
    """LGAR as plain Python whose searches go on to the last of many digits."""
    p = load_physics_for_duals(PHYSICS)
    own = {
        "math": _MATH,
        "float": lambda x: x if isinstance(x, mpmath.mpf) else float(x),
        "carries_tangent": lambda x: False,
        "same": lambda a, b: bool(a == b),
    }
    modules = {id(f.__globals__): f.__globals__ for f in vars(p).values() if hasattr(f, "__globals__")}
    for names in modules.values():
        _make_ready(names)
        names.update(own)
    of_tables = p.fill_matric_flux_table.__globals__
    for name in ("_POINTS", "_MATRIX"):
        of_tables[name] = _numbers(of_tables[name])
    of_blocks = p.block_suction.__globals__
    rough = of_blocks["_search"]

    def search(water: Any, guess: Any, top: Any, bottom: Any, last: int, column: Any) -> Any:
        """Newton's iterations from where the model's own search ends, whose error is that of floats."""
        psi = rough(water, guess, top, bottom, last, column)
        if psi <= 0.0 or psi >= of_blocks["DRY"]:
            return psi
        for _ in range(6):
            slope = sum(
                p.thickness_in(column, layer, top, bottom, last) * p.moisture_slope(psi, p.soil_of(column, layer))
                for layer in range(last + 1)
            )
            step = (p.block_water(psi, top, bottom, last, column) - water) / slope
            psi = max(psi - step, 0.5 * psi)
            if abs(step) <= mpmath.mpf(10) ** (4 - DIGITS) * psi:
                break
        return psi

    of_blocks["_search"] = search
    return p


def _numbers(values: Any) -> Array:
    """Array of numbers of many digits."""
    array = np.empty(np.shape(values), dtype=object)
    for index in np.ndindex(array.shape):
        array[index] = mpmath.mpf(float(np.asarray(values, dtype=np.float64)[index]))
    return array


def _run(
    p: SimpleNamespace, case: Case, name: str, change: Any, pieces: list[Array] | None
) -> tuple[dict[str, list[Any]], Array]:
    """Outputs [m] of all steps with a changed parameter, and the counts of events."""
    rows, thickness = _numbers(case.soils.T), _numbers(case.thickness)
    parameters = [mpmath.mpf(float(value)) for value in case.parameters]
    factor = mpmath.mpf(1.0)
    if name == RAIN_FACTOR:
        factor += change
    elif name in LgarParameters._fields:
        parameters[LgarParameters._fields.index(name)] += change
    else:
        field, layer = name.rsplit("_", 1)
        rows[VanGenuchtenSoil._fields.index(field), int(layer) - 1] += change
    layers = thickness.size
    tables = np.empty((layers, *p.fill_matric_flux_table.__globals__["TABLE_SHAPE"]), dtype=object)
    column = p.Column(*rows, thickness, np.cumsum(thickness), tables)
    if case.options.capillary_drive == EXACT:
        for layer in range(layers):
            p.fill_matric_flux_table(p.soil_of(column, layer), tables[layer])

    def fronts() -> Any:
        integers = [np.zeros(32, dtype=np.int64) for _ in range(2)]
        return p.Fronts(*(_numbers(np.zeros(32)) for _ in range(5)), *integers, np.zeros(1, dtype=np.int64))

    f = fronts()
    p.begin_column(f, mpmath.mpf(float(case.psi)), column)
    work, events = p.Work(fronts(), _numbers(np.zeros(4)), make_events()), make_events()
    c = p.derive(LgarParameters(*parameters), column)
    zero = mpmath.mpf(0)
    # the very floats that the compiled run takes
    duration, length = (mpmath.mpf(seconds / 3600.0) for seconds in (case.times.step, case.times.substep))
    state = p.Surface(zero, zero, zero, zero, 0, 0, length)
    found: dict[str, list[Any]] = {key: [] for key in (*FLUXES, *STORES)}
    for t, (rain, pet) in enumerate(zip(case.rain.tolist(), case.pet.tolist(), strict=True)):
        fall, need = mpmath.mpf(rain) * factor, mpmath.mpf(pet)
        if pieces is None:
            state, flux = p.advance_column(
                *(f, work, state, fall, need, duration, length, case.times.tolerance, column, c, case.options, events)
            )
        else:
            taken = min(fall, need) if case.options.pet_affects_precipitation == 1 else zero
            flux = p.no_fluxes(zero)
            for dt in pieces[t].tolist():
                rates = ((fall - taken) / 10, (need - taken) / 10)
                state, more = p.substep(f, work, state, *rates, mpmath.mpf(dt), column, c, case.options, events)
                flux = p.add_fluxes(flux, more)
        for key, field in FLUXES.items():
            found[key].append(getattr(flux, field) / 100)
        if case.options.pet_affects_precipitation == 1:
            found["actual_evapotranspiration"][-1] += min(fall, need) * duration / 1000
        for key, value in zip(STORES, (p.storage(f, column), state.ponded, state.fast + state.slow), strict=True):
            found[key].append(value / 100)
    return found, events


def slopes(
    p: SimpleNamespace, case: Case, name: str, pieces: list[Array] | None = None
) -> tuple[dict[str, Array], bool]:
    """Central differences of outputs to a parameter, with 40 digits, and whether floats are on the same trajectory.

    Where a column fills to the brim or a front is thinner than rounding, rounding decides what happens: many digits
    then have other events than the plain run, or other water, and their slopes are those of another trajectory.
    `pieces` are the lengths of the sub-steps of each forcing step [h], in place of those that the case says.
    """
    plain = case.plain()
    with mpmath.workdps(DIGITS):
        h = mpmath.mpf(DISTANCE * case.value(name))
        (up, above), (down, below) = (_run(p, case, name, side * h, pieces) for side in (1, -1))
        found, same = {}, True
        for key in up:
            pairs = list(zip(up[key], down[key], strict=True))
            found[key] = np.array([float((a - b) / (2 * h)) for a, b in pairs])
            middle = np.array([float((a + b) / 2) for a, b in pairs])
            same = same and bool((np.abs(middle - plain.outputs[key][0]) <= SAME).all())
        events = plain.events[0]
        return found, same and all(np.array_equal(counts[: events.size], events) for counts in (above, below))


def worst_error(found: dict[str, Array], tangents: dict[str, Array], place: int, case: Case, relative: float) -> float:
    """Greatest error of tangents over what is allowed: `relative` of an output's largest slope, and their rounding."""
    water = max(case.thickness.sum() / 100.0, 1.0)
    rounding = 1e-14 * water / case.value(case.seeds[place])
    sizes = [
        np.abs(slope - tangents[key][0, :, place]).max() / (relative * np.abs(slope).max() + rounding)
        for key, slope in found.items()
    ]
    return float(max(size if np.isfinite(size) else np.inf for size in sizes))
