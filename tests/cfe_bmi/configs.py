"""YAML configurations for tests: catchment 87 of NOAA-OWP's CFE examples, with changes."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cfe_bmi import BmiCfe

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"

# Values of section "golden values" of the project's CFE specification, which come from the C library.
CAT_87: dict[str, Any] = {
    "soil_scheme": "classic",
    "partitioning": "schaake",
    "surface_runoff": "giuh",
    "parameters": {
        "depth": "2.0 m",
        "b": 4.05,
        "satdk": "3.38e-6 m s-1",
        "satpsi": "0.355 m",
        "slope": 0.01,
        "maxsmc": 0.439,
        "wltsmc": 0.066,
        "alpha_fc": 0.33,
        "refkdt": 3.0,
        "Klf": "0.01 m h-1",
        "Kn": "0.03 h-1",
        "max_gw_storage": "0.25 m",
        "Cgw": "1.8e-5 m h-1",
        "expon": 6.0,
    },
    "initial": {"soil_storage": 0.585626, "gw_storage": 0.125},
    "giuh_ordinates": [0.06, 0.51, 0.28, 0.12, 0.03],
}

XINANJIANG = {
    "a_Xinanjiang_inflection_point_parameter": 0.1,
    "b_Xinanjiang_shape_parameter": 0.4,
    "x_Xinanjiang_shape_parameter": 0.6,
    "urban_decimal_fraction": 0.0,
}

SURFACE_NASH = {
    "K_nash_surface": "0.83089 h-1",
    "Kinf_nash_surface": "0.001 h-1",
    "retention_depth_nash_surface": "0.001 m",
}

FORCING = ((0.0, 1e-7), (10.0, 2e-8), (3.0, 0.0), (0.05, 1.2e-7), (25.0, 0.0), (0.0, 1.5e-7))
"""Rain in mm/h and potential evapotranspiration in m/s of the specification's golden steps."""

UNITS = {"depth": "m", "satdk": "m s-1", "satpsi": "m", "Klf": "m h-1", "Kn": "h-1", "max_gw_storage": "m"} | {
    "Cgw": "m h-1",
    "ice_content_threshold": "m",
    "K_nash_surface": "h-1",
    "Kinf_nash_surface": "h-1",
    "retention_depth_nash_surface": "m",
}


def quantity(name: str, value: float) -> Any:
    """Write a parameter's value as a configuration does."""
    return f"{value!r} {UNITS[name]}" if name in UNITS else value


def cat_87(parameters: dict[str, Any] | None = None, without: tuple[str, ...] = (), **top: Any) -> dict[str, Any]:
    """Return the configuration, with other or more parameters and top-level keys, and some keys left out."""
    config = copy.deepcopy(CAT_87)
    config["parameters"] |= parameters or {}
    for key in without:
        config["parameters"].pop(key, None)
        config.pop(key, None)
    return config | copy.deepcopy(top)


def nash_87(parameters: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
    """Return the configuration with a surface Nash cascade in place of the unit hydrograph."""
    top = {"surface_runoff": "nash", "nash_surface": {"reservoirs": 2, "substeps": 10}} | top
    return cat_87(SURFACE_NASH | (parameters or {}), without=("giuh_ordinates",), **top)


def write(folder: Path, config: dict[str, Any] | str, name: str = "cat-87.yml") -> str:
    """Write a configuration and return its path."""
    path = folder / name
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config, sort_keys=False))
    return str(path)


def component(folder: Path, config: dict[str, Any] | str, name: str = "cat-87.yml") -> BmiCfe:
    """Return an initialized component."""
    model = BmiCfe()
    model.initialize(write(folder, config, name))
    return model


def give(model: BmiCfe, rain: float = 0.0, pet: float = 0.0) -> None:
    """Set the forcing of a step: mm/h and m/s."""
    model.set_value(RAIN, np.array([rain]))
    model.set_value(PET, np.array([pet]))


def read(model: BmiCfe, name: str) -> float:
    """Return a scalar through get_value."""
    return float(model.get_value(name, np.full(1, np.nan))[0])


def outputs(model: BmiCfe) -> dict[str, float]:
    """Return all outputs, and the ledger."""
    ledger = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")
    return {name: read(model, name) for name in (*model.get_output_var_names(), *ledger)}


def imbalance(model: BmiCfe) -> float:
    """Return the ledger's residual [m]."""
    taken, given, stored, leaked = (
        float(model.get_value_ptr(f"ngen::mass_{key}")[0]) for key in ("in", "out", "stored", "leaked")
    )
    return taken - given - stored - leaked
