"""One sub-step of a column: the fronts move, water enters and leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import conductivity, moisture, suction
from lgar_bmi.block import DRY
from lgar_bmi.column import (
    CAPACITY,
    Column,
    Fronts,
    capacity,
    copy_fronts,
    effective_theta,
    insert_at_surface,
    inside_layer,
    remove_front,
    soil_of,
    storage,
    surface_front,
)
from lgar_bmi.corrections import LOST, PERCOLATION, REJECTED, correct_fronts, deepen_saturated_block, make_room
from lgar_bmi.events import CREATION, FULL, REJECTION, SHORTAGE, note
from lgar_bmi.movement import move_fronts
from lgar_bmi.options import LgarOptions
from lgar_bmi.processes import (
    DRY_SURFACE,
    LgarCoefficients,
    capillary_drive,
    evaporation,
    infiltration_capacity,
    new_front_depth,
    release,
)
from lgar_bmi.velocity import update_velocities

NO_WATER = 1e-12
"""Depth of water on the surface that is none [cm]."""

SATURATED = 1e-9
"""Moisture short of saturation from which on rain creates no new front [-]."""

_LGAR_C_SATURATED = 1e-12
_LGAR_C_HALVINGS = 7
_LGAR_C_LEAST_DRAINAGE = 1e-7


class Surface(NamedTuple):
    """What a column remembers besides its fronts.

    Attributes
    ----------
    ponded : float
        Water on the surface [cm].
    fast, slow : float
        Water in the conceptual reservoirs [cm].
    owed : float
        Water by which the last sub-step's solution was short of conserving it; round-off, paid back in the next [cm].
    raining : int
        1: it rained in the last sub-step.
    preferential : int
        1: preferential flow reaches the reservoirs in the next sub-step.
    length : float
        Of the next sub-step, if it is adaptive [h].
    """

    ponded: float
    fast: float
    slow: float
    owed: float
    raining: int
    preferential: int
    length: float


@njit(borrow=True)
def with_length(state: Surface, length: float) -> Surface:
    """Return `state` with another length of the next sub-step."""
    return Surface(state.ponded, state.fast, state.slow, state.owed, state.raining, state.preferential, length)


class Work(NamedTuple):
    """Room to work in, of no meaning between steps.

    Attributes
    ----------
    old, saved : Fronts
        Copies.
    books : array, shape (4,)
        Of the corrections.
    counts : array of int, shape (`COUNTERS`,)
    """

    old: Fronts
    saved: Fronts
    books: NDArray[Any]
    counts: NDArray[Any]


class Fluxes(NamedTuple):
    """Water that moved in a sub-step [cm].

    Attributes
    ----------
    infiltration, runoff, evapotranspiration, percolation : float
    reservoir_outflow : float
        From the conceptual reservoirs to the stream.
    imbalance : float
        In less out less change of storage.
    substeps : int
        How many there were, repeated ones included.
    """

    infiltration: float
    runoff: float
    evapotranspiration: float
    percolation: float
    reservoir_outflow: float
    imbalance: float
    substeps: int


@njit(borrow=True)
def no_fluxes(zero: float) -> Fluxes:
    """Nothing, in the number type of `zero`."""
    return Fluxes(zero, zero, zero, zero, zero, zero, 0)


@njit(borrow=True)
def add_fluxes(a: Fluxes, b: Fluxes) -> Fluxes:
    """Sum of what moved in two spans of time."""
    return Fluxes(
        infiltration=a.infiltration + b.infiltration,
        runoff=a.runoff + b.runoff,
        evapotranspiration=a.evapotranspiration + b.evapotranspiration,
        percolation=a.percolation + b.percolation,
        reservoir_outflow=a.reservoir_outflow + b.reservoir_outflow,
        imbalance=a.imbalance + b.imbalance,
        substeps=a.substeps + b.substeps,
    )


@njit(borrow=True)
def with_repeated(fluxes: Fluxes, count: int) -> Fluxes:
    """Return `fluxes` with so many more sub-steps."""
    zero = 0.0 * fluxes.runoff
    return add_fluxes(fluxes, Fluxes(zero, zero, zero, zero, zero, zero, count))


@njit(borrow=True)
def block_margin(fronts: Fronts, surface: int, column: Column) -> float:
    """Water that the block at the surface can give until it is as dry as it gets [cm]."""
    total = 0.0 * fronts.theta[0]
    above = 0.0 * fronts.depth[0]
    for i in range(surface + 1):
        soil = soil_of(column, fronts.layer[i])
        total = total + (fronts.depth[i] - above) * (fronts.theta[i] - moisture(DRY + 0.0 * total, soil))
        above = fronts.depth[i]
    return total


@njit(borrow=True)
def column_margin(stored: float, column: Column) -> float:
    """Water above the residual moisture of all layers [cm]."""
    total = stored
    for layer in range(column.thickness.size):
        total = total - column.theta_r[layer] * column.thickness[layer]
    return total


@njit(borrow=True)
def halved(amount: float, taken: float, margin: float) -> float:
    """LGAR-C's limit: halve an amount until it fits into a margin with what else is taken, at most 7 times."""
    for _ in range(_LGAR_C_HALVINGS):
        if amount + taken <= margin:
            return amount
        amount = 0.5 * amount
    return 0.0 * amount


@njit(borrow=True)
def losses(
    fronts: Fronts,
    stored: float,
    pet: float,
    dt: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
) -> tuple[float, float]:
    """Evapotranspiration and free drainage out of the block at the surface [cm].

    Drainage is the conductivity of the lowest block, taken from the block at the surface, as LGAR does. Both are
    limited to what that block holds.
    """
    margin = min(block_margin(fronts, surface_front(fronts), column), column_margin(stored, column))
    zero = 0.0 * margin
    margin = max(margin, zero)
    drainage = zero
    if options.free_drainage == 1:
        last = fronts.size[0] - 1
        if fronts.psi[last] <= DRY_SURFACE:
            drainage = dt * fronts.k[last]
            if options.lgar_c == 1:
                drainage = halved(drainage, zero, margin)
                if drainage < _LGAR_C_LEAST_DRAINAGE:
                    drainage = zero
            else:
                drainage = min(drainage, margin)
    evaporated = zero
    if pet > 0.0:
        evaporated = evaporation(fronts.psi[0], pet, c)
        if options.lgar_c == 1:
            evaporated = halved(evaporated, zero, margin)
            for k in range(_LGAR_C_HALVINGS + 1):
                if evaporated + drainage <= margin:
                    break
                if k == _LGAR_C_HALVINGS:
                    evaporated = zero
                    drainage = zero
                evaporated = 0.5 * evaporated
                drainage = 0.5 * drainage
        else:
            evaporated = min(evaporated, margin - drainage)
    return evaporated, drainage


@njit(borrow=True)
def must_create(fronts: Fronts, ponded: float, rain: float, raining: int, column: Column, options: LgarOptions) -> bool:
    """Say whether the rain of this sub-step creates a new front: it begins, or there is no moving front yet."""
    tolerance = _LGAR_C_SATURATED if options.lgar_c == 1 else SATURATED
    if ponded > NO_WATER or fronts.theta[0] + tolerance >= column.theta_e[0]:
        return False
    return rain > 0.0 and (raining == 0 or fronts.size[0] == column.thickness.size)


@njit(inline=False, borrow=True)
def create_front(
    fronts: Fronts, water: float, dt: float, column: Column, options: LgarOptions, events: NDArray[Any]
) -> float:
    """Let water enter as a new front at the surface.

    Returns
    -------
    float
        What entered [cm]; the front is saturated if that is less than all.
    """
    soil = soil_of(column, 0)
    theta = fronts.theta[0]
    zero = 0.0 * water
    drive = capillary_drive(fronts.psi[0], zero, 0, column, options.capillary_drive)
    depth = new_front_depth(theta, drive, dt, column)
    room = soil.theta_e - theta
    if fronts.size[0] >= CAPACITY and not make_room(fronts, column, events):
        note(events, FULL)
        return zero
    note(events, CREATION)
    entered = min(water, depth * room)
    insert_at_surface(fronts)
    fronts.depth[0] = depth
    fronts.speed[0] = zero
    if depth * room > water:
        wetter = min(theta + water / depth, soil.theta_e + zero)
        fronts.theta[0] = wetter
        fronts.psi[0] = suction(effective_theta(wetter, 0, column), soil)
    else:
        fronts.theta[0] = soil.theta_e + zero
        fronts.psi[0] = zero
    fronts.k[0] = conductivity(fronts.psi[0], soil)
    return entered


@njit(borrow=True)
def infiltrate(
    fronts: Fronts,
    water: float,
    rain: float,
    taken: float,
    stored: float,
    dt: float,
    column: Column,
    options: LgarOptions,
) -> float:
    """Water that enters the block at the surface [cm].

    Parameters
    ----------
    fronts : Fronts
    water : float
        On the surface, rain of the sub-step included [cm].
    rain : float
        Of the sub-step [cm].
    taken : float
        Evapotranspiration and drainage [cm].
    stored : float
        In the column [cm].
    dt : float
    column : Column
    options : LgarOptions
    """
    i = surface_front(fronts)
    zero = 0.0 * water
    head = max(water - rain, zero)
    drive = zero
    if fronts.size[0] != column.thickness.size:
        drive = capillary_drive(fronts.psi[i + 1], zero, fronts.layer[i], column, options.capillary_drive)
    rate = infiltration_capacity(fronts.depth[i], fronts.layer[i], drive, head, column)
    room = max(capacity(column) + taken - stored, zero)
    return min(water, min(rate * dt, room))


@njit(borrow=True)
def remove_redundant(fronts: Fronts, column: Column) -> None:
    """Delete the first front that separates nothing."""
    for i in range(fronts.size[0] - 1):
        if inside_layer(fronts, i) and abs(fronts.theta[i] - fronts.theta[i + 1]) < 1e-15:
            remove_front(fronts, i, column)
            return


@njit(borrow=True)
def finish_fronts(fronts: Fronts, column: Column, options: LgarOptions) -> None:
    """Refresh conductivities; LGAR-C takes them, and suctions above 1 cm, from the moistures."""
    for i in range(fronts.size[0]):
        soil = soil_of(column, fronts.layer[i])
        psi = fronts.psi[i]
        if options.lgar_c == 1:
            psi = suction(effective_theta(fronts.theta[i], fronts.layer[i], column), soil)
            if fronts.psi[i] > 1.0:
                fronts.psi[i] = psi
        fronts.k[i] = conductivity(psi, soil)


@njit(inline=False, borrow=True)
def substep(
    fronts: Fronts,
    work: Work,
    state: Surface,
    rain_rate: float,
    pet_rate: float,
    dt: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
) -> tuple[Surface, Fluxes]:
    """Advance a column by one sub-step.

    Parameters
    ----------
    fronts : Fronts
        Changed in place.
    work : Work
    state : Surface
    rain_rate, pet_rate : float
        [cm/h].
    dt : float
        [h].
    column : Column
    c : LgarCoefficients
    options : LgarOptions
    events : array, shape (`COUNTERS`,)
        Counts, changed in place.

    Returns
    -------
    state : Surface
    fluxes : Fluxes
    """
    zero = 0.0 * (state.ponded + rain_rate)
    old = work.old
    books = work.books
    ponded = state.ponded
    reservoir_inflow = zero
    rain_in = rain_rate * dt
    rain = rain_in
    if state.preferential == 1:
        reservoir_inflow = c.frac_to_reservoir * (rain_in + ponded)
        rain = (1.0 - c.frac_to_reservoir) * rain_in
        ponded = (1.0 - c.frac_to_reservoir) * ponded
    water = rain + ponded

    copy_fronts(fronts, old)
    stored = storage(fronts, column)
    pet = pet_rate * dt
    evaporated, drainage = losses(fronts, stored, pet, dt, column, c, options)
    create = must_create(fronts, ponded, rain, state.raining, column, options)
    preferential = fronts.theta[0] > c.preferential_theta

    infiltration = zero
    head = zero
    runoff = zero
    if water > 0.0 and not create:
        infiltration = infiltrate(fronts, water, rain, evaporated + drainage, stored, dt, column, options)
        water = water - infiltration
        runoff = max(water - c.ponded_depth_max, zero)
        water = water - runoff
        head = water

    owed = state.owed if options.lgar_c == 0 else zero
    gain = infiltration + owed - (drainage + evaporated)
    short = move_fronts(fronts, old, surface_front(old), gain, dt, column, options)
    if short > 0.0:
        note(events, SHORTAGE)
        cut = min(short, evaporated)
        evaporated = evaporated - cut
        drainage = max(drainage - (short - cut), zero)
    for i in range(books.size):
        books[i] = zero
    target = stored + owed + infiltration - (evaporated + drainage)
    deepen_saturated_block(fronts, target, column, options, events, books)
    correct_fronts(fronts, column, options, events, books)

    if create:
        entered = create_front(fronts, water, dt, column, options, events)
        infiltration = infiltration + entered
        water = water - entered
        correct_fronts(fronts, column, options, events, books)
        runoff = max(water - c.ponded_depth_max, zero)
        water = water - runoff
        if runoff > 0.0:
            head = water
    percolation = books[PERCOLATION]
    rejected = books[REJECTED]
    evaporated = evaporated + books[LOST]
    remove_redundant(fronts, column)
    finish_fronts(fronts, column, options)
    update_velocities(fronts, head, dt, column, options)

    exfiltrated = zero
    if rejected > 0.0:
        note(events, REJECTION)
        back = min(rejected, infiltration)
        infiltration = infiltration - back
        exfiltrated = rejected - back
        water = water + rejected
        overflow = max(water - c.ponded_depth_max, zero)
        water = water - overflow
        runoff = runoff + overflow

    to_reservoir = reservoir_inflow
    if options.drainage_to_reservoir == 1:
        to_reservoir = to_reservoir + drainage + percolation
        percolation = zero
    else:
        percolation = percolation + drainage
    fast, from_fast = release(state.fast, to_reservoir * (1.0 - c.frac_slow), dt, c.a, c.b)
    slow, from_slow = release(state.slow, to_reservoir * c.frac_slow, dt, c.a_slow, c.b_slow)
    outflow = from_fast + from_slow

    end = storage(fronts, column)
    owed = (
        stored + owed + infiltration - evaporated - exfiltrated - (to_reservoir - reservoir_inflow) - percolation - end
    )
    imbalance = (
        (stored - end)
        + (state.ponded - water)
        + (state.fast - fast)
        + (state.slow - slow)
        + rain_in
        - runoff
        - evaporated
        - percolation
        - outflow
    )
    return Surface(
        ponded=water,
        fast=fast,
        slow=slow,
        owed=owed,
        raining=1 if rain > 0.0 else 0,
        preferential=1 if (runoff > 1e-12 or preferential) else 0,
        length=state.length,
    ), Fluxes(
        infiltration=infiltration,
        runoff=runoff,
        evapotranspiration=evaporated,
        percolation=percolation,
        reservoir_outflow=outflow,
        imbalance=imbalance,
        substeps=1,
    )
