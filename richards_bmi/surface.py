"""The surface: how much of the water on it enters the soil.

Rain and ponded water together are the supply. As long as the soil can take all of it under no head, it does. Else
water stands on the surface: what enters is Darcy's flux from under it, the rest fills the surface up to the depth that
it holds back, and what is above that runs off. Inflow is a continuous, growing function of the uppermost suction,
so there is no state to be switched between supply and capacity.
"""

from __future__ import annotations

from typing import NamedTuple

from hydro_physics.jit import njit
from richards_bmi.flux import link_flux

_ITERATIONS = 30


class Inflow(NamedTuple):
    """What the surface does in a sub-step.

    Attributes
    ----------
    flux : float
        Into the soil [cm/h].
    slope : float
        Derivative by the suction of the uppermost cell [1/h].
    ponded : float
        Water on the surface at the end [cm].
    runoff : float
        [cm].
    """

    flux: float
    slope: float
    ponded: float
    runoff: float


@njit
def inflow(
    supply: float,
    dt: float,
    most: float,
    psi: float,
    f: float,
    k: float,
    g: float,
    s: float,
    f_zero: float,
    ks: float,
    length: float,
) -> Inflow:
    """Water that enters the soil in a sub-step.

    Parameters
    ----------
    supply : float
        Rain of the sub-step and water ponded before [cm].
    dt : float
        [h].
    most : float
        Depth of water that the surface holds back [cm].
    psi, f, k, g, s : float
        Suction of the uppermost cell [cm], its matric flux potential [cm2/h], conductivity [cm/h], conductivity for
        gravity [cm/h] and that one's slope [1/h].
    f_zero, ks : float
        Matric flux potential and conductivity at saturation.
    length : float
        From the surface to the middle of the cell [cm].
    """
    flux, _, by_psi = link_flux(0.0, psi, f_zero, f, ks, k, ks, g, 0.0, s, length)
    if supply <= dt * flux:
        return Inflow(supply / dt, 0.0, 0.0, 0.0)
    if most > 0.0:
        head = 0.0
        for _ in range(_ITERATIONS):
            flux, by_surface, by_psi = link_flux(-head, psi, f_zero + ks * head, f, ks, k, ks, g, 0.0, s, length)
            slope = 1.0 - dt * by_surface
            change = (supply - head - dt * flux) / slope
            head = min(head + change, most)
            if abs(change) <= 1e-13 * most or (head == most and change >= 0.0):
                break
        flux, by_surface, by_psi = link_flux(-head, psi, f_zero + ks * head, f, ks, k, ks, g, 0.0, s, length)
        if head < most:
            # the head follows the suction
            return Inflow((supply - head) / dt, by_psi / (1.0 - dt * by_surface), head, 0.0)
    return Inflow(flux, by_psi, most, max(supply - most - dt * flux, 0.0))
