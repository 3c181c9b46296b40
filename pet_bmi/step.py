"""One step: a pure function of state, weather and coefficients."""

from __future__ import annotations

import math

from hydro_physics.jit import njit
from pet_bmi import air
from pet_bmi.coefficients import PetCoefficients
from pet_bmi.methods import (
    FAO_HOURLY,
    aerodynamic,
    combination,
    energy_balance,
    penman_monteith,
    priestley_taylor,
    reference_grass,
)
from pet_bmi.radiation import HIGH_SUN, clearness_of, net_longwave, net_longwave_fao, net_shortwave, soil_heat_flux
from pet_bmi.state import (
    AERODYNAMIC,
    CALCULATED,
    COMBINATION,
    ENERGY_BALANCE,
    FAO56,
    PRIESTLEY_TAYLOR,
    PetFluxes,
    PetForcing,
    PetOptions,
    PetState,
)
from pet_bmi.sun import SOLAR_CONSTANT, clear_sky_radiation, extraterrestrial_radiation, hour_angle


@njit
def clearness_after(clearness: float, forcing: PetForcing, c: PetCoefficients) -> float:
    """How clear the sky is: as the sun shows while it stands high, otherwise as it did last [-]."""
    angle = hour_angle(forcing.hour, c.longitude, forcing.day)
    outside = extraterrestrial_radiation(c.latitude, forcing.day, angle, c.half_step)
    if outside > HIGH_SUN * SOLAR_CONSTANT:
        return clearness_of(forcing.shortwave, clear_sky_radiation(outside, c.elevation))
    return clearness


@njit
def step(state: PetState, forcing: PetForcing, c: PetCoefficients, options: PetOptions) -> tuple[PetState, PetFluxes]:
    """Potential evapotranspiration of one step.

    Parameters
    ----------
    state : PetState
    forcing : PetForcing
    c : PetCoefficients
    options : PetOptions

    Returns
    -------
    state : PetState
    fluxes : PetFluxes
        Dew, which the equations give as negative evaporation, is 0.
    """
    zero = 0.0 * forcing.temperature
    celsius = forcing.temperature - air.FREEZING
    pressure = c.pressure if options.pressure == CALCULATED else forcing.pressure
    # air that the data say is supersaturated is saturated, for the deficit and for the sky that it radiates from; the
    # density of the air only ever meets the deficit, which is then 0
    saturation = air.saturation_vapor_pressure(celsius)
    vapor = min(air.vapor_pressure(forcing.humidity, pressure), saturation)
    deficit = saturation - vapor
    slope = air.saturation_slope(celsius)
    latent = air.latent_heat(celsius)
    water = air.water_density(celsius)
    gamma = air.psychrometric_constant(pressure, latent)

    clearness = state.clearness
    net = zero
    heat = zero
    if options.method != AERODYNAMIC:
        if options.longwave == CALCULATED:
            clearness = clearness_after(clearness, forcing, c)
            longwave = net_longwave_fao(forcing.temperature, vapor, clearness)
        else:
            longwave = net_longwave(forcing.longwave, forcing.temperature, c.emissivity)
        net = net_shortwave(forcing.shortwave, c.albedo) + longwave
        if options.soil_heat == 1:
            heat = soil_heat_flux(net, forcing.shortwave)
    energy = net - heat

    wind = zero
    if options.method != ENERGY_BALANCE and options.method != PRIESTLEY_TAYLOR:
        wind = c.default_wind + zero if math.isnan(forcing.wind) else forcing.wind
    wind_2m = wind * c.at_2m

    from_energy = energy_balance(energy, latent, water)
    if options.method == ENERGY_BALANCE:
        pet = from_energy
    elif options.method == PRIESTLEY_TAYLOR:
        pet = priestley_taylor(from_energy, slope, gamma, c.alpha)
    elif options.method == AERODYNAMIC or options.method == COMBINATION:
        density = air.air_density(pressure, forcing.temperature, forcing.humidity)
        pet = aerodynamic(deficit, pressure, density, c.smooth * wind, water)
        if options.method == COMBINATION:
            pet = combination(from_energy, pet, slope, gamma)
    elif options.form == FAO56:
        constant = air.psychrometric_constant(pressure, air.LATENT_HEAT)
        pet = reference_grass(energy, celsius, wind_2m, deficit, slope, constant, FAO_HOURLY)
    else:
        density = air.air_density(pressure, forcing.temperature, forcing.humidity)
        pet = penman_monteith(energy, deficit, slope, gamma, density, c.grass * wind, c.resistance, latent, water)
    return PetState(clearness), PetFluxes(max(pet, zero), net, heat, deficit, wind_2m)
