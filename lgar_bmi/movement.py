"""Movement of the wetting fronts over a sub-step, with the water that the block at the surface gains or loses."""

from __future__ import annotations

from hydro_physics.jit import njit, same
from hydro_physics.van_genuchten import moisture, suction
from lgar_bmi.block import DRY, block_suction, block_water
from lgar_bmi.column import Column, Fronts, effective_theta, soil_of
from lgar_bmi.options import LgarOptions

LGAR_C_SATURATION = 2e-10
"""Water short of saturation that counts as none in LGAR-C [cm]: its solver is no better."""

LGAR_C_OVERSHOOT = 1e-9
"""Depth below the column that LGAR-C lets fronts reach [cm]."""

LGAR_C_TOLERANCE = 1e-10
"""Water by which LGAR-C's solver may be off [cm]."""


@njit(borrow=True)
def conserved_water(fronts: Fronts, old: Fronts, i: int, column: Column) -> float:
    """Water from the surface to front i at its new depth, were it all at its suction, if its block gained none [cm].

    A front takes along what its block holds more than the block below would in its place; `fronts` has the new depth
    and the new state of everything below, `old` the state before.
    """
    layer = fronts.layer[i]
    zero = 0.0 * old.depth[i]
    water = block_water(old.psi[i], zero, old.depth[i], layer, column)
    if i + 1 == fronts.size[0]:
        return water
    if fronts.psi[i + 1] == old.psi[i + 1]:  # as under most fronts: nothing moved below
        water = water + (fronts.depth[i] - old.depth[i]) * fronts.theta[i + 1]
        if same(fronts.psi[i + 1], old.psi[i + 1]):
            return water
        # a derivative of the suction below may have changed by less than rounding does to the suction
        change = block_water(fronts.psi[i + 1], zero, old.depth[i], layer, column) - block_water(
            old.psi[i + 1], zero, old.depth[i], layer, column
        )
        return water + (change - float(change))
    return (
        water
        - block_water(old.psi[i + 1], zero, old.depth[i], layer, column)
        + block_water(fronts.psi[i + 1], zero, fronts.depth[i], layer, column)
    )


@njit(inline=False, borrow=True)
def fill_block(fronts: Fronts, i: int, water: float, column: Column, options: LgarOptions) -> float:
    """Give the block above front i, from the surface, the suction at which it holds an amount of water.

    Returns
    -------
    float
        Water that had to be added because the block cannot be that dry [cm].
    """
    layer = fronts.layer[i]
    zero = 0.0 * water
    soil = soil_of(column, layer)
    short = zero
    tolerance = 0.0
    if options.lgar_c == 1:
        held = block_water(fronts.psi[i], zero, fronts.depth[i], layer, column)
        if abs(held - water) <= LGAR_C_TOLERANCE:
            fronts.theta[i] = moisture(fronts.psi[i], soil)
            return short
        tolerance = LGAR_C_SATURATION
    if block_water(zero, zero, fronts.depth[i], layer, column) <= water + tolerance:
        fronts.psi[i] = zero
    else:
        fronts.psi[i] = block_suction(water, fronts.psi[i], zero, fronts.depth[i], layer, column)
        if fronts.psi[i] >= DRY:
            short = max(block_water(fronts.psi[i], zero, fronts.depth[i], layer, column) - water, zero)
    fronts.theta[i] = moisture(fronts.psi[i], soil)
    return short


@njit(borrow=True)
def fill_top_layer(fronts: Fronts, i: int, water: float, column: Column) -> float:
    """As :func:`fill_block` for a front in the first layer, where moisture follows without a search."""
    zero = 0.0 * water
    soil = soil_of(column, 0)
    driest = moisture(zero + DRY, soil)
    theta = water / fronts.depth[i]
    short = zero
    if theta < driest:
        short = (driest - theta) * fronts.depth[i]
        fronts.theta[i] = driest
        fronts.psi[i] = zero + DRY
    elif theta >= soil.theta_e:
        fronts.theta[i] = soil.theta_e + zero
        fronts.psi[i] = zero
    else:
        fronts.theta[i] = theta
        fronts.psi[i] = suction(effective_theta(theta, 0, column), soil)
    return short


@njit(inline=False, borrow=True)
def move_fronts(
    fronts: Fronts,
    old: Fronts,
    surface: int,
    gain: float,
    dt: float,
    column: Column,
    options: LgarOptions,
) -> float:
    """Move all fronts and conserve the water of every block; the block at the surface gains some.

    Parameters
    ----------
    fronts : Fronts
        Changed in place.
    old : Fronts
        The state before.
    surface : int
        The surface front.
    gain : float
        Infiltration less losses [cm].
    dt : float
        Length of the sub-step [h].
    column : Column
    options : LgarOptions

    Returns
    -------
    float
        Losses that the block at the surface could not give [cm].
    """
    layers = column.thickness.size
    column_bottom = column.bottom[layers - 1]
    lowest = column_bottom + (LGAR_C_OVERSHOOT if options.lgar_c == 1 else 0.0)
    short = 0.0 * gain
    for i in range(fronts.size[0] - 1, -1, -1):
        last = i + 1 == fronts.size[0]
        if not last and fronts.layer[i + 1] != fronts.layer[i]:
            fronts.psi[i] = fronts.psi[i + 1]
            fronts.theta[i] = moisture(fronts.psi[i], soil_of(column, fronts.layer[i]))
            continue
        if last and fronts.size[0] != layers:
            continue
        if not last:
            depth = fronts.depth[i] + fronts.speed[i] * dt
            if depth > column_bottom:
                depth = lowest + 0.0 * depth
            fronts.depth[i] = depth
        gained = gain if i == surface else 0.0 * gain
        if not last and fronts.layer[i] == 0:
            water = old.depth[i] * (old.theta[i] - old.theta[i + 1]) + fronts.depth[i] * fronts.theta[i + 1]
            lack = fill_top_layer(fronts, i, water + gained, column)
        else:
            lack = fill_block(fronts, i, conserved_water(fronts, old, i, column) + gained, column, options)
        if i == surface:
            short = lack
    return short
