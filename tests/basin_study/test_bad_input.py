"""Everything that is wrong with what a user gives is one clear message on the command line, and nothing is written."""

import gzip
import json

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")
pytest.importorskip("netCDF4")
pytest.importorskip("pyet")

import xarray as xr

from basin_study.dataset import DataError
from basin_study.execute import execute
from basin_study.records import Task, write_record
from ngen_arid.__main__ import main
from tests.basin_study import test_camels_hourly as hourly
from tests.basin_study import test_little_washita as washita
from tests.basin_study import test_ngen_basins as catchments
from tests.basin_study.daily_files import daily_folder
from tests.basin_study.test_cfe_configs import TEXT

STUDY = """\
data: {kind: synthetic, options: {basins: 2, years: 2, start: 1998-10-01}}
basins: [synthetic-0001]
periods:
  calibration: {start: 1999-01-01, end: 1999-03-01}
  test: {start: 2000-01-01, end: 2000-03-01}
warmup_days: 30
models:
  cfe_classic: {soil: classic, partitioning: [schaake]}
calibration: {evaluations: 10}
output: out
"""
EVALUATIONS, BASINS, OPTIONS = "evaluations: 10", "[synthetic-0001]", "basins: 2, years: 2"


def refused(path, capsys, *parts, command="calibrate", extra=("--workers", "0")):  # type: ignore[no-untyped-def]
    """The command fails with one message that has all parts, and leaves no result."""
    assert main([command, str(path), *(extra if command == "calibrate" else ())]) in (1, 2)
    message = capsys.readouterr().err
    for part in parts:
        assert part in message, message
    assert message.count(f"ngen-arid {command}: ") == 1, message
    left = path.parent / "out"
    assert not left.is_dir() or [p.name for p in left.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (STUDY, "", "the file is empty"),
        (STUDY, "- a\n- b\n", "expected a mapping of keys to values, found list"),
        ("output: out", "output: out\noutput: b", "the key 'output' is given twice"),
        ("  test:", "\ttest:", "line 5, column 1"),
        ("output: out", "output: ''", "output: is empty"),
        ("warmup_days", "warmup_day", "warmup_day: unknown key"),
        (BASINS, "[01013500]", 'basins: 268096 is no text; put names of basins in quotes, such as "01013500"'),
        (BASINS, "01013500", "basins: 268096 is no text"),
        ("[schaake]}", "[schaake], basins: 1013500}", "basins: 1013500 is no text"),
        (BASINS, "['']", "basins: a name is empty"),
        (BASINS, "[synthetic-0001, synthetic-0001]", "synthetic-0001 is named twice"),
        (BASINS, "[synthetic-001]", "no basin 'synthetic-001'; did you mean synthetic-0001?"),
        (BASINS, "['9']", "no basin '9'; there are 2: synthetic-0001, synthetic-0002"),
        ("end: 1999-03-01", "end: 1998-03-01", "periods.calibration: period 1999-01-01T00:00 to 1998-03-01T00:00"),
        ("end: 1999-03-01", "end: 1999-01-01", "the end is not after the start"),
        ("end: 1999-03-01", "end: '1999-02-30'", "periods.calibration.end: expected a time such as"),
        ("warmup_days: 30", "warmup_days: 4000", "periods.calibration, with a warm-up of 4000 days before it, basin"),
        # nanoseconds since 1970 end in 2262: such a period once passed
        ("end: 2000-03-01", "end: 9999-03-01", "periods.test, with a warm-up of 30 days before it, basin synthetic"),
        (EVALUATIONS, "evaluations: 10.5", "expected a whole number from 10 to 1000000000, found 10.5"),
        (EVALUATIONS, "evaluations: 10, seed: -1", "calibration.seed: expected a whole number from 0"),
        (EVALUATIONS, "evaluations: 10, trials: 0", "calibration.trials: expected a whole number from 1"),
        (EVALUATIONS, "evaluations: 10, objective: {kge: 0}", "objective weights sum to 0"),
        (EVALUATIONS, "evaluations: 10, objective: {kge: -1, nse: 2}", "objective weights kge: -1; expected numbers"),
        (EVALUATIONS, "evaluations: 10, objective: {kge: abc}", "objective weights kge: 'abc'; expected numbers"),
        (EVALUATIONS, "evaluations: 10, objective: {kge: true}", "objective weights kge: True; expected numbers"),
        (EVALUATIONS, "evaluations: 10, objective: {1: 1}", "objective 1; expected of kge, nse, log_nse"),
        (EVALUATIONS, "evaluations: 10, space: {b: [5, 1]}", "calibration.space: b: bounds 5 to 1; expected two"),
        (EVALUATIONS, "evaluations: 10, space: {b: [5, 5]}", "calibration.space: b: bounds 5 to 5"),
        (EVALUATIONS, "evaluations: 10, space: {b: [.nan, 5]}", "calibration.space: b: bounds nan to 5"),
        (EVALUATIONS, "evaluations: 10, space: {b: [1, .inf]}", "calibration.space: b: bounds 1 to inf"),
        (OPTIONS, "basins: true, years: 2", "basins is True; expected a whole number"),
        (OPTIONS, "basins: 2, years: 2, noise: abc", "noise is 'abc'; expected a number"),
        (OPTIONS, "basins: 2, years: 2, gaps: maybe", "gaps is 'maybe'; expected true or false"),
        ("start: 1998-10-01", "start: abc-10-01", "start is 'abc-10-01'; expected a first of October"),
        ("synthetic, options: {", "camels_daily, path: ., options: {storm_hours: abc, ", "storm_hours is 'abc'"),
        (
            "synthetic, options: {",
            "camels_daily, path: ., options: {attributes: 5, ",
            "attributes is 5; expected a path",
        ),
        ("synthetic, options: {", "ngen, path: ., options: {pattern: 5, ", "pattern is 5; expected a word"),
    ],
)
def test_a_study_file_that_is_wrong_is_refused(tmp_path, capsys, old, new, message):
    assert old in STUDY
    path = tmp_path / "STUDY.yaml"
    path.write_text(STUDY.replace(old, new))
    refused(path, capsys, message)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", STUDY.encode("utf-16"), STUDY.encode() + "study: Zürich".encode("latin1")]
)
def test_a_study_file_in_another_encoding_is_refused(tmp_path, capsys, raw):
    path = tmp_path / "STUDY.yaml"
    path.write_bytes(raw)
    refused(path, capsys, str(path), "the file cannot be read")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (("--workers", "-1"), "--workers -1; expected 0 to"),
        (("--workers", "100000"), "--workers 100000; expected 0 to"),
        (("--scheduler", "nonsense"), "no Dask scheduler answers at 'nonsense'"),
        (("--scheduler", "tcp://127.0.0.1:9"), "no Dask scheduler answers at 'tcp://127.0.0.1:9'"),
    ],
)
def test_workers_and_schedulers_that_there_cannot_be(tmp_path, capsys, monkeypatch, extra, message):
    if extra[0] == "--scheduler":
        pytest.importorskip("distributed")
        monkeypatch.setattr("basin_study.execute.SCHEDULER_TIMEOUT", 1)
    path = tmp_path / "STUDY.yaml"
    path.write_text(STUDY)
    refused(path, capsys, message, extra=extra)


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


@pytest.fixture(scope="module")
def done(tmp_path_factory):  # type: ignore[no-untyped-def]
    """A calibrated study and its one record."""
    path = tmp_path_factory.mktemp("done") / "STUDY.yaml"
    path.write_text(STUDY)
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    (record,) = (path.parent / "out" / "tasks").rglob("*.json")
    return path, record, record.read_text()


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.pop("shares"), "shares is no list of 9 numbers"),
        (lambda r: r["shares"].pop(), "shares is no list of 9 numbers"),
        (lambda r: r["shares"].__setitem__(0, None), "expected numbers from 0 to 1"),
        (lambda r: r["shares"].__setitem__(0, 7.0), "expected numbers from 0 to 1"),
        (lambda r: r["parameters"].pop("b"), "parameters are not those of the model's space"),
        (lambda r: r["parameters"].__setitem__("b", 3.25), "parameter b is 3.25; its share of the bounds is"),
        (lambda r: r.__setitem__("objective", None), "objective is None; expected a number"),
        (lambda r: r.__setitem__("objective", "good"), "objective is 'good'; expected a number"),
        (lambda r: r.pop("evaluations"), "evaluations is None; expected a number"),
        (lambda r: r.__setitem__("trace", [[1, None]]), "trace is no list of pairs of numbers"),
    ],
)
def test_a_record_that_was_changed_is_refused(done, capsys, change, message, check):
    path, file, text = done
    content = json.loads(text)
    change(content["result"])
    if not check:  # as records of earlier versions, or one made by hand
        del content["check"]
    file.write_text(json.dumps(content))
    try:
        assert main(["evaluate", str(path)]) == 1
        error = capsys.readouterr().err
        assert str(file) in error
        assert (message if not check else "was changed after it was written: delete it") in error
        assert main(["calibrate", str(path), "--workers", "0"]) == int(check)
        assert not (path.parent / "out" / "scores.csv").exists()
    finally:
        file.write_text(text)


def test_a_record_nested_without_end_is_no_record(done, capsys):
    path, file, text = done
    file.write_text("[" * 100000)
    try:
        assert main(["calibrate", str(path), "--workers", "0"]) == 1
        assert f"{file}: is no JSON" in capsys.readouterr().err
    finally:
        file.write_text(text)


def test_restart_deletes_nothing_of_a_study_that_is_not_in_order(tmp_path, capsys):
    path = tmp_path / "STUDY.yaml"
    path.write_text(STUDY)
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    records = sorted((tmp_path / "out" / "tasks").rglob("*.json"))
    path.write_text(STUDY.replace(BASINS, "[synthetic-001]"))
    assert main(["calibrate", str(path), "--restart"]) == 1
    assert "no basin 'synthetic-001'" in capsys.readouterr().err
    assert sorted((tmp_path / "out" / "tasks").rglob("*.json")) == records != []


class Writer:
    """Work that only writes; it says what it did in a folder of its own."""

    def __init__(self, output, seen):  # type: ignore[no-untyped-def]
        self.output, self.seen = output, seen

    def __call__(self, task):  # type: ignore[no-untyped-def]
        (self.seen / task.basin).touch()
        write_record(task, self.output, "abc", {})


@pytest.mark.parametrize("workers", [0, 1])
def test_a_record_that_cannot_be_written_ends_the_run(tmp_path, workers):
    (tmp_path / "tasks").write_text("no folder")
    (tmp_path / "seen").mkdir()
    tasks = [Task(f"{k:02d}", "cfe") for k in range(40)]
    with pytest.raises(DataError, match="cannot be written .*: mend that, and run the same command again"):
        execute(tasks, Writer(tmp_path, tmp_path / "seen"), workers)
    assert 1 <= len(list((tmp_path / "seen").iterdir())) < 40
