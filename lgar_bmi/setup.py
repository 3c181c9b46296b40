"""Arrays of a column: made, filled from soils, and laid over rows of larger arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.matric_flux import TABLE_SHAPE, fill_matric_flux_table
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.column import CAPACITY, Column, Fronts
from lgar_bmi.events import COUNTERS
from lgar_bmi.options import EXACT
from lgar_bmi.substep import Surface, Work


def make_fronts() -> Fronts:
    """Return room for the fronts of a column, empty."""
    reals = np.zeros((5, CAPACITY))
    integers = np.zeros((2, CAPACITY), dtype=np.int64)
    return Fronts(*reals, *integers, np.zeros(1, dtype=np.int64))


def make_work() -> Work:
    """Return room to work in."""
    return Work(make_fronts(), make_fronts(), np.zeros(4), np.zeros(COUNTERS, dtype=np.int64))


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
    values = np.array(soils, dtype=np.float64).T.copy()
    layers = np.asarray(thickness, dtype=np.float64).copy()
    tables = np.zeros((len(soils) if drive == EXACT else 0, *TABLE_SHAPE))
    for soil, table in zip(soils, tables, strict=False):
        fill_matric_flux_table(VanGenuchtenSoil(*map(float, soil)), table)
    values[4] *= np.asarray(frozen)
    return Column(*values, layers, np.cumsum(layers), tables)
