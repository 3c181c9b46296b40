"""The variable table of the component: inputs, outputs, parameters."""

from __future__ import annotations

import numpy as np

from ngen_bmi.variables import Variable, VariableTable
from pet_bmi.parameters import PARAMETERS, needs_wind
from pet_bmi.state import AERODYNAMIC, CALCULATED, PetOptions

LONGWAVE = "land_surface_radiation~incoming~longwave__energy_flux"
PRESSURE = "land_surface_air__pressure"
HUMIDITY = "atmosphere_air_water~vapor__relative_saturation"
SHORTWAVE = "land_surface_radiation~incoming~shortwave__energy_flux"
TEMPERATURE = "land_surface_air__temperature"
WIND_X = "land_surface_wind__x_component_of_velocity"
WIND_Y = "land_surface_wind__y_component_of_velocity"

PET = "water_potential_evaporation_flux"

INPUTS = (
    Variable(LONGWAVE, "W m-2", "input", "downward longwave radiation", valid=(30.0, 800.0)),
    Variable(PRESSURE, "Pa", "input", "pressure of the air at the surface", valid=(3e4, 1.2e5)),
    Variable(
        HUMIDITY,
        "kg kg-1",
        "input",
        "specific humidity of the air, whatever ngen's name for it says",
        valid=(0.0, 0.1),
    ),
    Variable(SHORTWAVE, "W m-2", "input", "downward shortwave radiation", valid=(0.0, 1600.0)),
    Variable(TEMPERATURE, "K", "input", "temperature of the air", valid=(180.0, 340.0)),
    Variable(WIND_X, "m s-1", "input", "wind towards the east", valid=(-150.0, 150.0)),
    Variable(WIND_Y, "m s-1", "input", "wind towards the north", valid=(-150.0, 150.0)),
)
"""Inputs, named and ordered as NOAA-OWP's module has them. The valid ranges are wide: they catch wrong units."""

INPUT_LIMITS = np.array([variable.valid for variable in INPUTS])
"""Valid ranges of the inputs, shape (7, 2), for compiled code."""

_WRITTEN = (
    Variable(PET, "m s-1", "output", "potential evapotranspiration"),
    Variable("net_radiation", "W m-2", "output", "net radiation, downward; 0 with the aerodynamic method"),
    Variable("soil_heat_flux", "W m-2", "output", "heat that goes into the soil"),
    Variable("vapor_pressure_deficit", "Pa", "output", "vapour pressure deficit of the air"),
    Variable("wind_speed_2m", "m s-1", "output", "wind 2 m above grass; 0 with methods that need no wind"),
)

TABLE = VariableTable((*INPUTS, *_WRITTEN, *PARAMETERS))
"""Everything that the component answers for. Kernels write the outputs in this order."""

INPUT_SLICE = slice(0, len(INPUTS))
OUTPUT_SLICE = slice(INPUT_SLICE.stop, INPUT_SLICE.stop + len(_WRITTEN))
PARAMETER_SLICE = slice(OUTPUT_SLICE.stop, OUTPUT_SLICE.stop + len(PARAMETERS))


def used_inputs(options: PetOptions) -> tuple[str, ...]:
    """Names of the inputs that the options use."""
    unused = set()
    if options.method == AERODYNAMIC:
        unused |= {LONGWAVE, SHORTWAVE}
    if options.longwave == CALCULATED:
        unused.add(LONGWAVE)
    if options.pressure == CALCULATED:
        unused.add(PRESSURE)
    if not needs_wind(options):
        unused |= {WIND_X, WIND_Y}
    return tuple(variable.name for variable in INPUTS if variable.name not in unused)
