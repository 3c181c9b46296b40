r"""Water that roots take from a soil of some suction.

.. math:: E = \frac{E_p}{1 + (\psi / \psi_{1/2})^3}

Source: the S-shaped stress of van Genuchten (1987, Research Report 121, US Salinity Laboratory) with the exponent 3, as
LGAR takes it (La Follette et al., 2023, Water Resour. Res. 59). Lengths are cm.
"""

from __future__ import annotations

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil, effective_saturation, suction


@njit
def suction_of_half_uptake(field_capacity: float, wilting_point: float, soil: VanGenuchtenSoil) -> float:
    """Suction at which roots take half of what they could, by moisture midway between two suctions [cm].

    Parameters
    ----------
    field_capacity, wilting_point : float
        Suctions at field capacity and at the wilting point [cm].
    soil : VanGenuchtenSoil

    Examples
    --------
    >>> soil = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=1.04)
    >>> round(suction_of_half_uptake(340.9, 15495.0, soil), 6)
    971.735925
    """
    halfway = 0.5 * (effective_saturation(field_capacity, soil) + effective_saturation(wilting_point, soil))
    return suction(halfway, soil)


@njit
def uptake(psi: float, potential: float, psi_half: float) -> float:
    """Water that roots take at a suction: the potential where the soil is saturated, in the unit of the potential.

    Parameters
    ----------
    psi : float
        Suction; negative below a water table [cm].
    potential : float
        What they take from wet soil, as a rate or as a depth.
    psi_half : float
        Suction of half of it, not negative [cm].
    """
    if psi <= 0.0:
        return potential + 0.0 * psi
    if psi_half <= 0.0:
        # a soil so fine that it is saturated at the wilting point, to rounding
        return 0.0 * (potential + psi)
    ratio = psi / psi_half
    return potential / (1.0 + ratio * ratio * ratio)


@njit
def uptake_slope(psi: float, potential: float, psi_half: float) -> float:
    """Derivative of :func:`uptake` by suction, not positive for a potential that is not negative [its unit / cm].

    Parameters
    ----------
    psi, potential, psi_half : float
        As for :func:`uptake`.
    """
    if psi <= 0.0 or psi_half <= 0.0:
        return 0.0 * (potential + psi)
    ratio = psi / psi_half
    share = 1.0 / (1.0 + ratio * ratio * ratio)
    # the shares apart: the square of a large ratio's cube leaves the range of floats
    return -3.0 * potential * share * (share * ratio * ratio) / psi_half
