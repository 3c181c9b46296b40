"""Which numbers of a step carry tangents, and in which lanes."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from cfe_bmi.examples import CAT_87
from cfe_bmi.outputs import CfeOutputs, report
from cfe_bmi.state import GIUH, NASH, SCHAAKE, CfeFluxes, CfeForcing, CfeOptions, CfeState
from dcfe.adjoint_block import N_FORCING
from dcfe.adjoint_raw import EIGHT
from dcfe.adjoint_terms import TERMS
from dcfe.dual import lane, load_duals, tangent_of
from hydro_physics.jit import njit

_Array = NDArray[Any]

EXPONENTS = frozenset({"soil_expon", "soil_expon_secondary"})
"""Raw parameters whose derivative a shortcut for linear outlets would leave out."""


class Seeds(NamedTuple):
    """Lanes of a step's tangents.

    Attributes
    ----------
    like : tuple of float
        As many as there are lanes.
    forcing_like : tuple of float
        The same, or empty where no forcing carries tangents.
    coefficients : array, shape (coefficients,)
        Lane of each; -1 for none.
    forcing : array, shape (5,)
        Lane of each; -1 for none.
    general : CfeOptions
        Options of the step that is linearised.
    """

    like: tuple[float, ...]
    forcing_like: tuple[float, ...]
    coefficients: _Array
    forcing: _Array
    general: CfeOptions


def plan_seeds(options: CfeOptions, surface: int, wanted: tuple[str, ...], forcing: tuple[bool, ...]) -> Seeds:
    """Give lanes to the storages, the wanted forcing, and the coefficients that wanted parameters reach.

    Parameters
    ----------
    options : CfeOptions
    surface : int
        Reservoirs of the surface Nash cascade.
    wanted : tuple of str
        Raw parameters.
    forcing : tuple of bool
        Whether rain, potential evaporation, ice depth, ice fraction, root-zone moisture are wanted.
    """
    general = options._replace(linear_outlets=0) if EXPONENTS.intersection(wanted) else options
    reached = {
        name
        for parameter in wanted
        for name, slope in zip(CfeCoefficients._fields, _slopes()[CfeParameters._fields.index(parameter)], strict=True)
        if slope != 0.0
    }
    next_lane = 2 + (surface if options.surface_runoff == NASH else 0)
    forcing_lanes = np.full(N_FORCING, -1)
    coefficient_lanes = np.full(len(CfeCoefficients._fields), -1)
    for i, is_wanted in enumerate(forcing):
        if is_wanted:
            forcing_lanes[i] = next_lane
            next_lane += 1
    for i, name in enumerate(CfeCoefficients._fields):
        if name in reached and name in coefficients_in_use(general):
            coefficient_lanes[i] = next_lane
            next_lane += 1
    lanes = 8
    while lanes < next_lane:
        lanes *= 2
    like = (0.0,) * lanes
    return Seeds(like, like if any(forcing) else (), coefficient_lanes, forcing_lanes, general)


def coefficients_in_use(options: CfeOptions) -> frozenset[str]:
    """Coefficients of a step that can change what it gives, without the lateral cascade's rate."""
    used = {
        "soil_max",
        "soil_wilting",
        "soil_threshold",
        "evaporation_slope",
        "drainage_slope",
        "percolation_max",
        "lateral_max",
        "groundwater_max",
        "groundwater_coefficient",
        "groundwater_exponent",
    }
    if not options.linear_outlets:
        used |= {"percolation_exponent", "lateral_exponent"}
    if options.partitioning == SCHAAKE:
        used |= {"schaake_share"} | ({"frozen_scale"} if options.frozen_soil else set())
    else:
        used |= {"free_water_exponent", "impervious"} | ({"urban"} if options.frozen_soil else set())
    if options.rootzone_et:
        used |= {"moisture_wilting", "moisture_field_capacity"}
    if options.surface_runoff == NASH:
        used |= {"surface_rate", "runon_rate", "retention"}
    return frozenset(used)


@njit(inline=False)
def _slopes_of(rows: _Array, slopes: _Array) -> None:
    c = derive(CfeParameters(*load_duals(rows, N_PARAMETERS, EIGHT)))
    for i in range(slopes.shape[0]):
        for j in range(8):
            slopes[i, j] = lane(tangent_of(c[i]), j)


@cache
def _slopes() -> _Array:
    """Slopes of every coefficient to every raw parameter, (parameters, coefficients), where none is 0 by chance."""
    table = np.empty((N_PARAMETERS, len(CfeCoefficients._fields)))
    slopes = np.empty((len(CfeCoefficients._fields), 8))
    for first in range(0, N_PARAMETERS, 8):
        rows = np.zeros((N_PARAMETERS, 9))
        rows[:, 0] = CAT_87
        for j in range(8):
            rows[first + j, 1 + j] = 1.0
        _slopes_of(rows, slopes)
        table[first : first + 8] = slopes.T
    return table


@cache
def terms_of_outputs(options: CfeOptions) -> _Array:
    """What each output is a sum of, shape (outputs, terms), see :data:`dcfe.adjoint_terms.TERMS`.

    Found by handing units to :func:`cfe_bmi.outputs.report`. Evaporation is limited by its demand only against
    round-off, so a large demand shows the sum.
    """

    def outputs(**units: float) -> _Array:
        fluxes = CfeFluxes(*(units.get(name, 0.0) for name in CfeFluxes._fields))
        forcing = CfeForcing(units.get("rain", 0.0), 1e3 + units.get("pet", 0.0), 0.0, 0.0, 0.0, 0.0)
        # the surface's water is added up beforehand
        state = CfeState(units.get("soil", 0.0), units.get("groundwater", 0.0), (units.get("lateral", 0.0),), (0.0,))
        before, direct, surface = (units.get(name, 0.0) for name in ("soil_before", "direct", "surface"))
        return np.array(report(state, fluxes, forcing, before, direct, surface))

    matrix = np.array([outputs(**{name: 1.0}) - outputs() for name in TERMS]).T
    if options.surface_runoff != GIUH:
        # with a surface cascade its outflow is the direct runoff
        matrix[:, TERMS.index("surface_runoff")] += matrix[:, TERMS.index("direct")]
        matrix[:, TERMS.index("direct")] = 0.0
    assert matrix.shape == (len(CfeOutputs._fields), len(TERMS))
    return matrix
