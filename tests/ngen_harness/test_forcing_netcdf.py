"""NetCDF forcing, from files written here."""

import json
import sys

import numpy as np
import pytest

from ngen_harness import check
from ngen_harness.context import RunContext, to_epoch, to_text
from ngen_harness.errors import ForcingError, HarnessError, UnitConversionError
from ngen_harness.forcing import CsvForcing
from ngen_harness.forcing_netcdf import NetcdfForcing, check_netcdf_files
from ngen_harness.netcdf_file import NetcdfFile
from tests.paths import shared

from .conftest import RAIN, TEMPERATURE

pytest.importorskip("cf_units")
netCDF4 = pytest.importorskip("netCDF4", reason="NetCDF forcing needs the package netCDF4")

START = to_epoch("2015-12-01 00:00:00")
HOURS = START + 3600.0 * np.arange(4)
IDS = ("cat-1", "cat-2")
VALUES = {
    "precip_rate": [[0.001, 0.002, 0.0, 0.5], [0.004, 0.008, 0.012, 0.5]],
    "TMP_2maboveground": [[280.0, 281.5, 282.25, 1.0], [290.0, 291.0, 292.0, 1.0]],
}
ATTRIBUTES = {"precip_rate": {"units": "mm s^-1"}}


def write(path, *, ids=IDS, time=HOURS, units="s", values=VALUES, attributes=ATTRIBUTES, dtype="f8", kind="f8", **more):
    """A file like those of ngen's forcing engine."""
    time = np.asarray(time)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("catchment-id", len(ids))
        file.createDimension("time", time.shape[-1])
        file.createVariable("ids", str, ("catchment-id",))[:] = np.array(ids, dtype=object)
        stored = file.createVariable("Time", kind, ("catchment-id", "time"))
        stored[:] = np.broadcast_to(time, (len(ids), time.shape[-1]))
        if units is not None:
            stored.units = units
        stored.setncatts(more)
        for name, rows in values.items():
            options = dict(attributes.get(name, {}))
            fill = options.pop("_FillValue", None)
            variable = file.createVariable(name, dtype, ("catchment-id", "time"), fill_value=fill)
            variable.set_auto_maskandscale(False)
            variable.setncatts(options)
            variable[:] = rows
    return path


@pytest.fixture
def context(tmp_path):
    made = RunContext(START, START + 2 * 3600, tmp_path)
    yield made
    made.close()


@pytest.fixture
def load(tmp_path, context):
    def load_file(catchment_id="cat-1", **options):
        write(tmp_path / "f.nc", **options)
        return NetcdfForcing("f.nc", catchment_id, context)

    return load_file


def at(forcing, name, hour=0, units="", seconds=3600):
    return forcing.value(name, START + hour * 3600, seconds, units)


def test_values_by_catchment_and_hour(load):
    forcing = load("cat-2")
    assert [at(forcing, "precip_rate", hour) for hour in range(4)] == [0.004, 0.008, 0.012, 0.5]
    assert forcing.values(TEMPERATURE, START + 3600, 3600, "degC") == [pytest.approx(17.85)]


def test_names_units_and_aliases(load):
    forcing = load(values={**VALUES, "PET": [[1.0] * 4] * 2}, attributes={"precip_rate": {"units": "mm h-1"}})
    assert set(forcing.names) == {"precip_rate", RAIN, "TMP_2maboveground", TEMPERATURE, "PET"}
    assert at(forcing, RAIN, 1, "mm h-1") == 0.002  # the attribute counts
    assert at(forcing, TEMPERATURE, 0, "K") == 280.0  # without one, the usual unit of the name
    with pytest.raises(UnitConversionError) as caught:
        at(forcing, "PET", 0, "mm")
    assert (caught.value.value, caught.value.source, caught.value.provider) == (1.0, "", forcing.label)


@pytest.mark.parametrize(
    ("units", "kind", "scale", "origin", "more"),
    [
        ("s", "f8", 1, 0, {}),
        ("ns", "f8", 10**9, 0, {}),
        ("ns", "i8", 10**9, 0, {}),
        ("ms", "i8", 1000, 0, {}),
        ("us", "i8", 10**6, 0, {}),
        ("min", "i4", 1 / 60, 0, {}),
        ("h", "f4", 1 / 3600, 0, {}),
        ("hours since 2015-11-30 22:00:00", "i4", 1 / 3600, START - 7200, {}),
        ("s", "i4", 1, START - 3600, {"epoch_start": "11/30/2015 23:00:00"}),
        ("s", "i4", 1, START - 3600, {"epoch_start": "11/30/15 23:00:00"}),
        ("s", "f8", 1, -86400, {"epoch_start": "12/31/69 00:00:00"}),
    ],
)
def test_ways_to_write_the_time(load, units, kind, scale, origin, more):
    before = np.arange(-2, 4)
    time = (START - origin + 3600 * before) * scale
    values = {"P": np.array([before, before + 100])}
    forcing = load(
        "cat-2", time=np.rint(time) if kind[0] == "i" else time, units=units, kind=kind, values=values, **more
    )
    assert [at(forcing, "P", hour) for hour in range(3)] == [100.0, 101.0, 102.0]


def test_time_without_unit_is_in_seconds(load, caplog):
    assert at(load(units=None), "precip_rate", 1) == 0.002
    assert "f.nc: Time has no attribute 'units': taken for seconds" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "days"}, "Time.units is 'days', which ngen cannot read"),
        ({"units": "hours since 2015-12-01"}, "Time.units is 'hours since 2015-12-01'"),
        ({"units": "s since 2015-13-01 00:00:00"}, "Time.units holds no moment"),
        ({"epoch_start": "2015-12-01"}, "Time.epoch_start holds no moment"),
        ({"time": START + 1800.0 * np.arange(8), "values": {}}, "to 2015-12-01 00:30:00, a stride of 1800 s; expected"),
        ({"time": HOURS[[0, 1, 3, 2]]}, "from 2015-12-01 01:00:00 to 2015-12-01 03:00:00, a stride of 7200 s"),
        ({"time": HOURS + 0.25}, "which is no whole second"),
        ({"time": HOURS * np.nan}, r"is nan \(s\), which is no whole second"),
        ({"time": HOURS + 3600}, "begins at 2015-12-01 01:00:00, after the start of the simulation"),
        ({"time": HOURS - 7200}, "ends at 2015-12-01 01:00:00, before the end of the simulation"),
        ({"time": HOURS - 1800}, "starts at 2015-12-01 00:00:00, between two times of the file"),
        ({"ids": ("cat-1", "cat-1")}, r"ids\[0\] and ids\[1\] are both 'cat-1'"),
        ({"ids": ("cat-10", "cat-2")}, "no forcing for cat-1 .1 catchments are not in 'ids', which has cat-10, cat-2"),
        ({"values": {"RAINRATE": [[0.0] * 4] * 2, "precip_rate": [[0.0] * 4] * 2}}, "'RAINRATE' and 'precip_rate' are"),
    ],
)
def test_files_that_are_refused(load, options, message):
    with pytest.raises(ForcingError, match=message) as caught:
        load(**options)
    assert str(caught.value).startswith("f.nc: ")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: None, "the variable 'ids' is missing"),
        (lambda file: file.createVariable("ids", "i4", ("catchment-id",)), "the variable 'ids' is int32"),
        (lambda file: file.createVariable("ids", str, ("catchment-id",)), "the variable 'Time' is missing"),
        (
            lambda file: (
                file.createVariable("ids", str, ("catchment-id",)),
                file.createVariable("Time", "f8", ("time",)),
            ),
            "'Time' has the dimensions .time.; expected numbers with the dimensions .catchment-id, time.",
        ),
    ],
)
def test_layouts_that_are_refused(tmp_path, context, make, message):
    with netCDF4.Dataset(tmp_path / "f.nc", "w") as file:
        file.createDimension("catchment-id", 1)
        file.createDimension("time", 3)
        make(file)
    with pytest.raises(ForcingError, match=message):
        NetcdfForcing("f.nc", "cat-1", context)


def test_files_that_are_none(tmp_path, context):
    (tmp_path / "text.nc").write_text("time,P\n")
    with pytest.raises(ForcingError, match="text.nc: cannot read the file as NetCDF"):
        NetcdfForcing("text.nc", "cat-1", context)
    with pytest.raises(ForcingError, match="gone.nc: no such forcing file"):
        NetcdfForcing("gone.nc", "cat-1", context)


def test_variables_that_cannot_be_had(load):
    forcing = load(
        values={**VALUES, "packed": [[1, 2, 3, 4]] * 2}, attributes={"packed": {"scale_factor": 0.1, "add_offset": 5.0}}
    )
    with pytest.raises(ForcingError, match="f.nc: no forcing variable 'precip_rat' .did you mean 'precip_rate'"):
        at(forcing, "precip_rat")
    with pytest.raises(ForcingError, match="'packed' is packed .scale_factor and add_offset."):
        at(forcing, "packed")


def test_periods_that_cannot_be_had(load):
    forcing = load()
    for time, seconds in ((1800, 3600), (0, 300)):
        with pytest.raises(ForcingError, match="which is not one of the file's hours"):
            forcing.value(RAIN, START + time, seconds, "")
    for hour in (-1, 4):
        with pytest.raises(ForcingError, match="the file has it from 2015-12-01 00:00:00 to 2015-12-01 03:00:00"):
            at(forcing, RAIN, hour)


def test_times_that_differ_between_catchments(load):
    forcing = load("cat-2", time=np.stack([HOURS, HOURS + 3600]))
    with pytest.raises(ForcingError, match=r"the times of cat-2 \(Time\[1, :\]\) differ"):
        at(forcing, RAIN)


@pytest.mark.parametrize("marker", [{}, {"_FillValue": -999.0}, {"_FillValue": np.nan}, {"missing_value": -999.0}])
def test_missing_values_are_nan_with_a_warning(load, caplog, marker):
    stored = next(iter(marker.values()), netCDF4.default_fillvals["f4"])
    rows = np.array([[1.0, stored, stored, 4.0], [5.0, 6.0, 7.0, 8.0]], dtype="f4")
    forcing = load(values={"P": rows}, attributes={"P": marker}, dtype="f4")
    assert [at(forcing, "P", hour) for hour in range(4)] == pytest.approx([1.0, np.nan, np.nan, 4.0], nan_ok=True)
    assert caplog.messages == [
        "f.nc: 'P' of cat-1 is missing or not finite at 2015-12-01 01:00:00 (2 of 3 hours); the model gets it as nan"
    ]


def test_large_files_are_read_by_catchment(load, monkeypatch):
    monkeypatch.setattr("ngen_harness.netcdf_file._KEPT_BYTES", 0)
    forcing = load("cat-2")
    assert [at(forcing, RAIN, hour) for hour in range(3)] == [0.004, 0.008, 0.012]


def test_one_reader_for_all_catchments(tmp_path, context, monkeypatch):
    write(tmp_path / "f.nc")
    opened = []
    original = NetcdfFile.__init__
    monkeypatch.setattr(NetcdfFile, "__init__", lambda self, *a: (opened.append(a), original(self, *a))[1])
    check_netcdf_files([("f.nc", name) for name in IDS], context)
    assert [at(NetcdfForcing("f.nc", name, context), RAIN) for name in IDS] == [0.001, 0.004]
    assert len(opened) == 1


def test_all_catchments_without_forcing_are_named_at_once(tmp_path, context):
    write(tmp_path / "f.nc")
    wanted = [("f.nc", "cat-1"), ("f.nc", "cat-3"), ("gone.nc", "cat-2"), ("f.nc", "cat-4")]
    with pytest.raises(ForcingError) as caught:
        check_netcdf_files(wanted, context)
    first, second = str(caught.value).splitlines()
    assert first.startswith("f.nc: no forcing for cat-3, cat-4 (2 catchments")
    assert second.startswith("gone.nc: no such forcing file")


def test_a_run_is_that_with_csv(basin):
    basin.run()
    expected = {path.name: path.read_bytes() for path in (basin.folder / "out").iterdir()}
    same = {name: [rows[0], rows[0]] for name, rows in VALUES.items()}
    write(basin.folder / "f.nc", values=same)
    basin.realization["global"]["forcing"] = {"path": "./f.nc", "provider": "NetCDF"}
    basin.realization["output"]["root"] = "./again/"
    basin.run()
    assert {path.name: path.read_bytes() for path in (basin.folder / "again").iterdir()} == expected


def test_a_catchment_without_forcing_is_found_before_any_model_is_made(basin, model):
    write(basin.folder / "f.nc", ids=("cat-2", "cat-7"))
    basin.realization["global"]["forcing"] = {"path": "./f.nc", "provider": "NetCDF"}
    with pytest.raises(ForcingError, match="no forcing for cat-1"):
        basin.run()
    assert model.Tiny.instances == []
    assert basin.files() == []


def test_the_package_is_named_if_it_is_missing(tmp_path, context, monkeypatch):
    write(tmp_path / "f.nc")
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(HarnessError, match=r"needs the package netCDF4.*pip install 'ngen-arid\[harness\]'"):
        NetcdfForcing("f.nc", "cat-1", context)


def test_times_are_what_netcdf_itself_reads(tmp_path, context):
    units = "hours since 2015-11-30 22:00:00"
    write(tmp_path / "f.nc", time=np.arange(2.0, 6.0), units=units)
    with netCDF4.Dataset(tmp_path / "f.nc") as file:
        moment = netCDF4.num2date(file["Time"][0, 0], units)
    assert str(moment) == to_text(START)
    assert at(NetcdfForcing("f.nc", "cat-1", context), RAIN) == 0.001


def test_a_real_file_has_what_the_csv_files_have_in_single_precision():
    folder = shared("data", "ngen", "gauge_01073000")
    context = RunContext(START, START + 719 * 3600, folder)
    try:
        for catchment in ("cat-11410", "cat-11224"):  # the first and the last row
            single = NetcdfForcing("forcing.nc", catchment, context)
            double = CsvForcing(f"forcing/{catchment}.csv", context)
            for name in sorted(set(single.names)):
                units = double._units[name]
                ours = [at(single, name, hour, units) for hour in range(720)]
                theirs = [at(double, name, hour, units) for hour in range(720)]
                np.testing.assert_allclose(ours, theirs, rtol=6e-8, atol=0.0, err_msg=f"{catchment} {name}")
                assert len(set(ours)) > 10
    finally:
        context.close()


def test_the_check_looks_into_the_file(basin, model):
    """Nothing to say of a good one; a catchment that is missing, a gap and a broken file are found."""

    def look(**options):
        write(basin.folder / "f.nc", **options)
        found = check("realization.json", catchments="catchments.geojson")
        return {(str(finding.severity), finding.code, finding.where.catchments) for finding in found}

    basin.realization["global"]["forcing"] = {"path": "f.nc", "provider": "NetCDF"}
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    assert look() == set()
    assert look(ids=("cat-1", "cat-9")) == {("silent", "forcing-ids", ("cat-2",))}
    gap = {**VALUES, "precip_rate": [[0.001, np.nan, 0.0, 0.5], VALUES["precip_rate"][1]]}
    assert look(values=gap) == {("silent", "forcing-not-finite", ("cat-1",))}
    assert look(time=HOURS[:2], values={name: np.array(rows)[:, :2] for name, rows in VALUES.items()}) == {
        ("abort", "forcing-file", ("cat-1", "cat-2"))
    }
