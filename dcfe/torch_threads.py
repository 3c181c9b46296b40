"""Give torch a number of threads for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Work with a number of threads of torch, and give back the number that there was; also a decorator.

    Small operations of torch on several threads wait for each other, a hundred times longer than they work when the
    cores are busy; and sums over another number of threads round otherwise.
    """
    before = torch.get_num_threads()
    if count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)
