"""A small study from its file to its tables: killed and resumed, with failures, and what it refuses."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")

import pandas as pd

from basin_study.calibrate import Study, calibrate_all
from basin_study.evaluate import best_of, evaluate, read_records, write_tables
from basin_study.records import read_record
from basin_study.study_file import load_study
from ngen_arid.__main__ import main
from tests.paths import ROOT

STUDY = """
data: {{kind: synthetic, options: {{basins: 4, years: 4, start: 1998-10-01}}}}
basins: [{basins}]
periods:
  calibration: {{start: 1999-10-01, end: 2000-10-01}}
  test: {{start: 2001-04-01, end: 2001-10-01}}
warmup_days: 180
models:
  cfe_classic: {{soil: classic, partitioning: [schaake]}}
  cfe_ode: {{soil: ode}}
calibration: {{evaluations: {evaluations}}}
output: {output}
"""


@pytest.fixture
def study(tmp_path):  # type: ignore[no-untyped-def]
    def write(output: str = "out", evaluations: int = 60, basins: str = "synthetic-0001, synthetic-0004"):  # type: ignore[no-untyped-def]
        path = tmp_path / f"{output}.yaml"
        path.write_text(STUDY.format(output=output, evaluations=evaluations, basins=basins))
        return path

    return write


def read(path):  # type: ignore[no-untyped-def]
    # pandas' quick way to read numbers loses the last digit
    return pd.read_csv(path, float_precision="round_trip")


def contents(folder):  # type: ignore[no-untyped-def]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_study_killed_and_resumed_gives_the_same_bytes(study, tmp_path, capsys):
    path = study("killed")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ngen_arid", "calibrate", str(path), "--workers", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300.0
    while not list((tmp_path / "killed").rglob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
        assert process.poll() is None
    process.kill()
    process.wait()
    early = {p: p.stat().st_mtime_ns for p in (tmp_path / "killed").rglob("*.json")}
    assert 1 <= len(early) < 6
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    assert "6 of 6 calibrations done" in capsys.readouterr().out
    assert {p: p.stat().st_mtime_ns for p in early} == early
    whole = study("whole")
    assert main(["calibrate", str(whole), "--workers", "2"]) == 0
    for file in (path, whole):
        assert main(["evaluate", str(file)]) == 0
    found, expected = contents(tmp_path / "killed"), contents(tmp_path / "whole")
    # records, tables, failures, and for each model two configurations of each basin and a realization
    assert len(expected) == 6 + 3 + 1 + 2 * (2 * 2 + 1)
    assert found == expected


def test_the_report_has_the_verdict_and_its_tables(study, tmp_path, capsys):
    path = study(evaluations=20)
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    capsys.readouterr()
    assert main(["report", str(path)]) == 0
    printed = capsys.readouterr().out.split()
    assert printed[-1] == str(tmp_path / "out" / "report.html")
    assert all(Path(name).exists() for name in printed)
    text = (tmp_path / "out" / "report.html").read_text()
    assert "cannot be answered with these basins" in text
    assert "With and without doubtful basins" in text
    table = read(tmp_path / "out" / "hypothesis.csv")
    scores = read(tmp_path / "out" / "scores.csv")
    wide = scores[scores["period"] == "test"].pivot(index="basin", columns="model", values="kge")
    everyone = table[table["group"] == "all"].set_index("score")
    assert list(everyone.index) == ["bounded KGE", "bounded NSE", "KGE", "NSE"]
    assert everyone["role"].tolist() == ["test", *["description"] * 3]
    assert set(everyone["detailed"] + everyone["reference"]) == {"cfe_odecfe_classic"}
    assert everyone.loc["KGE", "median"] == (wide["cfe_ode"] - wide["cfe_classic"]).median()
    scaled = 2.0 / (2.0 - wide) - 1.0
    assert everyone.loc["bounded KGE", "median"] == (scaled["cfe_ode"] - scaled["cfe_classic"]).median()
    assert everyone.loc["bounded KGE", "improved"] == everyone.loc["KGE", "improved"]
    assert "Bounded KGE is KGE / (2 - KGE)" in text
    assert "the median difference of KGE itself is" in text
    assert set(read(tmp_path / "out" / "screen.csv")["basin"]) == set(wide.index)
    assert {f"dotty_{name}.png" for name in ("cfe_classic", "cfe_ode")} < set(os.listdir(tmp_path / "out" / "figures"))
    acts_in_the_table(load_study(path), text)


def acts_in_the_table(settings, text):  # type: ignore[no-untyped-def]
    """The table of parameters counts the optima at which one run up and one down change the flow."""
    from basin_study.acting import acting_parameters

    now, tasks = Study(settings), settings.tasks(("synthetic-0001", "synthetic-0004"))
    records = read_records(settings, tasks)
    found = acting_parameters(now, records)
    assert len(found) == 2 * 2 * 9
    basin, name = "synthetic-0004", "cfe_ode"
    task = best_of(records)[basin, name]
    model = now.model(settings.model(name), task.scheme, basin, "calibration")
    shares = np.array(records[task]["shares"])
    own = found[(found["basin"] == basin) & (found["model"] == name)].set_index("parameter")["change"]
    for k, parameter in enumerate(model.space.names):
        sides = [np.clip(shares + side * 0.05 * (np.arange(9) == k), 0.0, 1.0) for side in (1, -1)]
        assert own[parameter] == max(np.abs(model.flow(side) - model.flow(shares)).max() for side in sides)
    row = text[text.index("acts in [%]") :]
    row = row[row.index("<td>cfe_ode</td><td>Klf</td>") :]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", row[: row.index("</tr>")])
    assert cells[2] == "m h-1"
    klf = found[(found["model"] == name) & (found["parameter"] == "Klf")]["change"]
    assert float(cells[-1]) == 100.0 * (klf > 1e-6).mean()


def test_filters_change_nothing_of_what_is_done_and_are_shown(study, tmp_path, capsys):
    path, out = study(evaluations=20), tmp_path / "out"
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    assert not (out / "selection.csv").exists()
    records = contents(out / "tasks")
    plain = path.read_text()
    (tmp_path / "gauges.txt").write_text("synthetic-0004\n")
    more = "selection: {list: gauges.txt, min_observed_share: {test: 0.01}}\nscreen: {delay: 3}\n"
    path.write_text(plain + more)
    capsys.readouterr()
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    said = capsys.readouterr()
    assert "3 of 3 calibrations done (0 now" in said.out
    assert "list of gauges (in the list of 1): 1 of 2 basins left out, 1 stay" in said.err
    assert contents(out / "tasks") == records
    rows = read(out / "selection.csv")
    assert rows["filter"].tolist() == ["list of gauges", "data", "observed share"]
    assert rows["basins removed"].fillna("").tolist() == ["synthetic-0001", "", ""]
    assert main(["report", str(path)]) == 0
    assert str(out / "selection.csv") in capsys.readouterr().out.split()
    assert set(read(out / "scores.csv")["basin"]) == {"synthetic-0004"}
    text = (out / "report.html").read_text()
    assert "1 of 2 basins stay" in text
    assert "The screen has limits of the study file: delay 3." in text
    # without the section all is as before, and the table of filters is gone
    path.write_text(plain)
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    assert "6 of 6 calibrations done (0 now" in capsys.readouterr().out
    assert not (out / "selection.csv").exists()
    path.write_text(plain + "selection: {max_area: 1.0e-9}\n")
    assert main(["calibrate", str(path), "--workers", "0"]) == 1
    assert f"{path}: selection: no basin is left" in capsys.readouterr().err


def test_tables_say_what_the_models_do(study):
    settings = load_study(study())
    tasks, progress = calibrate_all(settings, workers=0)
    assert (progress.done, progress.failures) == (6, [])
    tables = evaluate(settings, tasks)
    paths = write_tables(tables, settings.output)
    scores = read(paths[0])
    assert len(scores) == 2 * 2 * 2
    calibrations = read(paths[2])
    assert (calibrations["evaluations"] == 60).all()
    # the better of two schemes is kept, and its score in the calibration period is its objective
    for (basin, model), rows in calibrations.groupby(["basin", "model"]):
        chosen = rows[rows["chosen"]]
        assert len(chosen) == 1
        assert chosen["objective"].iloc[0] == rows["objective"].max()
        of_pair = (scores["basin"] == basin) & (scores["model"] == model)
        score = scores[of_pair & (scores["period"] == "calibration")]
        assert score["kge"].iloc[0] == pytest.approx(chosen["objective"].iloc[0], rel=1e-12)
        assert score["scheme"].iloc[0] == chosen["scheme"].iloc[0]
    # parameters in the table are those of the record, in their bounds
    parameters = read(paths[1])
    assert len(parameters) == 2 * 2 * 9
    study_now = Study(settings)
    for task in tasks:
        record = read_record(task, settings.output, settings.fingerprint)
        rows = parameters[
            (parameters["basin"] == task.basin)
            & (parameters["model"] == task.model)
            & (parameters["scheme"] == task.scheme)
        ]
        if len(rows):
            assert dict(zip(rows["parameter"], rows["value"], strict=True)) == record["parameters"]
            space = settings.model(task.model).space
            np.testing.assert_allclose(space.values(rows["share"]), rows["value"], rtol=1e-15)
    model = study_now.model(settings.model("cfe_ode"), "schaake", "synthetic-0001", "test")
    assert model.observations.first == 180 * 24


def test_calibration_beats_the_start_and_finds_what_dds_finds(study):
    settings = load_study(study(evaluations=150, basins="synthetic-0001"))
    tasks, _ = calibrate_all(settings, workers=0)
    now = Study(settings)
    for task in tasks:
        record = read_record(task, settings.output, settings.fingerprint)
        model = now.model(settings.model(task.model), task.scheme, task.basin, "calibration")
        assert record["objective"] == model.score(record["shares"])
        assert record["objective"] > model.score(model.start())
        assert record["trace"][-1][1] == record["objective"]


def test_a_changed_study_does_not_mix_with_earlier_results(study, capsys):
    path = study()
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    study(evaluations=61)
    assert main(["calibrate", str(path), "--workers", "0"]) == 1
    message = capsys.readouterr().err
    assert "was made with other settings" in message
    assert "--restart" in message
    assert main(["calibrate", str(path), "--workers", "0", "--restart"]) == 0


def test_an_unknown_basin_or_period_is_refused_before_any_work(study, capsys):
    assert main(["calibrate", str(study(basins='synthetic-0001, "01013500"'))]) == 1
    assert "the data have no basin '01013500'" in capsys.readouterr().err
    path = study()
    path.write_text(path.read_text().replace("end: 2001-10-01", "end: 2011-10-01"))
    assert main(["calibrate", str(path), "--workers", "0"]) == 1
    assert "is not covered" in capsys.readouterr().err


def test_a_basin_that_fails_is_named_and_stops_no_other(study, tmp_path, capsys, monkeypatch):
    from basin_study.synthetic_camels import SyntheticCamels

    read = SyntheticCamels.read

    def broken(self, basin, period=None):  # type: ignore[no-untyped-def]
        data = read(self, basin, period)
        if basin == "synthetic-0004":
            data["streamflow"].values[:] = np.nan
        return data

    monkeypatch.setattr(SyntheticCamels, "read", broken)
    path = study()
    assert main(["calibrate", str(path), "--workers", "0"]) == 0
    message = capsys.readouterr()
    assert "3 of 6 calibrations done" in message.out
    assert "3 failed, in 1 basins" in message.err
    assert "basin synthetic-0004 has no observed streamflow" in message.err
    assert main(["evaluate", str(path)]) == 0


def test_evaluating_nothing_says_what_to_do(study, capsys):
    assert main(["evaluate", str(study())]) == 1
    assert "nothing has been calibrated, or in no basin all schemes" in capsys.readouterr().err
