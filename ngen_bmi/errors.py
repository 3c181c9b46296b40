"""Errors that say where, what was expected, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ConfigError(ValueError):
    """A configuration that cannot be used; lists every problem found, not only the first.

    Parameters
    ----------
    source : str or Path
        The file (or other origin) that the problems were found in.
    problems : iterable of str
        One line for each problem, beginning with the key.
    """

    def __init__(self, source: str | Path, problems: Iterable[str]):
        self.source = str(source)
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{self.source}: {count} problem{'s' if count != 1 else ''}"
        super().__init__("\n  - ".join((head, *self.problems)))


class ParameterError(ValueError):
    """Parameter values, alone or in combination, with which the model has no meaning."""

    def __init__(self, where: str, problems: Iterable[str]):
        self.problems = tuple(problems)
        super().__init__("\n  - ".join((f"{where}: parameters cannot be used", *self.problems)))


class ForcingError(ValueError):
    """A forcing value that the model refuses."""


class StateError(ValueError):
    """A saved state cannot be restored; the model is what it was before."""
