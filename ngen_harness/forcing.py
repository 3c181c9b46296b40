"""Hourly forcing from a CSV file, as ngen's ``CsvPerFeature`` provider serves it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR, RunContext, log, to_text
from ngen_harness.errors import ForcingError
from ngen_harness.forcing_base import FileForcing
from ngen_harness.forcing_file import WELL_KNOWN, ForcingFile
from ngen_harness.json_problems import did_you_mean

# Requested under these names a value is a sum over the hour, under any other a mean.
_SUMS = frozenset(
    {
        "atmosphere_water__rainfall_volume_flux",
        "atmosphere_water__liquid_equivalent_precipitation_rate",
        "land_surface_radiation~incoming~shortwave__energy_flux",
        "land_surface_radiation~incoming~longwave__energy_flux",
    }
)


class CsvForcing(FileForcing):
    """The forcing of one catchment.

    Parameters
    ----------
    path : str
        The file, as it should appear in messages.
    context : RunContext
        Simulated period and unit conversions.

    Raises
    ------
    ForcingError
        The file is missing, malformed, not hourly, or does not cover the period.
    """

    label = "CsvPerFeatureProvider"

    def __init__(self, path: str, context: RunContext) -> None:
        self._file = ForcingFile(path, context.resolve(path), context.start, context.end, context.mode)
        super().__init__(path, context, self._file.units)
        self._last = -((context.start - context.end) // HOUR)
        self._checked: dict[str, NDArray[np.float64]] = {}

    def number(self, name: str, time: int, seconds: int) -> float:
        """Value of a variable over a period, in the file's own unit; see `FileForcing.value`."""
        column = self._checked.get(name)
        if column is None:
            column = self._column(name)
        offset = time - self._start
        index, rest = divmod(offset, HOUR)
        if rest == 0 and seconds == HOUR and 0 <= index <= self._last:
            return self._at(column, index, name)
        return self._aggregate(column, offset, seconds, name)

    def _column(self, name: str) -> NDArray[np.float64]:
        """Find a column and check the numbers in it, once."""
        canonical = WELL_KNOWN.get(name, (name,))[0]
        if canonical not in self._file.columns:
            raise ForcingError(
                f"{self.path}: no forcing variable '{name}'{did_you_mean(name, self.names)}; the file offers "
                f"{', '.join(sorted(self.names))}: "
                "add the column, or map the model's input to an existing one in variables_names_map"
            )
        column = self._file.column(canonical)
        bad = np.flatnonzero(~np.isfinite(column))
        if bad.size:
            when = to_text(self._start + int(bad[0]) * HOUR)
            # ngen hands them over without a word; a good model refuses them or has a policy
            log.warning(
                "%s: '%s' is %s at %s (%d of %d hours are not finite numbers); the model gets them as they are",
                *(self.path, name, column[bad[0]], when, bad.size, column.size),
            )
        self._checked[name] = column
        return column

    def _at(self, column: NDArray[np.float64], index: int, name: str) -> float:
        """Value of an hour; only the faithful mode gets so far without having it."""
        if index >= column.size:
            raise ForcingError(
                f"{self.path}: '{name}' is wanted for hour {index}, but the simulated period has only {column.size} "
                f"rows (counted from 0; bad index {index} for {WELL_KNOWN.get(name, (name,))[0]}): complete the file"
            )
        return float(column[index])

    def _aggregate(self, column: NDArray[np.float64], offset: int, seconds: int, name: str) -> float:
        """Combine hours for a period that is not one hour of the file, with ngen's weights.

        Needed when a model's clock does not move by the hour, and for variables echoed after the last step.
        """
        if offset < 0:
            raise ForcingError(
                f"{self.path}: '{name}' is wanted {-offset} s before the simulation begins; "
                "the model's clock runs backwards"
            )
        index = min(offset // HOUR, self._last)
        spans = [HOUR - (offset - index * HOUR)]
        numbers = [self._at(column, index, name)]
        left = seconds - spans[0]
        while left > 0:
            index += 1
            if index > self._last:
                return numbers[-1]
            spans.append(min(left, HOUR))
            numbers.append(self._at(column, index, name))
            left -= spans[-1]
        whole = float(HOUR) if name in _SUMS else float(seconds)
        return sum(number * (span / whole) for number, span in zip(numbers, spans, strict=True))


class NullForcing:
    """The provider for models without inputs: every request is an error."""

    label = "NullForcingProvider"
    names: tuple[str, ...] = ()

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """Refuse: there is no forcing."""
        raise ForcingError(
            f"'{name}' is wanted, but forcing.provider is NullForcingProvider; use CsvPerFeature and give a file"
        )

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """Refuse: there is no forcing."""
        return [self.value(name, time, seconds, units)]


def find_forcing_file(
    folder: str, pattern: str, catchment_id: str, entries: Iterable[str], where: str, *, take_first: bool = False
) -> str:
    """Choose the file of a catchment in a folder.

    Parameters
    ----------
    folder : str
        The folder, as in the realization.
    pattern : str
        Regular expression for the whole file name; the first ``{{id}}`` stands for the catchment.
    catchment_id : str
        The catchment.
    entries : iterable of str
        Names of the files in the folder.
    where : str
        JSON path of the forcing block, for messages.
    take_first : bool
        Of several files take the first of `entries`, with a warning, as ngen does without one.

    Returns
    -------
    str
        Path of the file.

    Raises
    ------
    ForcingError
        No file or several files match, or the pattern is no regular expression.
    """
    filled, found = matching_files(pattern, catchment_id, entries, where)
    base = folder if folder.endswith("/") else folder + "/"
    if not found:
        raise ForcingError(f"{catchment_id}: no file in {base} matches {where}.file_pattern '{filled}'")
    if len(found) > 1 and take_first:
        log.warning("%s: %d files in %s match '%s'; %s is taken", *(catchment_id, len(found), base, filled, found[0]))
    elif len(found) > 1:
        raise ForcingError(
            f"{catchment_id}: {len(found)} files in {base} match {where}.file_pattern '{filled}' "
            f"({', '.join(sorted(found)[:3])}); ngen would take whichever the file system lists first: "
            "make the pattern match one, for example '{{id}}[^0-9].*csv'"
        )
    return base + found[0]


def matching_files(pattern: str, catchment_id: str, entries: Iterable[str], where: str) -> tuple[str, list[str]]:
    """Choose the files whose names match a catchment's pattern; see `find_forcing_file`.

    Returns
    -------
    filled : str
        The pattern with the catchment's id in it.
    found : list of str
        Names, in the order of `entries`.

    Raises
    ------
    ForcingError
        The pattern is no regular expression.
    """
    filled = pattern.replace("{{id}}", catchment_id, 1)
    try:
        expression = re.compile(filled)
    except re.error as error:
        raise ForcingError(f"{where}.file_pattern: '{filled}' is not a regular expression: {error}") from error
    return filled, [name for name in entries if expression.fullmatch(name)]
