"""What happens to wetting fronts, counted."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit

CREATION, MERGE, LAYER_CROSSING, BOTTOM, DRY_OVER_WET, SATURATION, REJECTION, SHORTAGE = range(8)

EVENTS = (
    "creation",
    "merge",
    "layer_crossing",
    "bottom",
    "dry_over_wet",
    "saturation",
    "rejection",
    "shortage",
)
"""Names of the events, in the order of their numbers.

A front is created by rain on a dry surface; merges with the one that it overtakes; crosses into the next layer; reaches
the bottom of the column; a block that dried below the one under it joins it (dry over wet); the block at the surface
saturates; a saturated column sends water back to the surface (rejection); evaporation and drainage are cut to what the
block at the surface holds (shortage).
"""

FULL, RESTLESS = 8, 9
"""Failures, counted after the events: more fronts than fit; corrections that never end."""

COUNTERS = 10


@njit(borrow=True)
def note(events: NDArray[Any], event: int) -> None:
    """Count an event; `events` has shape (`COUNTERS`,)."""
    events[event] += 1
