"""A soil column as the solver sees it: soils, cells, and room to work in."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil

_Array = NDArray[Any]


class Column(NamedTuple):
    """Soils and cells of a column, from the top.

    Attributes
    ----------
    theta_r, theta_e, alpha, n, ks : array, shape (layers,)
        Van Genuchten parameters; alpha [1/cm], Ks [cm/h].
    tables : array, shape (layers, panels, coefficients)
        Matric flux potentials (:mod:`hydro_physics.matric_flux`).
    k_smoothed, s_smoothed : array, shape (layers,)
        Conductivity [cm/h] and its slope [1/h] where that of gravity begins to be smoothed.
    size, length : array, shape (nodes,)
        Of the cells and of the links above the nodes [cm] (:class:`richards_bmi.mesh.Mesh`).
    layer : array of int, shape (nodes,)
    link_layer : array of int, shape (nodes + 1,)
    roots : array, shape (nodes,)
        Share of the roots in each cell [-].
    """

    theta_r: _Array
    theta_e: _Array
    alpha: _Array
    n: _Array
    ks: _Array
    tables: _Array
    k_smoothed: _Array
    s_smoothed: _Array
    size: _Array
    length: _Array
    layer: _Array
    link_layer: _Array
    roots: _Array


class Work(NamedTuple):
    """Room to work in, of no meaning between sub-steps; arrays of shape (nodes + 1,).

    Attributes
    ----------
    theta, capacity : array
        Moisture [-] and its slope by suction, not positive [1/cm].
    f_above, k_above, g_above, s_above, f_below, k_below, g_below, s_below : array
        Matric flux potential [cm2/h], conductivity [cm/h], conductivity for gravity [cm/h] and its slope [1/h] at the
        nodes, in the soil of the link above them and of the one below; equal but at interfaces.
    flux, by_upper, by_lower : array
        Flow along the link above each node [cm/h], the last one out of the column, and its derivatives by the suctions
        of the nodes above and below [1/h].
    sink : array
        Uptake by roots [cm/h].
    residual, lower, diagonal, upper : array
        What is amiss in each cell [cm], and its derivatives by the suctions of the node above, itself, the node below.
    change, scratch : array
        Solution of the linear system, and its elimination's coefficients.
    first, old_psi : array
        Residual and suction at the beginning of the sub-step.
    """

    theta: _Array
    capacity: _Array
    f_above: _Array
    k_above: _Array
    g_above: _Array
    s_above: _Array
    f_below: _Array
    k_below: _Array
    g_below: _Array
    s_below: _Array
    flux: _Array
    by_upper: _Array
    by_lower: _Array
    sink: _Array
    residual: _Array
    lower: _Array
    diagonal: _Array
    upper: _Array
    change: _Array
    scratch: _Array
    first: _Array
    old_psi: _Array


WORK_ROWS = len(Work._fields)


@njit(borrow=True)
def soil_of(column: Column, layer: int) -> VanGenuchtenSoil:
    """Soil of a layer."""
    return VanGenuchtenSoil(
        column.theta_r[layer], column.theta_e[layer], column.alpha[layer], column.n[layer], column.ks[layer]
    )


@njit(borrow=True)
def work_over(rows: _Array) -> Work:
    """Lay room to work in over rows, shape (`WORK_ROWS`, nodes + 1)."""
    return Work(
        rows[0],
        rows[1],
        rows[2],
        rows[3],
        rows[4],
        rows[5],
        rows[6],
        rows[7],
        rows[8],
        rows[9],
        rows[10],
        rows[11],
        rows[12],
        rows[13],
        rows[14],
        rows[15],
        rows[16],
        rows[17],
        rows[18],
        rows[19],
        rows[20],
        rows[21],
    )


@njit(borrow=True)
def storage(water: _Array) -> float:
    """Water in the column [cm].

    Parameters
    ----------
    water : array, shape (nodes,)
        Of the cells [cm].
    """
    total = 0.0
    for i in range(water.size):
        total += water[i]
    return total
