"""What the outputs of a step are sums of."""

from __future__ import annotations

from cfe_bmi.state import CfeFluxes
from hydro_physics.jit import njit

VERTICAL = tuple(name for name in CfeFluxes._fields if name != "lateral_runoff")
"""The fluxes that come from a step's dual numbers; lateral runoff comes from linear routing."""
TERMS = (
    *VERTICAL,
    "lateral_runoff",
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
N_VERTICAL = len(VERTICAL)
LATERAL_RUNOFF, RAIN, PET, SOIL, GROUNDWATER, BEFORE, DIRECT, SURFACE, LATERAL = range(N_VERTICAL, len(TERMS))
N_TERMS = len(TERMS)
LATERAL_INFLOW = VERTICAL.index("lateral_inflow")
EXCESS = VERTICAL.index("excess")


@njit
def vertical(f: CfeFluxes) -> tuple[float, ...]:
    """Fluxes in the order of `VERTICAL`."""
    return (
        f.et_rain,
        f.et_retention,
        f.et_soil,
        f.excess,
        f.infiltration,
        f.percolation,
        f.lateral_inflow,
        f.base_flow,
        f.surface_runoff,
        f.runon,
    )
