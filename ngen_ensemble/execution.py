"""Do the blocks of a run: in this process, reading and writing beside computing, or in processes through Dask."""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from hydro_physics.threads import using_threads
from ngen_ensemble.block import Block, Done, Job, Worker
from ngen_ensemble.process_memory import peak_memory
from ngen_ensemble.settings import EnsembleError, Settings
from ngen_harness.cluster import connect, local_cluster
from ngen_harness.errors import HarnessError

AHEAD = 2
"""Blocks that each process of a cluster is given ahead: none waits, and none of it is kept in memory for long."""


class Report(NamedTuple):
    """What a process says.

    Attributes
    ----------
    process : str
    done : Done
    memory : int
        The most that the process has had [bytes].
    """

    process: str
    done: Done
    memory: int


def run_here(job: Job, blocks: Iterable[Block]) -> Iterator[Report]:
    """Do blocks in this process: the next piece is read, and the one before written, while a piece is computed.

    Yields
    ------
    Report
        For every piece that is written.
    """
    worker = Worker(job)
    pieces = itertools.chain.from_iterable(job.pieces(block) for block in blocks)
    reading, writing = (ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("reading", "writing"))
    written: Future[Done] | None = None
    try:
        piece = next(pieces, None)
        ahead = None if piece is None else reading.submit(worker.read, piece)
        while piece is not None and ahead is not None:
            forcing = ahead.result()
            following = next(pieces, None)
            ahead = None if following is None else reading.submit(worker.read, following)
            values, imbalance = worker.compute(piece, forcing)
            del forcing
            if written is not None:
                yield Report("here", written.result(), peak_memory())
            written = writing.submit(worker.write, piece, values, imbalance)
            del values
            piece = following
        if written is not None:
            last, written = written, None
            yield Report("here", last.result(), peak_memory())
    finally:
        reading.shutdown(cancel_futures=True)
        # what is computed is worth keeping, whatever went wrong after it
        writing.shutdown()
        worker.close()


_ONE_AT_A_TIME = threading.Lock()
_kept: dict[str, Worker] = {}


def do_block(token: str, job: Job, block: Block) -> Report:
    """Do a block in a process of a cluster; the process keeps its files open for the next block of the same run.

    Raises
    ------
    HarnessError
        With all that is to be said in its text: not every exception can be sent from one process to another.
    """
    with _ONE_AT_A_TIME, using_threads(1):
        if token not in _kept:
            for worker in _kept.values():
                worker.close()
            _kept.clear()
            _kept[token] = Worker(job)
        worker = _kept[token]
        done = [worker.write(piece, *worker.compute(piece, worker.read(piece))) for piece in job.pieces(block)]
    total = Done(*(sum(values) for values in zip(*done, strict=True)))
    return Report(f"{os.uname().nodename} {os.getpid()}", total, peak_memory())


def run_on_cluster(job: Job, blocks: Iterable[Block], settings: Settings, processes: int) -> Iterator[Report]:
    """Do blocks in processes, of this machine or of a Dask cluster.

    Yields
    ------
    Report
        For every block.

    Raises
    ------
    EnsembleError
        Dask is missing, no scheduler answers, or processes were lost.
    """
    try:
        with _client(settings, processes) as client:
            yield from _shared_out(client, job, blocks)
    except (ImportError, ConnectionError) as error:
        raise EnsembleError(str(error)) from error


def _client(settings: Settings, processes: int) -> AbstractContextManager[Any]:
    if settings.scheduler is not None:
        client: AbstractContextManager[Any] = connect(settings.scheduler)
        return client
    return local_cluster(processes)


def _shared_out(client: Any, job: Job, blocks: Iterable[Block]) -> Iterator[Report]:
    from distributed import KilledWorker, as_completed

    token = uuid.uuid4().hex
    waiting = iter(blocks)
    futures = as_completed()
    given = 0

    def top_up() -> int:
        """Give every process that there is now its blocks."""
        count = AHEAD * max(1, len(client.nthreads())) - given
        # a block that is done again after a worker was lost is written again, with the same bytes
        more = [client.submit(do_block, token, job, block, pure=False) for block in itertools.islice(waiting, count)]
        futures.update(more)
        return len(more)

    try:
        given += top_up()
        for future in futures:
            report: Report = future.result()
            given -= 1
            given += top_up()
            yield report
    except KilledWorker as error:
        raise EnsembleError(
            f"processes were killed or ran out of memory ({error}): run the same command again, which goes on with "
            "what is not done, with fewer --workers or a smaller --block if memory is short"
        ) from error
    except HarnessError:
        client.cancel([future for future in futures.futures], force=True)
        raise
