"""A CFE configuration: what a catchment's file says, in either of its formats."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.parameters import problems_of, warnings_about
from cfe_bmi.state import NASH, CfeOptions
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy

ROUNDING = 1e-3
"""How far the sum of printed GIUH ordinates may be from 1: they are then scaled to it."""


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
    ignored : tuple of str
        What the file says that has no effect, a line each.
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
    ignored: tuple[str, ...] = ()

    @property
    def supply_thickness(self) -> float:
        """Thickness of the layer that feeds evaporation [m]; 0 without root-zone evaporation."""
        if not self.layer_bottoms:
            return 0.0
        top = self.layer_bottoms[self.supply_layer - 1] if self.supply_layer else 0.0
        return self.layer_bottoms[self.supply_layer] - top

    def warnings(self) -> list[str]:
        """List what is allowed but seldom meant."""
        return warnings_about(self.parameters)


def scaled_ordinates(ordinates: tuple[float, ...], problems: list[str]) -> tuple[float, ...]:
    """Return unit hydrograph ordinates that sum to 1 exactly; a sum that is not 1 is a problem."""
    total = math.fsum(ordinates)
    if abs(total - 1.0) > ROUNDING or min(ordinates) < 0.0:
        problems.append(
            f"giuh_ordinates: they sum to {total:.6g} and the least is {min(ordinates):g}; expected shares, none "
            f"negative, that sum to 1 (anything else creates or loses water)"
        )
        return (1.0,)
    return tuple(share / total for share in ordinates)


def check(config: CfeConfig, problems: list[str]) -> CfeConfig:
    """Judge a complete configuration.

    Raises
    ------
    ConfigError
        With these problems and those found before.
    """
    if not problems:
        problems.extend(problems_of(config.parameters))
        if config.options.rootzone_et:
            problems.extend(_layer_problems(config))
        if config.options.surface_runoff == NASH and config.options.nash_substeps < 1:
            problems.append("the surface Nash cascade needs at least one sub-step")
    if problems:
        raise ConfigError(config.source, problems)
    return config


def _layer_problems(config: CfeConfig) -> list[str]:
    bottoms = config.layer_bottoms
    if not bottoms:
        return ["root-zone evaporation needs the depths of the soil layers' bottoms"]
    problems = []
    if any(b <= a for a, b in zip((0.0, *bottoms), bottoms, strict=False)):
        problems.append(f"the bottoms of the soil layers {bottoms} have to increase from above 0")
    if not math.isclose(bottoms[-1], config.parameters.depth, rel_tol=1e-9):
        problems.append(
            f"the bottom of the last soil layer, {bottoms[-1]:g} m, is not the depth, {config.parameters.depth:g} m"
        )
    if not 0 <= config.supply_layer < len(bottoms):
        problems.append(f"the layer that feeds evaporation is not one of the {len(bottoms)} soil layers")
    return problems


def load_config(path: str | Path) -> CfeConfig:
    """Read a configuration: YAML when the file ends in .yml or .yaml, else NOAA-OWP's ``key=value`` text.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    from cfe_bmi.config_text import load_text_config
    from cfe_bmi.config_yaml import load_yaml_config

    if Path(path).suffix.lower() in (".yml", ".yaml"):
        return load_yaml_config(path)
    return load_text_config(path)
