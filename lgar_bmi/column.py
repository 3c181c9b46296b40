"""A soil column: its layers, and the wetting fronts in it.

Fronts live in arrays of fixed capacity and are changed in place. Front i separates a block of moisture ``theta[i]``
above it from the block of front i + 1 below. After every sub-step fronts are sorted by depth; the last front of each
layer stands at the layer's bottom, never moves, and shares the suction of the front below it, so that a block that
spans layers has one suction and one moisture per layer; within a layer moisture decreases downwards.

The block at the surface takes all rain and gives all evaporation and drainage; it reaches down to the *surface front*.

Source: La Follette et al. (2023, Water Resour. Res. 59, e2022WR033742), on Ogden and Saghafian (1997).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit, same
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture

CAPACITY = 32
"""Fronts that a column can hold; four to eleven at most were seen in years of storms."""

_Array = NDArray[Any]


class Column(NamedTuple):
    """Layers of a column, top first; arrays of shape (layers,).

    Attributes
    ----------
    theta_r, theta_e, alpha, n : array
        Van Genuchten parameters of the layers' soils; alpha [1/cm].
    ks : array
        Saturated conductivity, reduced where the layer is frozen [cm/h].
    thickness, bottom : array
        Of the layers [cm].
    tables : array, shape (layers, panels, coefficients)
        Matric flux potentials (:mod:`hydro_physics.matric_flux`); empty when another capillary drive is used.
    """

    theta_r: _Array
    theta_e: _Array
    alpha: _Array
    n: _Array
    ks: _Array
    thickness: _Array
    bottom: _Array
    tables: _Array


class Fronts(NamedTuple):
    """Wetting fronts of a column, from the top; arrays of shape (`CAPACITY`,).

    Attributes
    ----------
    depth : array
        Depth below the surface [cm].
    theta, psi, k : array
        Moisture [-], suction [cm] and conductivity [cm/h] of the block above the front.
    speed : array
        Downward velocity [cm/h], which moves the front in the next sub-step.
    layer : array of int
        Layer it is in, from 0.
    at_bottom : array of int
        1: it stands at the bottom of its layer.
    size : array of int, shape (1,)
        How many fronts there are.
    """

    depth: _Array
    theta: _Array
    psi: _Array
    k: _Array
    speed: _Array
    layer: _Array
    at_bottom: _Array
    size: _Array


@njit(borrow=True)
def soil_of(column: Column, layer: int) -> VanGenuchtenSoil:
    """Soil of a layer."""
    return VanGenuchtenSoil(
        column.theta_r[layer], column.theta_e[layer], column.alpha[layer], column.n[layer], column.ks[layer]
    )


@njit(borrow=True)
def effective_theta(theta: float, layer: int, column: Column) -> float:
    """Effective saturation of a moisture in a layer's soil [-]."""
    return (theta - column.theta_r[layer]) / (column.theta_e[layer] - column.theta_r[layer])


@njit(borrow=True)
def top_of(column: Column, layer: int) -> float:
    """Depth of a layer's top [cm]."""
    return column.bottom[layer - 1] if layer > 0 else 0.0


@njit(borrow=True)
def inside_layer(fronts: Fronts, i: int) -> bool:
    """Say whether the next front is in the same layer, so that front i is a moving one."""
    return i + 1 < fronts.size[0] and fronts.layer[i + 1] == fronts.layer[i]


@njit(borrow=True)
def surface_front(fronts: Fronts) -> int:
    """Index of the front down to which the block at the surface reaches."""
    last = fronts.size[0] - 1
    for i in range(last):
        if fronts.layer[i + 1] == fronts.layer[i]:
            return i
    return last


@njit(borrow=True)
def storage(fronts: Fronts, column: Column) -> float:
    """Water in the column [cm]."""
    total = 0.0 * fronts.theta[0]
    above = 0.0 * fronts.depth[0]
    for i in range(fronts.size[0]):
        if i > 0 and fronts.layer[i - 1] != fronts.layer[i]:
            above = top_of(column, fronts.layer[i]) + 0.0 * above
        total = total + (fronts.depth[i] - above) * fronts.theta[i]
        above = fronts.depth[i]
    return total


@njit(borrow=True)
def capacity(column: Column) -> float:
    """Water in the saturated column [cm]."""
    total = 0.0 * column.theta_e[0]
    for layer in range(column.thickness.size):
        total = total + column.theta_e[layer] * column.thickness[layer]
    return total


@njit(borrow=True)
def refresh(fronts: Fronts, i: int, column: Column) -> None:
    """Give front i the moisture and conductivity of its suction."""
    soil = soil_of(column, fronts.layer[i])
    fronts.theta[i] = moisture(fronts.psi[i], soil)
    fronts.k[i] = conductivity(fronts.psi[i], soil)


@njit(borrow=True)
def copy_front(source: Fronts, i: int, target: Fronts, j: int) -> None:
    """Make front j of `target` what front i of `source` is."""
    target.depth[j] = source.depth[i]
    target.theta[j] = source.theta[i]
    target.psi[j] = source.psi[i]
    target.k[j] = source.k[i]
    target.speed[j] = source.speed[i]
    target.layer[j] = source.layer[i]
    target.at_bottom[j] = source.at_bottom[i]


@njit(inline=False, borrow=True)
def copy_fronts(source: Fronts, target: Fronts) -> None:
    """Make `target` what `source` is."""
    target.size[0] = source.size[0]
    for i in range(source.size[0]):
        copy_front(source, i, target, i)


@njit(inline=False, borrow=True)
def remove_front(fronts: Fronts, i: int, column: Column) -> None:
    """Delete front i; blocks that span layers get one suction again."""
    for j in range(i, fronts.size[0] - 1):
        copy_front(fronts, j + 1, fronts, j)
    fronts.size[0] -= 1
    if i > 0:
        share_suction(fronts, column)


@njit(borrow=True)
def share_suction(fronts: Fronts, column: Column) -> None:
    """Give each front at a layer's bottom the suction of the front below it."""
    for i in range(fronts.size[0] - 2, -1, -1):
        if fronts.at_bottom[i] == 1 and not same(fronts.psi[i], fronts.psi[i + 1]):
            fronts.psi[i] = fronts.psi[i + 1]
            refresh(fronts, i, column)


@njit(borrow=True)
def insert_at_surface(fronts: Fronts) -> None:
    """Make room for a new first front, which has to be filled; its layer is the first."""
    for j in range(fronts.size[0], 0, -1):
        copy_front(fronts, j - 1, fronts, j)
    fronts.size[0] += 1
    fronts.layer[0] = 0
    fronts.at_bottom[0] = 0


@njit(inline=False, borrow=True)
def begin_column(fronts: Fronts, psi: float, column: Column) -> None:
    """Fill a column with one suction: one front at the bottom of each layer."""
    fronts.size[0] = column.thickness.size
    for layer in range(column.thickness.size):
        fronts.depth[layer] = column.bottom[layer] + 0.0 * psi
        fronts.psi[layer] = psi
        fronts.speed[layer] = 0.0 * psi
        fronts.layer[layer] = layer
        fronts.at_bottom[layer] = 1
        refresh(fronts, layer, column)
