"""Keep torch's number of threads, which parallel code of numba changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(count: int | None = None) -> Iterator[None]:
    """Work with a number of threads of torch, and give back the number that there was; also a decorator.

    Numba and torch share one OpenMP runtime: a parallel function of numba sets its number of threads for both. Small
    operations of torch on several threads wait for each other, a hundred times longer than they work when the cores are
    busy; and sums over another number of threads round otherwise.

    Parameters
    ----------
    count : int or None
        None: as many as there are.
    """
    before = torch.get_num_threads()
    if count is not None and count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)
