"""The data screen: each sign alone makes its flag, and what is sound gets none."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.dataset import DataError, Period, make_dataset
from basin_study.screen import FLAGS, annual_coefficients, screen_basin, screen_basins
from basin_study.screen_events import find_events
from basin_study.sources import open_source, read_many
from tests.paths import shared

HOURS = 8 * 8766
TIMES = np.datetime64("1999-10-01", "s") + np.arange(HOURS) * np.timedelta64(3600, "s")


def storms(seed=1):
    rng = np.random.default_rng(seed)
    rain = np.zeros(HOURS)
    for begin in np.sort(rng.choice(HOURS - 400, 400, replace=False)):
        rain[begin : begin + 5] += rng.gamma(1.5, 3.0)
    return rain


def river(rain, share=0.3, hours=12.0, delay=0):
    """A linear reservoir that gets a share of the rain."""
    shape = np.exp(-np.arange(120) / hours)
    flow = share * np.convolve(rain, shape / shape.sum())[: rain.size]
    return np.concatenate([np.zeros(delay), flow[: flow.size - delay]]) + 0.002


def screened(rain, flow, **attrs):
    data = make_dataset(
        ["a"],
        TIMES,
        {"precipitation": rain[None], "potential_evapotranspiration": 0.1 + 0 * rain[None], "streamflow": flow[None]},
    )
    data.attrs |= attrs
    return screen_basin(data)


def test_a_sound_basin_has_no_flag():
    rain = storms()
    found = screened(rain, river(rain))
    assert found.flags == ()
    assert found.years == 8
    assert found.events > 100
    assert abs(found.runoff_ratio - (0.3 + 0.002 / rain.mean())) < 0.01
    assert found.delay == 0


def test_more_flow_than_rain_in_a_year_and_after_events():
    rain = storms()
    found = screened(rain, river(rain, share=1.4))
    assert found.flags == ("annual runoff", "event runoff")
    assert found.highest_year > 1.0
    # base flow from elsewhere makes years impossible, but no event
    assert screened(rain, river(rain) + 1.0).flags == ("annual runoff",)


def test_rain_without_response():
    rain = storms()
    elsewhere = river(storms(seed=2), share=0.05)
    flat = screened(rain, np.full(HOURS, 0.05))
    assert flat.flags == ("no response",)
    assert flat.unanswered == flat.large_events > 20
    assert screened(rain, 0.001 * elsewhere + 0.05).flags[:1] == ("no response",)


def test_a_delay_of_months():
    rain = storms() * (1.0 + np.repeat(np.random.default_rng(3).integers(0, 6, HOURS // 730 + 1), 730)[:HOURS])
    found = screened(rain, river(rain, hours=20.0, delay=3 * 730))
    assert "delay" in found.flags
    assert found.delay == 3
    assert found.delay_correlation > found.prompt_correlation + 0.3
    assert "delay" not in screened(rain, river(rain, hours=20.0, delay=24)).flags


def test_seasons_that_oppose_each_other_are_no_delay():
    turn = 2.0 * np.pi * (TIMES.astype("datetime64[M]").astype(int) % 12) / 12.0
    rain = storms() * (1.0 + 0.9 * np.cos(turn))
    # a course of the year that peaks four months after that of the rain
    flow = river(rain, share=0.2) + 0.05 * (1.0 + np.cos(turn - 2.0 * np.pi / 3.0))
    monthly = [np.bincount(TIMES.astype("datetime64[M]").astype(int) - 357, x) for x in (rain, flow)]
    raw = [np.corrcoef(monthly[0][: 90 - lag], monthly[1][lag:90])[0, 1] for lag in range(9)]
    assert int(np.argmax(raw)) >= 2
    found = screened(rain, flow)
    assert found.delay == 0
    assert "delay" not in found.flags


def test_without_observations():
    found = screened(storms(), np.full(HOURS, np.nan))
    assert found.flags == ("no observations",)
    assert found.years == found.events == 0
    assert found.delay == -1
    assert np.isnan(found.runoff_ratio)


def test_years_that_are_scarce_or_cut_do_not_count():
    rain, flow = np.full(HOURS, 0.1), np.full(HOURS, 0.05)
    flow[: 366 * 24 // 2] = np.nan
    assert annual_coefficients(TIMES, rain, flow, 0.9).tolist() == pytest.approx([0.5] * 7)
    assert annual_coefficients(TIMES[:-100], rain[:-100], np.nan_to_num(flow)[:-100], 0.9).size == 7
    assert annual_coefficients(TIMES, 0.0 * rain, flow, 0.9).tolist() == [np.inf] * 7


def test_events_with_gaps_are_not_judged_and_windows_end_at_the_next():
    rain, flow = np.zeros(400), np.full(400, 0.1)
    rain[50:55], rain[90:95], rain[200:205] = 4.0, 4.0, 4.0
    flow[90:100] += 1.0
    flow[210] = np.nan
    events = find_events(rain, flow)
    assert events.start.tolist() == [50, 90]
    # the flow after hour 90 belongs to the second
    np.testing.assert_allclose(events.coefficient, [0.0, 0.5], atol=1e-12)
    assert events.responded.tolist() == [False, True]
    assert find_events(np.zeros(50), flow[:50]).depth.size == 0


def test_daily_means_are_looked_at_in_whole_days():
    rain, flow = np.zeros(240), np.zeros(240)
    rain[110:116] = 5.0
    # the mean of the day in which it rains from 14:00 on
    flow[96:120] = 0.25
    daily = find_events(rain, flow, 24)
    np.testing.assert_allclose(daily.coefficient, [24 * 0.25 / 30.0])
    assert daily.responded.tolist() == [True]
    # taken as hourly, most of it would have been there before the rain
    base = 14 * 0.25 / 24.0
    np.testing.assert_allclose(find_events(rain, flow, 1).coefficient, [10 * (0.25 - base) / 30.0])


def test_a_period_that_begins_within_a_day_is_looked_at_from_the_next_on():
    rain = storms()
    flow = np.repeat(river(rain).reshape(-1, 24).mean(axis=1), 24)
    series = {"precipitation": rain[None], "potential_evapotranspiration": rain[None], "streamflow": flow[None]}
    data = make_dataset(["a"], TIMES, series)
    data.attrs["observation_hours"] = 24
    assert screen_basin(data.isel(time=slice(7, None))) == screen_basin(data.isel(time=slice(24, None)))
    assert screen_basin(data.isel(time=slice(24, None))) != screen_basin(data)


def test_one_basin_at_a_time():
    source = open_source("synthetic", basins=2, years=1)
    with pytest.raises(DataError, match="expected 1, found 2"):
        screen_basin(read_many(source))
    table = screen_basins(source, ["synthetic-0002"], Period("1998-10-01", "1999-04-01"))
    assert table.index.tolist() == ["synthetic-0002"]
    assert set(table.loc["synthetic-0002", "flags"].split(", ")) <= {"", *FLAGS}


def test_real_basins_with_impossible_water_balance():
    source = open_source("camels_daily", shared("data", "camels_daily_sample"))
    table = screen_basins(source, ["12010000", "03439000", "06221400"])
    assert table.loc["12010000", "flags"] == "annual runoff"
    assert table.loc["12010000", "runoff_ratio"] > 1.0
    assert table.loc["03439000", "flags"] == ""
    # snow: flow comes months after it
    assert "delay" in table.loc["06221400", "flags"]
