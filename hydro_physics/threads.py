"""Share rows of an ensemble among threads: one compiled loop over some rows, called from several of them.

Compiled loops let go of the interpreter's lock (``nogil``), so that threads of Python run them side by side. Against
numba's own parallel loops this compiles the work once instead of twice, starts no threads for a single row, leaves the
threads of other libraries (PyTorch) alone, and a process that used it may fork.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

VARIABLE = "NUMBA_NUM_THREADS"
PIECES = 8
"""Pieces of work for each thread: rows take different times, and who is done early takes another piece."""

_chosen: list[int] = []


def thread_count() -> int:
    """Threads that ensembles use: what :func:`set_threads` said, else ``NUMBA_NUM_THREADS``, else all processors.

    Raises
    ------
    ValueError
        When the environment variable is no positive integer.
    """
    if _chosen:
        return _chosen[-1]
    text = os.environ.get(VARIABLE, "")
    if text:
        if not (text.isdecimal() and int(text) > 0):
            raise ValueError(f"environment variable {VARIABLE}: {text!r}; expected a number of threads from 1 on")
        return int(text)
    # those that this process may use, which on a cluster are fewer than there are
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(count: int) -> None:
    """Let ensembles of this process use so many threads.

    Raises
    ------
    ValueError
        When it is less than one.
    """
    if count < 1:
        raise ValueError(f"{count} threads; expected 1 or more")
    _chosen[:] = [count]


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Use so many threads for a while."""
    before = _chosen[:]
    set_threads(count)
    try:
        yield
    finally:
        _chosen[:] = before


def run_rows(kernel: Callable[..., None], rows: int, *arguments: Any) -> None:
    """Call ``kernel(first, last, *arguments)`` until all rows are done, each once.

    Parameters
    ----------
    kernel : callable
        Does the rows from `first` up to, but not including, `last`; which rows it is given together must not matter.
        On several threads at once only if it was compiled with ``nogil=True``; rows must not write to the same places.
    rows : int
    *arguments
        For every call.

    Raises
    ------
    Exception
        The first that a call has raised; calls that had not begun then are not made.
    """
    count = min(thread_count(), rows)
    if count <= 1:
        kernel(0, rows, *arguments)
        return
    size = max(1, rows // (PIECES * count))
    pieces = iter(range(0, rows, size))
    lock = threading.Lock()
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with lock:
                first = next(pieces, None)
            if first is None:
                return
            try:
                kernel(first, min(first + size, rows), *arguments)
            except BaseException:
                stopped.set()
                raise

    with ThreadPoolExecutor(count - 1, thread_name_prefix="ensemble") as pool:
        helpers = [pool.submit(work) for _ in range(count - 1)]
        work()
    for helper in helpers:
        helper.result()
