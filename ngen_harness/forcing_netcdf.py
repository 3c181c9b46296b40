"""Hourly forcing from a NetCDF file, as ngen's ``NetCDF`` provider serves it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR, RunContext, log, to_text
from ngen_harness.errors import ForcingError
from ngen_harness.forcing_base import FileForcing
from ngen_harness.netcdf_file import NetcdfFile, missing_ids


class NetcdfForcing(FileForcing):
    """The forcing of one catchment, from a file that all catchments share.

    Parameters
    ----------
    path : str
        The file, as in the realization.
    catchment_id : str
        The catchment.
    context : RunContext
        Simulated period, unit conversions and the files already open.

    Raises
    ------
    ForcingError
        The file cannot be used, or does not have the catchment.
    """

    label = "NetCDFPerFeatureDataProvider"

    def __init__(self, path: str, catchment_id: str, context: RunContext) -> None:
        self._file = open_shared(path, context)
        if catchment_id not in self._file.rows:
            raise ForcingError(missing_ids(self._file, [catchment_id]))
        super().__init__(path, context, self._file.units)
        self._catchment_id = catchment_id
        self._last = (context.end - context.start) // HOUR
        self._read: dict[str, NDArray[np.float64]] = {}

    def number(self, name: str, time: int, seconds: int) -> float:
        """Value of a variable in an hour, in the file's own unit; see `FileForcing.value`."""
        series = self._read.get(name)
        if series is None:
            series = self._read[name] = self._checked(name)
        index, rest = divmod(time - self._start, HOUR)
        if rest or seconds != HOUR:
            raise ForcingError(
                f"{self.path}: '{name}' of {self._catchment_id} is wanted for {seconds} s from {to_text(time)}, "
                "which is not one of the file's hours; ngen would weight the hours wrongly: let the model's clock "
                "move by whole hours, or use CsvPerFeature"
            )
        if not 0 <= index < series.size:
            raise ForcingError(
                f"{self.path}: '{name}' of {self._catchment_id} is wanted at {to_text(time)}; the file has it "
                f"from {to_text(self._start)} to {to_text(self._start + (series.size - 1) * HOUR)} (forcing among the "
                "output variables is that of the hour after the step, so the file must be an hour longer than the run)"
            )
        return float(series[index])

    def _checked(self, name: str) -> NDArray[np.float64]:
        """Read a variable and report what is not a number, once."""
        series = self._file.series(name, self._catchment_id)
        bad = np.flatnonzero(~np.isfinite(series[: self._last + 1]))
        if bad.size:
            log.warning(
                "%s: '%s' of %s is missing or not finite at %s (%d of %d hours); the model gets it as %s",
                *(self._file.path, name, self._catchment_id, to_text(self._start + int(bad[0]) * HOUR)),
                *(bad.size, self._last + 1, series[bad[0]]),
            )
        return series


def open_shared(path: str, context: RunContext) -> NetcdfFile:
    """Open a file, or give the one already open in this run.

    Parameters
    ----------
    path : str
        The file, as in the realization.
    context : RunContext
        The run.
    """
    resolved = context.resolve(path)
    file = context.open_files.get(resolved)
    if not isinstance(file, NetcdfFile):
        last = (context.end - context.start) // HOUR
        file = context.open_files[resolved] = NetcdfFile(path, resolved, context.start, last)
    return file


def check_netcdf_files(wanted: Iterable[tuple[str, str]], context: RunContext) -> None:
    """Open all NetCDF files of a run and check that every catchment is in its file, before any model is made.

    Parameters
    ----------
    wanted : iterable of (str, str)
        Path and catchment id of every catchment that is fed from a NetCDF file.
    context : RunContext
        The run.

    Raises
    ------
    ForcingError
        Naming all files with problems and all catchments without forcing.
    """
    catchments: dict[str, list[str]] = {}
    for path, catchment_id in wanted:
        catchments.setdefault(path, []).append(catchment_id)
    problems: list[str] = []
    for path, names in catchments.items():
        try:
            file = open_shared(path, context)
        except ForcingError as error:
            problems.append(str(error))
            continue
        missing = [name for name in names if name not in file.rows]
        if missing:
            problems.append(missing_ids(file, missing))
    if problems:
        raise ForcingError("\n".join(problems))
