"""CFE as a BMI component: one catchment, hourly steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi import variables as names
from cfe_bmi.catchment import update_catchment
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.config import CfeConfig, load_config
from cfe_bmi.config_model import problems_with
from cfe_bmi.parameters import fit_options, warnings_about
from cfe_bmi.state import ODE, SCHAAKE
from ngen_bmi.base import ComponentBmi
from ngen_bmi.errors import ParameterError

logger = logging.getLogger(__name__)

_KINDS = {names.RAIN: "precipitation", names.PET: "evaporation"}


class BmiCfe(ComponentBmi):
    """Conceptual Functional Equivalent of the National Water Model, for one catchment.

    Configured by YAML or by NOAA-OWP's text format (:func:`cfe_bmi.config.load_config`). Fluxes are m per hourly step,
    storages m. Parameters may be set any time: before the first step with the same effect as in the configuration,
    later with storages kept in m.

    Examples
    --------
    >>> model = BmiCfe()
    >>> model.get_var_units("Q_OUT"), model.get_time_step()
    ('m', 3600.0)
    """

    component_name = "CFE"
    table = names.TABLE

    def __init__(self) -> None:
        super().__init__()
        self._inputs = self._block[names.INPUT_SLICE]
        self._outputs = self._block[names.OUTPUT_SLICE]
        self._raw = self._block[names.PARAMETER_SLICE]
        self._profile = self._values[names.PROFILE]
        self._config: CfeConfig
        self._dirty = True
        self._started = False

    # --- set-up ------------------------------------------------------------------------------------------------

    def _load(self, config_file: str) -> CfeConfig:
        return load_config(config_file)

    def _configure(self, config_file: str) -> None:
        config = self._load(config_file)
        for line in config.ignored:
            logger.info("%s: %s", config.source, line)
        for line in config.warnings():
            logger.warning("%s: %s", config.source, line)
        self._config = config
        self._restore_clock = config.restore_clock
        self._block[:] = 0.0
        self._raw[:] = config.parameters
        self._input_names = self._used_inputs(config)
        if config.layer_bottoms and self._profile.size != len(config.layer_bottoms):
            self._profile = np.empty(len(config.layer_bottoms))
            self._bind(names.PROFILE_INPUT, self._profile)
        # Not a number until somebody gives it: forgotten forcing is an error, not a drought.
        for name in self._input_names:
            self._values[name][:] = np.nan
        self._values["SURF_RUNOFF_SCHEME"][0] = config.options.partitioning
        self._queue = np.zeros(len(config.giuh_ordinates))
        self._storages = np.array([0.0, 0.0, *config.lateral, *config.surface])
        self._dirty = True
        self._started = False
        self._set_initial_storages()

    @staticmethod
    def _used_inputs(config: CfeConfig) -> tuple[str, ...]:
        used = [names.RAIN, names.PET]
        if config.options.frozen_soil:
            used.append(names.ICE_DEPTH if config.options.partitioning == SCHAAKE else names.ICE_FRACTION)
        if config.options.rootzone_et:
            used.append(names.PROFILE)
        return tuple(used)

    def _set_initial_storages(self) -> None:
        """Put the initial shares of the present maxima into the storages, the outputs and the ledger."""
        p = CfeParameters(*self._raw.tolist())
        self._storages[0] = self._config.soil_storage * (p.maxsmc * p.depth)
        self._storages[1] = self._config.gw_storage * p.max_gw_storage
        self._values["SOIL_STORAGE"][0], self._values["GW_STORAGE"][0] = self._storages[:2]
        self._ledger[:] = (self._storages.sum(), 0.0, self._storages.sum(), 0.0)

    def _parameter_was_set(self) -> None:
        self._dirty = True
        if self._ready and not self._started:
            self._set_initial_storages()

    def _refresh(self) -> None:
        """Judge the parameters as they are now and derive what the equations need."""
        p = CfeParameters(*self._raw.tolist())
        problems = problems_with(self._config, p)
        if problems:
            raise ParameterError(self._where(), problems)
        if p != self._config.parameters:
            for line in warnings_about(p):
                logger.warning("%s: %s", self._where(), line)
        self._arguments = (
            self._inputs,
            names.INPUT_LIMITS,
            self._profile,
            self._config.supply_layer,
            self._config.supply_thickness,
            np.array(derive(p)),
            np.array(fit_options(self._config.options, p), dtype=np.int64),
            tuple(0.0 for _ in self._config.lateral),
            tuple(0.0 for _ in self._config.surface),
            self._storages,
            self._queue,
            np.array(self._config.giuh_ordinates),
            self._outputs,
            self._ledger,
        )
        self._dirty = False

    # --- stepping ----------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._dirty:
            self._refresh()
        if not update_catchment(*self._arguments):
            items = {names.PROFILE: self._config.supply_layer}
            self._mend_inputs(self._config.forcing, [(name, items.get(name, 0)) for name in self._input_names], _KINDS)
            update_catchment(*self._arguments)
        self._started = True

    def _where(self) -> str:
        return f"{self._config.name} ({self._config.source}), step at {self._time:.15g} s"

    # --- saved states ------------------------------------------------------------------------------------------

    def _state_fingerprint(self) -> dict[str, Any]:
        """Schemes and sizes; the values of parameters are part of the state."""
        config, options = self._config, self._config.options
        return {
            "soil scheme": options.soil_scheme,
            "partitioning": options.partitioning,
            "surface runoff": options.surface_runoff,
            "rootzone_et": options.rootzone_et,
            "frozen_soil": options.frozen_soil,
            "hours of giuh_ordinates": len(config.giuh_ordinates),
            "subsurface reservoirs": len(config.lateral),
            "surface reservoirs": len(config.surface),
            "soil layers [m]": list(config.layer_bottoms),
        }

    def _hidden_state(self) -> dict[str, NDArray[Any]]:
        started = np.array([self._started], dtype=np.float64)
        return {"storages": self._storages, "queue": self._queue, "started": started}

    def _take_hidden_state(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        self._storages[:] = state["storages"]
        self._queue[:] = state["queue"]
        self._started = bool(state["started"][0])
        self._dirty = True


class BmiCfeOde(BmiCfe):
    """CFE with the ODE soil scheme, whatever the configuration says: for text configurations that exist already."""

    def _load(self, config_file: str) -> CfeConfig:
        config = super()._load(config_file)
        return replace(config, options=config.options._replace(soil_scheme=ODE))
