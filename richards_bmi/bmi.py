"""The Richards equation as a BMI component: one catchment, steps as long as its forcing's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.routing import ordinates_for_step
from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.base import ComponentBmi
from ngen_bmi.errors import ParameterError
from richards_bmi import saved_state
from richards_bmi import variables as names
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.config import RichardsConfig, load_config
from richards_bmi.config_model import problems_with
from richards_bmi.kernel import FIRST_SUBSTEP, ColumnArrays, make_arrays, observe, update_column
from richards_bmi.outputs import CM_PER_M, PUBLISHED, REFUSED, REMEDY, STUCK
from richards_bmi.parameters import warnings_about
from richards_bmi.setup import DEPTH, SIZE, ColumnRows, derive, fill_water, make_rows, set_bottom, set_soils

logger = logging.getLogger(__name__)

_KINDS = {names.RAIN: "precipitation", names.PET: "evaporation"}
_SOIL_STORAGE = PUBLISHED.index("soil_storage")
_N_PARAMETERS = len(RichardsParameters._fields)
_N_SOIL = len(VanGenuchtenSoil._fields)
_SECONDS_PER_HOUR = 3600.0


class BmiRichards(ComponentBmi):
    """The Richards equation in a layered column, for one catchment.

    Configured by YAML (:func:`richards_bmi.config.load_config`). Fluxes are m per step, storages m. Parameters may be
    set any time: before the first step with the same effect as in the configuration, later with suctions kept and the
    change of storage booked as water that came in or went out.

    Examples
    --------
    >>> model = BmiRichards()
    >>> model.get_var_units("total_discharge"), model.get_time_step()
    ('m', 3600.0)
    """

    component_name = "Richards"
    table = names.TABLE

    def __init__(self) -> None:
        super().__init__()
        self._inputs = self._block[names.INPUT_SLICE]
        self._outputs = self._block[names.OUTPUT_SLICE]
        self._counts = self._block[names.COUNT_SLICE]
        self._raw = np.zeros(0)
        self._use_parameters(names.LAYERS)
        self._config: RichardsConfig
        self._rows: ColumnRows
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
        self._use_parameters(len(config.soils))
        self._remember(config)
        self._raw[:] = self._set
        self._rows = make_rows(
            config.soils,
            config.thickness,
            config.root_profile,
            config.root_depth,
            config.grid,
            config.options.bottom,
        )
        nodes = self._rows.nodes
        self._column = make_arrays(nodes.shape[1])
        cells = nodes[SIZE] > 0.0
        self._profiles = np.empty((len(names.PROFILES), int(cells.sum())))
        for variable, row in zip(names.PROFILES, self._profiles, strict=True):
            self._bind(variable, row)
        self._sized(names.CELL_DEPTHS, self._profiles.shape[1])[:] = nodes[DEPTH, cells] / CM_PER_M
        self._sized(names.LAYER_DEPTHS, len(config.soils))[:] = np.array(config.layer_bottoms) / CM_PER_M
        self._depths = np.array(config.moisture_depths)
        at_depths = (names.MOISTURES, names.SUCTIONS)
        self._observed = tuple(self._sized(variable, max(self._depths.size, 1)) for variable in at_depths)
        unlisted = () if self._depths.size else tuple(variable.name for variable in at_depths)
        self._output_names = tuple(name for name in self.table.names("output") if name not in unlisted)
        # Not a number until somebody gives it: forgotten forcing is an error, not a drought.
        self._inputs[:] = np.nan
        for array in self._observed:
            array[:] = np.nan
        hours = config.forcing_step / _SECONDS_PER_HOUR
        self._ordinates = ordinates_for_step(config.giuh_ordinates, hours)
        self._queue = np.zeros(self._ordinates.size)
        solver = config.solver
        self._times = np.array(
            [hours, solver.tolerance, solver.shortest / _SECONDS_PER_HOUR, solver.longest / _SECONDS_PER_HOUR]
        )
        self._started = False
        self._dirty = True
        self._start()

    def _use_parameters(self, layers: int) -> None:
        """Answer for the parameters of so many layers."""
        self._use_table(names.table_of(layers))
        variables = names.parameters_of(layers)
        if self._raw.size != len(variables):
            self._raw = np.zeros(len(variables))
            for i, variable in enumerate(variables):
                self._bind(variable, self._raw[i : i + 1])

    def _remember(self, config: RichardsConfig) -> None:
        """Note the parameters of a configuration."""
        self._set = np.array([*config.parameters, *(value for soil in config.soils for value in soil)])

    def _start(self) -> None:
        """Begin with the configured suctions, and put their storage into the outputs and the ledger."""
        config, column = self._config, self._column
        column.state[0] = config.initial_suctions(self._rows.nodes[DEPTH])
        self._set_bottom()
        fill_water(*column.state, *self._rows)
        column.surface[:] = (0.0, FIRST_SUBSTEP)
        stored = float(column.state[1].sum()) / CM_PER_M
        self._outputs[_SOIL_STORAGE] = stored
        self._ledger[:] = (stored, 0.0, stored, 0.0)
        self._observe()

    def _set_bottom(self) -> None:
        config = self._config
        set_bottom(self._column.state[0], config.layer_bottoms[-1], config.parameters, config.options.bottom)

    def _observe(self) -> None:
        at_depths = (array[: self._depths.size] for array in self._observed)
        observe(*self._rows, self._column.state, self._depths, self._profiles, *at_depths)

    # --- parameters --------------------------------------------------------------------------------------------

    def _parameter_was_set(self) -> None:
        self._dirty = True
        if self._ready and not self._started and not problems_with(self._as_set()):
            self._take(self._as_set())

    def _as_set(self) -> RichardsConfig:
        """Return the configuration with the parameters as they are now."""
        return self._with_values(self._raw.tolist())

    def _with_values(self, values: list[float]) -> RichardsConfig:
        """Return the configuration with other values of all parameters."""
        soils = (values[i : i + _N_SOIL] for i in range(_N_PARAMETERS, len(values), _N_SOIL))
        return replace(
            self._config,
            parameters=RichardsParameters(*values[:_N_PARAMETERS]),
            soils=tuple(VanGenuchtenSoil(*soil) for soil in soils),
        )

    def _take(self, config: RichardsConfig) -> None:
        """Go on with other parameters, which have no problems."""
        changed = config.soils != self._config.soils
        self._config = config
        self._remember(config)
        if not self._started:
            set_soils(self._rows, config.soils)
            self._start()
            return
        self._set_bottom()
        if not changed:
            return
        psi, water = self._column.state
        before = np.empty_like(water)
        after = np.empty_like(water)
        fill_water(psi, before, *self._rows)
        set_soils(self._rows, config.soils)
        fill_water(psi, after, *self._rows)
        water += after - before
        gain = float((after - before).sum()) / CM_PER_M
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
        self._arguments = (
            self._inputs,
            names.INPUT_LIMITS,
            np.array(derive(config.parameters, config.soils[0])),
            self._times,
            np.array(config.options, dtype=np.int64),
            *self._rows,
            *self._column,
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
            self._mend_inputs(self._config.forcing, ((names.RAIN, 0), (names.PET, 0)), _KINDS)
            ended = update_column(*self._arguments)
        if ended == STUCK:
            node, hours = self._column.trouble.tolist()
            raise RuntimeError(
                f"{self._where()}: no sub-step down to the shortest, {self._config.solver.shortest:g} s, solved the "
                f"equation {hours * _SECONDS_PER_HOUR:g} s into the step, {self._rows.nodes[DEPTH, int(node)]:g} cm "
                f"deep; {REMEDY}"
            )
        if ended:
            raise RuntimeError(f"{self._where()}: a flux is not a finite number; {REMEDY}")
        self._started = True
        self._observe()

    def _where(self) -> str:
        return f"{self._config.name} ({self._config.source}), step at {self._time:.15g} s"

    # --- saved states ------------------------------------------------------------------------------------------

    def _state_fingerprint(self) -> dict[str, Any]:
        return saved_state.fingerprint(self._config)

    def _hidden_state(self) -> dict[str, NDArray[Any]]:
        return saved_state.collect(self._column, self._queue) | {
            "taken parameters": self._set,
            "started": np.array([self._started], dtype=np.float64),
        }

    def _take_hidden_state(self, state: Mapping[str, NDArray[np.float64]]) -> None:
        saved_state.put_back(state, self._column, self._queue)
        self._set = state["taken parameters"].copy()
        self._config = self._with_values(self._set.tolist())
        set_soils(self._rows, self._config.soils)
        self._started = bool(state["started"][0])
        self._dirty = True
