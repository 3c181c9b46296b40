"""Configurations of LGAR columns for tests: one of each format, with changes, and seeded ones."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hydro_physics.van_genuchten import VanGenuchtenSoil

OWN_SOIL = {"theta_r": 0.078, "theta_e": 0.43, "alpha": "0.036 cm-1", "n": 1.56, "ks": "3.12 cm h-1"}

COLUMN: dict[str, Any] = {
    "model": "lgar",
    "name": "cat-1",
    "soil_table": "carsel_parrish_1988",
    "layers": [{"soil": "sandy loam", "thickness": "10 cm"}, {"soil": OWN_SOIL, "thickness": "30 cm"}],
    "initial_psi": "2000 cm",
    "giuh_ordinates": [0.06, 0.51, 0.28, 0.12, 0.03],
}
"""A column in YAML."""

RESERVOIR = {"a": 0.001, "b": 2.5, "frac_to_CR": 0.2}
SLOW_RESERVOIR = {"a_slow": 1e-4, "b_slow": 1.5, "frac_slow": 0.3}

SOILS = """"Texture" theta_r theta_e alpha(cm^-1) n Ks(cm/h)
"upper"  0.05 0.41 0.03 1.6 2.5
"middle one"\t0.07\t0.43\t0.02\t1.4\t0.5
lower-most 0.09 0.45 1.0E-02 1.3 0.1
"""
"""A soil file."""

LASAM = """verbosity=none
forcing_file=BMI
soil_params_file=soils.dat
layer_thickness=20.0,30.0[cm]
initial_psi=2000.0[cm]
timestep=300[sec]
endtime=12[hr]
forcing_resolution=3600[sec]
ponded_depth_max=1.1[cm]
use_closed_form_G=false
layer_soil_type=1,3
max_valid_soil_types=25
wilting_point_psi=15495.0[cm]
field_capacity_psi=340.9[cm]
giuh_ordinates=0.06,0.51,0.28,0.12,0.03
"""
"""A column in LASAM's text."""


def column(without: tuple[str, ...] = (), **top: Any) -> dict[str, Any]:
    """Return `COLUMN` with other or more top-level keys, and some left out."""
    config = copy.deepcopy(COLUMN) | copy.deepcopy(top)
    return {key: value for key, value in config.items() if key not in without}


def with_layers(*layers: Any, **top: Any) -> dict[str, Any]:
    """Return `COLUMN` with other layers."""
    return column(layers=list(layers), **top)


def lasam(**changes: str | None) -> str:
    """Return `LASAM` with other values (with their unit), more lines, or without keys (None)."""
    lines = []
    given = dict(changes)
    for line in LASAM.splitlines():
        key, _, value = line.partition("=")
        new = given.pop(key, value)
        if new is not None:
            lines.append(f"{key}={new}")
    lines += [f"{key}={value}" for key, value in given.items() if value is not None]
    return "\n".join(lines) + "\n"


def write(folder: Path, config: dict[str, Any], name: str = "cat-1.yml") -> Path:
    """Write a YAML configuration."""
    path = folder / name
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def write_text(folder: Path, text: str, soils: str | None = SOILS, name: str = "cat-1.txt") -> Path:
    """Write a text configuration, and its soil file beside it unless it is None."""
    if soils is not None:
        (folder / "soils.dat").write_text(soils)
    path = folder / name
    path.write_text(text)
    return path


def random_soil(rng: np.random.Generator) -> VanGenuchtenSoil:
    """Return a soil from the ranges that LGAR-C was tested in."""
    return VanGenuchtenSoil(
        theta_r=float(rng.uniform(0.01, 0.15)),
        theta_e=float(rng.uniform(0.3, 0.8)),
        alpha=float(10.0 ** rng.uniform(-4.0, 0.0)),
        n=float(rng.uniform(1.01, 3.0)),
        ks=float(10.0 ** rng.uniform(-4.0, 2.0)),
    )


def random_column(rng: np.random.Generator) -> tuple[tuple[VanGenuchtenSoil, ...], tuple[float, ...], float]:
    """Return soils, thickness of the layers and initial suction of a column."""
    layers = int(rng.integers(1, 6))
    soils = tuple(random_soil(rng) for _ in range(layers))
    thickness = tuple(float(value) for value in rng.uniform(5.0, 100.0, layers))
    return soils, thickness, float(rng.uniform(50.0, 5000.0))


def as_yaml(soils: tuple[VanGenuchtenSoil, ...], thickness: tuple[float, ...], psi: float) -> dict[str, Any]:
    """Return the YAML configuration of a column."""
    layers = [
        {
            "soil": {
                "theta_r": soil.theta_r,
                "theta_e": soil.theta_e,
                "alpha": f"{soil.alpha!r} cm-1",
                "n": soil.n,
                "ks": {"value": soil.ks, "unit": "cm h-1", "source": "a seed"},
            },
            "thickness": f"{height!r} cm",
        }
        for soil, height in zip(soils, thickness, strict=True)
    ]
    return column(without=("soil_table",), layers=layers, initial_psi=f"{psi!r} cm")


def as_text(soils: tuple[VanGenuchtenSoil, ...], thickness: tuple[float, ...], psi: float) -> tuple[str, str]:
    """Return text configuration and soil file of a column."""
    table = "\n".join(
        ("name theta_r theta_e alpha n Ks", *(f"s{k} " + " ".join(map(repr, soil)) for k, soil in enumerate(soils)))
    )
    types = ",".join(str(k + 1) for k in range(len(soils)))
    heights = ",".join(map(repr, thickness))
    return lasam(layer_soil_type=types, layer_thickness=f"{heights}[cm]", initial_psi=f"{psi!r}[cm]"), table
