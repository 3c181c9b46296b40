r"""The ODE soil scheme: evaporation, percolation and lateral flow compete for the water all through the step.

Infiltration I and the evaporative demand E are spread evenly over the step, :math:`0 \le \tau \le 1`:

.. math:: \frac{dS}{d\tau} = I - E \, \varphi(S) - k_p \psi(S)^{n_1} - k_l \psi(S)^{n_2}

with :math:`\varphi` rising from 0 at the wilting point to 1 at the threshold and :math:`\psi` from 0 at the threshold
to 1 at saturation. Source: Araki et al., 2023 Summer Institute report (soil scheme ``ode``); they integrated it
numerically and rebuilt the fluxes, which let evaporation exceed its demand. Here it is solved exactly: with
exponents of 1 the right side is piecewise linear and does not rise with S, so that S is monotone and a step has at most
four segments, each with a closed solution. Every flux is integrated with the storage: water is conserved, evaporation
keeps to its demand.
"""

from __future__ import annotations

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.processes import evaporate_rootzone, partition_rain
from cfe_bmi.soil_ode_power import advance_power
from cfe_bmi.state import CfeForcing, CfeOptions, SoilFluxes
from hydro_physics.jit import carries_tangent, njit
from hydro_physics.linear import advance_linear, time_to_reach

MAX_SEGMENTS = 6
"""More segments than a monotone solution can cross."""


@njit
def linear_segment(
    start: float, low: float, high: float, inflow: float, rate: float, t: float
) -> tuple[float, float, float]:
    """Solve ``v' = inflow - rate * v`` for a duration, or until v leaves the range low..high.

    Returns
    -------
    end, integral, duration : float
        `end` is exactly `low` or `high` when v got there before `t`.
    """
    end, area = advance_linear(start, inflow, rate, t)
    target = end
    if end > high and start < high and inflow > rate * high:
        target = high
    elif end < low and start > low and inflow < rate * low:
        target = low
    else:
        return end, area, t
    t = min(time_to_reach(start, target, inflow, rate), t)
    _, area = advance_linear(start, inflow, rate, t)
    return target, area, t


@njit
def fall_to(start: float, floor: float, slope: float, t: float) -> tuple[float, float]:
    """Follow ``v' = slope`` for a duration, or until v has fallen to a floor; returns the end and the duration."""
    end = start + slope * t
    if end < floor and start > floor:
        return floor + 0.0 * end, min((floor - start) / slope, t)
    return end, t


@njit
def join(base: float, above: float, span: float, top: float) -> float:
    """Return ``base + above``, exactly `top` when `above` is the whole span."""
    if above == span:
        return top + 0.0 * above
    return base + above


@njit
def integrate_soil(
    storage: float, infiltration: float, demand: float, c: CfeCoefficients, options: CfeOptions
) -> tuple[float, float, float]:
    """Integrate the soil's outflows over one step.

    Parameters
    ----------
    storage : float
        At the start of the step [m].
    infiltration, demand : float
        Water that enters and evaporative demand, spread evenly over the step [m per step].
    c : CfeCoefficients
        With the wilting point below the threshold.
    options : CfeOptions

    Returns
    -------
    evaporation, percolation, lateral : float
        [m per step]; the storage at the end is ``storage + infiltration - evaporation - percolation - lateral``.
    """
    zero = 0.0 * (storage + infiltration + demand)
    evaporation = zero
    percolation = zero
    lateral = zero
    if infiltration + demand <= 0.0 and storage <= c.soil_threshold and not carries_tangent(zero):
        return evaporation, percolation, lateral  # a dry night
    s = storage + zero
    remaining = 1.0 + zero
    drainable = c.soil_max - c.soil_threshold
    drain_max = c.percolation_max + c.lateral_max

    for _ in range(MAX_SEGMENTS):
        net = infiltration - demand
        if s > c.soil_threshold or (s == c.soil_threshold and net >= 0.0):
            # above the threshold: evaporation at its full rate, and drainage
            if drainable <= 0.0:
                end, t = fall_to(s, c.soil_threshold, net, remaining)
                s = end
            elif s > c.soil_max or (s == c.soil_max and net >= drain_max):
                end, t = fall_to(s, c.soil_max, net - drain_max, remaining)
                s = end
                percolation = percolation + c.percolation_max * t
                lateral = lateral + c.lateral_max * t
            elif options.linear_outlets == 1:
                rate = drain_max * c.drainage_slope
                above = s - c.soil_threshold
                end, area, t = linear_segment(above, zero, drainable + zero, net, rate, remaining)
                s = join(c.soil_threshold, end, drainable, c.soil_max)
                percolation = percolation + c.percolation_max * c.drainage_slope * area
                lateral = lateral + c.lateral_max * c.drainage_slope * area
            else:
                end, t, percolated, flowed = advance_power(s - c.soil_threshold, net, remaining, c)
                s = c.soil_threshold + end
                percolation = percolation + percolated
                lateral = lateral + flowed
            evaporation = evaporation + demand * t
        elif s >= c.soil_wilting:
            span = c.soil_threshold - c.soil_wilting
            rate = demand * c.evaporation_slope
            end, area, t = linear_segment(s - c.soil_wilting, zero, span + zero, infiltration, rate, remaining)
            s = join(c.soil_wilting, end, span, c.soil_threshold)
            evaporation = evaporation + rate * area
        else:
            # below the wilting point nothing leaves
            t = remaining
            if s + infiltration * t > c.soil_wilting:
                t = min((c.soil_wilting - s) / infiltration, t)
                s = c.soil_wilting + zero
            else:
                s = s + infiltration * t
        remaining = remaining - t
        if remaining <= 0.0:
            break
    return min(evaporation, demand), percolation, lateral


@njit
def ode_soil(
    storage: float,
    rain: float,
    pet: float,
    groundwater_room: float,
    forcing: CfeForcing,
    c: CfeCoefficients,
    options: CfeOptions,
) -> SoilFluxes:
    """One step of the soil.

    Rain is partitioned with the storage at the start of the step. Root-zone evaporation, which does not depend on the
    bucket's storage, is taken before the rest is integrated.

    Parameters
    ----------
    storage : float
        Soil storage, at most its maximum [m].
    rain, pet : float
        Rain and potential evaporation that are left for the soil [m].
    groundwater_room : float
        Water that the groundwater can still take; percolation beyond it stays in the soil, where there is room for
        it, since infiltration was no more than the room at the start [m].

    Returns
    -------
    SoilFluxes
    """
    evaporated = 0.0 * pet
    demand = pet
    if options.rootzone_et == 1:
        evaporated = evaporate_rootzone(storage, pet, forcing, c)
        storage = storage - evaporated
        demand = 0.0 * pet
    excess, infiltration = partition_rain(rain, storage, forcing, c, options)
    evaporation, percolation, lateral = integrate_soil(storage, infiltration, demand, c, options)
    percolation = min(percolation, groundwater_room)
    storage = storage + (infiltration - evaporation - percolation - lateral)
    # round-off can overdraw a soil that evaporation empties; at 0 exactly, more water is no less shortfall
    shortfall = max(min(0.0 * storage, storage), -evaporation)
    return SoilFluxes(
        storage=storage - shortfall,
        evaporation=evaporated + (evaporation + shortfall),
        excess=excess,
        infiltration=infiltration,
        percolation=percolation,
        lateral=lateral,
    )
