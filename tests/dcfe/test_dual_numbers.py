"""Values of dual numbers against those of floats, their lanes, and their tangents at kinks and poles."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hydro_physics import jit
from tests.dcfe.dual_kernels import (
    LANES,
    N_PAIR,
    RULES,
    SINGLE_RULES,
    run_duals,
    run_floats,
    sample_points,
    sample_tangents,
    single_rules,
)

pytestmark = pytest.mark.skipif(not jit.JIT_ENABLED, reason="dual numbers are a type of compiled code")

LARGEST = np.finfo(np.float64).max


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Equal bit for bit, or both NaN."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    return (a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.array(sample_points())


@pytest.mark.parametrize("lanes", LANES)
def test_values_and_answers_are_those_of_floats(lanes: int, points: np.ndarray) -> None:
    """Bit for bit, signs of zeros included, whatever the tangents; infinities and NaN too."""
    odd = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -3.0, np.inf, -np.inf, np.nan, 1e-320, LARGEST, -LARGEST)
    points = np.array([*points, *itertools.product(odd, odd)])
    results, found = run_duals(points, sample_tangents(np.nan_to_num(points), lanes))
    expected, answers = run_floats(points)
    same = _same(results[:, :, 0], expected[:, : results.shape[1]])
    assert same.all(), [(RULES[j], *points[i]) for i, j in np.argwhere(~same)[:5]]
    assert (found == answers[:, None, :]).all()
    assert answers.any(axis=0).all()
    assert not answers.all(axis=0).any()


def test_lanes_know_nothing_of_each_other(points: np.ndarray) -> None:
    tangents = sample_tangents(points, 8)
    results, _ = run_duals(points, tangents)
    turned, _ = run_duals(points, np.ascontiguousarray(tangents[:, :, ::-1]))
    assert _same(turned[:, :, :0:-1], results[:, :, 1:]).all()
    tangents[:, :, 5] = np.nan
    spoiled, _ = run_duals(points, tangents)
    others = [0, 1, 2, 3, 4, 5, 7, 8]
    assert _same(spoiled[:, :, others], results[:, :, others]).all()
    for rule in (
        "x + y",
        "x - y",
        "x * y",
        "x / y",
        "x**y",
        "exp(x)",
        "expm1(x)",
        "log(x)",
        "log1p(x)",
        "sqrt(x)",
        "-x",
    ):
        assert np.isnan(spoiled[:, RULES.index(rule), 6]).all(), f"{rule} hides a NaN"


INF, NAN = np.inf, np.nan
CORNERS = [
    # rule, x, y, slope to x, slope to y
    ("x**y", 0.0, 0.3, INF, 0.0),
    ("x**y", 0.0, 1.0, 1.0, 0.0),
    ("x**y", -0.0, 1.0, 1.0, 0.0),
    ("x**y", 0.0, 1.5, 0.0, 0.0),
    ("x**y", 0.0, 2.0, 0.0, 0.0),
    ("x**y", 0.0, 0.0, 0.0, -INF),
    ("x**y", 0.0, -1.0, -INF, -INF),
    ("x**y", 1e200, 2.0, 2e200, INF),
    ("x**y", -2.0, 2.0, -4.0, NAN),
    ("x**y", -2.0, 3.0, 12.0, NAN),
    ("x**y", -2.0, 0.0, 0.0, NAN),
    ("x**y", INF, -1.0, 0.0, 0.0),
    ("x**y", 5.0, 0.0, 0.0, np.log(5.0)),
    ("x / y", 0.0, 4.0, 0.25, 0.0),
    ("x / y", 0.0, -1e-310, -INF, 0.0),
    ("x / y", 3.0, INF, 0.0, 0.0),
    ("x * y", 0.0, 7.0, 7.0, 0.0),
    ("x * y", 0.0, 0.0, 0.0, 0.0),
    ("min(x, y)", 2.0, 2.0, 1.0, 0.0),
    ("max(x, y)", 2.0, 2.0, 1.0, 0.0),
    ("min(x, y)", 0.0, -0.0, 1.0, 0.0),
    ("max(x, y)", -0.0, 0.0, 1.0, 0.0),
    ("min(x, y)", -INF, 1.0, 1.0, 0.0),
    ("max(x, y)", 1.0, INF, 0.0, 1.0),
    ("min(x, y)", NAN, 1.0, 1.0, 0.0),
    ("max(x, y)", 1.0, NAN, 1.0, 0.0),
    ("min(x, 1)", 1.0, 0.0, 1.0, None),
    ("min(1, x)", 1.0, 0.0, 0.0, None),
    ("max(x, 1)", 1.0, 0.0, 1.0, None),
    ("max(1, x)", 1.0, 0.0, 0.0, None),
    ("abs(x)", 0.0, 0.0, 1.0, None),
    ("abs(x)", -0.0, 0.0, 1.0, None),
    ("fabs(x)", 0.0, 0.0, 1.0, None),
    ("sqrt(x)", 0.0, 0.0, INF, None),
    ("sqrt(x)", INF, 0.0, 0.0, None),
    ("log(x)", 0.0, 0.0, INF, None),
    ("log(x)", INF, 0.0, 0.0, None),
    ("log1p(x)", -1.0, 0.0, INF, None),
    ("log1p(x)", 0.0, 0.0, 1.0, None),
    ("expm1(x)", 0.0, 0.0, 1.0, None),
    ("expm1(x)", -INF, 0.0, 0.0, None),
    ("exp(x)", -800.0, 0.0, 0.0, None),
    ("x**0", 0.0, 0.0, 0.0, None),
    ("x**0.0", 0.0, 0.0, 0.0, None),
    ("x**1", 0.0, 0.0, 1.0, None),
    ("x**1.0", 0.0, 0.0, 1.0, None),
    ("x**2", 0.0, 0.0, 0.0, None),
    ("x**2.0", 0.0, 0.0, 0.0, None),
    ("x**0.5", 0.0, 0.0, INF, None),
    ("x**-0.7", 0.0, 0.0, -INF, None),
]


@pytest.mark.parametrize(("rule", "x", "y", "to_x", "to_y"), CORNERS)
def test_corners(rule: str, x: float, y: float, to_x: float, to_y: float | None) -> None:
    """Where a slope is infinite, one-sided or a matter of convention; lanes without a tangent get none, ever."""
    seeds = np.eye(2, 8)[None]
    results, _ = run_duals(np.array([[x, y]]), seeds)
    for place in [place for place, name in enumerate(RULES) if name == rule]:
        kind = place // N_PAIR
        expected = [0.0 if kind == 2 else to_x, 0.0 if kind == 1 or to_y is None else to_y, *[0.0] * 6]
        np.testing.assert_array_equal(results[0, place, 1:], expected, err_msg=f"{rule} at {x}, {y}: variant {kind}")


@pytest.mark.parametrize("x", [0.0, -1.0, 1.0, 1e-320, 1e300, -1e300, np.inf, -np.inf])
@pytest.mark.parametrize("y", [0.0, 0.03, 1.0, -2.0, 1e-310, 1e300, np.inf])
def test_lanes_without_tangent_get_none(x: float, y: float) -> None:
    """However steep the function is there, as long as it has a value."""
    results, _ = run_duals(np.array([[x, y]]), np.eye(2, 8)[None])
    finite = np.isfinite(results[0, :, 0])
    np.testing.assert_array_equal(results[0, finite, 3:], 0.0)


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(x=NUMBERS)
@example(x=0.0)
@example(x=-0.0)
def test_floats_are_computed_as_before(x: float) -> None:
    """Beside dual numbers, compiled floats stay floats and give what the interpreter gives."""
    compiled = single_rules(x)
    plain = dict(zip(SINGLE_RULES, compiled, strict=True))
    assert all(type(result) is float for result in compiled)
    for rule, code in {
        "-x": lambda: -x,
        "abs(x)": lambda: abs(x),
        "3 - x": lambda: 3 - x,
        "x / 3": lambda: x / 3,
        "min(1, x)": lambda: min(1.0, x),
        "max(x, 1)": lambda: max(x, 1),
        "min(x, 1)": lambda: min(x, 1),
        "max(1, x)": lambda: max(1.0, x),
    }.items():
        assert _same(np.array([plain[rule]]), np.array([code()], dtype=np.float64)).all(), rule
