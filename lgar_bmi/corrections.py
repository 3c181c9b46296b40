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
    top_of,
)
from lgar_bmi.events import BOTTOM, DRY_OVER_WET, LAYER_CROSSING, MERGE, RESTLESS, note
from lgar_bmi.movement import LGAR_C_SATURATION, LGAR_C_TOLERANCE
from lgar_bmi.options import LgarOptions

NO_CONTRAST = 1e-13
"""Difference of moistures across a front that is none [-]."""

_LGAR_C_NEGLIGIBLE = 1e-8
"""Water that LGAR-C does not correct for [cm]."""


@njit
def can_merge(fronts: Fronts, i: int) -> bool:
    """Say whether front i overtook a slower one of its layer."""
    return inside_layer(fronts, i) and fronts.depth[i] > fronts.depth[i + 1] and fronts.at_bottom[i + 1] == 0


@njit
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


@njit
def is_below_column(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> bool:
    """Say whether front i, the lowest moving one, reached the bottom of the column."""
    layer = fronts.layer[i]
    if i + 2 != fronts.size[0] or not inside_layer(fronts, i):
        return False
    bottom = column.bottom[layer]
    return fronts.depth[i] > bottom or (options.lgar_c == 0 and fronts.depth[i] >= bottom)


@njit
def is_dry_over_wet(fronts: Fronts, i: int) -> bool:
    """Say whether the block above front i is no wetter than the block below."""
    return inside_layer(fronts, i) and fronts.theta[i] <= fronts.theta[i + 1]


@njit(inline=False)
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


@njit
def place(fronts: Fronts, i: int, missing: float, column: Column) -> float:
    """Place water that the saturated block of front i cannot hold by pushing its front down; return what is left."""
    if missing <= 0.0:
        return missing
    end = i
    while end + 1 < fronts.size[0] and fronts.at_bottom[end] == 1:
        end += 1
    if fronts.at_bottom[end] == 1 or fronts.theta[end] - fronts.theta[end + 1] <= NO_CONTRAST:
        return missing
    fronts.depth[end] = fronts.depth[end] + missing / (fronts.theta[end] - fronts.theta[end + 1])
    return 0.0 * missing


@njit(inline=False)
def merge_fronts(fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any]) -> float:
    """Merge every front with the slower one that it overtook; the wetter block keeps its moisture.

    Returns
    -------
    float
        Water that a saturated block cannot hold [cm].
    """
    rejected = 0.0 * fronts.theta[0]
    i = 0
    while i + 1 < fronts.size[0]:
        if can_merge(fronts, i):
            theta = fronts.theta[i]
            below = fronts.theta[i + 2]
            if options.lgar_c == 0 and theta - below <= NO_CONTRAST:
                # it overtook a front that had dried below its lower one: no depth conserves water
                note(events, DRY_OVER_WET)
                target = storage(fronts, column)
                remove_front(fronts, i, column)
                rejected = rejected + place(fronts, i, restore_water(fronts, i, target, column, options), column)
                continue
            depth = (
                fronts.depth[i] * (theta - fronts.theta[i + 1]) + fronts.depth[i + 1] * (fronts.theta[i + 1] - below)
            ) / (theta - below)
            remove_front(fronts, i + 1, column)
            fronts.depth[i] = depth
            note(events, MERGE)
        else:
            i += 1
    return rejected


@njit(inline=False)
def cross_layers(fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any]) -> tuple[float, float]:
    """Take every front that left its layer into the next one.

    Returns
    -------
    rejected : float
        Water that the saturated column cannot hold [cm].
    lost : float
        LGAR-C only: water that it takes out of the column for evapotranspiration [cm].
    """
    before = storage(fronts, column)
    rejected = 0.0 * before
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
        step = min(fronts.theta[i], soil.theta_e) - fronts.theta[i + 1]
        if options.lgar_c == 0 and contrast <= NO_CONTRAST:
            # the next layer is as wet already: the front ends here
            target = storage(fronts, column)
            remove_front(fronts, i, column)
            rejected = rejected + place(fronts, i, restore_water(fronts, i, target, column, options), column)
            continue
        beyond = overshoot * step / contrast
        if contrast == 0.0:
            beyond = column.bottom[layer + 1] / 1000.0 + 0.0 * beyond
        speed = fronts.speed[i]
        fronts.depth[i] = column.bottom[layer] + 0.0 * beyond
        fronts.at_bottom[i] = 1
        fronts.speed[i] = 0.0 * speed
        fronts.psi[i] = psi
        fronts.layer[i + 1] = layer + 1
        fronts.depth[i + 1] = column.bottom[layer] + beyond
        fronts.theta[i + 1] = theta
        fronts.psi[i + 1] = psi
        fronts.speed[i + 1] = speed
        fronts.at_bottom[i + 1] = 0
        refresh(fronts, i + 1, column)
        last = column.thickness.size - 1
        if layer + 1 == last and fronts.depth[i + 1] > column.bottom[last]:
            fronts.depth[i + 1] = column.bottom[last] + (1e-6 if options.lgar_c == 1 else 0.0) + 0.0 * beyond
            missing = restore_water(fronts, i + 1, before, column, options)
            if options.lgar_c == 0:
                rejected = rejected + missing
            elif missing > _LGAR_C_NEGLIGIBLE:
                fronts.depth[i + 1] = fronts.depth[i + 1] + missing / (fronts.theta[i + 1] - fronts.theta[i + 2])
    share_suction(fronts, column)
    lost = 0.0 * before
    if options.lgar_c == 1:
        change = before - storage(fronts, column)
        if abs(change) > _LGAR_C_NEGLIGIBLE:
            lost = change
    return rejected, lost


@njit(inline=False)
def reach_bottom(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> tuple[float, float]:
    """Let the lowest moving front end at the bottom of the column, which nothing passes.

    Returns
    -------
    percolation : float
        LGAR-C only: what the front was too deep [cm].
    rejected : float
        Water that the saturated column cannot hold [cm].
    """
    last = i + 1
    beyond = (fronts.theta[i] - fronts.theta[last]) * (fronts.depth[i] - fronts.depth[last])
    target = storage(fronts, column)
    fronts.theta[last] = fronts.theta[i]
    fronts.psi[last] = fronts.psi[i]
    fronts.k[last] = fronts.k[i]
    remove_front(fronts, i, column)
    if options.lgar_c == 1:
        return beyond, 0.0 * beyond
    rejected = 0.0 * beyond
    if beyond > 0.0:
        rejected = restore_water(fronts, i, target, column, options)
    return 0.0 * beyond, rejected


@njit(inline=False)
def join_dry_over_wet(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any]
) -> tuple[float, float]:
    """Join every block that dried below the block under it with that one.

    Returns
    -------
    rejected : float
        Water that a saturated block cannot hold [cm].
    lost : float
        LGAR-C only: water that it takes out of the column for evapotranspiration [cm].
    """
    rejected = 0.0 * fronts.theta[0]
    lost = rejected
    i = 0
    while i + 1 < fronts.size[0]:
        if is_dry_over_wet(fronts, i):
            note(events, DRY_OVER_WET)
            target = storage(fronts, column)
            remove_front(fronts, i, column)
            missing = restore_water(fronts, i, target, column, options)
            if options.lgar_c == 1:
                lost = lost + missing
            else:
                rejected = rejected + place(fronts, i, missing, column)
        else:
            i += 1
    return rejected, lost


@njit(inline=False)
def correct_fronts(
    fronts: Fronts, column: Column, options: LgarOptions, events: NDArray[Any]
) -> tuple[float, float, float]:
    """Repeat all corrections until none applies.

    Returns
    -------
    percolation, rejected, lost : float
        Water that left the bottom, that goes back to the surface, that LGAR-C books as evapotranspiration [cm].
    """
    percolation = 0.0 * fronts.theta[0]
    rejected = percolation
    lost = percolation
    for _ in range(20 * CAPACITY):
        found = False
        dry_over_wet = False
        for i in range(fronts.size[0] - 1):
            dry_over_wet = dry_over_wet or is_dry_over_wet(fronts, i)
        for i in range(fronts.size[0] - 1):
            found = True
            if can_merge(fronts, i) and fronts.theta[i] > fronts.theta[i + 1]:
                rejected = rejected + merge_fronts(fronts, column, options, events)
                break
            if can_cross(fronts, i, column):
                back, away = cross_layers(fronts, column, options, events)
                rejected = rejected + back
                lost = lost + away
                break
            if is_below_column(fronts, i, column, options):
                note(events, BOTTOM)
                out, back = reach_bottom(fronts, i, column, options)
                percolation = percolation + out
                rejected = rejected + back
                break
            if dry_over_wet:
                back, away = join_dry_over_wet(fronts, column, options, events)
                rejected = rejected + back
                lost = lost + away
                break
            found = False
        if not found:
            return percolation, rejected, lost
    note(events, RESTLESS)
    return percolation, rejected, lost
