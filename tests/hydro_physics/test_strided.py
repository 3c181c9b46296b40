"""Loads and stores without checks are compiled only for arrays for which they are right."""

import numpy as np
import pytest

from hydro_physics.jit import JIT_ENABLED
from hydro_physics.strided import load, store

pytestmark = pytest.mark.skipif(not JIT_ENABLED, reason="plain Python checks indices")


def typing_error() -> type[Exception]:
    from numba.core.errors import TypingError

    return TypingError


def test_items_side_by_side():
    memory = np.arange(5.0)
    store(memory, 3, 7.0)
    assert [load(memory, place) for place in range(5)] == [0.0, 1.0, 2.0, 7.0, 4.0]


def test_gaps_and_rows_are_refused():
    for memory in (np.zeros(8)[::2], np.zeros((2, 2)), np.zeros(8)[::-1]):
        with pytest.raises(typing_error(), match="one dimension without gaps"):
            load(memory, 0)
        with pytest.raises(typing_error(), match="one dimension without gaps"):
            store(memory, 0, 1.0)


def test_what_may_not_be_written_is_not():
    memory = np.zeros(3)
    memory.flags.writeable = False
    assert load(memory, 0) == 0.0
    with pytest.raises(typing_error(), match="may be written"):
        store(memory, 0, 1.0)
