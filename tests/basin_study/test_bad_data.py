"""Data of every kind with something wrong in them: one clear message on the command line, and nothing is written."""

import gzip

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")
pytest.importorskip("netCDF4")
pytest.importorskip("pyet")

import xarray as xr

from ngen_arid.__main__ import main
from tests.basin_study import test_camels_hourly as hourly
from tests.basin_study import test_little_washita as washita
from tests.basin_study import test_ngen_basins as catchments
from tests.basin_study.daily_files import daily_folder
from tests.basin_study.study_cases import refused
from tests.basin_study.test_cfe_configs import TEXT


def data_study(folder, kind, form=""):  # type: ignore[no-untyped-def]
    """A study of one basin on a small folder in a format; the folder of its data."""
    data = folder / "data"
    data.mkdir()
    options, start, middle, end = "", "1999-10-02", "1999-10-04", "1999-10-05"
    if kind == "camels_daily":
        daily_folder(data, ("01013500",))
        basin, start, middle, end = "01013500", "1999-12-25", "2000-01-10", "2000-01-25"
    elif kind == "camels_hourly":
        basin = hourly.GAUGES[0]
        (hourly.write_netcdf if form == "netcdf" else hourly.write_csv)(data)
    elif kind == "little_washita":
        basin, start, middle, end = "07327550", "2006-09-20", "2006-09-21", "2006-09-22"
        washita.write_folder(data)
    else:
        catchments.write(data)
        basin, options = "cat-27", "pet: PET"
        start, middle, end = "2015-12-01 00:00", "2015-12-01 12:00", "2015-12-02 00:00"
    (folder / f"{basin}.txt").write_text(TEXT.replace("WILTING", "0.066"))
    path = folder / "STUDY.yaml"
    path.write_text(
        f"data: {{kind: {kind}, path: data, options: {{{options}}}, catchments: '{{id}}.txt'}}\n"
        f"basins: ['{basin}']\n"
        f"periods: {{calibration: {{start: {start}, end: {middle}}}, test: {{start: {middle}, end: {end}}}}}\n"
        f"warmup_days: {0 if kind == 'ngen' else 1}\n"
        "models: {cfe: {soil: classic, partitioning: [schaake]}}\n"
        "calibration: {evaluations: 10}\noutput: out\n"
    )
    return path, data


def change(data, pattern, edit):  # type: ignore[no-untyped-def]
    """Edit the lines of a file, also of a compressed one."""
    file = sorted(data.rglob(pattern))[0]
    raw = file.read_bytes()
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode().split("\n")
    new = "\n".join(edit(lines)).encode()
    file.write_bytes(gzip.compress(new) if file.suffix == ".gz" else new)
    return file


def cell(row, column, value, mark=","):  # type: ignore[no-untyped-def]
    def edit(lines):  # type: ignore[no-untyped-def]
        cells = lines[row].split(mark)
        cells[column] = value
        return [*lines[:row], mark.join(cells), *lines[row + 1 :]]

    return edit


DAILY, HOURLY, RIVER, WASHITA, CATCHMENT = "*lump*", "*nldas.csv", "*usgs-hourly.csv", "forcing*", "cat*"


@pytest.mark.parametrize(
    ("kind", "pattern", "edit", "message"),
    [
        (
            "camels_daily",
            DAILY,
            cell(20, 7, "inf", "\t"),
            "vp on 2000-01-05 is inf (1 such days); expected 0 to 20000 pa",
        ),
        ("camels_daily", DAILY, cell(20, 3, "inf", "\t"), "srad on 2000-01-05 is inf"),
        ("camels_daily", DAILY, cell(20, 2, "inf", "\t"), "prcp on 2000-01-05 is inf"),
        ("camels_daily", DAILY, cell(20, 1, "1e9", "\t"), "dayl on 2000-01-05 is 1e+09"),
        ("camels_daily", DAILY, cell(0, 0, "500"), "the latitude is 500 degrees; expected -90 to 90"),
        ("camels_daily", DAILY, cell(1, 0, "nan"), "the elevation is nan m"),
        ("camels_daily", DAILY, cell(2, 0, "inf"), "the area is inf m2"),
        ("camels_daily", "*qc.txt", lambda x: [*x[:9], x[8], *x[9:]], "is there twice"),
        ("camels_daily", "camels_clim.txt", lambda x: [x[0], x[1].replace(";1.5", ";dry")], "'dry'"),
        ("camels_hourly", HOURLY, lambda x: [*x[:12], x[12] + ",5", *x[13:]], "Expected 12 fields in line 13, saw 13"),
        (
            "camels_hourly",
            HOURLY,
            lambda x: [x[0].replace("wind_u", "total_precipitation"), *x[1:]],
            "column total_precipitation is there twice",
        ),
        ("camels_hourly", HOURLY, cell(12, 0, ""), "line 13: date is empty; expected a time"),
        ("camels_hourly", RIVER, cell(15, 0, ""), "line 16: date is empty; expected a time"),
        ("camels_hourly", RIVER, cell(15, 1, "inf"), "line 16 (1999-10-01 14:00:00): QObs(mm/h) is inf"),
        ("camels_hourly", HOURLY, lambda x: [*x[:12], *x[13:]], "time 1999-10-01T12:00:00 comes after a gap"),
        ("little_washita", WASHITA, lambda x: [*x[:12], x[12] + ",5", *x[13:]], "Expected 3 fields in line 13, saw 4"),
        ("little_washita", "soil*", cell(12, 1, "inf"), "vwc_05cm is inf; expected a number"),
        ("little_washita", WASHITA, cell(12, 1, "-3"), "is -3000 (1 such values); expected values not below 0"),
        ("ngen", CATCHMENT, cell(12, 1, "inf"), "precipitation of basin cat-27 at 2015-12-01T11:00:00 is inf"),
        ("ngen", CATCHMENT, lambda x: [*x[:12], *x[13:]], "line 13 is for 2015-12-01 12:00:00"),
    ],
)
def test_series_that_are_wrong_are_refused_before_any_work(tmp_path, capsys, kind, pattern, edit, message):
    path, data = data_study(tmp_path, kind)
    change(data, pattern, edit)
    refused(path, capsys, str(data), message)


@pytest.mark.parametrize("kind", ["camels_daily", "camels_hourly", "little_washita"])
def test_a_byte_order_mark_and_line_ends_of_windows_do_no_harm(tmp_path, capsys, kind):
    path, data = data_study(tmp_path, kind)
    for pattern in {"camels_daily": (DAILY, "*qc.txt"), "camels_hourly": (HOURLY, RIVER)}.get(kind, (WASHITA,)):
        change(data, pattern, lambda lines: ["\ufeff" + lines[0] + "\r", *(f"{line}\r" for line in lines[1:-1]), ""])
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    assert "1 of 1 calibrations done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "pattern", "cut"),
    [
        ("little_washita", "forcing*", lambda raw: raw[: len(raw) // 2]),
        ("little_washita", "discharge*", lambda raw: raw[:60] + bytes(40) + raw[100:]),
        ("little_washita", "soil*", gzip.decompress),
        ("camels_hourly netcdf", "*.nc", lambda raw: raw[: len(raw) // 2]),
        ("camels_hourly netcdf", "*.nc", lambda raw: b""),
        ("camels_hourly", HOURLY, lambda raw: raw[:-30] + b"\xff\xe9\n"),
        ("camels_daily", DAILY, lambda raw: raw[:-30] + b"\xff\xe9\n"),
        ("ngen", CATCHMENT, lambda raw: raw[:-30] + b"\xff\xe9\n"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, capsys, kind, pattern, cut):
    path, data = data_study(tmp_path, *kind.split())
    file = sorted(data.rglob(pattern))[0]
    file.write_bytes(cut(file.read_bytes()))
    refused(path, capsys, str(file), "cannot be read")


def _words(made):  # type: ignore[no-untyped-def]
    shape = made["total_precipitation"].shape
    return made.assign(total_precipitation=(("basin", "date"), np.full(shape, "wet", dtype=object)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda made: made.assign_coords(basin=[hourly.GAUGES[0]] * 2), "basin 01022500 is there twice"),
        (_words, "total_precipitation is of type"),
        (lambda made: made.isel(date=[0, 0, 1, 2]), "date 1999-10-01T00:00:00 is not an hour after the one before"),
    ],
)
def test_a_netcdf_file_that_is_wrong_is_refused(tmp_path, capsys, edit, message):
    path, data = data_study(tmp_path, "camels_hourly", "netcdf")
    file = data / "usgs-streamflow-nldas_hourly.nc"
    made = xr.load_dataset(file)
    file.unlink()
    edit(made).to_netcdf(file)
    refused(path, capsys, str(file), message)


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "01013500.txt: 1 problem"), ("", "the file is empty"), ("soil_params.b=xx\n", "soil_params.b")],
)
def test_a_configuration_that_all_basins_lack_is_said_before_any_work(tmp_path, capsys, text, message):
    path, _ = data_study(tmp_path, "camels_daily")
    file = tmp_path / "01013500.txt"
    file.unlink() if text is None else file.write_text(text)
    refused(path, capsys, str(file), message)
    path.write_text(path.read_text().replace(", catchments: '{id}.txt'", ""))
    refused(path, capsys, "have no configurations of CFE: give data.catchments")


def test_basins_without_observations_all_fail(tmp_path, capsys):
    path, _ = data_study(tmp_path, "ngen")
    assert main(["calibrate", str(path), "--workers", "0"]) == 1
    message = capsys.readouterr()
    assert "0 of 1 calibrations done" in message.out
    assert "1 failed, in 1 basins; the reasons:\n  cat-27 (cfe.schaake.0): " in message.err
    assert "basin cat-27 has no observed streamflow after the warm-up of 0 h: leave it out" in message.err
