"""Strict YAML configurations: every problem found at once, every number with its unit.

Libraries that map YAML to typed objects stop at the first problem; hence an own reader.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ngen_bmi.errors import ConfigError
from ngen_bmi.variables import Variable

_SYNONYMS = {
    "1": ("1", "-", "none", "dimensionless", "m/m", "m m-1", "m3/m3", "m3 m-3"),
    "m": ("m", "meter", "meters", "metre", "metres"),
    "h-1": ("h-1", "1/h", "h^-1", "hr-1", "1/hr", "/h"),
    "m h-1": ("m h-1", "m/h", "m h^-1", "m hr-1", "m/hr", "m hr^-1"),
    "m s-1": ("m s-1", "m/s", "m s^-1"),
    "s m-1": ("s m-1", "s/m", "s m^-1"),
    "degree": ("degree", "degrees", "deg"),
}


def same_unit(text: str, unit: str) -> bool:
    """Say whether `text` is a spelling of `unit`; nothing is ever converted.

    >>> same_unit("m/s", "m s-1"), same_unit("cm/h", "m s-1")
    (True, False)
    """
    return " ".join(text.split()) in _SYNONYMS.get(unit, (unit,)) or text.strip() == unit


# libyaml's loader, five times as fast, where PyYAML was built with it
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):  # type: ignore[misc, valid-type]
    """SafeLoader that refuses a key given twice."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        # a key that cannot be hashed is refused below, by PyYAML
        if isinstance(key, Hashable) and key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        if isinstance(key, Hashable):
            seen.add(key)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_text(path: str | Path) -> str:
    """Read a configuration file.

    Raises
    ------
    ConfigError
        When it is missing, not readable as text, or empty.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(path, [f"the file cannot be read: {reason}"]) from error
    if not text.strip():
        raise ConfigError(path, ["the file is empty"])
    return text


def load_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    ConfigError
        When it cannot be read, is not YAML, or has a key twice.
    """
    text = read_text(path)
    try:
        document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, KeyError, RecursionError) as error:
        # the last three come from PyYAML's reading of dates such as 2020-13-45, of tags, and of deep nesting
        raise ConfigError(path, [f"not valid YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(document, dict):
        raise ConfigError(path, [f"expected a mapping of keys to values, found {type(document).__name__}"])
    return document


class Section:
    """One mapping of a configuration, read key by key; collects problems in a list shared by all sections.

    Parameters
    ----------
    content : mapping
        What the file holds.
    problems : list of str
        Receives one line for each problem.
    path : str
        Where the section is, such as ``"parameters."``; empty at the top level.
    """

    def __init__(self, content: Any, problems: list[str], path: str = ""):
        self.problems = problems
        self.path = path
        if not isinstance(content, Mapping):
            problems.append(f"{path.rstrip('.')}: expected a mapping of keys to values, found {content!r}")
            content = {}
        self.content = {key: value for key, value in content.items() if value is not None}
        self.empty = {key for key, value in content.items() if value is None}
        for key in sorted(self.empty, key=str):
            self._problem(key, "has no value")
        self.used: set[str] = set(self.empty)

    def _problem(self, key: str, text: str) -> None:
        self.problems.append(f"{self.path}{key}: {text}")

    def has(self, key: str) -> bool:
        """Say whether the key is given, be it without a value."""
        return key in self.content or key in self.empty

    def _take(self, key: str) -> Any:
        self.used.add(key)
        return self.content.get(key)

    def section(self, key: str, required: bool = False) -> Section:
        """Return a sub-section; empty when it is not given."""
        if required and not self.has(key):
            self._problem(key, "missing; it is a mapping of names to values")
        self.used.add(key)
        return Section(self.content.get(key, {}), self.problems, f"{self.path}{key}.")

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return one of several words."""
        value = self._take(key)
        if key in self.empty or (value is None and default is not None):
            return choices[0] if default is None else default
        if value not in choices:
            found = "missing" if value is None else f"{value!r} is not known"
            self._problem(key, f"{found}; expected one of {', '.join(choices)}")
            return choices[0]
        return str(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._problem(key, f"expected true or false, found {value!r}")
            return default
        return value

    def text(self, key: str, default: str) -> str:
        """Return a string."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str | int):
            self._problem(key, f"expected a word, found {value!r}")
            return default
        return str(value)

    def integer(self, key: str, default: int | None, low: int, high: int) -> int:
        """Return a whole number in a closed range; a `default` of None makes it required."""
        value = self._take(key)
        if key in self.empty or (value is None and default is not None):
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            found = "missing" if value is None else f"found {value!r}"
            self._problem(key, f"expected a whole number from {low} to {high}, {found}")
            return low if default is None else default
        return value

    def quantity(self, variable: Variable, *, required: bool) -> float | None:
        """Return the value of a variable, found under its name or an alias; None when it is not given."""
        names = (variable.name, *variable.aliases)
        given = [name for name in names if name in self.content]
        self.used.update(names)
        if not given:
            if required and self.empty.isdisjoint(names):
                self._problem(variable.name, f"missing; {variable.meaning} [{variable.unit}]")
            return None
        if len(given) > 1:
            self._problem(given[0], f"given more than once: {', '.join(given)} are names of the same parameter")
            return None
        number = self._number(given[0], self.content[given[0]], variable.unit)
        if number is None:
            return None
        problem = variable.problem_with(number)
        if problem:
            self._problem(given[0], problem)
            return None
        return number

    def value(self, variable: Variable) -> float:
        """Return the value of a variable or its default; NaN for one with a problem that has been reported."""
        given = any(self.has(name) for name in (variable.name, *variable.aliases))
        number = self.quantity(variable, required=variable.default is None)
        if number is None:
            return math.nan if given or variable.default is None else variable.default
        return number

    def quantities(self, key: str, unit: str, *, low: float = 0.0) -> tuple[float, ...] | None:
        """Return a list of numbers not below `low`, their unit given once or with each; None when it is not given."""
        value = self._take(key)
        if value is None:
            return None
        with_units = unit != "1" and isinstance(value, list) and any(isinstance(v, str) and " " in v for v in value)
        if isinstance(value, Mapping):
            value = self._unwrap(key, value, unit)
            if value is None:
                return None
        elif unit != "1" and not with_units:
            self._problem(key, f"has no unit; write {{value: [...], unit: {unit}}}")
            return None
        if not isinstance(value, list) or not value:
            self._problem(key, f"expected a list of numbers, found {value!r}")
            return None
        numbers = [self._number(key, v, unit) if with_units else self._plain(key, v) for v in value]
        valid = [number for number in numbers if number is not None]
        if len(valid) < len(numbers):
            return None
        if min(valid) < low:
            self._problem(key, f"has a value below {low:g}: {min(valid):g}")
            return None
        return tuple(valid)

    def finish(self) -> None:
        """Report keys that nobody asked for."""
        for key in self.content:
            if key not in self.used:
                known = ", ".join(sorted(map(str, self.used))) or "none"
                self._problem(str(key), f"unknown key; known here: {known}")

    def _number(self, key: str, value: Any, unit: str) -> float | None:
        if isinstance(value, Mapping):
            value = self._unwrap(key, value, unit)
            return None if value is None else self._plain(key, value)
        if isinstance(value, str) and " " in value.strip():
            digits, given_unit = value.strip().split(" ", 1)
            if not same_unit(given_unit, unit):
                self._problem(key, f"is in {given_unit.strip()!r}; expected {unit!r}")
                return None
            return self._plain(key, digits)
        number = self._plain(key, value)
        if number is not None and unit != "1":
            self._problem(key, f"has no unit; write '{value} {unit}' or {{value: {value}, unit: {unit}}}")
            return None
        return number

    def _unwrap(self, key: str, value: Mapping[str, Any], unit: str) -> Any:
        unknown = sorted(set(map(str, value)) - {"value", "unit", "source"})
        if unknown or "value" not in value:
            self._problem(
                key,
                f"expected the keys value, unit and, if you like, source; found {', '.join(map(str, value))}",
            )
            return None
        given = str(value.get("unit", "1" if unit == "1" else ""))
        if not same_unit(given, unit):
            self._problem(key, f"is in {given!r}; expected {unit!r}" if given else f"has no unit; expected {unit!r}")
            return None
        if value["value"] is None:
            self._problem(key, "has no value")
        return value["value"]

    def _plain(self, key: str, value: Any) -> float | None:
        # YAML 1.1 reads 1e-7 (no point) as a word
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self._problem(key, f"expected a number, found {value!r}")
            return None
        return number
