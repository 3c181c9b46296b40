"""A NetCDF forcing file: catchments, hours and variables, opened once for all catchments of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR, to_text
from ngen_harness.errors import ForcingError, HarnessError
from ngen_harness.forcing_file import WELL_KNOWN
from ngen_harness.json_problems import did_you_mean
from ngen_harness.netcdf_time import read_times

_HELPERS = ("ids", "Time")

# A variable up to this size is read at once for all catchments: files are often stored hour by hour, and reading them
# catchment by catchment then goes through the whole file each time.
_KEPT_BYTES = 256 * 2**20


class NetcdfFile:
    """What a NetCDF forcing file holds for the simulated period, and beyond.

    Parameters
    ----------
    path : str
        The file, as it should appear in messages.
    resolved : Path
        The file, as it can be opened.
    start : int
        First simulated hour, seconds since 1970.
    last : int
        Number of the last simulated hour, counted from 0.

    Attributes
    ----------
    units : dict
        Name in the file, or CSDMS name -> unit.
    rows : dict
        Catchment id -> row of the variables.
    hours : int
        Hours from `start` to the end of the file.

    Raises
    ------
    ForcingError
        The file is missing or laid out otherwise than ngen expects, is not hourly, or does not cover the period.
    HarnessError
        The package netCDF4 is not installed.
    """

    def __init__(self, path: str, resolved: Path, start: int, last: int) -> None:
        self.path = path
        self._start = start
        self.units: dict[str, str] = {}
        self._variables: dict[str, Any] = {}
        self._blocks: dict[str, NDArray[Any]] = {}
        self._dataset = _open(path, resolved)
        try:
            self._dataset.set_auto_maskandscale(False)  # ngen takes the numbers as they are stored
            self.rows = self._read_ids()
            times = self._read_times()
            self._find_variables()
        except BaseException:
            self.close()
            raise
        self._first = self._cover(times, start, start + last * HOUR)
        self.hours = times.size - self._first

    def close(self) -> None:
        """Close the file; what has been read stays."""
        if self._dataset.isopen():
            self._dataset.close()

    def series(self, name: str, catchment_id: str) -> NDArray[np.float64]:
        """Values of a variable in a catchment.

        Parameters
        ----------
        name : str
            Name in the file or CSDMS name.
        catchment_id : str
            The catchment.

        Returns
        -------
        array, shape (hours,)
            Begins with the simulation; missing values are NaN.

        Raises
        ------
        ForcingError
            No such variable or catchment, or a variable that ngen would misread.
        """
        variable = self._variable(name)
        row = self._row(catchment_id)
        if row and not np.array_equal(self._dataset["Time"][row, :], self._common_times):
            raise self._other_times(row, catchment_id)
        if variable.name in self._blocks:
            stored = self._blocks[variable.name][row]
        elif variable.size * variable.dtype.itemsize <= _KEPT_BYTES:
            block = self._blocks[variable.name] = np.asarray(variable[:, self._first :])
            stored = block[row]
        else:
            stored = np.asarray(variable[row, self._first :])
        values = stored.astype(np.float64)
        for marker in self._markers(variable):
            values[stored == marker] = np.nan
        return values

    @cached_property
    def _common_times(self) -> NDArray[Any]:
        return np.asarray(self._dataset["Time"][0, :])

    def _other_times(self, row: int, catchment_id: str) -> ForcingError:
        return ForcingError(
            f"{self.path}: the times of {catchment_id} (Time[{row}, :]) differ from those of the first catchment, "
            "which ngen takes for all; give every catchment the same hours"
        )

    @staticmethod
    def _markers(variable: Any) -> Iterator[Any]:
        """Numbers that stand for a missing value; without a mark of its own a variable has the library's."""
        import netCDF4

        own = [getattr(variable, key) for key in ("_FillValue", "missing_value") if hasattr(variable, key)]
        yield from own or [netCDF4.default_fillvals.get(variable.dtype.str[1:], np.nan)]

    def _variable(self, name: str) -> Any:
        """Find a variable and refuse it if ngen would misread it."""
        try:
            variable = self._variables[name]
        except KeyError:
            raise ForcingError(
                f"{self.path}: no forcing variable '{name}'{did_you_mean(name, self._variables)}; the file offers "
                f"{', '.join(sorted(self._variables))}: add the variable, with the dimensions (catchment-id, time), or "
                "map the model's input to an existing one in variables_names_map"
            ) from None
        packed = [key for key in ("scale_factor", "add_offset") if hasattr(variable, key)]
        if packed:
            raise ForcingError(
                f"{self.path}: '{variable.name}' is packed ({' and '.join(packed)}), and ngen would take the stored "
                "numbers for values; write it unpacked"
            )
        return variable

    def _row(self, catchment_id: str) -> int:
        try:
            return self.rows[catchment_id]
        except KeyError:
            raise ForcingError(missing_ids(self, [catchment_id])) from None

    def _read_ids(self) -> dict[str, int]:
        """Catchment ids -> their rows."""
        ids = self._dataset.variables.get("ids")
        if ids is None or ids.ndim != 1 or ids.dtype is not str:
            found = "is missing" if ids is None else f"is {ids.dtype} with the dimensions ({', '.join(ids.dimensions)})"
            raise ForcingError(f"{self.path}: the variable 'ids' {found}; expected one string for each catchment")
        rows: dict[str, int] = {}
        for row, name in enumerate(ids[:]):
            if name in rows:
                raise ForcingError(f"{self.path}: ids[{rows[name]}] and ids[{row}] are both '{name}'; remove one")
            rows[str(name)] = row
        return rows

    def _read_times(self) -> NDArray[np.int64]:
        time = self._dataset.variables.get("Time")
        if time is None or not self._is_series(time) or time.dtype is str:
            found = "is missing" if time is None else f"has the dimensions ({', '.join(time.dimensions)})"
            raise ForcingError(
                f"{self.path}: the variable 'Time' {found}; expected numbers with the dimensions "
                f"({self._dataset.variables['ids'].dimensions[0]}, time)"
            )
        if not self.rows:
            raise ForcingError(f"{self.path}: the file has no catchments")
        return read_times(self.path, time)

    def _is_series(self, variable: Any) -> bool:
        return tuple(variable.dimensions) == (self._dataset.variables["ids"].dimensions[0], "time")

    def _find_variables(self) -> None:
        """Offer every variable of catchment and time under its own and its CSDMS name."""
        for name, variable in self._dataset.variables.items():
            if name in _HELPERS or not self._is_series(variable) or variable.dtype is str:
                continue
            canonical, default = WELL_KNOWN.get(name, (name, ""))
            if canonical in self._variables:
                raise ForcingError(
                    f"{self.path}: '{self._variables[canonical].name}' and '{name}' are both '{canonical}', and ngen "
                    "would take the values of one with the unit of the other; remove one"
                )
            units = str(getattr(variable, "units", "")) or default
            for key in (name, canonical):
                self._variables[key] = variable
                self.units[key] = units

    def _cover(self, times: NDArray[np.int64], start: int, end: int) -> int:
        """Position of the first simulated hour."""
        begin, stop = int(times[0]), int(times[-1])
        if begin > start:
            raise ForcingError(
                f"{self.path}: the forcing begins at {to_text(begin)}, after the start of the simulation "
                f"({to_text(start)}); extend the file or move time.start_time"
            )
        if stop < end:
            raise ForcingError(
                f"{self.path}: the forcing ends at {to_text(stop)}, before the end of the simulation "
                f"({to_text(end)}); extend the file or move time.end_time"
            )
        first, rest = divmod(start - begin, HOUR)
        if rest:
            raise ForcingError(
                f"{self.path}: the simulation starts at {to_text(start)}, between two times of the file "
                f"({to_text(begin)} and every hour from there); move time.start_time by {HOUR - rest} s"
            )
        return first


def missing_ids(file: NetcdfFile, catchment_ids: list[str]) -> str:
    """Say which catchments a file does not have.

    Parameters
    ----------
    file : NetcdfFile
        The file.
    catchment_ids : list of str
        Catchments that are not in it.
    """
    shown = ", ".join(catchment_ids[:10]) + (", ..." if len(catchment_ids) > 10 else "")
    some = ", ".join(list(file.rows)[:5]) + (", ..." if len(file.rows) > 5 else "")
    return (
        f"{file.path}: no forcing for {shown} ({len(catchment_ids)} catchments are not in 'ids', which has {some}); "
        "ngen would give them the first catchment's: add them to the file or leave them out of the run"
    )


def _open(path: str, resolved: Path) -> Any:
    """Open the file; netCDF4 is imported on first use, since most runs do without."""
    try:
        import netCDF4
    except ImportError as error:
        raise HarnessError(
            f"{path}: reading NetCDF forcing needs the package netCDF4, which is not installed: "
            "pip install 'ngen-arid[harness]' or pip install netCDF4"
        ) from error
    if not resolved.is_file():
        raise ForcingError(f"{path}: no such forcing file")
    try:
        return netCDF4.Dataset(str(resolved))
    except (OSError, RuntimeError) as error:
        raise ForcingError(f"{path}: cannot read the file as NetCDF: {error}") from error
