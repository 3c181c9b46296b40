"""Units that no single divide gives away: what all divides together make unlikely."""

from __future__ import annotations

from ngen_config.attributes import CFE_ATTRIBUTES, ELEVATION
from ngen_config.tally import Tally

LOW_COAST = 4500.0
"""Elevation [cm] that some divide of every basin inland exceeds. In metres it is more than any catchment of the
United States has: Mount Whitney is 4421 m."""

PERMEABLE = 1.8e-4
"""Conductivity [m s-1] that no class of the land surface models' tables exceeds: sand has 1.76e-4 in Clapp and
Hornberger (1978), 4.66e-5 in `ngen_config.attributes.NOAH_SOILS`."""


def doubts_of(tally: Tally) -> list[str]:
    """Say which columns are probably in another unit.

    A basin on the coast can be as low as a mountain whose metres are read as centimetres: these are no errors.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    list of str
        With the values, and what to do.
    """
    found = []
    low, high = tally.ranges.get(ELEVATION.column, (0.0, LOW_COAST))
    if high < LOW_COAST:
        found.append(
            f"{ELEVATION.column} is {low:g} to {high:g} in all {tally.divides} divides: as centimetres, its unit, that "
            f"is {low / 100.0:g} to {high / 100.0:g} m above the sea; if these are metres, multiply the column by 100"
        )
    satdk = next(attribute for attribute in CFE_ATTRIBUTES if attribute.parameter == "satdk")
    low, high = tally.ranges.get(satdk.column, (0.0, 0.0))
    if low > PERMEABLE:
        found.append(
            f"{satdk.column} is {low:g} to {high:g} in all {tally.divides} divides: as m s-1, its unit, every soil "
            "would take more than sand; if these are metres in an hour, divide the column by 3600"
        )
    return found
