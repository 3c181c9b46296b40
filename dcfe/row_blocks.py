"""Blocks of rows that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

VALUES_IN_BLOCK = 2**15


def row_blocks(values: Tensor) -> Iterator[slice]:
    """Slices that together cover the rows of a matrix.

    What is worked out block by block stays in cache; temporary matrices of all basins and steps would each be written
    to memory and read again. Blocks are too small for several threads of torch: work on them with one.
    """
    rows, columns = values.shape
    size = max(1, VALUES_IN_BLOCK // max(columns, 1))
    for first in range(0, rows, size):
        yield slice(first, first + size)
