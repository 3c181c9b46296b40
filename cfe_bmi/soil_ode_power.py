"""The ODE soil scheme above its threshold when an outlet exponent is not 1: no closed form, so a tight integration.

Extrapolated linearly implicit Euler (Deuflhard 1985): stable however fast the outlets are, of any order the tolerance
asks for, and, since what flows out is integrated along with its part of the Jacobian, conserving water exactly in every
sub-step.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from cfe_bmi.coefficients import CfeCoefficients
from hydro_physics.jit import carries_tangent, njit, replace_item

ORDERS = 10
"""Highest order of the extrapolation; the j-th column divides a step into j."""

TOLERANCE = 1e-13
"""Of volumes, relative to what moves in a step."""

SENSITIVITY_TOLERANCE = 1e-9
"""Of what derivatives are made of, which may move while no volume does."""

SENSITIVITY_ROUND_OFF = 1e-10
"""What cannot be asked for in a short step [step]."""

DRY = 1e-16
"""Water above the threshold that counts as none [m]."""

SHORTEST = 1e-12
"""A step that is not divided further: what moves in it is below the tolerance [step]."""

MAX_STEPS = 100_000


class Motion(NamedTuple):
    """What happens above the threshold in a step.

    Attributes
    ----------
    change : float
        Of the water above the threshold [m].
    percolation, lateral : float
        Integrals of the fullness to the power of the outlet's exponent [step]; times the outlet's maximum they are
        volumes.
    sensitivity : float
        Change of the derivative of the water above the threshold by the inflow [step]. It only guards the step size:
        at rest the volumes converge at once, their derivatives do not.
    """

    change: float
    percolation: float
    lateral: float
    sensitivity: float


@njit
def power(above: float, slope: float, exponent: float) -> tuple[float, float]:
    """Fullness ``above * slope`` to the power of an exponent of at least 1, and its slope; 0 below the threshold."""
    if above > 0.0:
        fullness = above * slope
        lower = fullness ** (exponent - 1.0)
        return lower * fullness, exponent * lower * slope
    zero = 0.0 * above
    if exponent == 1.0 and above >= 0.0:
        return above * slope, slope + zero
    return zero, zero


@njit
def euler_steps(
    above: float, sensitivity: float, net: float, duration: float, count: int, c: CfeCoefficients
) -> Motion:
    """Linearly implicit Euler in `count` equal steps."""
    h = duration / count
    zero = 0.0 * (above + net + duration)
    change, percolation, lateral, sensed = zero, zero, zero, zero
    y = above + zero  # not above + change, whose round-off could dry out what only decays
    for _ in range(count):
        fast, fast_slope = power(y, c.drainage_slope, c.percolation_exponent)
        slow, slow_slope = power(y, c.drainage_slope, c.lateral_exponent)
        stiffness = h * (c.percolation_max * fast_slope + c.lateral_max * slow_slope)
        dy = h * (net - c.percolation_max * fast - c.lateral_max * slow) / (1.0 + stiffness)
        percolation = percolation + h * (fast + fast_slope * dy)
        lateral = lateral + h * (slow + slow_slope * dy)
        sensed = (sensed + h - sensitivity * stiffness) / (1.0 + stiffness)
        change = change + dy
        y = y + dy
    return Motion(change, percolation, lateral, sensed)


@njit
def refine(new: Motion, old: Motion, weight: float) -> Motion:
    """Aitken-Neville: ``new + weight * (new - old)``."""
    return Motion(
        new.change + weight * (new.change - old.change),
        new.percolation + weight * (new.percolation - old.percolation),
        new.lateral + weight * (new.lateral - old.lateral),
        new.sensitivity + weight * (new.sensitivity - old.sensitivity),
    )


@njit
def is_accurate(best: Motion, second: Motion, duration: float, c: CfeCoefficients) -> bool:
    """Say whether the last refinement changed too little to matter."""
    fast = abs(best.percolation - second.percolation)
    slow = abs(best.lateral - second.lateral)
    volume = max(abs(best.change - second.change), max(c.percolation_max * fast, c.lateral_max * slow))
    moved = max(abs(best.change), max(c.percolation_max * best.percolation, c.lateral_max * best.lateral))
    other = max(abs(best.sensitivity - second.sensitivity), max(fast, slow))
    return volume <= DRY + TOLERANCE * moved and other <= SENSITIVITY_ROUND_OFF + SENSITIVITY_TOLERANCE * duration


@njit
def extrapolated_step(
    above: float, sensitivity: float, net: float, duration: float, c: CfeCoefficients
) -> tuple[bool, int, Motion]:
    """One step of extrapolation in the number of Euler steps.

    Returns
    -------
    converged : bool
    order : int
        Columns that were needed.
    motion : Motion
    """
    motion = euler_steps(above, sensitivity, net, duration, 1, c)
    row = (motion, motion, motion, motion, motion, motion, motion, motion, motion, motion)
    for j in range(2, ORDERS + 1):
        motion = euler_steps(above, sensitivity, net, duration, j, c)
        second = motion
        for k in range(1, j):
            better = refine(motion, row[k - 1], 1.0 / (j / (j - k) - 1.0))
            row = replace_item(row, k - 1, motion)
            second = motion
            motion = better
        row = replace_item(row, j - 1, motion)
        if j >= 3 and is_accurate(motion, second, duration, c):
            return True, j, motion
    return False, ORDERS, motion


@njit
def advance_power(above: float, net: float, duration: float, c: CfeCoefficients) -> tuple[float, float, float, float]:
    """Integrate the water above the threshold, over a duration or until there is none.

    Parameters
    ----------
    above : float
        Water above the threshold [m].
    net : float
        Infiltration less evaporation [m per step]; the soil has room for it.
    duration : float
        At most this long [step].
    c : CfeCoefficients

    Returns
    -------
    above, elapsed, percolation, lateral : float
    """
    zero = 0.0 * (above + net + duration)
    y = above + zero
    sensitivity = zero
    elapsed = zero
    percolation = zero
    lateral = zero
    h = duration + zero
    for _ in range(MAX_STEPS):
        if y <= DRY and net < 0.0:
            # the last bit falls at the rate that holds at the threshold; it carries the derivative of the time
            elapsed = elapsed + y / (0.0 - net)
            return zero, min(elapsed, duration), percolation, lateral
        if y <= DRY and net <= 0.0 and not carries_tangent(y):
            return zero, duration + zero, percolation, lateral
        left = duration - elapsed
        if left <= 0.0:
            return y, duration + zero, percolation, lateral
        last = h >= left
        if last:
            h = left
        converged, order, motion = extrapolated_step(y, sensitivity, net, h, c)
        if net < 0.0 and y + motion.change < 0.0:
            fast, _ = power(y, c.drainage_slope, c.percolation_exponent)
            slow, _ = power(y, c.drainage_slope, c.lateral_exponent)
            fall = c.percolation_max * fast + c.lateral_max * slow - net
            h = 0.5 * h
            if fall > 0.0:
                # a step that cannot reach the threshold, since the rate of fall decreases on the way
                h = min(y / fall, h)
            continue
        if not converged and h > SHORTEST:
            h = 0.5 * h
            continue
        y = max(y + motion.change, zero)
        sensitivity = sensitivity + motion.sensitivity
        percolation = percolation + c.percolation_max * max(motion.percolation, zero)
        lateral = lateral + c.lateral_max * max(motion.lateral, zero)
        if last:
            return y, duration + zero, percolation, lateral
        elapsed = elapsed + h
        if order <= ORDERS - 3:
            h = 2.0 * h
    # never seen; not a number is better than a wrong one
    lost = math.nan + zero
    return lost, duration + zero, lost, lost
