"""Daily CAMELS (Newman et al. 2015): basin mean forcing and daily flow, as hours.

Files, as they are published (version 1.2), below one folder::

    basin_mean_forcing/{nldas,daymet,maurer}/HH/GAUGE_lump_{nldas,cida,maurer}_forcing_leap.txt
    usgs_streamflow/HH/GAUGE_streamflow_qc.txt
    camels_attributes_v2.0/camels_*.txt          (or anywhere else, with the option `attributes`)

Times are days of local standard time: an axis in UTC would cut every observed daily mean in two.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.attribute_tables import attribute_dataset, attributes_of
from basin_study.camels_attributes import AREAS, read_camels_attributes
from basin_study.camels_daily_files import DailyForcing, read_daily_flow, read_daily_forcing
from basin_study.dataset import PET, PRECIPITATION, STREAMFLOW, DataError, Period, cut, make_dataset
from basin_study.disaggregation import (
    DAY,
    STORM_HOURS,
    STORM_START,
    check_rules,
    evaporation_by_hour,
    mean_by_hour,
    rain_by_hour,
)
from basin_study.flags import add_observation_attributes
from basin_study.priestley_taylor import priestley_taylor
from basin_study.sources import known_basin, require

if TYPE_CHECKING:
    import xarray as xr

FORCINGS = {"nldas": "nldas", "daymet": "cida", "maurer": "maurer"}
"""Forcing by the name of its folder, and how its files call it."""

INNER = "basin_dataset_public_v1p2"
"""Folder that the published archive unpacks into."""

CUBIC_METRES_PER_CUBIC_FOOT = 0.3048**3
SECONDS_PER_HOUR = 3600.0


class _Files(NamedTuple):
    forcing: Path
    flow: Path


def flow_depth(cubic_feet: NDArray[np.float64], area_km2: float) -> NDArray[np.float64]:
    """Flow [ft3 s-1] as depth over the basin [mm h-1].

    Examples
    --------
    >>> round(float(flow_depth(np.array([100.0]), 10.19406)[0]), 6)
    1.0
    """
    return cubic_feet * (CUBIC_METRES_PER_CUBIC_FOOT * SECONDS_PER_HOUR / (1000.0 * area_km2))


class CamelsDaily:
    """Daily CAMELS as a source of basins.

    Parameters
    ----------
    path : path
        Folder that has ``basin_mean_forcing`` and ``usgs_streamflow``, or that around ``basin_dataset_public_v1p2``.
    forcing : {"nldas", "daymet", "maurer"}
    attributes : path, optional
        Folder of the attribute tables; without it ``camels_attributes_v2.0`` in or beside `path`, if it is there.
    area : {"header", "area_gages2", "area_geospa_fabric"}
        Area that flow is divided by. The three disagree for some basins; ``header``, that of the forcing file, belongs
        to the polygon that the forcing is the mean over, and every basin has it.
    evaporation_rule, rain_rule : str
        See :mod:`basin_study.disaggregation`.
    storm_hours, storm_start : int
        Length and first hour of a day's storm.
    estimated : {"keep", "drop"}
        What to do with flow that USGS estimated (flag ``A:e``), mostly under ice.

    Raises
    ------
    DataError
        When an option or a folder is not there.
    """

    def __init__(
        self,
        path: str | Path,
        forcing: str = "nldas",
        attributes: str | Path | None = None,
        area: str = "header",
        evaporation_rule: str = "half_sine",
        rain_rule: str = "storm",
        storm_hours: int = STORM_HOURS,
        storm_start: int = STORM_START,
        estimated: str = "keep",
    ) -> None:
        check_rules(evaporation_rule, rain_rule, storm_hours, storm_start)
        for name, value, allowed in (
            ("forcing", forcing, tuple(FORCINGS)),
            ("area", area, ("header", *AREAS)),
            ("estimated", estimated, ("keep", "drop")),
        ):
            if value not in allowed:
                raise DataError(f"camels_daily: {name} is {value!r}; expected one of {', '.join(allowed)}")
        given = require(Path(path), "camels_daily")
        self._base = given / INNER if (given / INNER).exists() else given
        self.name = f"CAMELS daily, {forcing}"
        self._forcing, self._area, self._drop = forcing, area, estimated == "drop"
        self._rules = (evaporation_rule, rain_rule, storm_hours, storm_start)
        places = [Path(attributes)] if attributes else [b / "camels_attributes_v2.0" for b in (given, given.parent)]
        found = [place for place in places if place.exists()]
        if attributes and not found:
            raise DataError(f"{attributes}: no folder of attribute tables camels_*.txt")
        self._tables = found[0] if found else None
        if area != "header" and self._tables is None:
            raise DataError(f"{path}: area is {area}, but there are no attribute tables; give `attributes`")

    @cached_property
    def _files(self) -> dict[str, _Files]:
        """Files of the basins that have both."""
        mark = f"_lump_{FORCINGS[self._forcing]}_forcing_leap.txt"
        weather = require(self._base / "basin_mean_forcing" / self._forcing, "camels_daily")
        rivers = require(self._base / "usgs_streamflow", "camels_daily")
        forcing = {file.name.removesuffix(mark): file for file in sorted(weather.rglob(f"*{mark}"))}
        end = "_streamflow_qc.txt"
        flow = {file.name.removesuffix(end): file for file in sorted(rivers.rglob(f"*{end}"))}
        both = sorted(set(forcing) & set(flow))
        if not both:
            raise DataError(f"{self._base}: no gauge has both a file GAUGE{mark} and a file GAUGE{end}")
        return {gauge: _Files(forcing[gauge], flow[gauge]) for gauge in both}

    def basins(self) -> tuple[str, ...]:
        """Gauges that have forcing and flow."""
        return tuple(self._files)

    @cached_property
    def _table(self) -> xr.Dataset | None:
        if self._tables is None:
            return None
        return read_camels_attributes(self._tables, self._area if self._area != "header" else AREAS[0])

    def attributes(self) -> xr.Dataset:
        """Attributes of the tables for the gauges that have data; from the headers of the forcing what these lack."""
        table = self._table if self._table is not None else attribute_dataset([], {}, source=str(self._base))
        table = table.reindex(basin=np.array(self.basins(), dtype=object))
        if self._area == "header":
            heads = [read_daily_forcing(files.forcing, header_only=True) for files in self._files.values()]
            table["area"] = table["area"].copy(data=np.array([head.area for head in heads]))
            for name in ("elevation", "latitude"):
                own = np.array([getattr(head, name) for head in heads])
                values = table[name].values
                table[name] = table[name].copy(data=np.where(np.isnan(values), own, values))
        table.attrs["source"] = str(self._tables or self._base)
        return table

    def read(self, basin: str, period: Period | None = None) -> xr.Dataset:
        """Hours of the days that the forcing file has; flow is missing where its file has none.

        Raises
        ------
        DataError
            See :class:`basin_study.sources.BasinSource`.
        """
        files = self._files[known_basin(self, basin)]
        weather = read_daily_forcing(files.forcing)
        flow = read_daily_flow(files.flow, basin, weather.days, self._drop)
        own, units = attributes_of(self._table, basin) if self._table is not None else ({}, {})
        area = weather.area if self._area == "header" else float(own.get("area", [np.nan])[0])
        if not area > 0.0:
            raise DataError(f"{self.name}: gauge {basin} has no {self._area} in {self._tables}; take area: header")
        own = own | {"area": np.array([area])}
        for name, value in (("elevation", weather.elevation), ("latitude", weather.latitude)):
            if np.isnan(own.get(name, np.array([np.nan]))[0]):
                own[name] = np.array([value])
        evaporation, rain, storm_hours, storm_start = self._rules
        series = {
            PRECIPITATION: rain_by_hour(weather.precipitation, rain, storm_hours, storm_start)[None],
            PET: evaporation_by_hour(_pet(weather), weather.daylight / SECONDS_PER_HOUR, evaporation)[None],
            STREAMFLOW: mean_by_hour(flow_depth(flow, area))[None],
        }
        times = weather.days[0].astype("datetime64[s]") + np.arange(DAY * len(weather.days)) * np.timedelta64(3600, "s")
        data = make_dataset([basin], times, series, own, str(files.forcing), "local standard time", units)
        data.attrs["evaporation_rule"] = evaporation
        data.attrs["rain_rule"] = rain if rain == "uniform" else f"{rain}, {storm_hours} h from {storm_start} h on"
        data.attrs["area_source"] = self._area
        return add_observation_attributes(cut(data, period) if period else data, hours=DAY)


def _pet(weather: DailyForcing) -> NDArray[np.float64]:
    return priestley_taylor(
        weather.days,
        weather.lowest,
        weather.highest,
        weather.vapour_pressure,
        weather.radiation,
        weather.daylight,
        weather.elevation,
        weather.latitude,
    )
