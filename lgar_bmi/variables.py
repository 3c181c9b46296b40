"""The variable tables of the LGAR component: inputs, outputs, parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np

from lgar_bmi.events import EVENTS
from lgar_bmi.outputs import PUBLISHED
from lgar_bmi.parameters import PARAMETERS
from ngen_bmi.soil_parameters import layer_parameters
from ngen_bmi.variables import Variable, VariableTable

RAIN = "precipitation_rate"
PET = "potential_evapotranspiration_rate"
TEMPERATURE = "soil_temperature_profile"

INPUTS = (
    Variable(RAIN, "mm h-1", "input", "rain", valid=(0.0, 1e4)),
    Variable(PET, "mm h-1", "input", "potential evapotranspiration", valid=(0.0, 3600.0)),
)
"""Inputs. The valid ranges are wide: they catch wrong units."""

TEMPERATURE_INPUT = Variable(
    TEMPERATURE,
    "K",
    "input",
    "temperature at the nodes of frozen_soil, top first; without them it may be set and is not used",
    valid=(150.0, 400.0),
)

INPUT_LIMITS = np.array([variable.valid for variable in (*INPUTS, TEMPERATURE_INPUT)])
"""Valid ranges of all inputs, shape (3, 2), for compiled code."""

_MEANINGS = {
    "precipitation": "rain of the step",
    "potential_evapotranspiration": "potential evapotranspiration of the step",
    "actual_evapotranspiration": "actual evapotranspiration of the step",
    "surface_runoff": "water that the soil does not take, before routing",
    "giuh_runoff": "surface runoff and outflow of the conceptual reservoirs, routed",
    "soil_storage": "water in the soil column",
    "total_discharge": "discharge to the channel: as giuh_runoff",
    "infiltration": "water that enters the soil",
    "percolation": "water that leaves the soil at the bottom, and with it the catchment",
    "conceptual_reservoir_to_stream_discharge": "outflow of the conceptual reservoirs, before routing",
    "mass_balance": "water in less out less change of storage of the step",
    "conceptual_reservoir_storage": "water in the conceptual reservoirs",
    "ponded_depth": "water on the surface",
    "soil_num_wetting_fronts": "number of wetting fronts",
}

_WRITTEN = tuple(
    Variable(name, "1" if name == "soil_num_wetting_fronts" else "m", "output", _MEANINGS[name]) for name in PUBLISHED
)

_EVENT_MEANINGS = {
    "creation": "fronts created by rain on a dry surface",
    "merge": "fronts merged with one that they overtook",
    "layer_crossing": "fronts that crossed into the next layer",
    "bottom": "fronts that reached the bottom of the column",
    "dry_over_wet": "blocks that dried below the one under them and joined it",
    "saturation": "times that the block at the surface saturated",
    "rejection": "times that a saturated column sent water back to the surface",
    "shortage": "times that evaporation and drainage were cut to what the block at the surface held",
}

_EVENTS = tuple(
    Variable(f"front_{name}_count", "1", "output", f"{_EVENT_MEANINGS[name]}, since the start") for name in EVENTS
)

PROFILES = (
    Variable("soil_moisture_wetting_fronts", "1", "output", "moisture above each wetting front, top first, then NaN"),
    Variable("soil_depth_wetting_fronts", "m", "output", "depth of each wetting front, top first, then NaN"),
    Variable("soil_suction_wetting_fronts", "m", "output", "suction above each wetting front, top first, then NaN"),
)
"""Outputs as long as a column can have fronts; the first item is that of the uppermost front."""

LAYER_DEPTHS = Variable("soil_depth_layers", "m", "output", "depth of each layer's bottom, top first")

MOISTURES = Variable(
    "soil_moisture_at_depths", "1", "output", "moisture at the depths of outputs.moisture_depths; only listed with them"
)

_BEFORE_PARAMETERS = (
    *INPUTS,
    *_WRITTEN,
    *_EVENTS,
    TEMPERATURE_INPUT,
    Variable("land_surface_water__runoff_depth", "m", "output", "as total_discharge", shares="total_discharge"),
    *PROFILES,
    LAYER_DEPTHS,
    MOISTURES,
)

LOGARITHMS = ("a", "a_slow", "van_genuchten_alpha", "hydraulic_conductivity")
"""Parameters that LASAM's log mode takes as logarithms to base 10; those of layers without number."""

INPUT_SLICE = slice(0, len(INPUTS))
OUTPUT_SLICE = slice(INPUT_SLICE.stop, INPUT_SLICE.stop + len(_WRITTEN))
EVENT_SLICE = slice(OUTPUT_SLICE.stop, OUTPUT_SLICE.stop + len(_EVENTS))

LASAM_LAYERS = 3
"""Layers whose parameters the component's table has as long as no configuration is read: those of LASAM."""


def _is_logarithm(variable: Variable) -> bool:
    return variable.name.rpartition("_")[0] in LOGARITHMS or variable.name in LOGARITHMS


def _logarithm(variable: Variable) -> Variable:
    low, high = variable.valid
    return replace(
        variable,
        unit="1",
        meaning=f"logarithm to base 10 of the {variable.meaning} [{variable.unit}]",
        valid=(math.log10(low) if low > 0.0 else -math.inf, math.log10(high)),
        default=None,
        calibration=None,
    )


@cache
def parameters_of(layers: int, log_mode: bool = False) -> tuple[Variable, ...]:
    """Return all parameters of a column with so many layers: its own, then those of the layers from the top."""
    variables = (*PARAMETERS, *(variable for layer in range(1, layers + 1) for variable in layer_parameters(layer)))
    if not log_mode:
        return variables
    return tuple(_logarithm(variable) if _is_logarithm(variable) else variable for variable in variables)


@cache
def logarithms_of(layers: int, log_mode: bool) -> tuple[bool, ...]:
    """Say which of :func:`parameters_of` are logarithms."""
    return tuple(log_mode and _is_logarithm(variable) for variable in parameters_of(layers))


@cache
def table_of(layers: int, log_mode: bool = False) -> VariableTable:
    """Return everything that the component answers for with so many layers."""
    return VariableTable((*_BEFORE_PARAMETERS, *parameters_of(layers, log_mode)))


TABLE = table_of(LASAM_LAYERS)
"""The table before a configuration is read. Kernels write the first outputs in this order."""
