"""Everything that is wrong with what a user gives is one clear message on the command line, and nothing is written."""

import json
import shutil

import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")


from basin_study.dataset import DataError
from basin_study.execute import execute
from basin_study.records import Task, write_record
from ngen_arid.__main__ import main
from tests.basin_study.study_cases import refused

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
        monkeypatch.setattr("ngen_harness.cluster.SCHEDULER_TIMEOUT", 1)
    path = tmp_path / "STUDY.yaml"
    path.write_text(STUDY)
    refused(path, capsys, message, extra=extra)


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
        (lambda r: r["samples"][3].pop(), "samples are no list of an objective and 9 shares from 0 to 1 each"),
        (lambda r: r["samples"][3].__setitem__(2, 1.5), "samples are no list of an objective and 9 shares"),
        (lambda r: r.__setitem__("samples", None), "samples are no list of an objective and 9 shares"),
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


def test_a_record_of_before_there_were_samples_is_read(done):
    path, file, text = done
    content = json.loads(text)
    assert len(content["result"].pop("samples")) >= 10
    del content["check"]
    file.write_text(json.dumps(content))
    try:
        assert main(["evaluate", str(path)]) == 0
    finally:
        file.write_text(text)
        for found in (path.parent / "out").iterdir():
            if found.name != "tasks":
                shutil.rmtree(found) if found.is_dir() else found.unlink()


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
