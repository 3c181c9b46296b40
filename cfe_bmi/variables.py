"""The variable table of the CFE component: inputs, outputs, parameters."""

from __future__ import annotations

import numpy as np

from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.parameters import PARAMETERS
from ngen_bmi.variables import Variable, VariableTable

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"
ICE_DEPTH = "ice_fraction_schaake"
ICE_FRACTION = "ice_fraction_xinanjiang"
PROFILE = "soil_moisture_profile"

INPUTS = (
    Variable(RAIN, "mm h-1", "input", "rain", valid=(0.0, 1e4)),
    Variable(PET, "m s-1", "input", "potential evapotranspiration", valid=(0.0, 1e-3)),
    Variable(ICE_DEPTH, "m", "input", "ice in the soil, with frozen soil and Schaake", valid=(0.0, 100.0)),
    Variable(
        ICE_FRACTION,
        "1",
        "input",
        "frozen share of the area, with frozen soil and Xinanjiang",
        valid=(0.0, 1.0),
    ),
)
"""Inputs, in the order of :class:`cfe_bmi.state.CfeForcing`. The valid ranges are wide: they catch wrong units."""

PROFILE_INPUT = Variable(
    PROFILE,
    "1",
    "input",
    "soil moisture of the layers, top first, with root-zone evaporation",
    valid=(0.0, 1.0),
)

INPUT_LIMITS = np.array([variable.valid for variable in (*INPUTS, PROFILE_INPUT)])
"""Valid ranges of all inputs, shape (5, 2), for compiled code."""

_WRITTEN = tuple(
    Variable(name.upper(), "m", "output", meaning)
    for name, meaning in zip(
        CfeOutputs._fields[:13],
        (
            "rain of the step",
            "water handed to surface routing",
            "surface runoff that reaches the channel",
            "lateral flow that reaches the channel",
            "base flow",
            "percolation to groundwater",
            "discharge to the channel: surface, lateral, base flow",
            "potential evapotranspiration of the step",
            "actual evapotranspiration of the step",
            "groundwater storage",
            "soil storage",
            "change of soil storage in the step, without run-on infiltration",
            "water under way on the surface",
        ),
        strict=True,
    )
)

TABLE = VariableTable(
    (
        *INPUTS,
        *_WRITTEN,
        PROFILE_INPUT,
        Variable("GIUH_RUNOFF", "m", "output", "as DIRECT_RUNOFF", shares="DIRECT_RUNOFF"),
        Variable("land_surface_water__runoff_depth", "m", "output", "as Q_OUT", shares="Q_OUT"),
        Variable("SURF_RUNOFF_SCHEME", "1", "output", "partitioning: 1 Schaake, 2 Xinanjiang"),
        *PARAMETERS,
    )
)
"""Everything that the component answers for. Kernels write the first outputs in this order."""

INPUT_SLICE = slice(0, len(INPUTS))
OUTPUT_SLICE = slice(len(INPUTS), len(INPUTS) + len(_WRITTEN))
PARAMETER_SLICE = slice(len(TABLE.variables) - len(PARAMETERS), len(TABLE.variables))
