"""What the parts of one run share: the clock, the unit converter, the warnings already given."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from ngen_harness.checkpoint_file import CheckpointFiles
from ngen_harness.errors import UnitConversionError
from ngen_harness.mode import DEFAULT, Mode
from ngen_harness.units import UnitConverter

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
HOUR = 3600

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger("ngen_harness")


def to_epoch(text: str) -> int:
    """Seconds since 1970 of a UTC time written ``YYYY-mm-dd HH:MM:SS``, the only spelling ngen reads.

    Raises
    ------
    ValueError
        Another spelling, or no such time.

    Examples
    --------
    >>> to_epoch("1970-01-02 00:00:00")
    86400
    """
    # fromisoformat is fast but lenient (a "T", no seconds, a time zone); the length and the space pin it
    # down.
    if len(text) != 19 or text[10] != " " or not text.isascii():
        raise ValueError(text)
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1)


def to_text(epoch: int) -> str:
    """Write seconds since 1970 as ``YYYY-mm-dd HH:MM:SS`` in UTC.

    Examples
    --------
    >>> to_text(86400)
    '1970-01-02 00:00:00'
    """
    return (_EPOCH + timedelta(seconds=epoch)).strftime(TIME_FORMAT)


class Closable(Protocol):
    """Something that holds a file open."""

    def close(self) -> None:
        """Let go of the file."""
        ...


@dataclass
class RunContext:
    """State shared by all catchments of one run.

    Attributes
    ----------
    start, end : int
        First and last hour of the simulation, seconds since 1970.
    cwd : Path or None
        Folder that paths in the realization are relative to; None: the process's current folder.
    faithful_calls : bool
        Make all of ngen's BMI calls, or only those that can change a result.
    mode : Mode
        What to do where ngen does something odd, or where its versions differ.
    realization : str
        Its file, for messages.
    convert : UnitConverter
        Cached unit conversions.
    checkpoints : CheckpointFiles
        Files of saved states.
    open_files : dict
        Files that several catchments read from; closed with the run.
    """

    start: int
    end: int
    cwd: Path | None = None
    faithful_calls: bool = True
    mode: Mode = DEFAULT
    realization: str = ""
    convert: UnitConverter = field(default_factory=UnitConverter)
    checkpoints: CheckpointFiles = field(default_factory=CheckpointFiles)
    open_files: dict[Path, Closable] = field(default_factory=dict)
    _given: set[Hashable] = field(default_factory=set)

    def warn_once(self, key: Hashable, message: str) -> None:
        """Log a warning the first time a condition is met; ngen's own warnings also come once."""
        if self.first_time(key):
            # the key goes along so that the warnings of several processes come once as well
            log.warning("%s", message, extra={"once": key})

    def warn_units(self, key: Hashable, message: str) -> None:
        """Log that a unit cannot be converted: once, or every time as ngen of 2025 does."""
        if self.mode.unit_failures_every_time:
            log.warning("%s", message)
        else:
            self.warn_once(key, message)

    def convert_array(self, values: list[float], source: str, target: str, what: str) -> list[float]:
        """Convert all items of an array.

        Parameters
        ----------
        values : list of float
            Numbers in unit `source`.
        source, target : str
            Unit strings.
        what : str
            What it is, for messages.

        Returns
        -------
        list of float

        Raises
        ------
        UnitConversionError
            The units cannot be converted, and this version of ngen aborts then.
        """
        try:
            return [self.convert(value, source, target) for value in values]
        except UnitConversionError as error:
            if not self.mode.unit_failures_every_time:
                raise
            log.warning("%s: unit conversion failure, %s; the raw values are used", what, error)
            return values

    def resolve(self, path: str) -> Path:
        """Turn a path of the realization into one that can be opened."""
        return Path(path) if self.cwd is None else self.cwd / path

    def first_time(self, key: Hashable) -> bool:
        """Note that a condition was met, and say whether for the first time."""
        known = key in self._given
        self._given.add(key)
        return not known

    def fresh(self) -> RunContext:
        """Make a context of the same run for another process: nothing open, nothing said yet."""
        return replace(self, convert=UnitConverter(), open_files={}, _given=set())

    def close(self) -> None:
        """Close the shared files."""
        for file in self.open_files.values():
            file.close()
        self.open_files.clear()
