"""Daily values against pyet, an independent library, from daily aggregates of generated weather."""

import math

import numpy as np
import pytest

from ngen_arid import aorc_weather
from pet_bmi import air
from pet_bmi.aorc import COLUMNS
from pet_bmi.coefficients import PetParameters
from pet_bmi.ensemble import EnsembleForcing, simulate
from pet_bmi.methods import energy_balance, priestley_taylor, reference_grass
from pet_bmi.radiation import net_longwave_fao, net_shortwave
from pet_bmi.state import CALCULATED, GIVEN, PENMAN_MONTEITH, PRIESTLEY_TAYLOR, PetOptions
from pet_bmi.sun import clear_sky_radiation, extraterrestrial_radiation
from pet_bmi.wind import share_at_2m

pyet = pytest.importorskip("pyet")
pandas = pytest.importorskip("pandas")

DAILY = 1e6 / 86400.0
LATITUDE = math.radians(aorc_weather.LATITUDE)
ELEVATION = aorc_weather.ELEVATIONS[0]
DAYS = 365


@pytest.fixture(scope="module")
def hourly():
    return {name: values[0, : 24 * DAYS] for name, values in aorc_weather.weather().items()}


@pytest.fixture(scope="module")
def daily(hourly):
    """Daily aggregates: what a daily form of the equations takes."""
    days = {name: values.reshape(DAYS, 24) for name, values in hourly.items()}
    kelvin = days["TMP_2maboveground"]
    vapor = air.vapor_pressure(days["SPFH_2maboveground"], days["PRES_surface"]).mean(axis=1)
    wind = np.hypot(days["UGRD_10maboveground"], days["VGRD_10maboveground"]).mean(axis=1) * share_at_2m(10.0)
    index = pandas.date_range("2012-10-01", periods=DAYS, freq="D")
    table = pandas.DataFrame(
        {
            "tmean": (kelvin.max(axis=1) + kelvin.min(axis=1)) / 2.0 - 273.15,
            "tmax": kelvin.max(axis=1) - 273.15,
            "tmin": kelvin.min(axis=1) - 273.15,
            "ea": 1e-3 * vapor,
            "wind": wind,
            "rs": days["DSWRF_surface"].mean(axis=1) / DAILY,
            "day": index.dayofyear,
        },
        index=index,
    )
    return table


def our_net(row):
    """Net radiation by our functions [W m-2]."""
    outside = extraterrestrial_radiation(LATITUDE, float(row.day), 0.0, math.pi)
    clearness = min(row.rs * DAILY / clear_sky_radiation(outside, ELEVATION), 1.0)
    long = np.mean([net_longwave_fao(t + 273.15, 1e3 * row.ea, clearness) for t in (row.tmax, row.tmin)])
    return net_shortwave(row.rs * DAILY, 0.23) + long


def test_penman_monteith_in_its_daily_form(daily):
    """To the roundings that differ: 0.408 for 1 / 2.45, and the temperature of 0 degrees in sigma T^4."""
    expected = pyet.pm_fao56(
        daily.tmean, daily.wind, rs=daily.rs, tmax=daily.tmax, tmin=daily.tmin, ea=daily.ea, elevation=ELEVATION,
        lat=LATITUDE,
    )  # fmt: skip
    gamma = air.psychrometric_constant(air.pressure_at(ELEVATION), air.LATENT_HEAT)
    ours = []
    for row in daily.itertuples():
        saturated = np.mean([air.saturation_vapor_pressure(t) for t in (row.tmax, row.tmin)])
        slope = air.saturation_slope(row.tmean)
        et = reference_grass(our_net(row), row.tmean, row.wind, saturated - 1e3 * row.ea, slope, gamma, 900.0 / 24.0)
        ours.append(86400e3 * max(et, 0.0))
    assert expected.mean() > 2.0
    np.testing.assert_allclose(ours, expected, rtol=2e-3, atol=2e-3)


def test_priestley_taylor_in_its_daily_form(daily):
    """pyet's psychrometric constant is for a latent heat of 2.45 MJ/kg."""
    expected = pyet.priestley_taylor(
        daily.tmean, rn=pandas.Series([our_net(row) / DAILY for row in daily.itertuples()], daily.index),
        elevation=ELEVATION,
    )  # fmt: skip
    gamma = air.psychrometric_constant(air.pressure_at(ELEVATION), air.LATENT_HEAT)
    ours = [
        86400e3
        * priestley_taylor(
            energy_balance(our_net(row), air.latent_heat(row.tmean), 1000.0),
            air.saturation_slope(row.tmean),
            gamma,
            1.26,
        )
        for row in daily.itertuples()
    ]
    assert expected.mean() > 2.0
    np.testing.assert_allclose(ours, expected, rtol=1e-3)


def run(hourly, method, *outputs, soil_heat=1, longwave=CALCULATED):
    forcing = EnsembleForcing(*(hourly[COLUMNS[field]] for field in EnsembleForcing._fields))
    parameters = PetParameters(elevation=ELEVATION, latitude=aorc_weather.LATITUDE, longitude=aorc_weather.LONGITUDE)
    options = PetOptions(method=method, longwave=longwave, soil_heat=soil_heat)
    start = np.datetime64(aorc_weather.START)
    names = ("potential_evaporation", *outputs)
    results = simulate(parameters, None, forcing, options, names, start=start).outputs
    return [results[name][0] for name in names]


def test_a_year_of_hours_is_near_a_year_of_days_by_penman_monteith(hourly, daily):
    """What night gives and takes is small where wind and dry air go on."""
    (hours,) = run(hourly, PENMAN_MONTEITH)
    days = pyet.pm_fao56(
        daily.tmean, daily.wind, rs=daily.rs, tmax=daily.tmax, tmin=daily.tmin, ea=daily.ea, elevation=ELEVATION,
        lat=LATITUDE,
    )  # fmt: skip
    assert hours.sum() * 3.6e6 == pytest.approx(days.sum(), rel=0.06)


def test_what_a_year_of_hours_adds_to_a_year_of_days_by_priestley_taylor(hourly):
    """Hours give a third more than days: that is taken apart here.

    With the day's temperature for all hours, and dew kept, the hours sum up to the day: the equation is linear in the
    radiation. Noon's own temperature adds a tenth; the rest is the dew of the nights that is not taken back.
    """
    hours, net = run(hourly, PRIESTLEY_TAYLOR, "net_radiation", soil_heat=0, longwave=GIVEN)
    celsius = hourly["TMP_2maboveground"] - 273.15
    pressure = hourly["PRES_surface"]
    mean = celsius.reshape(DAYS, 24).mean(axis=1)
    index = pandas.date_range("2012-10-01", periods=DAYS, freq="D")
    days = pyet.priestley_taylor(
        pandas.Series(mean, index),
        rn=pandas.Series(net.reshape(DAYS, 24).mean(axis=1) / DAILY, index),
        pressure=pandas.Series(1e-3 * pressure.reshape(DAYS, 24).mean(axis=1), index),
        clip_zero=False,
    ).sum()

    def with_dew(temperatures, latent_of_gamma):
        total = 0.0
        for t, p, energy in zip(temperatures, pressure, net, strict=True):
            latent = air.latent_heat(t)
            gamma = air.psychrometric_constant(p, latent_of_gamma or latent)
            from_energy = energy_balance(energy, latent, air.water_density(t))
            total += 3.6e6 * priestley_taylor(from_energy, air.saturation_slope(t), gamma, 1.26)
        return total

    assert with_dew(np.repeat(mean, 24), air.LATENT_HEAT) == pytest.approx(days, rel=2e-3)
    own = with_dew(celsius, 0.0)
    assert 1.05 < own / days < 1.15
    dew = sum(
        3.6e6
        * priestley_taylor(
            energy_balance(energy, air.latent_heat(t), air.water_density(t)),
            air.saturation_slope(t),
            air.psychrometric_constant(p, air.latent_heat(t)),
            1.26,
        )
        for t, p, energy in zip(celsius, pressure, net, strict=True)
        if energy < 0.0
    )
    assert hours.sum() * 3.6e6 == pytest.approx(own - dew, rel=1e-9)
