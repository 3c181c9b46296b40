"""What is possible and yet unlikely: units that no single divide gives away, and a start that no soil has by itself."""

from __future__ import annotations

import math
from collections.abc import Collection

from ngen_config.attributes import CFE_ATTRIBUTES, ELEVATION
from ngen_config.geopackage import NEXUS
from ngen_config.tally import Tally

LOW_COAST = 4500.0
"""Elevation [cm] that some divide of every basin inland exceeds. In metres it is more than any catchment of the
United States has: Mount Whitney is 4421 m."""

PERMEABLE = 1.8e-4
"""Conductivity [m s-1] that no class of the land surface models' tables exceeds: sand has 1.76e-4 in Clapp and
Hornberger (1978), 4.66e-5 in `ngen_config.attributes.NOAH_SOILS`."""


def doubts_of(tally: Tally, soil_storage: float, layers: Collection[str]) -> list[str]:
    """Say which columns are probably in another unit, whether soils begin too dry, and what ngen will miss.

    A basin on the coast can be as low as a mountain whose metres are read as centimetres: these are no errors.

    Parameters
    ----------
    tally : Tally
    soil_storage : float
        CFE's initial soil storage, as a share of the pores.
    layers : collection of str
        Of the GeoPackage.

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
    if tally.dry:
        low, high = tally.wilting
        wet = max(0.4, math.ceil(10.0 * high) / 10.0)
        found.append(
            f"the soil begins with {soil_storage:g} of its pores full, below the wilting point in {tally.dry} of "
            f"{tally.divides} divides ({low:.2g} to {high:.2g} of the pores): it keeps most of the rain that "
            "infiltrates until it is wetter, so that a short run has too little runoff; begin wetter, such as "
            f"--soil-storage {wet:g}, or let the run begin a year before what is looked at"
        )
    if NEXUS not in layers:
        found.append(
            f"the file has no layer '{NEXUS}', which ngen takes its nexuses from; ngen-arid's run, check and compare "
            "do without: leave out --nexus, and the toid of the divides says where they drain"
        )
    return found
