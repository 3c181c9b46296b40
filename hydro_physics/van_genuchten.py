r"""Van Genuchten-Mualem soils: moisture, conductivity and suction of an unsaturated soil.

.. math:: S_e(\psi) = \left(1 + (\alpha \psi)^n\right)^{-m}, \quad
          K = K_s \sqrt{S_e} \left[1 - \left(1 - S_e^{1/m}\right)^m\right]^2, \quad m = 1 - 1/n

Suction is the primary variable: near saturation the moisture rounds to its maximum while the suction still tells wet
from wetter. Everything is written for suctions of 0 and above; lengths are cm and times h, as in soil tables.

Source: van Genuchten (1980, Soil Sci. Soc. Am. J. 44) with Mualem's (1976) conductivity.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hydro_physics.jit import njit

DRIEST = 1e20
"""Suction of a soil without water that can move [cm]."""

LARGEST_EXPONENT = 700.0
"""Above it the exponential leaves the range of floats."""


class VanGenuchtenSoil(NamedTuple):
    """Parameters of a soil.

    Attributes
    ----------
    theta_r, theta_e : float
        Residual moisture and moisture at natural saturation [-].
    alpha : float
        Inverse of the air-entry suction [1/cm].
    n : float
        Shape, above 1 [-].
    ks : float
        Saturated hydraulic conductivity [cm/h].
    """

    theta_r: float
    theta_e: float
    alpha: float
    n: float
    ks: float


@njit
def effective_saturation(psi: float, soil: VanGenuchtenSoil) -> float:
    """Effective saturation at a suction: 1 when saturated, 0 when dry [-]."""
    if psi <= 0.0:
        return 1.0 + 0.0 * psi
    m = 1.0 - 1.0 / soil.n
    return (1.0 + (soil.alpha * psi) ** soil.n) ** (-m)


@njit
def moisture(psi: float, soil: VanGenuchtenSoil) -> float:
    """Volumetric moisture at a suction [-].

    Examples
    --------
    >>> soil = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=3.12)
    >>> round(moisture(100.0, soil), 12)
    0.242131784718
    """
    if psi <= 0.0:
        return soil.theta_e + 0.0 * psi
    return soil.theta_r + (soil.theta_e - soil.theta_r) * effective_saturation(psi, soil)


@njit
def moisture_and_slope(psi: float, soil: VanGenuchtenSoil) -> tuple[float, float]:
    """Moisture at a suction [-], and its derivative by suction, not positive [1/cm]; the powers are taken once."""
    if psi <= 0.0:
        return soil.theta_e + 0.0 * psi, 0.0 * psi
    m = 1.0 - 1.0 / soil.n
    x = (soil.alpha * psi) ** soil.n
    held = (soil.theta_e - soil.theta_r) * (1.0 + x) ** (-m)
    return soil.theta_r + held, -m * soil.n * x / (psi * (1.0 + x)) * held


@njit
def moisture_slope(psi: float, soil: VanGenuchtenSoil) -> float:
    """Derivative of moisture by suction, not positive [1/cm]."""
    return moisture_and_slope(psi, soil)[1]


@njit
def suction(saturation: float, soil: VanGenuchtenSoil) -> float:
    """Suction at an effective saturation: 0 from 1 on, `DRIEST` at 0 [cm]."""
    if saturation >= 1.0:
        return 0.0 * saturation
    if saturation <= 0.0:
        return DRIEST + 0.0 * saturation
    m = 1.0 - 1.0 / soil.n
    exponent = -math.log(saturation) / m
    if exponent > LARGEST_EXPONENT:
        return DRIEST + 0.0 * saturation
    # expm1 keeps the digits of a soil that is nearly saturated
    x = math.expm1(exponent)
    return min(x ** (1.0 / soil.n) / soil.alpha, DRIEST + 0.0 * saturation)


@njit
def conductivity(psi: float, soil: VanGenuchtenSoil) -> float:
    """Hydraulic conductivity at a suction [cm/h].

    Written in the suction, not in the saturation, whose slope is infinite where the soil is saturated.

    Examples
    --------
    >>> soil = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=3.12)
    >>> round(conductivity(100.0, soil), 12)
    0.004240315043
    """
    if psi <= 0.0:
        return soil.ks + 0.0 * psi
    m = 1.0 - 1.0 / soil.n
    x = (soil.alpha * psi) ** soil.n
    if x < 1.0:
        flowing = 1.0 - (x / (1.0 + x)) ** m
    else:
        flowing = -math.expm1(m * math.log1p(-1.0 / (1.0 + x)))
    return soil.ks * (1.0 + x) ** (-0.5 * m) * flowing * flowing


@njit
def brooks_corey(soil: VanGenuchtenSoil) -> tuple[float, float]:
    """Brooks and Corey's equivalents of a soil: pore-size index [-] and bubbling suction [cm].

    Source: Morel-Seytoux et al. (1996, Water Resour. Res. 32), which keep the capillary drive.

    Examples
    --------
    >>> soil = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=3.12)
    >>> index, bubbling = brooks_corey(soil)
    >>> round(index, 12), round(bubbling, 12)
    (0.56, 5.049417972975)
    """
    p = 1.0 + 2.0 * soil.n / (soil.n - 1.0)
    upper = (p + 3.0) * (147.8 + p * (8.1 + 0.092 * p))
    lower = 2.0 * soil.alpha * p * (p - 1.0) * (55.6 + p * (7.4 + p))
    return 2.0 / (p - 3.0), upper / lower
