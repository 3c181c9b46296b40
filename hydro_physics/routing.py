"""Routing: unit hydrographs and cascades of linear reservoirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.jit import njit, replace_item


def ordinates_for_step(hourly: ArrayLike, step_h: float) -> NDArray[np.float64]:
    """Ordinates of a unit hydrograph for steps of another length than the hour that they are given for.

    Parameters
    ----------
    hourly : array, shape (hours,)
        Shares of the inflow that leave in the first, second, ... hour; their sum is 1.
    step_h : float
        Length of the steps: an hour, a whole part of one, or a whole number of them [h].

    Returns
    -------
    array, shape (n,)
        Shares that leave in the same and the following steps, with the same sum. In steps of an m-th of an hour each
        ordinate leaves in m equal parts; in steps of m hours the inflow comes evenly over the hours.

    Raises
    ------
    ValueError
        For steps that neither divide an hour nor are a number of hours.

    Examples
    --------
    >>> ordinates_for_step([0.6, 0.4], 0.5).tolist()
    [0.3, 0.3, 0.2, 0.2]
    >>> ordinates_for_step([0.6, 0.4], 2.0).tolist()
    [0.8, 0.2]
    """
    shares = np.asarray(hourly, dtype=np.float64)
    parts = round(1.0 / step_h) if 0.0 < step_h < 1.0 else 0
    hours = round(step_h) if np.isfinite(step_h) else 0
    if parts and abs(parts * step_h - 1.0) <= 1e-9:
        return np.repeat(shares / parts, parts)
    if hours < 1 or abs(hours - step_h) > 1e-9 * hours:
        raise ValueError(f"steps of {step_h:g} h neither divide an hour nor are a number of hours")
    if hours == 1:
        return shares.copy()
    # an hour's share of the step's inflow leaves like an inflow of its own
    late = np.convolve(np.full(hours, 1.0 / hours), shares)
    late = np.pad(late, (0, -late.size % hours))
    return late.reshape(-1, hours).sum(axis=1)


@njit
def delay(waiting: float, share: float, inflow: float) -> float:
    """Water that leaves in a step: what waited for it, and the share of an inflow that takes as long."""
    return waiting + share * inflow


@njit
def route_giuh(inflow: float, ordinates: NDArray, queue: NDArray) -> float:  # type: ignore[type-arg]
    """Route an inflow through a geomorphologic instantaneous unit hydrograph.

    Parameters
    ----------
    inflow : float
        Water that enters in this step.
    ordinates : array, shape (n,)
        Share of the inflow that leaves in this and the following steps; their sum is 1.
    queue : array, shape (n,)
        Water under way, by the step that it will leave in; changed in place. Before and after a step its last item
        is 0.

    Returns
    -------
    float
        Water that leaves in this step.
    """
    last = ordinates.size - 1
    outflow = delay(queue[0], ordinates[0], inflow)
    for i in range(last):
        queue[i] = delay(queue[i + 1], ordinates[i + 1], inflow)
    queue[last] = 0.0
    return outflow


@njit
def route_nash(storages: tuple[float, ...], inflow: float, rate: float) -> tuple[tuple[float, ...], float]:
    """Route an inflow through a cascade of linear reservoirs, all emptied at once from their storages before it.

    Parameters
    ----------
    storages : tuple of float
        Upstream first.
    inflow : float
    rate : float
        Share of its storage that a reservoir gives in a step, 0 to 1.

    Returns
    -------
    storages : tuple of float
    outflow : float

    Examples
    --------
    >>> route_nash((1.0, 0.0), 0.5, 0.5)
    ((1.0, 0.5), 0.0)
    """
    passed = inflow
    for i in range(len(storages)):
        outflow = rate * storages[i]
        storages = replace_item(storages, i, storages[i] - outflow + passed)
        passed = outflow
    return storages, passed


@njit
def route_surface_nash(
    storages: tuple[float, ...],
    inflow: float,
    rate: float,
    runon_rate: float,
    retention: float,
    deficit: float,
    substeps: int,
) -> tuple[tuple[float, ...], float, float]:
    """Route surface runoff through a Nash cascade that loses water to the soil below.

    In every sub-step each reservoir, upstream first, infiltrates, as far as the soil has room, then passes water on.
    The first holds back a retention depth.

    Parameters
    ----------
    storages : tuple of float
        Upstream first [m].
    inflow : float
        Infiltration excess of the step [m].
    rate, runon_rate : float
        Outflow and infiltration rates [1 per step].
    retention : float
        Depth that the first reservoir holds back [m].
    deficit : float
        Room that the soil has left [m].
    substeps : int

    Returns
    -------
    storages : tuple of float
    outflow : float
        To the channel [m].
    infiltration : float
        To the soil [m].
    """
    h = 1.0 / substeps
    zero = 0.0 * inflow
    last = len(storages) - 1
    storages = replace_item(storages, 0, storages[0] + inflow)
    room = max(deficit, zero)
    infiltrated = zero
    outflow = zero
    for _ in range(substeps):
        passed = zero
        for i in range(len(storages)):
            water = storages[i] + passed
            lost = min(min(runon_rate * water * h, room), water)
            room = room - lost
            infiltrated = infiltrated + lost
            water = water - lost
            mobile = water
            if i == 0:
                mobile = max(water - retention, zero)
            passed = min(rate * mobile * h, mobile)
            storages = replace_item(storages, i, water - passed)
            if i == last:
                outflow = outflow + passed
    return storages, outflow, infiltrated
