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

import math

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.one_piece import in_one_piece
from cfe_bmi.processes import evaporate_rootzone, partition_rain
from cfe_bmi.soil_ode_power import advance_power
from cfe_bmi.state import CfeForcing, CfeOptions, SoilFluxes
from hydro_physics.jit import carries_tangent, njit
from hydro_physics.linear import advance_linear, time_to_reach

MAX_SEGMENTS = 6
"""More segments than a monotone solution can cross."""


@njit
def linear_segment(
    start: float, low: float, high: float, inflow: float, rate: float, t: float, options: CfeOptions
) -> tuple[float, float, float]:
    """Solve ``v' = inflow - rate * v`` for a duration, or until v leaves the range low..high.

    Returns
    -------
    end, integral, duration : float
        `end` is exactly `low` or `high` when v got there before `t`, or not a number if asked for what can be done in
        one piece (:func:`cfe_bmi.one_piece.in_one_piece`).
    """
    end, area = advance_linear(start, inflow, rate, t)
    target = end
    if end > high and start < high and inflow > rate * high:
        target = high
    elif end < low and start > low and inflow < rate * low:
        target = low
    else:
        return end, area, t
    if in_one_piece(options):
        return math.nan + end, area, t
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
def follow_soil(
    s: float, infiltration: float, demand: float, remaining: float, c: CfeCoefficients, options: CfeOptions
) -> tuple[float, float, float, float, float]:
    """Follow the soil for a duration, or until other equations hold for it.

    Parameters
    ----------
    s : float
        Storage at the start [m].
    infiltration, demand : float
        [m per step].
    remaining : float
        Duration [step].
    c : CfeCoefficients
    options : CfeOptions

    Returns
    -------
    s, t, evaporation, percolation, lateral : float
        Storage at the end, how long it took, and what left the soil meanwhile.
    """
    zero = 0.0 * (s + infiltration + demand)
    net = infiltration - demand
    drainable = c.soil_max - c.soil_threshold
    drain_max = c.percolation_max + c.lateral_max
    above = s > c.soil_threshold or (s == c.soil_threshold and net >= 0.0)
    if above and drainable <= 0.0:
        end, t = fall_to(s, c.soil_threshold, net, remaining)
        return end, t, demand * t, zero, zero
    if above and (s > c.soil_max or (s == c.soil_max and net >= drain_max)):
        end, t = fall_to(s, c.soil_max, net - drain_max, remaining)
        return end, t, demand * t, c.percolation_max * t, c.lateral_max * t
    if above and options.linear_outlets != 1:
        end, t, percolation, lateral = advance_power(s - c.soil_threshold, net, remaining, c)
        return c.soil_threshold + end, t, demand * t, percolation, lateral
    if not above and s < c.soil_wilting:
        # nothing leaves
        if s + infiltration * remaining > c.soil_wilting:
            return c.soil_wilting + zero, min((c.soil_wilting - s) / infiltration, remaining), zero, zero, zero
        return s + infiltration * remaining, remaining + zero, zero, zero, zero

    if above:
        # evaporation at its full rate, and drainage
        bottom, top, inflow, rate = c.soil_threshold, c.soil_max, net, drain_max * c.drainage_slope
    else:
        bottom, top, inflow, rate = c.soil_wilting, c.soil_threshold, infiltration, demand * c.evaporation_slope
    span = top - bottom
    end, area, t = linear_segment(s - bottom, zero, span + zero, inflow, rate, remaining, options)
    end = join(bottom, end, span, top)
    if above:
        drained = c.drainage_slope * area
        return end, t, demand * t, c.percolation_max * drained, c.lateral_max * drained
    return end, t, rate * area, zero, zero


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
        Not numbers where the step was to be done in one piece and cannot (:mod:`cfe_bmi.one_piece`).
    """
    zero = 0.0 * (storage + infiltration + demand)
    if infiltration + demand <= 0.0 and storage <= c.soil_threshold and not carries_tangent(zero):
        return zero, zero, zero  # a dry night
    if in_one_piece(options):
        end, t, evaporation, percolation, lateral = follow_soil(storage, infiltration, demand, 1.0, c, options)
        if t < 1.0 or end != end:
            lost = math.nan + zero
            return lost, lost, lost
        return min(evaporation, demand), percolation, lateral
    evaporation, percolation, lateral = zero, zero, zero
    s = storage + zero
    remaining = 1.0 + zero
    for _ in range(MAX_SEGMENTS):
        s, t, evaporated, percolated, flowed = follow_soil(s, infiltration, demand, remaining, c, options)
        evaporation = evaporation + evaporated
        percolation = percolation + percolated
        lateral = lateral + flowed
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
