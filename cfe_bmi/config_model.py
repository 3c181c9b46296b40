"""What a CFE configuration says, in whichever format, and the judgement of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.parameters import PARAMETERS, problems_of, warnings_about
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.variables import Variable

SOIL_SCHEMES = {"classic": CLASSIC, "ode": ODE}
PARTITIONING = {"schaake": SCHAAKE, "xinanjiang": XINANJIANG}
SURFACE_RUNOFF = {"giuh": GIUH, "nash": NASH}

SOIL_STORAGE = Variable(
    "soil_storage", "1", "parameter", "initial soil storage as a share of its maximum", valid=(0.0, 1.0)
)
GW_STORAGE = Variable(
    "gw_storage", "1", "parameter", "initial groundwater storage as a share of its maximum", valid=(0.0, 1.0)
)

_BY_NAME = {variable.name: variable for variable in PARAMETERS}


@dataclass(frozen=True)
class CfeConfig:
    """Everything that sets up one catchment.

    Attributes
    ----------
    source : str
        File it comes from.
    name : str
        Name of the catchment in messages.
    options : CfeOptions
    parameters : CfeParameters
        Raw values.
    soil_storage, gw_storage : float
        Initial storages as a share of their maximum [-].
    giuh_ordinates : tuple of float
        Shares of the unit hydrograph; one 1.0 when a Nash cascade routes the surface runoff.
    lateral, surface : tuple of float
        Initial storages of the Nash cascades [m].
    layer_bottoms : tuple of float
        Depths of the bottoms of the soil layers [m]; empty without root-zone evaporation.
    supply_layer : int
        Index, from 0, of the layer that feeds evaporation.
    forcing : ForcingPolicy
    restore_clock : bool
        Whether restoring a saved state also sets the clock.
    ignored : tuple of str
        What the file says that has no effect with the chosen schemes, a line each.
    doubts : tuple of str
        What the file says that is not used and may be a mistake, a line each.
    """

    source: str
    name: str
    options: CfeOptions
    parameters: CfeParameters
    soil_storage: float
    gw_storage: float
    giuh_ordinates: tuple[float, ...] = (1.0,)
    lateral: tuple[float, ...] = (0.0, 0.0)
    surface: tuple[float, ...] = (0.0,)
    layer_bottoms: tuple[float, ...] = ()
    supply_layer: int = 0
    forcing: ForcingPolicy = field(default_factory=ForcingPolicy)
    restore_clock: bool = False
    ignored: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def supply_thickness(self) -> float:
        """Thickness of the layer that feeds evaporation [m]; 0 without root-zone evaporation."""
        if not self.layer_bottoms:
            return 0.0
        top = self.layer_bottoms[self.supply_layer - 1] if self.supply_layer else 0.0
        return self.layer_bottoms[self.supply_layer] - top

    def warnings(self) -> list[str]:
        """List what is allowed but seldom meant."""
        return [*self.doubts, *warnings_about(self.parameters)]


def problems_with(config: CfeConfig, parameters: CfeParameters) -> list[str]:
    """Everything that is wrong with parameters under a configuration; empty when the model can run."""
    problems = problems_of(parameters)
    if config.options.rootzone_et:
        problems.extend(_layer_problems(config, parameters.depth))
    return problems


def checked(config: CfeConfig) -> CfeConfig:
    """Return a configuration that the model can run with.

    Raises
    ------
    ConfigError
        When it cannot.
    """
    problems = problems_with(config, config.parameters)
    if problems:
        raise ConfigError(config.source, problems)
    return config


def _layer_problems(config: CfeConfig, depth: float) -> list[str]:
    bottoms = config.layer_bottoms
    if not bottoms:
        return ["root-zone evaporation needs the depths of the soil layers' bottoms"]
    problems = []
    if any(b <= a for a, b in zip((0.0, *bottoms), bottoms, strict=False)):
        problems.append(f"the bottoms of the soil layers {bottoms} have to increase from above 0")
    if not math.isclose(bottoms[-1], depth, rel_tol=1e-9):
        problems.append(f"the bottom of the last soil layer, {bottoms[-1]:g} m, is not the depth, {depth:g} m")
    if not 0 <= config.supply_layer < len(bottoms):
        problems.append(f"the layer that feeds evaporation is not one of the {len(bottoms)} soil layers")
    return problems


def required_parameters(options: CfeOptions) -> set[str]:
    """Names of the parameters that a configuration has to give."""
    required = {variable.name for variable in PARAMETERS if variable.default is None}
    if options.partitioning == XINANJIANG:
        required.add("x_Xinanjiang_shape_parameter")
    elif options.frozen_soil:
        required.add("ice_content_threshold")
    if options.surface_runoff == NASH:
        required.add("K_nash_surface")
    return required


def parameters_without_effect(options: CfeOptions) -> set[str]:
    """Names of the parameters that the chosen schemes do not use."""
    unused = set()
    if options.partitioning == XINANJIANG:
        unused |= {"refkdt", "a_Xinanjiang_inflection_point_parameter", "b_Xinanjiang_shape_parameter"}
    else:
        unused |= {name for name in _BY_NAME if "Xinanjiang" in name} | {"urban_decimal_fraction"}
    if options.surface_runoff != NASH:
        unused |= {"K_nash_surface", "Kinf_nash_surface", "retention_depth_nash_surface"}
    if not options.frozen_soil or options.partitioning == XINANJIANG:
        unused.add("ice_content_threshold")
    return unused
