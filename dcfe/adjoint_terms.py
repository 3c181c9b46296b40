"""What the outputs of a step are sums of."""

from __future__ import annotations

from cfe_bmi.state import CfeFluxes

TERMS = (
    *CfeFluxes._fields,
    "rain",
    "pet",
    "soil",
    "groundwater",
    "soil_before",
    "direct",
    "surface",
    "lateral",
)
"""What outputs are sums of: fluxes, forcing, storages at the end and the start, direct runoff, and the water in the
surface's and in the lateral routing."""
(
    ET_RAIN,
    ET_RETENTION,
    ET_SOIL,
    EXCESS,
    INFILTRATION,
    PERCOLATION,
    LATERAL_INFLOW,
    LATERAL_RUNOFF,
    BASE_FLOW,
    SURFACE_RUNOFF,
    RUNON,
    RAIN,
    PET,
    SOIL,
    GROUNDWATER,
    BEFORE,
    DIRECT,
    SURFACE,
    LATERAL,
) = range(len(TERMS))
N_TERMS = len(TERMS)
SELDOM = (ET_RAIN, ET_RETENTION, ET_SOIL, INFILTRATION, PERCOLATION, RUNON, RAIN, PET, SOIL, GROUNDWATER, BEFORE)
"""Terms that discharge and its parts do not contain."""
