"""Van Genuchten soils from sand, silt and clay, by the library rosetta-soil."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.errors import ConfigError
from ngen_config.geopackage import shortened
from ngen_config.lgar import DEPTH, Layer

_HOURS = 24.0
_NEEDED = ("divide_id", "sand", "silt", "clay")
_OPTIONAL = ("bulk_density", "thickness")


def soils_of_texture(textures: Sequence[Sequence[float]], version: int = 3) -> list[VanGenuchtenSoil]:
    """Van Genuchten parameters of textures.

    Parameters
    ----------
    textures : sequence of sequence of float
        Sand, silt and clay [%], which sum to 100, and the bulk density [g cm-3] where it is known.
    version : int
        Of the pedotransfer functions: 3 is Zhang and Schaap (2017, J. Hydrol. 547, 39-53), 1 is Schaap et al. (2001).

    Returns
    -------
    list of VanGenuchtenSoil
        In cm and h: the library has the logarithms of alpha [1/cm], of n, and of Ks [cm/d].

    Raises
    ------
    ModuleNotFoundError
        Without the library, saying what to install.
    ValueError
        The library has no answer for a texture.
    """
    try:
        from rosetta import rosetta
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("soils of texture need rosetta-soil: pip install 'ngen-arid[soil]'") from error
    means, _, codes = rosetta(version, [list(row) for row in textures], estimate_type="log")
    soils = []
    for row, mean, code in zip(textures, means, codes, strict=True):
        if code < 0:
            raise ValueError(f"ROSETTA has no soil for {tuple(row)}")
        theta_r, theta_s, alpha, n, ks = (float(value) for value in mean[:5])
        soils.append(VanGenuchtenSoil(theta_r, theta_s, 10.0**alpha, 10.0**n, 10.0**ks / _HOURS))
    return soils


def read_textures(path: str | Path) -> dict[str, list[Layer]]:
    """Layers of catchments from a CSV file.

    Parameters
    ----------
    path : str or Path
        Columns divide_id, sand, silt, clay [%]; optional bulk_density [g cm-3] and thickness [cm] (200 without it). A
        catchment has a row for each layer, from the top.

    Raises
    ------
    ConfigError
        Naming every line that cannot be used.
    """
    rows = _rows(path)
    problems: list[str] = []
    found: list[tuple[str, float, tuple[float, ...]]] = []
    for line, row in rows:
        try:
            found.append(_layer(row))
        except ValueError as error:
            problems.append(f"line {line}: {error}")
    if not rows:
        problems.append("has no rows after its header")
    if problems:
        raise ConfigError(path, shortened(problems))
    distinct = list(dict.fromkeys(texture for _, _, texture in found))
    try:
        soils = dict(zip(distinct, soils_of_texture(distinct), strict=True))
    except ValueError as error:
        raise ConfigError(path, [str(error)]) from error
    layers: dict[str, list[Layer]] = {}
    for name, thickness, texture in found:
        layers.setdefault(name, []).append(Layer(thickness, soils[texture]))
    return layers


def _rows(path: str | Path) -> list[tuple[int, Mapping[str, str | None]]]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = [name.strip() for name in reader.fieldnames or ()]
            missing = [name for name in _NEEDED if name not in names]
            unknown = [name for name in names if name not in (*_NEEDED, *_OPTIONAL)]
            if missing or unknown:
                wrong = [f"no column {name}" for name in missing] + [f"unknown column {name!r}" for name in unknown]
                wanted = f"expected {', '.join(_NEEDED)}, and perhaps {', '.join(_OPTIONAL)}"
                raise ConfigError(path, [f"line 1: {', '.join(wrong)}; {wanted}"])
            reader.fieldnames = names
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(path, [f"cannot be read: {error}"]) from error


def _layer(row: Mapping[str, str | None]) -> tuple[str, float, tuple[float, ...]]:
    texture = tuple(_number(row, name, 0.0, 100.0) for name in ("sand", "silt", "clay"))
    if abs(sum(texture) - 100.0) > 1.0:
        hint = ": is it a share, not %?" if abs(sum(texture) - 1.0) <= 0.01 else ""
        raise ValueError(f"sand, silt and clay sum to {sum(texture):g} %; expected 100{hint}")
    if (row.get("bulk_density") or "").strip():
        texture = (*texture, _number(row, "bulk_density", 0.1, 2.65))
    thickness = _number(row, "thickness", 1.0, 1e4) if (row.get("thickness") or "").strip() else DEPTH
    return str(row["divide_id"]).strip(), thickness, texture


def _number(row: Mapping[str, str | None], name: str, low: float, high: float) -> float:
    text = (row.get(name) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"{name} = {text!r}; expected {low:g} to {high:g}")
    return value
