"""Worked examples of Chow, Maidment and Mays (1988), section 3.5: one surface by four methods."""

import pytest

from pet_bmi import air
from pet_bmi.methods import aerodynamic, combination, energy_balance, penman_monteith, priestley_taylor, reference_grass
from pet_bmi.wind import conductance, open_conductance

DAY = 86400e3
"""m s-1 in mm per day."""

CELSIUS, NET, RELATIVE, PRESSURE, WIND = 25.0, 200.0, 0.40, 101.3e3, 3.0
LATENT = air.latent_heat(CELSIUS)
WATER = air.water_density(CELSIUS)
SLOPE = air.saturation_slope(CELSIUS)
GAMMA = air.psychrometric_constant(PRESSURE, LATENT)
DEFICIT = (1.0 - RELATIVE) * air.saturation_vapor_pressure(CELSIUS)


def from_wind(density: float) -> float:
    # the book's von Karman constant is 0.4
    return aerodynamic(DEFICIT, PRESSURE, density, WIND * open_conductance(2.0, 2.0, 0.0003, 0.4), WATER)


def test_example_3_5_1_energy_balance() -> None:
    assert energy_balance(NET, LATENT, WATER) * DAY == pytest.approx(7.10, abs=0.005)


def test_example_3_5_2_aerodynamic() -> None:
    """With the density of air that the book takes, 1.19; moist air at this temperature is a hundredth lighter."""
    assert f"{from_wind(1.19) * DAY:.2f}" == "7.45"
    humidity = air.specific_humidity(RELATIVE * air.saturation_vapor_pressure(CELSIUS), PRESSURE)
    assert air.air_density(PRESSURE, CELSIUS + 273.15, humidity) == pytest.approx(1.19, rel=0.012)


def test_example_3_5_3_combination() -> None:
    """The weights are printed to three digits from a specific heat of 1005, ours is FAO's 1013."""
    assert SLOPE / (SLOPE + GAMMA) == pytest.approx(0.738, abs=0.0025)
    both = combination(energy_balance(NET, LATENT, WATER), from_wind(1.19), SLOPE, GAMMA)
    assert f"{both * DAY:.1f}" == "7.2"


def test_example_3_5_4_priestley_taylor() -> None:
    """With the 1.3 that the book uses."""
    et = priestley_taylor(energy_balance(NET, LATENT, WATER), SLOPE, GAMMA, 1.3)
    assert f"{et * DAY:.1f}" == "6.8"


def test_resistances_of_the_reference_grass_give_the_form_of_fao_56() -> None:
    """With FAO's latent heat, density of water and virtual temperature; left is its rounding of 37.1 and 0.337."""
    gamma = air.psychrometric_constant(PRESSURE, air.LATENT_HEAT)
    for celsius, wind, energy in ((10.0, 0.0, 100.0), (25.0, 3.0, 400.0), (38.0, 8.0, 600.0), (5.0, 2.0, 20.0)):
        slope, deficit = air.saturation_slope(celsius), 0.5 * air.saturation_vapor_pressure(celsius)
        density = PRESSURE / (287.0 * 1.01 * (celsius + 273.0))
        wind_over_grass = wind * conductance(2.0, 2.0, 0.12)
        grass = reference_grass(energy, celsius, wind, deficit, slope, gamma, 37.0)
        general = penman_monteith(
            energy, deficit, slope, gamma, density, wind_over_grass, 70.0, air.LATENT_HEAT, 1000.0
        )
        assert grass == pytest.approx(general, rel=0.014), (celsius, wind)
