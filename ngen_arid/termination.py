"""SIGTERM, which schedulers and ``kill`` send, ends a command as Ctrl-C does: what is half-written is removed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 128 + signal.SIGTERM
"""Exit status, as a shell gives it to a process that the signal ended."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Raise `Terminated` where SIGTERM would end the process without another word.

    Outside the main thread, where Python sets no handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    owner = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked worker: it has nothing of its own to remove, and its pool waits for its end
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        signal.signal(number, signal.SIG_DFL)  # a second one does not wait for the cleaning up
        raise Terminated

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
