"""Corrections after fronts moved: they merge, cross into the next layer, reach the bottom, dry below their lower ones.

Each conserves water by itself. In the default physics a column that cannot hold the water that a correction has to
place sends it back to the surface; LGAR-C books it as evapotranspiration.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import moisture, suction
from lgar_bmi.block import block_suction, block_water
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
    top_of,
)
from lgar_bmi.events import BOTTOM, DRY_OVER_WET, LAYER_CROSSING, MERGE, RESTLESS, SATURATION, note
from lgar_bmi.movement import LGAR_C_SATURATION, LGAR_C_TOLERANCE
from lgar_bmi.options import LgarOptions

PERCOLATION, REJECTED, LOST, PENDING = range(4)
"""Places in the books of the corrections, water in cm: what left the bottom; what a saturated column cannot hold and
goes back to the surface; what LGAR-C takes out for evapotranspiration; what has yet to be put into a block."""

NO_CONTRAST = 1e-13
"""Difference of moistures across a front that is none [-]."""

_MOST_CORRECTIONS = 20 * CAPACITY

_TOO_DEEP = 10.0
"""Depth, in terms of the column's, from which on a front would lose digits of its water."""

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


@njit(inline=False, borrow=True)
def restore_water(fronts: Fronts, i: int, target: float, column: Column, options: LgarOptions) -> float:
    """Give the block of front i the one suction at which the column holds `target`.

    The block spans the layers' bottoms directly above the front, and if the front itself stands at its layer's bottom,
    those below and the first front that does not. LGAR-C goes on downwards from any front, and so joins two blocks.

    Returns
    -------
    float
        Water that is missing in the column afterwards because the block is saturated [cm].
    """
    begin = i
    while begin > 0 and fronts.at_bottom[begin - 1] == 1:
        begin -= 1
    end = begin
    if fronts.at_bottom[begin] == 1 or options.lgar_c == 1:
        found = fronts.at_bottom[begin] == 1
        while end + 1 < fronts.size[0]:
            if fronts.at_bottom[end + 1] == 1:
                end += 1
                found = True
            else:
                if found:
                    end += 1
                break
    layer = fronts.layer[end]
    top = 0.0 * fronts.depth[begin]
    if begin > 0:
        top = fronts.depth[begin - 1]
    top = max(top, top_of(column, fronts.layer[begin]) + 0.0 * top)
    before = 0.0 * target
    above = top
    for j in range(begin, end + 1):
        before = before + (fronts.depth[j] - above) * fronts.theta[j]
        above = fronts.depth[j]
    water = before + (target - storage(fronts, column))
    bottom = fronts.depth[end]
    zero = 0.0 * water
    psi = zero
    missing = zero
    full = block_water(zero, top, bottom, layer, column)
    if options.lgar_c == 1:
        psi = fronts.psi[i]
        if abs(block_water(psi, top, bottom, layer, column) - water) > LGAR_C_TOLERANCE:
            psi = zero
            if full > water + LGAR_C_SATURATION:
                psi = block_suction(water, fronts.psi[i], top, bottom, layer, column)
        missing = water - block_water(psi, top, bottom, layer, column)
    elif full > water:
        psi = block_suction(water, fronts.psi[i], top, bottom, layer, column)
    else:
        missing = water - full
    for j in range(begin, end + 1):
        fronts.psi[j] = psi
        refresh(fronts, j, column)
    return missing


@njit(borrow=True)
def in_order(fronts: Fronts) -> bool:
    """Say whether no front is deeper than the next."""
    for i in range(fronts.size[0] - 1):
        if fronts.depth[i] > fronts.depth[i + 1]:
            return False
    return True


@njit(borrow=True)
def can_hold(fronts: Fronts, i: int, water: float, column: Column) -> bool:
    """Say whether front i, pushed down by the water that its saturated block cannot hold, stays near the column."""
    if not inside_layer(fronts, i):
        return False
    contrast = fronts.theta[i] - fronts.theta[i + 1]
    return contrast > NO_CONTRAST and water <= _TOO_DEEP * column.bottom[column.bottom.size - 1] * contrast


@njit(borrow=True)
def push_down(fronts: Fronts, i: int, water: float) -> None:
    """Push front i down by water that its saturated block cannot hold."""
    fronts.depth[i] = fronts.depth[i] + water / (fronts.theta[i] - fronts.theta[i + 1])


@njit(inline=False, borrow=True)
def settle(fronts: Fronts, i: int, target: float, column: Column, options: LgarOptions, books: NDArray[Any]) -> None:
    """Make the column hold `target` by way of the block of front i.

    A block that is saturated pushes its front down; if it is not to be told from the one below, both are one. While
    other fronts are still out of order, blocks have no proper thickness: the water waits.
    """
    if options.lgar_c == 1:
        books[LOST] = books[LOST] + restore_water(fronts, i, target, column, options)
        return
    if not in_order(fronts):
        books[PENDING] = books[PENDING] + (target - storage(fronts, column))
        return
    while True:
        missing = restore_water(fronts, i, target, column, options)
        if missing <= 0.0:
            return
        end = i
        while end + 1 < fronts.size[0] and fronts.at_bottom[end] == 1:
            end += 1
        if fronts.at_bottom[end] == 1:
            books[REJECTED] = books[REJECTED] + missing
            return
        if can_hold(fronts, end, missing, column):
            push_down(fronts, end, missing)
            return
        remove_front(fronts, end, column)
        i = end


@njit(borrow=True)
def join_with_next(fronts: Fronts, i: int, column: Column, options: LgarOptions, books: NDArray[Any]) -> None:
    """Join the block above front i with the one below it; the column holds the same water."""
    target = storage(fronts, column)
    remove_front(fronts, i, column)
    settle(fronts, i, target, column, options, books)


@njit(borrow=True)
def merge_pair(fronts: Fronts, i: int, column: Column, events: NDArray[Any]) -> None:
    """Make fronts i and i + 1 of a layer one, at the depth that conserves water; the wetter block keeps its moisture."""
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
        if options.lgar_c == 0 and (contrast <= NO_CONTRAST or water > _TOO_DEEP * column.bottom[last] * contrast):
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
                fronts.depth[i + 1] = fronts.depth[i + 1] + missing / (fronts.theta[i + 1] - fronts.theta[i + 2])
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


@njit(borrow=True)
def saturated(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> bool:
    """Say whether the block above front i is saturated."""
    if options.lgar_c == 1:
        return abs(fronts.theta[i] - column.theta_e[fronts.layer[i]]) < 1e-15
    return fronts.psi[i] <= 0.0


@njit(borrow=True)
def deepen_saturated_block(
    fronts: Fronts,
    target: float,
    column: Column,
    options: LgarOptions,
    events: NDArray[Any],
    books: NDArray[Any],
) -> None:
    """Push the front of a saturated block at the surface down until the column holds `target`.

    When all of the column is saturated nothing can move: the water goes back to the surface. LGAR-C books it as
    evapotranspiration and what that is short of as percolation.
    """
    i = surface_front(fronts)
    if not saturated(fronts, i, column, options):
        return
    note(events, SATURATION)
    surplus = target - storage(fronts, column)
    if options.lgar_c == 1:
        if not inside_layer(fronts, i):
            books[LOST] = books[LOST] + abs(surplus)
            books[PERCOLATION] = books[PERCOLATION] + (surplus - abs(surplus))
        elif abs(surplus) > LGAR_C_TOLERANCE:
            push_down(fronts, i, surplus)
            fronts.depth[i] = max(fronts.depth[i], 1e-9 + 0.0 * surplus)
    elif not inside_layer(fronts, i):
        books[REJECTED] = books[REJECTED] + max(surplus, 0.0 * surplus)
    elif can_hold(fronts, i, surplus, column):
        push_down(fronts, i, surplus)
    else:
        remove_front(fronts, i, column)
        settle(fronts, i, target, column, options, books)
