"""What a check finds: how bad, where, why, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

_SHOWN = 5
_LISTED = 12

_SUGGESTION = re.compile(r"did you mean '(.+?)'")
# Messages of the harness end in what to do, after a colon or semicolon.
_VERBS = (
    "add|correct|declare|expected|extend|fill|give|install|keep|make|map|"
    "move|name|remove|report|resample|run|set|use|write"
)
_ADVICE = re.compile(rf"[;:] ((?:{_VERBS})\b.*)", re.DOTALL)


class Severity(StrEnum):
    """What ngen makes of it, worst first."""

    ABORT = "abort"
    SILENT = "silent"
    WORKS = "works"


@dataclass(frozen=True)
class Place:
    """Where something was found; what does not apply is empty.

    Attributes
    ----------
    file : str
        Realization, forcing file, hydrofabric or model configuration.
    key : str
        JSON path in the realization.
    variable : str
        Variable of a model, or column of a forcing file.
    catchments : tuple of str
        Catchments it was found for.
    """

    file: str = ""
    key: str = ""
    variable: str = ""
    catchments: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [part for part in (self.file, self.key) if part]
        if self.variable:
            parts.append(f"variable '{self.variable}'")
        if self.catchments:
            shown = ", ".join(self.catchments[:_SHOWN])
            more = len(self.catchments) - _SHOWN
            parts.append(f"{shown} and {more} more" if more > 0 else shown)
        return ": ".join(parts)


@dataclass(frozen=True)
class Finding:
    """One thing a check has found.

    Attributes
    ----------
    severity : Severity
        ``abort``: ngen would abort; ``silent``: ngen would go on with something else than what was meant, without
        a word or with one warning among many; ``works``: ngen does what is written, but it is worth a look.
    where : Place
        Where it was found.
    why : str
        What is wrong and what ngen does.
    fix : str
        What to change.
    code : str
        A short name of the kind of finding, for programs.
    """

    severity: Severity
    where: Place
    why: str
    fix: str
    code: str

    def as_dict(self) -> dict[str, Any]:
        """Give the finding as JSON values."""
        return asdict(self)


class Findings:
    """Collects findings; the same one for many catchments is kept once, with all of them."""

    def __init__(self) -> None:
        self._found: dict[Finding, dict[str, None]] = {}

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        where = finding.where
        key = replace(finding, where=replace(where, catchments=()))
        self._found.setdefault(key, {}).update(dict.fromkeys(where.catchments))

    def at(self, file: str, key: str = "", catchment: str = "") -> Reporter:
        """Make a reporter for a place."""
        return Reporter(self, Place(file, key, "", (catchment,) if catchment else ()))

    def sorted(self) -> list[Finding]:
        """All findings, the worst first, otherwise in the order in which they were found."""
        ranks = list(Severity)
        found = [
            replace(finding, where=replace(finding.where, catchments=tuple(catchments)))
            for finding, catchments in self._found.items()
        ]
        return sorted(found, key=lambda finding: ranks.index(finding.severity))


@dataclass(frozen=True)
class Reporter:
    """Adds findings about one place."""

    findings: Findings
    place: Place

    def under(self, key: str, file: str | None = None) -> Reporter:
        """Make a reporter for a member of the place's JSON value, or the same place in another file."""
        place = replace(self.place, key=".".join(part for part in (self.place.key, key) if part))
        return Reporter(self.findings, place if file is None else replace(place, file=file))

    def at_key(self, key: str) -> Reporter:
        """Make a reporter for another JSON path."""
        return Reporter(self.findings, replace(self.place, key=key))

    def report(self, severity: Severity, code: str, why: str, fix: str, variable: str = "") -> None:
        """Add a finding."""
        self.findings.add(Finding(severity, replace(self.place, variable=variable), why, fix, code))

    def abort(self, code: str, why: str, fix: str, variable: str = "") -> None:
        """Add something at which ngen aborts."""
        self.report(Severity.ABORT, code, why, fix, variable)

    def silent(self, code: str, why: str, fix: str, variable: str = "") -> None:
        """Add something that ngen passes over."""
        self.report(Severity.SILENT, code, why, fix, variable)

    def works(self, code: str, why: str, fix: str, variable: str = "") -> None:
        """Add something that works, but."""
        self.report(Severity.WORKS, code, why, fix, variable)


def split_advice(message: str, default: str = "correct it") -> tuple[str, str]:
    """Separate what is wrong from what to do, in a message of the harness.

    Examples
    --------
    >>> split_advice("is missing; expected a list"), split_advice("is empty: remove the key")
    (('is missing', 'expected a list'), ('is empty', 'remove the key'))
    >>> split_advice("'tiem' is unknown (did you mean 'time'?)"), split_advice("is missing")
    (("'tiem' is unknown (did you mean 'time'?)", "write 'time'"), ('is missing', 'add it'))
    """
    close = _SUGGESTION.search(message)
    if close is not None:
        return message, f"write '{close[1]}'"
    found = _ADVICE.search(message)
    if found is not None:
        return message[: found.start()], found[1]
    return message, "add it" if message.startswith("is missing") else default


def listing(names: Iterable[str]) -> str:
    """List names in a message, sorted, a few of them.

    Examples
    --------
    >>> listing([]), listing("ba")
    ('nothing', 'a, b')
    """
    ordered = sorted(names)
    more = len(ordered) - _LISTED
    text = ", ".join(ordered[:_LISTED])
    return f"{text} and {more} more" if more > 0 else text or "nothing"


def worst(findings: Iterable[Finding]) -> int:
    """Exit status for findings: 0 none, 1 ngen would run, 2 ngen would abort."""
    severities = {finding.severity for finding in findings}
    return 2 if Severity.ABORT in severities else 1 if severities else 0
