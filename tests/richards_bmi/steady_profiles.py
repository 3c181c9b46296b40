r"""Profiles of the suction in steady flow, by quadrature of Darcy's law.

With height z upwards and a downward flux q, :math:`d\psi/dz = 1 - q / K(\psi)`, so the height between two suctions is
:math:`\int K / (K - q) \, d\psi`: at rest the suction is the height above the table; a downward flux lets it approach
the suction where K equals q; an upward one makes it grow without bound at a largest height.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.optimize import brentq

from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity

DRY = 1e9
"""Suction times alpha taken for infinite."""

NEAR = 16.0
"""Within e^-16 of where it began, the distance to the suction of unit gradient is lost in the rounding of K - q."""


def unit_gradient_suction(flux: float, soil: VanGenuchtenSoil) -> float:
    """Suction at which the conductivity equals a downward flux between 0 and Ks [cm]."""
    if not 0.0 < flux < soil.ks:
        raise ValueError(f"a downward flux of {flux} cm/h has no suction in a soil with Ks {soil.ks} cm/h")
    s = brentq(
        lambda s: math.log(conductivity(math.exp(s), soil) / flux), -40.0, math.log(DRY / soil.alpha), xtol=1e-14
    )
    return math.exp(s)


def height_between(start: float, end: float, flux: float, soil: VanGenuchtenSoil) -> float:
    """Height from suction `start` up to suction `end` in one soil with no or an upward flux [cm].

    `flux` is downward and so not positive [cm/h]; `end` is above `start`.
    """

    def slope(s: float) -> float:
        psi = math.exp(s)
        return psi * conductivity(psi, soil) / (conductivity(psi, soil) - flux)

    low = max(start, 1e-9 / soil.alpha)  # below it the soil is saturated
    if end <= low:
        return (end - start) * soil.ks / (soil.ks - flux)
    height = (low - start) * soil.ks / (soil.ks - flux)
    edges = np.unique(np.clip([math.log(low), -math.log(soil.alpha), math.log(end)], math.log(low), math.log(end)))
    return height + sum(
        quad(slope, a, b, epsabs=1e-13, epsrel=1e-12, limit=400)[0] for a, b in zip(edges, edges[1:], strict=False)
    )


def largest_height(flux: float, soil: VanGenuchtenSoil) -> float:
    """Height above the water table that an upward flux (negative) reaches with any suction [cm]."""
    return height_between(0.0, DRY / soil.alpha, flux, soil)


def _up_one_soil(rise: float, start: float, flux: float, soil: VanGenuchtenSoil) -> float:
    """Suction `rise` above a place with suction `start`, in one soil [cm]."""
    if rise == 0.0:
        return start
    if flux == 0.0:
        return start + rise
    if flux < 0.0:
        low, high = start + rise, DRY / soil.alpha  # at least the hydrostatic suction
        if height_between(start, high, flux, soil) < rise:
            raise ValueError(f"an upward flux of {-flux} cm/h does not reach {rise} cm above a suction of {start} cm")
        s = brentq(
            lambda s: height_between(start, math.exp(s), flux, soil) - rise, math.log(low), math.log(high), xtol=1e-13
        )
        return math.exp(s)
    # The distance to the suction of unit gradient is distance_0 e^-y, and the height is almost linear in y.
    goal = unit_gradient_suction(flux, soil)
    if abs(start - goal) <= 1e-12 * goal:
        return goal

    def slope(y: float) -> float:
        away = (start - goal) * math.exp(-y)
        k = conductivity(goal + away, soil)
        return -k * away / (k - flux)

    def height(y: float) -> float:
        # K bends steeply where the soil is nearly saturated; further on only rounding limits the accuracy
        total = quad(slope, 0.0, min(y, 2.0), epsabs=1e-11, epsrel=1e-11, limit=400)[0]
        return total + (quad(slope, 2.0, y, epsabs=1e-7, epsrel=1e-8)[0] if y > 2.0 else 0.0)

    if height(NEAR) <= rise:  # from here on the height is linear in y
        return goal + (start - goal) * math.exp(-NEAR - (rise - height(NEAR)) / slope(NEAR))
    return goal + (start - goal) * math.exp(-brentq(lambda y: height(y) - rise, 0.0, NEAR, xtol=1e-13))


def suction_at_heights(
    heights: ArrayLike,
    flux: float,
    soils: Sequence[VanGenuchtenSoil],
    thickness: Sequence[float],
    start: float = 0.0,
) -> NDArray[np.float64]:
    """Suctions in a layered column in steady flow [cm].

    Parameters
    ----------
    heights : array
        Heights above the column's bottom, ascending [cm].
    flux : float
        Downward; negative is upward [cm/h].
    soils, thickness : sequences
        Layers from the bottom up [cm].
    start : float
        Suction at the bottom: 0 is a water table; `unit_gradient_suction` is free drainage [cm].
    """
    wanted = np.atleast_1d(np.asarray(heights, dtype=float))
    out = np.empty(wanted.size)
    base, psi = 0.0, start
    for soil, thick in zip(soils, thickness, strict=True):
        inside = (wanted >= base) & (wanted <= base + thick)
        out[inside] = [_up_one_soil(z - base, psi, flux, soil) for z in wanted[inside]]
        psi = _up_one_soil(thick, psi, flux, soil)
        base += thick
    if wanted.size and (wanted.min() < 0.0 or wanted.max() > base):
        raise ValueError(f"heights have to lie between 0 and the column's {base} cm")
    return out
