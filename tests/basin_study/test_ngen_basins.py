"""ngen's forcing as a source: units, rules, and no evapotranspiration out of nothing."""

import numpy as np
import pytest

pytest.importorskip("xarray")
pytest.importorskip("netCDF4")

import netCDF4

from basin_study.dataset import DataError, Period, check_dataset
from basin_study.sources import open_source
from tests.paths import shared

HOURS = 30
RAIN = np.round(np.random.default_rng(1).gamma(0.2, 1e-3, HOURS), 8)
PET = np.round(np.random.default_rng(2).uniform(0.0, 0.3, HOURS), 5)


def write(folder, name="cat-27_2015.csv", header="time,precip_rate,TMP_2maboveground,PET(mm/h)", rain=RAIN):
    lines = [header]
    for k in range(HOURS):
        time = str(np.datetime64("2015-12-01T00:00:00") + np.timedelta64(k, "h")).replace("T", " ")
        lines.append(f"{time},{rain[k]:.8f},280.0,{PET[k]:.5f}")
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def test_columns_become_mm_per_hour(tmp_path):
    rain = RAIN.copy()
    rain[4] = -1e-4
    source = open_source("ngen", write(tmp_path, rain=rain), pet="PET")
    assert source.basins() == ("cat-27",)
    data = source.read("cat-27")
    check_dataset(data)
    np.testing.assert_allclose(data["precipitation"].values[0], 3600.0 * np.maximum(rain, 0.0), rtol=1e-12)
    np.testing.assert_allclose(data["potential_evapotranspiration"].values[0], PET, rtol=1e-12)
    assert data.attrs["negative_precipitation_set_to_zero"] == 1
    assert data.attrs["observed_share"] == 0.0
    assert source.read("cat-27", Period("2015-12-01", "2015-12-02")).sizes["time"] == 24
    assert np.isnan(source.attributes()["area"].values).all()


def test_netcdf_gives_the_same(tmp_path):
    csv = open_source("ngen", write(tmp_path), pet="PET").read("cat-27")
    with netCDF4.Dataset(str(tmp_path / "forcing.nc"), "w") as file:
        file.createDimension("catchment-id", 1)
        file.createDimension("time", HOURS)
        file.createVariable("ids", str, ("catchment-id",))[:] = np.array(["cat-27"], dtype=object)
        time = file.createVariable("Time", "f8", ("catchment-id", "time"))
        time.units = "s"
        time[:] = 1448928000 + 3600 * np.arange(HOURS)[None]
        for name, unit, values in (("precip_rate", "mm s^-1", RAIN), ("PET", "m s-1", PET / 3.6e6)):
            variable = file.createVariable(name, "f8", ("catchment-id", "time"))
            variable.units = unit
            variable[:] = values[None]
    data = open_source("ngen", tmp_path / "forcing.nc", pet="PET").read("cat-27")
    for name in ("precipitation", "potential_evapotranspiration"):
        np.testing.assert_allclose(data[name].values, csv[name].values, rtol=1e-12)
    np.testing.assert_array_equal(data["time"].values, csv["time"].values)
    with pytest.raises(DataError, match="no column 'evaporation'. AORC forcing has none"):
        open_source("ngen", tmp_path / "forcing.nc", pet="evaporation").read("cat-27")


@pytest.mark.parametrize(
    ("header", "pet", "message"),
    [
        ("time,precip_rate,T,PET(inch/h)", "PET", "PET is in 'inch/h'; expected one of mm s"),
        ("time,precip_rate,T,PET", "PET", "PET is in ''"),
        ("time,precip_rate,T,PET(mm/h)", "EVP", "no column 'EVP'. AORC forcing has none: add one. There are PET"),
        ("when,precip_rate,T,PET(mm/h)", "PET", "expected a header with a column time"),
    ],
)
def test_columns_that_cannot_be_used(tmp_path, header, pet, message):
    with pytest.raises(DataError, match=message):
        open_source("ngen", write(tmp_path, header=header), pet=pet).read("cat-27")


def test_files_that_cannot_be_used(tmp_path):
    write(tmp_path)
    text = (tmp_path / "cat-27_2015.csv").read_text()
    (tmp_path / "cat-27_2015.csv").write_text(text.replace("2015-12-01 05", "2015-12-01 04"))
    with pytest.raises(DataError, match="expected 2015-12-01 05:00:00"):
        open_source("ngen", tmp_path, pet="PET").read("cat-27")
    (tmp_path / "cat-27_2016.csv").write_text(text)
    with pytest.raises(DataError, match="cat-27_2015.csv and cat-27_2016.csv are both of cat-27"):
        open_source("ngen", tmp_path, pet="PET").basins()
    with pytest.raises(DataError, match="no file matches"):
        open_source("ngen", tmp_path, pet="PET", pattern="(x).csv").basins()
    with pytest.raises(DataError, match="has 0 groups; expected one"):
        open_source("ngen", tmp_path, pet="PET", pattern="x")
    with pytest.raises(DataError, match="data of kind ngen: no option 'pet', which it needs"):
        open_source("ngen", tmp_path)
    with pytest.raises(DataError, match="not there; data of kind ngen"):
        open_source("ngen", tmp_path / "no", pet="PET")


def test_real_catchments_have_rain_but_no_evapotranspiration():
    folder = shared("data", "ngen", "gauge_01073000")
    source = open_source("ngen", folder / "forcing", pet="PET")
    assert len(source.basins()) == 5
    with pytest.raises(DataError, match="AORC forcing has none"):
        source.read("cat-11223")
    # rain twice: what it is can be compared between the forms
    csv = open_source("ngen", folder / "forcing", pet="precip_rate").read("cat-11223")
    netcdf = open_source("ngen", folder / "forcing.nc", pet="precip_rate").read("cat-11223")
    np.testing.assert_allclose(csv["precipitation"].values, netcdf["precipitation"].values, rtol=1e-5, atol=1e-9)
    assert csv["precipitation"].values.sum() > 10.0
