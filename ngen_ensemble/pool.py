"""Arrays that are used again and again: the system takes longer to give new memory than the loops to fill it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Pool:
    """Memory for arrays of about the same size; may be used by several threads.

    Examples
    --------
    >>> pool = Pool()
    >>> first = pool.take((2, 3))
    >>> pool.give(first[1])
    >>> np.shares_memory(first, pool.take((3, 2)))
    True
    """

    def __init__(self) -> None:
        self._free: list[NDArray[np.float64]] = []

    def take(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """An array that holds anything."""
        size = math.prod(shape)
        try:
            memory = self._free.pop()
        except IndexError:
            memory = np.empty(size)
        if memory.size < size:
            memory = np.empty(size)
        return memory[:size].reshape(shape)

    def give(self, array: NDArray[Any]) -> None:
        """Take back an array, or the one that this is a part of, which nobody may use from then on."""
        self._free.append(array if array.base is None else array.base)
