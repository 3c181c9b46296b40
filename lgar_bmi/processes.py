"""Processes of a column besides the movement of fronts: one function each."""

from __future__ import annotations

from typing import NamedTuple

from hydro_physics.capillary_drive import closed_form_drive, lgar_c_drive
from hydro_physics.jit import njit
from hydro_physics.matric_flux import tabulated_drive
from hydro_physics.root_uptake import suction_of_half_uptake, uptake
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import Column, soil_of, top_of
from lgar_bmi.front_law import front_flux, saturated_depth
from lgar_bmi.options import CLOSED_FORM, EXACT, GREEN_AMPT

DRY_SURFACE = 1e6
"""Suction from which on nothing evaporates or drains [cm]."""

LEAST_RELEASING = 0.01
"""Storage of a conceptual reservoir below which nothing leaves it [cm]."""


class LgarCoefficients(NamedTuple):
    """Derived values that a sub-step needs besides the soils.

    Attributes
    ----------
    psi_half : float
        Suction at which evaporation is half of its potential [cm].
    ponded_depth_max : float
        Depth of water that the surface holds back [cm].
    preferential_theta : float
        Moisture of the top block from which on preferential flow reaches the reservoirs [-].
    frac_to_reservoir, frac_slow : float
        Shares of preferential flow, and of that to the slow reservoir [-].
    a, b, a_slow, b_slow : float
        Coefficients and exponents of the fast and the slow reservoir.
    """

    psi_half: float
    ponded_depth_max: float
    preferential_theta: float
    frac_to_reservoir: float
    frac_slow: float
    a: float
    b: float
    a_slow: float
    b_slow: float


@njit(borrow=True)
def derive(p: LgarParameters, column: Column) -> LgarCoefficients:
    """Derive what a sub-step needs; the top layer's soil says where evaporation is halved."""
    soil = soil_of(column, 0)
    return LgarCoefficients(
        psi_half=suction_of_half_uptake(p.field_capacity, p.wilting_point_psi, soil),
        ponded_depth_max=p.ponded_depth_max,
        preferential_theta=p.spf_factor * soil.theta_e,
        frac_to_reservoir=p.frac_to_CR,
        frac_slow=p.frac_slow,
        a=p.a,
        b=p.b,
        a_slow=p.a_slow,
        b_slow=p.b_slow,
    )


@njit(inline=False, borrow=True)
def capillary_drive(psi_dry: float, psi_wet: float, layer: int, column: Column, drive: int) -> float:
    """Capillary drive between two suctions in a layer's soil [cm], the way that the options say."""
    soil = soil_of(column, layer)
    if drive == EXACT:
        return tabulated_drive(psi_dry, psi_wet, soil, column.tables[layer])
    if drive == CLOSED_FORM:
        return closed_form_drive(psi_dry, psi_wet, soil)
    return lgar_c_drive(psi_dry, psi_wet, soil)


@njit(borrow=True)
def evaporation(psi: float, pet: float, c: LgarCoefficients) -> float:
    """Evapotranspiration from the block at the surface, if it holds that much [cm].

    What roots would take at its suction (:func:`hydro_physics.root_uptake.uptake`), without a root depth.

    Parameters
    ----------
    psi : float
        Suction of the first front [cm].
    pet : float
        Potential evapotranspiration [cm].
    c : LgarCoefficients
    """
    if psi >= DRY_SURFACE:
        return 0.0 * (pet + psi)
    return uptake(psi, pet, c.psi_half)


@njit(borrow=True)
def infiltration_capacity(
    front_depth: float, layer: int, drive: float, head: float, column: Column, law: int = GREEN_AMPT
) -> float:
    """Rate at which a block can take water whose wetting front is at a depth [cm/h].

    The flux behind the front of a saturated block (:func:`lgar_bmi.front_law.front_flux`).

    Parameters
    ----------
    front_depth : float
        [cm].
    layer : int
        Layer of the front.
    drive, head : float
        Capillary drive and ponded depth [cm].
    column : Column
    law : int
        `GREEN_AMPT` or `TALSMA_PARLANGE`.
    """
    ks = column.ks[layer]
    resistance = 0.0 * ks
    for k in range(layer):
        resistance = resistance + column.thickness[k] / column.ks[k]
    resistance = resistance + (front_depth - top_of(column, layer)) / ks
    return front_flux(front_depth, drive, head, front_depth / resistance, ks, ks, law)


@njit(borrow=True)
def new_front_depth(theta: float, drive: float, dt: float, column: Column, law: int = GREEN_AMPT) -> float:
    """Depth that saturation reaches within a time on a surface that began to be rained on [cm].

    Parameters
    ----------
    theta : float
        Moisture of the block at the surface [-].
    drive : float
        Its capillary drive up to saturation [cm].
    dt : float
        [h].
    column : Column
    law : int
        `GREEN_AMPT` or `TALSMA_PARLANGE`.
    """
    tau = dt * column.ks[0] / (column.theta_e[0] - theta)
    depth = saturated_depth(tau, drive, law)
    return min(depth, column.thickness[0] + 0.0 * depth)


@njit(borrow=True)
def release(stored: float, inflow: float, dt: float, a: float, b: float) -> tuple[float, float]:
    """Storage and outflow of a conceptual reservoir after a sub-step [cm].

    Parameters
    ----------
    stored : float
        [cm].
    inflow : float
        [cm].
    dt : float
        [h].
    a, b : float
        Coefficient and exponent of the outflow rate.
    """
    outflow = 0.0 * (stored + inflow)
    if stored >= LEAST_RELEASING:
        outflow = dt * a * stored**b
    outflow = min(outflow, stored + inflow)
    return stored + inflow - outflow, outflow
