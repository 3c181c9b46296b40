"""Radiation that a surface keeps, and heat that goes into the soil."""

from __future__ import annotations

import math

from hydro_physics.jit import njit

STEFAN_BOLTZMANN = 5.670374419e-8
"""[W m-2 K-4] (CODATA 2018)."""

FAO_STEFAN_BOLTZMANN = 4.903e-9 * 1e6 / 86400.0
"""4.903e-9 MJ m-2 K-4 per day, as FAO-56 rounds it, in W m-2 K-4."""

LEAST_CLEARNESS = 0.33
"""Shortwave radiation under a dense cover of cloud as a share of a clear sky's [-] (Allen et al. 1998, eq. 39)."""

HIGH_SUN = 0.3
"""Sine of the elevation above which the sun tells how clear the sky is (Allen et al. 2005: 0.3 rad)."""


@njit
def net_shortwave(shortwave: float, albedo: float) -> float:
    """Shortwave radiation that is not reflected [W m-2] (Allen et al. 1998, eq. 38)."""
    return (1.0 - albedo) * shortwave


@njit
def net_longwave(longwave: float, kelvin: float, emissivity: float) -> float:
    """Longwave radiation that is kept less what is sent out [W m-2], with measured radiation from the sky.

    ``epsilon (L - sigma T^4)``: a surface of emissivity epsilon takes that share of what comes (Kirchhoff). The surface
    is as warm as the air, as in FAO-56: no land surface model is asked.
    """
    return emissivity * (longwave - STEFAN_BOLTZMANN * kelvin**4)


@njit
def net_longwave_fao(kelvin: float, vapor: float, clearness: float) -> float:
    """Net longwave radiation, downward [W m-2], without a measurement of it (Allen et al. 1998, eq. 39).

    ``-sigma T^4 (0.34 - 0.14 sqrt(e)) (1.35 R_s/R_so - 0.35)``, e in kPa.

    Parameters
    ----------
    kelvin : float
        Temperature of the air [K].
    vapor : float
        Vapour pressure [Pa].
    clearness : float
        Shortwave radiation as a share of a clear sky's [-].
    """
    emitted = FAO_STEFAN_BOLTZMANN * kelvin**4
    return -emitted * (0.34 - 0.14 * math.sqrt(1e-3 * vapor)) * (1.35 * clearness - 0.35)


@njit
def clearness_of(shortwave: float, clear: float) -> float:
    """Shortwave radiation as a share of a clear sky's, `LEAST_CLEARNESS` to 1 [-]."""
    return min(max(shortwave / clear, LEAST_CLEARNESS + 0.0 * shortwave), 1.0 + 0.0 * shortwave)


@njit
def soil_heat_flux(net_radiation: float, shortwave: float) -> float:
    """Heat that goes into the soil under grass [W m-2] (Allen et al. 1998, eq. 45, 46).

    A tenth of the net radiation by day and half of it at night. It is day when there is shortwave radiation: that
    needs no clock.
    """
    return (0.1 if shortwave > 0.0 else 0.5) * net_radiation
