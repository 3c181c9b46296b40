"""Forcing: the file of a catchment, everything wrong with it, and what it offers."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

import numpy as np

from ngen_harness.checking.findings import Reporter, Severity, split_advice
from ngen_harness.config import ForcingConfig
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import ForcingError
from ngen_harness.forcing import matching_files
from ngen_harness.forcing_file import WELL_KNOWN, ForcingFile

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
    file : ForcingFile or None
        Its numbers.
    known : bool
        False if nobody knows what there is.
    null : bool
        The null provider, which aborts when asked.
    damaged : bool
        The file has cells that are no numbers; they have been reported.
    """

    units: dict[str, str]
    file: ForcingFile | None = None
    known: bool = True
    null: bool = False
    damaged: bool = False

    def first(self, name: str) -> float | None:
        """Value of the first hour."""
        column = self._column(name)
        return None if column is None or not column.size else float(column[0])

    def not_finite(self, name: str) -> tuple[int, int]:
        """Count the hours that are no finite numbers, and give the first."""
        column = None if self.damaged else self._column(name)
        bad = np.flatnonzero(~np.isfinite(column)) if column is not None else np.empty(0, int)
        return int(bad.size), int(bad[0]) if bad.size else -1

    def _column(self, name: str) -> np.ndarray | None:
        canonical = WELL_KNOWN.get(name, (name,))[0]
        if self.file is None or canonical not in self.file.columns or not self.file.values.size:
            return None
        return self.file.column(canonical)


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
        if config.provider != "csv":
            return UNKNOWN
        report = report.under(config.where)
        path = config.path if config.file_pattern is None else self._find(config, catchment, report)
        if path is None:
            return UNKNOWN
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
        return Offer(file.units, file, damaged="cell" in codes), problems
