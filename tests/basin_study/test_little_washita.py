"""Little Washita: units, clocks and rules, on files in its format and on the real ones."""

import gzip

import numpy as np
import pytest

pytest.importorskip("xarray")

import pandas as pd

from basin_study.dataset import DataError, Period, check_dataset
from basin_study.sources import open_source
from tests.paths import shared

HOURS = 72


def write(folder, name, table):
    with gzip.open(folder / name, "wt") as file:
        table.to_csv(file, index=False)


def write_folder(tmp_path):
    rng = np.random.default_rng(5)
    times = pd.date_range("2006-09-19", periods=HOURS, freq="h")
    pet = np.where(np.arange(HOURS) == 3, -2e-5, 1e-4)
    rain = np.round(rng.gamma(0.1, 1e-3, HOURS), 9)
    write(tmp_path, "forcing_hourly_2006_2012.csv.gz", pd.DataFrame({"time": times, "precip_rate": rain, "PET": pet}))
    flow = pd.DataFrame({"datetime": [f"{t}+00:00" for t in times + pd.Timedelta("5h")]})
    flow["Discharge(m/h)"] = np.where(np.arange(HOURS) == 1, np.nan, 1e-6 * (1 + np.arange(HOURS)))
    write(tmp_path, "discharge_hourly_2006_2013.csv.gz", flow)
    moisture = pd.DataFrame({"time": times - pd.Timedelta("10h")})
    for k, name in enumerate(("vwc_05cm", "vwc_25cm", "vwc_45cm")):
        moisture[name] = k + np.arange(HOURS) / 1000.0
    write(tmp_path, "soil_moisture_hourly_2006_2014.csv.gz", moisture)
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path)


def test_units_clocks_and_gaps(folder):
    data = open_source("little_washita", folder).read("07327550")
    check_dataset(data)
    assert data.sizes["time"] == HOURS
    assert data.attrs["negative_pet_set_to_zero"] == 1
    pet = data["potential_evapotranspiration"].values[0]
    np.testing.assert_allclose(pet[2:5], [0.1, 0.0, 0.1], rtol=1e-12)
    flow = data["streamflow"].values[0]
    assert np.isnan(flow[[0, 4, 6]]).all()
    np.testing.assert_allclose(flow[[5, 7]], [1e-3, 3e-3], rtol=1e-12)
    # the first moisture is at 14:00 of the day before by its own clock, 20:00 UTC
    np.testing.assert_allclose(data["soil_moisture_25cm"].values[0, 0], 1.004)
    assert data["soil_moisture_5cm"].attrs["units"] == "m3 m-3"
    assert data.attrs["observation_hours"] == 1
    moved = open_source("little_washita", folder, moisture_utc_offset=0).read("07327550")
    np.testing.assert_allclose(moved["soil_moisture_25cm"].values[0, 0], 1.010)


def test_forcing_of_another_clock_moves_the_axis(folder):
    data = open_source("little_washita", folder, forcing_utc_offset=-6).read("07327550")
    assert data["time"].values[0] == np.datetime64("2006-09-19T06")
    np.testing.assert_allclose(data["streamflow"].values[0, 1], 3e-3, rtol=1e-12)


def change(folder, name, edit):
    path = folder / name
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress(("\n".join(edit(lines)) + "\n").encode()))


FORCING = "forcing_hourly_2006_2012.csv.gz"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda x: [*x[:5], x[4], *x[5:]], "time 2006-09-19T03:00:00 is there twice"),
        (lambda x: [*x[:5], *x[7:]], "time 2006-09-19T06:00:00 comes after a gap"),
        (lambda x: [x[0].replace("precip_rate", "precip_rate(mm/h)"), *x[1:]], "no column precip_rate"),
        (lambda x: [*x[:5], x[5].split(",")[0] + ",wet,0.1", *x[6:]], "line 6 .*precip_rate is 'wet'"),
        (
            lambda x: [*x[:5], x[5].split(",")[0] + ",,0.1", *x[6:]],
            "precipitation of basin 07327550 at .*04:00:00 is nan",
        ),
        (lambda x: [*x[:5], x[5].replace(":00:00", ":30:00"), *x[6:]], "is not a whole hour later"),
        (lambda x: [*x[:5], "yesterday,0.1,0.1", *x[6:]], "expected times such as"),
        (lambda x: x[:1], "no rows"),
    ],
)
def test_bad_forcing_is_refused(folder, edit, message):
    change(folder, FORCING, edit)
    with pytest.raises(DataError, match=message):
        open_source("little_washita", folder).read("07327550")


def test_gaps_in_flow_are_missing_but_hours_twice_are_refused(folder):
    name = "discharge_hourly_2006_2013.csv.gz"
    change(folder, name, lambda x: [*x[:10], *x[14:]])
    flow = open_source("little_washita", folder).read("07327550")["streamflow"].values[0]
    assert np.isnan(flow[14:18]).all()
    assert np.isfinite(flow[18])
    change(folder, name, lambda x: [*x[:9], x[8], *x[9:]])
    with pytest.raises(DataError, match="is there twice"):
        open_source("little_washita", folder).read("07327550")


def test_other_names_offsets_and_missing_files(folder):
    source = open_source("little_washita", folder)
    with pytest.raises(DataError, match="no basin '1' among 1"):
        source.read("1")
    with pytest.raises(DataError, match="moisture_utc_offset is 99"):
        open_source("little_washita", folder, moisture_utc_offset=99)
    with pytest.raises(DataError, match="example_config_cfe.json: cannot be used"):
        source.cfe_config()
    (folder / FORCING).unlink()
    with pytest.raises(DataError, match="not there; data of kind little_washita need"):
        open_source("little_washita", folder)


def test_real_files_and_the_evidence_for_their_clocks():
    folder = shared("data", "little_washita")
    source = open_source("little_washita", folder)
    data = source.read("07327550", Period("2006-10-01", "2012-09-01"))
    assert source.read("07327550").attrs["negative_pet_set_to_zero"] == 120
    rain = data["precipitation"].values[0]
    ars = pd.read_csv(folder / "ars_rain_hourly.csv.gz", parse_dates=["datetime"], index_col=0)["0"]
    ours = pd.DatetimeIndex(data["time"].values)
    # the gauges' own clock is six hours behind the forcing's, in every season
    assert np.abs(ars.reindex(ours - pd.Timedelta("6h")).to_numpy() - rain).max() < 1e-9
    changes = ours[1:][np.diff(data["potential_evapotranspiration"].values[0]) != 0.0]
    assert set(changes.hour) == {6}
    # moved like this, the top soil wets in the hours in which it rains
    wetting = pd.Series(np.diff(data["soil_moisture_5cm"].values[0], prepend=np.nan))
    lags = [pd.Series(rain).corr(wetting.shift(-lag)) for lag in range(-3, 4)]
    assert int(np.argmax(lags)) - 3 in (0, 1)
    assert max(lags[:3]) < 0.5 * max(lags)
    config = source.cfe_config()
    assert config.parameters.Cgw == 1.8e-5
    assert config.parameters.b == 4.74
    assert abs(sum(config.giuh_ordinates) - 1.0) < 1e-12
