"""Configurations and weather for tests."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pet_bmi import BmiPet
from pet_bmi.variables import HUMIDITY, LONGWAVE, PET, PRESSURE, SHORTWAVE, TEMPERATURE, WIND_X, WIND_Y

SITE = {"elevation": "1650 m", "latitude": "31.8 degree", "longitude": "-110.5 degree"}

NOON = {
    LONGWAVE: 350.0,
    PRESSURE: 84000.0,
    HUMIDITY: 0.006,
    SHORTWAVE: 800.0,
    TEMPERATURE: 303.0,
    WIND_X: 3.0,
    WIND_Y: -4.0,
}
NIGHT = NOON | {SHORTWAVE: 0.0, LONGWAVE: 300.0, TEMPERATURE: 288.0, WIND_X: 1.0, WIND_Y: 0.0}

NOAA = """verbose=0
pet_method=5
forcing_file=BMI
run_unit_tests=0
yes_aorc=1
yes_wrf=0
wind_speed_measurement_height_m=10.0
humidity_measurement_height_m=2.0
vegetation_height_m=0.12
zero_plane_displacement_height_m=0.0003
momentum_transfer_roughness_length_m=0.0
heat_transfer_roughness_length_m=0.0
surface_longwave_emissivity=1.0
surface_shortwave_albedo=0.22
cloud_base_height_known=FALSE
latitude_degrees=37.25
longitude_degrees=-97.5554
site_elevation_m=303.33
time_step_size_s=3600
num_timesteps=720
shortwave_radiation_provided=0
"""
"""Keys of the module's own example, with values of ours."""


def pet(parameters: dict[str, Any] | None = None, without: tuple[str, ...] = (), **top: Any) -> dict[str, Any]:
    """Return a configuration of Penman-Monteith, with other parameters and top-level keys, and some left out."""
    config: dict[str, Any] = {"model": "pet", "method": "penman_monteith"} | copy.deepcopy(top)
    if parameters:
        config["parameters"] = parameters
    for key in without:
        config.pop(key)
    return config


def by_clock(parameters: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
    """Return a configuration that calculates longwave radiation."""
    return pet(SITE | (parameters or {}), longwave="fao56", start_time="2015-06-20 00:00:00", **top)


def write(folder: Path, config: dict[str, Any] | str, name: str = "cat-1.yml") -> str:
    """Write a configuration; a text stays as it is."""
    path = folder / name
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    return str(path)


def component(folder: Path, config: dict[str, Any] | str, name: str = "cat-1.yml") -> BmiPet:
    model = BmiPet()
    model.initialize(write(folder, config, name))
    return model


def give(model: BmiPet, weather: dict[str, float]) -> None:
    for name in model.get_input_var_names():
        model.set_value(name, np.array([weather[name]]))


def read(model: BmiPet, name: str = PET) -> float:
    return float(model.get_value_ptr(name)[0])


def outputs(model: BmiPet) -> dict[str, float]:
    return {name: read(model, name) for name in model.get_output_var_names()}
