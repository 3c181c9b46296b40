"""Walk a JSON document and collect every problem with its path, instead of stopping at the first."""

from __future__ import annotations

import difflib
from collections.abc import Collection, KeysView
from dataclasses import dataclass
from typing import Any, Literal

from ngen_harness.context import log
from ngen_harness.mode import DEFAULT, Mode
from ngen_harness.ptree import kind, typed

# What ngen does: it aborts, does something wrong without a word, or works; "unsupported": ngen can do what the
# harness cannot.
Effect = Literal["abort", "silent", "works", "unsupported"]


@dataclass(frozen=True)
class Problem:
    """What is wrong, or odd, with the value at a JSON path.

    Attributes
    ----------
    where : str
        The JSON path; empty for the document itself.
    message : str
        What is wrong and what was expected.
    effect : str
        What ngen makes of it.
    """

    where: str
    message: str
    effect: Effect = "abort"


class Problems:
    """The problems found so far.

    Parameters
    ----------
    mode : Mode
        What counts as a problem.
    substitute : bool
        A compiled module is no problem if a Python component can take its place.

    Attributes
    ----------
    entries : list of Problem
        What keeps the harness from using the document.
    notes : list of Problem
        What does not; each has been logged.
    """

    def __init__(self, mode: Mode = DEFAULT, *, substitute: bool = False) -> None:
        self.mode = mode
        self.substitute = substitute
        self.entries: list[Problem] = []
        self.notes: list[Problem] = []

    @property
    def found(self) -> list[str]:
        """The problems as text."""
        return [f"{entry.where}: {entry.message}" if entry.where else entry.message for entry in self.entries]

    def add(self, where: str, message: str, effect: Effect = "abort") -> None:
        """Record a problem about the value at a JSON path."""
        self.entries.append(Problem(where, message, effect))

    def note(self, where: str, message: str, effect: Effect = "silent") -> None:
        """Log something odd that does not stop a run."""
        log.warning("%s %s", where, message)
        self.notes.append(Problem(where, message, effect))


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Suggest the closest known word, as the end of a message; empty if nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


class Node:
    """A JSON object together with its path and the place to report problems.

    Parameters
    ----------
    value : dict
        The object.
    where : str
        Its path, like ``global.formulations[0].params``; empty for the document itself.
    problems : Problems
        Where problems go.
    """

    def __init__(self, value: dict[str, Any], where: str, problems: Problems) -> None:
        self.value = value
        self.where = where
        self.problems = problems

    @property
    def mode(self) -> Mode:
        """What the document is read for."""
        return self.problems.mode

    def has(self, key: str) -> bool:
        """Whether there is a member of this name that this version of ngen reads."""
        return key in self.value and self.mode.knows(key)

    def path(self, key: str) -> str:
        """JSON path of a member."""
        return f"{self.where}.{key}" if self.where else key

    def keys(self) -> KeysView[str]:
        """Names of the members."""
        return self.value.keys()

    def problem(self, key: str, message: str, effect: Effect = "abort") -> None:
        """Record a problem with a member."""
        self.problems.add(self.path(key), message, effect)

    def note(self, key: str, message: str, effect: Effect = "silent") -> None:
        """Log something odd about a member."""
        self.problems.note(self.path(key), message, effect)

    def warn_unknown(self, known: Collection[str]) -> None:
        """Log members that ngen ignores, since an ignored key is usually a misspelt one."""
        for key in self.value:
            if not self.mode.knows(key):
                self.note(key, f"is not a key that ngen of {self.mode.version} knows, ignored")
            elif key not in known:
                hint = did_you_mean(key, known)
                self.note(key, f"is not a key ngen knows, ignored{hint}", "silent" if hint else "works")

    def child(self, key: str, *, optional: bool = False) -> Node:
        """Member that must be a JSON object; an empty one if it is not."""
        value = self.value.get(key)
        if not isinstance(value, dict):
            if not (optional and key not in self.value):
                self.problem(key, f"is {describe(value)}; expected an object {{...}}")
            value = {}
        return Node(value, self.path(key), self.problems)

    def item(self, key: str, index: int) -> Node:
        """Element of a list member; must be a JSON object."""
        value = self.value[key][index]
        where = f"{key}[{index}]"
        if not isinstance(value, dict):
            self.problem(where, f"is {describe(value)}; expected an object {{...}}")
            value = {}
        return Node(value, self.path(where), self.problems)

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Text member, or None."""
        value = self.value.get(key)
        if isinstance(value, str):
            return value
        if value is None and not required:
            return None
        self.problem(key, "is missing" if key not in self.value else f"is {describe(value)}; expected a text")
        return None

    def flag(self, key: str, default: bool) -> bool:
        """Boolean member; the texts "true" and "false" count, numbers do not (ngen aborts)."""
        if key not in self.value:
            return default
        value = typed(self.value[key])
        if isinstance(value, bool):
            return value
        self.problem(key, f"is {describe(self.value[key])}; expected true or false (ngen aborts on anything else)")
        return default

    def number(self, key: str, *, required: bool = False, integer: bool = False) -> float | int | None:
        """Numeric member, or None; numbers in quotes count."""
        if key not in self.value:
            if required:
                self.problem(key, "is missing")
            return None
        value = typed(self.value[key])
        expected = int if integer else (int, float)
        if isinstance(value, bool) or not isinstance(value, expected):
            what = "a whole number" if integer else "a number"
            self.problem(key, f"is {describe(self.value[key])}; expected {what}")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Member that is a list of texts, or None if absent."""
        if key not in self.value:
            return None
        value = self.value[key]
        if value == [] or value is None:
            if self.mode.empty_lists_hold_an_empty_name:
                return ("",)
            self.problem(key, "is empty; ngen takes that for a list with one empty name and aborts: remove the key")
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.problem(key, f"is {describe(value)}; expected a list of names")
            return None
        return tuple(value)

    def mapping(self, key: str) -> dict[str, Any]:
        """Member that is an object of values, or an empty one if absent."""
        if key not in self.value:
            return {}
        value = self.value[key]
        if not isinstance(value, dict) or not value:
            self.problem(
                key,
                f"is {describe(value)}; expected an object with at least one entry "
                "(ngen reads an empty one as a text and aborts): remove the key",
            )
            return {}
        return value


def describe(value: Any) -> str:
    """Describe a JSON value in a message.

    Examples
    --------
    >>> describe(1), describe([]), describe("x"), describe(None)
    ('the number 1', 'an empty list', "the text 'x'", 'null')
    """
    if value is None:
        return "null"
    if value == {} and isinstance(value, dict):
        return "an empty object"
    if value == [] and isinstance(value, list):
        return "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {"Natural": "the number {}", "Real": "the number {}", "String": "the text {!r}"}
    template = names.get(kind(value), "")
    if template:
        return template.format(value)
    return "a list" if isinstance(value, list) else "an object"
