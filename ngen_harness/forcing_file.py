"""Read a forcing file: header, units, hourly rows, and everything that can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR, log, to_epoch, to_text
from ngen_harness.errors import ForcingError
from ngen_harness.mode import DEFAULT, Mode

# CSV name -> (CSDMS name, unit when the header gives none)
WELL_KNOWN = {
    "precip_rate": ("atmosphere_water__liquid_equivalent_precipitation_rate", "mm s^-1"),
    "RAINRATE": ("atmosphere_water__liquid_equivalent_precipitation_rate", "mm s^-1"),
    "APCP_surface": ("atmosphere_water__rainfall_volume_flux", "kg m^-2"),
    "DLWRF_surface": ("land_surface_radiation~incoming~longwave__energy_flux", "W m-2"),
    "LWDOWN": ("land_surface_radiation~incoming~longwave__energy_flux", "W m-2"),
    "DSWRF_surface": ("land_surface_radiation~incoming~shortwave__energy_flux", "W m-2"),
    "SWDOWN": ("land_surface_radiation~incoming~shortwave__energy_flux", "W m-2"),
    "PRES_surface": ("land_surface_air__pressure", "Pa"),
    "PSFC": ("land_surface_air__pressure", "Pa"),
    "SPFH_2maboveground": ("atmosphere_air_water~vapor__relative_saturation", "kg kg-1"),
    "Q2D": ("atmosphere_air_water~vapor__relative_saturation", "kg kg-1"),
    "TMP_2maboveground": ("land_surface_air__temperature", "K"),
    "T2D": ("land_surface_air__temperature", "K"),
    "UGRD_10maboveground": ("land_surface_wind__x_component_of_velocity", "m s-1"),
    "U2D": ("land_surface_wind__x_component_of_velocity", "m s-1"),
    "VGRD_10maboveground": ("land_surface_wind__y_component_of_velocity", "m s-1"),
    "V2D": ("land_surface_wind__y_component_of_velocity", "m s-1"),
}

Report = Callable[[str, str], None]

_RESAMPLE = "resample it to hours, as pet_bmi.aorc.read_aorc does in Python for uneven times"

_HEADER = re.compile(r"(?P<name>.*?)\s*(?:\[(?P<bracket>[^\[]*)\]|\((?P<parenthesis>[^(]*)\))")


class Excerpt(NamedTuple):
    """Lines of a file: its header and rows that follow one another.

    Attributes
    ----------
    lines : list of str
    first_row : int
        Number of the first row's line in the file.
    """

    lines: list[str]
    first_row: int = 2


class ForcingFile:
    """The simulated hours of a forcing file.

    Parameters
    ----------
    path : str
        The file, as it should appear in messages.
    resolved : Path
        The file, as it can be opened.
    start : int
        First simulated hour, seconds since 1970.
    end : int
        Last simulated hour, seconds since 1970.
    mode : Mode
        Whether odd rows and columns are refused, or used as ngen does.
    report : function, optional
        Called with a code and a message for each problem, and reading goes on; default: the first is raised.
    excerpt : Excerpt, optional
        The lines of the file that are wanted; default: all are read.

    Attributes
    ----------
    units : dict
        Name in the file, or CSDMS name -> unit.
    columns : dict
        CSDMS name, or name in the file if there is none -> columns of `values`, normally one.
    values : array, shape (hours, columns)

    Raises
    ------
    ForcingError
        The file is missing, malformed, not hourly, or does not cover the period.
    """

    def __init__(
        self,
        path: str,
        resolved: Path,
        start: int,
        end: int,
        mode: Mode = DEFAULT,
        report: Report | None = None,
        excerpt: Excerpt | None = None,
    ) -> None:
        self.path = path
        self._report = report or self._refuse
        self._start = start
        self._end = end
        self._mode = mode
        self.units: dict[str, str] = {}
        self.columns: dict[str, list[int]] = {}
        self.values = np.empty((0, 0))
        excerpt = Excerpt(_read_lines(path, resolved)) if excerpt is None else excerpt
        header = self._read_header(excerpt.lines[0])
        if header is not None:
            self.values = self._read_rows(excerpt, *header)

    def column(self, canonical: str) -> NDArray[np.float64]:
        """Numbers of a variable; several columns of one canonical name row by row, as ngen stores them."""
        return np.ascontiguousarray(self.values[:, self.columns[canonical]]).ravel()

    def _refuse(self, code: str, message: str) -> None:
        raise ForcingError(f"{self.path}: {message}")

    def _read_header(self, line: str) -> tuple[list[str], int] | None:
        """Names of all columns, as in the file, and the position of the time column."""
        cells = [cell.strip() for cell in line.split(",")]
        times = [position for position, cell in enumerate(cells) if cell in ("time", "Time")]
        if len(times) != 1:
            found = "has no column" if not times else f"has {len(times)} columns"
            self._report("header", f"line 1 {found} 'time' or 'Time'; expected one (the header is {line[:80]!r})")
            return None
        names: list[str] = []
        origin: dict[str, str] = {}
        for position, cell in enumerate(cells):
            if position == times[0]:
                names.append(cell)
                continue
            name, units = split_header(cell)
            if not name:
                self._report("unnamed-column", f"line 1: column {position + 1} has no name")
            canonical, default = WELL_KNOWN.get(name, (name, ""))
            if canonical in origin and self._mode.same_names_interleave:
                log.warning("%s: '%s' and '%s' are mixed row by row", *(self.path, origin[canonical], cell))
            elif canonical in origin:
                self._report(
                    "duplicate-column",
                    f"the columns '{origin[canonical]}' and '{cell}' are both '{canonical}', and ngen "
                    "would mix them row by row; remove one",
                )
            origin[canonical] = cell
            self.units[name] = self.units[canonical] = units or default
            self.columns.setdefault(canonical, []).append(position - (position > times[0]))
            names.append(name)
        return names, times[0]

    def _read_rows(self, excerpt: Excerpt, names: list[str], time_column: int) -> NDArray[np.float64]:
        """Numbers of the simulated hours; every hour must be there and nothing in between, unless the mode is lax."""
        first: int | None = None
        last = 0
        expected = self._start
        end, lax = self._end, self._mode.rows_are_hours
        rows: list[list[float]] = []
        for number, line in enumerate(excerpt.lines[1:], start=excerpt.first_row):
            cells = line.split(",")
            if len(cells) != len(names):
                self._report("cells", f"line {number} has {len(cells)} cells; expected {len(names)} as in the header")
                continue
            text = cells.pop(time_column).strip()
            try:
                time = to_epoch(text)
            except ValueError:
                self._report(
                    "time-format",
                    f"line {number}: '{text}' is not a time ngen can read; expected 'YYYY-mm-dd HH:MM:SS' in UTC",
                )
                continue
            if first is None:
                first = time
                if first > self._start:
                    self._report(
                        "begins-late",
                        f"the forcing begins at {text}, after the start of the simulation "
                        f"({to_text(self._start)}); extend the file or move time.start_time",
                    )
                    expected = first
            last = time
            if time < self._start or time > end:
                continue
            if time != expected and not lax:
                self._report(
                    "not-hourly",
                    f"line {number} is for {text}, expected {to_text(expected)}: the rows must be "
                    "hourly without gaps (ngen takes the i-th row for the i-th hour whatever its time says); "
                    f"{_RESAMPLE}",
                )
            expected = time + HOUR
            rows.append(self._numbers(cells, names, time_column, number, text))
        if first is None:
            self._report("no-rows", "the file has a header but no rows")
        elif lax and last < end:
            log.warning("%s: the forcing ends before the end of the simulation (%s)", self.path, to_text(end))
        elif expected <= end and not lax:
            if last > end:
                self._report(
                    "not-hourly",
                    f"there is no row for {to_text(expected)}, although the file goes on to {to_text(last)}: the rows "
                    f"must be hourly without gaps; {_RESAMPLE}",
                )
            else:
                self._report(
                    "ends-early",
                    f"the forcing ends at {to_text(last)}, before the end of the simulation "
                    f"({to_text(end)}); extend the file or move time.end_time",
                )
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names) - 1)

    def _numbers(self, cells: list[str], names: list[str], time_column: int, number: int, time: str) -> list[float]:
        try:
            if "_" not in "".join(cells):
                return [float(cell) for cell in cells]
        except ValueError:
            pass
        columns = [name for position, name in enumerate(names) if position != time_column]
        numbers: list[float] = []
        for name, cell in zip(columns, cells, strict=True):
            text = cell.strip()
            try:
                if "_" in text:  # Python reads 1_000 as a number, ngen does not
                    raise ValueError(text)
                numbers.append(float(text))
            except ValueError:
                what = f"'{text}' is not a number" if text else "the cell is empty"
                self._report("cell", f"line {number} ({time}), column '{name}': {what}; expected a number")
                numbers.append(np.nan)
        return numbers


def split_header(cell: str) -> tuple[str, str]:
    """Separate name and unit of a column header.

    Examples
    --------
    >>> split_header("P(mm/h)"), split_header("T [K]"), split_header("Q2D")
    (('P', 'mm/h'), ('T', 'K'), ('Q2D', ''))
    """
    match = _HEADER.fullmatch(cell)
    if match is None:
        return cell, ""
    return match["name"].strip(), match["bracket"] or match["parenthesis"] or ""


def _read_lines(path: str, resolved: Path) -> list[str]:
    try:
        text = resolved.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ForcingError(f"{path}: no such forcing file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ForcingError(f"{path}: cannot read the forcing file: {error}") from error
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise ForcingError(f"{path}: the forcing file is empty; expected a header with 'time' and hourly rows")
    return lines
