"""The component: weather that is missing or wrong, day and night, the clock, runs that go on."""

import logging
import math
from pathlib import Path

import numpy as np
import pytest

from ngen_bmi.errors import ForcingError, ParameterError
from pet_bmi import BmiPet, air
from pet_bmi.radiation import STEFAN_BOLTZMANN
from pet_bmi.variables import (
    HUMIDITY,
    INPUTS,
    LONGWAVE,
    PET,
    PRESSURE,
    SHORTWAVE,
    TEMPERATURE,
    WIND_X,
    WIND_Y,
)
from tests.pet_bmi.configs import NIGHT, NOAA, NOON, by_clock, component, give, outputs, pet, read, write

METHODS = ("penman_monteith", "priestley_taylor", "combination", "aerodynamic", "energy_balance")


def after(model: BmiPet, weather: dict[str, float]) -> float:
    give(model, weather)
    model.update()
    return read(model)


@pytest.mark.parametrize("method", METHODS)
def test_a_hot_noon_evaporates_some_tenths_of_a_millimetre_an_hour(method: str, tmp_path: Path) -> None:
    assert 0.3 < after(component(tmp_path, pet(method=method)), NOON) * 3.6e6 < 2.0


@pytest.mark.parametrize("method", METHODS)
def test_dew_is_no_evaporation(method: str, tmp_path: Path) -> None:
    """A calm, clear, saturated night."""
    model = component(tmp_path, pet(method=method))
    assert after(model, NIGHT | {WIND_X: 0.0, HUMIDITY: 0.02}) == 0.0
    if method != "aerodynamic":
        assert read(model, "net_radiation") < 0.0
    assert read(model, "vapor_pressure_deficit") == 0.0


def test_each_method_asks_for_what_it_uses(tmp_path: Path) -> None:
    wind = {WIND_X, WIND_Y}
    radiation = {LONGWAVE, SHORTWAVE}
    every = {variable.name for variable in INPUTS}
    expected = {
        "penman_monteith": every,
        "combination": every,
        "aerodynamic": every - radiation,
        "priestley_taylor": every - wind,
        "energy_balance": every - wind,
    }
    for method, names in expected.items():
        assert set(component(tmp_path, pet(method=method)).get_input_var_names()) == names
    model = component(tmp_path, by_clock(pressure="elevation"))
    assert set(model.get_input_var_names()) == every - {LONGWAVE, PRESSURE}


@pytest.mark.parametrize("name", [variable.name for variable in INPUTS])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e6, 1e6])
def test_weather_that_cannot_be_is_refused_with_place_and_time(name: str, value: float, tmp_path: Path) -> None:
    model = component(tmp_path, pet(name="cat-27"))
    after(model, NOON)
    before = outputs(model)
    give(model, NOON | {name: value})
    with pytest.raises(ForcingError) as caught:
        model.update()
    for part in ("cat-27", "cat-1.yml", "3600 s", name):
        assert part in str(caught.value)
    assert outputs(model) == before
    assert model.get_current_time() == 3600.0


@pytest.mark.parametrize("name", [WIND_X, WIND_Y])
def test_missing_wind_is_the_default_where_that_is_allowed(name: str, tmp_path: Path) -> None:
    model = component(tmp_path, pet({"default_wind": "2 m s-1"}, forcing={"missing_wind": "default"}))
    missing = after(model, NOON | {name: math.nan})
    assert read(model, "wind_speed_2m") == pytest.approx(2.0, rel=1e-14)
    share = 4.87 / math.log(67.8 * 10.0 - 5.42)
    assert after(model, NOON | {WIND_X: 2.0 / share, WIND_Y: 0.0}) == pytest.approx(missing, rel=1e-14)
    # nothing else may be missing, and an impossible wind is no missing wind
    for wrong in ({TEMPERATURE: math.nan}, {name: math.inf}):
        give(model, NOON | wrong)
        with pytest.raises(ForcingError):
            model.update()
    strict = component(tmp_path, pet())
    give(strict, NOON | {name: math.nan})
    with pytest.raises(ForcingError, match="missing_wind: default"):
        strict.update()


def test_nan_policy_is_for_shortwave_radiation_alone(tmp_path: Path) -> None:
    model = component(tmp_path, pet(forcing={"nan": "zero", "negative_radiation": "zero"}))
    dark = after(model, NIGHT)
    assert after(model, NIGHT | {SHORTWAVE: math.nan}) == dark
    assert after(model, NIGHT | {SHORTWAVE: -0.5}) == dark
    for name in (LONGWAVE, PRESSURE, HUMIDITY, TEMPERATURE, WIND_X):
        give(model, NIGHT | {name: math.nan})
        with pytest.raises(ForcingError, match=name):
            model.update()
    strict = component(tmp_path, pet())
    for value, hint in ((math.nan, "nan: zero"), (-0.5, "negative_radiation: zero")):
        give(strict, NIGHT | {SHORTWAVE: value})
        with pytest.raises(ForcingError, match=hint):
            strict.update()


def test_soil_takes_a_tenth_by_day_and_gives_half_at_night(tmp_path: Path) -> None:
    model = component(tmp_path, pet())
    for weather, share in ((NOON, 0.1), (NIGHT, 0.5)):
        after(model, weather)
        assert read(model, "soil_heat_flux") == pytest.approx(share * read(model, "net_radiation"))
    none = component(tmp_path, pet(soil_heat="none"))
    assert after(none, NOON) > after(model, NOON)
    assert read(none, "soil_heat_flux") == 0.0


@pytest.mark.parametrize("method", ["priestley_taylor", "energy_balance"])
def test_polar_night_evaporates_nothing_by_radiation(method: str, tmp_path: Path) -> None:
    weather = {LONGWAVE: 160.0, PRESSURE: 1e5, HUMIDITY: 0.0002, SHORTWAVE: 0.0, TEMPERATURE: 243.0}
    for config in (pet(method=method), by_clock({"latitude": "80 degree"}, method=method)):
        model = component(tmp_path, config | ({"start_time": "2015-12-20 00:00:00"} if "longwave" in config else {}))
        for _ in range(48):
            assert after(model, weather | {WIND_X: 5.0, WIND_Y: 0.0}) == 0.0
            assert read(model, "net_radiation") < 0.0


@pytest.mark.parametrize("method", ["priestley_taylor", "energy_balance"])
@pytest.mark.parametrize("kelvin", [243.0, 273.15, 303.0])
def test_without_sun_radiation_evaporates_where_the_sky_sends_more_than_the_surface(
    method: str, kelvin: float, tmp_path: Path
) -> None:
    """docs/pet.md, day and night: a warm overcast sky can evaporate."""
    model = component(tmp_path, pet({"emissivity": 0.95}, method=method))
    surface = STEFAN_BOLTZMANN * kelvin**4
    weather = NIGHT | {TEMPERATURE: kelvin, HUMIDITY: 0.0002}
    assert after(model, weather | {LONGWAVE: 0.999 * surface}) == 0.0
    assert after(model, weather | {LONGWAVE: 1.001 * surface}) > 0.0


@pytest.mark.parametrize("method", ["priestley_taylor", "energy_balance"])
def test_without_sun_the_calculated_sky_evaporates_only_in_vapour_of_more_than_5_9_kpa(
    method: str, tmp_path: Path
) -> None:
    """docs/pet.md: FAO-56's sky sends less than the surface up to (0.34 / 0.14)^2 kPa, in saturated air of 35.8 C."""
    model = component(
        tmp_path, by_clock({"latitude": "80 degree"}, method=method) | {"start_time": "2015-12-20 00:00:00"}
    )

    def night(celsius: float, vapor: float) -> float:
        pressure = 1e5
        given = {PRESSURE: pressure, HUMIDITY: air.specific_humidity(vapor, pressure), TEMPERATURE: celsius + 273.15}
        return after(model, NIGHT | given)

    for celsius in (-30.0, 0.0, 20.0, 35.6):
        assert night(celsius, air.saturation_vapor_pressure(celsius)) == 0.0
    assert night(40.0, 5850.0) == 0.0
    assert night(40.0, 5950.0) > 0.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("longwave", ["given", "fao56"])
def test_supersaturated_air_is_saturated_in_everything(method: str, longwave: str, tmp_path: Path) -> None:
    """Its surplus evaporates nothing, and its sky is not warmer than that of fog."""
    form = {"form": "resistances"} if method == "penman_monteith" else {}
    config = pet(method=method, **form) if longwave == "given" else by_clock(method=method, **form)
    saturated = air.specific_humidity(air.saturation_vapor_pressure(NIGHT[TEMPERATURE] - 273.15), NIGHT[PRESSURE])
    found = []
    for share in (1.0, 3.0):
        model = component(tmp_path, config)
        after(model, NIGHT | {HUMIDITY: share * saturated, SHORTWAVE: 300.0})
        found.append(outputs(model))
    assert found[0]["vapor_pressure_deficit"] == pytest.approx(0.0, abs=1e-9)
    for name, value in found[0].items():
        assert found[1][name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
    assert (found[0]["net_radiation"] != 0.0) == (method != "aerodynamic")


def test_the_sky_is_remembered_through_the_night(tmp_path: Path) -> None:
    """Longwave loss at midnight is by the clearness of the day before."""
    losses = []
    for sky in (1.0, 0.4):
        model = component(tmp_path, by_clock())
        for hour in range(32):
            sun = max(math.sin(math.pi * ((hour + 0.5 - 7.4) % 24.0 - 5.0) / 14.0), 0.0)
            after(model, NIGHT | {SHORTWAVE: 1000.0 * sky * sun})
        assert sun == 0.0
        losses.append(-read(model, "net_radiation"))
    assert losses[0] > 1.5 * losses[1] > 0.0


def test_start_time_moves_the_sun(tmp_path: Path) -> None:
    """The same noon, told to be at another hour of the same day: the sky looks clearer the lower the sun is."""
    weather = NOON | {SHORTWAVE: 350.0}
    nets = []
    for hour in (15, 19):
        model = component(tmp_path, by_clock() | {"start_time": f"2015-06-20 {hour}:00:00"})
        after(model, weather)
        nets.append(read(model, "net_radiation"))
    assert nets[0] < nets[1] - 5.0


def test_text_configuration_runs(tmp_path: Path) -> None:
    by_text = component(tmp_path, NOAA, "pet.ini")
    by_yaml = component(tmp_path, pet({"albedo": 0.22}))
    assert after(by_text, NOON) == after(by_yaml, NOON) > 0.0


def test_parameters_in_combination_are_judged_at_the_next_step(tmp_path: Path) -> None:
    model = component(tmp_path, pet(form="resistances"))
    model.set_value("vegetation_height", np.array([5.0]))
    give(model, NOON)
    with pytest.raises(ParameterError, match="vegetation_height = 5 m"):
        model.update()
    model.set_value("vegetation_height", np.array([0.5]))
    model.update()
    assert read(model) > 0.0


def test_shorter_steps_are_rates_too(tmp_path: Path) -> None:
    short = component(tmp_path, pet(time_step="300 s"))
    assert short.get_time_step() == 300.0
    assert after(short, NOON) == after(component(tmp_path, pet()), NOON)
    assert short.get_current_time() == 300.0
    short.initialize(write(tmp_path, pet()))
    assert short.get_time_step() == 3600.0


def test_what_has_no_effect_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pet_bmi.bmi"):
        component(tmp_path, pet({"emissivity": 0.95, "surface_resistance": "50 s m-1"}))
    assert "surface_resistance: has no effect" in caplog.text
    assert PET not in caplog.text


def test_a_saved_state_goes_on_with_its_calendar_unless_the_configuration_has_another(tmp_path: Path) -> None:
    """ngen begins a run with restored states at time 0; the sun must not."""
    config = by_clock()
    first = component(tmp_path, config)
    for _ in range(19):
        after(first, NIGHT)
    first.set_value("ngen::serialization_create", np.array([1], dtype=np.int32))
    state = first.get_value_ptr("ngen::serialization_state").copy()
    low_sun = NOON | {SHORTWAVE: 350.0}
    expected = after(first, low_sun)

    def restored(start: str) -> float:
        model = component(tmp_path, config | {"start_time": start})
        model.set_value("ngen::serialization_state", state)
        return after(model, low_sun)

    assert restored(config["start_time"]) == expected
    # the run of the state ended then
    assert restored("2015-06-20 19:00:00") == expected
    assert restored("2015-06-20 15:00:00") != expected
