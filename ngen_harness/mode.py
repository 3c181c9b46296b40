"""What the run should be true to: ngen's quirks or the user's interest, and which version of ngen.

The other modules ask a `Mode` about one behaviour at a time, so this is the list of all that can differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from ngen_harness.errors import HarnessError

Version = Literal["2026", "2025"]
VERSIONS: tuple[str, ...] = get_args(Version)

# Keys of a realization that ngen of 2025 does not know and therefore ignores.
_NEW_KEYS = frozenset({"output", "mass_balance", "cache_input_variable_metadata", "serialization"})


@dataclass(frozen=True)
class Mode:
    """Answers what ngen, or we, do in a situation.

    Attributes
    ----------
    faithful : bool
        Do what ngen does, even where it silently computes something wrong, and fail when it fails; otherwise such runs
        are refused, before the first model is created if possible. What is undefined in ngen is refused always.
    version : str
        "2026": as recorded with NOAA-OWP/ngen of August 2026; "2025": as read in the sources of the fork of
        February 2025 (of which there are no recordings).
    """

    faithful: bool = False
    version: Version = "2026"

    # ---- faithful or not

    @property
    def rows_are_hours(self) -> bool:
        """Take the i-th forcing row of the period for the i-th hour, whatever its time; miss rows when needed."""
        return self.faithful

    @property
    def same_names_interleave(self) -> bool:
        """Put forcing columns of one canonical name into one series, row by row."""
        return self.faithful

    @property
    def first_match(self) -> bool:
        """Of several forcing files that match a pattern take the first in directory order."""
        return self.faithful

    @property
    def long_lists_are_cut(self) -> bool:
        """Leave out the last values of a parameter's list that is longer than the variable."""
        return self.faithful

    @property
    def empty_lists_hold_an_empty_name(self) -> bool:
        """Read an empty list of names as a list with one empty name."""
        return self.faithful

    @property
    def layers(self) -> bool:
        """Accept a ``layers`` block."""
        return self.faithful

    @property
    def fails_late(self) -> bool:
        """Report a problem only when ngen comes across it, after the models before it have been called."""
        return self.faithful

    # ---- versions

    @property
    def main_output_is_converted(self) -> bool:
        """Convert the main output to metres; else its number is taken for metres, whatever its unit."""
        return self.version != "2025"

    @property
    def single_headers(self) -> bool:
        """Use ``output_header_fields`` of a single formulation."""
        return self.version != "2025"

    @property
    def fixed_decimals(self) -> bool:
        """Write numbers with fixed decimals: 6 for single formulations, ``output_precision`` for several modules."""
        return self.version == "2025"

    @property
    def unit_failures_every_time(self) -> bool:
        """Warn about a unit that cannot be converted every time, and pass arrays on raw too."""
        return self.version == "2025"

    def knows(self, key: str) -> bool:
        """Whether this version reads a key of the realization."""
        return self.version != "2025" or key not in _NEW_KEYS


DEFAULT = Mode()


def make_mode(faithful: bool, version: str) -> Mode:
    """Make a mode from what a user asked for.

    Parameters
    ----------
    faithful : bool
        See `Mode`.
    version : str
        "2026" or "2025".

    Returns
    -------
    Mode

    Raises
    ------
    HarnessError
        There is no such version.
    """
    if version not in VERSIONS:
        raise HarnessError(
            f"version is {version!r}; expected one of {', '.join(map(repr, VERSIONS))} (a year, as text)"
        )
    return Mode(faithful, cast(Version, version))
