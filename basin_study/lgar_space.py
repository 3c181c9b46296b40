"""What a calibration of LGAR changes: van Genuchten soils of three layers, ponding, and the way to the stream."""

from __future__ import annotations

from basin_study.spaces import Range, Space, space_of
from lgar_bmi.parameters import PARAMETERS
from ngen_bmi.soil_parameters import LAYER_PARAMETERS

LAYERS = 3
THICKNESS = (10.0, 40.0, 150.0)
"""Of the layers [cm]: the 2 m of CFE's soil."""

SOIL_RANGES: dict[str, tuple[str, float, float]] = {
    "alpha": ("van_genuchten_alpha", 0.002, 0.2),
    "n": ("van_genuchten_n", 1.05, 2.7),
    "ks": ("hydraulic_conductivity", 0.01, 50.0),
}
"""Of each layer: field of the soil, its name in the table, and bounds from clay to sand (Carsel and Parrish 1988, doi
10.1029/WR024i005p00755)."""

COLUMN_RANGES: dict[str, tuple[float, float]] = {
    "ponded_depth_max": (0.0, 2.0),
    "a": (1e-3, 0.1),
    "a_slow": (1e-5, 1e-2),
    "frac_slow": (0.0, 1.0),
}
"""Depth that the surface holds back [cm], outflow rates of the two linear reservoirs that drainage of the soil goes
to [h-1], and the slow one's share."""


def layer_of(name: str) -> tuple[str, int] | None:
    """Field of the soil and layer, from 1, of a parameter of the space; None for those of the whole column.

    >>> layer_of("ks_2"), layer_of("a_slow")
    (('ks', 2), None)
    """
    field, _, layer = name.rpartition("_")
    return (field, int(layer)) if layer.isdigit() else None


def lgar_space() -> Space:
    """Space of a column of :data:`LAYERS` layers, from the top."""
    soil = space_of("soil", {name: (low, high) for name, low, high in SOIL_RANGES.values()}, LAYER_PARAMETERS)
    layers = [
        Range(f"{field}_{layer}", r.unit, r.low, r.high, r.log)
        for layer in range(1, LAYERS + 1)
        for field, r in zip(SOIL_RANGES, soil.ranges, strict=True)
    ]
    return Space("lgar", (*layers, *space_of("column", COLUMN_RANGES, PARAMETERS).ranges))
