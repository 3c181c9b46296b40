"""How much memory a run takes, and how many catchments run together so that it is enough.

Of a block there are at once: the forcing that is computed with and the next one that is read, in double precision; what
was read of one variable, as the file has it; results that are computed, those that are written, and a copy of what goes
into chunks. In bytes, for a block of C catchments, T hours at a time and n outputs::

    C T (2 x 2 x 8 + 9 + n (8 + 8 + 8))

and once more the forcing and the results where catchments of a block use different schemes.
"""

from __future__ import annotations

from typing import NamedTuple

from ngen_ensemble.domain import Domain
from ngen_ensemble.request import Request
from ngen_ensemble.settings import CHUNK_CATCHMENTS, CHUNK_HOURS, EnsembleError, Settings

BASE = 500_000_000
"""Python, its libraries and compiling the loops at the first use, for each process [bytes].

Once they are compiled it is 0.2 GB less.
"""

TARGET = 1024
"""Catchments that are enough for a block: more read and compute no faster."""

_FORCING, _READING, _RESULT = 32, 9, 24
_SPLIT_FORCING, _SPLIT_RESULT = 16, 8


class Division(NamedTuple):
    """How a run is divided.

    Attributes
    ----------
    block : int
        Catchments that run together, in whole chunks.
    hours : int
        Hours of one chunk; what is computed at a time.
    processes : int
    needed : int
        Memory of all processes together [bytes].
    """

    block: int
    hours: int
    processes: int
    needed: int


def needed_bytes(catchments: int, block: int, hours: int, outputs: int, processes: int, mixed: bool, row: int) -> int:
    """Memory that a run takes at most [bytes].

    Parameters
    ----------
    catchments : int
        Of the whole domain.
    block, hours, outputs, processes : int
    mixed : bool
        Catchments use different schemes.
    row : int
        Bytes of the parameters of a catchment.
    """
    step = _FORCING + _READING + outputs * _RESULT + mixed * (_SPLIT_FORCING + outputs * _SPLIT_RESULT)
    # parameters are read as columns, judged, and sorted
    return processes * (BASE + block * hours * step) + 4 * catchments * row


def divide(request: Request, domain: Domain, settings: Settings, processes: int) -> Division:
    """Choose a block, and check that the memory is enough before anything begins.

    Raises
    ------
    EnsembleError
        Saying how much is needed, and for what.
    """
    hours = min(request.steps, CHUNK_HOURS)
    count = len(domain.ids)
    row = sum(values[:1].nbytes for name, values in domain._asdict().items() if name != "schemes") + 200

    def need(block: int) -> int:
        return needed_bytes(
            count, min(block, count), hours, len(request.outputs), processes, len(domain.schemes) > 1, row
        )

    limit = settings.memory * 1e9
    if settings.block is not None:
        block = -(-settings.block // CHUNK_CATCHMENTS) * CHUNK_CATCHMENTS
    else:
        # every process gets its share of a small domain
        share = -(-count // (processes * CHUNK_CATCHMENTS)) * CHUNK_CATCHMENTS
        block = max(CHUNK_CATCHMENTS, min(TARGET, share))
        while need(block) > limit and block > CHUNK_CATCHMENTS:
            block -= CHUNK_CATCHMENTS
    if need(block) > limit:
        raise EnsembleError(
            f"--memory {settings.memory:g} GB is too small: blocks of {min(block, count)} catchments x {hours} hours "
            f"with {len(request.outputs)} output{'s' * (len(request.outputs) != 1)} in {processes} "
            f"process{'es' * (processes != 1)} need {need(block) / 1e9:.2f} GB; give more memory"
            + (", a smaller --block" if block > CHUNK_CATCHMENTS else "")
            + (", fewer --workers" if processes > 1 else "")
            + ", or fewer output_variables"
        )
    return Division(block, hours, processes, need(block))
