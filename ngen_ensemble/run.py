"""Run a realization over many catchments and fill a Zarr store; a run that was killed goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ngen_ensemble.block import Block, Job
from ngen_ensemble.catchments import choose, read_domain
from ngen_ensemble.domain import Domain
from ngen_ensemble.execution import run_here, run_on_cluster
from ngen_ensemble.forcing import Input, inputs_of, open_source, rows_in, warn_of_chunks
from ngen_ensemble.memory import Division, divide
from ngen_ensemble.process_memory import peak_memory
from ngen_ensemble.request import Request, make_request
from ngen_ensemble.settings import CHUNK_CATCHMENTS, NAME, EnsembleError, Settings
from ngen_ensemble.store import Store, locked, prepare
from ngen_harness.context import RunContext, to_text
from ngen_harness.errors import HarnessError
from ngen_harness.mode import DEFAULT
from ngen_harness.parallel import count_workers
from ngen_harness.plan import Ids, wanted_ids
from ngen_harness.realization import read_realization


@dataclass(frozen=True)
class EnsembleResult:
    """What a run came to.

    Attributes
    ----------
    path : Path
        The store.
    catchments, hours : int
        Of the store.
    done_before : int
        Catchments that an earlier run had done.
    steps : int
        Catchments times hours of this run.
    seconds : float
        Wall time of this run.
    read, written : int
        Forcing and results of this run [bytes].
    memory : int
        The most that all processes together have had [bytes].
    imbalance : float
        The largest over all catchments and the run, without its sign [m].
    catchment : str
        Which catchment has it.
    """

    path: Path
    catchments: int
    hours: int
    done_before: int
    steps: int
    seconds: float
    read: int
    written: int
    memory: int
    imbalance: float
    catchment: str


def run_ensemble(
    realization: str | Path,
    *,
    catchments: str | Path | None = None,
    catchment_ids: Ids = "all",
    output: str | Path | None = None,
    cwd: str | Path | None = None,
    settings: Settings | None = None,
    float32: bool = False,
    substitute: bool = False,
) -> EnsembleResult:
    """Run CFE over all catchments of a realization, block by block, into one Zarr store.

    Parameters
    ----------
    realization : str or Path
        One formulation, ``cfe_bmi.BmiCfe`` or ``cfe_bmi.BmiCfeOde``, with forcing in a NetCDF file or a Zarr store.
    catchments : str or Path, optional
        GeoJSON or GeoPackage; without it the catchments that the realization names run, or all of the forcing.
    catchment_ids : str or iterable of str
        "all", or the ids to run.
    output : str or Path, optional
        Folder of the store ``catchments.zarr``; overrides the realization's.
    cwd : str or Path, optional
        Folder that paths *in the realization* are relative to.
    settings : Settings, optional
        How to run; the bytes of the store do not depend on it.
    float32 : bool
        Store results in single precision, with a relative error of up to 6e-8.
    substitute : bool
        Run CFE in place of NOAA-OWP's compiled one.

    Returns
    -------
    EnsembleResult

    Raises
    ------
    HarnessError
        One of its subclasses. Blocks that are done stay in the store, and the same call goes on from there.
    """
    begin = time.perf_counter()
    settings = settings or Settings()
    folder = None if cwd is None else Path(cwd).resolve()
    if folder is not None and not folder.is_dir():
        raise HarnessError(f"{cwd}: no such folder (cwd, the folder that paths in the realization are relative to)")
    _check(settings)
    processes = 0 if settings.scheduler is not None else count_workers(settings.workers)
    parsed = read_realization(realization, DEFAULT, substitute=substitute)
    request = make_request(parsed)
    context = RunContext(request.start, request.time_of(request.last), folder, realization=request.realization)
    source = open_source(request, context)
    try:
        inputs = inputs_of(request, source)
        features = choose(list(parsed.catchments), catchments, wanted_ids(catchment_ids), source.rows)
        rows = rows_in(source, np.array(list(features)))
        domain = read_domain(request, features, context, settings.progress)
        # of a cluster's memory nothing is known: the limit is for each of its processes
        division = divide(request, domain, settings, max(processes, 1))
        warn_of_chunks(source, inputs, division.block)
    finally:
        source.close()
    path = (Path(output) if output is not None else context.resolve(request.root)) / NAME
    path = path.resolve()
    dtype = "float32" if float32 else "float64"
    with locked(path.parent):
        prepare(path, request, domain, _facts(request, domain, inputs, context, dtype), dtype)
        store = Store(path, request.outputs)
        store.clear_away()
        blocks, before = _blocks(store, domain, rows, division)
        job = Job(request, folder, inputs, path, len(domain.ids), division.hours)
        totals, memory = _carry_out(job, blocks, before, division, settings)
        imbalance = np.abs(store.imbalance())
    worst = int(imbalance.argmax())
    return EnsembleResult(
        path=path,
        catchments=len(domain.ids),
        hours=request.steps,
        done_before=before,
        steps=totals[0],
        seconds=time.perf_counter() - begin,
        read=totals[1],
        written=totals[2],
        memory=memory,
        imbalance=float(imbalance[worst]),
        catchment=str(domain.ids[worst]),
    )


def _check(settings: Settings) -> None:
    if settings.block is not None and settings.block < 1:
        raise EnsembleError(f"--block is {settings.block}; expected a number of catchments from 1 on")
    if not settings.memory > 0.0:
        raise EnsembleError(f"--memory is {settings.memory:g}; expected GB, more than 0")


def _blocks(
    store: Store, domain: Domain, rows: NDArray[np.int64], division: Division
) -> tuple[list[tuple[slice, Domain, NDArray[np.int64]]], int]:
    """What is not done yet: places of catchments in the store; and how many catchments are done."""
    count = len(domain.ids)
    todo = [row for row in range(-(-count // CHUNK_CATCHMENTS)) if not store.is_done(row)]
    spans: list[slice] = []
    for row in todo:
        first, last = row * CHUNK_CATCHMENTS, min((row + 1) * CHUNK_CATCHMENTS, count)
        if spans and spans[-1].stop == first and last - spans[-1].start <= division.block:
            spans[-1] = slice(spans[-1].start, last)
        else:
            spans.append(slice(first, last))
    left = sum(span.stop - span.start for span in spans)
    return [(span, domain, rows) for span in spans], count - left


def _made(spans: list[tuple[slice, Domain, NDArray[np.int64]]]) -> Iterator[Block]:
    """Blocks, each copied from the domain when its turn comes."""
    for span, domain, rows in spans:
        yield Block(span.start, domain.rows(span), rows[span])


def _carry_out(
    job: Job,
    spans: list[tuple[slice, Domain, NDArray[np.int64]]],
    before: int,
    division: Division,
    settings: Settings,
) -> tuple[tuple[int, int, int], int]:
    """Do all blocks, with a progress bar; steps, bytes read, bytes written; and the most memory."""
    memory: dict[str, int] = {}
    steps = read = written = 0
    alone = settings.scheduler is None and (division.processes == 1 or len(spans) < 2)
    bar = tqdm(
        total=job.catchments * job.request.steps,
        initial=before * job.request.steps,
        desc="ngen-arid run --ensemble",
        unit="step",
        unit_scale=True,
        disable=None if settings.progress is None else not settings.progress,
    )
    with bar:
        if spans:
            blocks = _made(spans)
            reports = run_here(job, blocks) if alone else run_on_cluster(job, blocks, settings, division.processes)
            for report in reports:
                steps += report.done.steps
                read += report.done.read
                written += report.done.written
                memory["main" if alone else report.process] = report.memory
                bar.update(report.done.steps)
    memory["main"] = peak_memory()
    return (steps, read, written), sum(memory.values())


def _facts(
    request: Request, domain: Domain, inputs: tuple[Input, ...], context: RunContext, dtype: str
) -> Mapping[str, Any]:
    """What the bytes of a store follow from, in words that a message can show."""
    return {
        "component": request.module.python_type,
        "inputs": {item.name: f"{item.stored} x {item.factor or 1.0!r}" for item in inputs},
        "first hour": to_text(request.start),
        "hours": request.steps,
        "outputs": list(request.outputs),
        "precision": dtype,
        "catchments": len(domain.ids),
        "parameters": domain.fingerprint(),
        "forcing": _file_facts(context.resolve(request.forcing.path)),
        "versions": {name: _version(name) for name in ("ngen-arid", "numpy", "numba")},
    }


def _file_facts(path: Path) -> dict[str, Any]:
    """Size and time of a file, or of all files of a store: its bytes are too many to be read for that."""
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    stats = [item.stat() for item in files]
    return {
        "name": path.name,
        "files": len(files),
        "bytes": sum(stat.st_size for stat in stats),
        "modified": max(stat.st_mtime_ns for stat in stats),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
