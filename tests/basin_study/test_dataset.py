"""The form that data of basins have in memory, and what it refuses."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.dataset import DataError, Period, check_dataset, cut, make_dataset

TIMES = np.datetime64("2000-01-01", "s") + np.arange(48) * np.timedelta64(3600, "s")


def two_basins(**changes):  # type: ignore[no-untyped-def]
    series = {name: np.ones((2, 48)) for name in ("precipitation", "potential_evapotranspiration", "streamflow")}
    series |= changes
    return make_dataset(["01013500", "2"], TIMES, series, {"area": [1.0, 2.0]}, source="here")


def test_names_keep_their_zeros_and_units_are_there():
    data = two_basins()
    assert list(data["basin"].values) == ["01013500", "2"]
    assert data["precipitation"].attrs["units"] == "mm h-1"
    assert np.isnan(data["aridity"].values).all()
    assert data["area"].sel(basin="2") == 2.0


def test_streamflow_that_is_not_given_is_missing():
    data = make_dataset(["a"], TIMES, {n: np.ones((1, 48)) for n in ("precipitation", "potential_evapotranspiration")})
    assert np.isnan(data["streamflow"].values).all()


def test_all_problems_are_named_with_basin_and_time():
    rain, flow = np.ones((2, 48)), np.ones((2, 48))
    rain[1, 3], flow[0, 5] = np.nan, -1.0
    with pytest.raises(DataError) as error:
        two_basins(precipitation=rain, streamflow=flow)
    text = str(error.value)
    assert "here: 2 problems" in text
    assert "precipitation of basin 2 at 2000-01-01T03:00:00 is nan" in text
    assert "streamflow of basin 01013500 at 2000-01-01T05:00:00 is -1" in text


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.concatenate([TIMES[:5], TIMES[4:-1]]), "2000-01-01T04:00:00.000000000 is there twice"),
        (np.concatenate([TIMES[:5], TIMES[6:], TIMES[-1:] + np.timedelta64(3600, "s")]), "expected every hour once"),
    ],
)
def test_times_that_are_not_hourly_are_refused(times, message):
    series = {name: np.ones((1, 48)) for name in ("precipitation", "potential_evapotranspiration")}
    with pytest.raises(DataError, match=message):
        make_dataset(["a"], times, series)


def test_other_units_and_repeated_basins_are_refused():
    data = two_basins()
    data["streamflow"].attrs["units"] = "m3 s-1"
    with pytest.raises(DataError, match="streamflow is in 'm3 s-1'; expected 'mm h-1'"):
        check_dataset(data)
    series = {name: np.ones((2, 48)) for name in ("precipitation", "potential_evapotranspiration")}
    with pytest.raises(DataError, match="basin a occurs more than once"):
        make_dataset(["a", "a"], TIMES, series)
    with pytest.raises(DataError, match="no unit is known of moisture"):
        make_dataset(["a", "b"], TIMES, series | {"moisture": np.ones((2, 48))})


def test_cut_is_exact_and_says_what_there_is():
    data = two_basins(precipitation=np.arange(96.0).reshape(2, 48))
    part = cut(data, Period("2000-01-01T06", "2000-01-02"))
    assert part.sizes["time"] == 18
    assert part["precipitation"].values[0, 0] == 6.0
    with pytest.raises(DataError, match="the period 1999-12-31 to 2000-01-02 is not covered; the data have 2000-01-01"):
        cut(data, Period("1999-12-31", "2000-01-02"))


def test_periods():
    period = Period("1999-10-01", "2008-10-01")
    assert period.hours == 24 * 3288
    assert period.earlier(24).bounds[0] == np.datetime64("1999-09-30")
    with pytest.raises(DataError, match="the end is not after the start"):
        Period("2000-01-01", "2000-01-01")
    with pytest.raises(DataError, match="expected dates such as"):
        Period("01.10.1999", "2008-10-01")
