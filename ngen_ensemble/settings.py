"""What a user can choose about an ensemble's run beside the realization, and the error of this package."""

from __future__ import annotations

from typing import NamedTuple

from ngen_harness.errors import HarnessError

NAME = "catchments.zarr"
"""Name of the store in the output folder."""

CHUNK_CATCHMENTS, CHUNK_HOURS = 256, 8784
"""Sizes of the store's chunks: a leap year. Fixed, so that the files do not depend on how a run was divided."""


class EnsembleError(HarnessError):
    """A run of an ensemble that cannot be made as asked."""


class Settings(NamedTuple):
    """Choices that do not change results.

    Attributes
    ----------
    workers : int
        Processes; 1: this one, with threads; 0: one for each core.
    scheduler : str or None
        Address of a Dask scheduler, in place of processes of this machine.
    block : int or None
        Catchments that run together, rounded up to whole chunks; None: as many as is good.
    memory : float
        GB (1e9 bytes) that the run may use.
    progress : bool or None
        Show a progress bar; None: only on a terminal.
    """

    workers: int = 1
    scheduler: str | None = None
    block: int | None = None
    memory: float = 4.0
    progress: bool | None = None
