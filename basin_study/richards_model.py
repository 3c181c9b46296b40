"""The Richards equation over one basin, as a calibration sees it: LGAR's column, and its way to the stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from basin_study.lgar_model import INITIAL_PSI, MM_PER_M, LgarModel
from basin_study.lgar_space import THICKNESS
from hydro_physics.jit import njit
from hydro_physics.routing import route_giuh
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.processes import release
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.ensemble import EnsembleColumn, EnsembleForcing, EnsembleRun, initial_state, simulate
from richards_bmi.grid_settings import GridSettings
from richards_bmi.options import FREE_DRAINAGE, RichardsOptions
from richards_bmi.variables import MOISTURES

_Array = NDArray[Any]

CM_PER_M = 100.0
ROOT_DEPTH = 50.0
"""Of roots with the same density everywhere [cm]: the two upper layers."""

GRID = GridSettings(cell=5.0, surface_cell=0.5)
"""Coarser than a run for itself would have, since a calibration needs many."""

NO_WATER_TABLE = 1e4


@njit(inline=False)
def to_stream(
    runoff: _Array, drainage: _Array, a: float, a_slow: float, frac_slow: float, ordinates: _Array, flow: _Array
) -> None:
    """Drainage through two linear reservoirs, and all of it through the unit hydrograph, as in LGAR's column.

    Parameters
    ----------
    runoff, drainage : array, shape (steps,)
        [cm] in an hour.
    a, a_slow : float
        Outflow rates of the reservoirs [h-1].
    frac_slow : float
        Share of the drainage that goes to the slow one [-].
    ordinates : array
    flow : array, shape (steps,)
        Receives the flow [cm] in an hour.
    """
    queue = np.zeros(ordinates.size)
    fast = 0.0
    slow = 0.0
    for t in range(runoff.size):
        fast, quick = release(fast, drainage[t] * (1.0 - frac_slow), 1.0, a, 1.0)
        slow, base = release(slow, drainage[t] * frac_slow, 1.0, a_slow, 1.0)
        flow[t] = route_giuh(runoff[t] + quick + base, ordinates, queue)


class _Solved(NamedTuple):
    """A run of the column, and the parameters that it was made with."""

    run: EnsembleRun
    parameters: LgarParameters


class RichardsModel(LgarModel):
    """The Richards equation with the space and the calls of :class:`basin_study.lgar_model.LgarModel`."""

    def flow_of(self, values: ArrayLike) -> NDArray[np.float64]:
        """Hydrograph of values of the space's parameters [mm h-1], shape (steps,)."""
        run, p = self._solve(values)
        runoff, drainage = (CM_PER_M * run.outputs[name][0] for name in ("surface_runoff", "percolation"))
        flow = np.empty(runoff.size)
        to_stream(runoff, drainage, p.a, p.a_slow, p.frac_slow, self._ordinates, flow)
        return flow * (MM_PER_M / CM_PER_M)

    def moisture(self, shares: ArrayLike, depths: Sequence[float]) -> NDArray[np.float64]:
        """As :meth:`basin_study.lgar_model.LgarModel.moisture`."""
        return self._solve(self.space.values(shares), depths).run.outputs[MOISTURES.name][0]

    def _solve(self, values: ArrayLike, depths: Sequence[float] = ()) -> _Solved:
        column = self.column_of(values)
        p = column.parameters
        own = EnsembleColumn(
            [VanGenuchtenSoil(*soil) for soil in column.soils[0].tolist()],
            THICKNESS,
            RichardsParameters(p.field_capacity, p.wilting_point_psi, p.ponded_depth_max, NO_WATER_TABLE),
            ROOT_DEPTH,
            grid=GRID,
        )
        options = RichardsOptions(bottom=FREE_DRAINAGE)
        state = initial_state([own], INITIAL_PSI, options)
        forcing = EnsembleForcing(self._forcing.rain, self._forcing.pet)
        run = simulate([own], state, forcing, options, outputs=("surface_runoff", "percolation"), depths=depths)
        return _Solved(run, p)
