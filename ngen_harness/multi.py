"""``bmi_multi``: several BMI models in one catchment that feed each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ngen_harness.config import MultiConfig
from ngen_harness.context import HOUR, RunContext
from ngen_harness.errors import ModelError, SimulationError
from ngen_harness.formulation import ModuleFormulation, Provider
from ngen_harness.results import column_titles, main_response


class MultiFormulation:
    """Modules in their order of execution and the pool of names they offer.

    Parameters
    ----------
    config : MultiConfig
        The formulation, ``{{id}}`` replaced, parameters linked.
    catchment_id : str
        The catchment.
    forcing : Provider
        The catchment's forcing.
    context : RunContext
        The run.

    Raises
    ------
    ModelError
        A module cannot be set up, two modules offer the same name, or nobody offers an input.
    """

    def __init__(self, config: MultiConfig, catchment_id: str, forcing: Provider, context: RunContext) -> None:
        self.config = config
        self.catchment_id = catchment_id
        self.context = context
        self.label = f"{config.model_type_name} (BMI Multi)"
        self._pool: dict[str, Provider] = dict.fromkeys(forcing.names, forcing)
        self._working = config.model_type_name
        modules: list[ModuleFormulation] = []
        deferred: list[tuple[int, DeferredProvider]] = []
        for index, module_config in enumerate(config.modules):
            self._working = module_config.model_type_name
            record_id = f"{catchment_id}.{index}:{module_config.model_type_name}:{config.model_type_name}"
            module = ModuleFormulation(module_config, catchment_id, self, context, record_id)
            modules.append(module)
            for name in module.model.input_names():
                alias = module_config.names_map.get(name, name)
                provider = self._pool.get(alias)
                if provider is None:
                    late = DeferredProvider(alias, config.default_outputs.get(alias))
                    deferred.append((index, late))
                    module.providers[name] = late
                else:
                    module.providers[name] = module.providers[alias] = provider
            self._offer(module)
        self.modules = tuple(modules)
        for index, late in deferred:
            self._connect(index, late)

        variables = config.output_variables
        self._chosen = variables is not None
        self._readers: list[Callable[[], float] | None] | None = None
        self.output_variables = self.modules[-1].output_variables if variables is None else variables
        unknown = [name for name in self.output_variables if self._chosen and name not in self._pool]
        if unknown:
            raise ModelError(
                f"{catchment_id}: {config.where}.output_variables: {', '.join(unknown)} not offered by any module or "
                f"the forcing; an output in variables_names_map goes by its alias. Offered: "
                f"{', '.join(sorted(self._pool))}"
            )
        self.number_format = f"%.{config.output_precision}f" if context.mode.fixed_decimals else ""
        self.headers = column_titles(config.output_headers, self.output_variables, config.where)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything the forcing and the modules offer."""
        return tuple(self._pool)

    def _offer(self, module: ModuleFormulation) -> None:
        """Add a module's outputs to the pool, by alias."""
        for name in module.model.output_names():
            alias = module.config.names_map.get(name, name)
            if alias in self._pool:
                raise ModelError(
                    f"{self.catchment_id}: output '{alias}' of {module.label} is already offered by "
                    f"{self._pool[alias].label}; give it another name in "
                    f"{module.config.where}.variables_names_map"
                )
            self._pool[alias] = module

    def _connect(self, index: int, late: DeferredProvider) -> None:
        """Find who offers an input that no earlier module does."""
        for _, provider in sorted(self._pool.items()):
            if late.name in provider.names:
                late.provider = provider
                return
        module = self.modules[index]
        raise ModelError(
            f"{self.catchment_id}: input '{late.name}' of {module.label} (module {index}) is offered neither by the "
            f"forcing nor by a module; map it in {module.config.where}.variables_names_map. Offered: "
            f"{', '.join(sorted(self._pool))}"
        )

    # ---- one time step

    def update(self, seconds: int) -> None:
        """Let all modules make a step, in their order.

        Parameters
        ----------
        seconds : int
            Length of the step.
        """
        first = self.modules[0]
        self._working = first.config.model_type_name
        if self.context.faithful_calls or not all(m.config.allow_exceed_end_time for m in self.modules):
            end = first.clock() + seconds
            for module in self.modules:
                if not module.config.allow_exceed_end_time and end > module.end_clock():
                    self._working = module.config.model_type_name
                    raise SimulationError(
                        f"the step would go beyond the end time of {module.label}; return a larger "
                        "get_end_time() "
                        f"or set {module.config.where}.allow_exceed_end_time to true"
                    )
        for module in self.modules:
            self._working = module.config.model_type_name
            module.update(seconds)

    # ---- outputs

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """Value of anything in the pool."""
        return self._provider(name).value(name, time, seconds, units)

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """All items of anything in the pool."""
        return self._provider(name).values(name, time, seconds, units)

    def _provider(self, name: str) -> Provider:
        try:
            return self._pool[name]
        except KeyError:
            raise SimulationError(
                f"nobody offers '{name}' in {self.label}; offered: {', '.join(sorted(self._pool))}"
            ) from None

    def response(self) -> float:
        """Read the main output in metres per step: searched in the last module, then in the others."""
        name = self.config.main_output
        for module in (self.modules[-1], *self.modules[:-1]):
            if name in module.output_variables:
                break
        else:
            module = self.modules[-1]
        self._working = module.config.model_type_name
        return main_response(name, module)

    def output_values(self) -> list[float]:
        """Values for the columns of the catchment file, not converted.

        Forcing variables come out one hour late: ngen looks at the clock after the step.
        """
        if not self._chosen:
            return self.modules[-1].output_values()
        last = self.modules[-1]
        time = last.clock() + self.modules[0].offset
        if self.context.faithful_calls:
            return [self.value(name, time, HOUR, "") for name in self.output_variables]
        if self._readers is None:
            providers = [(name, self._provider(name)) for name in self.output_variables]
            self._readers = [
                provider.reader(name) if isinstance(provider, ModuleFormulation) else None
                for name, provider in providers
            ]
        return [
            self.value(name, time, HOUR, "") if read is None else read()
            for name, read in zip(self.output_variables, self._readers, strict=True)
        ]

    def open_outputs(self) -> None:
        """Ask for units of all outputs of all modules, as ngen does when it opens its files."""
        for module in self.modules:
            module.model.output_names()
        for module in self.modules:
            module.open_outputs()

    def finalize(self) -> None:
        """End the models' lives, a module before those that provide for it."""
        users = Counter(range(len(self.modules)))
        positions = {id(module): index for index, module in enumerate(self.modules)}
        feeds: list[list[int]] = []
        for module in self.modules:
            providers = [module.providers[name] for name in sorted(module.providers, reverse=True)]
            feeds.append([positions[id(provider)] for provider in providers if id(provider) in positions])
        users.update(index for needed in feeds for index in needed)

        def release(index: int) -> None:
            users[index] -= 1
            if users[index] == 0:
                self.modules[index].finalize()
                for needed in feeds[index]:
                    release(needed)

        for index in range(len(self.modules)):
            release(index)

    @property
    def active(self) -> str:
        """Label of the module at work, for messages."""
        return self._working


class DeferredProvider:
    """Stands for a module that comes later in the list: gives its value of the previous step.

    Parameters
    ----------
    name : str
        What is wanted.
    default : float or None
        Value for the first request (``default_output_values``); None: whatever the module holds then.
    """

    label = "deferred provider"

    def __init__(self, name: str, default: float | None) -> None:
        self.name = name
        self.names = (name,)
        self.provider: Provider | None = None
        self._default = default

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """Give the default once, then what the module has."""
        if self._default is not None:
            value, self._default = self._default, None
            return value
        if self.provider is None:
            raise SimulationError(f"'{name}' is not connected to any module")
        return self.provider.value(name, time, seconds, units)

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """All items; a default is one number and does not fit an array."""
        if self._default is not None:
            raise SimulationError(f"default_output_values cannot be used for '{name}', which is an array")
        if self.provider is None:
            raise SimulationError(f"'{name}' is not connected to any module")
        return self.provider.values(name, time, seconds, units)
