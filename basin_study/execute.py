"""Carry out many tasks: here, in processes of this machine, or on a Dask cluster.

Tasks know nothing of each other and write their own records, so that the order in which they end does not matter and a
kill loses no more than those under way. A task that fails is reported with the reason and stops no other one.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from tqdm import tqdm

from basin_study.records import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A task that did not succeed.

    Attributes
    ----------
    task : Task
    reason : str
    """

    task: Task
    reason: str


@dataclass(frozen=True)
class Progress:
    """What was done.

    Attributes
    ----------
    done : int
    failures : list of Failure
    seconds : float
    """

    done: int
    failures: list[Failure]
    seconds: float


Work = Callable[[Task], None]
"""Does a task and writes its record; picklable."""


def execute(tasks: Sequence[Task], work: Work, workers: int | None = None, scheduler: str | None = None) -> Progress:
    """Do tasks, with a progress bar on a terminal.

    Parameters
    ----------
    tasks : sequence of Task
    work : callable
    workers : int, optional
        Processes; default: as many as there are processors. 0 does everything in this process.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://host:8786``; its workers have to see the same files.
    """
    started = time.perf_counter()
    failures: list[Failure] = []
    with _results(tasks, work, workers, scheduler) as results:
        for task, error in tqdm(results, total=len(tasks), unit="task", disable=None, smoothing=0.05):
            if error is not None:
                failures.append(Failure(task, _reason(error)))
                logger.warning("%s: %s", task.name, failures[-1].reason)
    failures.sort(key=lambda failure: failure.task)
    return Progress(len(tasks) - len(failures), failures, time.perf_counter() - started)


def _reason(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    expected = isinstance(error, ValueError | ImportError | OSError)
    return text if expected else f"{type(error).__name__}: {text}"


_Outcome = tuple[Task, BaseException | None]


@contextmanager
def _results(
    tasks: Sequence[Task], work: Work, workers: int | None, scheduler: str | None
) -> Iterator[Iterator[_Outcome]]:
    if scheduler is not None:
        with _dask_client(scheduler) as client:
            yield _dask_results(client, tasks, work)
    elif workers == 0 or len(tasks) <= 1:
        yield _here(tasks, work)
    else:
        # a fresh interpreter: numba's and torch's threads do not survive a fork
        context = get_context("spawn")
        count = min(workers or os.cpu_count() or 1, len(tasks))
        with ProcessPoolExecutor(count, context, _one_thread) as pool:
            yield _pool_results(pool, tasks, work)


def _one_thread() -> None:
    """Let a worker use one thread: tasks are what runs side by side."""
    try:
        import numba

        numba.set_num_threads(1)
    except ImportError:
        pass


def _here(tasks: Sequence[Task], work: Work) -> Iterator[_Outcome]:
    for task in tasks:
        try:
            work(task)
        except Exception as error:
            yield task, error
        else:
            yield task, None


def _pool_results(pool: ProcessPoolExecutor, tasks: Sequence[Task], work: Work) -> Iterator[_Outcome]:
    futures: dict[Future[None], Task] = {pool.submit(work, task): task for task in tasks}
    for future in as_completed(futures):
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            # whose process it was cannot be known; what has no record is done by the next run
            raise RuntimeError(
                "a process of the study was killed or ran out of memory: run the same command again, which goes on "
                "with what is not done, with fewer --workers if memory is short"
            ) from error
        yield futures[future], error


@contextmanager
def _dask_client(scheduler: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError("--scheduler needs Dask: pip install 'dask[distributed]'") from error
    try:
        client = Client(scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise ValueError(f"no Dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client


def _dask_results(client: Any, tasks: Sequence[Task], work: Work) -> Iterator[_Outcome]:
    from distributed import as_completed as dask_as_completed

    # workers that were restarted may be given a task again: its record is then written again, with the same bytes
    futures = {client.submit(work, task, pure=False): task for task in tasks}
    for future in dask_as_completed(futures):
        yield futures[future], future.exception()
