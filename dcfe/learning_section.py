"""What a learning configuration holds besides numbers with units: words, times, shares of basins, ranges."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ngen_bmi.config import Section


class LearningSection(Section):
    """A section of a learning configuration; problems are collected as in :class:`ngen_bmi.config.Section`."""

    def section(self, key: str, required: bool = False) -> LearningSection:
        """Return a sub-section; empty when it is not given."""
        if required and not self.has(key):
            self.report(key, "missing; it is a mapping of keys to values")
        return LearningSection(self.take(key) if key in self.content else {}, self.problems, f"{self.path}{key}.")

    def report(self, key: str, text: str) -> None:
        """Note a problem with a key."""
        self._problem(key, text)

    def take(self, key: str) -> Any:
        """Return what a key holds as YAML gives it; None when it is not given."""
        return self._take(key)

    def is_mapping(self, key: str) -> bool:
        """Say whether a key holds a mapping."""
        return isinstance(self.content.get(key), Mapping)

    def required_text(self, key: str, meaning: str) -> str:
        """Return a string that has to be there."""
        if not self.has(key):
            self.report(key, f"missing; {meaning}")
            return ""
        return self.text(key, "")

    def number(self, key: str, default: float, low: float, high: float = math.inf) -> float:
        """Return a number without a unit, in a closed range."""
        value = self.take(key)
        if value is None:
            return default
        found = self._plain(key, value)
        if found is None:
            return default
        if not low <= found <= high:
            self.report(key, f"expected {low:g} to {high:g}, found {value!r}")
            return default
        return found

    def positive(self, key: str, default: float) -> float:
        """Return a number above 0 without a unit."""
        found = self.number(key, default, 0.0)
        if found == 0.0:
            self.report(key, "expected a number above 0, found 0")
            return default
        return found

    def words(self, key: str, default: Sequence[str] = (), meaning: str = "words") -> tuple[str, ...]:
        """Return a list of words, each once; one word may stand without brackets."""
        value = self.take(key)
        if value is None:
            return tuple(default)
        found = [value] if isinstance(value, str | int) else value
        if not isinstance(found, list) or not all(
            isinstance(word, str | int) and not isinstance(word, bool) for word in found
        ):
            self.report(key, f"expected a list of {meaning}, found {value!r}")
            return tuple(default)
        texts = [str(word) for word in found]
        for word in sorted({word for word in texts if texts.count(word) > 1}):
            self.report(key, f"{word} is named twice")
        return tuple(dict.fromkeys(texts))

    def integers(self, key: str, default: Sequence[int], low: int, high: int) -> tuple[int, ...]:
        """Return a list of whole numbers in a closed range; it may be empty."""
        value = self.take(key)
        if value is None:
            return tuple(default)
        fine = isinstance(value, list) and all(
            isinstance(item, int) and not isinstance(item, bool) and low <= item <= high for item in value
        )
        if not fine:
            self.report(key, f"expected a list of whole numbers from {low} to {high}, found {value!r}")
            return tuple(default)
        return tuple(value)

    def time(self, key: str) -> np.datetime64 | None:
        """Return a time; None, with a problem noted, when there is none.

        A date alone is its first hour.
        """
        value = self.take(key)
        if value is None:
            if key not in self.empty:
                self.report(key, "missing; a time such as 2000-10-01")
            return None
        try:
            # YAML has read most times already
            found = value if isinstance(value, datetime.date) else datetime.datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.report(key, f"expected a time such as 2000-10-01 or '2000-10-01 06:00', found {value!r}")
            return None
        time = np.datetime64(without_zone(found), "s")
        if time != time.astype("datetime64[h]"):
            self.report(key, f"expected a full hour, found {value}")
            return None
        return time.astype("datetime64[m]")

    def limits(self, key: str) -> tuple[float, float] | None:
        """Return a pair of numbers, lower and upper; None when it is not given or not that."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2:
            self.report(key, f"expected [LOWER, UPPER], found {value!r}")
            return None
        low, high = (self._plain(key, item) for item in value)
        return None if low is None or high is None else (low, high)


def without_zone(time: datetime.date) -> datetime.date:
    """Return a time as UTC when it has a zone, else as it is."""
    if isinstance(time, datetime.datetime) and time.tzinfo is not None:
        return time.astimezone(datetime.UTC).replace(tzinfo=None)
    return time
