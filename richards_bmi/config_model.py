"""What a configuration of a column says, and the judgement of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.column_config import (
    FORCING_STEP,
    INITIAL_PSI,
    ROUNDING,
    problems_of_depths,
    problems_of_forcing_step,
    problems_of_layers,
)
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.soil_parameters import problems_of_value
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.grid_settings import GridSettings, SolverSettings, problems_of_grid, problems_of_solver
from richards_bmi.options import FREE_DRAINAGE, NO_FLOW, WATER_TABLE, RichardsOptions
from richards_bmi.parameters import problems_of, warnings_about
from richards_bmi.roots import ROOT_DEPTH, ROOT_PROFILES

BOTTOMS = {"no_flow": NO_FLOW, "free_drainage": FREE_DRAINAGE, "water_table": WATER_TABLE}
"""Words for the option `bottom`."""


@dataclass(frozen=True)
class RichardsConfig:
    """Everything that sets up one column.

    Attributes
    ----------
    source : str
        File it comes from.
    name : str
        Name of the catchment in messages.
    options : RichardsOptions
    parameters : RichardsParameters
    soils : tuple of VanGenuchtenSoil
        From the top.
    soil_names : tuple of str
        What the configuration calls them.
    thickness : tuple of float
        Thickness of the layers [cm].
    root_profile : int
        One of :data:`richards_bmi.roots.ROOT_PROFILES`.
    root_depth : float
        Depth that roots reach [cm].
    initial_psi : float
        Suction of the whole column at the start; not looked at when it starts hydrostatic [cm].
    hydrostatic : bool
        Whether the column starts at rest over its water table.
    grid : GridSettings
    solver : SolverSettings
    forcing_step : float
        Time step of the forcing [s].
    giuh_ordinates : tuple of float
        Shares of the unit hydrograph, one an hour.
    moisture_depths : tuple of float
        Depths that moisture and suction are asked for at [cm].
    forcing : ForcingPolicy
    restore_clock : bool
        Whether restoring a saved state also sets the clock.
    ignored : tuple of str
        What the file says that has no effect, a line each.
    doubts : tuple of str
        What the file says that may be a mistake, a line each.
    """

    source: str
    name: str
    options: RichardsOptions
    parameters: RichardsParameters
    soils: tuple[VanGenuchtenSoil, ...]
    soil_names: tuple[str, ...]
    thickness: tuple[float, ...]
    root_profile: int
    root_depth: float
    initial_psi: float = 0.0
    hydrostatic: bool = False
    grid: GridSettings = field(default_factory=GridSettings)
    solver: SolverSettings = field(default_factory=SolverSettings)
    forcing_step: float = 3600.0
    giuh_ordinates: tuple[float, ...] = (1.0,)
    moisture_depths: tuple[float, ...] = ()
    forcing: ForcingPolicy = field(default_factory=ForcingPolicy)
    restore_clock: bool = False
    ignored: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def layer_bottoms(self) -> tuple[float, ...]:
        """Depths of the bottoms of the layers [cm]."""
        return tuple(accumulate(self.thickness))

    def initial_suctions(self, depths: ArrayLike) -> NDArray[np.float64]:
        """Return the suction at the start at some depths, negative below a water table (both in cm, same shape)."""
        z = np.asarray(depths, dtype=np.float64)
        return self.parameters.water_table_depth - z if self.hydrostatic else np.full(z.shape, self.initial_psi)

    def warnings(self) -> list[str]:
        """List what is allowed but seldom meant."""
        return [*self.doubts, *warnings_about(self.soils, self.parameters)]


def problems_with(config: RichardsConfig, *, nan_is_reported: bool = False) -> list[str]:
    """Everything that is wrong with a configuration; empty when the model can run.

    Parameters
    ----------
    config : RichardsConfig
    nan_is_reported : bool
        Values that are not numbers, and layers that are missing, stand for what its reader has already complained
        about.
    """
    problems = problems_of_layers(config.soils, config.soil_names, config.thickness, nan_is_reported=nan_is_reported)
    problems += problems_of(config.soils, config.parameters, nan_is_reported=nan_is_reported)
    problems += problems_of_grid(config.grid, nan_is_reported=nan_is_reported)
    problems += problems_of_solver(config.solver, nan_is_reported=nan_is_reported)
    for key, variable, value in (
        ("initial_psi", INITIAL_PSI, config.initial_psi),
        ("roots.depth", ROOT_DEPTH, config.root_depth),
        ("forcing step", FORCING_STEP, config.forcing_step),
    ):
        problems += problems_of_value(key, variable, value, nan_is_reported=nan_is_reported)
    problems += problems_of_forcing_step(config.forcing_step)
    problems += problems_of_number("bottom", config.options.bottom, BOTTOMS)
    problems += problems_of_number("roots.profile", config.root_profile, ROOT_PROFILES)
    bottoms = config.layer_bottoms
    if bottoms and not any(map(math.isnan, bottoms)):
        problems += problems_of_depths("outputs.depths", config.moisture_depths, bottoms[-1])
        if config.root_depth > bottoms[-1] * ROUNDING:
            problems.append(
                f"roots.depth: {config.root_depth:g} cm is deeper than the column, {bottoms[-1]:g} cm; where there is "
                f"no soil roots take no water"
            )
    return problems


def problems_of_number(key: str, number: int, words: Mapping[str, int]) -> list[str]:
    """Say that a number stands for none of the words of a choice, if so."""
    if number in words.values():
        return []
    known = ", ".join(f"{value} ({word})" for word, value in words.items())
    return [f"{key}: {number} is not known; expected one of {known}"]


def checked(config: RichardsConfig, reported: Iterable[str] = ()) -> RichardsConfig:
    """Return a configuration that the model can run with.

    Parameters
    ----------
    config : RichardsConfig
        With NaN for what could not be read.
    reported : iterable of str
        Problems that its reader found.

    Raises
    ------
    ConfigError
        When there are such problems or it cannot; it lists all of them.
    """
    found = list(reported)
    found.extend(problems_with(config, nan_is_reported=bool(found)))
    if found:
        raise ConfigError(config.source, found)
    return config
