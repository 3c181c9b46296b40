"""What configurations of soil columns share: declarations of values, and the judgement of layers and depths."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.soil_parameters import problems_of_value
from ngen_bmi.variables import Variable

THICKNESS = Variable("thickness", "cm", "parameter", "thickness of the layer", valid=(1e-3, 1e5))
INITIAL_PSI = Variable("initial_psi", "cm", "parameter", "suction of the whole column at the start", valid=(0.0, 1e7))
FORCING_STEP = Variable("step", "s", "parameter", "time step of the forcing", default=3600.0, valid=(1.0, 31536000.0))

UNREADABLE = VanGenuchtenSoil(*(math.nan,) * 5)
"""Stands for a soil with problems that have been reported."""

ROUNDING = 1.0 + 1e-9
"""Depths that are printed and added up may be off by as much."""

_HOUR = 3600.0


def problems_of_layers(
    soils: Sequence[VanGenuchtenSoil],
    names: Sequence[str],
    thickness: Sequence[float],
    *,
    nan_is_reported: bool = False,
) -> list[str]:
    """Say that layers are missing or have no thickness.

    Parameters
    ----------
    soils : sequence of VanGenuchtenSoil
        From the top.
    names : sequence of str
        What the soils are called.
    thickness : sequence of float
        [cm].
    nan_is_reported : bool
        Values that are not numbers, and layers that are missing, stand for what the reader of a configuration has
        already complained about.
    """
    problems = []
    counts = (len(soils), len(names), len(thickness))
    if not nan_is_reported and (len(set(counts)) > 1 or not soils):
        problems.append(
            f"layers: there are {counts[0]} soils, {counts[1]} names of soils and {counts[2]} thicknesses; expected "
            f"one of each for every layer, and at least one layer"
        )
    for layer, value in enumerate(thickness, start=1):
        problems += problems_of_value(f"layer {layer}", THICKNESS, value, nan_is_reported=nan_is_reported)
    return problems


def problems_of_forcing_step(step: float, keys: str = "forcing.step") -> list[str]:
    """Say that a forcing step does not go with hours.

    Parameters
    ----------
    step : float
        [s]; one outside its valid range is not looked at.
    keys : str
        What configurations call it.
    """
    if FORCING_STEP.problem_with(step) is not None or _is_whole(step / _HOUR) or _is_whole(_HOUR / step):
        return []
    return [
        f"forcing step: {step:g} s ({keys}) neither divides an hour nor is a number of hours, and the unit hydrograph "
        f"has an ordinate for every hour"
    ]


def _is_whole(ratio: float) -> bool:
    return ratio > 0.5 and abs(ratio - round(ratio)) <= 1e-9


def problems_of_depths(key: str, depths: Sequence[float], bottom: float) -> list[str]:
    """Say which depths are not in a column whose bottom is at `bottom` (all in cm)."""
    return [
        f"{key}: {depth:g} cm is not in the column, 0 to {bottom:g} cm"
        for depth in depths
        if not 0.0 <= depth <= bottom * ROUNDING
    ]
