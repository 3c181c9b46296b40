"""Linear routing backwards: what a loss would change with the water that enters, given what it does with what leaves.

Routing is linear in the water, so its adjoint needs none of the water under way: these are the transposes of
:func:`hydro_physics.routing.route_giuh` and :func:`hydro_physics.routing.route_nash`.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit

_Array = NDArray[Any]


@njit
def giuh_adjoint(queue: _Array, ordinates: _Array, outflow: float) -> float:
    """Adjoint of one step of a unit hydrograph.

    Parameters
    ----------
    queue : array, shape (n,)
        Adjoint of the water under way after the step; becomes that before it.
    ordinates : array, shape (n,)
    outflow : float
        Adjoint of the water that leaves.

    Returns
    -------
    float
        Adjoint of the inflow.
    """
    last = ordinates.size - 1
    inflow = ordinates[0] * outflow
    for i in range(last):
        inflow += ordinates[i + 1] * queue[i]
    for i in range(last, 0, -1):
        queue[i] = queue[i - 1]
    queue[0] = outflow
    return inflow


@njit
def nash_adjoint(adjoint: _Array, rate: float, outflow: float, drops: _Array) -> float:
    """Adjoint of one step of a cascade.

    Parameters
    ----------
    adjoint : array, shape (n,)
        Of the storages after the step; becomes that of those before it.
    rate : float
    outflow : float
        Adjoint of the water that leaves.
    drops : array, shape (n,)
        Receives the adjoint of each reservoir's outflow. Times the storages before the step, they add up to that of
        the rate.

    Returns
    -------
    float
        Adjoint of the inflow.
    """
    inflow = adjoint[0]
    last = adjoint.size - 1
    for i in range(adjoint.size):
        drops[i] = (adjoint[i + 1] if i < last else outflow) - adjoint[i]
        adjoint[i] += rate * drops[i]
    return inflow
