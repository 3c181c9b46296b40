"""Results are used only while they hold: unchanged data and configurations, whole sets of calibrations, any threads."""

import dataclasses

import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")

import pandas as pd

from basin_study.calibrate import CalibrationWork, Study
from basin_study.evaluate import SCORES_FILE
from basin_study.execute import execute
from basin_study.study_file import load_study
from basin_study.synthetic_camels import SyntheticCamels
from basin_study.validity import changed
from ngen_arid.__main__ import main

STUDY = """
data: {kind: synthetic, options: {basins: 4, years: 3, start: 1998-10-01}}
basins: [synthetic-0001, synthetic-0004]
periods:
  calibration: {start: 1999-04-01, end: 2000-04-01}
  test: {start: 2000-10-01, end: 2001-04-01}
warmup_days: 180
models:
  cfe_classic: {soil: classic}
  cfe_ode: {soil: ode, partitioning: [schaake]}
calibration: {evaluations: 20}
output: out
"""


@pytest.fixture
def study(tmp_path):  # type: ignore[no-untyped-def]
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    return path


def change_flow(monkeypatch, factor):  # type: ignore[no-untyped-def]
    read = SyntheticCamels.read

    def other(self, basin, period=None):  # type: ignore[no-untyped-def]
        data = read(self, basin, period)
        data["streamflow"].values[:] *= factor
        return data

    monkeypatch.setattr(SyntheticCamels, "read", other)


def change_configuration(monkeypatch):  # type: ignore[no-untyped-def]
    config = Study.config

    def other(self, basin):  # type: ignore[no-untyped-def]
        found = config(self, basin)
        return dataclasses.replace(found, parameters=found.parameters._replace(depth=0.25 * found.parameters.depth))

    monkeypatch.setattr(Study, "config", other)


@pytest.mark.parametrize("command", ["calibrate", "evaluate", "report"])
@pytest.mark.parametrize("what", ["flow", "configuration"])
def test_parameters_that_other_data_gave_are_refused(study, monkeypatch, capsys, command, what):
    if what == "flow":
        change_flow(monkeypatch, 3.0)
    else:
        change_configuration(monkeypatch)
    assert main([command, str(study), *(("--workers", "0") if command == "calibrate" else ())]) == 1
    message = capsys.readouterr().err
    assert "do not give the objective of their calibration any more" in message
    assert "synthetic-0001 cfe_classic.schaake.0: " in message
    assert "when it was calibrated" in message
    assert "--restart" in message
    assert not (study.parent / "out" / SCORES_FILE).exists()


def test_a_record_of_a_basin_that_is_looked_at_late_is_found_by_evaluate(study, monkeypatch, capsys):
    read = SyntheticCamels.read

    def other(self, basin, period=None):  # type: ignore[no-untyped-def]
        data = read(self, basin, period)
        if basin == "synthetic-0004":
            data["precipitation"].values[:] *= 1.5
        return data

    monkeypatch.setattr(SyntheticCamels, "read", other)
    assert main(["evaluate", str(study)]) == 1
    message = capsys.readouterr().err
    assert "synthetic-0004" in message
    assert "synthetic-0001" not in message


def test_unchanged_data_are_accepted_again(study, monkeypatch, capsys):
    change_flow(monkeypatch, 1.0)
    assert main(["calibrate", str(study), "--workers", "0"]) == 0
    assert main(["evaluate", str(study)]) == 0


def test_rounding_is_no_change():
    from basin_study.records import Task

    task = Task("a", "m")
    assert changed(task, {"objective": 0.5}, 0.5004) == ""
    assert changed(task, {"objective": -4000.0}, -4001.0) == ""
    assert changed(task, {"objective": float("nan")}, 0.5) == ""
    assert changed(task, {"objective": 0.5}, 0.502) == "a m.0: 0.5 when it was calibrated, 0.502 now"
    assert changed(task, {"objective": 0.5}, float("nan")) != ""


def test_a_model_with_half_of_its_schemes_is_not_compared(study, capsys):
    (study.parent / "out" / "tasks" / "cfe_classic.xinanjiang.0" / "synthetic-0004.json").unlink()
    assert main(["evaluate", str(study)]) == 0
    scores = pd.read_csv(study.parent / "out" / SCORES_FILE)
    found = set(zip(scores["basin"], scores["model"], strict=True))
    assert found == {
        ("synthetic-0001", "cfe_classic"),
        ("synthetic-0001", "cfe_ode"),
        ("synthetic-0004", "cfe_ode"),
    }
    assert "it is left out there: synthetic-0004 cfe_classic" in capsys.readouterr().err


def test_records_and_report_say_which_versions_calibrated(study):
    assert main(["report", str(study)]) == 0
    text = (study.parent / "out" / "report.html").read_text(encoding="utf-8")
    assert "Versions of the calibrations" in text
    assert "not recorded" not in text


def test_dask_workers_with_several_threads_find_the_same(study, tmp_path):
    distributed = pytest.importorskip("distributed")
    settings = load_study(study)
    tasks = settings.tasks(Study(settings).basins())
    work = CalibrationWork(str(study), tmp_path / "dask", settings.fingerprint)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=3, processes=False, dashboard_address=None
    ) as cluster:
        progress = execute(tasks, work, scheduler=cluster.scheduler_address)
    assert progress.done == len(tasks) == 6
    for task in tasks:
        assert task.path(tmp_path / "dask").read_bytes() == task.path(settings.output).read_bytes()
