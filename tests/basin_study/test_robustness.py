"""Verdicts over subsets of the basins."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("scipy")

import pandas as pd

from basin_study.bounded import bounded
from basin_study.robustness import LITTLE_SNOW, compare, subsets_of


def scores(number: int = 20):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    rows = [
        {"basin": f"{k:02d}", "model": model, "period": period, "observed_share": 1.0}
        | {"kge": value, "nse": value, "bounded_kge": bounded(value), "bounded_nse": bounded(value)}
        for k in range(number)
        for model, value in (("a", rng.normal()), ("b", rng.normal()))
        for period in ("calibration", "test")
    ]
    return pd.DataFrame(rows)


def test_comparisons_are_of_basins_that_both_have():
    table = scores()
    table = table[~((table["basin"] == "03") & (table["model"] == "b"))]
    aridity = pd.Series(np.linspace(0.2, 3.0, 20), index=sorted(table["basin"].unique()))
    found = compare(table, aridity, [("b", "a")], seed=0)
    assert {(t.detailed, t.reference) for t in found} == {("b", "a")}
    assert [t.score for t in found] == ["bounded KGE", "bounded NSE", "KGE", "NSE"]
    assert [t.role for t in found] == ["test", *["description"] * 3]
    assert found[0].comparisons[0].n == 19
    wide = table[table["period"] == "test"].pivot(index="basin", columns="model", values="bounded_kge")
    assert found[0].comparisons[0].median == pytest.approx((wide["b"] - wide["a"]).median())
    some = compare(table, aridity, [("b", "a")], seed=0, only=["01", "02", "03"])
    assert some[0].comparisons[0].n == 2


def test_models_without_scores_are_not_compared(caplog):
    assert compare(scores(), pd.Series(dtype=float), [("c", "a")], seed=0) == []
    assert "c and a are not compared" in caplog.text


def test_subsets_leave_out_flagged_and_snowy_basins():
    basins = ["1", "2", "3", "4"]
    snow = pd.Series({"1": 0.0, "2": LITTLE_SNOW + 0.1, "3": LITTLE_SNOW, "4": np.nan})
    found = subsets_of(basins, {"1": "delay", "2": ""}, snow)
    # whether the fourth has snow is not known
    assert list(found.values()) == [["2", "3", "4"], ["1", "3"], ["3"]]
    assert subsets_of(basins, {}, pd.Series(dtype=float)) == {}
    # the same basins once
    assert list(subsets_of(["1", "3"], {"1": "delay"}, snow).values()) == [["3"]]
