"""Time theirs and ours in turn, and say how many times as long theirs takes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.common import REPETITIONS, of_values
from benchmarks.record import Timing

LASTING = 0.2
"""Processor seconds of either side in a pair."""


class Pair(NamedTuple):
    """Times of both in `unit`, ratios of neighbours (theirs over ours), and what the ratio is wanted to be at least."""

    label: str
    unit: str
    theirs: Timing
    ours: Timing
    ratio: Timing
    wanted: float | None


def in_turn(
    label: str,
    unit: str,
    theirs: Callable[[], object],
    ours: Callable[[], object],
    scales: tuple[float, float],
    wanted: float | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> Pair:
    """Time `theirs`, `ours`, `theirs` ...; `prepare` is called before each, and not timed.

    The time is that of the processor, one thread: what else the machine does then counts less. Work is repeated until
    either side takes about as long, since a disturbance would otherwise hit the longer one more often.

    Parameters
    ----------
    scales : tuple of float
        What seconds of theirs and of ours are multiplied by.
    """
    works = theirs, ours
    times: tuple[list[float], list[float]] = ([], [])
    prepare(), theirs(), ours()
    rounds = [max(1, round(LASTING / max(_seconds(work, prepare), 1e-6))) for work in works]
    for _ in range(REPETITIONS):
        for side, work in enumerate(works):
            times[side].append(_seconds(work, prepare, rounds[side]) * scales[side])
    ratios = [a / b for a, b in zip(*times, strict=True)]
    return Pair(label, unit, of_values(times[0]), of_values(times[1]), of_values(ratios), wanted)


def _seconds(work: Callable[[], object], prepare: Callable[[], object], rounds: int = 1) -> float:
    spent = 0.0
    for _ in range(rounds):
        prepare()
        begin = time.process_time()
        work()
        spent += time.process_time() - begin
    return spent / rounds


def hand_over(pairs: list[Pair], notes: list[str]) -> None:
    """Write pairs and remarks for the process that started this one, below whatever the library has printed."""
    sys.stdout.write("\n" + json.dumps({"pairs": pairs, "notes": notes}) + "\n")


def taken_over(text: str) -> tuple[list[Pair], list[str]]:
    """Read what :func:`hand_over` wrote."""
    found = json.loads(text.strip().splitlines()[-1])
    pairs = [Pair(p[0], p[1], Timing(*p[2]), Timing(*p[3]), Timing(*p[4]), p[5]) for p in found["pairs"]]
    return pairs, found["notes"]
