"""The choices of a column that are made once, at set-up."""

from __future__ import annotations

from typing import NamedTuple

NO_FLOW, FREE_DRAINAGE, WATER_TABLE = 0, 1, 2
"""What happens at the bottom: nothing passes, water leaves by gravity, or there is a water table."""


class RichardsOptions(NamedTuple):
    """Choices, as small integers that compiled code takes.

    Attributes
    ----------
    bottom : int
        `NO_FLOW`, `FREE_DRAINAGE` or `WATER_TABLE`.
    pet_affects_precipitation : int
        1: potential evapotranspiration is first taken from the rain.
    """

    bottom: int = NO_FLOW
    pet_affects_precipitation: int = 0
