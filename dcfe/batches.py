"""Batches of basins and time windows to learn from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dcfe.data import BasinData
from dcfe.losses import Loss, LossTarget

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """Some basins over a time window.

    Attributes
    ----------
    data : BasinData
        Of the warm-up and the window.
    target : LossTarget
        Of the window.
    first : int
        Step of the whole data with which the batch's data begin.
    """

    data: BasinData
    target: LossTarget
    first: int


def windows_of(steps: int, warmup: int, window: int | None) -> list[tuple[int, int]]:
    """First and last steps (exclusive) of windows that follow each other from the end of the warm-up on.

    What is left at the end joins the last window when it is shorter than half a window.

    >>> windows_of(100, 10, 40), windows_of(110, 10, 40)
    ([(10, 50), (50, 100)], [(10, 50), (50, 90), (90, 110)])
    """
    if window is None:
        return [(warmup, steps)]
    starts = list(range(warmup, steps, window))
    if len(starts) > 1 and steps - starts[-1] < window / 2:
        starts.pop()
    return list(zip(starts, [*starts[1:], steps], strict=True))


class Batches:
    """Cut learning data into batches, anew in each epoch.

    Every basin is once in each window in which it has observations.

    Parameters
    ----------
    data : BasinData
    loss : Loss
    warmup : int
        Steps before each window.
    basins : int or None
        Basins in a batch; None: all.
    window : int or None
        Steps in a window; None: all.

    Raises
    ------
    ValueError
        When nothing is left after the warm-up, or nothing was observed.
    """

    def __init__(
        self, data: BasinData, loss: Loss, warmup: int = 0, basins: int | None = None, window: int | None = None
    ):
        steps = data.rain.shape[1]
        if warmup >= steps:
            raise ValueError(f"the warm-up of {warmup} steps leaves nothing of {steps} steps: shorten it")
        self.data, self.warmup, self.size = data, warmup, basins
        self.target = loss.target(data, warmup)
        self.windows, self.rows = [], []
        for first, last in windows_of(steps, warmup, window):
            usable = self._target(None, first, last).observed_basins().nonzero()[:, 0]
            if len(usable):
                self.windows.append((first, last))
                self.rows.append(usable)
        if not self.windows:
            raise ValueError(
                f"no basin has observations of {' or '.join(loss.outputs)} that a loss can be made of "
                f"(KGE needs some that vary): there is nothing to learn from"
            )
        unused = sorted(set(range(len(data.ids))) - set(torch.cat(self.rows).tolist()))
        if unused:
            names = ", ".join(data.ids[index] for index in unused[:10])
            log.warning("%d of %d basins have no observations to learn from: %s", len(unused), len(data.ids), names)
        # whole sets of basins do not change: neither do their batches
        self._fixed = (
            [self._batch(*chosen) for chosen in zip(self.rows, self.windows, strict=True)] if basins is None else []
        )

    def _target(self, rows: Tensor | None, first: int, last: int) -> LossTarget:
        return self.target.part(rows, first - self.warmup, last - self.warmup)

    def _batch(self, rows: Tensor, window: tuple[int, int]) -> Batch:
        first, last = window
        begin = first - self.warmup
        everyone = len(rows) == len(self.data.ids) and self.size is None
        data = self.data if everyone else self.data.basins(rows)
        if (begin, last) != (0, self.data.rain.shape[1]):
            data = data.period(begin, last)
        return Batch(data, self._target(None if everyone else rows, first, last), begin)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Batches of one epoch in random order."""
        if self.size is None:
            order = torch.randperm(len(self._fixed), generator=generator) if len(self._fixed) > 1 else torch.zeros(1)
            for index in order.tolist():
                yield self._fixed[int(index)]
            return
        chosen: list[tuple[Tensor, tuple[int, int]]] = []
        for rows, window in zip(self.rows, self.windows, strict=True):
            mixed = rows[torch.randperm(len(rows), generator=generator)]
            groups = torch.tensor_split(mixed, -(-len(rows) // self.size))
            chosen += [(group, window) for group in groups]
        for index in torch.randperm(len(chosen), generator=generator).tolist():
            yield self._batch(*chosen[index])
