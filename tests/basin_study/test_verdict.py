"""The verdict never says what its numbers do not: answers against p-values, medians, shares and slopes."""

import math
import warnings

import numpy as np
import pytest

pytest.importorskip("scipy")

from basin_study import hypothesis
from basin_study.hypothesis import Side, compare_models
from basin_study.paired import LEAST, Answer

ARID, HUMID = 2.0, 0.5


def compared(arid, humid=()):  # type: ignore[no-untyped-def]
    """Comparison with given differences; aridity differs a little within the groups."""
    difference = np.r_[np.asarray(arid, dtype=float), np.asarray(humid, dtype=float)]
    aridity = np.r_[ARID + 0.01 * np.arange(len(arid)), HUMID + 0.001 * np.arange(len(humid))]
    return compare_models(difference, np.zeros(difference.size), aridity, ("ode", "classic"))


def test_gains_and_zeros_are_not_a_no():
    """22 of 40 basins have the same score, 18 gain: better in 72 %, and not worse anywhere."""
    gains = np.random.default_rng(1).uniform(0.3, 1.0, 18)
    found = compared(np.r_[np.zeros(22), gains])
    assert found.comparisons[1].p_holm < 0.001
    assert found.answer is Answer.MIXED
    assert found.verdict.startswith(
        "Whether ode does better than classic in arid basins has mixed evidence for KGE: gains outweigh losses in rank"
    )
    assert "but the median difference is 0 and ode is better in 72 %" in found.verdict


def test_small_gains_and_large_losses_are_mixed_and_so_is_arid_against_humid():
    """51 gains of 0.02 and 49 losses of 0.5: the test finds a loss, the median a gain."""
    r = np.random.default_rng(0)
    arid = np.r_[np.full(51, 0.02), np.full(49, -0.5)] + r.normal(0.0, 1e-3, 100)
    humid = np.r_[np.full(49, 0.3), np.full(51, 0.01)] + r.normal(0.0, 1e-3, 100)
    found = compared(arid, humid)
    c = found.comparisons[1]
    assert c.p_holm < 0.05 < c.improved
    assert c.lean < 0.0 < c.median
    assert found.answer is Answer.MIXED
    assert "losses outweigh gains in rank" in found.verdict
    # the median is larger in arid basins, ranks and slope are smaller
    assert found.interaction < 0.05
    assert found.comparisons[1].median > found.comparisons[2].median
    assert found.interaction_share < 0.5
    assert found.trend.slope < 0.0
    assert found.side is Side.MIXED
    assert "larger in arid than in humid basins has mixed evidence: in rank it is smaller" in found.verdict


@pytest.mark.parametrize(("sign", "words"), [(1.0, "with yes for KGE"), (-1.0, "with no for KGE: it does worse")])
def test_a_tiny_loss_hardly_matters_as_a_tiny_gain_does(sign, words):
    found = compared(sign * np.random.default_rng(0).normal(0.0005, 0.0001, 20))
    assert f"is answered {words}, though by an amount that hardly matters." in found.verdict


@pytest.mark.parametrize("differences", [[0.5] * 6, np.linspace(0.1, 0.3, 6), [0.5] * 5])
def test_six_gains_cannot_be_told_and_nothing_would_have_been_found(differences):
    for humid in ([], np.random.default_rng(0).normal(0.0, 0.1, 8)):
        found = compared(differences, humid)
        assert found.answer is Answer.CANNOT
        assert found.comparisons[1].detectable == math.inf
        arid_alone = found.verdict.split("humid")[0]
        assert "cannot be answered with these basins" in arid_alone
        assert "So few basins cannot show a difference of any size" in arid_alone
        assert "would have been found" not in arid_alone
    if len(differences) == 6:
        assert "p is 0.031 at the least, and 0.094 when corrected for 3 groups; it takes 7 basins" in found.verdict
    else:
        assert "no 95 % interval exists for so few" in found.verdict


def test_six_basins_are_answered_where_all_groups_differ():
    """After the two other groups, Holm's correction leaves the p-value as it is."""
    found = compared(np.linspace(0.1, 0.3, 6), np.linspace(0.1, 0.4, 20))
    assert found.comparisons[1].p_holm == 0.03125
    assert found.answer is Answer.YES


def test_equal_models_have_no_nan_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compared(np.zeros(15), np.zeros(15))
    assert found.answer is Answer.OPEN
    assert found.side is Side.OPEN
    assert "nan" not in found.verdict
    assert "What could have been found is not known, as half of the differences or more are the same" in found.verdict


def cases():  # type: ignore[no-untyped-def]
    """Differences of arid and humid basins: random ones of many sizes and shapes, and hard ones."""
    rng = np.random.default_rng(11)

    def drawn(n):  # type: ignore[no-untyped-def]
        location = rng.choice([0.0, 0.0, 1e-4, 0.02, 0.1, 0.5]) * rng.choice([-1.0, 1.0])
        shape = rng.integers(0, 6)
        if shape == 0:
            values = rng.normal(location, 0.1, n)
        elif shape == 1:
            values = location + 0.1 * rng.standard_cauchy(n)
        elif shape == 2:
            values = location + 0.1 * (rng.exponential(size=n) - math.log(2.0)) * rng.choice([-1.0, 1.0])
        elif shape == 3:
            values = np.round(rng.normal(location, 0.1, n), 1)
        elif shape == 4:
            values = np.where(rng.random(n) < rng.random(), 0.0, rng.normal(location, 0.1, n))
        else:
            # small differences of one side, large ones of the other
            small = rng.random(n) < rng.uniform(0.4, 0.7)
            values = np.where(small, 0.02, -0.5) * rng.choice([-1.0, 1.0]) + rng.normal(0.0, 1e-3, n)
        return np.where(rng.random(n) < 0.05, np.nan, values)

    sizes = [0, 1, 2, 5, 6, 7, 8, 15, 40, 120]
    for _ in range(800):
        yield drawn(rng.choice(sizes)), drawn(rng.choice(sizes))
    for n in sizes:
        for a, b in ((0.0, 0.0), (0.5, -0.5), (-0.5, -0.5), (1e-5, 0.0)):
            yield np.full(n, a), np.full(n, b)
            yield np.r_[np.full(n, a), np.full(n + 1, -a / 3.0)], np.r_[np.full(n, b), np.zeros(n)]


def test_no_verdict_contradicts_its_numbers(monkeypatch):
    monkeypatch.setattr(hypothesis, "detectable_shifts", lambda _, groups, __: dict.fromkeys(groups, 0.1))
    answers: dict[Answer, int] = dict.fromkeys(Answer, 0)
    sides: dict[Side, int] = dict.fromkeys(Side, 0)
    for arid, humid in cases():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = compared(arid, humid)
        for c in found.comparisons[:3]:
            agree_up = c.median > 0.0 and c.pseudomedian > 0.0 and c.improved > 0.5 and c.lean > 0.0
            agree_down = c.median < 0.0 and c.pseudomedian < 0.0 and c.improved < 0.5 and c.lean < 0.0
            significant = c.p_holm < 0.05
            assert not (c.n < 6 and significant)
            expected = {
                Answer.YES: significant and agree_up,
                Answer.NO: significant and agree_down,
                Answer.MIXED: significant and not agree_up and not agree_down,
                Answer.OPEN: not significant and c.n >= LEAST,
                Answer.CANNOT: not significant and c.n < LEAST,
            }
            assert [answer for answer, holds in expected.items() if holds] == [c.answer], c
            if significant:
                # the side of ranks is that of the pseudomedian, unless zeros and ties make that 0
                assert c.lean * c.pseudomedian >= 0.0
                assert c.lean != 0.0
            assert math.isnan(c.ci_low) == (c.n < 6)
            assert not c.ci_low > c.median
            assert not c.ci_high < c.median
        answers[found.answer] += 1
        first, second = found.comparisons[1:3]
        if found.side in (Side.LARGER, Side.SMALLER):
            sign = 1.0 if found.side is Side.LARGER else -1.0
            assert found.interaction < 0.05
            assert sign * (found.interaction_share - 0.5) > 0.0
            assert sign * (first.median - second.median) > 0.0
            assert sign * found.trend.slope > 0.0
        elif found.side is Side.MIXED:
            assert found.interaction < 0.05
        else:
            assert not found.interaction < 0.05
        sides[found.side] += 1
        assert "nan" not in found.verdict
    # every kind of answer was there, or nothing was tested
    assert min(answers.values()) >= 10, answers
    assert min(sides.values()) >= 10, sides
