"""Run the parts of a run in processes of their own, so that nobody can tell from the results."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, NoReturn

from tqdm import tqdm

from ngen_harness.context import RunContext
from ngen_harness.errors import HarnessError, SimulationError
from ngen_harness.part import Assignment, PartResult, Place
from ngen_harness.worker import FINALIZE, Catchment, Done, Failed, Reached, Said, log_levels, work

_PATIENCE = 5.0  # seconds that a process gets to end by itself
_HEARTBEAT = 0.5  # seconds


def count_workers(workers: int) -> int:
    """Make a number of processes of what the user said.

    Parameters
    ----------
    workers : int
        0: as many as there are cores for this process.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    HarnessError
        The number is negative or none.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise HarnessError(f"workers is {workers!r}; expected a number of processes, or 0 for one on each core")
    if workers:
        return workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """A worker process as its parent sees it."""

    def __init__(self, number: int, assignment: Assignment, levels: dict[str, int]) -> None:
        context = get_context("spawn")
        self.names = [name for _, name in assignment.order]
        self.number = number
        self.stage = -3  # the last complete one
        self.result = PartResult()
        self.connection, far_end = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=work, args=(far_end, assignment, levels), name=f"ngen-arid worker {number}"
        )
        try:
            with _interrupts_held_back():
                self.process.start()
        except BaseException:
            self.stop()
            raise
        finally:
            far_end.close()

    def tell(self, message: Any) -> None:
        """Send something, unless the worker has ended: then its last message says more."""
        with suppress(OSError):
            self.connection.send(message)

    def died(self) -> SimulationError:
        """Say that the process ended without a word."""
        self.process.join(_PATIENCE)
        code = self.process.exitcode
        names = ", ".join(self.names[:5]) + (", ..." if len(self.names) > 5 else "")
        who = f"worker process {self.number} with {len(self.names)} catchments ({names})"
        if code is not None and code < 0:
            return SimulationError(
                f"{who} was killed by signal {-code}; if nobody did that on purpose, the machine was short of memory: "
                "use fewer workers"
            )
        return SimulationError(
            f"{who} ended with status {code} in the middle of the run. If that was at its start, the calling script "
            'probably lacks if __name__ == "__main__": around the run'
        )

    def stop(self) -> None:
        """End the process, by force if it does not end by itself now."""
        self.connection.close()
        if self.process.pid is None:
            return
        for end in (self.process.terminate, self.process.kill):
            self.process.join(0.0)
            if self.process.is_alive():
                end()
                self.process.join(_PATIENCE)
        self.process.close()


class Crew:
    """Worker processes for the parts of a run; leaves none behind.

    Parameters
    ----------
    parts : sequence of Assignment
        One for each process.
    context : RunContext
        The parent's; knows which warnings have been given.
    bar : tqdm
        Progress, in catchment-steps.
    """

    def __init__(self, parts: Sequence[Assignment], context: RunContext, bar: tqdm[NoReturn]) -> None:
        self._parts = parts
        self._context = context
        self._bar = bar
        self._workers: list[_Worker] = []
        self._said: list[tuple[Place, int, int, Said]] = []
        self._registry: dict[str | tuple[str, type[Warning], int], int] = {}

    def __enter__(self) -> Crew:
        levels = log_levels()
        try:
            for number, part in enumerate(self._parts, start=1):
                self._workers.append(_Worker(number, part, levels))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def simulate(self) -> list[PartResult]:
        """Run all parts up to the last step.

        Returns
        -------
        list of PartResult
            One for each part.

        Raises
        ------
        HarnessError
            The error that a serial run would have ended with, or a process has died.
        """
        self._listen()
        return [worker.result for worker in self._workers]

    def finalize(self) -> None:
        """Finalize all models, and end the processes."""
        for worker in self._workers:
            worker.tell(FINALIZE)
        self._listen()
        for worker in self._workers:
            worker.process.join(_PATIENCE)

    def _listen(self) -> None:
        """Take what the workers send until each has done what it was told, or failed."""
        working = {worker.connection: worker for worker in self._workers}
        failure: Failed | None = None
        while working:
            # not for ever: an interrupt that comes just before the wait begins does not end it
            for connection in wait(list(working), timeout=_HEARTBEAT):
                assert isinstance(connection, Connection)
                worker = working[connection]
                try:
                    message = connection.recv()
                except (EOFError, ConnectionError):
                    self._pass_on(None)
                    raise worker.died() from None
                if isinstance(message, Said):
                    self._said.append((message.place, worker.number, len(self._said), message))
                elif isinstance(message, Reached):
                    self._advance(worker, message.stage)
                elif isinstance(message, Catchment):
                    self._keep(worker, message)
                elif isinstance(message, Done):
                    del working[connection]
                elif isinstance(message, Failed):
                    del working[connection]
                    if failure is None or message.place < failure.place:
                        failure = message
                        # The others may still fail earlier in the order of a serial run, but not after this stage.
                        for other in working.values():
                            other.tell(message.place.stage)
            places = [Place(worker.stage, sys.maxsize) for worker in working.values()]
            if failure is not None:
                places.append(failure.place)
            self._pass_on(min(places, default=None))
        if failure is not None:
            raise failure.revive()

    def _keep(self, worker: _Worker, message: Catchment) -> None:
        if message.name == worker.names[0]:  # results come after the last step
            self._advance(worker, len(self._parts[0].timetable.turns) - 1)
        worker.result.series[message.name] = message.series
        worker.result.ledgers[message.name] = message.ledgers
        if message.flow is not None:
            worker.result.flows[message.name] = message.flow

    def _advance(self, worker: _Worker, stage: int) -> None:
        self._bar.update((max(stage, -1) - max(worker.stage, -1)) * len(worker.names))
        worker.stage = stage

    def _pass_on(self, until: Place | None) -> None:
        """Log what the workers said up to a place, in the order of a serial run; None: everything."""
        self._said.sort(key=lambda item: item[:3])
        ready = [item for item in self._said if until is None or item[0] <= until]
        del self._said[: len(ready)]
        for *_, said in ready:
            record = said.record
            if isinstance(record, tuple):
                text, category, file, line = record
                warnings.warn_explicit(text, category, file, line, registry=self._registry)
                continue
            key = getattr(record, "once", None)
            if key is not None and not self._context.first_time(key):
                continue
            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait, here and for good in a process started meanwhile: it would die with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # started later, it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
