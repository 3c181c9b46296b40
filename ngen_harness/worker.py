"""What a worker process does: its part of the catchments, and telling the parent process about it."""

from __future__ import annotations

import logging
import pickle
import signal
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from typing import Any

from ngen_harness.errors import HarnessError
from ngen_harness.mass_balance import Ledger
from ngen_harness.outputs import Series
from ngen_harness.part import Assignment, Part, PartResult, Place

_SECONDS_BETWEEN_REPORTS = 0.1

FINALIZE = "finalize"
"""What the parent sends when all parts are done; before that, numbers of stages after which to stop."""


@dataclass(frozen=True)
class Reached:
    """All catchments of the part have completed a stage."""

    stage: int


@dataclass(frozen=True)
class Said:
    """A log record or a Python warning (text, category, file, line), at a place of the run."""

    place: Place
    record: logging.LogRecord | tuple[str, type[Warning], str, int]


@dataclass(frozen=True)
class Catchment:
    """The results of one catchment."""

    name: str
    series: Series
    flow: Any
    ledgers: dict[str, Ledger]


@dataclass(frozen=True)
class Done:
    """All results are sent, or the worker has stopped early because it was told to, or all models are finalized."""


@dataclass(frozen=True)
class Failed:
    """The part failed; exceptions are pickled, since the parent may be unable to load a model's own."""

    place: Place
    error: bytes
    cause: bytes
    text: str
    story: str

    @classmethod
    def by(cls, place: Place, error: BaseException) -> Failed:
        """Describe an exception."""
        story = "".join(traceback.format_exception(error))
        return cls(place, _pickled(error), _pickled(error.__cause__), f"{type(error).__name__}: {error}", story)

    def revive(self) -> BaseException:
        """Make the exception again; a `HarnessError` with its text if that is impossible."""
        error = _unpickled(self.error) or HarnessError(self.text)
        error.__cause__ = _unpickled(self.cause)
        error.add_note(f"This happened in a worker process:\n{self.story}")
        return error


def _pickled(error: BaseException | None) -> bytes:
    """Pickle an exception; nothing if it would not come back as it is."""
    try:
        data = pickle.dumps(error)
        copy = pickle.loads(data)
    except Exception:
        return b""
    return data if type(copy) is type(error) and str(copy) == str(error) else b""


def _unpickled(data: bytes) -> BaseException | None:
    try:
        error = pickle.loads(data)
    except Exception:
        return None
    return error if isinstance(error, BaseException) else None


def log_levels() -> dict[str, int]:
    """Levels of all loggers that have one; "" is the root."""
    known = logging.Logger.manager.loggerDict
    levels = {name: item.level for name, item in known.items() if isinstance(item, logging.Logger) and item.level}
    return {"": logging.getLogger().level, **levels}


def work(connection: Connection, assignment: Assignment, levels: Mapping[str, int]) -> None:
    """Do a part; the whole life of a worker process.

    Parameters
    ----------
    connection : Connection
        To the parent. Its end is this process's end.
    assignment : Assignment
        What to do.
    levels : mapping
        What `log_levels` returned in the parent.
    """
    # Ctrl-C reaches all processes of a terminal; it is the parent who ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    part = Part(assignment)
    try:
        _redirect_messages(connection, part.place, levels)
        try:
            _simulate(connection, part)
            connection.send(Done())
            while connection.recv() != FINALIZE:
                pass
            part.finalize()
            connection.send(Done())
        except (EOFError, ConnectionError):
            raise
        except BaseException as error:  # SystemExit of a model as well: the parent decides what it means
            connection.send(Failed.by(part.place, error))
            connection.recv()  # hold on until the parent has read it and hangs up
    except (EOFError, ConnectionError):
        pass  # the parent is gone or does not want to know
    finally:
        part.close()


def _simulate(connection: Connection, part: Part) -> None:
    """Run until the end, or to the stage after which the parent wants no more."""
    last: int | None = None
    reported = 0.0
    for stage in part.stages():
        while connection.poll():
            last = int(connection.recv())
        now = time.monotonic()
        if now - reported > _SECONDS_BETWEEN_REPORTS:
            connection.send(Reached(stage))
            reported = now
        if last is not None and stage >= last:
            return
    _send_results(connection, part.result)


def _send_results(connection: Connection, result: PartResult) -> None:
    """Send catchment by catchment, so that no message is huge."""
    for name, series in result.series.items():
        connection.send(Catchment(name, series, result.flows.get(name), result.ledgers[name]))


def _redirect_messages(connection: Connection, place: Place, levels: Mapping[str, int]) -> None:
    """Send log records and Python warnings to the parent."""

    class Sender(QueueHandler):
        def enqueue(self, record: logging.LogRecord) -> None:
            connection.send(Said(replace(place), record))

    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger().handlers[:] = [Sender(None)]  # type: ignore[arg-type]

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
    ) -> None:
        known = category if category.__module__ == "builtins" else UserWarning
        connection.send(Said(replace(place), (str(message), known, filename, lineno)))

    warnings.showwarning = show
