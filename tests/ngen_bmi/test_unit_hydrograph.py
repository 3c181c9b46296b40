"""Ordinates of unit hydrographs: scaled to a sum of 1 once, and then left as they are."""

import numpy as np
import pytest

from ngen_bmi.unit_hydrograph import scaled_ordinates


def test_printed_ordinates_are_scaled_to_a_sum_of_1():
    problems: list[str] = []
    assert scaled_ordinates((0.5, 0.25, 0.2495), problems) == pytest.approx(
        (0.5 / 0.9995, 0.25 / 0.9995, 0.2495 / 0.9995)
    )
    assert not problems


def test_scaled_ordinates_do_not_change_when_they_are_read_again():
    rng = np.random.default_rng(0)
    again = 0
    for _ in range(2000):
        raw = rng.random(int(rng.integers(1, 40)))
        once = scaled_ordinates(tuple(np.round(raw / raw.sum(), 6).tolist()), [])
        assert scaled_ordinates(once, []) == once
        # scaling those whose sum is not quite 1 would have changed them
        again += sum(once) != 1.0
    assert again > 100


def test_ordinates_that_lose_water_are_a_problem():
    problems: list[str] = []
    assert scaled_ordinates((0.5, 0.4), problems) == (1.0,)
    assert "they sum to 0.9" in problems[0]
