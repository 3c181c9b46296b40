"""Arrays and tables of dual numbers in compiled code: items, parts, and what is written where."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hydro_physics import jit
from hydro_physics.jit import njit, same

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)

from dcfe.dual_array import dual_array, load_numbers, store_numbers
from dcfe.dual_table import dual_tables

LIKE = (0.0,) * 4


@njit(inline=False)
def work(values, tangents, like, sizes):  # type: ignore[no-untyped-def]
    array = dual_array(values, tangents, like)
    row = array[1]
    row[0] = row[1] * array[0, 2]
    row[2] = 7.0
    array[-1, -1] = row[0] + 1
    first = load_numbers(array[0], 2)
    store_numbers(array[2], (first[1], 2.5, first[0]))
    sizes[0], sizes[1], sizes[2], sizes[3] = array.size, row.size, len(array), array.shape[1]
    sizes[4] = same(first[0], first[0])
    sizes[5] = same(first[0], first[0] * 1.0 + 0.0 * first[1])
    sizes[6] = same(first[0], first[0] + (first[1] - float(first[1])))


def test_items_are_read_and_written_in_place() -> None:
    rng = np.random.default_rng(1)
    values, tangents = rng.uniform(1.0, 2.0, (4, 3)), rng.uniform(1.0, 2.0, (4, 3, 4))
    v, t = values.copy(), tangents.copy()
    sizes = np.zeros(7)
    work(values, tangents, LIKE, sizes)
    v[1, 0], t[1, 0] = v[1, 1] * v[0, 2], v[0, 2] * t[1, 1] + v[1, 1] * t[0, 2]
    v[1, 2], t[1, 2] = 7.0, 0.0
    v[3, 2], t[3, 2] = v[1, 0] + 1.0, t[1, 0]
    v[2], t[2] = (v[0, 1], 2.5, v[0, 0]), (t[0, 1], np.zeros(4), t[0, 0])
    np.testing.assert_array_equal(values, v)
    np.testing.assert_allclose(tangents, t, rtol=1e-15)
    # equal in value is not the same where derivatives differ
    assert sizes.tolist() == [12, 3, 4, 3, 1, 1, 0]


@njit(inline=False)
def look_up(values, slopes, tangents, like, found: NDArray[Any], found_tangents) -> None:  # type: ignore[no-untyped-def]
    tables = dual_tables(values, slopes, tangents, like)
    results = dual_array(found, found_tangents, like)
    for k in range(2):
        table = tables[k]
        for i in range(3):
            results[k, i] = table[i, 1] * 2.0


def test_tables_depend_on_one_number_each() -> None:
    rng = np.random.default_rng(2)
    values, slopes, tangents = rng.random((2, 3, 2)), rng.random((2, 3, 2, 1)), rng.random((2, 4))
    found, found_tangents = np.zeros((2, 3)), np.zeros((2, 3, 4))
    look_up(values, slopes, tangents, LIKE, found, found_tangents)
    np.testing.assert_array_equal(found, 2.0 * values[:, :, 1])
    np.testing.assert_allclose(found_tangents, 2.0 * slopes[:, :, 1] * tangents[:, None, :], rtol=1e-15)


def test_other_arrays_and_indices_are_refused() -> None:
    from numba.core.errors import TypingError

    sizes = np.zeros(7)
    with pytest.raises(TypingError):
        work(np.ones((4, 3)), np.ones((4, 3)), LIKE, sizes)
    with pytest.raises(TypingError):
        work(np.ones((4, 6))[:, ::2], np.ones((4, 3, 4)), LIKE, sizes)
