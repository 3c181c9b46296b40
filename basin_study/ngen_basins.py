"""Forcing of ngen's catchments, CSV or NetCDF, read by the harness that runs them.

AORC forcing has no potential evapotranspiration, so a column for it has to be there and named. There is no observed
streamflow: it is missing everywhere, and a study can only simulate.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from basin_study.attribute_tables import attribute_dataset
from basin_study.dataset import PET, PRECIPITATION, DataError, Period, cut, make_dataset
from basin_study.flags import add_observation_attributes, set_negative_to_zero
from basin_study.sources import known_basin, require
from ngen_harness.context import HOUR, to_epoch
from ngen_harness.errors import ForcingError, HarnessError
from ngen_harness.forcing_file import WELL_KNOWN, ForcingFile
from ngen_harness.netcdf_file import NetcdfFile
from ngen_harness.netcdf_time import read_times

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[np.float64]
_Hours = tuple[int, _Array, str, _Array, str]

PATTERN = r"(cat-?\d+)(?!\d).*\.csv"
"""Regular expression of the names of CSV files; its group is the name of the catchment."""

MM_PER_HOUR = {
    **dict.fromkeys(("mm s^-1", "mm s-1", "mm/s", "kg m-2 s-1", "kg m^-2 s^-1"), 3600.0),
    **dict.fromkeys(("mm h^-1", "mm h-1", "mm/h", "mm/hr", "mm hr-1", "mm", "kg m^-2", "kg m-2"), 1.0),
    **dict.fromkeys(("m h^-1", "m h-1", "m/h"), 1000.0),
    **dict.fromkeys(("m s^-1", "m s-1", "m/s"), 3.6e6),
}
"""What a unit is in mm h-1; amounts without a time are those of an hour."""


class NgenBasins:
    """Catchments of ngen as a source of basins.

    Rules: negative values are set to 0 and counted (``negative_precipitation_set_to_zero``, for AORC has some, and
    ``negative_pet_set_to_zero``); gaps and NaN are errors; times are UTC.

    Parameters
    ----------
    path : path
        A folder of CSV files, or a NetCDF file.
    pet : str
        Column or variable of potential evapotranspiration; its unit comes from the header, ``PET(mm/h)``, or from the
        attribute ``units``.
    precipitation : str
        Column or variable; ``precip_rate`` is in mm s^-1 and ``APCP_surface`` in kg m^-2 where the file says no unit.
        They are not the same in every file, so there is no choice between them by itself.
    pattern : str
        See :data:`PATTERN`.

    Raises
    ------
    DataError
        When there is nothing to read.
    """

    def __init__(self, path: str | Path, pet: str, precipitation: str = "precip_rate", pattern: str = PATTERN) -> None:
        self._base = require(Path(path), "ngen")
        try:
            self._pattern = re.compile(pattern)
        except re.error as error:
            raise DataError(f"ngen: pattern {pattern!r} is not a regular expression: {error}") from error
        if self._pattern.groups != 1:
            raise DataError(f"ngen: pattern {pattern!r} has {self._pattern.groups} groups; expected one, the catchment")
        self._pet, self._rain = pet, precipitation
        self.name = f"ngen forcing {self._base.name}"

    @cached_property
    def _files(self) -> dict[str, Path]:
        """CSV files by catchment."""
        found: dict[str, Path] = {}
        for file in sorted(self._base.iterdir()):
            match = self._pattern.fullmatch(file.name)
            if match and match[1] in found:
                raise DataError(f"{self._base}: {found[match[1]].name} and {file.name} are both of {match[1]}")
            if match:
                found[match[1]] = file
        if not found:
            raise DataError(f"{self._base}: no file matches {self._pattern.pattern!r}")
        return found

    @cached_property
    def _netcdf(self) -> tuple[NetcdfFile, int]:
        """The NetCDF file, and its first hour in seconds since 1970."""
        import netCDF4

        try:
            with netCDF4.Dataset(str(self._base)) as dataset:
                if "Time" not in dataset.variables:
                    raise DataError(f"{self._base}: no variable Time; expected ngen's NetCDF forcing")
                times = read_times(str(self._base), dataset["Time"])
            return NetcdfFile(str(self._base), self._base, int(times[0]), times.size - 1), int(times[0])
        except (OSError, ForcingError, HarnessError) as error:
            raise DataError(str(error)) from error

    def basins(self) -> tuple[str, ...]:
        """Catchments."""
        return tuple(self._files) if self._base.is_dir() else tuple(sorted(self._netcdf[0].rows))

    def attributes(self) -> xr.Dataset:
        """No attribute is known."""
        return attribute_dataset(self.basins(), {}, source=str(self._base))

    def read(self, basin: str, period: Period | None = None) -> xr.Dataset:
        """All hours of a catchment's forcing.

        Raises
        ------
        DataError
            See :class:`basin_study.sources.BasinSource`.
        """
        known_basin(self, basin)
        try:
            found = self._csv(basin) if self._base.is_dir() else self._from_netcdf(basin)
        except ForcingError as error:
            raise DataError(str(error)) from error
        start, rain, rain_unit, pet, pet_unit = found
        problems = [
            f"{self._base}, {basin}: {name} is in {unit!r}; expected one of {', '.join(MM_PER_HOUR)}"
            for name, unit in ((self._rain, rain_unit), (self._pet, pet_unit))
            if unit not in MM_PER_HOUR
        ]
        if problems:
            raise DataError("\n".join(problems))
        wet, wrong = set_negative_to_zero(rain * MM_PER_HOUR[rain_unit])
        dry, below = set_negative_to_zero(pet * MM_PER_HOUR[pet_unit])
        times = np.datetime64(start, "s") + np.arange(wet.size) * np.timedelta64(HOUR, "s")
        series = {PRECIPITATION: wet[None], PET: dry[None]}
        data = make_dataset([basin], times, series, {}, str(self._files[basin] if self._base.is_dir() else self._base))
        data.attrs["negative_precipitation_set_to_zero"] = wrong
        data.attrs["negative_pet_set_to_zero"] = below
        return add_observation_attributes(cut(data, period) if period else data, hours=1)

    def _csv(self, basin: str) -> _Hours:
        path = self._files[basin]
        try:
            lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: cannot be read as text: {error}") from error
        names = [cell.strip() for cell in lines[0].split(",")] if lines else []
        place = next((k for k, name in enumerate(names) if name in ("time", "Time")), None)
        if place is None or len(lines) < 2:
            seen = f"; its first line is {lines[0][:60]!r}" if lines else "; it is empty"
            raise DataError(f"{path}: expected a header with a column time, and rows{seen}")
        try:
            start, end = (to_epoch(line.split(",")[place].strip()) for line in (lines[1], lines[-1]))
        except (ValueError, IndexError) as error:
            raise DataError(f"{path}: {error} is not a time; expected YYYY-mm-dd HH:MM:SS") from error
        file = ForcingFile(str(path), path, start, end)
        found = []
        for name in (self._rain, self._pet):
            canonical = WELL_KNOWN.get(name, (name,))[0]
            if canonical not in file.columns:
                raise DataError(self._without(str(path), name, names))
            found.append((file.column(canonical), file.units[canonical]))
        return start, *found[0], *found[1]

    def _from_netcdf(self, basin: str) -> _Hours:
        file, start = self._netcdf
        found = []
        for name in (self._rain, self._pet):
            if name not in file.units:
                raise DataError(self._without(str(self._base), name, list(file.units)))
            found.append((file.series(name, basin), file.units[name]))
        return start, *found[0], *found[1]

    def _without(self, path: str, name: str, names: list[str]) -> str:
        why = " AORC forcing has none: add one." if name == self._pet else ""
        return f"{path}: no column {name!r}.{why} There are {', '.join(sorted(names))}"
