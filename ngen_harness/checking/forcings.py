"""Forcing: the file of a catchment, everything wrong with it, and what it offers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ngen_harness.checking.findings import Reporter, Severity, split_advice
from ngen_harness.config import ForcingConfig
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import ForcingError, HarnessError
from ngen_harness.forcing import matching_files
from ngen_harness.forcing_file import WELL_KNOWN, ForcingFile
from ngen_harness.forcing_netcdf import NetcdfForcing, missing_ids, open_shared

_SEVERITIES = {
    "header": Severity.ABORT,
    "begins-late": Severity.ABORT,
    "no-rows": Severity.ABORT,
    "ends-early": Severity.ABORT,
    "cell": Severity.ABORT,
    "too-few-rows": Severity.ABORT,
    "duplicate-column": Severity.SILENT,
    "cells": Severity.SILENT,
    "time-format": Severity.SILENT,
    "not-hourly": Severity.SILENT,
    "unnamed-column": Severity.WORKS,
}
_KEPT = 8

# Where times cannot be read, what they say about the period is worth nothing.
_ABOUT_TIMES = {"begins-late", "no-rows", "ends-early"}


@dataclass(frozen=True)
class Offer:
    """What the forcing of a catchment offers.

    Attributes
    ----------
    units : dict
        Name -> unit, CSDMS names included.
    path : str
        The file; empty if there is none.
    series : function or None
        Gives the numbers of a variable, from the first hour on; None for one that it does not have.
    known : bool
        False if nobody knows what there is.
    null : bool
        The null provider, which aborts when asked.
    damaged : bool
        The file has cells that are no numbers; they have been reported.
    header : bool
        Units stand in the header of a CSV file.
    """

    units: dict[str, str]
    path: str = ""
    series: Callable[[str], np.ndarray | None] | None = None
    known: bool = True
    null: bool = False
    damaged: bool = False
    header: bool = False

    def first(self, name: str) -> float | None:
        """Value of the first hour."""
        column = self.values(name)
        return None if column is None or not column.size else float(column[0])

    def not_finite(self, name: str) -> tuple[int, int]:
        """Count the hours that are no finite numbers, and give the first."""
        column = None if self.damaged else self.values(name)
        bad = np.flatnonzero(~np.isfinite(column)) if column is not None else np.empty(0, int)
        return int(bad.size), int(bad[0]) if bad.size else -1

    def values(self, name: str) -> np.ndarray | None:
        """Numbers of a variable from the first hour on; None for one that it does not have."""
        return None if self.series is None else self.series(name)


UNKNOWN = Offer({}, known=False)


class ForcingCheck:
    """Checks forcing files, each once.

    Parameters
    ----------
    context : RunContext
        The simulated period.
    timed : bool
        False if the period is not known.
    """

    def __init__(self, context: RunContext, timed: bool) -> None:
        self._context = context
        self._timed = timed
        self._files: dict[str, tuple[Offer, list[tuple[str, str]]]] = {}
        self._folders: dict[str, list[str]] = {}

    def check(self, config: ForcingConfig | None, catchment: str, report: Reporter) -> Offer:
        """Report what is wrong with the forcing of a catchment and say what it offers.

        Parameters
        ----------
        config : ForcingConfig or None
            None if the realization could not be read there.
        catchment : str
            The catchment; empty if unknown.
        report : Reporter
            For the realization and this catchment.

        Returns
        -------
        Offer
        """
        if config is None:
            return UNKNOWN
        if config.provider == "null":
            return Offer({}, null=True)
        report = report.under(config.where)
        path = config.path if config.file_pattern is None else self._find(config, catchment, report)
        if path is None:
            return UNKNOWN
        if config.provider == "netcdf":
            return self._open(path, catchment, report.under("", file=path))
        if path not in self._files:
            if len(self._files) >= _KEPT:  # catchments that share a file find it; the others do not fill the memory
                self._files.pop(next(iter(self._files)))
            self._files[path] = self._read(path)
        offer, problems = self._files[path]
        codes = Counter(code for code, _ in problems)
        first: dict[str, str] = {}
        for code, message in problems:
            first.setdefault(code, message)
        for code, message in first.items():
            if code in _ABOUT_TIMES and codes["time-format"]:
                continue
            more = f" ({codes[code] - 1} more like this)" if codes[code] > 1 else ""
            why, fix = split_advice(message)
            report.under("", file=path).report(
                _SEVERITIES.get(code, Severity.ABORT), f"forcing-{code}", why + more, fix
            )
        return offer

    def _find(self, config: ForcingConfig, catchment: str, report: Reporter) -> str | None:
        """Find the file that the pattern means."""
        pattern = config.file_pattern or ""
        if not catchment and "{{id}}" in pattern:
            return None
        if config.path not in self._folders:
            try:
                with os.scandir(self._context.resolve(config.path)) as entries:
                    self._folders[config.path] = [entry.name for entry in entries if entry.is_file()]
            except OSError as error:
                report.under("path").abort(
                    "forcing-folder",
                    f"cannot list the forcing folder '{config.path}': {error.strerror}",
                    "give an existing folder, relative to the folder in which ngen runs",
                )
                return None
        report = report.under("file_pattern")
        try:
            filled, found = matching_files(pattern, catchment, sorted(self._folders[config.path]), config.where)
        except ForcingError as error:
            report.abort("forcing-pattern", str(error).partition(": ")[2], "correct the regular expression")
            return None
        base = config.path if config.path.endswith("/") else config.path + "/"
        if not found:
            report.abort(
                "forcing-pattern",
                f"no file in {base} matches '{filled}' (the whole name must match)",
                "correct the pattern, for example '.*{{id}}[^0-9].*csv'",
            )
            return None
        if len(found) > 1:
            report.silent(
                "forcing-pattern",
                f"{len(found)} files in {base} match '{filled}' ({', '.join(found[:3])}); ngen takes whichever the "
                "file system lists first",
                "make the pattern match one, for example '.*{{id}}[^0-9].*csv'",
            )
        return base + found[0]

    def _open(self, path: str, catchment: str, report: Reporter) -> Offer:
        """Look into a NetCDF file; what ngen would make of a bad one is known only where a catchment is missing."""
        try:
            file = open_shared(path, self._context)
            if not catchment:
                return Offer(file.units, path)
            if catchment not in file.rows:
                why, fix = split_advice(missing_ids(file, [catchment]).removeprefix(f"{path}: "))
                report.silent("forcing-ids", f"{why}; ngen gives it the first catchment's forcing", fix)
                return Offer(file.units, path)
            source = NetcdfForcing(path, catchment, self._context)
        except ForcingError as error:
            report.abort("forcing-file", *split_advice(str(error).removeprefix(f"{path}: ")))
            return UNKNOWN
        except HarnessError as error:  # netCDF4 is not installed
            report.works("not-checked", *split_advice(str(error)))
            return UNKNOWN

        def series(name: str) -> np.ndarray | None:
            if name not in source.names:
                return None
            try:
                return file.series(name, catchment)
            except ForcingError as error:
                report.abort("forcing-file", *split_advice(str(error).removeprefix(f"{path}: ")))
                return None

        return Offer(file.units, path, series)

    def _read(self, path: str) -> tuple[Offer, list[tuple[str, str]]]:
        """Read a file and collect its problems."""
        context = self._context
        last = (context.end - context.start) // HOUR
        problems: list[tuple[str, str]] = []

        def note(code: str, message: str) -> None:
            problems.append((code, message))

        resolved = context.resolve(path)
        if resolved.is_dir():
            return UNKNOWN, [("file", "is a folder; give a file, or add file_pattern")]
        try:
            file = ForcingFile(path, resolved, context.start, context.end, report=note)
        except ForcingError as error:
            return UNKNOWN, [("file", str(error).removeprefix(f"{path}: "))]
        if not self._timed:
            problems = [entry for entry in problems if entry[0] in ("header", "duplicate-column", "unnamed-column")]
        codes = {code for code, _ in problems}
        if "not-hourly" in codes and "ends-early" not in codes and len(file.values) < last + 1:
            problems.append(
                (
                    "too-few-rows",
                    f"has {len(file.values)} rows from {to_text(context.start)} to {to_text(context.end)}, but the "
                    f"simulation has {last + 1} hours: ngen aborts when it runs out of rows ('bad index'); give one "
                    "row for each hour, at the hour of the time steps",
                )
            )
        if "header" in codes:
            return UNKNOWN, problems

        def series(name: str) -> np.ndarray | None:
            canonical = WELL_KNOWN.get(name, (name,))[0]
            return file.column(canonical) if canonical in file.columns and file.values.size else None

        return Offer(file.units, path, series, damaged="cell" in codes, header=True), problems
