"""Gradient coverage: in which share of the steps each branch of CFE was active.

A parameter acts only through the branches that it stands in. Where none of them was ever active, a "logic gate" stayed
closed, its gradient is 0, and no data of that basin and period can teach it. The branches are read off the outputs of
a run; nothing is simulated again. It is a diagnosis of values: a rate that is exactly 0 keeps its branch closed though
its gradient may not be 0, and round-off near the wilting point may be on either side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeCoefficients, CfeParameters
from cfe_bmi.ensemble_setup import derive_rows
from cfe_bmi.state import NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions

_Array = NDArray[np.float64]
_Mask = NDArray[np.bool_]

NEEDED_OUTPUTS = (
    "rain_rate",
    "potential_et",
    "et_from_rain",
    "et_from_retention",
    "et_from_soil",
    "infiltration",
    "infiltration_excess",
    "direct_runoff",
    "soil_to_gw_flux",
    "lateral_flow",
    "nash_lateral_runoff",
    "runon_infiltration",
    "soil_storage",
    "gw_storage",
    "deep_gw_to_channel_flux",
    "nwm_ponded_depth",
)
"""Outputs that :func:`gradient_coverage` reads."""

ROUND_OFF = 1e-12
"""Differences of storages up to this are taken as none [m]: storages are rebuilt from the fluxes."""

BRANCHES: dict[str, str] = {
    "rain": "it rains",
    "rain evaporates": "part of the rain evaporates as it falls",
    "rain evaporates fully": "all of the rain evaporates as it falls",
    "rain is partitioned": "rain reaches the ground and the soil has room",
    "infiltration excess": "part of the rain does not infiltrate",
    "rain on free water": "rain reaches the ground while the soil is above the threshold",
    "soil saturated": "the soil has no room left",
    "soil evaporates": "the soil evaporates",
    "full evaporation": "soil above the threshold: it meets the whole demand",
    "stressed evaporation": "soil between wilting point and threshold: it meets a part of the demand",
    "below wilting point": "soil at or below the wilting point: no evaporation",
    "above threshold": "soil above the threshold: percolation and lateral flow",
    "percolation follows storage": "percolation is what its coefficient says",
    "percolation takes all": "percolation takes all water above the threshold",
    "percolation limited by groundwater": "groundwater has no room for the percolation",
    "lateral flow follows storage": "lateral flow is what its coefficient says",
    "lateral flow takes the rest": "lateral flow takes all water that percolation leaves above the threshold",
    "lateral cascade": "water is under way in the lateral Nash cascade",
    "base flow": "groundwater flows out",
    "base flow follows storage": "base flow is what its coefficient says",
    "groundwater empties": "the outflow of groundwater takes all of its storage",
    "surface runoff on its way": "water is under way on the surface",
    "surface runoff leaves": "surface runoff reaches the channel",
    "retention evaporates": "surface retention evaporates",
    "run-on infiltrates": "surface water infiltrates on its way",
}
"""Branches and what their activity means."""


@dataclass(frozen=True)
class Coverage:
    """Shares of the steps in which branches were active, basin by basin.

    Attributes
    ----------
    shares : dict of str to array, shape (basins,)
        By the branches of `BRANCHES`.
    gates : dict of str to tuple of str
        The branches of which each parameter needs at least one.
    """

    shares: dict[str, _Array]
    gates: dict[str, tuple[str, ...]]

    def open_share(self, parameter: str) -> _Array:
        """Share of the steps with the most active of a parameter's branches, shape (basins,)."""
        return np.max([self.shares[branch] for branch in self.gates[parameter]], axis=0)

    def closed(self, basin: int) -> tuple[str, ...]:
        """Parameters of one basin, by its index, whose branches were never active: their gradients are 0."""
        return tuple(name for name in self.gates if self.open_share(name)[basin] == 0.0)

    def closed_counts(self) -> dict[str, int]:
        """Number of basins in which each parameter's branches were never active."""
        return {name: int((self.open_share(name) == 0.0).sum()) for name in self.gates}

    def text(self) -> str:
        """Table of the shares, least, median and greatest over the basins, and of the parameters without gradient."""
        width = max(len(name) for name in self.shares)
        lines = [f"{'branch':{width}}  least  median  greatest   share of steps [%]"]
        for name, share in self.shares.items():
            low, middle, high = (100.0 * float(x) for x in np.quantile(share, (0.0, 0.5, 1.0)))
            lines.append(f"{name:{width}}  {low:5.1f}  {middle:6.1f}  {high:8.1f}   {BRANCHES[name]}")
        count = len(next(iter(self.shares.values())))
        closed = [f"{name} in {n} of {count} basins" for name, n in self.closed_counts().items() if n]
        lines.append("no gradient, as no branch was ever active: " + ("; ".join(closed) or "none"))
        return "\n".join(lines)


def gradient_coverage(
    outputs: Mapping[str, _Array],
    parameters: CfeParameters,
    options: CfeOptions | None = None,
    steps: slice = slice(None),
) -> Coverage:
    """Shares of the steps in which each branch of CFE was active.

    Parameters
    ----------
    outputs : mapping of str to array, shape (basins, steps)
        `NEEDED_OUTPUTS` of a run of :func:`cfe_bmi.ensemble.simulate` with the same parameters and options.
    parameters : CfeParameters
        Raw values, numbers or arrays of shape (basins,).
    options : CfeOptions
    steps : slice
        Steps that are counted, such as those after a warm-up.

    Returns
    -------
    Coverage

    Raises
    ------
    ValueError
        Naming outputs that are missing, or shapes that do not fit.
    """
    options = options or CfeOptions()
    missing = [name for name in NEEDED_OUTPUTS if name not in outputs]
    if missing:
        raise ValueError(f"gradient coverage needs the outputs {', '.join(missing)} as well (coverage.NEEDED_OUTPUTS)")
    shape = np.shape(outputs["rain_rate"])
    series = {name: np.asarray(outputs[name]) for name in NEEDED_OUTPUTS}
    wrong = [f"{name} {values.shape}" for name, values in series.items() if values.shape != shape or len(shape) != 2]
    if wrong:
        raise ValueError(f"outputs have different shapes: {', '.join(wrong)}; expected all (basins, steps) {shape}")
    coefficients = _columns(parameters, shape[0])
    masks = {
        **_rain_branches(series, coefficients, options),
        **_evaporation_branches(series, coefficients, options),
        **_drainage_branches(series, coefficients, options),
        **_routing_branches(series),
    }
    shares = {name: masks[name][:, steps].mean(axis=1) for name in BRANCHES}
    return Coverage(shares, _gates(options))


def _columns(parameters: CfeParameters, basins: int) -> CfeCoefficients:
    """Coefficients of all basins, each of shape (basins, 1)."""
    columns = (np.broadcast_to(np.asarray(x, dtype=np.float64), (basins,)) for x in parameters)
    derived = derive_rows(CfeParameters(*columns))  # type: ignore[arg-type]
    return CfeCoefficients(*(np.asarray(column)[:, None] for column in derived))  # type: ignore[arg-type]


def _before_drainage(s: Mapping[str, _Array]) -> _Array:
    """Soil storage after evaporation and infiltration, before percolation and lateral flow [m]."""
    return np.asarray(s["soil_storage"] - s["runon_infiltration"] + s["soil_to_gw_flux"] + s["lateral_flow"])


def _rain_branches(s: Mapping[str, _Array], c: CfeCoefficients, options: CfeOptions) -> dict[str, _Mask]:
    rain, et = s["rain_rate"], s["et_from_rain"]
    soil = _before_drainage(s) - s["infiltration"]  # what the partitioning sees
    if options.soil_scheme == ODE:
        soil = soil + s["et_from_soil"]
    return {
        "rain": rain > 0.0,
        "rain evaporates": et > 0.0,
        "rain evaporates fully": (rain > 0.0) & (et >= rain),
        "rain is partitioned": (rain > et) & (soil < c.soil_max - ROUND_OFF),
        "infiltration excess": s["infiltration_excess"] > 0.0,
        "rain on free water": (rain > et) & (soil > c.soil_threshold + ROUND_OFF),
        "soil saturated": _before_drainage(s) >= c.soil_max - ROUND_OFF,
    }


def _evaporation_branches(s: Mapping[str, _Array], c: CfeCoefficients, options: CfeOptions) -> dict[str, _Mask]:
    demand = s["potential_et"] - s["et_from_rain"] - s["et_from_retention"] > ROUND_OFF
    soil = _before_drainage(s) - s["infiltration"] + s["et_from_soil"]  # at the start of the step
    if options.soil_scheme == ODE:
        soil = soil + s["infiltration"]  # it comes in during the step
    stressed = (soil > c.soil_wilting) & (soil < c.soil_threshold)
    return {
        "soil evaporates": s["et_from_soil"] > 0.0,
        "full evaporation": demand & (soil >= c.soil_threshold),
        "stressed evaporation": demand & stressed,
        "below wilting point": soil <= c.soil_wilting + ROUND_OFF,
    }


def _drainage_branches(s: Mapping[str, _Array], c: CfeCoefficients, options: CfeOptions) -> dict[str, _Mask]:
    percolation, lateral = s["soil_to_gw_flux"], s["lateral_flow"]
    above = _before_drainage(s) - c.soil_threshold
    drains = (percolation > 0.0) | (lateral > 0.0)
    full = s["gw_storage"] + s["deep_gw_to_channel_flux"] >= c.groundwater_max - ROUND_OFF
    takes_all = takes_rest = np.zeros_like(drains)
    if options.soil_scheme != ODE:  # the ODE scheme shares the water: neither outlet takes all
        fullness = np.maximum(above, 0.0) * c.drainage_slope
        takes_all = _less(percolation, c.percolation_max * fullness**c.percolation_exponent) & ~full
        takes_rest = drains & _less(lateral, c.lateral_max * fullness**c.lateral_exponent)
    return {
        "above threshold": drains | (above > ROUND_OFF),
        "percolation follows storage": (percolation > 0.0) & ~full & ~takes_all,
        "percolation takes all": takes_all & (percolation > 0.0),
        "percolation limited by groundwater": drains & full,
        "lateral flow follows storage": (lateral > 0.0) & ~takes_rest,
        "lateral flow takes the rest": takes_rest & (lateral > 0.0),
    }


def _less(flux: _Array, coefficient: _Array) -> _Mask:
    """Where a flux is less than its coefficient says, by more than round-off."""
    return np.asarray(flux < coefficient * (1.0 - 1e-9) - ROUND_OFF)


def _routing_branches(s: Mapping[str, _Array]) -> dict[str, _Mask]:
    base = s["deep_gw_to_channel_flux"]
    return {
        "lateral cascade": s["nash_lateral_runoff"] > 0.0,
        "base flow": base > 0.0,
        "base flow follows storage": (base > 0.0) & (s["gw_storage"] > 0.0),
        "groundwater empties": (base > 0.0) & (s["gw_storage"] <= 0.0),
        "surface runoff on its way": s["nwm_ponded_depth"] > 0.0,
        "surface runoff leaves": s["direct_runoff"] > 0.0,
        "retention evaporates": s["et_from_retention"] > 0.0,
        "run-on infiltrates": s["runon_infiltration"] > 0.0,
    }


def _gates(options: CfeOptions) -> dict[str, tuple[str, ...]]:
    """Branches of which each parameter needs at least one to have a gradient of discharge."""
    storage = ("rain is partitioned", "stressed evaporation", "above threshold", "soil saturated")
    threshold = ("stressed evaporation", "above threshold")
    percolates = ("percolation follows storage",)
    gates: dict[str, Sequence[str]] = {
        "b": threshold,
        "satpsi": threshold,
        "alpha_fc": threshold,
        "maxsmc": storage,
        "wltsmc": ("stressed evaporation",),
        "satdk": percolates,
        "slope": percolates,
        "Klf": ("lateral flow follows storage",),
        "Kn": ("lateral cascade",),
        "max_gw_storage": ("base flow follows storage", "percolation limited by groundwater"),
        "Cgw": ("base flow follows storage",),
        "expon": ("base flow follows storage",),
    }
    if options.partitioning == SCHAAKE:
        gates["satdk"] = ("rain is partitioned", *percolates)
        gates["refkdt"] = ("rain is partitioned",)
    if options.partitioning == XINANJIANG:
        gates["x_Xinanjiang_shape_parameter"] = ("rain on free water",)
    if options.surface_runoff == NASH:
        gates["K_nash_surface"] = ("surface runoff leaves",)
        gates["Kinf_nash_surface"] = ("run-on infiltrates",)
        gates["retention_depth_nash_surface"] = ("surface runoff leaves",)
    return {name: tuple(branches) for name, branches in gates.items()}
