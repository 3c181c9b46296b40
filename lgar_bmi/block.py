"""Blocks of one suction: how much water they hold, and the suction at which they hold a given amount.

This is the only place where the model solves an equation; its derivative is that of the implicit function, not of
the iterations.
"""

from __future__ import annotations

import math

from hydro_physics.jit import carries_tangent, njit
from hydro_physics.van_genuchten import DRIEST, VanGenuchtenSoil, effective_saturation, moisture, moisture_slope
from lgar_bmi.column import Column, soil_of, top_of

DRY = 1e7
"""Suction from which on a block gives no more water [cm]."""

_ITERATIONS = 300
_WETTEST = 1e-30

_CONVERGED = 1e-9
"""Step of the logarithm of the suction after which the error, its square, is below round-off."""


@njit(borrow=True)
def thickness_in(column: Column, layer: int, top: float, bottom: float, last: int) -> float:
    """Thickness of the part of a layer between two depths, of which the lower one is in layer `last` [cm].

    Layer `last` has no end here: fronts overshoot their layer before they are put right.
    """
    upper = max(top, top_of(column, layer) + 0.0 * top)
    lower = bottom if layer == last else column.bottom[layer] + 0.0 * bottom
    return max(lower - upper, 0.0 * (lower + upper))


@njit(borrow=True)
def block_water(psi: float, top: float, bottom: float, last: int, column: Column) -> float:
    """Water at one suction between two depths, of which the lower one is in layer `last` [cm]."""
    total = 0.0 * (psi + bottom)
    for layer in range(last + 1):
        thickness = thickness_in(column, layer, top, bottom, last)
        if thickness > 0.0:
            total = total + thickness * moisture(psi, soil_of(column, layer))
    return total


@njit(borrow=True)
def _plain_soil(column: Column, layer: int) -> VanGenuchtenSoil:
    return VanGenuchtenSoil(
        float(column.theta_r[layer]),
        float(column.theta_e[layer]),
        float(column.alpha[layer]),
        float(column.n[layer]),
        float(column.ks[layer]),
    )


@njit(inline=False, borrow=True)
def _search(water: float, guess: float, top: float, bottom: float, last: int, column: Column) -> float:
    """Suction at which the block holds `water`: plain numbers.

    Newton's iteration for the logarithm of the ratio of filled to empty pores over the logarithm of the suction,
    which is nearly a straight line both near saturation and in dry soil, kept inside a shrinking bracket.
    """
    low = _WETTEST
    high = DRIEST
    psi = min(max(guess, 1e-12), 1e15)
    step = math.log(high / low)
    step_before = step
    for _ in range(_ITERATIONS):
        filled = 0.0
        pores = 0.0
        falling = 0.0
        bound = 0.0
        for layer in range(last + 1):
            thickness = thickness_in(column, layer, top, bottom, last)
            if thickness > 0.0:
                soil = _plain_soil(column, layer)
                volume = thickness * (soil.theta_e - soil.theta_r)
                pores += volume
                bound += thickness * soil.theta_r
                filled += volume * effective_saturation(psi, soil)
                falling -= thickness * psi * moisture_slope(psi, soil)
        wanted = water - bound
        empty = pores - filled
        lacking = pores - wanted
        if wanted <= 0.0:
            return DRIEST
        if lacking <= 0.0:
            return 0.0
        if abs(filled - wanted) <= 2e-16 * pores:
            break
        if filled > wanted:
            low = psi
        else:
            high = psi
        earlier = step_before
        step_before = step
        step = math.inf
        if falling > 0.0 and filled > 0.0 and empty > 0.0:
            step = math.log(filled * lacking / (empty * wanted)) / (falling * (1.0 / filled + 1.0 / empty))
        new = psi * math.exp(step) if abs(step) <= 0.5 * abs(earlier) else 0.0
        if not (low < new < high):
            # bisection where Newton's steps lead out, or do not shrink
            new = math.sqrt(low * high)
            step = math.log(new / psi)
        if new == psi:
            break
        psi = new
        if abs(step) < _CONVERGED:
            break
    return psi


@njit(borrow=True)
def rounds_to_full(psi: float, last: int, column: Column) -> bool:
    """Say whether moistures at a suction round to saturation in all layers down to `last`.

    Rounding decides whether such a block has a suction or none; its derivatives are those of a saturated one, since
    the slopes of suction and conductivity to the water in it are beyond all bounds there.
    """
    for layer in range(last + 1):
        soil = _plain_soil(column, layer)
        if moisture(float(psi), soil) < soil.theta_e:
            return False
    return True


@njit(borrow=True)
def block_suction(water: float, guess: float, top: float, bottom: float, last: int, column: Column) -> float:
    """Suction at which the block between two depths holds `water` [cm].

    Parameters
    ----------
    water : float
        Less than the saturated block holds [cm]; from what it holds at the suction `DRY` downwards the answer is `DRY`.
    guess : float
        A suction to begin with [cm]; it has no influence on the answer beyond round-off.
    top, bottom : float
        Depths [cm].
    last : int
        Layer of `bottom`.
    column : Column
    """
    root = _search(float(water), float(guess), float(top), float(bottom), last, column)
    if root <= 0.0:  # short of saturation by less than rounding
        return 0.0 * water
    if root >= DRY:
        return DRY + 0.0 * water
    if not carries_tangent(water):
        return root
    if rounds_to_full(root, last, column):
        return root + 0.0 * water
    # The implicit function: value `root`, derivative -(d residual) / (d residual / d psi).
    psi = root + 0.0 * water
    residual = block_water(psi, top, bottom, last, column) - water
    slope = -1e-300
    for layer in range(last + 1):
        thickness = thickness_in(column, layer, float(top), float(bottom), last)
        slope = slope + thickness * moisture_slope(root, _plain_soil(column, layer))
    return psi - (residual - float(residual)) / slope
