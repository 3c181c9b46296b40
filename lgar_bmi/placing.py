"""Placing water in a block: at one suction, and when it is saturated by pushing its front down."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import carries_tangent, njit
from lgar_bmi.block import block_suction, block_water, rounds_to_full
from lgar_bmi.column import (
    Column,
    Fronts,
    inside_layer,
    refresh,
    remove_front,
    storage,
    surface_front,
    top_of,
)
from lgar_bmi.events import SATURATION, note
from lgar_bmi.movement import LGAR_C_SATURATION, LGAR_C_TOLERANCE
from lgar_bmi.options import LgarOptions

PERCOLATION, REJECTED, LOST, PENDING = range(4)
"""Places in the books of the corrections, water in cm: what left the bottom; what a saturated column cannot hold and
goes back to the surface; what LGAR-C takes out for evapotranspiration; what has yet to be put into a block."""

NO_CONTRAST = 1e-13
"""Difference of moistures across a front that is none [-]."""

TOO_DEEP = 10.0
"""Depth, in terms of the column's, from which on a front would lose digits of its water."""


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
    return contrast > NO_CONTRAST and water <= TOO_DEEP * column.bottom[column.bottom.size - 1] * contrast


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
def saturated(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> bool:
    """Say whether the block above front i is saturated."""
    if options.lgar_c == 1:
        return abs(fronts.theta[i] - column.theta_e[fronts.layer[i]]) < 1e-15
    return fronts.psi[i] <= 0.0


@njit(borrow=True)
def _deepen_in_derivative(fronts: Fronts, i: int, target: float, column: Column) -> None:
    """Conserve the derivative of the water in a block that is saturated but for rounding, by way of its depth."""
    if rounds_to_full(fronts.psi[i], fronts.layer[i], column):
        surplus = target - storage(fronts, column)
        if can_hold(fronts, i, surplus, column):
            push_down(fronts, i, surplus - float(surplus))


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
        if carries_tangent(target) and inside_layer(fronts, i):
            _deepen_in_derivative(fronts, i, target, column)
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
        # less than nothing is rounding; a derivative is not
        books[REJECTED] = books[REJECTED] + max(surplus, surplus - float(surplus))
    elif can_hold(fronts, i, surplus, column):
        push_down(fronts, i, surplus)
    else:
        remove_front(fronts, i, column)
        settle(fronts, i, target, column, options, books)
