"""Soils by the name of their texture class, with the van Genuchten parameters that are published for the classes.

A class is a name. Class numbers mean different soils in different tables, so they need the order that they count in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from hydro_physics.van_genuchten import VanGenuchtenSoil

STATSGO_ORDER = (
    "sand",
    "loamy sand",
    "sandy loam",
    "silt loam",
    "silt",
    "loam",
    "sandy clay loam",
    "silty clay loam",
    "clay loam",
    "sandy clay",
    "silty clay",
    "clay",
)
"""Classes 1 to 12 of STATSGO, as the hydrofabric's ``ISLTYP`` counts them."""

ALPHABETICAL_ORDER = (
    "clay",
    "clay loam",
    "loam",
    "loamy sand",
    "sand",
    "sandy clay",
    "sandy clay loam",
    "sandy loam",
    "silt",
    "silty clay",
    "silty clay loam",
    "silt loam",
)
"""The same classes as LASAM's default table has them, alphabetical but for silt loam, which is last."""

SOIL_ORDERS: Mapping[str, tuple[str, ...]] = {"statsgo": STATSGO_ORDER, "alphabetical": ALPHABETICAL_ORDER}

STATSGO_WITHOUT_SOIL: Mapping[int, str] = {13: "organic material", 14: "water", 15: "bedrock", 16: "other, land ice"}
"""Classes of STATSGO that no van Genuchten soil stands for."""

STATSGO_CLASSES: Mapping[int, str] = dict(enumerate(STATSGO_ORDER, start=1)) | dict(STATSGO_WITHOUT_SOIL)
"""Names of all classes of STATSGO by their numbers."""


def _soils(rows: Mapping[str, tuple[float, float, float, float, float]]) -> dict[str, VanGenuchtenSoil]:
    return {name: VanGenuchtenSoil(*row) for name, row in rows.items()}


CARSEL_PARRISH_1988 = _soils(
    {
        "sand": (0.045, 0.43, 0.145, 2.68, 29.70),
        "loamy sand": (0.057, 0.41, 0.124, 2.28, 14.59),
        "sandy loam": (0.065, 0.41, 0.075, 1.89, 4.42),
        "loam": (0.078, 0.43, 0.036, 1.56, 1.04),
        "silt": (0.034, 0.46, 0.016, 1.37, 0.25),
        "silt loam": (0.067, 0.45, 0.020, 1.41, 0.45),
        "sandy clay loam": (0.100, 0.39, 0.059, 1.48, 1.31),
        "clay loam": (0.095, 0.41, 0.019, 1.31, 0.26),
        "silty clay loam": (0.089, 0.43, 0.010, 1.23, 0.07),
        "sandy clay": (0.100, 0.38, 0.027, 1.23, 0.12),
        "silty clay": (0.070, 0.36, 0.005, 1.09, 0.02),
        "clay": (0.068, 0.38, 0.008, 1.09, 0.20),
    }
)
"""Means of Carsel and Parrish (1988, Water Resour. Res. 24, 755-769); also the catalogue of HYDRUS."""

# theta_r, theta_s, log10 of alpha [1/cm], of n, and of Ks [cm/d]
_ROSETTA_AS_PUBLISHED = {
    "clay": (0.098, 0.459, -1.825, 0.098, 1.169),
    "clay loam": (0.079, 0.442, -1.801, 0.151, 0.913),
    "loam": (0.061, 0.399, -1.954, 0.168, 1.081),
    "loamy sand": (0.049, 0.390, -1.459, 0.242, 2.022),
    "sand": (0.053, 0.375, -1.453, 0.502, 2.808),
    "sandy clay": (0.117, 0.385, -1.476, 0.082, 1.055),
    "sandy clay loam": (0.063, 0.384, -1.676, 0.124, 1.120),
    "sandy loam": (0.039, 0.387, -1.574, 0.161, 1.583),
    "silt": (0.050, 0.489, -2.182, 0.225, 1.641),
    "silty clay": (0.111, 0.481, -1.790, 0.121, 0.983),
    "silty clay loam": (0.090, 0.482, -2.076, 0.182, 1.046),
    "silt loam": (0.065, 0.439, -2.296, 0.221, 1.261),
}

ROSETTA_2001 = _soils(
    {
        name: (theta_r, theta_s, 10.0**alpha, 10.0**n, 10.0**ks / 24.0)
        for name, (theta_r, theta_s, alpha, n, ks) in _ROSETTA_AS_PUBLISHED.items()
    }
)
"""Class averages of ROSETTA (Schaap et al., 2001, J. Hydrol. 251, 163-176; numbers as USDA-ARS publishes them)."""

LASAM = _soils(
    {
        "sand": (0.05, 0.38, 0.04, 3.18, 26.64),
        "loamy sand": (0.05, 0.39, 0.03, 1.75, 4.32),
        "sandy loam": (0.04, 0.39, 0.03, 1.45, 1.584),
        "silt loam": (0.07, 0.44, 0.01, 1.66, 0.756),
        "silt": (0.05, 0.49, 0.01, 1.68, 1.836),
        "loam": (0.06, 0.40, 0.01, 1.47, 0.504),
        "sandy clay loam": (0.06, 0.38, 0.02, 1.33, 0.54),
        "silty clay loam": (0.09, 0.48, 0.01, 1.52, 0.468),
        "clay loam": (0.08, 0.44, 0.02, 1.42, 0.3348),
        "sandy clay": (0.12, 0.39, 0.03, 1.21, 0.468),
        "silty clay": (0.11, 0.48, 0.02, 1.32, 0.432),
        "clay": (0.10, 0.46, 0.01, 1.25, 0.612),
    }
)
"""What LASAM ships for the classes (NOAA-OWP LGAR-C, vG_params_stat_nom_ordered).

These are `ROSETTA_2001` with two decimals, and Ks within 8 %. Most classes keep one digit of alpha: silt loam has
twice that of ROSETTA.
"""

SOIL_TABLES: Mapping[str, Mapping[str, VanGenuchtenSoil]] = {
    "carsel_parrish_1988": CARSEL_PARRISH_1988,
    "rosetta_2001": ROSETTA_2001,
    "lasam": LASAM,
}
"""The tables by name."""


def plain_name(name: str) -> str:
    """Return the name of a class in lower case, with single blanks for blanks, ``_`` and ``-``, without quotes.

    >>> plain_name('"Sandy-clay  Loam"')
    'sandy clay loam'
    """
    return re.sub(r"[\s_-]+", " ", name.strip(" \t\"'")).strip().lower()


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return a hint at the one of `words` that looks like `word`; empty when none does.

    >>> did_you_mean("thickness_layer", ("layer_thickness", "timestep"))
    ''
    >>> did_you_mean("layer_thicknes", ("layer_thickness", "timestep"))
    '; did you mean layer_thickness?'
    """
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def soil_of_class(name: str, table: str) -> VanGenuchtenSoil:
    """Return the soil of a texture class.

    Parameters
    ----------
    name : str
        The class, in upper or lower case, with blanks, ``_`` or ``-`` between its words.
    table : str
        One of `SOIL_TABLES`.

    Raises
    ------
    ValueError
        When there is no such table, or no such class in it; the message lists what there is.

    Examples
    --------
    >>> soil_of_class("Silt_Loam", "carsel_parrish_1988")
    VanGenuchtenSoil(theta_r=0.067, theta_e=0.45, alpha=0.02, n=1.41, ks=0.45)
    """
    if table not in SOIL_TABLES:
        hint = did_you_mean(table, SOIL_TABLES)
        raise ValueError(f"{table!r} is not a soil table; known: {', '.join(SOIL_TABLES)}{hint}")
    return soil_among(name, SOIL_TABLES[table], table)


def soil_among(name: str, soils: Mapping[str, VanGenuchtenSoil], table: str) -> VanGenuchtenSoil:
    """Return the soil called `name` among `soils`, whose keys are plain names.

    Raises
    ------
    ValueError
        When there is none; the message lists those that there are, and names the `table`.
    """
    plain = plain_name(name)
    if plain not in soils:
        raise ValueError(f"{name!r} is not a soil of {table}; known: {', '.join(soils)}{did_you_mean(plain, soils)}")
    return soils[plain]


def class_of_number(number: int, order: str) -> str:
    """Return the name of class `number`, from 1, in one of `SOIL_ORDERS`.

    Raises
    ------
    ValueError
        When the order or the number is unknown, or the class is not a soil.

    Examples
    --------
    >>> class_of_number(1, "statsgo"), class_of_number(1, "alphabetical")
    ('sand', 'clay')
    """
    if order not in SOIL_ORDERS:
        raise ValueError(f"{order!r} is not an order of soil classes; known: {', '.join(SOIL_ORDERS)}")
    names = SOIL_ORDERS[order]
    if 1 <= number <= len(names):
        return names[number - 1]
    other = STATSGO_WITHOUT_SOIL.get(number) if order == "statsgo" else None
    reason = f" ({number} is {other}, for which there is no soil model)" if other else ""
    raise ValueError(f"{number} is not a soil class of the {order} order, 1 to {len(names)}{reason}")
