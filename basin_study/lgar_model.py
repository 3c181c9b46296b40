"""LGAR over one basin, as a calibration sees it; the same calls as :class:`basin_study.cfe_model.CfeModel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from basin_study.dataset import PET, PRECIPITATION
from basin_study.lgar_space import LAYERS, THICKNESS, layer_of
from basin_study.objective import REFUSED, Objective, weighted_score
from basin_study.observations import observations_of, only_basin
from basin_study.spaces import Space
from cfe_bmi.config_model import CfeConfig
from hydro_physics.soil_classes import soil_of_class
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleRun, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.parameters import PARAMETERS
from lgar_bmi.variables import MOISTURES
from ngen_bmi.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[Any]

MM_PER_M = 1000.0
INITIAL_PSI = 2000.0
"""Suction at the start [cm]; the warm-up makes it forgotten."""

OPTIONS = LgarOptions(free_drainage=1, drainage_to_reservoir=1, substeps=ADAPTIVE)
"""Drainage of the soil goes to the reservoirs, from which it comes to the stream as base flow."""

TIMES = EnsembleTimes(3600.0, 900.0, 0.01)
"""Hourly, with sub-steps to an error of 0.1 mm: a calibration does not see more."""


class LgarBase(NamedTuple):
    """What is not calibrated.

    Attributes
    ----------
    soils : array, shape (layers, 5)
    parameters : LgarParameters
    """

    soils: _Array
    parameters: LgarParameters


def base_of(config: CfeConfig) -> LgarBase:
    """A column for a basin that CFE is configured for.

    Loam in all layers (Carsel and Parrish 1988), with the porosity of the basin, two linear reservoirs, and no
    preferential flow.
    """
    loam = soil_of_class("loam", "carsel_parrish_1988")._replace(theta_e=config.parameters.maxsmc)
    plain = {variable.name: variable.default or 0.0 for variable in PARAMETERS}
    parameters = LgarParameters(**(plain | {"a": 0.02, "b": 1.0, "a_slow": 1e-3, "b_slow": 1.0, "frac_slow": 0.5}))
    return LgarBase(np.array([loam] * LAYERS), parameters)


def changed(base: LgarBase, values: Mapping[str, float]) -> LgarBase:
    """Column with other values of parameters, which are called as in :func:`basin_study.lgar_space.lgar_space`."""
    soils, parameters = base.soils.copy(), base.parameters
    for name, value in values.items():
        place = layer_of(name)
        if place is None:
            parameters = parameters._replace(**{name: value})
        else:
            soils[place[1] - 1, VanGenuchtenSoil._fields.index(place[0])] = value
    return LgarBase(soils, parameters)


class LgarModel:
    """LGAR, its forcing and the observations of one basin, ready for many evaluations.

    Parameters
    ----------
    config : CfeConfig
        Of which the porosity and the unit hydrograph are taken.
    data : Dataset
        One basin (:mod:`basin_study.dataset`), with the warm-up.
    space : Space
        Such as :func:`basin_study.lgar_space.lgar_space`.
    warmup : int
        Steps at the beginning that are not compared [h].
    objective : Objective

    Raises
    ------
    DataError
        When there is not exactly one basin, or nothing was observed.
    """

    def __init__(self, config: CfeConfig, data: xr.Dataset, space: Space, warmup: int, objective: Objective):
        self.space, self.objective, self.basin = space, objective, only_basin(data)
        self._base = base_of(config)
        self._ordinates = np.array(config.giuh_ordinates, dtype=np.float64)
        rain, pet = (np.ascontiguousarray(data[name].values, dtype=np.float64) for name in (PRECIPITATION, PET))
        self._forcing = EnsembleForcing(rain, pet)
        self.observations = observations_of(data, warmup)
        self._weights = np.array(objective.weights)

    @property
    def steps(self) -> int:
        """Steps of an evaluation, the warm-up among them."""
        return int(self._forcing.rain.shape[1])

    def column(self, shares: ArrayLike) -> EnsembleColumns:
        """Column of shares of the space."""
        return self.column_of(self.space.values(shares))

    def column_of(self, values: ArrayLike) -> EnsembleColumns:
        """Column of values of the space's parameters."""
        given = dict(zip(self.space.names, np.asarray(values).tolist(), strict=True))
        soils, parameters = changed(self._base, given)
        return EnsembleColumns(soils[np.newaxis], np.array([THICKNESS]), parameters)

    def start(self) -> NDArray[np.float64]:
        """Shares of the base column; those outside the space are at its bounds."""
        values = []
        for name in self.space.names:
            place = layer_of(name)
            if place is None:
                values.append(getattr(self._base.parameters, name))
            else:
                values.append(self._base.soils[place[1] - 1, VanGenuchtenSoil._fields.index(place[0])])
        return self.space.shares(values)

    def score(self, shares: ArrayLike) -> float:
        """Objective of shares of the space; :data:`basin_study.objective.REFUSED` where the model fails."""
        try:
            flow = self.flow(shares)
        except (ParameterError, RuntimeError):
            return REFUSED
        found = float(weighted_score(self.observations.means(flow), self.observations.values, self._weights))
        return found if np.isfinite(found) else REFUSED

    def flow(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Hydrograph of shares of the space [mm h-1], shape (steps,), the warm-up among them.

        Raises
        ------
        ParameterError, RuntimeError
            When the model has no meaning with them, or fails.
        """
        return self.flow_of(self.space.values(shares))

    def flow_of(self, values: ArrayLike) -> NDArray[np.float64]:
        """Hydrograph of values of the space's parameters [mm h-1], shape (steps,)."""
        return self._run(values).outputs["total_discharge"][0] * MM_PER_M

    def moisture(self, shares: ArrayLike, depths: Sequence[float]) -> NDArray[np.float64]:
        """Soil moisture at depths [cm] at the ends of the steps [m3 m-3], shape (steps, depths).

        Raises
        ------
        ParameterError, RuntimeError, ValueError
            As :meth:`flow`; also for a depth below the column.
        """
        return self._run(self.space.values(shares), depths).outputs[MOISTURES.name][0]

    def _run(self, values: ArrayLike, depths: Sequence[float] = ()) -> EnsembleRun:
        column = self.column_of(values)
        state = initial_state(column, INITIAL_PSI, self._ordinates.size, TIMES)
        return simulate(
            column, state, self._forcing, OPTIONS, ordinates=self._ordinates, times=TIMES, moisture_depths=depths
        )
