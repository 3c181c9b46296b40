"""Daily CAMELS: published files as hours, and what is refused."""

import logging

import numpy as np
import pytest

pytest.importorskip("xarray")
pytest.importorskip("pyet")

from basin_study.camels_daily_files import read_daily_flow, read_daily_forcing
from basin_study.dataset import DataError, Period, check_dataset
from basin_study.priestley_taylor import priestley_taylor
from basin_study.sources import BasinSource, open_source, read_many
from tests.basin_study.daily_files import HEADER, daily_folder, write_flow, write_forcing
from tests.paths import shared

GAUGE = "01013500"


def test_days_become_hours_with_the_same_water(tmp_path):
    source = open_source("camels_daily", daily_folder(tmp_path))
    assert isinstance(source, BasinSource)
    assert source.basins() == (GAUGE, "05291000")
    data = source.read(GAUGE)
    check_dataset(data)
    weather = read_daily_forcing(next(tmp_path.rglob(f"{GAUGE}_lump*")))
    rain = data["precipitation"].values[0].reshape(-1, 24)
    np.testing.assert_allclose(rain.sum(axis=1), weather.precipitation, rtol=1e-14)
    assert rain[:, :14].max() == rain[:, 20:].max() == 0.0 < rain[:, 14:20].max()
    pet = data["potential_evapotranspiration"].values[0].reshape(-1, 24)
    assert (pet[:, 0] == 0.0).all()
    assert (pet.sum(axis=1) > 0.0).any()
    assert data.attrs["observation_hours"] == 24
    assert data.attrs["time_zone"] == "local standard time"
    assert data["time"].values[0] == np.datetime64("1999-12-20")


def test_flow_is_depth_over_the_basin_and_missing_where_it_is(tmp_path):
    data = open_source("camels_daily", daily_folder(tmp_path)).read(GAUGE)
    flow = data["streamflow"].values[0].reshape(-1, 24)
    assert (flow[:, :1] == flow)[np.isfinite(flow[:, 0])].all()
    # the file begins two days earlier and misses its sixth day
    assert np.flatnonzero(np.isnan(flow[:, 0])).tolist() == [3]
    line = next(tmp_path.rglob(f"{GAUGE}_streamflow*")).read_text().splitlines()[2].split()
    # 1 ft3 is 0.028316846592 m3; 1e8 m2
    np.testing.assert_allclose(flow[0, 0], float(line[4]) * 0.028316846592 * 3600.0 / 1e8 * 1000.0, rtol=1e-13)
    assert data["area"].values[0] == 100.0


def test_either_the_flag_or_the_number_says_that_flow_is_missing(tmp_path):
    file = write_flow(tmp_path, GAUGE, days=12)
    rows = file.read_text().splitlines()
    rows[1] = f"{GAUGE} 1999 12 19  -999.00 A"
    rows[2] = f"{GAUGE} 1999 12 20   120.00 M"
    file.write_text("\n".join(rows) + "\n")
    flow = read_daily_flow(file, GAUGE, np.datetime64("1999-12-18") + np.arange(14))
    # the sixth day is -999 and M; the file ends after twelve
    assert np.flatnonzero(np.isnan(flow)).tolist() == [1, 2, 5, 12, 13]


def test_options_change_what_they_say(tmp_path):
    folder = daily_folder(tmp_path)
    plain = open_source("camels_daily", folder).read(GAUGE)
    other = open_source("camels_daily", folder, area="area_gages2", rain_rule="uniform", evaporation_rule="uniform")
    changed = other.read(GAUGE)
    np.testing.assert_allclose(changed["streamflow"].values * 1.1, plain["streamflow"].values, rtol=1e-12)
    for name in ("precipitation", "potential_evapotranspiration"):
        days = [data[name].values.reshape(-1, 24).sum(axis=1) for data in (plain, changed)]
        np.testing.assert_allclose(*days, rtol=1e-12)
        assert np.ptp(changed[name].values.reshape(-1, 24), axis=1).max() == 0.0
    dropped = open_source("camels_daily", folder, estimated="drop").read(GAUGE)
    assert np.isnan(dropped["streamflow"].values).sum() == np.isnan(plain["streamflow"].values).sum() + 24


def test_attributes_come_from_tables_and_headers(tmp_path):
    table = open_source("camels_daily", daily_folder(tmp_path)).attributes()
    assert table["aridity"].values.tolist() == [1.5, 1.5]
    assert table["area"].values.tolist() == [100.0, 100.0]
    assert table["longitude"].values.tolist() == [-100.25, -100.25]
    without = tmp_path / "without"
    write_forcing(without, GAUGE)
    write_flow(without, GAUGE)
    (tmp_path / "camels_attributes_v2.0").rename(tmp_path / "elsewhere")
    table = open_source("camels_daily", without).attributes()
    assert table["elevation"].values.tolist() == [250.0]
    assert np.isnan(table["aridity"].values).all()


def test_periods_and_gauges_that_are_not_there(tmp_path):
    source = open_source("camels_daily", daily_folder(tmp_path))
    assert source.read(GAUGE, Period("2000-01-01", "2000-01-03")).sizes["time"] == 48
    with pytest.raises(DataError, match="period 1989-10-01 to 2000-01-01 is not covered; the data have 1999-12-20"):
        source.read(GAUGE, Period("1989-10-01", "2000-01-01"))
    with pytest.raises(DataError, match="no basin '1013500' among 2 .*; did you mean 01013500"):
        source.read("1013500")
    both = read_many(source, period=Period("2000-01-01", "2000-01-03"))
    assert dict(both.sizes) == {"basin": 2, "time": 48}
    check_dataset(both)
    with pytest.raises(DataError, match="no basin 'x'"):
        read_many(source, ["x", GAUGE])


def test_no_observation_at_all_is_logged_and_counted(tmp_path, caplog):
    file = next(daily_folder(tmp_path).rglob(f"{GAUGE}_streamflow*"))
    rows = (line.split() for line in file.read_text().splitlines())
    file.write_text("".join(f"{' '.join(row[:4])}  -999.00 M\n" for row in rows))
    with caplog.at_level(logging.WARNING):
        data = open_source("camels_daily", tmp_path).read(GAUGE)
    assert data.attrs["observed_share"] == 0.0
    assert f"basin {GAUGE} has no observed streamflow from 1999-12-20T00 to 2000-01-28T23" in caplog.text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("PRCP(mm/day)", "PRCP(m/day)", "line 4: 1 problems\n  - prcp is in m/day; expected mm/day: convert"),
        ("\tVp(Pa)", "", "no column vp"),
        ("1999 12 22", "1999 12 21", "1999-12-21 is there twice"),
        ("1999 12 22", "1999 12 32", "expected year, month, day, hour and numbers"),
        (" 100000000", " 0", "the area is 0 m2"),
        ("  44.50\n", "", "expected a line each with latitude, elevation in m, area in m2"),
    ],
)
def test_forcing_that_cannot_be_used_is_refused(tmp_path, old, new, message):
    file = write_forcing(tmp_path, GAUGE)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(DataError) as error:
        read_daily_forcing(file)
    assert str(file) in str(error.value)
    assert message in str(error.value)


def test_missing_forcing_values_are_refused_with_their_day(tmp_path):
    file = write_forcing(tmp_path, GAUGE)
    lines = file.read_text().splitlines(keepends=True)
    cells = lines[6].split("\t")
    lines[6] = "\t".join([cells[0], cells[1], "-999.00", *cells[3:]])
    file.write_text("".join(lines))
    with pytest.raises(DataError, match=r"prcp on 1999-12-22 is -999 \(1 such days\); expected 0 to 5000 mm/day"):
        read_daily_forcing(file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1999 12 20", "1999 12 19", "1999-12-19 is there twice"),
        (f"{GAUGE} 1999 12 20", "02013500 1999 12 20", "line 3: .*expected 01013500 YEAR MONTH DAY FLOW FLAG"),
        ("1999 12 20", "1999 12", "line 3|in every row"),
    ],
)
def test_flow_that_cannot_be_used_is_refused(tmp_path, old, new, message):
    file = write_flow(tmp_path, GAUGE)
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        read_daily_flow(file, GAUGE, np.array(["1999-12-20"], dtype="datetime64[D]"))


def test_folders_and_options_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="Nothing is downloaded: get the CAMELS time series"):
        open_source("camels_daily", tmp_path / "nowhere")
    with pytest.raises(DataError, match="no option 'forcings'; did you mean forcing"):
        open_source("camels_daily", tmp_path, forcings="nldas")
    with pytest.raises(DataError, match="no path; expected a folder"):
        open_source("camels_daily")
    with pytest.raises(DataError, match="forcing is 'era5'; expected one of nldas, daymet, maurer"):
        open_source("camels_daily", tmp_path, forcing="era5")
    with pytest.raises(DataError, match="a storm of 30 h"):
        open_source("camels_daily", tmp_path, storm_hours=30)
    write_forcing(tmp_path, GAUGE, header=HEADER)
    with pytest.raises(DataError, match="usgs_streamflow: not there"):
        open_source("camels_daily", tmp_path).basins()


def test_radiation_is_a_mean_over_daylight():
    days = np.array(["2000-06-21", "2000-06-22"], dtype="datetime64[D]")
    one = np.ones(2)
    # half the daylight with twice the mean is the same day
    a = priestley_taylor(days, 15 * one, 15 * one, 1200 * one, 300 * one, 50000 * one, 300.0, 40.0)
    b = priestley_taylor(days, 15 * one, 15 * one, 1200 * one, 600 * one, 25000 * one, 300.0, 40.0)
    np.testing.assert_allclose(a, b, rtol=1e-14)
    np.testing.assert_allclose(a[0], fao_56(15.0, 1.2, 15.0, 300.0, 40.0, 173), rtol=0.01)


def fao_56(celsius, vapour, radiation, elevation, latitude, day):
    """Priestley-Taylor with the radiation of Allen et al. 1998, chapter 3, written out: kPa, MJ m-2 d-1, mm d-1."""
    phi, turn = np.deg2rad(latitude), 2.0 * np.pi * day / 365.0
    declination = 0.409 * np.sin(turn - 1.39)
    sunset = np.arccos(-np.tan(phi) * np.tan(declination))
    geometry = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    extraterrestrial = 24.0 * 60.0 / np.pi * 0.0820 * (1.0 + 0.033 * np.cos(turn)) * geometry
    clear = (0.75 + 2e-5 * elevation) * extraterrestrial
    long_wave = 4.903e-9 * (celsius + 273.16) ** 4 * (0.34 - 0.14 * np.sqrt(vapour))
    net = 0.77 * radiation - long_wave * (1.35 * radiation / clear - 0.35)
    slope = 4098.0 * 0.6108 * np.exp(17.27 * celsius / (celsius + 237.3)) / (celsius + 237.3) ** 2
    gamma = 0.665e-3 * 101.3 * ((293.0 - 0.0065 * elevation) / 293.0) ** 5.26
    return 1.26 * slope / (slope + gamma) * net / (2.501 - 2.361e-3 * celsius)


def test_real_basins_have_the_published_flow_and_evaporation():
    folder = shared("data", "camels_daily_sample")
    source = open_source("camels_daily", folder, attributes=shared("data", "camels_attributes_v2.0"))
    assert len(source.basins()) == 16
    for gauge in ("01333000", "05291000", "12010000"):
        data = source.read(gauge, Period("1993-10-01", "2009-10-01"))
        flow = 24.0 * np.nanmean(data["streamflow"].values)
        # the published mean is over 1989 to 2009
        assert abs(flow / data["q_mean"].values[0] - 1.0) < 0.15
        pet = 24.0 * data["potential_evapotranspiration"].values.mean()
        assert abs(pet / data["pet_mean"].values[0] - 1.0) < 0.12
    assert source.read("06221400", Period("1993-10-01", "2009-10-01")).attrs["observed_share"] < 0.6
