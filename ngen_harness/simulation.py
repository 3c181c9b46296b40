"""Run a realization: ngen's main loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.division import assign, merge, nexus_flows
from ngen_harness.errors import HarnessError
from ngen_harness.forcing_netcdf import check_netcdf_files
from ngen_harness.mass_balance import Ledger
from ngen_harness.mode import make_mode
from ngen_harness.ngen_words import quoting_ngen
from ngen_harness.outputs import OutputFolder, Series, catchment_files, nexus_files
from ngen_harness.parallel import Crew, count_workers
from ngen_harness.part import Assignment, Part, PartResult
from ngen_harness.plan import Ids, make_plan, read_basin
from ngen_harness.realization import read_realization
from ngen_harness.timetable import make_timetable


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
    workers: int = 1,
    substitute: bool = False,
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
    workers : int
        Number of processes that share the catchments; 0: one for each core. The files are the same, byte for byte. A
        script that uses more than one has to start the run under ``if __name__ == "__main__":``.
    substitute : bool
        Run the Python component of this project in place of a compiled module, where there is one.

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
    parsed = read_realization(realization, mode, substitute=substitute)
    processes = count_workers(workers)
    end = parsed.time.end if mode.rows_are_hours else parsed.time.start + (parsed.time.steps - 1) * HOUR
    folder = None if cwd is None else Path(cwd).resolve()
    if folder is not None and not folder.is_dir():
        raise HarnessError(f"{cwd}: no such folder (cwd, the folder that paths in the realization are relative to)")
    context = RunContext(parsed.time.start, end, folder, faithful_calls, mode, parsed.path)
    plan = make_plan(parsed, read_basin(parsed, catchments, catchment_ids, nexus, nexus_ids), context)
    if processes > 1 and any(job.saves_or_restores for job in plan.jobs):
        raise HarnessError(
            f"{parsed.path}: serialization: states are saved and restored in one process only: use --workers 1"
        )
    timetable = make_timetable(
        parsed, plan.layer_of, {job.catchment_id: job.nexus for job in plan.jobs}, context.convert
    )
    target = OutputFolder(Path(output) if output is not None else context.resolve(parsed.output.root))
    try:
        wanted = [(job.forcing.path, job.catchment_id) for job in plan.jobs if job.forcing.provider == "netcdf"]
        check_netcdf_files(wanted, context)
        times = [to_text(parsed.time.start + step * HOUR) for step in range(timetable.rows)]
        parts = assign(plan, context, parsed.output, timetable, max(1, min(processes, len(plan.order))))
        bar = _progress_bar(len(timetable.turns) * len(plan.order), progress)
        with bar, Crew(parts, context, bar) if len(parts) > 1 else _Alone(parts[0], bar) as crew:
            result = merge(plan, crew.simulate())
            series = result.series if parsed.output.catchments else {}
            flows = nexus_flows(plan, result.flows, timetable.rows) if parsed.output.nexuses else {}
            for name, lines in (*catchment_files(series, times, parsed.output), *nexus_files(flows, times)):
                target.write(name, lines)
            crew.finalize()
        paths = target.commit()
    except BaseException:
        target.discard()
        raise
    finally:
        context.close()
    return RunResult(paths, np.array(times, dtype="datetime64[s]"), series, flows, result.ledgers)


class _Alone:
    """All catchments in this process; the counterpart of `Crew`."""

    def __init__(self, assignment: Assignment, bar: tqdm[NoReturn]) -> None:
        self._part = Part(assignment)
        self._width = len(assignment.order)
        self._bar = bar

    def __enter__(self) -> _Alone:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def simulate(self) -> list[PartResult]:
        """Run all steps."""
        for stage in self._part.stages():
            if stage >= 0:
                self._bar.update(self._width)
        return [self._part.result]

    def finalize(self) -> None:
        """End the models' lives."""
        self._part.finalize()


def _progress_bar(total: int, progress: bool | None) -> tqdm[NoReturn]:
    return tqdm(
        total=total,
        desc="ngen-arid run",
        unit="step",
        unit_scale=True,
        disable=None if progress is None else not progress,
    )
