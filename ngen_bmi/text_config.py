"""Configurations in NOAA-OWP's ``key=value[unit]`` text: what the readers of all models share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ngen_bmi.config import read_text, same_unit
from ngen_bmi.variables import Variable


@dataclass
class TextConfig:
    """The pairs of a file, taken one by one; what is left over nobody asked for.

    Attributes
    ----------
    pairs : dict
        Value and unit (None when there are no brackets) by key.
    problems : list of str
        Receives one line for each problem.
    ignored, doubts : list of str
        For the model's reader: what has no effect, and what may be a mistake.
    unit_note : str
        What to add to complaints about units.
    """

    pairs: dict[str, tuple[str, str | None]]
    problems: list[str]
    ignored: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    unit_note: str = ""

    @classmethod
    def read(cls, path: str | Path, unit_note: str = "") -> TextConfig:
        """Read a file.

        Raises
        ------
        ConfigError
            When it is missing, not readable as text, or empty.
        """
        pairs: dict[str, tuple[str, str | None]] = {}
        problems: list[str] = []
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, equals, rest = line.partition("=")
            key = key.strip()
            if not equals or not key:
                problems.append(f"line {number}: expected key=value, found {line.strip()!r}")
                continue
            if key in pairs:
                problems.append(f"{key}: given twice (again in line {number})")
            value, bracket, rest = rest.partition("[")
            unit, closed, _ = rest.partition("]")
            if bracket and not closed:
                problems.append(f"{key}: the unit [{unit.strip()} is not closed by ]")
            pairs[key] = (value.strip(), unit.strip() if bracket else None)
        return cls(pairs, problems, unit_note=unit_note)

    def take(self, *names: str) -> tuple[str, str, str | None] | None:
        """Return name, value and unit of the first of `names` that the file has."""
        given = [name for name in names if name in self.pairs]
        if not given:
            return None
        taken = [self.pairs.pop(name) for name in given]
        if len(given) > 1:
            self.problems.append(f"{given[0]}: given more than once: {', '.join(given)} are names of the same thing")
        return given[0], *taken[0]

    def word(self, names: tuple[str, ...], choices: Mapping[str, int], default: int | None) -> int:
        """Return what one of several words, in upper or lower case, stands for."""
        taken = self.take(*names)
        if taken is None and default is not None:
            return default
        if taken is not None:
            self.check_unit(taken[0], taken[2], "1")
        expected = f"expected one of {', '.join(choices)}"
        if taken is None:
            self.problems.append(f"{names[0]}: missing; {expected}")
        elif taken[1].lower() in choices:
            return choices[taken[1].lower()]
        else:
            self.problems.append(f"{taken[0]}: {taken[1]!r} is not known; {expected}")
        return next(iter(choices.values()))

    def flag(
        self, name: str, on: tuple[str, ...] = ("true", "True", "1"), off: tuple[str, ...] = ("false", "False", "0")
    ) -> bool:
        """Return whether a switch is on; it is off when not given."""
        taken = self.take(name)
        if taken is None:
            return False
        self.check_unit(name, taken[2], "1")
        if taken[1] in off:
            return False
        if taken[1] not in on:
            *most, last = (*on, *off)
            self.problems.append(f"{name}: {taken[1]!r} is not known; expected {', '.join(most)} or {last}")
        return True

    def number(
        self,
        variable: Variable,
        names: tuple[str, ...],
        *,
        required: bool,
        units: tuple[str, ...] = (),
        when_above: str = "",
    ) -> float | None:
        """Return the value of a variable, found under one of `names`; None when it is not given or not usable.

        Parameters
        ----------
        variable : Variable
            Says unit and valid range.
        names : tuple of str
        required : bool
            Whether it is a problem that the file does not have it.
        units : tuple of str
            Other spellings of its unit.
        when_above : str
            What to add for a value above the valid range.
        """
        taken = self.take(*names)
        if taken is None:
            if required:
                self.problems.append(f"{names[0]}: missing; {variable.meaning} [{variable.unit}]")
            return None
        name, text, unit = taken
        if unit not in units:
            self.check_unit(name, unit, variable.unit)
        numbers = self.read_numbers(name, text)
        if len(numbers) != 1:
            if numbers:
                self.problems.append(f"{name}: expected one number, found {text!r}")
            return None
        problem = variable.problem_with(numbers[0])
        if problem:
            self.problems.append(f"{name}: {problem}{when_above if numbers[0] > variable.valid[1] else ''}")
            return None
        return numbers[0]

    def numbers(self, name: str, unit: str) -> tuple[float, ...]:
        """Return a list of finite numbers; empty when it is not given or not usable."""
        taken = self.take(name)
        if taken is None:
            return ()
        self.check_unit(name, taken[2], unit)
        numbers = self.read_numbers(name, taken[1])
        if not all(map(math.isfinite, numbers)):
            self.problems.append(f"{name}: expected numbers, found {taken[1]!r}")
            return ()
        return numbers

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number in a closed range."""
        taken = self.take(name)
        if taken is None:
            return default
        self.check_unit(name, taken[2], "1")
        if not re.fullmatch("[0-9]{1,9}", taken[1]) or not low <= int(taken[1]) <= high:
            self.problems.append(f"{name}: expected a whole number from {low} to {high}, found {taken[1]!r}")
            return default
        return int(taken[1])

    def read_numbers(self, name: str, text: str) -> tuple[float, ...]:
        """Return the numbers of a text, between commas; empty, with a problem, when they are not numbers."""
        try:
            # what Python reads and C does not: 1_0, and digits of other scripts
            if "_" in text or not text.isascii():
                raise ValueError(text)
            numbers = tuple(float(item) for item in text.split(","))
        except ValueError:
            self.problems.append(f"{name}: expected a number, found {text!r}")
            return ()
        return numbers

    def check_unit(self, name: str, given: str | None, unit: str) -> None:
        """Complain when a unit is given that is not a spelling of `unit`."""
        if not given or same_unit(given, unit):
            return
        self.problems.append(f"{name}: is in [{given}]; expected [{unit}]{self.unit_note}")
