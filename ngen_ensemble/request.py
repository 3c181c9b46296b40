"""What a realization asks of an ensemble, and what of it an ensemble cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.variables import PET, RAIN, TABLE
from ngen_harness.config import CatchmentConfig, ForcingConfig, ModuleConfig, MultiConfig, Realization
from ngen_harness.context import HOUR, log
from ngen_harness.errors import RealizationError

COMPONENTS = {
    "cfe_bmi.BmiCfe": False,
    "cfe_bmi.bmi.BmiCfe": False,
    "cfe_bmi.BmiCfeOde": True,
    "cfe_bmi.bmi.BmiCfeOde": True,
}
"""Models that run as an ensemble -> whether they set the ODE soil scheme."""

OTHERWISE = "ngen-arid run without --ensemble does it"


class Request(NamedTuple):
    """A realization, as far as an ensemble needs it.

    Attributes
    ----------
    realization : str
        Its file, for messages.
    module : ModuleConfig
        The one model of all catchments, ``{{id}}`` still in place.
    ode : bool
        The model sets the ODE soil scheme, whatever configurations say.
    forcing : ForcingConfig
    start : int
        First hour, seconds since 1970.
    steps : int
        Hours.
    inputs : tuple of (str, str)
        Model input and its name in the forcing: rain, potential evapotranspiration.
    outputs : tuple of str
        Names of the results.
    fields : tuple of str
        The same as :class:`cfe_bmi.outputs.CfeOutputs` calls them.
    root : str
        The realization's output folder.
    """

    realization: str
    module: ModuleConfig
    ode: bool
    forcing: ForcingConfig
    start: int
    steps: int
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    root: str

    @property
    def last(self) -> int:
        """Number of the last hour, from 0."""
        return self.steps - 1

    def time_of(self, step: int) -> int:
        """Begin of a step, seconds since 1970."""
        return self.start + step * HOUR


def make_request(realization: Realization) -> Request:
    """Take from a realization what an ensemble does.

    Raises
    ------
    RealizationError
        With everything that an ensemble does not do.
    """
    problems: list[str] = []
    config = _common(realization, problems)
    module, forcing = config.formulation, config.forcing
    if isinstance(module, MultiConfig):
        types = ", ".join(part.python_type for part in module.modules)
        problems.append(
            f"{module.where}: several modules ({types}) are not supported with --ensemble, which runs CFE alone with "
            f"rain and potential evapotranspiration from the forcing; {OTHERWISE}"
        )
        raise RealizationError(realization.path, problems)
    if module.python_type not in COMPONENTS:
        problems.append(
            f"{module.where}.python_type: '{module.python_type}' is not supported with --ensemble; expected "
            f"cfe_bmi.BmiCfe or cfe_bmi.BmiCfeOde; {OTHERWISE}"
        )
    if forcing.provider != "netcdf":
        problems.append(
            f"{forcing.where}.provider: --ensemble reads one NetCDF file or Zarr store for all catchments (provider "
            f"NetCDF; docs/scale.md), not files for each; {OTHERWISE}"
        )
    if module.serialization is not None:
        problems.append(f"{module.where}.serialization: is not supported with --ensemble; {OTHERWISE}")
    if module.mass_balance is not None:
        log.warning(
            "%s.mass_balance: is not checked step by step with --ensemble; the store has the imbalance of every "
            "catchment over the run",
            module.where,
        )
    outputs = module.output_variables
    if outputs is None:
        outputs = (module.main_output,)
    fields = [_field(name, module, problems) for name in outputs]
    if not outputs:
        problems.append(f"{module.where}.output_variables: is empty; name at least one")
    if len(set(outputs)) < len(outputs):
        problems.append(f"{module.where}.output_variables: a name appears twice")
    if problems:
        raise RealizationError(realization.path, problems)
    names: dict[str, Any] = dict(module.names_map)
    return Request(
        realization.path,
        module,
        COMPONENTS[module.python_type],
        forcing,
        realization.time.start,
        realization.time.steps,
        tuple((name, names.get(name, name)) for name in (RAIN, PET)),
        tuple(outputs),
        tuple(fields),
        realization.output.root,
    )


def _common(realization: Realization, problems: list[str]) -> CatchmentConfig:
    """The one configuration of all catchments."""
    configs = list(realization.catchments.values())
    if realization.default is not None:
        configs.insert(0, realization.default)
    first = configs[0]
    for name, config in realization.catchments.items():
        if _plain(config) != _plain(first):
            problems.append(
                f"catchments.{name}: differs from {first.formulation.where.split('.')[0]}; --ensemble runs all "
                f"catchments with one formulation and one forcing; {OTHERWISE}"
            )
    return first


def _plain(config: CatchmentConfig) -> tuple[Any, ...]:
    """The configuration without its place in the file."""
    modules: Sequence[ModuleConfig] = config.modules
    forcing = config.forcing
    return tuple(replace(module, where="") for module in modules), forcing.provider, forcing.path


def _field(name: str, module: ModuleConfig, problems: list[str]) -> str:
    """Field of an output by its name, or by its alias in ``variables_names_map``."""
    aliases = {alias: own for own, alias in reversed(sorted(module.names_map.items()))}
    known = TABLE.names("output")
    native = name if name in known else aliases.get(name, name)
    if native in known:
        variable = TABLE.by_name[native]
        field = (variable.shares or variable.name).lower()
        if field in CfeOutputs._fields:
            return field
    some = ", ".join(known)
    problems.append(
        f"{module.where}.output_variables: '{name}' is not among the results of an ensemble; expected of {some}"
    )
    return ""
