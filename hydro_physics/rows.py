"""Small things that compiled loops over catchments and their inputs share."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit


@njit
def row_of(rows: NDArray[Any], b: int) -> NDArray[Any]:
    """Row of a catchment; a single row serves them all."""
    return rows[b] if rows.shape[0] > 1 else rows[0]


@njit
def inside(value: float, low: float, high: float) -> bool:
    """Say whether a number is in a closed range; NaN is not.

    >>> inside(1.0, 0.0, 1.0), inside(float("nan"), 0.0, 1.0)
    (True, False)
    """
    return value >= low and value <= high
