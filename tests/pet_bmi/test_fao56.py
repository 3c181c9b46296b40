"""Worked examples of FAO-56 (Allen et al. 1998, chapters 2 to 4), to the digits printed there."""

import math
from pathlib import Path

import numpy as np
import pytest

from pet_bmi import air
from pet_bmi.methods import FAO_HOURLY, reference_grass
from pet_bmi.radiation import (
    FAO_STEFAN_BOLTZMANN,
    net_longwave_fao,
    net_shortwave,
    soil_heat_flux,
)
from pet_bmi.sun import (
    clear_sky_radiation,
    declination,
    extraterrestrial_radiation,
    hour_angle,
    inverse_distance,
    seasonal_correction,
    sunset_hour_angle,
)
from pet_bmi.variables import HUMIDITY, PET, PRESSURE, SHORTWAVE, TEMPERATURE, WIND_X, WIND_Y
from pet_bmi.wind import conductance, share_at_2m
from tests.pet_bmi.configs import component, give, read

HOURLY = 1e6 / 3600.0
"""MJ m-2 h-1 in W m-2."""

DAILY = 1e6 / 86400.0
"""MJ m-2 per day in W m-2."""


def printed(value: float, digits: str) -> bool:
    """Say whether a value is printed like that."""
    places = len(digits.partition(".")[2])
    return f"{value:.{places}f}" == digits


def kpa(value: float) -> float:
    return 1e-3 * value


def radians(degrees: float, minutes: float) -> float:
    return math.radians(degrees + minutes / 60.0)


def test_box_4_resistance_of_the_reference_grass_is_208_over_the_wind() -> None:
    assert printed(1.0 / conductance(2.0, 2.0, 0.12), "208")


def test_example_2_pressure_and_psychrometric_constant_at_1800_m() -> None:
    pressure = air.pressure_at(1800.0)
    assert printed(kpa(pressure), "81.8")
    assert printed(kpa(air.psychrometric_constant(pressure, air.LATENT_HEAT)), "0.054")


def test_example_3_saturation_vapour_pressure() -> None:
    high, low = air.saturation_vapor_pressure(24.5), air.saturation_vapor_pressure(15.0)
    assert printed(kpa(high), "3.075")
    assert printed(kpa(low), "1.705")
    assert printed(kpa((high + low) / 2.0), "2.39")


def test_example_4_vapour_pressure_of_a_psychrometer() -> None:
    pressure = air.pressure_at(1200.0)
    assert printed(kpa(pressure), "87.9")
    vapor = air.saturation_vapor_pressure(19.5) - 0.000662 * pressure * (25.6 - 19.5)
    assert printed(kpa(vapor), "1.91")


def test_examples_5_and_6_vapour_pressure_and_its_deficit() -> None:
    high, low = air.saturation_vapor_pressure(25.0), air.saturation_vapor_pressure(18.0)
    assert printed(kpa(low), "2.064")
    assert printed(kpa(high), "3.168")
    vapor = (low * 0.82 + high * 0.54) / 2.0
    assert printed(kpa(vapor), "1.70")
    assert printed(kpa((high + low) / 2.0 - vapor), "0.91")


def test_examples_8_and_9_extraterrestrial_radiation_and_day_length_at_20_south() -> None:
    latitude, day = math.radians(-20.0), 246.0
    decl = declination(day)
    sunset = sunset_hour_angle(latitude, decl)
    assert printed(inverse_distance(day), "0.985")
    assert printed(decl, "0.120")
    assert printed(sunset, "1.527")
    assert printed(extraterrestrial_radiation(latitude, day, 0.0, math.pi) / DAILY, "32.2")
    assert printed(24.0 / math.pi * sunset, "11.7")


def test_examples_10_to_12_radiation_in_rio_in_may() -> None:
    latitude, day = -radians(22, 54), 135.0
    outside = extraterrestrial_radiation(latitude, day, 0.0, math.pi)
    length = 24.0 / math.pi * sunset_hour_angle(latitude, declination(day))
    assert printed(outside / DAILY, "25.1")
    assert printed(length, "10.9")
    shortwave = (0.25 + 0.50 * 7.1 / length) * outside
    assert printed(shortwave / DAILY, "14.5")
    clear = clear_sky_radiation(outside, 0.0)
    assert printed(clear / DAILY, "18.8")
    net_long = [net_longwave_fao(t + 273.16, 2100.0, shortwave / clear) for t in (25.1, 19.1)]
    assert printed(-np.mean(net_long) / DAILY, "3.5")
    assert printed((net_shortwave(shortwave, 0.23) + np.mean(net_long)) / DAILY, "7.6")


def test_example_14_wind_at_2_m() -> None:
    assert printed(3.2 * share_at_2m(10.0), "2.4")


def test_example_17_bangkok_in_april_by_the_daily_form() -> None:
    high, low, vapor, wind = 34.8, 25.6, 2850.0, 2.0
    mean = (high + low) / 2.0
    outside = extraterrestrial_radiation(radians(13, 44), 105.0, 0.0, math.pi)
    assert printed(outside / DAILY, "38.06")
    length = 24.0 / math.pi * sunset_hour_angle(radians(13, 44), declination(105.0))
    shortwave = (0.25 + 0.5 * 8.5 / length) * outside
    clear = clear_sky_radiation(outside, 2.0)
    net_long = np.mean([net_longwave_fao(t + 273.16, vapor, shortwave / clear) for t in (high, low)])
    net = net_shortwave(shortwave, 0.23) + net_long
    assert printed(net / DAILY, "14.33")
    saturated = (air.saturation_vapor_pressure(high) + air.saturation_vapor_pressure(low)) / 2.0
    gamma = air.psychrometric_constant(air.pressure_at(2.0), air.LATENT_HEAT)
    et = reference_grass(
        net - 0.14 * DAILY, mean, wind, saturated - vapor, air.saturation_slope(mean), gamma, 900.0 / 24.0
    )
    assert printed(et * 86400e3, "5.72")


def test_example_18_uccle_on_6_july_by_the_daily_form() -> None:
    high, low, wind = 21.5, 12.3, 10.0 / 3.6 * share_at_2m(10.0)
    mean = (high + low) / 2.0
    assert printed(wind, "2.078")
    saturated = [air.saturation_vapor_pressure(t) for t in (high, low)]
    vapor = (saturated[1] * 0.84 + saturated[0] * 0.63) / 2.0
    deficit = np.mean(saturated) - vapor
    assert printed(kpa(deficit), "0.589")
    outside = extraterrestrial_radiation(radians(50, 48), 187.0, 0.0, math.pi)
    assert printed(outside / DAILY, "41.09")
    length = 24.0 / math.pi * sunset_hour_angle(radians(50, 48), declination(187.0))
    assert printed(length, "16.1")
    shortwave = (0.25 + 0.5 * 9.25 / length) * outside
    assert printed(shortwave / DAILY, "22.07")
    clear = clear_sky_radiation(outside, 100.0)
    assert printed(clear / DAILY, "30.90")
    net_long = np.mean([net_longwave_fao(t + 273.16, vapor, shortwave / clear) for t in (high, low)])
    assert printed(-net_long / DAILY, "3.71")
    net = net_shortwave(shortwave, 0.23) + net_long
    assert printed(net / DAILY, "13.28")
    gamma = air.psychrometric_constant(100.1e3, air.LATENT_HEAT)
    et = reference_grass(net, mean, wind, deficit, air.saturation_slope(mean), gamma, 900.0 / 24.0)
    assert printed(et * 86400e3, "3.88")


# Example 19: N'Diaye, Senegal, 16 13' N, 16 15' W, 8 m, 1 October; the zone of UTC-1
LATITUDE, LONGITUDE, ELEVATION, DAY = radians(16, 13), -(16.0 + 15.0 / 60.0), 8.0, 274.0

NIGHT = {
    "weather": (28.0, 0.90, 1.9, 0.0),
    "hour": 3.5,
    "slope": "0.220",
    "saturated": "3.780",
    "vapor": "3.402",
    "deficit": "0.378",
    "outside": "0.000",
    "clear": "0.000",
    "clearness": "0.8",
    "emitted": "1.681",
    "net shortwave": "0.000",
    "net longwave": "-0.100",
    "net": "-0.100",
    "soil": "-0.050",
    "et": "0.00",
}
AFTERNOON = {
    "weather": (38.0, 0.52, 3.3, 2.450),
    "hour": 15.5,
    "slope": "0.358",
    "saturated": "6.625",
    "vapor": "3.445",
    "deficit": "3.180",
    "outside": "3.543",
    "clear": "2.658",
    "clearness": "0.922",
    "emitted": "1.915",
    "net shortwave": "1.887",
    "net longwave": "-0.137",
    "net": "1.749",
    "soil": "0.175",
    "et": "0.63",
}


@pytest.mark.parametrize("case", [NIGHT, AFTERNOON], ids=["02:00 to 03:00", "14:00 to 15:00"])
def test_example_19_hour_by_hour_with_every_intermediate_quantity(case: dict) -> None:
    celsius, relative, wind, shortwave = case["weather"]
    shortwave *= HOURLY
    pressure = air.pressure_at(ELEVATION)
    gamma = air.psychrometric_constant(pressure, air.LATENT_HEAT)
    saturated = air.saturation_vapor_pressure(celsius)
    vapor = relative * saturated
    slope = air.saturation_slope(celsius)
    assert printed(kpa(gamma), "0.0673")
    assert printed(kpa(slope), case["slope"])
    assert printed(kpa(saturated), case["saturated"])
    assert printed(kpa(vapor), case["vapor"])
    assert printed(kpa(saturated - vapor), case["deficit"])

    angle = hour_angle(case["hour"], LONGITUDE, DAY)
    outside = extraterrestrial_radiation(LATITUDE, DAY, angle, math.pi / 24.0)
    clear = clear_sky_radiation(outside, ELEVATION)
    assert printed(outside / HOURLY, case["outside"])
    assert printed(clear / HOURLY, case["clear"])
    # at night the example takes the share of the hours before sunset, 0.8
    clearness = shortwave / clear if clear else 0.8
    assert printed(clearness, case["clearness"])

    kelvin = celsius + 273.16
    net_long = net_longwave_fao(kelvin, vapor, clearness)
    net_short = net_shortwave(shortwave, 0.23)
    net = net_short + net_long
    heat = soil_heat_flux(net, shortwave)
    assert printed(FAO_STEFAN_BOLTZMANN * kelvin**4 / HOURLY, case["emitted"])
    assert printed(round(net_short / HOURLY, 6) + 1e-9, case["net shortwave"])
    assert printed(net_long / HOURLY, case["net longwave"])
    assert printed(net / HOURLY, case["net"])
    assert printed(heat / HOURLY, case["soil"])
    et = reference_grass(net - heat, celsius, wind, saturated - vapor, slope, gamma, FAO_HOURLY)
    assert printed(et * 3.6e6, case["et"])


def test_example_19_angles_of_the_afternoon() -> None:
    angle = hour_angle(AFTERNOON["hour"], LONGITUDE, DAY)
    assert printed(inverse_distance(DAY), "1.0001")
    assert printed(declination(DAY), "-0.0753")
    assert printed(seasonal_correction(DAY), "0.1889")
    assert printed(angle, "0.682")
    assert printed(angle - math.pi / 24.0, "0.5512")
    assert printed(angle + math.pi / 24.0, "0.8130")


@pytest.mark.parametrize("case", [NIGHT, AFTERNOON], ids=["02:00 to 03:00", "14:00 to 15:00"])
def test_example_19_through_the_component(case: dict, tmp_path: Path) -> None:
    """The weather as AORC gives it: specific humidity, wind in two directions; the clock of the component."""
    celsius, relative, wind, shortwave = case["weather"]
    model = component(
        tmp_path,
        {
            "model": "pet",
            "method": "penman_monteith",
            "longwave": "fao56",
            "pressure": "elevation",
            "start_time": f"2015-10-01 {int(case['hour']):02d}:00:00",
            "parameters": {
                "elevation": "8 m",
                "latitude": {"value": math.degrees(LATITUDE), "unit": "degree"},
                "longitude": {"value": LONGITUDE, "unit": "degree"},
                "wind_height": "2 m",
                "initial_clearness": 0.8,
            },
        },
    )
    assert PRESSURE not in model.get_input_var_names()
    vapor = relative * air.saturation_vapor_pressure(celsius)
    # at 2 m the share of FAO-56 is 1 but for its rounding
    speed = wind / share_at_2m(2.0)
    give(
        model,
        {
            HUMIDITY: air.specific_humidity(vapor, air.pressure_at(8.0)),
            SHORTWAVE: shortwave * HOURLY,
            TEMPERATURE: celsius + 273.15,
            WIND_X: 0.6 * speed,
            WIND_Y: -0.8 * speed,
        },
    )
    model.update()
    assert read(model, "wind_speed_2m") == pytest.approx(wind)
    assert printed(read(model, "net_radiation") / HOURLY, case["net"])
    assert printed(read(model, "soil_heat_flux") / HOURLY, case["soil"])
    assert printed(kpa(read(model, "vapor_pressure_deficit")), case["deficit"])
    assert printed(read(model, PET) * 3.6e6, case["et"])
