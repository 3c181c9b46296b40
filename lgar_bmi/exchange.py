"""What the block at the surface takes and gives in a sub-step: rain, evapotranspiration, drainage."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import conductivity, moisture, suction
from lgar_bmi.block import DRY
from lgar_bmi.column import (
    CAPACITY,
    Column,
    Fronts,
    capacity,
    effective_theta,
    insert_at_surface,
    soil_of,
    surface_front,
)
from lgar_bmi.corrections import make_room
from lgar_bmi.events import CREATION, FULL, note
from lgar_bmi.options import LgarOptions
from lgar_bmi.processes import (
    DRY_SURFACE,
    LgarCoefficients,
    capillary_drive,
    evaporation,
    infiltration_capacity,
    new_front_depth,
)

NO_WATER = 1e-12
"""Depth of water on the surface that is none [cm]."""

SATURATED = 1e-9
"""Moisture short of saturation from which on rain creates no new front [-]."""

_LGAR_C_SATURATED = 1e-12
_LGAR_C_HALVINGS = 7
_LGAR_C_LEAST_DRAINAGE = 1e-7


@njit(borrow=True)
def block_margin(fronts: Fronts, surface: int, column: Column) -> float:
    """Water that the block at the surface can give until it is as dry as it gets [cm]."""
    total = 0.0 * fronts.theta[0]
    above = 0.0 * fronts.depth[0]
    for i in range(surface + 1):
        soil = soil_of(column, fronts.layer[i])
        total = total + (fronts.depth[i] - above) * (fronts.theta[i] - moisture(DRY + 0.0 * total, soil))
        above = fronts.depth[i]
    return total


@njit(borrow=True)
def column_margin(stored: float, column: Column) -> float:
    """Water above the residual moisture of all layers [cm]."""
    total = stored
    for layer in range(column.thickness.size):
        total = total - column.theta_r[layer] * column.thickness[layer]
    return total


@njit(borrow=True)
def halved(amount: float, taken: float, margin: float) -> float:
    """LGAR-C's limit: halve an amount until it fits into a margin with what else is taken, at most 7 times."""
    for _ in range(_LGAR_C_HALVINGS):
        if amount + taken <= margin:
            return amount
        amount = 0.5 * amount
    return 0.0 * amount


@njit(borrow=True)
def losses(
    fronts: Fronts,
    stored: float,
    pet: float,
    dt: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
) -> tuple[float, float]:
    """Evapotranspiration and free drainage out of the block at the surface [cm].

    Drainage is the conductivity of the lowest block, taken from the block at the surface, as LGAR does. Both are
    limited to what that block holds.
    """
    margin = min(block_margin(fronts, surface_front(fronts), column), column_margin(stored, column))
    zero = 0.0 * margin
    margin = max(margin, zero)
    drainage = zero
    if options.free_drainage == 1:
        last = fronts.size[0] - 1
        if fronts.psi[last] <= DRY_SURFACE:
            drainage = dt * fronts.k[last]
            if options.lgar_c == 1:
                drainage = halved(drainage, zero, margin)
                if drainage < _LGAR_C_LEAST_DRAINAGE:
                    drainage = zero
            else:
                drainage = min(drainage, margin)
    evaporated = zero
    if pet > 0.0:
        evaporated = evaporation(fronts.psi[0], pet, c)
        if options.lgar_c == 1:
            evaporated = halved(evaporated, zero, margin)
            for k in range(_LGAR_C_HALVINGS + 1):
                if evaporated + drainage <= margin:
                    break
                if k == _LGAR_C_HALVINGS:
                    evaporated = zero
                    drainage = zero
                evaporated = 0.5 * evaporated
                drainage = 0.5 * drainage
        else:
            evaporated = min(evaporated, margin - drainage)
    return evaporated, drainage


@njit(borrow=True)
def must_create(fronts: Fronts, ponded: float, rain: float, raining: int, column: Column, options: LgarOptions) -> bool:
    """Say whether the rain of this sub-step creates a new front: it begins, or there is no moving front yet."""
    tolerance = _LGAR_C_SATURATED if options.lgar_c == 1 else SATURATED
    if ponded > NO_WATER or fronts.theta[0] + tolerance >= column.theta_e[0]:
        return False
    return rain > 0.0 and (raining == 0 or fronts.size[0] == column.thickness.size)


@njit(inline=False, borrow=True)
def create_front(
    fronts: Fronts, water: float, dt: float, column: Column, options: LgarOptions, events: NDArray[Any]
) -> float:
    """Let water enter as a new front at the surface.

    Returns
    -------
    float
        What entered [cm]; the front is saturated if that is less than all.
    """
    soil = soil_of(column, 0)
    theta = fronts.theta[0]
    zero = 0.0 * water
    drive = capillary_drive(fronts.psi[0], zero, 0, column, options.capillary_drive)
    depth = new_front_depth(theta, drive, dt, column, options.infiltration)
    room = soil.theta_e - theta
    if fronts.size[0] >= CAPACITY and not make_room(fronts, column, events):
        note(events, FULL)
        return zero
    note(events, CREATION)
    entered = min(water, depth * room)
    insert_at_surface(fronts)
    fronts.depth[0] = depth
    fronts.speed[0] = zero
    if depth * room > water:
        wetter = min(theta + water / depth, soil.theta_e + zero)
        fronts.theta[0] = wetter
        fronts.psi[0] = suction(effective_theta(wetter, 0, column), soil)
    else:
        fronts.theta[0] = soil.theta_e + zero
        fronts.psi[0] = zero
    fronts.k[0] = conductivity(fronts.psi[0], soil)
    return entered


@njit(borrow=True)
def infiltrate(
    fronts: Fronts,
    water: float,
    rain: float,
    taken: float,
    stored: float,
    dt: float,
    column: Column,
    options: LgarOptions,
) -> float:
    """Water that enters the block at the surface [cm].

    Parameters
    ----------
    fronts : Fronts
    water : float
        On the surface, rain of the sub-step included [cm].
    rain : float
        Of the sub-step [cm].
    taken : float
        Evapotranspiration and drainage [cm].
    stored : float
        In the column [cm].
    dt : float
    column : Column
    options : LgarOptions
    """
    i = surface_front(fronts)
    zero = 0.0 * water
    head = max(water - rain, zero)
    drive = zero
    if fronts.size[0] != column.thickness.size:
        drive = capillary_drive(fronts.psi[i + 1], zero, fronts.layer[i], column, options.capillary_drive)
    rate = infiltration_capacity(fronts.depth[i], fronts.layer[i], drive, head, column, options.infiltration)
    room = max(capacity(column) + taken - stored, zero)
    return min(water, min(rate * dt, room))
