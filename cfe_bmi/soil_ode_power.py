"""The ODE soil scheme above its threshold when an outlet exponent is not 1: no closed form, so a tight integration.

Extrapolated linearly implicit Euler (Deuflhard 1985): stable however fast the outlets are, of any order the tolerance
asks for, and, since the fluxes are integrated as states with their part of the Jacobian, conserving water exactly in
every sub-step.
"""

from __future__ import annotations

from cfe_bmi.coefficients import CfeCoefficients
from hydro_physics.jit import njit, replace_item

ORDERS = 10
"""Highest order of the extrapolation; the j-th column divides a step into j."""

TOLERANCE = 1e-13
"""Relative to what moves in a sub-step."""

DRY = 1e-16
"""Water above the threshold that counts as none [m]."""

MAX_STEPS = 100_000


@njit
def power_outlet(above: float, drainable: float, maximum: float, exponent: float) -> tuple[float, float]:
    """Outflow ``maximum * (above / drainable) ** exponent`` and its slope; none below the threshold."""
    if above <= 0.0:
        if exponent == 1.0 and above >= 0.0:
            return 0.0 * above, maximum / drainable + 0.0 * above
        return 0.0 * above, 0.0 * above
    fullness = above / drainable
    lower = fullness ** (exponent - 1.0)
    return maximum * lower * fullness, maximum * exponent * lower / drainable


@njit(inline=False)
def euler_steps(
    above: float, net: float, duration: float, count: int, c: CfeCoefficients
) -> tuple[float, float, float]:
    """Linearly implicit Euler in `count` equal steps; returns the change of storage and the two volumes that flowed."""
    drainable = c.soil_max - c.soil_threshold
    h = duration / count
    change = 0.0 * (above + net)
    percolation = change
    lateral = change
    for _ in range(count):
        y = above + change
        fast, fast_slope = power_outlet(y, drainable, c.percolation_max, c.percolation_exponent)
        slow, slow_slope = power_outlet(y, drainable, c.lateral_max, c.lateral_exponent)
        dy = h * (net - fast - slow) / (1.0 + h * (fast_slope + slow_slope))
        percolation = percolation + h * (fast + fast_slope * dy)
        lateral = lateral + h * (slow + slow_slope * dy)
        change = change + dy
    return change, percolation, lateral


@njit(inline=False)
def extrapolated_step(
    above: float, net: float, duration: float, c: CfeCoefficients
) -> tuple[bool, int, float, float, float]:
    """One step of Aitken-Neville extrapolation in the number of Euler steps.

    Returns
    -------
    converged : bool
    order : int
        Columns that were needed.
    change, percolation, lateral : float
    """
    zero = 0.0 * (above + net + duration)
    row_y = (zero, zero, zero, zero, zero, zero, zero, zero, zero, zero)
    row_p = row_y
    row_l = row_y
    y, p, q = zero, zero, zero
    for j in range(1, ORDERS + 1):
        y, p, q = euler_steps(above, net, duration, j, c)
        error = abs(y)
        for k in range(1, j):
            weight = 1.0 / (j / (j - k) - 1.0)
            dy = y - row_y[k - 1]
            dp = p - row_p[k - 1]
            dq = q - row_l[k - 1]
            row_y = replace_item(row_y, k - 1, y)
            row_p = replace_item(row_p, k - 1, p)
            row_l = replace_item(row_l, k - 1, q)
            y = y + dy * weight
            p = p + dp * weight
            q = q + dq * weight
            error = max(abs(dy), max(abs(dp), abs(dq))) * weight
        row_y = replace_item(row_y, j - 1, y)
        row_p = replace_item(row_p, j - 1, p)
        row_l = replace_item(row_l, j - 1, q)
        if j >= 3 and error <= DRY + TOLERANCE * max(abs(y), max(abs(p), abs(q))):
            return True, j, y, p, q
    return False, ORDERS, y, p, q


@njit(inline=False)
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
    elapsed = zero
    percolation = zero
    lateral = zero
    h = duration + zero
    drainable = c.soil_max - c.soil_threshold
    for _ in range(MAX_STEPS):
        if y <= DRY and net < 0.0:
            # the last bit falls at the rate that holds at the threshold; it carries the derivative of the time
            elapsed = elapsed + y / (0.0 - net)
            return zero, min(elapsed, duration), percolation, lateral
        left = duration - elapsed
        if left <= 0.0:
            break
        last = h >= left
        if last:
            h = left
        converged, order, dy, dp, dq = extrapolated_step(y, net, h, c)
        if y + dy < 0.0:
            # a step that cannot reach the threshold: the rate of fall decreases on the way
            fast, _ = power_outlet(y, drainable, c.percolation_max, c.percolation_exponent)
            slow, _ = power_outlet(y, drainable, c.lateral_max, c.lateral_exponent)
            h = min(y / (fast + slow - net), 0.5 * h)
            continue
        if not converged and h > 1e-12:
            h = 0.5 * h
            continue
        y = y + dy
        percolation = percolation + max(dp, zero)
        lateral = lateral + max(dq, zero)
        if last:
            break
        elapsed = elapsed + h
        if order <= ORDERS - 3:
            h = 2.0 * h
    return max(y, zero), duration + zero, percolation, lateral
