"""The variable tables of the Richards component: inputs, outputs, parameters."""

from __future__ import annotations

from functools import cache

import numpy as np

from ngen_bmi.soil_parameters import layer_parameters
from ngen_bmi.variables import Variable, VariableTable
from richards_bmi.outputs import COUNTS, PUBLISHED
from richards_bmi.parameters import PARAMETERS

RAIN = "precipitation_rate"
PET = "potential_evapotranspiration_rate"

INPUTS = (
    Variable(RAIN, "mm h-1", "input", "rain", valid=(0.0, 1e4)),
    Variable(PET, "mm h-1", "input", "potential evapotranspiration", valid=(0.0, 3600.0)),
)
"""Inputs. The valid ranges are wide: they catch wrong units."""

INPUT_LIMITS = np.array([variable.valid for variable in INPUTS])
"""Valid ranges of the inputs, shape (2, 2), for compiled code."""

_MEANINGS = {
    "precipitation": "rain of the step",
    "potential_evapotranspiration": "potential evapotranspiration of the step",
    "actual_evapotranspiration": "actual evapotranspiration of the step",
    "surface_runoff": "water that the soil does not take, before routing",
    "giuh_runoff": "surface runoff, routed",
    "soil_storage": "water in the soil column",
    "total_discharge": "discharge to the channel: as giuh_runoff",
    "infiltration": "water that enters the soil",
    "percolation": "water that leaves the soil at the bottom, and with it the catchment; negative when it rises",
    "mass_balance": "water in less out less change of storage of the step",
    "ponded_depth": "water on the surface",
}

_WRITTEN = tuple(Variable(name, "m", "output", _MEANINGS[name]) for name in PUBLISHED)

_COUNTED = tuple(
    Variable(name, "1", "output", f"{meaning}, since the start")
    for name, meaning in zip(
        COUNTS, ("sub-steps", "sub-steps that were too long", "linear systems solved"), strict=True
    )
)

PROFILES = (
    Variable("soil_moisture_profile", "1", "output", "moisture of each cell, top first"),
    Variable("soil_suction_profile", "m", "output", "suction of each cell, top first; negative: pressure"),
)

CELL_DEPTHS = Variable("soil_depth_profile", "m", "output", "depth of the middle of each cell, top first")

LAYER_DEPTHS = Variable("soil_depth_layers", "m", "output", "depth of each layer's bottom, top first")

MOISTURES = Variable(
    "soil_moisture_at_depths", "1", "output", "moisture at the depths of outputs.depths; only listed with them"
)
SUCTIONS = Variable(
    "soil_suction_at_depths", "m", "output", "suction at the depths of outputs.depths; only listed with them"
)

_BEFORE_PARAMETERS = (
    *INPUTS,
    *_WRITTEN,
    *_COUNTED,
    Variable("land_surface_water__runoff_depth", "m", "output", "as total_discharge", shares="total_discharge"),
    *PROFILES,
    CELL_DEPTHS,
    LAYER_DEPTHS,
    MOISTURES,
    SUCTIONS,
)

INPUT_SLICE = slice(0, len(INPUTS))
OUTPUT_SLICE = slice(INPUT_SLICE.stop, INPUT_SLICE.stop + len(_WRITTEN))
COUNT_SLICE = slice(OUTPUT_SLICE.stop, OUTPUT_SLICE.stop + len(_COUNTED))

LAYERS = 3
"""Layers whose parameters the component's table has as long as no configuration is read."""


@cache
def parameters_of(layers: int) -> tuple[Variable, ...]:
    """Return all parameters of a column with so many layers: its own, then those of the layers from the top."""
    return (*PARAMETERS, *(variable for layer in range(1, layers + 1) for variable in layer_parameters(layer)))


@cache
def table_of(layers: int) -> VariableTable:
    """Return everything that the component answers for with so many layers."""
    return VariableTable((*_BEFORE_PARAMETERS, *parameters_of(layers)))


TABLE = table_of(LAYERS)
"""The table before a configuration is read. Kernels write the first outputs in this order."""
