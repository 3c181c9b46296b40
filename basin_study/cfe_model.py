"""CFE over one basin, as a calibration sees it: shares of a box in, a score or a hydrograph out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from basin_study.cfe_kernel import DEPTH, MM_PER_M, cfe_flow, flow_score
from basin_study.dataset import PET, PRECIPITATION, DataError
from basin_study.objective import REFUSED, Objective
from basin_study.observations import observations_of, only_basin
from basin_study.spaces import Space
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.ensemble import EnsembleForcing
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.parameters import PARAMETERS, fit_options
from cfe_bmi.state import GIUH, CfeOptions
from cfe_bmi.variables import INPUT_LIMITS

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[Any]

MM_H_PER_M_S = 3.6e6
_CHOSEN, _ROOM = 7, 11
"""Arguments of :func:`basin_study.cfe_kernel.cfe_flow`, after the parameters: the output to keep, and room for it."""


class CfeModel:
    """CFE, its forcing and the observations of one basin, ready for many evaluations.

    Parameters
    ----------
    config : CfeConfig
        What is not calibrated: parameters, unit hydrograph, initial storages as shares of their maxima.
    options : CfeOptions
        Schemes; they take the place of the configuration's.
    data : Dataset
        One basin (:mod:`basin_study.dataset`), with the warm-up.
    space : Space
        What is calibrated.
    warmup : int
        Steps at the beginning that are not compared [h].
    objective : Objective

    Raises
    ------
    DataError
        When there is not exactly one basin, the forcing is outside the model's limits, or nothing was observed.
    ValueError
        When the surface runoff is not routed by a GIUH, or root-zone evaporation or frozen soil is asked for.
    """

    def __init__(
        self,
        config: CfeConfig,
        options: CfeOptions,
        data: xr.Dataset,
        space: Space,
        warmup: int,
        objective: Objective,
    ):
        if options.surface_runoff != GIUH or options.rootzone_et or options.frozen_soil:
            raise ValueError("studies run CFE with a GIUH, without root-zone evaporation and frozen soil")
        self.space, self.objective, self.basin = space, objective, only_basin(data)
        self._base = np.array(config.parameters, dtype=np.float64)
        self._places = np.array([CfeParameters._fields.index(name) for name in space.names])
        rain, pet = (np.ascontiguousarray(data[name].values[0], dtype=np.float64) for name in (PRECIPITATION, PET))
        steps = rain.size
        fields = (rain, pet / MM_H_PER_M_S, *(np.empty(0) for _ in range(3)))
        self._check_forcing(fields, data)
        self.options = fit_options(options, config.parameters)
        self.observations = observations_of(data, warmup)
        ordinates = np.array(config.giuh_ordinates, dtype=np.float64)
        lateral = (0.0,) * len(config.lateral)
        storages = np.zeros(2 + len(lateral) + 1)
        self._model = (
            np.array(self.options, dtype=np.int64),
            lateral,
            (0.0,),
            ordinates,
            np.array([config.soil_storage, config.gw_storage]),
            fields,
            INPUT_LIMITS,
            np.array([CfeOutputs._fields.index("q_out")]),
            np.empty((0, storages.size)),
            storages,
            np.zeros(ordinates.size),
            np.empty((1, steps)),
        )
        self._scoring = (
            self.observations.first,
            self.observations.hours,
            np.empty(self.observations.values.size),
            self.observations.values,
            np.array(objective.weights),
        )

    @property
    def steps(self) -> int:
        """Steps of an evaluation, the warm-up among them."""
        return int(self._model[5][0].size)

    @property
    def forcing(self) -> EnsembleForcing:
        """Forcing as ensembles take it."""
        rain, pet = self._model[5][:2]
        return EnsembleForcing(rain[np.newaxis], pet[np.newaxis])

    @property
    def ordinates(self) -> NDArray[np.float64]:
        """Shares of the unit hydrograph."""
        return self._model[3]

    @property
    def lateral(self) -> int:
        """Reservoirs of the lateral cascade."""
        return len(self._model[1])

    @property
    def start_shares(self) -> tuple[float, float]:
        """Soil and groundwater storage at the start, as shares of their maxima."""
        soil, groundwater = self._model[4].tolist()
        return soil, groundwater

    def fixed(self) -> dict[str, float]:
        """Raw parameters that are not calibrated."""
        values = zip(CfeParameters._fields, self._base.tolist(), strict=True)
        return {name: value for name, value in values if name not in self.space.names}

    def _check_forcing(self, fields: tuple[_Array, ...], data: xr.Dataset) -> None:
        for name, values, (low, high), factor in (
            (PRECIPITATION, fields[0], INPUT_LIMITS[0], 1.0),
            (PET, fields[1], INPUT_LIMITS[1], MM_H_PER_M_S),
        ):
            bad = np.flatnonzero(~((values >= low) & (values <= high)))
            if bad.size:
                when = data["time"].values[bad[0]].astype("datetime64[s]")
                raise DataError(
                    f"{data.attrs.get('source')}: {name} of basin {self.basin} at {when} is "
                    f"{values[bad[0]] * factor:g} mm h-1 ({bad.size} such values); CFE takes {low * factor:g} to "
                    f"{high * factor:g}"
                )

    def row(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Raw parameters of shares of the space, shape (parameters,)."""
        row = self._base.copy()
        row[self._places] = self.space.values(shares)
        return row

    def parameters(self, shares: ArrayLike) -> CfeParameters:
        """Raw parameters of shares of the space."""
        return CfeParameters(*self.row(shares).tolist())

    def start(self) -> NDArray[np.float64]:
        """Shares of the configuration's own parameters; those outside the space are at its bounds."""
        return self.space.shares(self._base[self._places])

    def score(self, shares: ArrayLike) -> float:
        """Objective of shares of the space; :data:`basin_study.objective.REFUSED` where the model has no meaning."""
        if not cfe_flow(self.row(shares), *self._model):
            return REFUSED
        found = float(flow_score(self._model[-1][0], *self._scoring))
        return found if np.isfinite(found) else REFUSED

    def flow(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Hydrograph of shares of the space [mm h-1], shape (steps,), the warm-up among them.

        Raises
        ------
        ValueError
            When the model has no meaning with them.
        """
        return self.flow_of(self.row(shares))

    def moisture(self, shares: ArrayLike, depths: Sequence[float]) -> NDArray[np.float64]:
        """Soil moisture at the ends of the steps [m3 m-3], shape (steps, depths).

        CFE's soil is one bucket without a profile: at every depth it is the mean of the whole soil.

        Raises
        ------
        ValueError
            When the model has no meaning with the parameters.
        """
        row, stored = self.row(shares), np.empty((1, self.steps))
        model = list(self._model)
        model[_CHOSEN], model[_ROOM] = np.array([CfeOutputs._fields.index("soil_storage")]), stored
        self._require(cfe_flow(row, *model), row)
        return np.repeat(stored.T / (MM_PER_M * row[DEPTH]), len(depths), axis=1)

    def flow_of(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hydrograph of raw parameters [mm h-1], shape (steps,)."""
        self._require(cfe_flow(row, *self._model), row)
        return self._model[-1][0].copy()

    def _require(self, meant: bool, row: NDArray[np.float64]) -> None:
        if not meant:
            named = dict(zip((v.name for v in PARAMETERS), row.tolist(), strict=True))
            raise ValueError(f"basin {self.basin}: CFE has no meaning with the parameters {named}")
