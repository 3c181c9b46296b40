"""Tangents of dual numbers against derivatives with 50 digits, over all magnitudes of floats."""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from hydro_physics import jit
from tests.dcfe.dual_kernels import (
    LANES,
    N_PAIR,
    PAIR_RULES,
    RULES,
    SINGLE_RULES,
    run_duals,
    sample_points,
    sample_tangents,
)

pytestmark = pytest.mark.skipif(not jit.JIT_ENABLED, reason="dual numbers are a type of compiled code")


def _sign(x: mpf) -> int:
    return -1 if x < 0 else 1


DERIVATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "x + y": (lambda x, y: 1, lambda x, y: 1),
    "x - y": (lambda x, y: 1, lambda x, y: -1),
    "x * y": (lambda x, y: y, lambda x, y: x),
    "x / y": (lambda x, y: 1 / y, lambda x, y: -x / y**2),
    "x**y": (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mpmath.log(x)),
    "min(x, y)": (lambda x, y: x <= y, lambda x, y: x > y),
    "max(x, y)": (lambda x, y: x >= y, lambda x, y: x < y),
    "-x": (lambda x: -1,),
    "+x": (lambda x: 1,),
    "abs(x)": (_sign,),
    "fabs(x)": (_sign,),
    "exp(x)": (mpmath.exp,),
    "expm1(x)": (mpmath.exp,),
    "log(x)": (lambda x: 1 / x,),
    "log1p(x)": (lambda x: 1 / (1 + x),),
    "sqrt(x)": (lambda x: 1 / (2 * mpmath.sqrt(x)),),
    "x + 3": (lambda x: 1,),
    "3 - x": (lambda x: -1,),
    "x - 3": (lambda x: 1,),
    "3 * x": (lambda x: 3,),
    "x / 3": (lambda x: mpf(1) / 3,),
    "3 / x": (lambda x: -3 / x**2,),
    "min(x, 1)": (lambda x: x <= 1,),
    "min(1, x)": (lambda x: x < 1,),
    "max(x, 1)": (lambda x: x >= 1,),
    "max(1, x)": (lambda x: x > 1,),
    "x**0": (lambda x: 0,),
    "x**1": (lambda x: 1,),
    "x**2": (lambda x: 2 * x,),
    "x**-3.0": (lambda x: -3 * x**-4,),
    "x**0.0": (lambda x: 0,),
    "x**1.0": (lambda x: 1,),
    "x**2.0": (lambda x: 2 * x,),
    "x**0.5": (lambda x: mpf(0.5) * x ** mpf(-0.5),),
    "x**-0.7": (lambda x: mpf(-0.7) * x ** (mpf(-0.7) - 1),),
    "2**x": (lambda x: mpf(2) ** x * mpmath.log(2),),
    "2.5**x": (lambda x: mpf(2.5) ** x * mpmath.log(2.5),),
    "changed in place": (lambda x: 4 * x * (x**2 + 0.25) / 9,),
}
"""Partial derivatives of the rules; on kinks those of the stated side: `min` and `max` take their first argument."""


class Slope(NamedTuple):
    """Slopes at many points as mantissas and exponents, and which of them exist."""

    mantissa: np.ndarray
    exponent: np.ndarray
    known: np.ndarray

    @staticmethod
    def of(slopes: tuple[mpf | None, ...]) -> "Slope":
        parts = [mpmath.frexp(slope) if slope is not None else (0.0, 0) for slope in slopes]
        exponents = np.array([np.clip(exponent, -9_000, 9_000) for _, exponent in parts], dtype=np.int64)
        return Slope(np.array([float(m) for m, _ in parts]), exponents, np.array([s is not None for s in slopes]))


def _slopes(rule: str, *point: float) -> list[mpf] | list[None]:
    """Partial derivatives with 50 digits; None where they are infinite or not real."""
    unknown = [None] * len(point)
    try:
        slopes = [derivative(*map(mpf, point)) for derivative in DERIVATIVES[rule]]
    except ZeroDivisionError:
        return unknown
    return unknown if any(isinstance(slope, mpmath.mpc) for slope in slopes) else list(map(mpf, slopes))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.array(sample_points())


@pytest.fixture(scope="module")
def slopes(points: np.ndarray) -> dict[str, list[Slope]]:
    """Partial derivatives of every rule at every point."""
    with mpmath.workdps(50):
        found = {rule: [_slopes(rule, *pair) for pair in points] for rule in PAIR_RULES}
        found |= {rule: [_slopes(rule, x) for x in points[:, 0]] for rule in SINGLE_RULES}
    return {rule: [Slope.of(column) for column in zip(*rows, strict=True)] for rule, rows in found.items()}


def _wrong(found: np.ndarray, slopes: list[Slope], moves: np.ndarray, divisor: np.ndarray | None) -> np.ndarray:
    """Which of a rule's tangents are not the sum of slopes times tangents, to 4 units in the last place of its terms.

    Mantissas and exponents are apart, since terms may leave the range of floats where their slope or sum does not.
    """
    terms, exponents = [], []
    for slope, move in zip(slopes, np.moveaxis(moves, 1, 0), strict=True):
        mantissa, exponent = np.frexp(move)
        terms.append(slope.mantissa[:, None] * mantissa)
        exponents.append(np.where(terms[-1] == 0.0, -10_000, exponent + slope.exponent[:, None]))
    top = np.maximum(np.max(exponents, axis=0), -1074)
    aligned = [np.ldexp(term, exponent - top) for term, exponent in zip(terms, exponents, strict=True)]
    size = np.sum(np.abs(aligned), axis=0)
    # what the smallest floats cannot resolve: a tangent, a power before it is multiplied, a quotient's parts
    moves = np.abs(moves)
    coarse = 4.0 + np.sum(800.0 * np.minimum(moves, 1e304), axis=1)
    if divisor is not None:
        coarse += (1.0 + np.minimum(moves[:, -1], 1.0)) / np.maximum(np.abs(divisor)[:, None], 1e-307)
    mantissa, exponent = np.frexp(coarse)
    grain = np.ldexp(mantissa, np.clip(exponent - 1074 - top, -2000, 900))
    finite = np.isfinite(found)
    mantissa, exponent = np.frexp(np.where(finite, found, 1.0))
    error = np.abs(np.ldexp(mantissa, np.clip(exponent - top, -2000, 900)) - np.sum(aligned, axis=0))
    close = finite & (error <= 4.0 * np.finfo(np.float64).eps * size + grain)
    # at the end of the range it is a matter of rounding whether a sum overflows; slopes may overflow before
    sure = (top < 1022) & np.all([slope.exponent[:, None] < 1022 for slope in slopes], axis=0)
    return np.where(top > 1026, finite, sure & ~close)


@pytest.mark.parametrize("rule", [rule for rule in DERIVATIVES if rule != "changed in place"])
def test_derivatives_belong_to_rules(rule: str) -> None:
    """The derivatives that the tests rely on are those of the rules as written, by differences with 50 digits."""
    names = ("exp", "expm1", "log", "log1p", "sqrt", "fabs")
    function = eval(f"lambda x, y=None: {rule}", {name: getattr(mpmath, name) for name in names})
    with mpmath.workdps(50):
        for point in ((mpf(0.7), mpf(1.3)), (mpf(2.6), mpf(-0.4)), (mpf(0.1), mpf(0.1) / 3)):
            for i, derivative in enumerate(DERIVATIVES[rule]):
                arguments = point[: len(DERIVATIVES[rule])]
                order = tuple(int(j == i) for j in range(len(arguments)))
                found = mpmath.diff(function, arguments, order)
                assert mpmath.almosteq(found, derivative(*arguments), rel_eps=1e-16, abs_eps=1e-30)


@pytest.mark.parametrize("lanes", LANES)
def test_tangents_are_derivatives(lanes: int, points: np.ndarray, slopes: dict[str, list[Slope]]) -> None:
    """Every rule, over all magnitudes: finite where the derivative is."""
    tangents = sample_tangents(points, lanes)
    results, _ = run_duals(points, tangents)
    problems = []
    for place, rule in enumerate(RULES[: results.shape[1]]):
        moves = tangents[:, : len(slopes[rule])].copy()
        if place // N_PAIR in (1, 2):  # a rule of pairs with one plain number
            moves[:, 2 - place // N_PAIR] = 0.0
        known = np.all([slope.known for slope in slopes[rule]], axis=0) & np.isfinite(results[:, place, 0])
        assert known.sum() > 100, f"{rule} is hardly tested"
        found = results[known, place, 1:]
        chosen = [Slope(*(part[known] for part in slope)) for slope in slopes[rule]]
        divisor = {"x / y": points[known, 1], "3 / x": points[known, 0]}.get(rule)
        for i, lane in np.argwhere(_wrong(found, chosen, moves[known], divisor)):
            problems.append((rule, place, *points[known][i], *moves[known][i, :, lane], found[i, lane]))
    assert not problems, f"{len(problems)} wrong, such as {problems[:: len(problems) // 5 + 1]}"
