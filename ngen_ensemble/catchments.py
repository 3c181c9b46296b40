"""Which catchments run, and with what: the realization's configurations or its table, brought together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cfe_bmi.config import CfeConfig, load_config
from cfe_bmi.state import ODE
from cfe_bmi.variables import TABLE
from ngen_bmi.errors import ConfigError
from ngen_ensemble.domain import Domain, domain_of, problems_in, with_parameters
from ngen_ensemble.parameter_table import domain_from
from ngen_ensemble.request import OTHERWISE, Request
from ngen_ensemble.settings import EnsembleError
from ngen_ensemble.table_files import SUFFIXES, read_table
from ngen_harness.context import RunContext
from ngen_harness.errors import HarnessError, HydrofabricError, RealizationError
from ngen_harness.hydrofabric import Feature, read_catchments
from ngen_harness.parameters import link_parameters, numbers_of

_Array = NDArray[Any]


def choose(
    listed: Sequence[str], file: str | Path | None, wanted: Sequence[str] | None, forced: Mapping[str, int]
) -> dict[str, Feature | None]:
    """Catchments that run, in the order of the forcing.

    Parameters
    ----------
    listed : sequence of str
        Those that the realization names.
    file : str, Path or None
        Hydrofabric; without it those of the realization run, or all of the forcing where it names none.
    wanted : sequence of str or None
        Of these only some; None: all.
    forced : mapping of str to int
        Catchments of the forcing and their rows.

    Returns
    -------
    dict
        Catchment -> its feature, where there is a file.

    Raises
    ------
    HydrofabricError, EnsembleError
        Unknown ids, or none at all.
    """
    features: dict[str, Feature | None]
    if file is not None:
        features = {feature.id: feature for feature in read_catchments(file, wanted)}
    else:
        names = list(listed) or list(forced)
        known = set(names)
        unknown = [name for name in wanted or () if name not in known]
        if unknown:
            source = "the realization" if listed else "the forcing"
            raise HydrofabricError(f"catchment ids not in {source}: {', '.join(unknown[:10])}")
        chosen = known if wanted is None else set(wanted)
        features = {name: None for name in names if name in chosen}
    if not features:
        raise EnsembleError("there is no catchment to run")
    return dict(sorted(features.items(), key=lambda item: forced.get(item[0], -1)))


def read_domain(
    request: Request, features: Mapping[str, Feature | None], context: RunContext, progress: bool | None = None
) -> Domain:
    """Read the parameters of catchments and judge them.

    Raises
    ------
    EnsembleError
        With the problems of all catchments.
    """
    path = request.module.init_config
    names = list(features)
    if Path(path).suffix in SUFFIXES:
        table = read_table(path, context.resolve(path))
        domain, problems = domain_from(table, ode=request.ode)
        if problems:
            raise EnsembleError(_listing(path, problems))
        places = {name: i for i, name in enumerate(table.ids)}
        missing = [name for name in names if name not in places]
        if missing:
            raise EnsembleError(
                f"{path}: no row for {', '.join(missing[:10])}{', ...' if len(missing) > 10 else ''} ({len(missing)} "
                f"of {len(names)} catchments); add them to the table or leave them out of the run"
            )
        domain = domain.rows(np.array([places[name] for name in names]))
    elif "{{id}}" in path or len(names) == 1:
        domain = domain_of(names, _configs(request, names, context, progress))
    else:
        raise RealizationError(
            request.realization,
            [
                f"{request.module.where}.init_config: '{path}' has no {{{{id}}}}; expected one for a configuration of "
                f"each catchment, or a table ({', '.join(SUFFIXES)})"
            ],
        )
    domain = with_parameters(domain, _model_params(request, features))
    problems = problems_in(domain)
    if problems:
        raise EnsembleError(_listing(path, problems))
    return domain


def _listing(path: str, problems: Sequence[str], shown: int = 20) -> str:
    more = [f"... and {len(problems) - shown} more"] if len(problems) > shown else []
    head = f"{path}: {len(problems)} problem{'s' * (len(problems) != 1)} with the parameters"
    return "\n  - ".join((head, *problems[:shown], *more))


def _configs(request: Request, names: Sequence[str], context: RunContext, progress: bool | None) -> list[CfeConfig]:
    """Configurations from a file for each catchment."""
    configs: list[CfeConfig] = []
    problems: list[str] = []
    disable = None if progress is None else not progress
    for name in tqdm(names, desc="configurations", unit="file", disable=disable, leave=False):
        try:
            config = load_config(context.resolve(request.module.init_config.replace("{{id}}", name)))
        except ConfigError as error:
            problems += [f"{name} ({error.source}): {problem}" for problem in error.problems]
            continue
        if request.ode:
            config = replace(config, options=config.options._replace(soil_scheme=ODE))
        if config.options.rootzone_et or config.options.frozen_soil:
            used = "rootzone_et" if config.options.rootzone_et else "frozen_soil"
            problems.append(
                f"{name} ({config.source}): {used} needs inputs beside rain and evaporation, which --ensemble does "
                f"not give; {OTHERWISE}"
            )
        configs.append(config)
    if problems:
        raise EnsembleError(_listing(request.module.init_config, problems))
    return configs


def _model_params(request: Request, features: Mapping[str, Feature | None]) -> dict[str, _Array]:
    """Parameters that the realization sets, by their own names: one value for each catchment."""
    where = f"{request.module.where}.model_params"
    problems: list[str] = []
    columns: dict[str, _Array] = {}
    parameters = TABLE.all_names("parameter")
    for name in request.module.model_params:
        if name not in parameters:
            problems.append(f"{where}.{name}: is no parameter of CFE; --ensemble sets nothing else")
    if problems or not request.module.model_params:
        if problems:
            raise RealizationError(request.realization, problems)
        return columns
    for row, (catchment, feature) in enumerate(features.items()):
        try:
            module = link_parameters(request.module, feature, catchment)
        except HarnessError as error:
            raise EnsembleError(f"{request.realization}: {error}") from error
        for name, value in module.model_params.items():
            numbers = numbers_of(value)
            if numbers is None or len(numbers) != 1:
                problems.append(f"{where}.{name}: of {catchment} is {value!r}; expected one number")
                continue
            own = TABLE.by_name[name].name
            columns.setdefault(own, np.empty(len(features)))[row] = numbers[0]
    if problems:
        raise EnsembleError(_listing(request.realization, problems))
    return columns
