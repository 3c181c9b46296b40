"""The five methods: evaporation [m s-1] from energy, air and wind; negative values are dew."""

from __future__ import annotations

from hydro_physics.jit import njit
from pet_bmi.air import HEAT_CAPACITY, LATENT_HEAT, MASS_RATIO

FAO_HOURLY = 37.0
"""Number of the aerodynamic term, 900 / 24 rounded [K mm s3 Mg-1 h-1] (Allen et al. 1998, eq. 53)."""

FAO_DENSITY = 1000.0
"""Density of water in FAO-56 [kg m-3]."""


@njit
def energy_balance(energy: float, latent: float, density: float) -> float:
    """Evaporation when all available energy goes into it (Chow et al. 1988, eq. 3.5.10).

    Parameters
    ----------
    energy : float
        Net radiation less soil heat flux [W m-2].
    latent : float
        Latent heat of vaporisation [J kg-1].
    density : float
        Of water [kg m-3].
    """
    return energy / (latent * density)


@njit
def aerodynamic(deficit: float, pressure: float, air: float, conductance: float, density: float) -> float:
    """Evaporation when the wind carries away all vapour it can (Chow et al. 1988, eq. 3.5.16 to 3.5.18).

    Parameters
    ----------
    deficit, pressure : float
        Vapour pressure deficit and pressure of the air [Pa].
    air : float
        Density of the air [kg m-3].
    conductance : float
        [m s-1].
    density : float
        Of water [kg m-3].
    """
    return MASS_RATIO * air * conductance * deficit / (pressure * density)


@njit
def combination(from_energy: float, from_wind: float, slope: float, gamma: float) -> float:
    """Energy balance and aerodynamic evaporation, weighted (Penman 1948; Chow et al. 1988, eq. 3.5.26).

    Parameters
    ----------
    from_energy, from_wind : float
        Evaporation by either method [m s-1].
    slope, gamma : float
        Slope of the saturation vapour pressure and psychrometric constant [Pa K-1].
    """
    return (slope * from_energy + gamma * from_wind) / (slope + gamma)


@njit
def priestley_taylor(from_energy: float, slope: float, gamma: float, alpha: float) -> float:
    """Evaporation of a wet surface in its own air (Priestley and Taylor 1972; Chow et al. 1988, eq. 3.5.27).

    Parameters
    ----------
    from_energy : float
        Evaporation by the energy balance [m s-1].
    slope, gamma : float
        As for :func:`combination`.
    alpha : float
        Ratio of evaporation to its radiative term [-].
    """
    return alpha * slope / (slope + gamma) * from_energy


@njit
def reference_grass(
    energy: float, celsius: float, wind: float, deficit: float, slope: float, gamma: float, number: float
) -> float:
    """Penman-Monteith evapotranspiration of the reference grass in FAO-56's hourly form (Allen et al. 1998, eq. 53).

    ``(0.408 D A + g 37 / (T + 273) u_2 (e_s - e_a)) / (D + g (1 + 0.34 u_2))`` in mm, MJ and kPa, here in SI units.

    Parameters
    ----------
    energy : float
        Net radiation less soil heat flux [W m-2].
    celsius : float
        Temperature of the air [degree Celsius].
    wind : float
        2 m above the ground [m s-1].
    deficit : float
        Vapour pressure deficit [Pa].
    slope, gamma : float
        Slope of the saturation vapour pressure and psychrometric constant [Pa K-1].
    number : float
        37 by the hour [K mm s3 Mg-1 h-1]; 37.5 gives the daily form (eq. 6).
    """
    radiative = slope * energy / (LATENT_HEAT * FAO_DENSITY)
    # kPa per Pa, and m s-1 per mm h-1
    drying = gamma * number * 1e-3 / 3.6e6 / (celsius + 273.0) * wind * deficit
    return (radiative + drying) / (slope + gamma * (1.0 + 0.34 * wind))


@njit
def penman_monteith(
    energy: float,
    deficit: float,
    slope: float,
    gamma: float,
    air: float,
    conductance: float,
    resistance: float,
    latent: float,
    density: float,
) -> float:
    """Penman-Monteith evapotranspiration of any vegetation (Monteith 1965; Allen et al. 1998, eq. 3).

    ``(D A + rho c_p (e_s - e_a) / r_a) / (D + g (1 + r_s / r_a)) / (lambda rho_w)``; with ``1 / r_a``, which may be 0.

    Parameters
    ----------
    energy : float
        Net radiation less soil heat flux [W m-2].
    deficit : float
        Vapour pressure deficit [Pa].
    slope, gamma : float
        Slope of the saturation vapour pressure and psychrometric constant [Pa K-1].
    air : float
        Density of the air [kg m-3].
    conductance : float
        Aerodynamic, ``1 / r_a`` [m s-1].
    resistance : float
        Of the surface [s m-1].
    latent, density : float
        Latent heat of vaporisation [J kg-1] and density of water [kg m-3].
    """
    heat = slope * energy + air * HEAT_CAPACITY * deficit * conductance
    return heat / (slope + gamma * (1.0 + resistance * conductance)) / (latent * density)
