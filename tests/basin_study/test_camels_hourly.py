"""Hourly CAMELS in both forms, on files in the published layout."""

import numpy as np
import pytest

pytest.importorskip("xarray")
pytest.importorskip("netCDF4")

import pandas as pd
import xarray as xr

from basin_study.dataset import DataError, Period, check_dataset
from basin_study.sources import open_source
from tests.basin_study.daily_files import write_attributes

GAUGES = ("01022500", "05291000")
HOURS = 100
TIMES = pd.date_range("1999-10-01", periods=HOURS, freq="h")
COLUMNS = (
    "convective_fraction,longwave_radiation,potential_energy,potential_evaporation,pressure,shortwave_radiation,"
    "specific_humidity,temperature,total_precipitation,wind_u,wind_v"
).split(",")


def weather(gauge):
    rng = np.random.default_rng(int(gauge))
    table = pd.DataFrame(rng.uniform(0.0, 1.0, (HOURS, len(COLUMNS))).round(4), TIMES, COLUMNS)
    table.loc[TIMES[:3], "potential_evaporation"] = -0.0125
    return table


def river(gauge):
    flow = np.random.default_rng(int(gauge) + 1).uniform(0.01, 0.5, HOURS).round(5)
    flow[7], flow[20] = np.nan, -0.5
    return flow


def write_csv(folder):
    for place in ("nldas_hourly", "usgs_streamflow"):
        (folder / place).mkdir(parents=True)
    for gauge in GAUGES:
        weather(gauge).to_csv(folder / "nldas_hourly" / f"{gauge}_hourly_nldas.csv", index_label="date")
        flow = pd.DataFrame({"date": TIMES, "QObs(mm/h)": river(gauge), "QObs count": 4, "qualifiers": "['A']"})
        flow["utcoffset(h)"] = -5.0
        # rows of hours without flow are not always there
        flow.drop(index=[30, 31]).to_csv(folder / "usgs_streamflow" / f"{gauge}-usgs-hourly.csv", index=False)
    return folder


def write_netcdf(folder):
    data = {name: (("basin", "date"), np.array([weather(g)[name] for g in GAUGES])) for name in COLUMNS}
    flows = np.array([river(gauge) for gauge in GAUGES])
    flows[:, 30:32] = np.nan
    data["qobs_mm_per_hour"] = (("basin", "date"), flows)
    made = xr.Dataset(data, {"basin": list(GAUGES), "date": TIMES})
    made.to_netcdf(folder / "usgs-streamflow-nldas_hourly.nc")
    return made


def test_units_and_rules(tmp_path):
    source = open_source("camels_hourly", write_csv(tmp_path))
    assert source.basins() == GAUGES
    data = source.read(GAUGES[0])
    check_dataset(data)
    table = weather(GAUGES[0])
    np.testing.assert_array_equal(data["precipitation"].values[0], table["total_precipitation"])
    np.testing.assert_array_equal(
        data["potential_evapotranspiration"].values[0], np.maximum(table["potential_evaporation"], 0.0)
    )
    assert data.attrs["negative_pet_set_to_zero"] == 3
    assert data.attrs["negative_flow_set_to_missing"] == 1
    assert np.flatnonzero(np.isnan(data["streamflow"].values[0])).tolist() == [7, 20, 30, 31]
    assert data.attrs["observed_share"] == 0.96
    assert data.attrs["time_zone"] == "UTC"
    assert data.attrs["observation_hours"] == 1


def test_both_forms_have_the_same_numbers(tmp_path):
    csv = open_source("camels_hourly", write_csv(tmp_path / "a"))
    (tmp_path / "b" / "hourly").mkdir(parents=True)
    write_netcdf(tmp_path / "b" / "hourly")
    netcdf = open_source("camels_hourly", tmp_path / "b")
    assert netcdf.basins() == csv.basins()
    for gauge in GAUGES:
        a, b = csv.read(gauge), netcdf.read(gauge)
        xr.testing.assert_equal(a, b)
        assert {k: v for k, v in a.attrs.items() if k != "source"} == {
            k: v for k, v in b.attrs.items() if k != "source"
        }


def test_a_basin_of_a_shared_axis_has_its_own_hours(tmp_path):
    made = write_netcdf(tmp_path)
    made["total_precipitation"][1, :10] = np.nan
    (tmp_path / "usgs-streamflow-nldas_hourly.nc").unlink()
    made.to_netcdf(tmp_path / "usgs-streamflow-nldas_hourly.nc")
    source = open_source("camels_hourly", tmp_path)
    assert source.read(GAUGES[0]).sizes["time"] == HOURS
    assert source.read(GAUGES[1])["time"].values[0] == TIMES[10]


def test_attributes_are_those_of_the_tables(tmp_path):
    source = open_source(
        "camels_hourly", write_csv(tmp_path / "data"), attributes=write_attributes(tmp_path, [GAUGES[1]])
    )
    assert np.isnan(source.attributes()["aridity"].sel(basin=GAUGES[0]))
    assert source.attributes()["aridity"].sel(basin=GAUGES[1]) == 1.5
    assert source.read(GAUGES[1])["area"].values.tolist() == [110.0]
    assert np.isnan(source.read(GAUGES[0])["area"].values[0])


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("nldas_hourly/01022500_hourly_nldas.csv", "total_precipitation", "rain", "no column total_precipitation"),
        ("nldas_hourly/01022500_hourly_nldas.csv", "1999-10-01 05:00:00", "1999-10-01 04:00:00", "is there twice"),
        ("usgs_streamflow/01022500-usgs-hourly.csv", "QObs(mm/h)", "QObs(mm/d)", r"no column QObs\(mm/h\)"),
        ("usgs_streamflow/01022500-usgs-hourly.csv", "1999-10-01 05:00:00", "1999-10-01 03:00:00", "is out of order"),
    ],
)
def test_bad_files_are_refused(tmp_path, file, old, new, message):
    write_csv(tmp_path)
    path = tmp_path / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataError, match=message) as error:
        open_source("camels_hourly", tmp_path).read("01022500")
    assert path.name in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop_vars("qobs_mm_per_hour"), "no variable qobs_mm_per_hour; there are convective_fraction"),
        (lambda d: d.rename(date="time"), "no coordinate date"),
        (lambda d: d.isel(date=[0, 1, 1, 2]), "date 1999-10-01T01:00:00 is not an hour after"),
        (
            lambda d: d.assign(total_precipitation=d.total_precipitation.assign_attrs(units="m")),
            "is in 'm'; expected kg",
        ),
    ],
)
def test_bad_netcdf_is_refused(tmp_path, change, message):
    made = change(write_netcdf(tmp_path))
    (tmp_path / "usgs-streamflow-nldas_hourly.nc").unlink()
    made.to_netcdf(tmp_path / "usgs-streamflow-nldas_hourly.nc")
    with pytest.raises(DataError, match=message):
        open_source("camels_hourly", tmp_path).basins()


def test_what_is_not_there(tmp_path):
    with pytest.raises(DataError, match="nc: not there; data of kind camels_hourly need .*doi 10.5281/zenodo.4072701"):
        open_source("camels_hourly", tmp_path)
    with pytest.raises(DataError, match="form is 'zarr'"):
        open_source("camels_hourly", tmp_path, form="zarr")
    source = open_source("camels_hourly", write_csv(tmp_path))
    with pytest.raises(DataError, match="no basin '1022500' .* did you mean 01022500"):
        source.read("1022500")
    with pytest.raises(DataError, match="not covered"):
        source.read("01022500", Period("1999-10-01", "2008-10-01"))
