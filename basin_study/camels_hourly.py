"""Hourly CAMELS of Gauch et al. 2020 (doi 10.5281/zenodo.4072701): NLDAS forcing and USGS flow of 516 basins.

Either of its forms, in one folder or in ``hourly`` below it::

    nldas_hourly/GAUGE_hourly_nldas.csv      date, ..., potential_evaporation, ..., total_precipitation, ...
    usgs_streamflow/GAUGE-usgs-hourly.csv    date, QObs(mm/h), ...      (or usgs-streamflow, or folders in them)

    usgs-streamflow-nldas_hourly.nc          dimensions basin and date; total_precipitation, potential_evaporation,
                                             qobs_mm_per_hour

``total_precipitation`` and ``potential_evaporation`` are sums over an hour in kg m-2, so mm h-1. Stamps are taken as
UTC, as NLDAS has them; that the flow files have a column ``utcoffset(h)`` lets one think that flow was moved to UTC.
This module was written without the published files at hand: their layout is known from programs that read them, and
whether a stamp is the beginning or the end of its hour is not. It is taken as the beginning.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from basin_study.attribute_tables import attribute_dataset, attributes_of
from basin_study.camels_attributes import AREAS, read_camels_attributes
from basin_study.csv_series import read_series
from basin_study.dataset import LISTED, PET, PRECIPITATION, STREAMFLOW, DataError, Period, cut, make_dataset
from basin_study.flags import add_observation_attributes, set_negative_to_zero
from basin_study.sources import known_basin, require

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[np.float64]

FORCING_FOLDER, FORCING_MARK = "nldas_hourly", "_hourly_nldas.csv"
FLOW_FOLDERS, FLOW_MARK = ("usgs_streamflow", "usgs-streamflow"), "-usgs-hourly.csv"
NETCDF = "usgs-streamflow-nldas_hourly.nc"
RAIN, EVAPORATION = "total_precipitation", "potential_evaporation"
FLOW, NETCDF_FLOW = "QObs(mm/h)", "qobs_mm_per_hour"

UNITS = frozenset({"", "kg/m^2", "kg m-2", "kg m-2 h-1", "kg/m2", "mm", "mm/h", "mm h-1", "mm/hour"})
"""Units that the variables of the NetCDF form may state; all are a millimetre in an hour."""

HOUR = np.timedelta64(3600, "s")


class CamelsHourly:
    """Hourly CAMELS as a source of basins.

    Rules: negative potential evaporation, which NLDAS has at night, is set to 0 and counted in the attribute
    ``negative_pet_set_to_zero``; negative flow is missing and counted in ``negative_flow_set_to_missing``; hours
    without flow are missing; a gap or a NaN in the forcing is an error.

    Parameters
    ----------
    path : path
        Folder with one of the forms.
    form : {"auto", "csv", "netcdf"}
        ``auto``: the CSV files where there are any.
    attributes : path, optional
        Folder of the attribute tables ``camels_*.txt``; without it the attributes are unknown.
    area : {"area_gages2", "area_geospa_fabric"}

    Raises
    ------
    DataError
        When neither form is there, or an option is wrong.
    """

    def __init__(
        self, path: str | Path, form: str = "auto", attributes: str | Path | None = None, area: str = AREAS[0]
    ) -> None:
        if form not in ("auto", "csv", "netcdf"):
            raise DataError(f"camels_hourly: form is {form!r}; expected one of auto, csv, netcdf")
        given = require(Path(path), "camels_hourly")
        self._base = given / "hourly" if (given / "hourly").is_dir() else given
        if form == "auto":
            form = "csv" if (self._base / FORCING_FOLDER).is_dir() else "netcdf"
        self._csv = form == "csv"
        require(self._base / (FORCING_FOLDER if self._csv else NETCDF), "camels_hourly")
        self.name = f"CAMELS hourly, {form}"
        self._table = read_camels_attributes(attributes, area) if attributes is not None else None

    @cached_property
    def _files(self) -> dict[str, tuple[Path, Path]]:
        """Forcing and flow of the gauges that have both."""
        folders = [self._base / name for name in FLOW_FOLDERS if (self._base / name).is_dir()]
        if not folders:
            require(self._base / FLOW_FOLDERS[0], "camels_hourly")
        forcing = {
            p.name.removesuffix(FORCING_MARK): p for p in (self._base / FORCING_FOLDER).rglob(f"*{FORCING_MARK}")
        }
        flow = {p.name.removesuffix(FLOW_MARK): p for folder in folders for p in folder.rglob(f"*{FLOW_MARK}")}
        both = sorted(set(forcing) & set(flow))
        if not both:
            raise DataError(f"{self._base}: no gauge has both a file GAUGE{FORCING_MARK} and a file GAUGE{FLOW_MARK}")
        return {gauge: (forcing[gauge], flow[gauge]) for gauge in both}

    @cached_property
    def _netcdf(self) -> xr.Dataset:
        """The NetCDF file, open, after a look at its layout."""
        import xarray as xr

        path = self._base / NETCDF
        try:
            data = xr.open_dataset(path)
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read as NetCDF: {str(error).splitlines()[0]}") from error
        problems = [f"no coordinate {name}" for name in ("basin", "date") if name not in data.coords]
        for name in (RAIN, EVAPORATION, NETCDF_FLOW):
            if name not in data:
                problems.append(f"no variable {name}; there are {', '.join(map(str, data.data_vars))}")
                continue
            if set(data[name].dims) != {"basin", "date"}:
                problems.append(
                    f"{name} has the dimensions {', '.join(map(str, data[name].dims))}; expected basin, date"
                )
            if data[name].dtype.kind not in "fiu":
                problems.append(f"{name} is of type {data[name].dtype}; expected numbers")
            unit = str(data[name].attrs.get("units", ""))
            if unit not in UNITS:
                problems.append(f"{name} is in {unit!r}; expected kg m-2 or mm in an hour: convert the file")
        if not problems:
            names = [str(name) for name in data["basin"].values]
            twice = sorted({name for name in names if names.count(name) > 1})
            problems += [f"basin {name} is there twice" for name in twice[:LISTED]]
            if data["date"].dtype.kind != "M":
                problems.append(f"date is of type {data['date'].dtype}; expected times")
            elif not data["date"].size:
                problems.append("no hours")
        if not problems:
            steps = np.diff(data["date"].values)
            wrong = np.flatnonzero(steps != HOUR)
            if wrong.size:
                time = data["date"].values[wrong[0] + 1].astype("datetime64[s]")
                problems.append(f"date {time} is not an hour after the one before ({wrong.size} such places)")
        if problems:
            data.close()
            raise DataError("\n  - ".join((f"{path}: {len(problems)} problems", *problems)))
        return data

    def basins(self) -> tuple[str, ...]:
        """Gauges that have forcing and flow."""
        if self._csv:
            return tuple(self._files)
        return tuple(sorted(str(name) for name in self._netcdf["basin"].values))

    def attributes(self) -> xr.Dataset:
        """Attributes of the tables for the gauges that have data; NaN without tables."""
        names = np.array(self.basins(), dtype=object)
        if self._table is None:
            return attribute_dataset(self.basins(), {}, source=str(self._base))
        return self._table.reindex(basin=names)

    def read(self, basin: str, period: Period | None = None) -> xr.Dataset:
        """Hours of the forcing.

        Raises
        ------
        DataError
            See :class:`basin_study.sources.BasinSource`.
        """
        known_basin(self, basin)
        times, rain, evaporation, flow = self._from_csv(basin) if self._csv else self._from_netcdf(basin)
        pet, below = set_negative_to_zero(evaporation)
        negative = flow < 0.0
        series = {
            PRECIPITATION: rain[None],
            PET: pet[None],
            STREAMFLOW: np.where(negative, np.nan, flow)[None],
        }
        own, units = attributes_of(self._table, basin) if self._table is not None else ({}, {})
        source = str(self._files[basin][0] if self._csv else self._base / NETCDF)
        data = make_dataset([basin], times, series, own, source, "UTC", units)
        data.attrs["negative_pet_set_to_zero"] = below
        data.attrs["negative_flow_set_to_missing"] = int(negative.sum())
        return add_observation_attributes(cut(data, period) if period else data, hours=1)

    def _from_csv(self, basin: str) -> tuple[NDArray[np.datetime64], _Array, _Array, _Array]:
        weather, river = self._files[basin]
        forcing = read_series(weather, "date", (RAIN, EVAPORATION))
        flow = read_series(river, "date", (FLOW,), gaps=True)[FLOW].reindex(forcing.index)
        return forcing.index.to_numpy(), forcing[RAIN].to_numpy(), forcing[EVAPORATION].to_numpy(), flow.to_numpy()

    def _from_netcdf(self, basin: str) -> tuple[NDArray[np.datetime64], _Array, _Array, _Array]:
        row = self._netcdf.sel(basin=basin)
        rain, evaporation, flow = (row[name].values.astype(np.float64) for name in (RAIN, EVAPORATION, NETCDF_FLOW))
        seen = np.flatnonzero(np.isfinite(rain) & np.isfinite(evaporation))
        if not seen.size:
            raise DataError(f"{self._base / NETCDF}: basin {basin} has no forcing")
        # basins share one axis; hours before and after a basin's own forcing are filled with NaN
        own = slice(seen[0], seen[-1] + 1)
        return row["date"].values[own], rain[own], evaporation[own], flow[own]
