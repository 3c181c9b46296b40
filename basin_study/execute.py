"""Carry out many tasks: here, in processes of this machine, or on a Dask cluster.

Tasks know nothing of each other and write their own records, so that the order in which they end does not matter and a
kill loses no more than those under way. A task that fails is reported with the reason and stops no other one.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from typing import Any

from tqdm import tqdm

from basin_study.dataset import DataError
from basin_study.records import Task, WriteError
from hydro_physics.threads import set_threads
from ngen_harness.cluster import connect

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

    Tasks of one basin that follow each other are done by one process, which then reads its data once.

    Parameters
    ----------
    tasks : sequence of Task
    work : callable
    workers : int, optional
        Processes; default: as many as there are processors. 0 does everything in this process.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://host:8786``; its workers have to see the same files.

    Raises
    ------
    DataError
        When no scheduler answers, or a record cannot be written, as on a full disk: the rest could not be either.
    RuntimeError
        When a process was killed.
    """
    started = time.perf_counter()
    failures: list[Failure] = []
    groups = [list(group) for _, group in itertools.groupby(tasks, key=lambda task: task.basin)]
    with (
        _results(groups, work, workers, scheduler) as results,
        tqdm(total=len(tasks), unit="task", disable=None) as bar,
    ):
        for outcomes in results:
            bar.update(len(outcomes))
            for task, reason in outcomes:
                if reason is not None:
                    failures.append(Failure(task, reason))
                    logger.warning("%s: %s", task.name, reason)
    failures.sort(key=lambda failure: failure.task)
    return Progress(len(tasks) - len(failures), failures, time.perf_counter() - started)


_Outcomes = list[tuple[Task, str | None]]

_ONE_AT_A_TIME = threading.Lock()


def do_group(work: Work, tasks: Sequence[Task]) -> _Outcomes:
    """Do tasks one after the other; with each the reason why it failed, or None.

    Reasons and not exceptions: not all of those can be sent from one process to another. A process does one task at a
    time, even if Dask gave it more threads: libraries have generators of random numbers and settings for all of them.
    """
    outcomes: _Outcomes = []
    for task in tasks:
        try:
            with _ONE_AT_A_TIME:
                work(task)
        except WriteError:
            raise
        except Exception as error:
            outcomes.append((task, _reason(error)))
        else:
            outcomes.append((task, None))
    return outcomes


def _reason(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    expected = isinstance(error, ValueError | ImportError | OSError)
    return text if expected else f"{type(error).__name__}: {text}"


@contextmanager
def _results(
    groups: Sequence[Sequence[Task]], work: Work, workers: int | None, scheduler: str | None
) -> Iterator[Iterator[_Outcomes]]:
    if scheduler is not None:
        with _dask_client(scheduler) as client:
            yield _dask_results(client, groups, work)
    elif workers == 0:
        # task by task, for the progress bar
        yield (do_group(work, [task]) for group in groups for task in group)
    else:
        # a fresh interpreter: torch's threads do not survive a fork
        context = get_context("spawn")
        count = max(1, min(workers or os.cpu_count() or 1, len(groups)))
        with ProcessPoolExecutor(count, context, _begin_worker) as pool:
            yield _pool_results(pool, groups, work)


def _begin_worker() -> None:
    """Let a worker use one thread, for tasks are what runs side by side, and end with the process that started it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    set_threads(1)


def _end_with_parent() -> None:
    """Wait until the parent is no more, be it by kill -9; a worker would wait for its next task for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _pool_results(pool: ProcessPoolExecutor, groups: Sequence[Sequence[Task]], work: Work) -> Iterator[_Outcomes]:
    futures = [pool.submit(do_group, work, group) for group in groups]
    for future in as_completed(futures):
        try:
            yield future.result()
        except WriteError:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BrokenProcessPool as error:
            # whose process it was cannot be known; what has no record is done by the next run
            raise RuntimeError(
                "a process of the study was killed or ran out of memory: run the same command again, which goes on "
                "with what is not done, with fewer --workers if memory is short"
            ) from error


@contextmanager
def _dask_client(scheduler: str) -> Iterator[Any]:
    try:
        client = connect(scheduler)
    except ConnectionError as error:
        raise DataError(str(error)) from error
    with client:
        yield client


def _dask_results(client: Any, groups: Sequence[Sequence[Task]], work: Work) -> Iterator[_Outcomes]:
    from distributed import as_completed as dask_as_completed

    # workers that were restarted may be given a group again: its records are then written again, with the same bytes
    futures = [client.submit(do_group, work, group, pure=False) for group in groups]
    for future in dask_as_completed(futures):
        yield future.result()
