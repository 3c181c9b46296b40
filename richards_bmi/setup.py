"""Arrays of a column: made from a configuration, and laid over rows by compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.matric_flux import TABLE_SHAPE, fill_matric_flux_table, flux_potential_and_slopes
from hydro_physics.root_uptake import suction_of_half_uptake
from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.column import Column, soil_of
from richards_bmi.flux import SMOOTHED
from richards_bmi.grid_settings import GridSettings
from richards_bmi.mesh import cell_edges, make_mesh
from richards_bmi.options import NO_FLOW, WATER_TABLE
from richards_bmi.roots import root_shares
from richards_bmi.system import SPECIFIC_STORAGE, RichardsCoefficients

_Array = NDArray[Any]

THETA_R, THETA_E, ALPHA, N, KS, K_SMOOTHED, S_SMOOTHED = range(7)
"""Rows of the layers of a column."""

LAYER_ROWS = 7

SIZE, LENGTH, ROOTS, DEPTH = range(4)
"""Rows of the nodes: thickness of the cell and length of the link above [cm], share of roots, depth [cm]."""

LAYER, LINK_LAYER = range(2)
"""Rows of integers of the nodes, one item longer than there are nodes."""


class ColumnRows(NamedTuple):
    """What does not change while a column runs.

    Attributes
    ----------
    layers : array, shape (`LAYER_ROWS`, layers)
    tables : array, shape (layers, panels, coefficients)
        Matric flux potentials.
    nodes : array, shape (4, nodes)
    places : array of int, shape (2, nodes + 1)
    """

    layers: _Array
    tables: _Array
    nodes: _Array
    places: _Array


def make_rows(
    soils: Sequence[VanGenuchtenSoil],
    thickness: Sequence[float],
    root_profile: int,
    root_depth: float,
    grid: GridSettings | None = None,
    bottom: int = NO_FLOW,
) -> ColumnRows:
    """Return the rows of a column.

    Parameters
    ----------
    soils : sequence of VanGenuchtenSoil
        Top first.
    thickness : sequence of float
        [cm].
    root_profile : int
    root_depth : float
        (:mod:`richards_bmi.roots`) [cm].
    grid : GridSettings, optional
    bottom : int
    """
    grid = grid or GridSettings()
    mesh = make_mesh(thickness, grid, bottom)
    cells = mesh.size > 0.0
    edges = np.concatenate([edge[min(k, 1) :] for k, edge in enumerate(cell_edges(thickness, grid))])
    nodes = np.zeros((4, mesh.size.size))
    nodes[SIZE], nodes[LENGTH], nodes[DEPTH] = mesh.size, mesh.length, mesh.depth
    nodes[ROOTS, cells] = root_shares(root_profile, root_depth, edges)
    places = np.array([[*mesh.layer, mesh.layer[-1]], mesh.link_layer])
    rows = ColumnRows(np.zeros((LAYER_ROWS, len(soils))), np.zeros((len(soils), *TABLE_SHAPE)), nodes, places)
    set_soils(rows, soils)
    return rows


def set_soils(rows: ColumnRows, soils: Sequence[VanGenuchtenSoil]) -> None:
    """Give a column other soils."""
    for layer, soil in enumerate(soils):
        fill_matric_flux_table(soil, rows.tables[layer])
        _, k, slope = flux_potential_and_slopes(SMOOTHED, soil, rows.tables[layer])
        rows.layers[:, layer] = (*soil, k, slope)


def derive(parameters: RichardsParameters, soil: VanGenuchtenSoil) -> RichardsCoefficients:
    """Derive what the equations need besides the column; `soil` is that of the top layer."""
    return RichardsCoefficients(
        psi_half=suction_of_half_uptake(parameters.field_capacity, parameters.wilting_point_psi, soil),
        ponded_depth_max=parameters.ponded_depth_max,
    )


def set_bottom(psi: _Array, depth: float, parameters: RichardsParameters, bottom: int) -> None:
    """Hold the suction of the bottom's node at that over the water table.

    Parameters
    ----------
    psi : array, shape (nodes,)
        [cm].
    depth : float
        Of the column [cm].
    parameters : RichardsParameters
    bottom : int
    """
    if bottom == WATER_TABLE:
        psi[-1] = parameters.water_table_depth - depth


@njit(borrow=True)
def column_over(layers: _Array, tables: _Array, nodes: _Array, places: _Array) -> Column:
    """Lay a column over the arrays of :class:`ColumnRows`; for compiled code, which borrows them."""
    count = nodes.shape[1]
    return Column(
        theta_r=layers[THETA_R],
        theta_e=layers[THETA_E],
        alpha=layers[ALPHA],
        n=layers[N],
        ks=layers[KS],
        tables=tables,
        k_smoothed=layers[K_SMOOTHED],
        s_smoothed=layers[S_SMOOTHED],
        size=nodes[SIZE],
        length=nodes[LENGTH],
        layer=places[LAYER][:count],
        link_layer=places[LINK_LAYER],
        roots=nodes[ROOTS],
    )


@njit(inline=False, borrow=True)
def fill_water(psi: _Array, water: _Array, layers: _Array, tables: _Array, nodes: _Array, places: _Array) -> None:
    """Write the water of all cells at their suctions [cm]."""
    column = column_over(layers, tables, nodes, places)
    for i in range(psi.size):
        theta = moisture(psi[i], soil_of(column, column.layer[i])) - SPECIFIC_STORAGE * min(psi[i], 0.0)
        water[i] = column.size[i] * theta
