"""The linear equation v' = n - k v: exact for all sizes of k, zero included."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from hydro_physics.linear import advance_linear, exponential_means, log1p_ratio, time_to_reach

SIZES = [
    0.0,
    *(
        s * m
        for m in (1e-300, 1e-16, 1e-8, 1e-3, 0.0099999, 0.01, 0.1, 0.1999999, 0.2, 0.5, 1.0, 5.0, 30.0)
        for s in (1, -1)
    ),
]


def exact_means(u: float) -> tuple[float, float]:
    """First and second mean with 1000 digits."""
    with localcontext() as context:
        context.prec = 1000
        x = Decimal(u)
        if x == 0:
            return 1.0, 0.5
        first = (1 - (-x).exp()) / x
        return float(first), float((1 - first) / x)


@pytest.mark.parametrize("u", SIZES)
def test_exponential_means_to_full_precision(u: float) -> None:
    first, second = exponential_means(u)
    right = exact_means(u)
    assert first == pytest.approx(right[0], rel=4e-16, abs=0.0)
    # beyond the series the second is the difference of 1 and the first, over u
    assert second == pytest.approx(right[1], rel=2e-15, abs=0.0)


def test_exponential_means_join_smoothly_where_the_series_ends() -> None:
    below, above = exponential_means(np.nextafter(0.2, 0.0)), exponential_means(0.2)
    assert below == pytest.approx(above, rel=1e-15)


@pytest.mark.parametrize("u", [1e3, 1e300, np.inf])
def test_exponential_means_of_fast_decay_vanish(u: float) -> None:
    first, second = exponential_means(u)
    assert first == 1.0 / u
    assert second == pytest.approx(1.0 / u, rel=1.1e-3, abs=0.0)


@pytest.mark.parametrize("r", [r for r in SIZES if r > -1.0] + [-0.999999, 1e10, 1e300])
def test_log1p_ratio_to_full_precision(r: float) -> None:
    with localcontext() as context:
        context.prec = 1000
        x = Decimal(r)
        right = float((1 + x).ln() / x) if r else 1.0
    assert log1p_ratio(r) == pytest.approx(right, rel=5e-16, abs=0.0)


def exact_linear(v: float, n: float, k: float, t: float) -> tuple[float, float]:
    with localcontext() as context:
        context.prec = 1000
        v_, n_, k_, t_ = map(Decimal, (v, n, k, t))
        if k_ == 0:
            return float(v_ + n_ * t_), float(v_ * t_ + n_ * t_ * t_ / 2)
        first = (1 - (-k_ * t_).exp()) / (k_ * t_)
        return float(v_ + (n_ - k_ * v_) * t_ * first), float((v_ * first + n_ * t_ * (1 - first) / (k_ * t_)) * t_)


@pytest.mark.parametrize("k", [0.0, 1e-300, 1e-12, 0.01, 0.19, 0.21, 1.0, 40.0])
def test_linear_solution_and_its_integral(k: float) -> None:
    rng = np.random.default_rng(3)
    for v, n, t in zip(rng.uniform(0.0, 1.0, 50), rng.uniform(-0.1, 0.1, 50), rng.uniform(0.01, 1.0, 50), strict=True):
        end, integral = advance_linear(v, n, k, t)
        right = exact_linear(v, n, k, t)
        assert abs(end - right[0]) <= 1e-15 * (1.0 + k)
        assert abs(integral - right[1]) <= 1e-15


@pytest.mark.parametrize("k", [0.0, 1e-300, 1e-9, 0.02, 1.0, 15.0])
@pytest.mark.parametrize("target", [0.1, 0.49999999, 0.50000001, 0.9])
def test_time_to_reach_is_when_the_solution_is_there(k: float, target: float) -> None:
    v = 0.5
    n = (3.0 if target > v else -3.0) + k * target
    duration = time_to_reach(v, target, n, k)
    assert duration > 0.0
    assert exact_linear(v, n, k, duration)[0] == pytest.approx(target, abs=4e-16)


def test_time_to_reach_keeps_its_digits_where_slopes_nearly_cancel() -> None:
    """The outflow almost balances the inflow: subtracting slopes would lose five digits."""
    v, target, n, k = 0.4, 0.40000001, 0.0400000011, 0.1
    with localcontext() as context:
        context.prec = 1000
        v_, target_, n_, k_ = map(Decimal, (v, target, n, k))
        right = float(((n_ - k_ * v_) / (n_ - k_ * target_)).ln() / k_)
    # what is left is the rounding of n - k * target itself
    assert time_to_reach(v, target, n, k) == pytest.approx(right, rel=1e-7)
