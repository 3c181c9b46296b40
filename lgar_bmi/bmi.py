"""LGAR as a BMI component: one catchment, steps as long as its forcing's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.routing import ordinates_for_step
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi import saved_state
from lgar_bmi import variables as names
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.config import LgarConfig, load_config
from lgar_bmi.config_model import problems_with
from lgar_bmi.frozen import layers_of_nodes
from lgar_bmi.kernel import (
    ColumnArrays,
    change_soils,
    derive_coefficients,
    make_arrays,
    observe,
    start_column,
    update_column,
)
from lgar_bmi.outputs import CM_PER_M, FAILURES, PUBLISHED, REFUSED, REMEDY
from lgar_bmi.parameters import warnings_about
from lgar_bmi.setup import FROZEN, fill_tables, initial_surface, layer_rows, make_tables, store_surface
from ngen_bmi.base import ComponentBmi
from ngen_bmi.errors import ForcingError, ParameterError

logger = logging.getLogger(__name__)

_KINDS = {names.RAIN: "precipitation", names.PET: "evaporation"}
_SOIL_STORAGE, _FRONTS = (PUBLISHED.index(name) for name in ("soil_storage", "soil_num_wetting_fronts"))
_N_PARAMETERS = len(LgarParameters._fields)
_N_SOIL = len(VanGenuchtenSoil._fields)
_SECONDS_PER_HOUR = 3600.0


class BmiLgar(ComponentBmi):
    """Layered Green and Ampt with redistribution, for one catchment; a drop-in for LASAM.

    Configured by YAML or by LASAM's text (:func:`lgar_bmi.config.load_config`). Fluxes are m per step, storages m.
    Parameters may be set any time: before the first step with the same effect as in the configuration, later with
    suctions kept and the change of storage booked as water that came in or went out.

    Examples
    --------
    >>> model = BmiLgar()
    >>> model.get_var_units("total_discharge"), model.get_time_step()
    ('m', 3600.0)
    """

    component_name = "LGAR"
    table = names.TABLE

    def __init__(self) -> None:
        super().__init__()
        self._inputs = self._block[names.INPUT_SLICE]
        self._outputs = self._block[names.OUTPUT_SLICE]
        self._counts = self._block[names.EVENT_SLICE]
        self._profiles = np.full((len(names.PROFILES), make_arrays().fronts.shape[1]), np.nan)
        for variable, row in zip(names.PROFILES, self._profiles, strict=True):
            self._bind(variable, row)
        self._raw = np.zeros(0)
        self._use_parameters(names.LASAM_LAYERS, log_mode=False)
        self._config: LgarConfig
        self._column: ColumnArrays
        self._dirty = True
        self._started = False

    # --- set-up ------------------------------------------------------------------------------------------------

    def _configure(self, config_file: str) -> None:
        config = load_config(config_file)
        for line in config.ignored:
            logger.info("%s: %s", config.source, line)
        for line in config.warnings():
            logger.warning("%s: %s", config.source, line)
        self._config = config
        self._restore_clock = config.restore_clock
        self._block[:] = 0.0
        self.time_step_s = config.forcing_step
        self._use_parameters(len(config.soils), config.log_mode)
        self._logarithms = np.array(names.logarithms_of(len(config.soils), config.log_mode))
        self._remember(config)
        self._raw[:] = self._shown
        depths = np.array(config.moisture_depths)
        self._moistures = self._sized(names.MOISTURES, max(depths.size, 1))
        self._temperatures = self._sized(names.TEMPERATURE_INPUT, max(len(config.temperature_nodes), 1))
        self._sized(names.LAYER_DEPTHS, len(config.soils))[:] = np.array(config.layer_bottoms) / CM_PER_M
        self._input_names = (names.RAIN, names.PET, *((names.TEMPERATURE,) if config.temperature_nodes else ()))
        self._output_names = tuple(
            name for name in self.table.names("output") if depths.size or name != names.MOISTURES.name
        )
        # Not a number until somebody gives it: forgotten forcing is an error, not a drought.
        for name in (*self._input_names, names.TEMPERATURE, names.MOISTURES.name):
            self._values[name][:] = np.nan
        hours = config.forcing_step / _SECONDS_PER_HOUR
        self._ordinates = ordinates_for_step(config.giuh_ordinates, hours)
        self._queue = np.zeros(self._ordinates.size)
        self._times = np.array([hours, config.substep / _SECONDS_PER_HOUR, config.tolerance])
        self._depths = depths
        self._nodes = layers_of_nodes(config.temperature_nodes, config.layer_bottoms)
        self._column = make_arrays()
        self._layers = layer_rows(config.soils, config.thickness)
        self._tables = make_tables(len(config.soils), config.options.capillary_drive)
        fill_tables(self._layers, self._tables)
        self._started = False
        self._dirty = True
        self._start()

    def _use_parameters(self, layers: int, log_mode: bool) -> None:
        """Answer for the parameters of so many layers."""
        self._use_table(names.table_of(layers, log_mode))
        variables = names.parameters_of(layers, log_mode)
        if self._raw.size != len(variables):
            self._raw = np.zeros(len(variables))
            for i, variable in enumerate(variables):
                self._bind(variable, self._raw[i : i + 1])

    def _remember(self, config: LgarConfig) -> None:
        """Note the parameters of a configuration, and how they are shown: as logarithms in log mode."""
        self._true = np.array([*config.parameters, *(value for soil in config.soils for value in soil)])
        with np.errstate(divide="ignore"):
            self._shown = np.where(self._logarithms, np.log10(self._true), self._true)

    def _start(self) -> None:
        """Begin with the configured suction, and put its storage into the outputs and the ledger."""
        config, column = self._config, self._column
        stored = start_column(config.initial_psi, self._layers, self._tables, column.fronts, column.front_integers)
        store_surface(initial_surface(self._times[1]), column.surface)
        self._outputs[_SOIL_STORAGE] = stored
        self._outputs[_FRONTS] = len(config.soils)
        self._ledger[:] = (stored, 0.0, stored, 0.0)
        self._observe()

    def _observe(self) -> None:
        column = self._column
        moistures = self._moistures[: self._depths.size]
        observe(
            self._layers,
            self._tables,
            column.fronts,
            column.front_integers,
            self._depths,
            self._profiles,
            moistures,
        )

    # --- parameters --------------------------------------------------------------------------------------------

    def _parameter_was_set(self) -> None:
        self._dirty = True
        if self._ready and not self._started and not problems_with(self._as_set()):
            self._take(self._as_set())

    def _as_set(self) -> LgarConfig:
        """Return the configuration with the parameters as they are now."""
        with np.errstate(all="ignore"):
            powers = np.where(self._logarithms, np.power(10.0, self._raw), self._raw)
        # what nobody touched is not rounded
        return self._with_values(np.where(self._raw == self._shown, self._true, powers).tolist())

    def _with_values(self, values: list[float]) -> LgarConfig:
        """Return the configuration with other values of all parameters, none of them logarithms."""
        soils = (values[i : i + _N_SOIL] for i in range(_N_PARAMETERS, len(values), _N_SOIL))
        return replace(
            self._config,
            parameters=LgarParameters(*values[:_N_PARAMETERS]),
            soils=tuple(VanGenuchtenSoil(*soil) for soil in soils),
        )

    def _take(self, config: LgarConfig) -> None:
        """Go on with other parameters, which have no problems."""
        changed = [new != old for new, old in zip(config.soils, self._config.soils, strict=True)]
        self._config = config
        self._remember(config)
        if not any(changed):
            return
        self._layers[:] = layer_rows(config.soils, config.thickness, self._layers[FROZEN])
        fill_tables(self._layers, self._tables)
        if not self._started:
            self._start()
            return
        column = self._column
        where = np.array(changed, dtype=np.int64)
        gain = change_soils(where, self._layers, self._tables, column.fronts, column.front_integers)
        self._ledger[0] += max(gain, 0.0)
        self._ledger[1] += max(-gain, 0.0)

    def _refresh(self) -> None:
        """Judge the parameters as they are now and derive what the equations need."""
        config = self._as_set()
        problems = problems_with(config)
        if problems:
            raise ParameterError(self._where(), problems)
        if (config.soils, config.parameters) != (self._config.soils, self._config.parameters):
            for line in warnings_about(config.soils, config.parameters):
                logger.warning("%s: %s", self._where(), line)
            self._take(config)
        column = self._column
        self._arguments = (
            self._inputs,
            self._temperatures[: self._nodes.size],
            names.INPUT_LIMITS,
            self._nodes,
            np.array(derive_coefficients(config.parameters, self._layers, self._tables)),
            self._times,
            np.array(config.options, dtype=np.int64),
            self._layers,
            self._tables,
            *column,
            self._queue,
            self._ordinates,
            self._outputs,
            self._counts,
            self._ledger,
        )
        self._dirty = False

    # --- stepping ----------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._dirty:
            self._refresh()
        ended = update_column(*self._arguments)
        if ended == REFUSED:
            self._check_temperatures()
            self._mend_inputs(self._config.forcing, ((names.RAIN, 0), (names.PET, 0)), _KINDS)
            ended = update_column(*self._arguments)
        if ended in FAILURES:
            raise RuntimeError(f"{self._where()}: {FAILURES[ended]}; {REMEDY}")
        self._started = True
        self._observe()

    def _check_temperatures(self) -> None:
        """Raise when a temperature is refused: there is none to put in its place."""
        for node, value in enumerate(self._temperatures[: self._nodes.size].tolist(), start=1):
            if names.TEMPERATURE_INPUT.problem_with(value):
                low, high = names.TEMPERATURE_INPUT.valid
                depth = self._config.temperature_nodes[node - 1]
                raise ForcingError(
                    f"{self._where()}: {names.TEMPERATURE} of node {node}, {depth:g} cm deep, is {value:g} K; expected "
                    f"{low:g} to {high:g} (check the data and its unit)"
                )

    def _where(self) -> str:
        return f"{self._config.name} ({self._config.source}), step at {self._time:.15g} s"

    # --- saved states ------------------------------------------------------------------------------------------

    def _state_fingerprint(self) -> dict[str, Any]:
        return saved_state.fingerprint(self._config)

    def _hidden_state(self) -> dict[str, NDArray[Any]]:
        return saved_state.collect(self._column, self._layers, self._queue) | {
            "true parameters": self._true,
            "shown parameters": self._shown,
            "started": np.array([self._started], dtype=np.float64),
        }

    def _take_hidden_state(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        saved_state.put_back(state, self._column, self._layers, self._tables, self._queue)
        self._true, self._shown = state["true parameters"].copy(), state["shown parameters"].copy()
        self._config = self._with_values(self._true.tolist())
        self._started = bool(state["started"][0])
        self._dirty = True

    # --- values ------------------------------------------------------------------------------------------------

    def set_value(self, name: str, src: NDArray[Any]) -> None:
        """Copy `src` into an input or parameter.

        A temperature profile that the configuration does not use may have any length.
        """
        if name == names.TEMPERATURE and name not in self._input_names:
            src = np.resize(np.asarray(src, dtype=np.float64), 1)
        super().set_value(name, src)
