"""Decide, before anything runs, what runs: catchments, their order, configuration and files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ngen_harness.config import CatchmentConfig, ForcingConfig, ModuleConfig, MultiConfig, Realization
from ngen_harness.context import RunContext, log
from ngen_harness.errors import ForcingError, HarnessError, HydrofabricError, RealizationError
from ngen_harness.forcing import find_forcing_file
from ngen_harness.hydrofabric import Feature, area_km2, drainage_order, read_catchments, read_nexuses
from ngen_harness.loader import unreadable_config
from ngen_harness.parameters import link_parameters

Ids = str | Iterable[str]


@dataclass(frozen=True)
class Job:
    """One catchment of a run, everything resolved.

    Attributes
    ----------
    catchment_id : str
        The catchment.
    formulation : ModuleConfig or MultiConfig
        ``{{id}}`` replaced and parameters linked.
    forcing : ForcingConfig
        `path` is the file.
    area : float or None
        km2; None if unknown.
    nexus : str or None
        Where its water goes, if that nexus is written.
    area_error : HydrofabricError or None
        Why its area is unknown, if ngen finds that out only when it needs it.
    """

    catchment_id: str
    formulation: ModuleConfig | MultiConfig
    forcing: ForcingConfig
    area: float | None
    nexus: str | None
    area_error: HydrofabricError | None = None

    @property
    def modules(self) -> tuple[ModuleConfig, ...]:
        """Its models, in the order in which they run."""
        return self.formulation.modules if isinstance(self.formulation, MultiConfig) else (self.formulation,)

    @property
    def saves_or_restores(self) -> bool:
        """Whether states of its models are saved or restored."""
        return any(module.serialization is not None for module in self.modules)


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes
    ----------
    jobs : tuple of Job
        In the order in which ngen creates the models.
    order : tuple of str
        Catchment ids in the order in which they run within a step.
    nexuses : tuple of str
        Nexuses that get a file.
    layer_of : dict
        Catchment id -> number of its layer, in the order of `order`.
    failure : HarnessError or None
        Where ngen fails after the models of `jobs` have been created.
    """

    jobs: tuple[Job, ...]
    order: tuple[str, ...]
    nexuses: tuple[str, ...]
    layer_of: dict[str, int] = field(default_factory=dict)
    failure: HarnessError | None = None


@dataclass
class Basin:
    """Catchments and nexuses that take part."""

    catchments: list[Feature]
    nexuses: list[Feature]
    path: str | None


def make_plan(realization: Realization, basin: Basin, context: RunContext) -> Plan:
    """Bring realization and basin together and check that all files are there.

    Parameters
    ----------
    realization : Realization
        The parsed realization.
    basin : Basin
        Catchments and nexuses of the run.
    context : RunContext
        The run.

    Returns
    -------
    Plan

    Raises
    ------
    RealizationError, ForcingError, HydrofabricError
        A catchment has no configuration, or a file is missing; all missing files are listed.
    """
    features = {feature.id: feature for feature in basin.catchments}
    order = drainage_order(basin.catchments, basin.nexuses)
    listed = [name for name in realization.catchments if name in features]
    if basin.path is not None:
        unknown = [name for name in realization.catchments if name not in features]
        if unknown:
            log.warning("catchments of the realization that do not take part in this run: %s", ", ".join(unknown))
    folders: dict[str, list[str]] = {}
    written = {nexus.id for nexus in basin.nexuses}
    problems: list[str] = []
    jobs: list[Job] = []
    failure: HarnessError | None = None
    # ngen creates the listed catchments first, then the others in file order.
    for name in [*listed, *(name for name in features if name not in realization.catchments)]:
        if problems and context.mode.fails_late:
            break
        config = realization.for_catchment(name)
        if config is None:
            problems.append(f"catchments.{name}: is missing, and there is no 'global' block to fall back to")
            continue
        feature = features[name] if basin.path is not None else None
        try:
            job = _make_job(name, config, feature, folders, context, basin.path)
        except HarnessError as error:
            if not context.mode.fails_late:
                raise
            failure = error
            break
        missing = list(_missing_files(job, context))
        problems.extend(missing)
        if missing and context.mode.fails_late:
            break
        if job.nexus is not None and job.nexus not in written:
            log.warning("%s drains into %s, which is not among the nexuses: not written", name, job.nexus)
            job = replace(job, nexus=None)
        jobs.append(job)
    if problems:
        failure = RealizationError(realization.path, problems)
        if not context.mode.fails_late:
            raise failure
    fed = {job.nexus for job in jobs}
    for nexus in basin.nexuses:
        if nexus.id not in fed and failure is None:
            log.warning("nexus %s has no contributing catchments: its flow is 0", nexus.id)
    layer_of = {name: _layer(features[name]) for name in order}
    return Plan(tuple(jobs), tuple(order), tuple(nexus.id for nexus in basin.nexuses), layer_of, failure)


def _layer(feature: Feature) -> int:
    number = feature.properties.get("layer", 0)
    return number if isinstance(number, int) else 0


def read_basin(
    realization: Realization,
    catchments: str | Path | None,
    catchment_ids: Ids,
    nexus: str | Path | None,
    nexus_ids: Ids,
) -> Basin:
    """Read the catchments and nexuses that take part in a run.

    Parameters
    ----------
    realization : Realization
        Names the catchments if there is no catchment file.
    catchments, nexus : str, Path or None
        The files. Without a nexus file nexuses are taken from the catchments' ``toid``.
    catchment_ids, nexus_ids : str or iterable of str
        "all", or ids (comma separated in a string).

    Returns
    -------
    Basin

    Raises
    ------
    HydrofabricError
        A file cannot be used, or an id is unknown.
    """
    wanted, wanted_nexuses = wanted_ids(catchment_ids), wanted_ids(nexus_ids)
    if catchments is None:
        names = list(realization.catchments)
        if not names:
            raise HydrofabricError(
                "which catchments? The realization lists none in its 'catchments' block; give a catchment file "
                "(--catchments FILE)"
            )
        missing = [name for name in wanted or () if name not in names]
        if missing:
            raise HydrofabricError(
                f"catchment ids not in the realization: {', '.join(missing)}; give a catchment file to run catchments "
                "with the global configuration (--catchments FILE)"
            )
        names = [name for name in names if wanted is None or name in wanted]
        log.warning("no catchment file, so areas are unknown: nexus files are not written")
        return Basin([Feature(name, {}) for name in names], [], None)
    features = read_catchments(catchments, wanted)
    if nexus is not None:
        return Basin(features, read_nexuses(nexus, wanted_nexuses), str(catchments))
    targets = dict.fromkeys(feature.downstream for feature in features if feature.downstream is not None)
    names = [name for name in targets if wanted_nexuses is None or name in wanted_nexuses]
    return Basin(features, [Feature(name, {}) for name in names], str(catchments))


def wanted_ids(ids: Ids) -> list[str] | None:
    """List of ids; None for all."""
    if isinstance(ids, str):
        ids = [name.strip() for name in ids.split(",")]
    wanted = [name for name in ids if name]
    return None if wanted in ([], ["all"]) else wanted


def _make_job(
    name: str,
    config: CatchmentConfig,
    feature: Feature | None,
    folders: dict[str, list[str]],
    context: RunContext,
    path: str | None,
) -> Job:
    formulation = config.formulation
    if isinstance(formulation, MultiConfig):
        modules = tuple(_fill(module, name, feature) for module in formulation.modules)
        formulation = replace(formulation, modules=modules)
    else:
        formulation = _fill(formulation, name, feature)
    area, area_error = None, None
    if feature is not None:
        try:
            area = area_km2(feature, path or "", any_number=context.mode.faithful)
        except HydrofabricError as error:
            if not context.mode.fails_late:
                raise
            area_error = error
    nexus = None if feature is None else feature.downstream
    return Job(name, formulation, _locate(name, config.forcing, folders, context), area, nexus, area_error)


def _fill(module: ModuleConfig, name: str, feature: Feature | None) -> ModuleConfig:
    """Replace ``{{id}}`` where ngen does, only in init_config, and link parameters."""
    module = replace(module, init_config=module.init_config.replace("{{id}}", name))
    return link_parameters(module, feature, name)


def _locate(name: str, forcing: ForcingConfig, folders: dict[str, list[str]], context: RunContext) -> ForcingConfig:
    """Find the forcing file of a catchment."""
    if forcing.provider == "null" or forcing.file_pattern is None:
        return forcing
    if forcing.path not in folders:
        try:
            with os.scandir(context.resolve(forcing.path)) as entries:
                folders[forcing.path] = [entry.name for entry in entries if entry.is_file()]
        except OSError as error:
            raise ForcingError(
                f"{forcing.where}.path: cannot list the forcing folder '{forcing.path}': {error.strerror}"
            ) from error
    file = find_forcing_file(
        forcing.path,
        forcing.file_pattern,
        name,
        folders[forcing.path],
        forcing.where,
        take_first=context.mode.first_match,
    )
    return replace(forcing, path=file)


def _missing_files(job: Job, context: RunContext) -> Iterable[str]:
    """Say which files of a catchment do not exist, before any model is created."""
    for module in job.modules if not context.mode.fails_late else ():
        problem = unreadable_config(module, job.catchment_id, context)
        if problem:
            yield problem
    if job.forcing.provider != "null":
        forcing = context.resolve(job.forcing.path)
        if forcing.is_dir():
            where = f"{job.forcing.where}.path"
            yield f"{where}: '{job.forcing.path}' is a folder; give a file, or add file_pattern"
        elif not forcing.is_file():
            yield f"{job.forcing.where}.path: {job.catchment_id}: no such forcing file '{job.forcing.path}'"
