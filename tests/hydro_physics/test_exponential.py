"""The exponential of all components, against mpmath, and the same bits compiled as not."""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from hydro_physics.exponential import exp, expm1
from hydro_physics.jit import JIT_ENABLED, njit

RNG = np.random.default_rng(11)
POINTS = np.concatenate(
    [
        RNG.uniform(-708.0, 709.0, 3000),
        RNG.uniform(-2.0, 2.0, 3000),
        RNG.normal(0.0, 1e-8, 300),
        # where the power of two changes
        (np.arange(-40, 41) + 0.5) * math.log(2.0),
        [0.0, -0.0, -708.0, 709.0, 5e-324],
    ]
)


def units_apart(value: float, exact: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(value) - exact) / mpmath.mpf(math.ulp(float(exact))))


@njit(inline=False)
def compiled(x: np.ndarray, result: np.ndarray) -> None:
    for i in range(x.size):
        result[0, i] = exp(x[i])
        result[1, i] = expm1(x[i])


@pytest.mark.parametrize("function", [exp, expm1])
def test_at_most_one_unit_from_the_truth(function):
    name = function.__name__
    with mpmath.workdps(60):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(x))) for x in POINTS]
    worst = max(units_apart(function(float(x)), y) for x, y in zip(POINTS, exact, strict=True))
    assert worst <= (1.0 if function is exp else 2.0)


def test_compiled_code_gives_the_same_bits():
    result = np.empty((2, POINTS.size))
    compiled(POINTS, result)
    assert result[0].tolist() == [exp(float(x)) for x in POINTS]
    assert result[1].tolist() == [expm1(float(x)) for x in POINTS]


def test_far_out_it_stays_at_its_ends_and_what_is_no_number_stays_none():
    assert exp(-1e300) == exp(-708.0) < 1e-300
    assert exp(1e300) == exp(709.0) > 1e307
    assert exp(-math.inf) == exp(-708.0)
    assert math.isnan(exp(math.nan))
    assert math.isnan(expm1(math.nan))
    assert exp(0.0) == 1.0
    assert expm1(0.0) == 0.0


@pytest.mark.skipif(not JIT_ENABLED, reason="this is the run without numba")
def test_without_numba_the_same_bits():
    points = POINTS[::40].tolist()
    code = (
        f"from hydro_physics.exponential import exp, expm1\nprint([(exp(x).hex(), expm1(x).hex()) for x in {points!r}])"
    )
    environment = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert eval(done.stdout) == [(exp(x).hex(), expm1(x).hex()) for x in points]
