"""Linear routing backwards: what a loss would change with the water that enters, given what it does with what leaves.

Routing is linear in the water, so its adjoint needs none of the water under way: these are the transposes of
:func:`hydro_physics.routing.route_giuh` and :func:`hydro_physics.routing.route_nash`.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit, replace_item

_Array = NDArray[Any]


@njit
def giuh_adjoint(queue: _Array, ordinates: _Array, outflow: _Array, waiting: _Array, inflow: _Array) -> None:
    """Adjoint of some steps of a unit hydrograph.

    Parameters
    ----------
    queue : array, shape (n,)
        Adjoint of the water under way after the steps; becomes that before them.
    ordinates : array, shape (n,)
    outflow : array, shape (steps + n - 1,)
        Adjoint of the water that leaves in each step. Room for n - 1 more, which receives that of the water which is
        still under way after the steps.
    waiting : array, shape (steps,) or (0,)
        Adjoint of all the water under way after each step; empty for none.
    inflow : array, shape (steps,)
        The adjoint of each step's inflow is added to it.
    """
    steps, last = inflow.size, ordinates.size - 1
    for i in range(last):
        outflow[steps + i] = queue[i]
    # slices, since an index that is a sum is checked for being negative, eight times as slowly
    for i in range(last + 1):
        leaving = outflow[i : i + steps]
        for j in range(steps):
            inflow[j] += ordinates[i] * leaving[j]
    later = 0.0
    for i in range(last, 0, -1):
        # what leaves i steps or more after it came is still there i - 1 steps after
        later += ordinates[i]
        under_way = waiting[i - 1 :]
        for j in range(under_way.size):
            inflow[j] += later * under_way[j]
    waited = 0.0
    for i in range(last + 1):
        queue[i] = outflow[i] + waited
        if i < waiting.size:
            waited += waiting[i]


@njit
def nash_adjoint(
    adjoint: tuple[float, ...], rate: float, outflow: float, drops: _Array
) -> tuple[tuple[float, ...], float]:
    """Adjoint of one step of a cascade.

    Parameters
    ----------
    adjoint : tuple of float
        Of the storages after the step.
    rate : float
    outflow : float
        Adjoint of the water that leaves.
    drops : array, shape (n,)
        Receives the adjoint of each reservoir's outflow. Times the storages before the step, they add up to that of
        the rate.

    Returns
    -------
    adjoint : tuple of float
        Of the storages before the step.
    inflow : float
        Adjoint of the inflow.
    """
    inflow = adjoint[0]
    for i in range(len(adjoint)):
        drops[i] = (adjoint[i + 1] if i + 1 < len(adjoint) else outflow) - adjoint[i]
        adjoint = replace_item(adjoint, i, adjoint[i] + rate * drops[i])
    return adjoint, inflow
