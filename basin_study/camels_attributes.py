"""Attributes of the CAMELS basins: version 2.0 (Addor et al. 2017), Table S3 of the report, and lists of gauges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basin_study.attribute_tables import attribute_dataset, gauge_name, numbers_or_text, read_text_table
from basin_study.dataset import DataError
from basin_study.sources import require

if TYPE_CHECKING:
    import xarray as xr

TABLES = ("clim", "topo", "soil", "vege", "geol", "hydro", "name")
"""Tables ``camels_*.txt``; the first two are needed."""

AREAS = ("area_gages2", "area_geospa_fabric")
"""Areas of the gauge's basin after GAGES-II, and of its polygon in the geospatial fabric [km2]."""

UNITS: dict[str, tuple[str, str]] = {
    "p_mean": ("mm d-1", "mean precipitation"),
    "pet_mean": ("mm d-1", "mean potential evapotranspiration (Priestley-Taylor, calibrated for each basin)"),
    "p_seasonality": ("1", "positive with most precipitation in summer"),
    "high_prec_freq": ("d yr-1", "days with at least five times the mean precipitation"),
    "high_prec_dur": ("d", "mean length of spells of such days"),
    "low_prec_freq": ("d yr-1", "days with less than 1 mm"),
    "low_prec_dur": ("d", "mean length of spells of such days"),
    "slope_mean": ("m km-1", "mean slope"),
    "area_gages2": ("km2", "area after GAGES-II"),
    "area_geospa_fabric": ("km2", "area after the geospatial fabric"),
    "soil_depth_pelletier": ("m", "depth to bedrock, at most 50 m"),
    "soil_depth_statsgo": ("m", "depth of soil, at most 1.5 m"),
    "soil_porosity": ("1", "porosity"),
    "soil_conductivity": ("cm h-1", "saturated hydraulic conductivity"),
    "max_water_content": ("m", "most water that the soil can hold"),
    "sand_frac": ("percent", "sand"),
    "silt_frac": ("percent", "silt"),
    "clay_frac": ("percent", "clay"),
    "water_frac": ("percent", "water"),
    "organic_frac": ("percent", "organic material"),
    "other_frac": ("percent", "other"),
    "root_depth_50": ("m", "depth above which half of the roots are"),
    "root_depth_99": ("m", "depth above which 99 percent of the roots are"),
    "geol_permeability": ("log10(m2)", "permeability of the subsurface"),
    "q_mean": ("mm d-1", "mean streamflow"),
    "q5": ("mm d-1", "low flow, exceeded in 95 percent of the time"),
    "q95": ("mm d-1", "high flow, exceeded in 5 percent of the time"),
    "high_q_freq": ("d yr-1", "days with more than nine times the median flow"),
    "low_q_freq": ("d yr-1", "days with less than a fifth of the mean flow"),
    "high_q_dur": ("d", "mean length of spells of high flow"),
    "low_q_dur": ("d", "mean length of spells of low flow"),
    "hfd_mean": ("d", "day of the water year at which half of the flow has passed"),
}
"""Unit and meaning where it is not a plain number or text."""

STATIC_UNITS: dict[str, tuple[str, str]] = {
    "slope_mean": ("1", "mean slope of the hydrofabric"),
    "vcmx25_mean": ("umol m-2 s-1", "maximum rate of carboxylation at 25 C, CO2"),
    "mfsno_mean": ("1", "parameter m of snowmelt"),
    "cwpvt_mean": ("1", "canopy wind parameter"),
    "soil_index": ("1", "soil class, row of the alphabetical table"),
    "soil_depth": ("m", "depth of soil"),
}
"""Attributes of Table S3, as the lumped table of 516 basins has them."""

TEXTS = ("huc_02", "gauge_name")
"""Columns that are text although they may look like numbers."""

RATIO_TOLERANCE = 1e-6
"""Relative difference between the table's aridity and pet_mean / p_mean above which the table is refused."""


def read_camels_attributes(folder: str | Path, area: str = "area_gages2") -> xr.Dataset:
    """Attributes of all basins of the tables ``camels_*.txt`` (semicolons, column ``gauge_id``).

    A gauge that a table lacks has NaN there. ``aridity`` is pet_mean / p_mean, and has to be what the table says.

    Parameters
    ----------
    folder : path
    area : {"area_gages2", "area_geospa_fabric"}
        Which one is ``area``.

    Raises
    ------
    DataError
        When a needed table or column is not there, or values cannot be.
    """
    if area not in AREAS:
        raise DataError(f"{folder}: area is {area!r}; expected one of {', '.join(AREAS)}")
    base = require(Path(folder), "camels_daily")
    tables = {}
    for name in TABLES:
        path = base / f"camels_{name}.txt"
        if path.exists() or name in TABLES[:2]:
            tables[path] = read_text_table(path, ";")
    gauges = sorted(set().union(*(table.index for table in tables.values())))
    values: dict[str, np.ndarray] = {}
    needed = {"p_mean", "pet_mean", "frac_snow", "gauge_lat", "gauge_lon", "elev_mean", *AREAS}
    for path, table in tables.items():
        for column in table.columns:
            texts = table[column].reindex(gauges, fill_value="")
            values[column] = (
                texts.to_numpy(dtype=object)
                if column in TEXTS
                else numbers_or_text(texts, path, column in {*needed, "aridity"})
            )
    missing = sorted(needed - set(values))
    if missing:
        raise DataError(f"{base}: no attribute {', '.join(missing)} in {', '.join(path.name for path in tables)}")
    aridity = values["pet_mean"] / values["p_mean"]
    if "aridity" in values:
        off = np.flatnonzero(np.abs(values["aridity"] / aridity - 1.0) > RATIO_TOLERANCE)
        if off.size:
            k = int(off[0])
            raise DataError(
                f"{base}: aridity of gauge {gauges[k]} is {values['aridity'][k]:g}, pet_mean / p_mean is "
                f"{aridity[k]:g} ({off.size} such gauges): the tables do not belong together"
            )
    values["aridity"] = aridity
    for ours, theirs in (("latitude", "gauge_lat"), ("longitude", "gauge_lon"), ("elevation", "elev_mean")):
        values[ours] = values.pop(theirs)
    values["area"] = values[area]
    return attribute_dataset(gauges, values, UNITS, str(base))


def read_static_attributes(path: str | Path) -> xr.Dataset:
    """Attributes of Table S3 (``lumped_soil_attributes_516.csv``), with longitude and latitude of a point of the basin.

    Raises
    ------
    DataError
        When the file or a column is not there, or a point is not one.
    """
    file = Path(path)
    table = read_text_table(file, ",")
    missing = [name for name in (*STATIC_UNITS, "point_geometries") if name not in table.columns]
    if missing:
        raise DataError(f"{file}: no column {', '.join(missing)}; the columns are {', '.join(table.columns)}")
    values = {name: numbers_or_text(table[name], file, True) for name in STATIC_UNITS}
    points = np.empty((len(table), 2))
    for k, (gauge, text) in enumerate(table["point_geometries"].items()):
        found = re.fullmatch(r"POINT \((-?[\d.]+) (-?[\d.]+)\)", text.strip())
        if not found:
            raise DataError(f"{file}: point_geometries of gauge {gauge} is {text!r}; expected POINT (LON LAT)")
        points[k] = float(found[1]), float(found[2])
    values |= {"longitude": points[:, 0], "latitude": points[:, 1]}
    return attribute_dataset(list(table.index), values, STATIC_UNITS, str(file))


def read_basin_list(path: str | Path) -> tuple[str, ...]:
    """Names of gauges: one a line, or the first column of a table separated by commas or semicolons.

    A first line without digits is a header. Gauges get back the zeros that they lost.

    Raises
    ------
    DataError
        When the file is not there, is empty, or has a gauge twice.
    """
    file = Path(path)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{file}: no list of basins: {error}") from error
    names = [gauge_name(re.split(r"[,;]", line)[0]) for line in lines if line.strip()]
    if names and not any(character.isdigit() for character in names[0]):
        names = names[1:]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        raise DataError(f"{file}: " + (f"{', '.join(twice[:5])} more than once" if twice else "no basins in the list"))
    return tuple(names)
