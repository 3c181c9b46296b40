"""What a folder or file of forcing offers, as far as a realization has to say it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ngen_bmi.errors import ConfigError
from ngen_config.geopackage import shortened
from ngen_harness.context import HOUR, to_epoch, to_text
from ngen_harness.forcing_file import WELL_KNOWN, split_header
from ngen_harness.netcdf_file import NetcdfFile
from ngen_harness.netcdf_time import read_times

_PATTERNS = ("{{id}}.csv", "{{id}}[^0-9].*csv")
_NAME = re.compile(r"(cat-\d+)(\D.*)?csv")
_RAIN_UNITS = ("mm h-1", "mm h^-1", "mm/h", "mm s-1", "mm s^-1", "mm/s")
EVAPORATION = ("PET", "water_potential_evaporation_flux", "potential_evapotranspiration_rate", "POTENTIAL_ET")
"""Names of potential evapotranspiration that are looked for in a forcing."""


_CANONICAL = frozenset(canonical for canonical, _ in WELL_KNOWN.values())

BYTE_ORDER_MARK_SAID = "begins with a byte-order mark, which ngen takes for a part of a name: save as UTF-8 without it"


@dataclass(frozen=True)
class Forcing:
    """A forcing for all catchments.

    Attributes
    ----------
    path : Path
        Folder of CSV files, or NetCDF file.
    pattern : str
        Of the files' names; empty for NetCDF.
    start, end : str
        First and last hour, UTC.
    units : dict
        Name of each variable, in the file and in CSDMS -> unit.
    files : mapping
        Catchment -> name of its CSV file.
    """

    path: Path
    pattern: str
    start: str
    end: str
    units: dict[str, str]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Path:
        """What was looked at for names and hours: the first file of a folder, or the NetCDF file."""
        return self.path / next(iter(self.files.values())) if self.files else self.path

    def names(self) -> list[str]:
        """Names of the variables as they stand in the file."""
        return sorted(name for name in self.units if name in WELL_KNOWN or name not in _CANONICAL)

    def offers(self, name: str) -> bool:
        """Whether there is a variable of that name, as ngen looks it up."""
        return name in self.units or WELL_KNOWN.get(name, (name,))[0] in self.units

    def rain(self) -> str:
        """Name of the rain: the rate, or the sum of the hour where it is a rate by its unit.

        Raises
        ------
        ConfigError
            There is neither.
        """
        for name in ("precip_rate", "RAINRATE"):
            if name in self.units:
                return name
        if self.units.get("APCP_surface") in _RAIN_UNITS:
            return "APCP_surface"
        why = f" (APCP_surface is in '{self.units['APCP_surface']}')" if "APCP_surface" in self.units else ""
        raise ConfigError(self.first, [f"no rain: expected precip_rate{why}; it has {', '.join(self.names())}"])

    def evaporation(self, name: str | None) -> str:
        """Name of the potential evapotranspiration.

        Raises
        ------
        ConfigError
            There is none.
        """
        for candidate in (name,) if name else EVAPORATION:
            if self.offers(candidate):
                return candidate
        wanted = name or ", ".join(EVAPORATION)
        raise ConfigError(
            self.first,
            [f"no potential evapotranspiration ({wanted}): let --pet calculate it, or name the column: --pet-column"],
        )


def spelled(canonical: str) -> str:
    """Name of a variable in AORC's files, with that in CSDMS.

    >>> spelled("land_surface_air__temperature")
    'TMP_2maboveground (land_surface_air__temperature)'
    """
    name = next((name for name, (other, _) in WELL_KNOWN.items() if other == canonical), "")
    return f"{name} ({canonical})" if name else canonical


class Column(NamedTuple):
    """A column of a CSV file.

    Attributes
    ----------
    name, canonical : str
        In the file, and in CSDMS where it has a name there.
    unit : str
        Of the header, or what ngen takes it to be.
    is_time : bool
    """

    name: str
    canonical: str
    unit: str
    is_time: bool = False


def columns_of(header: str) -> tuple[Column, ...]:
    """Columns of a CSV file by its first line.

    >>> columns_of("time,T2D[degC]")[1]
    Column(name='T2D', canonical='land_surface_air__temperature', unit='degC', is_time=False)
    """
    found = []
    for cell in (cell.strip() for cell in header.split(",")):
        name, unit = split_header(cell)
        canonical, default = WELL_KNOWN.get(name, (name, ""))
        time = cell in ("time", "Time")
        found.append(Column("time", "time", "", True) if time else Column(name, canonical, unit or default))
    return tuple(found)


def read_forcing(path: str | Path, ids: Sequence[str]) -> Forcing:
    """Look at a forcing; the first file says which variables and hours there are.

    `ngen_config.forcing_heads` compares the others with it, and `ngen-arid check` reads them all.

    Parameters
    ----------
    path : str or Path
        Folder of CSV files, one for each catchment, or a NetCDF file.
    ids : sequence of str
        Catchments that need it.

    Raises
    ------
    ConfigError
        It is not there, cannot be read, or has nothing for some catchments.
    """
    path = Path(path)
    if path.is_dir():
        return _csv(path, ids)
    if path.is_file():
        return _netcdf(path, ids)
    raise ConfigError(path, ["no such folder of CSV files or NetCDF file (--forcing)"])


def check_period(start: str, end: str, forcing: Forcing | None) -> None:
    """Raise ConfigError where a period is none, or is not within the forcing."""
    problems = []
    seconds = []
    for key, text in (("--start", start), ("--end", end)):
        try:
            seconds.append(to_epoch(text))
        except ValueError:
            problems.append(f"{key}: expected a time like 2015-12-01 00:00:00, found {text!r}")
    if not problems:
        if seconds[1] < seconds[0]:
            problems.append(f"--end: {end} is before the start, {start}")
        if (seconds[1] - seconds[0]) % HOUR:
            problems.append(f"--end: {end} is not whole hours after {start}")
    if not problems and forcing is not None:
        if seconds[0] < to_epoch(forcing.start):
            problems.append(f"--start: {start} is before the forcing begins, {forcing.start} ({forcing.path})")
        if seconds[1] > to_epoch(forcing.end):
            problems.append(f"--end: {end} is after the last hour of the forcing, {forcing.end} ({forcing.path})")
        if (seconds[0] - to_epoch(forcing.start)) % HOUR:
            problems.append(f"--start: {start} is between two hours of the forcing, which begins {forcing.start}")
    if problems:
        raise ConfigError("period", problems)


def _csv(folder: Path, ids: Sequence[str]) -> Forcing:
    exact: dict[str, str] = {}
    longer: dict[str, list[str]] = {}
    with os.scandir(folder) as entries:
        for name in sorted(entry.name for entry in entries):
            match = _NAME.fullmatch(name)
            if match and match[2] == ".":
                exact[match[1]] = name
            if match and match[2]:
                longer.setdefault(match[1], []).append(name)
    plain = not [name for name in ids if name not in exact]
    pattern = _PATTERNS[0] if plain or len(exact) >= len(longer) else _PATTERNS[1]
    have = exact if pattern == _PATTERNS[0] else {name: files[0] for name, files in longer.items()}
    missing = [name for name in ids if name not in have]
    if missing:
        raise ConfigError(folder, shortened([f"{name}: no forcing file {name}.csv" for name in missing]))
    twice = [name for name in ids if pattern != _PATTERNS[0] and len(longer[name]) > 1]
    if twice:
        raise ConfigError(
            folder, shortened([f"{name}: several files: {', '.join(longer[name][:3])}" for name in twice])
        )
    file = folder / have[ids[0]]
    units, first, last = _first_file(file)
    return Forcing(folder, pattern, first, last, units, {name: have[name] for name in ids})


def _first_file(file: Path) -> tuple[dict[str, str], str, str]:
    """Units by name, and the first and last hour."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, [f"cannot be read: {error}"]) from error
    if text.startswith("\ufeff"):
        raise ConfigError(file, [BYTE_ORDER_MARK_SAID])
    lines = [line for line in text.splitlines() if line.strip()]
    columns = columns_of(lines[0]) if lines else ()
    times = [place for place, column in enumerate(columns) if column.is_time]
    if len(times) != 1 or len(lines) < 2:
        raise ConfigError(file, ["expected a header with a column time, and a row for each hour"])
    units: dict[str, str] = {}
    for column in columns:
        if not column.is_time:
            units[column.name] = units[column.canonical] = column.unit
    ends = []
    for line in (lines[1], lines[-1]):
        row = line.split(",")
        text = row[times[0]].strip() if len(row) == len(columns) else line
        try:
            ends.append(to_text(to_epoch(text)))
        except ValueError as error:
            raise ConfigError(file, [f"{text!r} is not a time like 2015-12-01 00:00:00, which ngen reads"]) from error
    return units, ends[0], ends[1]


def _netcdf(file: Path, ids: Sequence[str]) -> Forcing:
    try:
        import netCDF4
    except ModuleNotFoundError as error:
        raise ConfigError(file, ["NetCDF forcing needs netCDF4: pip install 'ngen-arid[harness]'"]) from error
    try:
        with netCDF4.Dataset(str(file)) as dataset:
            if "Time" not in dataset.variables:
                raise ConfigError(file, ["no variable 'Time': this is not a forcing file of ngen"])
            times = read_times(str(file), dataset.variables["Time"])
    except (OSError, RuntimeError) as error:
        raise ConfigError(file, [f"cannot be read as NetCDF: {error}"]) from error
    start, end = int(times[0]), int(times[-1])
    opened = NetcdfFile(str(file), file, start, (end - start) // HOUR)
    try:
        missing = [name for name in ids if name not in opened.rows]
        if missing:
            raise ConfigError(file, shortened([f"{name}: no forcing, it is not in 'ids'" for name in missing]))
        return Forcing(file, "", to_text(start), to_text(end), dict(opened.units))
    finally:
        opened.close()
