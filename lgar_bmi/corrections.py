"""Corrections after fronts moved: they merge, cross into the next layer, reach the bottom, dry below their lower ones.

Each conserves water by itself. In the default physics a column that cannot hold the water that a correction has to
place sends it back to the surface; LGAR-C books it as evapotranspiration.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import moisture, suction
from lgar_bmi.column import (
    CAPACITY,
    Column,
    Fronts,
    effective_theta,
    inside_layer,
    refresh,
    remove_front,
    share_suction,
    soil_of,
    storage,
    surface_front,
)
from lgar_bmi.events import BOTTOM, DRY_OVER_WET, LAYER_CROSSING, MERGE, RESTLESS, note
from lgar_bmi.options import LgarOptions
from lgar_bmi.placing import (
    LOST,
    NO_CONTRAST,
    PENDING,
    PERCOLATION,
    TOO_DEEP,
    join_with_next,
    push_down,
    restore_water,
    settle,
)

_MOST_CORRECTIONS = 20 * CAPACITY

_LGAR_C_NEGLIGIBLE = 1e-8
"""Water that LGAR-C does not correct for [cm]."""


@njit(borrow=True)
def can_merge(fronts: Fronts, i: int) -> bool:
    """Say whether front i overtook a slower one of its layer."""
    return inside_layer(fronts, i) and fronts.depth[i] > fronts.depth[i + 1] and fronts.at_bottom[i + 1] == 0


@njit(borrow=True)
def can_cross(fronts: Fronts, i: int, column: Column) -> bool:
    """Say whether front i left its layer for the next."""
    layer = fronts.layer[i]
    return (
        inside_layer(fronts, i)
        and layer + 1 < column.thickness.size
        and fronts.at_bottom[i + 1] == 1
        and fronts.depth[i] > column.bottom[layer]
        and fronts.theta[i] > fronts.theta[i + 1]
    )


@njit(borrow=True)
def is_below_column(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> bool:
    """Say whether front i, the lowest moving one, reached the bottom of the column."""
    layer = fronts.layer[i]
    if i + 2 != fronts.size[0] or not inside_layer(fronts, i):
        return False
    bottom = column.bottom[layer]
    return fronts.depth[i] > bottom or (options.lgar_c == 0 and fronts.depth[i] >= bottom)


@njit(borrow=True)
def is_dry_over_wet(fronts: Fronts, i: int) -> bool:
    """Say whether the block above front i is no wetter than the block below."""
    return inside_layer(fronts, i) and fronts.theta[i] <= fronts.theta[i + 1]


@njit(borrow=True)
def merge_pair(fronts: Fronts, i: int, column: Column, events: NDArray[Any]) -> None:
    """Make fronts i and i + 1 of a layer one at the depth that conserves water; the wetter block keeps its moisture."""
    theta = fronts.theta[i]
    below = fronts.theta[i + 2]
    depth = (fronts.depth[i] * (theta - fronts.theta[i + 1]) + fronts.depth[i + 1] * (fronts.theta[i + 1] - below)) / (
        theta - below
    )
    remove_front(fronts, i + 1, column)
    fronts.depth[i] = depth
    note(events, MERGE)


@njit(inline=False, borrow=True)
def merge_fronts(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any], books: NDArray[Any]
) -> None:
    """Merge every front with the slower one that it overtook."""
    i = 0
    while i + 1 < fronts.size[0]:
        if not can_merge(fronts, i):
            i += 1
            continue
        wetter = min(fronts.theta[i] - fronts.theta[i + 1], fronts.theta[i] - fronts.theta[i + 2])
        if options.lgar_c == 0 and wetter <= NO_CONTRAST:
            # its block had dried, and no depth conserves water
            note(events, DRY_OVER_WET)
            join_with_next(fronts, i, column, options, books)
        else:
            merge_pair(fronts, i, column, events)


@njit(inline=False, borrow=True)
def make_room(fronts: Fronts, column: Column, events: NDArray[Any]) -> bool:
    """Merge the two moving fronts that differ least, when a column is full of them; say whether there was a pair."""
    best = -1
    least = 0.0
    for i in range(fronts.size[0] - 2):
        if inside_layer(fronts, i) and fronts.at_bottom[i + 1] == 0 and fronts.theta[i] > fronts.theta[i + 2]:
            between = float((fronts.depth[i + 1] - fronts.depth[i]) * (fronts.theta[i] - fronts.theta[i + 1]))
            if best < 0 or between < least:
                best = i
                least = between
    if best < 0:
        return False
    merge_pair(fronts, best, column, events)
    return True


@njit(inline=False, borrow=True)
def cross_layers(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any], books: NDArray[Any]
) -> None:
    """Take every front that left its layer into the next one, with the water that it is too deep by."""
    before = storage(fronts, column)
    last = column.thickness.size - 1
    for i in range(fronts.size[0] - 1):
        if i + 1 >= fronts.size[0] or not can_cross(fronts, i, column):
            continue
        note(events, LAYER_CROSSING)
        layer = fronts.layer[i]
        soil = soil_of(column, layer)
        psi = fronts.psi[i]
        if options.lgar_c == 1:
            psi = suction(effective_theta(fronts.theta[i], layer, column), soil)
        theta = moisture(psi, soil_of(column, layer + 1))
        contrast = theta - fronts.theta[i + 2]
        overshoot = fronts.depth[i] - column.bottom[layer]
        water = overshoot * (min(fronts.theta[i], soil.theta_e) - fronts.theta[i + 1])
        if options.lgar_c == 0 and (contrast <= NO_CONTRAST or water > TOO_DEEP * column.bottom[last] * contrast):
            # the next layer is as wet already: the front ends here
            join_with_next(fronts, i, column, options, books)
            continue
        beyond = water / contrast
        if contrast == 0.0:
            beyond = column.bottom[layer + 1] / 1000.0 + 0.0 * water
        speed = fronts.speed[i]
        fronts.depth[i] = column.bottom[layer] + 0.0 * water
        fronts.at_bottom[i] = 1
        fronts.speed[i] = 0.0 * speed
        fronts.psi[i] = psi
        fronts.layer[i + 1] = layer + 1
        fronts.depth[i + 1] = column.bottom[layer] + beyond
        fronts.psi[i + 1] = psi
        fronts.speed[i + 1] = speed
        fronts.at_bottom[i + 1] = 0
        refresh(fronts, i + 1, column)
        if options.lgar_c == 1 and layer + 1 == last and fronts.depth[i + 1] > column.bottom[last]:
            fronts.depth[i + 1] = column.bottom[last] + 1e-6 + 0.0 * water
            missing = restore_water(fronts, i + 1, before, column, options)
            if missing > _LGAR_C_NEGLIGIBLE:
                push_down(fronts, i + 1, missing)
    share_suction(fronts, column)
    if options.lgar_c == 1:
        change = before - storage(fronts, column)
        if abs(change) > _LGAR_C_NEGLIGIBLE:
            books[LOST] = books[LOST] + change


@njit(inline=False, borrow=True)
def reach_bottom(fronts: Fronts, i: int, column: Column, options: LgarOptions, books: NDArray[Any]) -> None:
    """Let the lowest moving front end at the bottom of the column, which nothing passes.

    The water that it is too deep by stays in the column, but for LGAR-C, where it percolates (fronts are at most
    1e-9 cm too deep there).
    """
    last = i + 1
    beyond = (fronts.theta[i] - fronts.theta[last]) * (fronts.depth[i] - fronts.depth[last])
    fronts.theta[last] = fronts.theta[i]
    fronts.psi[last] = fronts.psi[i]
    fronts.k[last] = fronts.k[i]
    remove_front(fronts, i, column)
    place_of = PERCOLATION if options.lgar_c == 1 else PENDING
    books[place_of] = books[place_of] + beyond


@njit(inline=False, borrow=True)
def join_dry_over_wet(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any], books: NDArray[Any]
) -> None:
    """Join every block that dried below the block under it with that one."""
    i = 0
    while i + 1 < fronts.size[0]:
        if is_dry_over_wet(fronts, i):
            note(events, DRY_OVER_WET)
            join_with_next(fronts, i, column, options, books)
        else:
            i += 1


@njit(borrow=True)
def correct_once(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any], books: NDArray[Any]
) -> bool:
    """Apply the first correction that is due; say whether there was one.

    Dry blocks are joined when all fronts are in their places; LGAR-C does so before it comes to the second front.
    """
    dry_over_wet = False
    for i in range(fronts.size[0] - 1):
        dry_over_wet = dry_over_wet or is_dry_over_wet(fronts, i)
    for i in range(fronts.size[0] - 1):
        if can_merge(fronts, i) and fronts.theta[i] > fronts.theta[i + 1]:
            merge_fronts(fronts, column, options, events, books)
            return True
        if can_cross(fronts, i, column):
            cross_layers(fronts, column, options, events, books)
            return True
        if is_below_column(fronts, i, column, options):
            note(events, BOTTOM)
            reach_bottom(fronts, i, column, options, books)
            return True
        if dry_over_wet and options.lgar_c == 1:
            break
    if dry_over_wet:
        join_dry_over_wet(fronts, column, options, events, books)
    return dry_over_wet


@njit(inline=False, borrow=True)
def correct_fronts(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any], books: NDArray[Any]
) -> None:
    """Repeat all corrections until none is due.

    Parameters
    ----------
    fronts : Fronts
        Changed in place.
    column : Column
    options : LgarOptions
    events : array of int
        Counts, changed in place.
    books : array, shape (4,)
        Water that the corrections moved, added to in place.
    """
    for _ in range(_MOST_CORRECTIONS):
        if correct_once(fronts, column, options, events, books):
            continue
        pending = books[PENDING]
        if pending == 0.0:
            return
        books[PENDING] = 0.0 * pending
        # what was too deep belongs at the bottom, what is too much came of a block that dried at the surface
        block = fronts.size[0] - 1 if pending > 0.0 else surface_front(fronts)
        settle(fronts, block, storage(fronts, column) + pending, column, options, books)
    note(events, RESTLESS)
