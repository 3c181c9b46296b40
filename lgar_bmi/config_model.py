"""What an LGAR configuration says, in whichever format, and the judgement of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, GREEN_AMPT, LGAR_C_SUM, TALSMA_PARLANGE, LgarOptions
from lgar_bmi.parameters import FAST_RESERVOIR, SLOW_RESERVOIR, problems_of, warnings_about
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
from ngen_bmi.variables import Variable

CAPILLARY_DRIVES = {"exact": EXACT, "closed_form": CLOSED_FORM, "lgar-c": LGAR_C_SUM}
INFILTRATION = {"green_ampt": GREEN_AMPT, "talsma_parlange": TALSMA_PARLANGE}
COMPATIBILITY = {"none": 0, "lgar-c": 1}
SUBSTEP_METHODS = {"fixed": FIXED, "adaptive": ADAPTIVE}
FREE_DRAINAGE = {"none": (0, 0), "percolation": (1, 0), "reservoir": (1, 1)}
"""Words for the options `free_drainage` and `drainage_to_reservoir`."""

SUBSTEP = Variable("substep", "s", "parameter", "length of a sub-step", default=300.0, valid=(0.1, 86400.0))
TOLERANCE = Variable(
    "tolerance", "cm", "parameter", "error that adaptive sub-steps allow for", default=1e-3, valid=(1e-12, 10.0)
)


@dataclass(frozen=True)
class LgarConfig:
    """Everything that sets up one column.

    Attributes
    ----------
    source : str
        File it comes from.
    name : str
        Name of the catchment in messages.
    options : LgarOptions
    parameters : LgarParameters
        Raw values, never logarithms.
    soils : tuple of VanGenuchtenSoil
        From the top; never logarithms.
    soil_names : tuple of str
        What the configuration calls them.
    thickness : tuple of float
        Thickness of the layers [cm].
    initial_psi : float
        Suction of the whole column at the start [cm].
    substep : float
        Length of a sub-step, before it is adapted [s].
    tolerance : float
        Error that adaptive sub-steps allow for [cm].
    forcing_step : float
        Time step of the forcing [s].
    giuh_ordinates : tuple of float
        Shares of the unit hydrograph, one an hour.
    moisture_depths : tuple of float
        Depths that soil moisture is asked for at [cm].
    temperature_nodes : tuple of float
        Depths of the nodes of a freeze-thaw model [cm]; empty when not coupled to one.
    log_mode : bool
        Whether alpha and Ks of the soils and a, a_slow are given as logarithms to base 10, in the file as in what is
        set later on.
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
    options: LgarOptions
    parameters: LgarParameters
    soils: tuple[VanGenuchtenSoil, ...]
    soil_names: tuple[str, ...]
    thickness: tuple[float, ...]
    initial_psi: float
    substep: float = 300.0
    tolerance: float = 1e-3
    forcing_step: float = 3600.0
    giuh_ordinates: tuple[float, ...] = (1.0,)
    moisture_depths: tuple[float, ...] = ()
    temperature_nodes: tuple[float, ...] = ()
    log_mode: bool = False
    forcing: ForcingPolicy = field(default_factory=ForcingPolicy)
    restore_clock: bool = False
    ignored: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def layer_bottoms(self) -> tuple[float, ...]:
        """Depths of the bottoms of the layers [cm]."""
        return tuple(accumulate(self.thickness))

    def warnings(self) -> list[str]:
        """List what is allowed but seldom meant."""
        return [*self.doubts, *warnings_about(self.soils, self.parameters)]


def problems_with(config: LgarConfig, *, nan_is_reported: bool = False) -> list[str]:
    """Everything that is wrong with a configuration; empty when the model can run.

    Parameters
    ----------
    config : LgarConfig
    nan_is_reported : bool
        Values that are not numbers, and layers that are missing, stand for what its reader has already complained
        about.
    """
    problems = problems_of_layers(config.soils, config.soil_names, config.thickness, nan_is_reported=nan_is_reported)
    problems.extend(problems_of(config.soils, config.parameters, nan_is_reported=nan_is_reported))
    for key, variable, value in (
        ("initial_psi", INITIAL_PSI, config.initial_psi),
        ("tolerance", TOLERANCE, config.tolerance),
        ("substep", SUBSTEP, config.substep),
        ("forcing step", FORCING_STEP, config.forcing_step),
    ):
        problems.extend(problems_of_value(key, variable, value, nan_is_reported=nan_is_reported))
    problems.extend(_time_problems(config))
    problems.extend(_option_problems(config))
    bottoms = config.layer_bottoms
    if bottoms and not any(map(math.isnan, bottoms)):
        problems.extend(problems_of_depths("moisture_depths", config.moisture_depths, bottoms[-1]))
        problems.extend(_node_problems(config.temperature_nodes, bottoms))
    return problems


def checked(config: LgarConfig, reported: Iterable[str] = ()) -> LgarConfig:
    """Return a configuration that the model can run with.

    Parameters
    ----------
    config : LgarConfig
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


def incomplete_reservoirs(given: Iterable[str], where: str = "") -> list[str]:
    """List the parameters of reservoirs that are missing while others of the same reservoir are given.

    Parameters
    ----------
    given : iterable of str
        Names of the parameters that a configuration gives.
    where : str
        What to put before their names.
    """
    names = set(given)
    return [
        f"{where}{name}: missing; {', '.join(group)} go together, all or none"
        for group in (FAST_RESERVOIR, SLOW_RESERVOIR)
        if names.intersection(group)
        for name in group
        if name not in names
    ]


def _time_problems(config: LgarConfig) -> list[str]:
    problems = []
    step = config.forcing_step
    if config.substep > step:
        problems.append(
            f"substep: {config.substep:g} s (substeps.length, timestep) is longer than the forcing step, {step:g} s"
        )
    problems.extend(problems_of_forcing_step(step, "forcing.step, forcing_resolution"))
    return problems


def _option_problems(config: LgarConfig) -> list[str]:
    problems = []
    options = config.options
    if options.drainage_to_reservoir:
        if not options.free_drainage:
            problems.append("free_drainage_to_CR: needs free_drainage_enabled")
        if config.parameters.a == 0.0:
            problems.append("free drainage to the reservoir: the reservoir has no outflow; a has to be above 0")
    return problems


def _node_problems(nodes: tuple[float, ...], bottoms: tuple[float, ...]) -> list[str]:
    problems = []
    if not all(map(math.isfinite, nodes)) or any(b <= a for a, b in pairwise(nodes)) or (nodes and nodes[0] < 0.0):
        problems.append(
            f"temperature_nodes (soil_z): their depths have to increase from 0 or more, found {_listed(nodes)}"
        )
    problems.extend(
        f"temperature_nodes (soil_z): {node:g} cm is deeper than the column, {bottoms[-1]:g} cm"
        for node in nodes
        if node > bottoms[-1] * ROUNDING
    )
    if nodes:
        for layer, (top, bottom) in enumerate(pairwise((0.0, *bottoms)), start=1):
            # a node at the surface belongs to the top layer
            above = top * ROUNDING if layer > 1 else -1.0
            if not any(above < node <= bottom * ROUNDING for node in nodes):
                problems.append(f"temperature_nodes (soil_z): none is in layer {layer}, {top:g} to {bottom:g} cm")
    return problems


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
