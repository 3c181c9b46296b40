"""Run a realization: ngen's main loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ngen_harness.config import MultiConfig, OutputConfig
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import (
    CheckpointError,
    HarnessError,
    MassBalanceError,
    RealizationError,
    SimulationError,
)
from ngen_harness.forcing import CsvForcing, NullForcing
from ngen_harness.formulation import ModuleFormulation, Provider
from ngen_harness.mass_balance import Ledger
from ngen_harness.mode import make_mode
from ngen_harness.multi import MultiFormulation
from ngen_harness.ngen_words import quoting_ngen
from ngen_harness.outputs import OutputFolder, Series, catchment_files, nexus_files
from ngen_harness.plan import Ids, Job, Plan, make_plan, read_basin
from ngen_harness.realization import read_realization
from ngen_harness.timetable import Timetable, make_timetable

Formulation = ModuleFormulation | MultiFormulation


@dataclass(frozen=True)
class RunResult:
    """What a run produced.

    Attributes
    ----------
    paths : tuple of Path
        Files written.
    times : array of datetime64[s], shape (steps,)
        Begin of each hourly step, UTC.
    catchments : dict
        Catchment id -> `Series` with the columns of its file.
    nexuses : dict
        Nexus id -> flow in m3/s, shape (steps,).
    ledgers : dict
        Catchment id -> model type name -> the last `Ledger` that was checked, for models whose realization asks for
        ``mass_balance``.
    """

    paths: tuple[Path, ...]
    times: NDArray[np.datetime64]
    catchments: dict[str, Series]
    nexuses: dict[str, NDArray[np.float64]]
    ledgers: dict[str, dict[str, Ledger]]


@quoting_ngen
def run(
    realization: str | Path,
    catchments: str | Path | None = None,
    catchment_ids: Ids = "all",
    nexus: str | Path | None = None,
    nexus_ids: Ids = "all",
    output: str | Path | None = None,
    cwd: str | Path | None = None,
    progress: bool | None = None,
    *,
    faithful_calls: bool = True,
    faithful: bool = False,
    version: str = "2026",
) -> RunResult:
    """Run a realization as ngen would and write the files that ngen would write.

    Parameters
    ----------
    realization : str or Path
        The realization JSON.
    catchments : str or Path, optional
        GeoJSON or GeoPackage with the catchments. Without it the catchments listed in the realization run,
        and since their areas are unknown no nexus files are written.
    catchment_ids : str or iterable of str
        "all", or the ids to run ("cat-1,cat-2" or a list).
    nexus : str or Path, optional
        GeoJSON or GeoPackage with the nexuses; without it they are taken from the catchments' ``toid``.
    nexus_ids : str or iterable of str
        As `catchment_ids`.
    output : str or Path, optional
        Folder for the results; overrides the realization's.
    cwd : str or Path, optional
        Folder that paths *in the realization* are relative to; default: the current folder, as in ngen.
    progress : bool, optional
        Show a progress bar; None: only on a terminal.
    faithful_calls : bool
        Make every BMI call that ngen makes, in its order; False leaves out repeated questions about metadata,
        which is faster and gives the same numbers.
    faithful : bool
        Do what ngen does even where it silently computes something wrong, and fail when ngen fails; otherwise such
        runs are refused. What is undefined in ngen is always refused.
    version : str
        Which ngen: "2026", or "2025" for what its fork of February 2025 does differently, as read in its sources.

    Returns
    -------
    RunResult
        Files and results.

    Raises
    ------
    HarnessError
        One of its subclasses; no output file exists then that was not there before.
    """
    mode = make_mode(faithful, version)
    parsed = read_realization(realization, mode)
    end = parsed.time.end if mode.rows_are_hours else parsed.time.start + (parsed.time.steps - 1) * HOUR
    folder = None if cwd is None else Path(cwd).resolve()
    if folder is not None and not folder.is_dir():
        raise HarnessError(f"{cwd}: no such folder (cwd, the folder that paths in the realization are relative to)")
    context = RunContext(parsed.time.start, end, folder, faithful_calls, mode, parsed.path)
    plan = make_plan(parsed, read_basin(parsed, catchments, catchment_ids, nexus, nexus_ids), context)
    timetable = make_timetable(
        parsed, plan.layer_of, {job.catchment_id: job.nexus for job in plan.jobs}, context.convert
    )
    target = OutputFolder(Path(output) if output is not None else context.resolve(parsed.output.root))
    try:
        formulations = {job.catchment_id: _create(job, context) for job in plan.jobs}
        if plan.failure is not None:
            raise plan.failure
        series = {name: _series(formulations[name], timetable.rows, parsed.output) for name in plan.order}
        if parsed.output.refused:
            raise RealizationError(parsed.path, [parsed.output.refused])
        times = [to_text(parsed.time.start + step * HOUR) for step in range(timetable.rows)]
        flows = _simulate(plan, formulations, series, timetable, progress)
        if not parsed.output.catchments:
            series = {}
        if not parsed.output.nexuses:
            flows = {}
        for name, lines in (*catchment_files(series, times, parsed.output), *nexus_files(flows, times)):
            target.write(name, lines)
        ledgers = {
            name: {
                module.mass_balance.label: module.mass_balance.latest
                for module in formulations[name].modules
                if module.mass_balance.latest is not None
            }
            for name in plan.order
        }
        _finalize(formulations)
        paths = target.commit()
    except BaseException:
        target.discard()
        raise
    return RunResult(paths, np.array(times, dtype="datetime64[s]"), series, flows, ledgers)


def _create(job: Job, context: RunContext) -> Formulation:
    """Create the models of a catchment."""
    provider: Provider
    if job.forcing.provider == "null":
        provider = NullForcing()
    else:
        provider = CsvForcing(job.forcing.path, context)
    if isinstance(job.formulation, MultiConfig):
        return MultiFormulation(job.formulation, job.catchment_id, provider, context)
    return ModuleFormulation(job.formulation, job.catchment_id, provider, context)


def _series(formulation: Formulation, steps: int, output: OutputConfig) -> Series:
    """Make room for a catchment's results."""
    if output.catchments:
        formulation.open_outputs()
        values = np.empty((steps, len(formulation.headers)))
        return Series(formulation.headers, values, formulation.number_format)
    return Series((), np.empty((0, 0)))


def _simulate(
    plan: Plan,
    formulations: dict[str, Formulation],
    series: dict[str, Series],
    timetable: Timetable,
    progress: bool | None,
) -> dict[str, NDArray[np.float64]]:
    """Run all steps; fills `series` and returns the nexus flows."""
    flows = {name: np.zeros(timetable.rows) for name in plan.nexuses}
    jobs = {job.catchment_id: job for job in plan.jobs}
    work = [(name, formulations[name], series[name], jobs[name]) for name in plan.order]
    with tqdm(
        total=len(timetable.turns) * len(work),
        desc="ngen-arid run",
        unit="step",
        unit_scale=True,
        disable=None if progress is None else not progress,
    ) as bar:
        done = dict.fromkeys(plan.order, -1)
        for turn in timetable.turns:
            step, time = turn.step, to_text(turn.start)
            for name, formulation, results, job in work:
                if turn.catchments is not None and name not in turn.catchments:
                    continue
                try:
                    if done[name] < step:  # a second layer of one id asks for the same step again
                        formulation.update(turn.seconds)
                        done[name] = step
                    response = formulation.response()
                    for module in formulation.modules:
                        module.mass_balance.check(step, time)
                    for module in formulation.modules:
                        module.checkpoint.save(step, timetable.rows)
                    if results.columns:
                        results.values[step] = formulation.output_values()
                except (MassBalanceError, CheckpointError):
                    raise
                except Exception as error:
                    raise _step_error(error, name, step, time, formulation.active) from error
                if job.area_error is not None:
                    raise job.area_error
                if job.nexus is not None and job.area is not None:
                    flows[job.nexus][step] += response * (job.area * 1000000) / 3600.0
            bar.update(len(work))
    if timetable.abort:
        raise SimulationError(f"after time step {step} ({time}): {timetable.abort}")
    return flows


def _step_error(error: Exception, name: str, step: int, time: str, model: str) -> SimulationError:
    """Say where and when a step failed; a harness error speaks for itself, a model's error gets its type."""
    text = str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    return SimulationError(f"catchment {name}, time step {step} ({time}), model {model}: {text}")


def _finalize(formulations: dict[str, Formulation]) -> None:
    """Finalize every model once, in ngen's order (by id, descending)."""
    for name in sorted(formulations, key=lambda key: key.encode(), reverse=True):
        try:
            formulations[name].finalize()
        except Exception as error:
            raise SimulationError(
                f"catchment {name}, model {formulations[name].active}: finalize failed: {type(error).__name__}: {error}"
            ) from error
