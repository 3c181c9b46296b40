"""Properties that hold for all weather on earth and all parameters that are accepted."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pet_bmi import air
from pet_bmi.coefficients import PetParameters, derive
from pet_bmi.parameters import PARAMETERS, problems_of
from pet_bmi.state import ENERGY_BALANCE, PRIESTLEY_TAYLOR, PetForcing, PetOptions, PetState
from pet_bmi.step import step
from pet_bmi.sun import SOLAR_CONSTANT, extraterrestrial_radiation, hour_angle
from pet_bmi.variables import INPUTS

LIMITS = dict(zip(PetForcing._fields, [variable.valid for variable in INPUTS], strict=False))

options = st.builds(
    PetOptions,
    method=st.integers(1, 5),
    form=st.integers(0, 1),
    longwave=st.integers(0, 1),
    pressure=st.integers(0, 1),
    soil_heat=st.integers(0, 1),
    missing_wind=st.just(1),
)
weather = st.builds(
    PetForcing,
    longwave=st.floats(*LIMITS["longwave"]),
    pressure=st.floats(*LIMITS["pressure"]),
    humidity=st.floats(*LIMITS["humidity"]),
    shortwave=st.floats(*LIMITS["shortwave"]),
    temperature=st.floats(*LIMITS["temperature"]),
    wind=st.one_of(st.floats(0.0, 210.0), st.just(math.nan)),
    day=st.integers(1, 366).map(float),
    hour=st.floats(0.0, 24.0),
)
parameters = st.builds(PetParameters, **{v.name: st.floats(*v.valid) for v in PARAMETERS})
states = st.builds(PetState, st.floats(0.33, 1.0))
seconds = st.floats(60.0, 3600.0)


@settings(max_examples=500, deadline=None)
@given(states, weather, parameters, options, seconds)
def test_evaporation_is_finite_and_never_negative(state, forcing, p, o, step_s):
    assume(not problems_of(p, o))
    after, fluxes = step(state, forcing, derive(p, step_s), o)
    assert all(math.isfinite(value) for value in fluxes)
    assert fluxes.potential_evaporation >= 0.0
    assert fluxes.vapor_pressure_deficit >= 0.0
    assert 0.33 <= after.clearness <= 1.0


@settings(max_examples=200, deadline=None)
@given(states, weather, parameters, st.floats(1.0, 500.0), st.sampled_from([ENERGY_BALANCE, PRIESTLEY_TAYLOR]))
def test_more_sun_never_evaporates_less(state, forcing, p, more, method):
    """At night turned to day the soil takes less, so the first ray counts too."""
    o = PetOptions(method=method)
    c = derive(p, 3600.0)
    brighter = forcing._replace(shortwave=forcing.shortwave + more)
    dark = step(state, forcing, c, o)[1].potential_evaporation
    bright = step(state, brighter, c, o)[1].potential_evaporation
    assert bright >= dark * (1.0 - 1e-12)


@settings(max_examples=200, deadline=None)
@given(states, weather, parameters, options)
def test_a_calm_night_without_warm_sky_evaporates_nothing(state, forcing, p, o):
    """No wind, no sun, and a sky that is not warmer than the surface."""
    assume(not problems_of(p, o))
    cold_sky = min(forcing.longwave, 5.6e-8 * forcing.temperature**4)
    # air so moist that the sky's emission by FAO-56 exceeds the surface's is beyond that equation
    humidity = min(forcing.humidity, air.specific_humidity(5500.0, 1e5), 0.03)
    calm = forcing._replace(shortwave=0.0, wind=0.0, longwave=cold_sky, humidity=humidity)
    assume(air.vapor_pressure(humidity, derive(p, 3600.0).pressure) < 5800.0)
    assume(air.vapor_pressure(humidity, forcing.pressure) < 5800.0)
    assert step(state, calm, derive(p, 3600.0), o)[1].potential_evaporation == 0.0


@settings(max_examples=300, deadline=None)
@given(st.floats(-90.0, 90.0), st.integers(1, 366), st.floats(0.0, 24.0), st.floats(-180.0, 360.0), seconds)
def test_the_sun_is_never_brighter_than_outside(latitude, day, hour, longitude, step_s):
    angle = hour_angle(hour, longitude, float(day))
    assert -math.pi <= angle <= math.pi
    ra = extraterrestrial_radiation(math.radians(latitude), float(day), angle, math.pi * step_s / 86400.0)
    assert 0.0 <= ra <= 1.034 * SOLAR_CONSTANT


@pytest.mark.parametrize("latitude", [-89.0, -66.0, -23.0, 0.0, 41.0, 80.0])
@pytest.mark.parametrize("day", [1.0, 80.0, 172.0, 266.0, 355.0])
def test_hours_of_the_sun_sum_up_to_its_day(latitude, day):
    """Sunrise and sunset within an hour, polar day and night included."""
    phi = math.radians(latitude)
    whole = extraterrestrial_radiation(phi, day, 0.0, math.pi)
    hours = [extraterrestrial_radiation(phi, day, math.pi * (h + 0.5 - 12.0) / 12.0, math.pi / 24.0) for h in range(24)]
    assert np.mean(hours) == pytest.approx(whole, rel=1e-9, abs=1e-9)


def test_sun_stands_highest_at_solar_noon_of_the_place():
    for longitude in (-110.5, 0.0, 139.0):
        utc = np.linspace(0.0, 24.0, 1441)
        sun = [extraterrestrial_radiation(0.5, 100.0, hour_angle(h, longitude, 100.0), 0.01) for h in utc]
        noon = (12.0 - longitude / 15.0) % 24.0
        assert utc[int(np.argmax(sun))] == pytest.approx(noon, abs=0.3)
