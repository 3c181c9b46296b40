"""One BMI model in one catchment: construction, a time step, its outputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from ngen_harness.adapter import BmiModel, CachedModel
from ngen_harness.checkpoint import Checkpoint
from ngen_harness.config import ModuleConfig
from ngen_harness.context import RunContext, log
from ngen_harness.errors import (
    FAILURES,
    HarnessError,
    ModelError,
    RealizationError,
    SimulationError,
    UnitConversionError,
)
from ngen_harness.loader import create, unreadable_config
from ngen_harness.mass_balance import MassBalance
from ngen_harness.parameters import set_parameters
from ngen_harness.results import column_titles, main_response
from ngen_harness.units import seconds_per_unit


class Provider(Protocol):
    """Somebody who offers values by name: forcing, another module, a whole formulation."""

    label: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names that can be asked for."""
        ...

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """One value, in the wanted unit."""
        ...

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """All items of a variable, in the wanted unit."""
        ...


class ModuleFormulation:
    """A BMI model driven like ngen's ``bmi_python`` formulation.

    Parameters
    ----------
    config : ModuleConfig
        Its part of the realization, ``{{id}}`` replaced, parameters linked.
    catchment_id : str
        The catchment.
    forcing : Provider
        Where inputs come from unless `providers` says otherwise.
    context : RunContext
        The run.
    record_id : str, optional
        Names the model's saved states; default: as ngen does for a single formulation.

    Raises
    ------
    ModelError
        The model cannot be created, initialized or understood.
    """

    def __init__(
        self, config: ModuleConfig, catchment_id: str, forcing: Provider, context: RunContext, record_id: str = ""
    ) -> None:
        self.config = config
        self.catchment_id = catchment_id
        self.context = context
        self.forcing = forcing
        self.providers: dict[str, Provider] = {}
        self.label = f"{config.model_type_name} (BMI Py)"
        self.modules = (self,)
        self._record_id = record_id or f"{catchment_id}:{config.model_type_name}"
        self._described: list[tuple[str, int, str]] | None = None

        problem = unreadable_config(config, catchment_id, context)
        if problem:  # in the faithful mode; otherwise the plan has seen it
            raise RealizationError(context.realization, [problem])
        path = context.resolve(config.init_config)
        init_config = config.init_config if context.cwd is None else str(path)
        bmi = create(config, context)
        self.model = (BmiModel if context.faithful_calls else CachedModel)(bmi, config.model_type_name)
        try:
            self._initialize(init_config)
        except HarnessError:
            raise
        except FAILURES as error:
            raise ModelError(
                f"{catchment_id}: {config.model_type_name}: setting up the model failed (init_config "
                f"{config.init_config}): {type(error).__name__}: {error}"
            ) from error

    def _initialize(self, init_config: str) -> None:
        """Run the part of the set-up in which the model is called."""
        config, context, bmi = self.config, self.context, self.model.bmi
        bmi.initialize(init_config)
        units = self._time_units = str(bmi.get_time_units())
        try:
            self._second = seconds_per_unit(context.convert, units)
        except UnitConversionError as error:
            raise ModelError(
                f"{self.catchment_id}: {config.model_type_name}: get_time_units() is '{units}', which is not a unit "
                "of time for ngen; use 's' (or min, hour, day)"
            ) from error
        set_parameters(self.model, config, self.catchment_id, context)
        # Forcing follows the model's own clock.
        self.offset = context.start - int(float(bmi.get_start_time()) * self._second)
        outputs = config.output_variables
        self.output_variables = self.model.output_names() if outputs is None else outputs
        headers = config.output_headers if context.mode.single_headers else None
        self.headers = column_titles(headers, self.output_variables, config.where)
        self.number_format = "%.6f" if context.mode.fixed_decimals else ""
        outputs = self.model.output_names()
        aliases = [config.names_map[name] for name in outputs if name in config.names_map]
        self.names: tuple[str, ...] = (*outputs, *aliases)
        self._known = frozenset(self.names)
        self._readers: list[Callable[[], float]] | None = None
        self._aliases = {alias: name for name, alias in reversed(sorted(config.names_map.items()))}
        self.mass_balance = MassBalance(self.model, config, self.catchment_id, context)
        self.checkpoint = Checkpoint(self.model, config, self.catchment_id, self._record_id, context)
        self.checkpoint.restore()
        if self.checkpoint.restored is not None and not context.mode.faithful:
            self.checkpoint.check_time(self.offset + self.clock())

    # ---- one time step

    def update(self, seconds: int) -> None:
        """Set the inputs and let the model make one step of ngen's.

        Parameters
        ----------
        seconds : int
            Length of the step.
        """
        bmi = self.model.bmi
        interval = seconds / self._second
        now = float(bmi.get_current_time())
        if not self.config.allow_exceed_end_time:
            end = float(bmi.get_end_time())
            if end < now + interval:
                raise SimulationError(
                    f"the step would end at {now + interval:g}, after the model's end time {end:g} "
                    f"({self._time_units}); return a larger get_end_time() or set "
                    f"{self.config.where}.allow_exceed_end_time to true"
                )
        if self.context.faithful_calls:
            now = float(bmi.get_current_time())
        time = int(now * self._second) + self.offset
        if self.config.cache_input_metadata:
            self._set_cached_inputs(time, seconds)
        else:
            model = self.model
            for name in model.input_names():
                count, units = model.describe_input(name)
                self._set_input(name, count, units, time, seconds)
        if interval == float(bmi.get_time_step()):
            bmi.update()
        else:
            bmi.update_until(now + interval)

    def _set_cached_inputs(self, time: int, seconds: int) -> None:
        """Set inputs whose metadata were asked for in the first step (``cache_input_variable_metadata``)."""
        if self._described is None:
            self._described = [(name, *self.model.describe_input(name)) for name in self.model.input_names()]
        for name, count, units in self._described:
            self._set_input(name, count, units, time, seconds)

    def _set_input(self, name: str, count: int, units: str, time: int, seconds: int) -> None:
        alias = self.config.names_map.get(name, name)
        provider = self.providers.get(alias) or self.providers.get(name) or self.forcing
        values: float | list[float]
        if count == 1:
            try:
                values = provider.value(alias, time, seconds, units)
            except UnitConversionError as error:
                self.warn_units("input", name, alias, error)
                values = error.value
        else:
            values = provider.values(alias, time, seconds, units)
            if len(values) == 1:
                self.context.warn_once(
                    ("broadcast", self.label, name),
                    f"{self.catchment_id}: {self.label}: input '{name}' has {count} items but its provider gives "
                    "one: all items are set to it",
                )
                values = values * count
            elif len(values) != count:
                raise SimulationError(
                    f"input '{name}' has {count} items, but its provider {provider.label} gives {len(values)}"
                )
        self.model.set_value(name, values)

    def warn_units(self, role: str, name: str, alias: str, error: UnitConversionError) -> None:
        """Say that a value is used although its unit could not be converted."""
        named = f"'{name}'" if name == alias else f"'{name}' (alias '{alias}')"
        self.context.warn_units(
            ("units", role, alias, error.provider, error.source, error.target),
            f"{self.catchment_id}: {self.label}: {role} {named} is wanted in '{error.target}', but "
            f"{error.provider} has it in '{error.source}': unit conversion failure, {error.args[0]}; the raw value "
            f"{error.value:g} is used",
        )

    def clock(self) -> int:
        """Seconds since the model's time 0, by its own clock."""
        return int(float(self.model.bmi.get_current_time()) * self._second)

    def end_clock(self) -> float:
        """Seconds at which the model's time ends."""
        return float(self.model.bmi.get_end_time()) * self._second

    # ---- outputs

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """First item of an output, in the wanted unit ("" leaves it as it is).

        Raises
        ------
        SimulationError
            No such output.
        UnitConversionError
            The unit cannot be converted; the exception carries the raw value.
        """
        value, own = self.raw(name)
        if not units:
            return value
        try:
            return self.context.convert(value, own, units)
        except UnitConversionError as error:
            error.provider = self.label
            raise

    def raw(self, name: str) -> tuple[float, str]:
        """First item of an output, and its own unit."""
        native = self._native(name)
        value = self.model.read(native)
        return value, self.model.units(native)

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """All items of an output, in the wanted unit; a unit that cannot be converted is an error here."""
        native = self._native(name)
        values = self.model.read_array(native)
        own = self.model.units(native)
        try:
            return self.context.convert_array(
                values, own, units, f"{self.catchment_id}: array '{native}' of {self.label}"
            )
        except UnitConversionError as error:
            raise SimulationError(
                f"array '{native}' of {self.label} cannot be converted from '{own}' to '{units}'; "
                "for arrays that is an error in ngen"
            ) from error

    def _native(self, name: str) -> str:
        """Name that the model itself uses for an output or an alias of one."""
        if name not in self._known:
            raise SimulationError(
                f"'{name}' is not an output of {self.label}; it has {', '.join(self.names) or 'none'}"
            )
        outputs = self.model.output_names()
        if name in outputs:
            return name
        native = self._aliases.get(name)
        if native not in outputs or native is None:
            raise SimulationError(f"'{name}' is the name of no output of {self.label} any more")
        return native

    def response(self) -> float:
        """Read the main output in metres per step, for the nexus."""
        return main_response(self.config.main_output, self)

    def output_values(self) -> list[float]:
        """Values for the columns of the catchment file, not converted."""
        if self.context.faithful_calls:
            return [self.value(name, 0, 0, "") for name in self.output_variables]
        if self._readers is None:
            self._readers = [self.reader(name) for name in self.output_variables]
        return [read() for read in self._readers]

    def reader(self, name: str) -> Callable[[], float]:
        """Make a function that reads an output and asks nothing else."""
        return partial(self.model.read, self._native(name))

    def open_outputs(self) -> None:
        """Ask for the units of the columns, as ngen does when it opens its files."""
        for name in self.output_variables:
            try:
                self.model.units(name)
            except FAILURES as error:
                log.debug("%s: no unit for '%s': %s", self.label, name, error)

    def finalize(self) -> None:
        """End the model's life."""
        self.model.bmi.finalize()

    @property
    def active(self) -> str:
        """Label of the module at work, for messages."""
        return self.config.model_type_name
