"""Compiled functions that hold every rule of dual numbers, and what runs them for floats and for dual numbers.

Many rules stand in one function, since every function is compiled for floats and for each number of lanes. Rules of
two numbers are compiled for all numbers of lanes and show what depends on it; those of one number for a few.
"""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcfe.dual import load_dual, store_tangents, tangent_of, value_of
from hydro_physics.jit import njit

PAIR_RULES = ("x + y", "x - y", "x * y", "x / y", "x**y", "min(x, y)", "max(x, y)")
SINGLE_RULES = (
    *("-x", "+x", "abs(x)", "fabs(x)", "exp(x)", "expm1(x)", "log(x)", "log1p(x)", "sqrt(x)"),
    *("x + 3", "3 - x", "x - 3", "3 * x", "x / 3", "3 / x", "min(x, 1)", "min(1, x)", "max(x, 1)", "max(1, x)"),
    *("x**0", "x**1", "x**2", "x**-3.0", "x**0.0", "x**1.0", "x**2.0", "x**0.5", "x**-0.7", "2**x", "2.5**x"),
    "changed in place",
)
N_PAIR, N_SINGLE = len(PAIR_RULES), len(SINGLE_RULES)
LANES, LANES_OF_SINGLES = (1, 2, 4, 8, 16, 32), (1, 8)
RULES = (*PAIR_RULES, *PAIR_RULES, *PAIR_RULES, *SINGLE_RULES)
"""Rules in the order of results: of two dual numbers, of one and a float, of a float and one, of one dual number."""

TESTS = (
    *("x < y", "x <= y", "x > y", "x >= y", "x == y", "x != y"),
    *("x < 1", "1 < x", "x >= 1", "1 >= x", "x == 1", "1 != x"),
    *("isnan(x)", "isinf(x)", "isfinite(x)"),
)


@njit
def pair_rules(x, y):  # type: ignore[no-untyped-def]
    return x + y, x - y, x * y, x / y, x**y, min(x, y), max(x, y)


@njit
def changed_in_place(x):  # type: ignore[no-untyped-def]
    x *= x
    x += 0.25
    x /= 3.0
    x **= 2
    x -= 1
    return x


@njit
def single_rules(x):  # type: ignore[no-untyped-def]
    functions = (-x, +x, abs(x), math.fabs(x), math.exp(x), math.expm1(x), math.log(x), math.log1p(x), math.sqrt(x))
    sums = (x + 3, 3 - x, x - 3, 3 * x, x / 3, 3 / x, min(x, 1), min(1.0, x), max(x, 1), max(1.0, x))
    powers = (x**0, x**1, x**2, x**-3.0, x**0.0, x**1.0, x**2.0, x**0.5, x**-0.7, 2**x, 2.5**x)
    return (*functions, *sums, *powers, changed_in_place(x))


@njit
def answers(x, y):  # type: ignore[no-untyped-def]
    pair = (x < y, x <= y, x > y, x >= y, x == y, x != y)
    return (*pair, x < 1, 1 < x, x >= 1.0, 1.0 >= x, x == 1, 1 != x, math.isnan(x), math.isinf(x), math.isfinite(x))


@njit(inline=False)
def _run_floats(pairs: NDArray[Any], results: NDArray[Any], found: NDArray[Any]) -> None:
    for i in range(len(pairs)):
        x, y = pairs[i, 0], pairs[i, 1]
        pair = pair_rules(x, y)
        for j in range(len(pair)):
            results[i, j] = pair[j]
        single = single_rules(x)
        for j in range(len(single)):
            results[i, len(pair) + j] = single[j]
        answer = answers(x, y)
        for j in range(len(answer)):
            found[i, j] = answer[j]


@njit
def _store(dual, row: NDArray[Any]) -> None:  # type: ignore[no-untyped-def]
    row[0] = value_of(dual)
    store_tangents(row, 1, tangent_of(dual))


@njit(inline=False)
def _run_pairs(pairs: NDArray[Any], results: NDArray[Any], found: NDArray[Any], like: tuple[float, ...]) -> None:
    for i in range(len(pairs)):
        x, y = load_dual(pairs[i], 0, like), load_dual(pairs[i], 1, like)
        pair = (*pair_rules(x, y), *pair_rules(x, float(y)), *pair_rules(float(x), y))
        for j in range(len(pair)):
            _store(pair[j], results[i, j])
        both, left, right = answers(x, y), answers(x, float(y)), answers(float(x), y)
        for j in range(len(both)):
            found[i, 0, j] = both[j]
            found[i, 1, j] = left[j]
            found[i, 2, j] = right[j]


@njit(inline=False)
def _run_singles(pairs: NDArray[Any], results: NDArray[Any], like: tuple[float, ...]) -> None:
    for i in range(len(pairs)):
        single = single_rules(load_dual(pairs[i], 0, like))
        for j in range(len(single)):
            _store(single[j], results[i, j])


def run_floats(points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Results of all rules for pairs of floats, in the order of `RULES`, and the answers to `TESTS`."""
    results = np.full((len(points), N_PAIR + N_SINGLE), np.nan)
    found = np.zeros((len(points), len(TESTS)), dtype=bool)
    _run_floats(points, results, found)
    return results[:, [*range(N_PAIR)] * 3 + [*range(N_PAIR, N_PAIR + N_SINGLE)]], found


def run_duals(points: NDArray[Any], tangents: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Results of the rules for pairs of dual numbers, and the answers to `TESTS`.

    Parameters
    ----------
    points : array, shape (n, 2)
    tangents : array, shape (n, 2, lanes)

    Returns
    -------
    results : array, shape (n, rules, 1 + lanes)
        Values and tangents in the order of `RULES`, without those of one number for most numbers of lanes.
    found : array, shape (n, 3, tests)
        For two dual numbers, for one and a float, for a float and one.
    """
    lanes = tangents.shape[-1]
    pairs = np.concatenate([points[:, :, None], tangents], axis=2)
    results = np.full((len(points), len(RULES) if lanes in LANES_OF_SINGLES else 3 * N_PAIR, 1 + lanes), np.nan)
    found = np.zeros((len(points), 3, len(TESTS)), dtype=bool)
    like = (0.0,) * lanes
    _run_pairs(pairs, results, found, like)
    if lanes in LANES_OF_SINGLES:
        _run_singles(pairs, results[:, 3 * N_PAIR :], like)
    return results, found


def sample_points() -> list[tuple[float, float]]:
    """Seeded points of all magnitudes, and every pair of odd ones."""
    rng = np.random.default_rng(4)
    points = []
    for size in (1.0, 3.0, 10.0, 300.0):
        sizes = 10.0 ** rng.uniform(-size, size, (25, 2))
        points += list(map(tuple, sizes * rng.choice([1.0, 1.0, 1.0, -1.0], (25, 2))))
    near_one = 1.0 + rng.uniform(-1e-6, 1e-6, (10, 2))
    steep = np.column_stack([10.0 ** rng.uniform(-300, 300, 20), rng.uniform(-1.1, 1.1, 20)])
    exponentials = np.column_stack([rng.uniform(-745.0, 709.0, 20), rng.uniform(-3.0, 3.0, 20)])
    points += [tuple(row) for row in (*near_one, *steep, *exponentials)]
    odd = (1.0, -1.0, 0.5, -2.0, 3.0, 1e-320, 3e-309, 1e-300, -1e-300, 1e-17, 1e300, -1e300, 1.5e308)
    return points + list(itertools.product(odd, odd)) + [(1e200, 1.6), (1e-200, 1.62), (1e-320, 0.03), (0.3, 1e-18)]


def sample_tangents(points: np.ndarray, lanes: int) -> np.ndarray:
    """Tangents of points, of their own magnitude and of order 1, with lanes that have none; shape (n, 2, lanes)."""
    rng = np.random.default_rng(lanes)
    tangents = rng.uniform(-1.0, 1.0, (*points.shape, lanes))
    tangents[:, :, ::2] *= 0.001 * points[:, :, None]
    which = (np.arange(lanes) + lanes // 2) % 8
    tangents[:, 0, (which == 3) | (which == 1)] = 0.0
    tangents[:, 1, (which == 2) | (which == 1)] = 0.0
    return tangents
