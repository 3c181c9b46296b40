"""Write catchment and nexus files in ngen's format; none takes its final name before all are complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngen_harness.config import OutputConfig
from ngen_harness.errors import OutputError


@dataclass(frozen=True)
class Series:
    """Results of one catchment.

    Attributes
    ----------
    columns : tuple of str
        Titles of the columns.
    values : array, shape (steps, columns)
        Values at the end of each hourly step.
    number_format : str
        How ngen of 2025 prints them (``%.6f``); empty: with the realization's significant digits.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    number_format: str = ""


class OutputFolder:
    """The folder that receives the files of a run.

    Nothing appears under its final name before the run has succeeded, unlike in ngen, which leaves truncated
    files.

    Parameters
    ----------
    path : Path
        The folder; created if missing.

    Raises
    ------
    OutputError
        The folder cannot be created or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._created: list[Path] = []
        self._written: list[tuple[Path, Path]] = []
        try:
            self._created = [folder for folder in (path, *path.parents) if not folder.exists()]
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except OSError as error:
            self.discard()
            raise OutputError(
                f"{path}: cannot write into the output folder: {error.strerror}; choose another one with --output "
                "or output.root in the realization"
            ) from error

    def write(self, name: str, lines: Iterable[str]) -> None:
        """Write a text file under a temporary name."""
        target = self.path / name
        if target.is_dir():
            raise OutputError(f"{target}: is a folder; a file of this name has to be written")
        temporary = self.path / f".{name}.{os.getpid()}.part"
        self._written.append((temporary, target))
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)
        except OSError as error:
            raise OutputError(f"{target}: cannot write: {error.strerror}") from error

    def commit(self) -> tuple[Path, ...]:
        """Give all files their final names."""
        try:
            for temporary, target in self._written:
                temporary.replace(target)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot rename the finished files: {error.strerror}") from error
        paths = tuple(target for _, target in self._written)
        self._written.clear()
        return paths

    def discard(self) -> None:
        """Remove what was written, and folders that were created and are empty."""
        for temporary, _ in self._written:
            temporary.unlink(missing_ok=True)
        self._written.clear()
        for folder in self._created:
            with suppress(OSError):
                folder.rmdir()


def catchment_files(
    series: Mapping[str, Series], times: Sequence[str], config: OutputConfig
) -> Iterator[tuple[str, Iterable[str]]]:
    """Name and lines of the catchment files.

    Parameters
    ----------
    series : mapping
        Catchment id -> results, in the order in which ngen runs the catchments.
    times : sequence of str
        Begin of each step.
    config : OutputConfig
        Precision and grouping.

    Yields
    ------
    name : str
        File name.
    lines : iterable of str
        Its lines, ended.

    Raises
    ------
    OutputError
        One file is wanted for catchments with different columns.
    """
    if not series:
        return
    if not config.catchments_in_one_file:
        for name, result in series.items():
            yield f"{name}.csv", _catchment_lines(result, times, config.precision)
        return
    columns = {result.columns for result in series.values()}
    if len(columns) > 1:
        raise OutputError(
            "output.catchment.grouping per_formulation puts all catchments into one file, but their columns "
            "differ: " + "; ".join(", ".join(titles) for titles in sorted(columns))
        )
    yield "cat_output.csv", _common_lines(series, times, config.precision)


def nexus_files(flows: Mapping[str, NDArray[np.float64]], times: Sequence[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """Name and lines of the nexus files; see `catchment_files`."""
    for name, flow in flows.items():
        lines = (
            f"{step}, {time}, {value:.6g}\n"
            for step, (time, value) in enumerate(zip(times, flow.tolist(), strict=True))
        )
        yield f"{name}_output.csv", lines


def _row_format(result: Series, precision: int) -> str:
    return ",".join([result.number_format or f"%.{precision}g"] * len(result.columns))


def _catchment_lines(result: Series, times: Sequence[str], precision: int) -> Iterator[str]:
    yield ",".join(("Time Step", "Time", *result.columns)) + "\n"
    numbers = _row_format(result, precision)
    for step, time in enumerate(times):
        yield f"{step},{time},{numbers % tuple(result.values[step].tolist())}\n"


def _common_lines(series: Mapping[str, Series], times: Sequence[str], precision: int) -> Iterator[str]:
    first = next(iter(series.values()))
    columns = first.columns
    yield ",".join(("catchment_id", "Time Step", "Time", *columns)) + "\n"
    numbers = _row_format(first, precision)
    for step, time in enumerate(times):
        for name, result in series.items():
            yield f"{name},{step},{time},{numbers % tuple(result.values[step].tolist())}\n"
