"""One sub-step of a column: the fronts move, water enters and leaves."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import carries_tangent, njit, same
from hydro_physics.van_genuchten import conductivity, suction
from lgar_bmi.column import (
    Column,
    Fronts,
    copy_fronts,
    effective_theta,
    inside_layer,
    remove_front,
    soil_of,
    storage,
    surface_front,
)
from lgar_bmi.corrections import correct_fronts
from lgar_bmi.events import REJECTION, SHORTAGE, note
from lgar_bmi.exchange import create_front, infiltrate, losses, must_create
from lgar_bmi.movement import move_fronts
from lgar_bmi.options import LgarOptions
from lgar_bmi.placing import LOST, PERCOLATION, REJECTED, deepen_saturated_block
from lgar_bmi.processes import LgarCoefficients, release
from lgar_bmi.state import Fluxes, Surface, Work
from lgar_bmi.velocity import update_velocities

RESERVOIR_STEP = 1.0 / 12.0
"""Time in which the share `frac_to_CR` of ponded water goes to the conceptual reservoirs [h]: LGAR's usual sub-step."""


@njit(borrow=True)
def remove_redundant(fronts: Fronts, column: Column) -> None:
    """Delete the first front that separates nothing."""
    for i in range(fronts.size[0] - 1):
        if inside_layer(fronts, i) and abs(fronts.theta[i] - fronts.theta[i + 1]) < 1e-15:
            remove_front(fronts, i, column)
            return


@njit(borrow=True)
def finish_fronts(fronts: Fronts, old: Fronts, column: Column, options: LgarOptions) -> None:
    """Refresh conductivities; LGAR-C takes them, and suctions above 1 cm, from the moistures."""
    comparable = fronts.size[0] == old.size[0] and options.lgar_c == 0
    for i in range(fronts.size[0]):
        if comparable and same(fronts.psi[i], old.psi[i]) and fronts.layer[i] == old.layer[i]:
            continue
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
        Its `old` is afterwards what `fronts` was before.
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
        kept = 1.0 - c.frac_to_reservoir
        # LGAR-C takes the share of ponded water in each sub-step, however short
        kept_of_ponded = kept if options.lgar_c == 1 else kept ** (dt / RESERVOIR_STEP)
        rain = kept * rain_in
        reservoir_inflow = (rain_in - rain) + (1.0 - kept_of_ponded) * ponded
        ponded = kept_of_ponded * ponded
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
    finish_fronts(fronts, old, column, options)
    update_velocities(fronts, head, dt, column, options)

    if rejected > 0.0 or carries_tangent(rejected):
        back = min(rejected, infiltration)
        infiltration = infiltration - back
        water = water + rejected
        overflow = zero
        if rejected > 0.0:
            note(events, REJECTION)
            overflow = max(water - c.ponded_depth_max, zero)
        elif runoff > 0.0:
            # no water, but its derivative, and the pond is full
            overflow = rejected
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
        # Differences of storages are exact, so this is what rounding took. Derivatives can have much more of it: where
        # a block is short of saturation by the last digits alone, K falls with an infinite slope (n near 1), its
        # front's move has a derivative of 1e10 cm, and what cancels leaves 1e-6 cm here, paid back as water is.
        owed=state.owed + imbalance if options.lgar_c == 0 else zero,
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
