"""LASAM's soil files: a header, then a soil in each line, ``name theta_r theta_e alpha n Ks`` in cm and h."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from hydro_physics.soil_classes import ALPHABETICAL_ORDER, STATSGO_CLASSES, plain_name, soil_among
from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.config import read_text
from ngen_bmi.errors import ConfigError

_COLUMNS = ("theta_r", "theta_e", "alpha", "n", "Ks")


@dataclass(frozen=True)
class SoilTable:
    """The soils of a file, as it has them.

    Attributes
    ----------
    source : str
        The file.
    names : tuple of str
        What the soils are called, without quotes.
    soils : tuple of VanGenuchtenSoil
        In the file's order and with its numbers, which are logarithms in files made for LASAM's log mode.
    """

    source: str
    names: tuple[str, ...]
    soils: tuple[VanGenuchtenSoil, ...]

    def __len__(self) -> int:
        return len(self.soils)

    def row(self, number: int) -> tuple[str, VanGenuchtenSoil]:
        """Return name and soil of a row, counted from 1 as ``layer_soil_type`` does.

        Raises
        ------
        ValueError
            When there is no such row.
        """
        if not 1 <= number <= len(self):
            raise ValueError(f"{number} is not a row of {self.source}, which has {len(self)} soils")
        return self.names[number - 1], self.soils[number - 1]

    def named(self, name: str) -> VanGenuchtenSoil:
        """Return the soil of a name, however it is spelled (see `plain_name`).

        Raises
        ------
        ValueError
            When no row, or more than one, has that name.
        """
        plain = [plain_name(given) for given in self.names]
        if plain.count(plain_name(name)) > 1:
            raise ValueError(f"{name!r} is the name of more than one row of {self.source}")
        return soil_among(name, dict(zip(plain, self.soils, strict=True)), self.source)

    def doubts_about_order(self, types: tuple[int, ...]) -> list[str]:
        """Say that a single layer's type looks like a class of STATSGO in a table that has another order.

        Parameters
        ----------
        types : tuple of int
            Row of each layer's soil; all exist.
        """
        if len(types) != 1 or not self._is_alphabetical():
            return []
        number = types[0]
        name = self.names[number - 1]
        meant = STATSGO_CLASSES.get(number)
        if meant is None or plain_name(name) == meant:
            return []
        return [
            f"type {number} is row {number} = {name} in this table; ISLTYP of the hydrofabric is in STATSGO order "
            f"({number} = {meant.capitalize()})"
        ]

    def doubts_about_names(self, types: tuple[int, ...]) -> list[str]:
        """List the types that LGAR-C takes another row's numbers for.

        Parameters
        ----------
        types : tuple of int
            Row of each layer's soil; all exist.
        """
        return [
            f"type {number} is {self.names[number - 1]!r}: LGAR-C does not read names with a blank, and gives this "
            f"type the numbers of the row before it"
            for number in dict.fromkeys(types)
            if len(self.names[number - 1].split()) > 1
        ]

    def _is_alphabetical(self) -> bool:
        first = tuple(plain_name(name) for name in self.names[: len(ALPHABETICAL_ORDER)])
        return first in (ALPHABETICAL_ORDER, tuple(sorted(ALPHABETICAL_ORDER)))


def read_soil_table(path: str | Path) -> SoilTable:
    """Read a soil file.

    The last five fields of a line are its numbers and the rest is the name, which may hold blanks; quotes around it
    are dropped.

    Raises
    ------
    ConfigError
        Naming the file and every line that cannot be used.
    """
    lines = [(number, line) for number, line in enumerate(read_text(path).splitlines(), start=1) if line.strip()]
    problems: list[str] = []
    names: list[str] = []
    soils: list[VanGenuchtenSoil] = []
    number, header = lines[0]
    if not isinstance(_soil(header), str):
        problems.append(f"line {number}: is a soil, expected a header (LASAM skips the first line)")
    for number, line in lines[1:]:
        soil = _soil(line)
        if isinstance(soil, str):
            problems.append(f"line {number}: {soil}")
            continue
        names.append(soil[0])
        soils.append(soil[1])
    if len(lines) == 1:
        problems.append("has no soils after its header")
    if problems:
        raise ConfigError(path, problems)
    return SoilTable(str(path), tuple(names), tuple(soils))


def _soil(line: str) -> tuple[str, VanGenuchtenSoil] | str:
    """Name and soil of a line, or what is wrong with it."""
    fields = line.rsplit(maxsplit=len(_COLUMNS))
    if len(fields) <= len(_COLUMNS):
        return f"expected a name and {len(_COLUMNS)} numbers, found {line.strip()!r}"
    numbers = [_number(field) for field in fields[1:]]
    wrong = [
        f"{column} = {field!r}"
        for column, field, number in zip(_COLUMNS, fields[1:], numbers, strict=True)
        if not math.isfinite(number)
    ]
    if wrong:
        return f"expected numbers, found {', '.join(wrong)} in {line.strip()!r}"
    name = fields[0].strip()
    if math.isfinite(_number(name.split()[-1])):
        return f"has more than {len(_COLUMNS)} numbers (a name that ends in one needs quotes): {line.strip()!r}"
    name = name.strip("\"'").strip()
    return (name, VanGenuchtenSoil(*numbers)) if name else f"has no name: {line.strip()!r}"


def _number(text: str) -> float:
    try:
        # what Python reads and C does not: 1_0, and digits of other scripts
        return math.nan if "_" in text or not text.isascii() else float(text)
    except ValueError:
        return math.nan
