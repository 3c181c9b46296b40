"""Configurations: what is read, what is refused, what is said to have no effect."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ngen_bmi.errors import ConfigError
from pet_bmi.config import load_config
from pet_bmi.config_text import known_keys
from pet_bmi.parameters import PARAMETERS
from pet_bmi.state import PetOptions
from tests.paths import shared
from tests.pet_bmi.configs import NOAA, SITE, by_clock, pet, write


def refused(folder: Path, config: dict[str, Any] | str, name: str = "cat-1.yml") -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, config, name))
    assert str(folder / name) in str(caught.value)
    return str(caught.value)


def test_a_short_configuration_has_the_defaults_of_fao_56(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, pet()))
    assert config.options == PetOptions(method=5, form=0, longwave=0, pressure=0, soil_heat=1, missing_wind=0)
    assert config.parameters._asdict() == {variable.name: variable.default for variable in PARAMETERS}
    assert config.time_step_s == 3600.0
    assert config.ignored == ()
    assert config.warnings() == []


@pytest.mark.parametrize(
    ("method", "number"),
    [("energy_balance", 1), ("aerodynamic", 2), ("combination", 3), ("priestley_taylor", 4), ("penman_monteith", 5)],
)
def test_methods_are_words_in_yaml_and_numbers_in_text(method: str, number: int, tmp_path: Path) -> None:
    assert load_config(write(tmp_path, pet(method=method))).options.method == number
    text = NOAA.replace("pet_method=5", f"pet_method={number}")
    assert load_config(write(tmp_path, text, "pet.ini")).options.method == number


@pytest.mark.parametrize(
    "start", ["2015-06-20 00:00:00", "'2015-06-20T00:00:00'", "2015-06-20T01:00:00+01:00", "2015-06-20"]
)
def test_start_time_in_its_spellings(start: str, tmp_path: Path) -> None:
    text = (
        f"method: priestley_taylor\nlongwave: fao56\nstart_time: {start}\nparameters:\n"
        "  elevation: 10 m\n  latitude: 50 deg\n  longitude: {value: 8, unit: degrees}\n"
    )
    assert load_config(write(tmp_path, text)).start_time == datetime(2015, 6, 20)


@pytest.mark.parametrize("start", ["noon", "12", "'2015-13-01 00:00:00'", "[1]"])
def test_start_time_that_is_none(start: str, tmp_path: Path) -> None:
    text = f"method: penman_monteith\nstart_time: {start}\n"
    assert "start_time: expected a time like 2015-12-01 00:00:00" in refused(tmp_path, text)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    config = pet(
        {"albedo": 1.5, "wind_height": 10, "humidity_height": "200 cm", "emissivity": "x", "height": "1 m"},
        method="penman",
        form="grass",
        forcing={"nan": "hold", "gap": 1},
        time_step="1 s",
        elevation=5,
    )
    message = refused(tmp_path, config)
    for part in (
        "method: 'penman' is not known; expected one of penman_monteith",
        "form: 'grass'",
        "parameters.albedo",
        "parameters.wind_height: has no unit",
        "parameters.humidity_height: is in 'cm'",
        "parameters.emissivity",
        "parameters.height: unknown key",
        "forcing.nan",
        "forcing.gap: unknown key",
        "time_step = 1",
        "elevation: unknown key",
    ):
        assert part in message, part


def test_what_calculated_quantities_need_is_asked_for(tmp_path: Path) -> None:
    message = refused(tmp_path, pet(longwave="fao56"))
    for key in ("elevation", "latitude", "longitude"):
        assert f"parameters.{key}: missing" in message
    assert "start_time: missing" in refused(tmp_path, pet(SITE, longwave="fao56"))
    assert "parameters.elevation: missing" in refused(tmp_path, pet(pressure="elevation"))
    assert load_config(write(tmp_path, by_clock())).start_time == datetime(2015, 6, 20)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (pet({"vegetation_height": "3 m"}, form="resistances"), "vegetation_height = 3 m"),
        (pet({"wind_height": "0.2 m", "roughness_height": "0.3 m"}, method="aerodynamic"), "roughness_height"),
    ],
)
def test_heights_have_to_be_above_the_surface(config: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, config)


def test_heights_that_the_method_does_not_use_need_not_fit(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, pet({"vegetation_height": "50 m", "roughness_height": "5 m"})))
    assert len(config.ignored) == 2


def test_what_has_no_effect_is_said(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path,
            pet(
                SITE | {"priestley_taylor_alpha": 1.3, "surface_resistance": "50 s/m"},
                method="energy_balance",
                form="fao56",
                start_time="2015-06-20 00:00:00",
            ),
        )
    )
    said = "\n".join(config.ignored)
    for key in ("form", "priestley_taylor_alpha", "surface_resistance", "start_time", "latitude", "elevation"):
        assert key in said
    assert len(config.ignored) == 7


def test_unusual_values_are_warned_about_only_where_they_act(tmp_path: Path) -> None:
    odd = {"priestley_taylor_alpha": 3.0}
    assert len(load_config(write(tmp_path, pet(odd, method="priestley_taylor"))).warnings()) == 1
    assert load_config(write(tmp_path, pet(odd))).warnings() == []


# --- the text of NOAA-OWP's module -------------------------------------------------------------------------------


def test_text_is_read_whole(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, NOAA, "pet.ini"))
    p = config.parameters
    assert config.options == PetOptions(method=5)
    assert (p.albedo, p.emissivity, p.wind_height, p.humidity_height) == (0.22, 1.0, 10.0, 2.0)
    assert (p.latitude, p.longitude, p.elevation) == (37.25, -97.5554, 303.33)
    assert p.roughness_height == 0.0003
    assert config.time_step_s == 3600.0
    assert config.doubts == ()
    said = "\n".join(config.ignored)
    for key in ("momentum_transfer_roughness_length_m", "cloud_base_height_known", "shortwave_radiation_provided"):
        assert f"{key}: has no effect" in said
    for key in ("yes_wrf", "vegetation_height_m", "latitude_degrees", "zero_plane_displacement_height_m"):
        assert f"{key}: has no effect" in said
    assert set(known_keys()) > {line.partition("=")[0] for line in NOAA.splitlines()}


def test_both_spellings_of_the_momentum_roughness_are_known(tmp_path: Path) -> None:
    old = NOAA.replace("roughness_length_m=0.0", "roughness_length=0.0")
    config = load_config(write(tmp_path, old, "pet.ini"))
    assert sum("momentum_transfer_roughness_length: " in line for line in config.ignored) == 1
    assert sum("heat_transfer_roughness_length: " in line for line in config.ignored) == 1


def test_zero_heights_stand_for_defaults(tmp_path: Path) -> None:
    text = NOAA.replace("pet_method=5", "pet_method=3")
    for key in ("wind_speed_measurement_height_m=10.0", "zero_plane_displacement_height_m=0.0003"):
        text = text.replace(key, f"{key.partition('=')[0]}=0.0")
    config = load_config(write(tmp_path, text, "pet.ini"))
    assert config.parameters.wind_height == 10.0
    assert config.parameters.roughness_height == 0.0003
    assert sum("0 stands for the default" in line for line in config.doubts) == 2


def test_text_with_problems_is_refused_with_all_of_them(tmp_path: Path) -> None:
    text = (
        NOAA.replace("pet_method=5", "pet_method=6")
        .replace("yes_aorc=1", "yes_aorc=0")
        .replace("albedo=0.22", "albedo=22")
        .replace("time_step_size_s=3600", "time_step_size_s=86400")
        + "canopy_resistance=50\nlatitude_degrees=1\nnonsense\n"
    )
    message = refused(tmp_path, text, "pet.ini")
    for part in ("pet_method: '6'", "yes_aorc", "albedo = 22", "time_step_size_s", "canopy_resistance: unknown key",
                 "latitude_degrees: given twice", "nonsense"):  # fmt: skip
        assert part in message, part
    assert "pet_method: missing" in refused(tmp_path, NOAA.replace("pet_method=5\n", ""), "pet.ini")


def test_other_forcing_and_other_vegetation_are_doubted(tmp_path: Path) -> None:
    text = NOAA.replace("forcing_file=BMI", "forcing_file=./cat.csv").replace("height_m=0.12", "height_m=1.0")
    doubts = "\n".join(load_config(write(tmp_path, text, "pet.ini")).doubts)
    assert "./cat.csv" in doubts
    assert "form: resistances" in doubts


def test_real_configurations_are_read() -> None:
    paths = [
        *shared("reference", "ngen", "runs").glob("*/cfg/pet_*.ini"),
        *shared("data", "ngen", "gauge_01073000", "PET").glob("*"),
    ]
    assert len(paths) >= 11
    assert {load_config(path).options.method for path in paths} == {1, 3, 5}


@pytest.mark.parametrize("name", ["empty.yml", "missing.yml", "list.yml", "empty.ini"])
def test_files_that_hold_nothing(name: str, tmp_path: Path) -> None:
    if not name.startswith("missing"):
        (tmp_path / name).write_text("- 1\n" if name.startswith("list") else "\n")
    with pytest.raises(ConfigError, match=name):
        load_config(tmp_path / name)
