"""The signed-rank test, its pseudomedian, and the interval of the median."""

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("scipy")

from scipy import stats

from basin_study.paired import GROUPS, LEAST, median_interval
from basin_study.signed_ranks import imbalance_p, least_pairs, pseudomedian, rank_lean, signed_rank, smallest_p


@pytest.mark.parametrize("n", [1, 3, 6, 7, 20, 50])
def test_without_ties_it_is_the_exact_test_of_scipy(n):
    values = np.random.default_rng(n).normal(0.3, 1.0, n)
    assert signed_rank(values) == pytest.approx(stats.wilcoxon(values, method="exact").pvalue, rel=1e-12)


@pytest.mark.parametrize("values", [[0.5] * 6, [0.0, 0.0, 1.0, 1.0, -1.0, 2.0, 3.0, 3.0], [1.0, -1.0, 2.0, 2.0, 2.0]])
def test_with_ties_and_zeros_it_counts_all_choices_of_signs(values):
    values = np.array(values)
    ranks = stats.rankdata(np.abs(values))[values != 0.0]
    own = abs((np.sign(values[values != 0.0]) * ranks).sum())
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=ranks.size)))
    assert signed_rank(values) == pytest.approx((np.abs(signs @ ranks) >= own).mean(), rel=1e-12)


def test_many_differences_have_the_normal_approximation():
    values = np.random.default_rng(1).normal(0.1, 1.0, 51)
    assert signed_rank(values) == stats.wilcoxon(values, method="approx").pvalue
    assert signed_rank(values) == pytest.approx(stats.wilcoxon(values, method="exact").pvalue, rel=0.05)
    # many zeros and few others are few
    assert signed_rank(np.r_[np.zeros(100), np.ones(5)]) == 2.0 / 2**5


@pytest.mark.parametrize("n", [8, 60])
def test_simulated_studies_have_the_p_value_of_the_test(n):
    values = np.random.default_rng(n).normal(0.2, 1.0, n)
    ranks = stats.rankdata(np.abs(values))
    imbalance = np.array([abs(int((np.sign(values) * ranks).sum()))])
    assert imbalance_p(imbalance, n)[0] == pytest.approx(signed_rank(values), rel=1e-9)


def test_the_fewest_pairs_follow_from_the_rule():
    assert (least_pairs(1), least_pairs(2), LEAST) == (6, 7, least_pairs(GROUPS)) == (6, 7, 7)
    for n in (5, 6, 7, 8):
        assert signed_rank(np.arange(1.0, n + 1.0)) == smallest_p(n)
        assert (GROUPS * smallest_p(n) < 0.05) == (n >= LEAST)
    assert smallest_p(6, 3) == 0.09375


def test_the_pseudomedian_is_on_the_side_of_the_rank_sum():
    rng = np.random.default_rng(0)
    for _ in range(300):
        values = np.round(rng.standard_cauchy(rng.integers(1, 30)), rng.integers(0, 4))
        lean, location = rank_lean(values), pseudomedian(values)
        assert lean * location >= 0.0
        assert -1.0 <= lean <= 1.0
        assert lean == -rank_lean(-values)
    assert rank_lean(np.zeros(3)) == 0.0


@pytest.mark.parametrize("n", [6, 8, 15, 30])
@pytest.mark.parametrize("draw", ["normal", "exponential", "standard_cauchy"])
def test_the_interval_of_the_median_covers_it_as_often_as_it_says(n, draw):
    rng, runs = np.random.default_rng([n, len(draw)]), 4000
    truth = math.log(2.0) if draw == "exponential" else 0.0
    found = [median_interval(sample) for sample in getattr(rng, draw)(size=(runs, n))]
    coverage = found[0][2]
    covered = np.mean([low <= truth <= high for low, high, _ in found])
    assert coverage >= 0.95
    # four standard errors
    assert abs(covered - coverage) < 4.0 * math.sqrt(coverage * (1.0 - coverage) / runs) + 1e-3


def test_five_values_have_no_interval_and_six_have_their_range():
    assert all(math.isnan(x) for x in median_interval(np.arange(5.0)))
    assert median_interval(np.arange(6.0)) == (0.0, 5.0, 1.0 - 2.0 / 2**6)
    # the next pair of order statistics would cover less than 95 %
    for n in range(6, 80):
        low, _, coverage = median_interval(np.arange(float(n)))
        assert coverage == pytest.approx(1.0 - 2.0 * stats.binom.cdf(low, n, 0.5))
        assert 1.0 - 2.0 * stats.binom.cdf(low + 1, n, 0.5) < 0.95
