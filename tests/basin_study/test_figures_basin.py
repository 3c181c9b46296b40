"""Figures of one basin show its series; gaps stay gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from basin_study.dataset import DataError
from basin_study.figures_basin import duration_curves, hydrograph, water_balance, water_balance_bars
from basin_study.figures_style import NothingToDraw, caption_of, png_of
from tests.basin_study import result_cases as cases

MODELS = ("cfe_classic", "cfe_ode")
HOURLY = cases.flows(MODELS, days=130)
SHORT = cases.flows(MODELS, days=20)
DAILY = cases.flows(MODELS, days=40, hours=24)


def drawn(axis, label):  # type: ignore[no-untyped-def]
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return np.asarray(line.get_ydata(), dtype=float)


@pytest.mark.parametrize("frame", [SHORT, DAILY], ids=["hourly", "daily"])
def test_a_short_series_is_drawn_step_by_step(frame):
    figure = hydrograph(frame, "a", MODELS)
    _, _, flow, _ = figure.axes
    for name in ("observed", *MODELS):
        np.testing.assert_array_equal(drawn(flow, name), frame[name])
    bars = np.array([bar.get_height() for bar in figure.axes[0].patches])
    np.testing.assert_array_equal(bars, frame["precipitation"])
    top, bottom = figure.axes[0].get_ylim()
    assert top > bottom
    gaps = int(frame["observed"].isna().sum())
    assert gaps > 0
    assert f"n = {len(frame)} steps" in caption_of(figure)
    assert f"{gaps} without an observation" in caption_of(figure)


def test_a_long_series_is_drawn_as_daily_means_with_its_largest_flow_hourly():
    frame = HOURLY.copy()
    frame.loc[24:36, "observed"] = np.nan  # 13 hours of the second day
    figure = hydrograph(frame, "a", MODELS)
    _, _, flow, event = figure.axes
    daily = frame["cfe_ode"].to_numpy().reshape(-1, 24).mean(axis=1)
    np.testing.assert_allclose(drawn(flow, "cfe_ode"), daily, rtol=1e-12)
    observed = drawn(flow, "observed")
    assert np.isnan(observed[1])
    assert observed[0] == pytest.approx(frame["observed"][:24].mean(), rel=1e-12)
    assert np.nanmax(drawn(event, "observed")) == frame["observed"].max()
    assert "fewer than 12 observed hours" in caption_of(figure)


def test_a_flood_that_was_not_there_does_not_hide_the_observed_flow():
    frame = SHORT.copy()
    frame.loc[100, "cfe_ode"] = 50.0 * frame["observed"].max()
    figure = hydrograph(frame, "a", MODELS)
    assert figure.axes[2].get_ylim() == (0.0, 2.5 * frame["observed"].max())
    caption = caption_of(figure)
    assert f"cut off: cfe_ode (up to {frame.loc[100, 'cfe_ode']:.2g} mm" in caption
    assert "cut off" not in caption_of(hydrograph(SHORT, "a", MODELS))


def test_series_without_observations_can_be_drawn():
    figure = hydrograph(SHORT.assign(observed=np.nan), "a")
    assert "480 without an observation" in caption_of(figure)
    assert png_of(figure)[0].startswith(b"\x89PNG")


def test_hydrographs_that_cannot_be_used_are_refused():
    with pytest.raises(DataError, match="basin a: no column observed"):
        hydrograph(SHORT.drop(columns="observed"), "a")
    with pytest.raises(DataError, match="model cfe_ode; expected cfe_classic"):
        hydrograph(SHORT, "a", ("cfe_classic",))
    with pytest.raises(NothingToDraw, match="basin a: 1 time steps"):
        hydrograph(SHORT.head(1), "a")


def test_duration_curves_are_quantiles_over_observed_steps():
    figure = duration_curves(HOURLY, "a", MODELS)
    seen = HOURLY[HOURLY["observed"].notna()]
    for name in ("observed", *MODELS):
        curve = drawn(figure.axes[0], name)
        assert curve[0] == seen[name].max()
        assert curve[250] == pytest.approx(seen[name].median(), rel=1e-12)
    assert f"n = {len(seen)} observed steps of {len(HOURLY)}" in caption_of(figure)


def test_duration_curves_count_flows_too_small_for_the_logarithm():
    frame = HOURLY.assign(cfe_ode=np.where(np.arange(len(HOURLY)) % 4 == 0, 0.0, HOURLY["cfe_ode"]))
    figure = duration_curves(frame, "a")
    share = 100.0 * np.mean(frame["cfe_ode"][frame["observed"].notna()] == 0.0)
    assert f"cfe_ode {share:.1f} %" in caption_of(figure)
    assert np.isnan(drawn(figure.axes[0], "cfe_ode")[-1])


def test_duration_curves_need_a_flow():
    with pytest.raises(NothingToDraw, match="nothing was observed"):
        duration_curves(SHORT.assign(observed=np.nan), "a")
    with pytest.raises(NothingToDraw, match="no flow"):
        duration_curves(SHORT.assign(observed=0.0, cfe_classic=0.0, cfe_ode=0.0), "a")


def test_a_water_balance_closes_and_is_per_year():
    balance = water_balance(HOURLY, "a")
    assert balance["run"].tolist() == ["observed", *MODELS]
    np.testing.assert_allclose(balance["runoff"] + balance["rest"], balance["rain"], rtol=1e-14)
    assert balance["rain"][0] == pytest.approx(HOURLY["precipitation"].sum() * 8766.0 / len(HOURLY), rel=1e-12)
    seen = HOURLY["observed"].notna()
    assert balance["runoff"][2] == pytest.approx(HOURLY["cfe_ode"][seen].mean() * 8766.0, rel=1e-12)
    with pytest.raises(NothingToDraw, match="nothing was observed"):
        water_balance(HOURLY.assign(observed=np.nan), "a")


def test_bars_are_stacked_with_losses_of_storage_on_the_left_of_zero():
    rows = {"run": ["x", "y"], "rain": [10.0, 8.0], "surface": [3.0, 2.0], "evaporation": [9.0, np.nan]}
    figure = water_balance_bars(pd.DataFrame(rows | {"storage": [-2.0, 1.0]}), "basin a")
    by_name = {patch.get_gid(): [] for patch in figure.axes[0].patches}
    for patch in figure.axes[0].patches:
        by_name[patch.get_gid()].append((patch.get_x(), patch.get_width()))
    assert by_name == {
        "surface": [(0.0, 3.0), (0.0, 2.0)],
        "evaporation": [(3.0, 9.0), (2.0, 0.0)],
        "storage": [(0.0, -2.0), (2.0, 1.0)],
    }
    assert "1 terms are unknown (NaN)" in caption_of(figure)
    with pytest.raises(DataError, match="no column rain"):
        water_balance_bars(pd.DataFrame({"run": ["x"], "surface": [1.0]}), "basin a")
