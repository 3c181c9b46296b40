"""A study with every kind of model, killed again and again: the end is that of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")
pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from basin_study.at_work import work_in
from basin_study.dataset import DataError
from ngen_arid.__main__ import main
from tests.paths import ROOT

STUDY = """
data: {kind: synthetic, options: {basins: 4, years: 2, start: 1998-10-01}}
periods:
  calibration: {start: 1999-01-01, end: 1999-07-01}
  test: {start: 2000-01-01, end: 2000-06-01}
warmup_days: 30
models:
  cfe_classic: {soil: classic, evaluations: 150}
  cfe_ode: {soil: ode, evaluations: 150}
  cfe_gradient: {soil: ode, partitioning: [schaake], algorithm: gradient, evaluations: 60}
  lgar: {kind: lgar, evaluations: 10, basins: [synthetic-0001]}
regional:
  cfe_regional: {soil: ode, folds: 2, epochs: 2}
compare: [[cfe_ode, cfe_classic]]
output: out
"""
TASKS = 4 * (2 + 2 + 1) + 1 + 2

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are needed")


def contents(folder):  # type: ignore[no-untyped-def]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write(folder):  # type: ignore[no-untyped-def]
    folder.mkdir()
    path = folder / "STUDY.yaml"
    path.write_text(STUDY)
    return path


def start(*arguments):  # type: ignore[no-untyped-def]
    """A command as the head of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ngen_arid", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for(process, there):  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 300.0
    while not there():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def alive(group):  # type: ignore[no-untyped-def]
    """Whether a process of a group still runs; one that has ended and was not asked for its status does not."""
    found = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(line.split()[0] == str(group) and not line.split()[1].startswith("Z") for line in found.splitlines())


def test_kill_9_at_any_time_changes_no_byte_of_the_results(tmp_path):
    whole, killed = write(tmp_path / "whole"), write(tmp_path / "killed")
    for command in ("calibrate", "evaluate", "report"):
        assert main([command, str(whole), *(["--workers", "0"] if command == "calibrate" else [])]) == 0
    output = killed.parent / "out"

    def records():  # type: ignore[no-untyped-def]
        return {path: path.stat().st_mtime_ns for path in output.rglob("*.json") if not path.name.startswith(".")}

    draw = random.Random(8)
    for group, workers in ((True, "1"), (False, "2")):
        target = len(records()) + draw.randint(2, 7)
        process = start("calibrate", killed, "--workers", workers)
        wait_for(process, lambda target=target: len(records()) >= target)
        time.sleep(draw.uniform(0.0, 0.1))
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        # workers whose parent was killed end by themselves
        deadline = time.monotonic() + 20.0
        while alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(process.pid)
        assert target <= len(records()) < TASKS
    before = records()
    # what a process that is no more was writing
    litter = next(iter(before)).with_name(f".synthetic-0009.json.{process.pid}.partial")
    litter.write_text("{")
    assert main(["calibrate", str(killed), "--workers", "0"]) == 0
    assert not litter.exists()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    process = start("report", killed)
    wait_for(process, lambda: (output / "figures").exists() and list((output / "figures").iterdir()))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (output / "report.html").exists()
    for command in ("evaluate", "report"):
        assert main([command, str(killed)]) == 0
    found, expected = contents(output), contents(whole.parent / "out")
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    names = set(expected)
    assert {
        "scores.csv",
        "parameters.csv",
        "calibrations.csv",
        "hypothesis.csv",
        "failures.json",
        "report.html",
    } < names
    assert sum(name.startswith("tasks/") for name in names) == TASKS
    # the comparison sees a difference in any model
    assert len({expected[name] for name in names if name.startswith("tasks/")}) == TASKS


def test_a_folder_in_which_a_run_is_at_work_is_refused_to_another(tmp_path, capsys):
    path = write(tmp_path / "a")
    with work_in(path.parent / "out"):
        assert main(["calibrate", str(path), "--restart"]) == 1
        message = capsys.readouterr().err
        assert f"output {path.parent / 'out'}: another run is calibrating in this folder" in message
        assert contents(path.parent / "out") == {}
    with work_in(path.parent / "out"):
        pass


@pytest.mark.parametrize("what", ["file", "below a file"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path, what):
    (tmp_path / "taken").write_text("mine")
    output = tmp_path / "taken" if what == "file" else tmp_path / "taken" / "out"
    with pytest.raises(DataError, match="no file can be written there .*choose another output folder"), work_in(output):
        raise AssertionError
    assert (tmp_path / "taken").read_text() == "mine"
    assert np.array_equal(os.listdir(tmp_path), ["taken"])
