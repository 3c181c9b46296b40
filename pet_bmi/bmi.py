"""Potential evapotranspiration as a BMI component: one catchment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.base import ComponentBmi
from ngen_bmi.errors import ParameterError
from pet_bmi import variables as names
from pet_bmi.clock import day_and_hour
from pet_bmi.coefficients import PetParameters, derive
from pet_bmi.config import PetConfig, load_config
from pet_bmi.kernel import update_catchment
from pet_bmi.parameters import needs_clock, problems_of, warnings_about

logger = logging.getLogger(__name__)

_KINDS = {names.SHORTWAVE: "shortwave", names.WIND_X: "wind", names.WIND_Y: "wind"}


class BmiPet(ComponentBmi):
    """Potential evapotranspiration from AORC forcing, for one catchment.

    Configured by YAML or by the text of NOAA-OWP's evapotranspiration module (:func:`pet_bmi.config.load_config`).
    Inputs and the output ``water_potential_evaporation_flux`` [m s-1] have that module's names and units, the mean of a
    step each. Parameters may be set any time.

    Examples
    --------
    >>> model = BmiPet()
    >>> model.get_var_units("water_potential_evaporation_flux"), model.get_time_step()
    ('m s-1', 3600.0)
    """

    component_name = "PET"
    table = names.TABLE

    def __init__(self) -> None:
        super().__init__()
        self._inputs = self._block[names.INPUT_SLICE]
        self._outputs = self._block[names.OUTPUT_SLICE]
        self._raw = self._block[names.PARAMETER_SLICE]
        self._memory = np.zeros(1)
        self._config: PetConfig
        self._dirty = True
        self._started = False
        self._elapsed = 0.0

    # --- set-up ------------------------------------------------------------------------------------------------

    def _configure(self, config_file: str) -> None:
        config = load_config(config_file)
        for line in config.ignored:
            logger.info("%s: %s", config.source, line)
        for line in config.warnings():
            logger.warning("%s: %s", config.source, line)
        self._config = config
        self._restore_clock = config.restore_clock
        self.time_step_s = config.time_step_s
        self._clock = config.start_time if needs_clock(config.options) else None
        self._block[:] = 0.0
        self._raw[:] = config.parameters
        self._input_names = names.used_inputs(config.options)
        # Not a number until somebody gives it: forgotten forcing is an error.
        for name in self._input_names:
            self._values[name][:] = np.nan
        self._used = np.array([v.name in self._input_names for v in names.INPUTS], dtype=np.int64)
        self._dirty = True
        self._started = False
        self._elapsed = 0.0

    def _parameter_was_set(self) -> None:
        self._dirty = True

    def _refresh(self) -> None:
        """Judge the parameters as they are now and derive what the equations need."""
        p = PetParameters(*self._raw.tolist())
        options = self._config.options
        problems = problems_of(p, options)
        if problems:
            raise ParameterError(self._where(), problems)
        if p != self._config.parameters:
            for line in warnings_about(p, options):
                logger.warning("%s: %s", self._where(), line)
        if not self._started:
            self._memory[0] = p.initial_clearness
        self._derived = np.array(derive(p, self.time_step_s))
        self._choices = np.array(options, dtype=np.int64)
        self._dirty = False

    # --- stepping ----------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._dirty:
            self._refresh()
        if not self._update():
            self._mend_inputs(self._config.forcing, [(name, 0) for name in self._input_names], _KINDS)
            self._update()
        self._started = True
        self._elapsed += self.time_step_s

    def _update(self) -> bool:
        day, hour = 1.0, 0.0
        if self._clock is not None:
            day, hour = day_and_hour(self._clock, self._elapsed + 0.5 * self.time_step_s)
        return bool(
            update_catchment(
                self._inputs,
                self._used,
                names.INPUT_LIMITS,
                day,
                hour,
                self._derived,
                self._choices,
                self._memory,
                self._outputs,
            )
        )

    def _where(self) -> str:
        return f"{self._config.name} ({self._config.source}), step at {self._time:.15g} s"

    # --- saved states ------------------------------------------------------------------------------------------

    def _state_fingerprint(self) -> dict[str, Any]:
        """Choices; the values of parameters are part of the state."""
        return {**self._config.options._asdict(), "time_step [s]": self.time_step_s}

    def _hidden_state(self) -> dict[str, NDArray[Any]]:
        calendar = np.array([self._start_s(), self._elapsed])
        return {"clearness": self._memory, "started": np.array([float(self._started)]), "calendar": calendar}

    def _start_s(self) -> float:
        """Start time [s since 1970]; 0 where the equations need no clock."""
        return 0.0 if self._clock is None else self._clock.replace(tzinfo=UTC).timestamp()

    def _take_hidden_state(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        self._memory[:] = state["clearness"]
        self._started = bool(state["started"][0])
        start, elapsed = state["calendar"]
        # a configuration with another start time is for a run that begins then, whatever the state's was
        if start == self._start_s():
            self._elapsed = float(elapsed)
        self._dirty = True
