"""What was measured, kept for machines to read: every figure that is printed also becomes a row of a JSON file.

A registry of one screen of code instead of pytest-benchmark: half of the figures are ratios, peaks of memory and times
of other processes, which that package cannot take in, and its rounds and calibration are of no use to runs of seconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SCHEMA = 1

Condition = str | int | float


class Timing(NamedTuple):
    """A figure of several repetitions: median, least, most, and how many there were."""

    median: float
    least: float
    most: float
    repetitions: int = 1

    def scaled(self, factor: float) -> Timing:
        """Return the same in another unit.

        >>> Timing(2.0, 1.0, 4.0, 3).scaled(10.0)
        Timing(median=20.0, least=10.0, most=40.0, repetitions=3)
        """
        return Timing(self.median * factor, self.least * factor, self.most * factor, self.repetitions)


class Row(NamedTuple):
    """A figure and what it was measured for.

    Attributes
    ----------
    name : str
        ``component/group/case``, such as ``cfe/ensemble/classic-schaake-giuh``.
    unit : str
    timing : Timing
    conditions : mapping
        ``catchments``, ``steps``, ``threads`` and whatever else tells rows of the same name apart.
    """

    name: str
    unit: str
    timing: Timing
    conditions: Mapping[str, Condition]

    def as_json(self) -> dict[str, Any]:
        """Return the row as it is written."""
        return {"name": self.name, "unit": self.unit, **self.timing._asdict(), "conditions": dict(self.conditions)}


class Registry:
    """Rows in the order in which they were measured.

    Raises
    ------
    ValueError
        From :meth:`add`, when there is a row of the same name and conditions: figures would hide each other.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._keys: set[tuple[Any, ...]] = set()
        self._group = ""
        self._conditions: dict[str, Condition] = {}

    def add(self, name: str, unit: str, timing: Timing, **conditions: Condition) -> Row:
        """Add a figure; its name and conditions are those of the group (:meth:`group`) and what is given here."""
        full = f"{self._group}/{slug(name)}" if self._group else slug(name)
        row = Row(full, unit, timing, {**self._conditions, **conditions})
        key = (full, unit, tuple(sorted(row.conditions.items())))
        if key in self._keys:
            raise ValueError(f"{full} {dict(row.conditions)} [{unit}] is measured twice; add a condition that differs")
        self._keys.add(key)
        self.rows.append(row)
        return row

    @contextmanager
    def group(self, name: str, **conditions: Condition) -> Iterator[None]:
        """Put `name` before the names of rows, and `conditions` into each, for a while."""
        before = self._group, self._conditions
        self._group = f"{before[0]}/{name}" if before[0] else name
        self._conditions = before[1] | conditions
        try:
            yield
        finally:
            self._group, self._conditions = before


REGISTRY = Registry()
"""Where :func:`benchmarks.common.show` puts what it prints."""


def slug(text: str) -> str:
    """Return words joined by hyphens, without punctuation; slashes stay.

    >>> slug("classic, Schaake, GIUH (10 sub-steps)")
    'classic-schaake-giuh-10-sub-steps'
    """
    kept = "".join(letter if letter.isalnum() or letter in "/." else " " for letter in text.lower())
    return "-".join(kept.split())


def document(machine: Mapping[str, Any], project: Mapping[str, Any], effort: str, rows: list[Row]) -> dict[str, Any]:
    """Put results together as they are written."""
    return {
        "schema": SCHEMA,
        "project": dict(project),
        "machine": dict(machine),
        "effort": effort,
        "rows": [row.as_json() for row in rows],
    }


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write results whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    # one row on each line, so that two versions can be compared with diff
    head = json.dumps({key: value for key, value in results.items() if key != "rows"}, indent=1)
    rows = ",\n".join("  " + json.dumps(row) for row in results["rows"])
    temporary.write_text(f'{head[:-2]},\n "rows": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    os.replace(temporary, path)


def read(path: Path) -> dict[str, Any]:
    """Read results.

    Raises
    ------
    ValueError
        Naming the file and what is wrong with it.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: no JSON: {error}; make it anew with make bench") from error
    check(results, str(path))
    return dict(results)


def check(results: Any, where: str) -> None:
    """Say whether `results` have the form that :func:`document` gives them.

    Raises
    ------
    ValueError
        Naming the place, and what was expected.
    """
    if not isinstance(results, dict) or results.get("schema") != SCHEMA:
        found = results.get("schema") if isinstance(results, dict) else type(results).__name__
        raise ValueError(f"{where}: schema {found!r}; expected {SCHEMA}; make it anew with make bench")
    for key, kind in (("project", dict), ("machine", dict), ("effort", str), ("rows", list)):
        if not isinstance(results.get(key), kind):
            raise ValueError(f"{where}: {key!r} is missing or not a {kind.__name__}")
    for i, row in enumerate(results["rows"]):
        wanted = {"name", "unit", "conditions", *Timing._fields}
        if not isinstance(row, dict) or set(row) != wanted:
            raise ValueError(f"{where}: row {i} has not the keys {', '.join(sorted(wanted))}")
        if not row["least"] <= row["median"] <= row["most"]:
            raise ValueError(f"{where}: row {i}, {row['name']}: median {row['median']} is not between least and most")


def rows_of(results: Mapping[str, Any], prefix: str = "") -> list[Row]:
    """Return the rows of results whose names begin with `prefix`."""
    return [
        Row(row["name"], row["unit"], Timing(*(row[field] for field in Timing._fields)), row["conditions"])
        for row in results["rows"]
        if row["name"].startswith(prefix)
    ]
