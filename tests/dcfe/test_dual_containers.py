"""Dual numbers where numbers stand: in tuples and NamedTuples, in branches beside constants, in rows of arrays."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from dcfe.dual import (
    add_scaled,
    add_tangents,
    add_weighted,
    lane,
    load_dual,
    load_duals,
    load_tangents,
    no_tangent,
    store_tangents,
    tangent_of,
    value_of,
    with_tangents,
)
from hydro_physics import jit
from hydro_physics.jit import as_tuple, carries_tangent, njit, replace_item

pytestmark = pytest.mark.skipif(not jit.JIT_ENABLED, reason="dual numbers are a type of compiled code")

LIKE = (0.0,) * 4


class Store(NamedTuple):
    soil: float
    cascade: tuple[float, ...]
    rate: float


@njit
def branches(x, which):  # type: ignore[no-untyped-def]
    """A dual number, a float or an integer, whichever branch is taken."""
    if which == 0:
        return 2.5
    if which == 1:
        return 3
    result = 0.0
    if which == 2:
        result = x * x
    return result


@njit
def filled(x, wet):  # type: ignore[no-untyped-def]
    """A NamedTuple of dual numbers, in whose place there may stand floats, one by one or a tuple of them."""
    rate = 4.0
    cascade = (2.0, 5.0)
    if wet > 0:
        cascade = (x, 2.0 * x)
        rate = 3.0 * x
    return Store(x if wet > 0 else 1.0, cascade, rate)


@njit
def moved(store, x, index):  # type: ignore[no-untyped-def]
    """Items of tuples replaced by a dual number and by a constant."""
    cascade = replace_item(store.cascade, index, store.soil * x)
    return Store(store.soil, replace_item(cascade, 1 - index, 7.0), store.rate + cascade[index])


@njit
def short_cut(x):  # type: ignore[no-untyped-def]
    """Nothing comes of nothing, but only for floats."""
    if float(x) <= 0.0 and not carries_tangent(x):
        return -1.0 + 0.0 * x
    return x * (x + 5.0)


@njit(inline=False)
def run(rows: NDArray[Any], like: tuple[float, ...], wet: int, results: NDArray[Any]) -> None:
    x, y = load_dual(rows, 0, like), load_dual(rows, 1, like)
    store = filled(x, wet)
    after = moved(store, y, wet)
    three = load_duals(rows, 3, like)
    found = (
        branches(x, 0),
        branches(x, 1),
        branches(x, 2),
        branches(x, 3),
        short_cut(x - value_of(x)),
        store.soil,
        *store.cascade,
        store.rate,
        *after.cascade,
        after.rate,
        *three,
        three[wet],
        *load_duals(rows, (x, y), like),
    )
    for i in range(len(found)):
        results[i, 0] = value_of(found[i])
        store_tangents(results[i], 1, tangent_of(found[i]))


@pytest.mark.parametrize("wet", [0, 1])
def test_dual_numbers_in_a_model(wet: int) -> None:
    """Values and tangents arrive where a float's value would; constants have no tangents."""
    rows = np.random.default_rng(wet).uniform(1.0, 2.0, (3, 5))
    x, y, z = rows[:, 0]
    to_x, to_y, to_z = np.eye(3)
    none = np.zeros(3)
    expected = [(2.5, none), (3.0, none), (x * x, 2.0 * x * to_x), (0.0, none), (0.0, 5.0 * to_x)]
    if wet:
        expected += [(x, to_x), (x, to_x), (2.0 * x, 2.0 * to_x), (3.0 * x, 3.0 * to_x)]
        product = y * to_x + x * to_y
        expected += [(7.0, none), (x * y, product), (3.0 * x + x * y, 3.0 * to_x + product)]
    else:
        expected += [(1.0, none), (2.0, none), (5.0, none), (4.0, none), (y, to_y), (7.0, none), (4.0 + y, to_y)]
    expected += [(x, to_x), (y, to_y), (z, to_z), [(x, to_x), (y, to_y)][wet], (x, to_x), (y, to_y)]
    results = np.full((len(expected) + 1, 5), np.nan)
    run(rows, LIKE, wet, results)
    np.testing.assert_array_equal(results[:-1, 0], [value for value, _ in expected])
    np.testing.assert_allclose(results[:-1, 1:], [slopes @ rows[:, 1:] for _, slopes in expected], rtol=1e-15)
    assert np.isnan(results[-1]).all()


def test_floats_in_the_same_functions() -> None:
    assert [branches(1.5, which) for which in range(4)] == [2.5, 3.0, 2.25, 0.0]
    assert moved(filled(3.0, 1), 2.0, 1) == Store(3.0, (7.0, 6.0), 15.0)
    assert (short_cut(0.0), short_cut(1.0)) == (-1.0, 6.0)


@njit(inline=False)
def contract(rows, weights, like, line, scalars):  # type: ignore[no-untyped-def]
    x, y = load_dual(rows, 1, like), load_dual(rows, 2, like)
    total = add_scaled(add_tangents(no_tangent(like), tangent_of(y)), 3.0, x)
    store_tangents(line, 2, add_weighted(total, weights, (x, y)))
    for i in range(len(like)):
        scalars[i] = lane(total, i)
    last = as_tuple(weights, 2)[1]
    scalars[len(like)] = value_of(x) + value_of(3) + value_of(last) + (2.0 if carries_tangent(last) else 1.0)
    scalars[len(like) + 1] = 2.0 if carries_tangent(x) else 1.0


@pytest.mark.parametrize("lanes", [1, 4])
def test_tangents_alone(lanes: int) -> None:
    """Sums of tangents and where they are read and written; nothing beside the place is touched."""
    rows = np.random.default_rng(lanes).uniform(1.0, 2.0, (3, 1 + lanes))
    weights = np.array([10.0, -2.0])
    line, scalars = np.full(lanes + 4, np.nan), np.zeros(lanes + 2)
    contract(rows, weights, (0.0,) * lanes, line, scalars)
    x, y = rows[1, 1:], rows[2, 1:]
    np.testing.assert_allclose(scalars[:lanes], 3.0 * x + y, rtol=1e-15)
    np.testing.assert_allclose(line[2:-2], 13.0 * x - y, rtol=1e-15)
    assert np.isnan(line[[0, 1, -2, -1]]).all()
    assert scalars[lanes:].tolist() == [rows[1, 0] + 3.0 - 2.0 + 1.0, 2.0]


@njit(inline=False)
def put_together(values, rows, like, start, line, found):  # type: ignore[no-untyped-def]
    three = with_tangents((values[0], values[1], values[2]), rows, like)
    product = three[0] * three[1]
    found[0] = value_of(product)
    found[1] = value_of(three[2])
    store_tangents(line, 0, add_scaled(tangent_of(product), 3.0, load_tangents(rows[2], start, like)))
    plain = with_tangents((values[0], values[1], values[2]), rows, ())
    found[2] = plain[0] + plain[1] + plain[2]


def test_numbers_and_tangents_put_together() -> None:
    """Values from a tuple, tangents from rows, or from any place of a row; without lanes the numbers stay plain."""
    rng = np.random.default_rng(5)
    values, rows = rng.uniform(1.0, 2.0, 3), rng.uniform(1.0, 2.0, (3, 4))
    line, found = np.full(5, np.nan), np.zeros(3)
    put_together(values, rows, LIKE, 0, line, found)
    np.testing.assert_array_equal(found, [values[0] * values[1], values[2], values.sum()])
    expected = values[1] * rows[0] + values[0] * rows[1] + 3.0 * rows[2]
    np.testing.assert_allclose(line[:4], expected, rtol=1e-15)
    assert np.isnan(line[4])


@njit
def rounded(x):  # type: ignore[no-untyped-def]
    return x % 2.0


@njit(inline=False)
def run_rounded(rows, like):  # type: ignore[no-untyped-def]
    return value_of(rounded(load_dual(rows, 0, like)))


@njit(inline=False)
def run_mixed(rows, like, more):  # type: ignore[no-untyped-def]
    return value_of(load_dual(rows, 0, like) + load_dual(rows, 0, more))


def test_what_has_no_rule_is_refused_when_compiling() -> None:
    """A remainder has no rule here, and numbers with different seeds do not meet."""
    from numba.core.errors import TypingError

    rows = np.ones((1, 5))
    with pytest.raises(TypingError, match="No implementation"):
        run_rounded(rows, LIKE)
    with pytest.raises(TypingError, match="No implementation"):
        run_mixed(rows, LIKE, (0.0, 0.0))
