"""The work of an ensemble's run: read a block of catchments for some hours, compute, write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState, simulate
from cfe_bmi.variables import PET, RAIN
from ngen_ensemble.domain import Domain
from ngen_ensemble.forcing import Input, Source, check_times, mend, open_source, read_block
from ngen_ensemble.pool import Pool
from ngen_ensemble.request import Request
from ngen_ensemble.store import Store
from ngen_harness.context import RunContext

_Array = NDArray[Any]


class Block(NamedTuple):
    """Catchments that run together.

    Attributes
    ----------
    first : int
        Place of the first in the store.
    domain : Domain
        These catchments.
    rows : array, shape (catchments,)
        Their rows in the forcing.
    """

    first: int
    domain: Domain
    rows: NDArray[np.int64]


class Piece(NamedTuple):
    """A block over some hours."""

    block: Block
    hours: slice


class Done(NamedTuple):
    """What a piece came to.

    Attributes
    ----------
    catchments : int
        Of a block that is complete with it; else 0.
    steps : int
        Catchments times hours.
    read, written : int
        [bytes]
    """

    catchments: int
    steps: int
    read: int
    written: int


@dataclass(frozen=True)
class Job:
    """What all blocks of a run have in common; small, and picklable.

    Attributes
    ----------
    request : Request
    cwd : Path or None
    inputs : tuple of Input
    store : Path
    catchments : int
        Of the whole domain.
    hours : int
        Of a piece.
    """

    request: Request
    cwd: Path | None
    inputs: tuple[Input, ...]
    store: Path
    catchments: int
    hours: int

    def pieces(self, block: Block) -> Iterator[Piece]:
        """The pieces of a block, in the order of time."""
        for first in range(0, self.request.steps, self.hours):
            yield Piece(block, slice(first, min(first + self.hours, self.request.steps)))


class Worker:
    """Does pieces; the pieces of a block one after the other, for it keeps their state.

    Reading, computing and writing may each be in one thread of its own.

    Parameters
    ----------
    job : Job
    """

    def __init__(self, job: Job) -> None:
        request = job.request
        self.job = job
        context = RunContext(request.start, request.time_of(request.last), job.cwd, realization=request.realization)
        self._source: Source = open_source(request, context)
        # asked once, here: HDF5 is not made for several threads
        self._item_bytes = sum(self._source.item_size(item.stored) for item in job.inputs)
        self._store = Store(job.store, request.outputs)
        self._forcing, self._results = Pool(), Pool()
        self._states: list[EnsembleState] = []
        self._imbalance = np.empty(0)

    def close(self) -> None:
        """Let go of the forcing."""
        self._source.close()

    def read(self, piece: Piece) -> dict[str, _Array]:
        """Forcing of a piece, judged and mended."""
        block = piece.block
        if piece.hours.start == 0:
            check_times(self._source, block.rows)
        values = read_block(self._source, self.job.inputs, block.rows, piece.hours, self._forcing)
        mend(values, block.domain.ids, block.domain.zero, self.job.request, piece.hours.start)
        return values

    def compute(self, piece: Piece, forcing: Mapping[str, _Array]) -> tuple[dict[str, _Array], _Array]:
        """Results of a piece by name, and the imbalance of its catchments so far [m]; the forcing is used up."""
        domain, names = piece.block.domain, self.job.request.outputs
        groups = [np.flatnonzero(domain.scheme == number) for number in range(len(domain.schemes))]
        used = [(scheme, rows) for scheme, rows in zip(domain.schemes, groups, strict=True) if rows.size]
        if piece.hours.start == 0:
            self._states = [domain.rows(rows).state(scheme) for scheme, rows in used]
            self._imbalance = np.zeros(len(domain.ids))
        shape = (len(self._fields), len(domain.ids), piece.hours.stop - piece.hours.start)
        values = self._results.take(shape)
        imbalance = np.empty(len(domain.ids))
        for i, (scheme, rows) in enumerate(used):
            # one scheme for all is the rule: nothing is copied then
            whole = len(used) == 1
            part = domain if whole else domain.rows(rows)
            run = simulate(
                CfeParameters(*part.parameters.T),
                self._states[i],
                EnsembleForcing(*_of(forcing, rows, whole)),
                scheme.options,
                self._fields,
                part.ordinates,
                values if whole else None,
                check=False,
            )
            self._states[i] = run.state
            imbalance[rows] = run.imbalance
            if not whole:
                for place, field in enumerate(self._fields):
                    values[place, rows] = run.outputs[field]
        # forcing is not needed any more
        self._forcing.give(forcing[RAIN])
        # a sum of its own: one that is written meanwhile must not change
        self._imbalance = self._imbalance + imbalance
        places = [self._fields.index(field) for field in self.job.request.fields]
        return {name: values[place] for name, place in zip(names, places, strict=True)}, self._imbalance

    @property
    def _fields(self) -> tuple[str, ...]:
        """Fields to compute: two names may mean the same one."""
        return tuple(dict.fromkeys(self.job.request.fields))

    def write(self, piece: Piece, values: Mapping[str, _Array], imbalance: _Array) -> Done:
        """Write a piece, and the mark of a block that is complete with it; the values are used up."""
        first = piece.block.first
        written = self._store.write(first, piece.hours.start, values)
        self._results.give(next(iter(values.values())))
        count, hours = len(piece.block.domain.ids), piece.hours.stop - piece.hours.start
        last = piece.hours.stop == self.job.request.steps
        if last:
            self._store.finish(first, imbalance)
        return Done(count * last, count * hours, count * hours * self._item_bytes, written)


def _of(forcing: Mapping[str, _Array], rows: _Array, whole: bool) -> tuple[_Array, _Array]:
    """Rain and potential evapotranspiration of some catchments, or of all without copying them."""
    rain, pet = forcing[RAIN], forcing[PET]
    return (rain, pet) if whole else (rain[rows], pet[rows])
