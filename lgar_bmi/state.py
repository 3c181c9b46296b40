"""What a column remembers besides its fronts, and what moves in a sub-step."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from lgar_bmi.column import Fronts


class Surface(NamedTuple):
    """What a column remembers besides its fronts.

    Attributes
    ----------
    ponded : float
        Water on the surface [cm].
    fast, slow : float
        Water in the conceptual reservoirs [cm].
    owed : float
        Water that rounding took in the last sub-step; the soil gets it back in the next [cm].
    raining : int
        1: it rained in the last sub-step.
    preferential : int
        1: preferential flow reaches the reservoirs in the next sub-step.
    length : float
        Of the next sub-step, if it is adaptive [h].
    """

    ponded: float
    fast: float
    slow: float
    owed: float
    raining: int
    preferential: int
    length: float


@njit(borrow=True)
def with_length(state: Surface, length: float) -> Surface:
    """Return `state` with another length of the next sub-step."""
    return Surface(state.ponded, state.fast, state.slow, state.owed, state.raining, state.preferential, length)


class Work(NamedTuple):
    """Room to work in, of no meaning between steps.

    Attributes
    ----------
    old : Fronts
        The fronts before the last sub-step.
    books : array, shape (4,)
        Of the corrections.
    counts : array of int, shape (`COUNTERS`,)
    """

    old: Fronts
    books: NDArray[Any]
    counts: NDArray[Any]


class Fluxes(NamedTuple):
    """Water that moved in a sub-step [cm].

    Attributes
    ----------
    infiltration, runoff, evapotranspiration, percolation : float
    reservoir_outflow : float
        From the conceptual reservoirs to the stream.
    imbalance : float
        In less out less change of storage.
    substeps : int
        How many there were, repeated ones included.
    """

    infiltration: float
    runoff: float
    evapotranspiration: float
    percolation: float
    reservoir_outflow: float
    imbalance: float
    substeps: int


@njit(borrow=True)
def no_fluxes(zero: float) -> Fluxes:
    """Nothing, in the number type of `zero`."""
    return Fluxes(zero, zero, zero, zero, zero, zero, 0)


@njit(borrow=True)
def add_fluxes(a: Fluxes, b: Fluxes) -> Fluxes:
    """Sum of what moved in two spans of time."""
    return Fluxes(
        infiltration=a.infiltration + b.infiltration,
        runoff=a.runoff + b.runoff,
        evapotranspiration=a.evapotranspiration + b.evapotranspiration,
        percolation=a.percolation + b.percolation,
        reservoir_outflow=a.reservoir_outflow + b.reservoir_outflow,
        imbalance=a.imbalance + b.imbalance,
        substeps=a.substeps + b.substeps,
    )


@njit(borrow=True)
def with_repeated(fluxes: Fluxes, count: int) -> Fluxes:
    """Return `fluxes` with so many more sub-steps."""
    zero = 0.0 * fluxes.runoff
    return add_fluxes(fluxes, Fluxes(zero, zero, zero, zero, zero, zero, count))
