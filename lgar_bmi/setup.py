"""Arrays of a column: made, filled from soils, and laid over rows of larger arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.jit import njit
from hydro_physics.matric_flux import TABLE_SHAPE, fill_matric_flux_table
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.column import CAPACITY, Column, Fronts
from lgar_bmi.events import COUNTERS
from lgar_bmi.options import EXACT
from lgar_bmi.state import Surface, Work


def make_fronts() -> Fronts:
    """Return room for the fronts of a column, empty."""
    integers = np.zeros((FRONT_INTEGERS, CAPACITY), dtype=np.int64)
    return Fronts(*np.zeros((FRONT_REALS, CAPACITY)), *integers)  # type: ignore[call-arg]


def make_work() -> Work:
    """Return room to work in."""
    return Work(make_fronts(), np.zeros(4), np.zeros(COUNTERS, dtype=np.int64))


def make_events() -> NDArray[Any]:
    """Return counters of events, at zero."""
    return np.zeros(COUNTERS, dtype=np.int64)


def initial_surface(length: float = 1.0 / 12.0) -> Surface:
    """Return a surface without water, after a dry time; `length` is that of the first adaptive sub-step [h]."""
    return Surface(0.0, 0.0, 0.0, 0.0, 0, 0, length)


def make_column(
    soils: Sequence[VanGenuchtenSoil], thickness: ArrayLike, drive: int = EXACT, frozen: ArrayLike = 1.0
) -> Column:
    """Return a column of soils.

    Parameters
    ----------
    soils : sequence of VanGenuchtenSoil
        Top first.
    thickness : array, shape (layers,)
        [cm].
    drive : int
        Way to have the capillary drive; `EXACT` needs tables.
    frozen : float or array, shape (layers,)
        Factor of the saturated conductivity, 1 where nothing is frozen.

    Examples
    --------
    >>> loam = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=1.04)
    >>> make_column([loam, loam], [10.0, 30.0]).bottom.tolist()
    [10.0, 40.0]
    """
    rows = layer_rows(soils, thickness, frozen)
    tables = make_tables(len(soils), drive)
    fill_tables(rows, tables)
    return Column(*rows[: BOTTOM + 1], tables)  # type: ignore[call-arg]


FRONT_REALS, FRONT_INTEGERS = 5, 3
"""Rows of `CAPACITY` items that hold the fronts of a column."""

WORK_REALS, WORK_INTEGERS = FRONT_REALS + 1, FRONT_INTEGERS + 1
"""Rows of `CAPACITY` items that hold the room to work in."""

SURFACE_ITEMS = len(Surface._fields)

THETA_R, THETA_E, ALPHA, N, KS, THICKNESS, BOTTOM, UNFROZEN_KS, FROZEN = range(9)
"""Rows of the layers of a column: those of :class:`Column`, then the conductivity and the factor that make `KS`."""

LAYER_ROWS = 9


@njit(borrow=True)
def fronts_over(reals: NDArray[Any], integers: NDArray[Any]) -> Fronts:
    """Lay fronts over rows, shapes (`FRONT_REALS`, `CAPACITY`) and (`FRONT_INTEGERS`, `CAPACITY`).

    This and its like are for compiled code that borrows arrays itself: they count no references.
    """
    return Fronts(
        depth=reals[0],
        theta=reals[1],
        psi=reals[2],
        k=reals[3],
        speed=reals[4],
        layer=integers[0],
        at_bottom=integers[1],
        size=integers[2],
    )


@njit(borrow=True)
def work_over(reals: NDArray[Any], integers: NDArray[Any]) -> Work:
    """Lay room to work in over rows, shapes (`WORK_REALS`, `CAPACITY`) and (`WORK_INTEGERS`, `CAPACITY`)."""
    return Work(
        old=fronts_over(reals, integers),
        books=reals[FRONT_REALS],
        counts=integers[FRONT_INTEGERS],
    )


@njit(borrow=True)
def column_over(layers: NDArray[Any], tables: NDArray[Any]) -> Column:
    """Lay a column over rows, shape (`LAYER_ROWS`, layers), and tables of matric flux potentials."""
    return Column(
        theta_r=layers[THETA_R],
        theta_e=layers[THETA_E],
        alpha=layers[ALPHA],
        n=layers[N],
        ks=layers[KS],
        thickness=layers[THICKNESS],
        bottom=layers[BOTTOM],
        tables=tables,
    )


@njit(borrow=True)
def load_surface(row: NDArray[Any]) -> Surface:
    """Read what a column remembers of its surface from a row of `SURFACE_ITEMS`, in the order of its fields."""
    return Surface(
        ponded=row[0],
        fast=row[1],
        slow=row[2],
        owed=row[3],
        raining=int(row[4]),
        preferential=int(row[5]),
        length=row[6],
    )


@njit(borrow=True)
def store_surface(state: Surface, row: NDArray[Any]) -> None:
    """Write it into a row, the inverse of :func:`load_surface`."""
    row[0] = state.ponded
    row[1] = state.fast
    row[2] = state.slow
    row[3] = state.owed
    row[4] = state.raining
    row[5] = state.preferential
    row[6] = state.length


def layer_rows(soils: ArrayLike, thickness: ArrayLike, frozen: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Return the rows that :func:`column_over` is laid over.

    Parameters
    ----------
    soils : array, shape (..., layers, 5)
        Items of :class:`VanGenuchtenSoil`, top first.
    thickness : array, shape (..., layers)
        [cm].
    frozen : float or array, shape (..., layers)
        Factors of the saturated conductivities.

    Returns
    -------
    array, shape (..., `LAYER_ROWS`, layers)
    """
    values = np.asarray(soils, dtype=np.float64)
    rows = np.empty((*values.shape[:-2], LAYER_ROWS, values.shape[-2]))
    rows[..., : KS + 1, :] = np.swapaxes(values, -1, -2)
    rows[..., THICKNESS, :] = thickness
    rows[..., BOTTOM, :] = np.cumsum(rows[..., THICKNESS, :], axis=-1)
    rows[..., UNFROZEN_KS, :] = rows[..., KS, :]
    rows[..., FROZEN, :] = frozen
    rows[..., KS, :] *= rows[..., FROZEN, :]
    return rows


def make_tables(layers: int, drive: int) -> NDArray[np.float64]:
    """Return room for the tables that a capillary drive needs."""
    return np.zeros((layers if drive == EXACT else 0, *TABLE_SHAPE))


@njit(inline=False, borrow=True)
def fill_tables(layers: NDArray[Any], tables: NDArray[Any]) -> None:
    """Tabulate the matric flux potentials of layers, shape (`LAYER_ROWS`, layers)."""
    for layer in range(tables.shape[0]):
        soil = VanGenuchtenSoil(
            layers[THETA_R, layer],
            layers[THETA_E, layer],
            layers[ALPHA, layer],
            layers[N, layer],
            layers[UNFROZEN_KS, layer],
        )
        fill_matric_flux_table(soil, tables[layer])
