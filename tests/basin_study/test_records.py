"""Records of tasks, and the running of tasks: whole files, resuming, failures that stop nobody else."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from basin_study.dataset import DataError
from basin_study.execute import execute
from basin_study.records import Task, canonical, fingerprint, read_record, undone, write_record
from tests.paths import ROOT

TASKS = [Task(basin, "cfe", scheme) for basin in ("01", "02", "03") for scheme in ("schaake", "xinanjiang")]


def test_a_record_comes_back_and_has_the_same_bytes_each_time(tmp_path):
    result = {"best": 0.1 + 0.2, "nothing": float("nan"), "trace": [(1, 0.5)]}
    path = write_record(TASKS[0], tmp_path, "abc", result)
    first = path.read_bytes()
    found = read_record(TASKS[0], tmp_path, "abc")
    assert found == {"best": 0.1 + 0.2, "nothing": None, "trace": [[1, 0.5]]}
    write_record(TASKS[0], tmp_path, "abc", dict(reversed(result.items())))
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["01.json"]


def test_what_is_done_is_not_done_again(tmp_path):
    write_record(TASKS[1], tmp_path, "abc", {})
    assert undone(TASKS, tmp_path, "abc") == [TASKS[0], *TASKS[2:]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"best": 0.', "is no JSON"),
        ("[1]", "is no record of a task"),
        ('{"version": 0, "result": {}}', "another version or task"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_damaged_record_is_named(tmp_path, text, message):
    path = write_record(TASKS[0], tmp_path, "abc", {})
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message) as error:
        undone(TASKS, tmp_path, "abc")
    assert str(path) in str(error.value)
    assert "delete it, and the task is done again" in str(error.value)


def test_records_of_another_study_or_task_are_refused(tmp_path):
    path = write_record(TASKS[0], tmp_path, "abc", {})
    with pytest.raises(DataError, match="made with other settings"):
        read_record(TASKS[0], tmp_path, "abd")
    TASKS[1].path(tmp_path).parent.mkdir(parents=True)
    path.rename(TASKS[1].path(tmp_path))
    with pytest.raises(DataError, match="another version or task"):
        read_record(TASKS[1], tmp_path, "abc")


def test_seeds_differ_and_do_not_depend_on_the_rest_of_the_study():
    seeds = [task.seed(0) for task in TASKS]
    assert len(set(seeds)) == len(seeds)
    assert Task("01", "cfe", "schaake").seed(0) == seeds[0] != Task("01", "cfe", "schaake").seed(1)


def test_fingerprints_see_every_setting():
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1}) != fingerprint({"a": 1, "b": [3]})
    assert json.loads(canonical({"x": float("inf")})) == {"x": None}


class Work:
    """Picklable work that fails for one basin."""

    def __init__(self, output: Path, delay: float = 0.0):
        self.output, self.delay = output, delay

    def __call__(self, task: Task) -> None:
        time.sleep(self.delay)
        if task.basin == "02":
            raise ValueError("no water")
        write_record(task, self.output, "abc", {"seed": task.seed(0)})


@pytest.mark.parametrize("workers", [0, 2])
def test_a_failed_basin_stops_no_other_one(tmp_path, workers, caplog):
    progress = execute(TASKS, Work(tmp_path), workers)
    assert progress.done == 4
    assert [(f.task, f.reason) for f in progress.failures] == [(TASKS[2], "no water"), (TASKS[3], "no water")]
    assert "02 cfe.schaake.0: no water" in caplog.text
    assert undone(TASKS, tmp_path, "abc") == TASKS[2:4]


_KILLED = """
import sys
from pathlib import Path
from basin_study.execute import execute
from tests.basin_study.test_records import TASKS, Work
if __name__ == "__main__":
    execute(TASKS, Work(Path(sys.argv[1]), delay=0.5), workers=0)
"""


def test_kill_9_loses_only_the_task_under_way(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path)], env=environment)
    deadline = time.monotonic() + 60.0
    while not TASKS[1].path(tmp_path).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    left = undone(TASKS, tmp_path, "abc")
    assert TASKS[0] not in left
    assert len(left) >= 3
    execute(left, Work(tmp_path), workers=0)
    execute(TASKS, Work(tmp_path / "whole"), workers=0)
    for task in (TASKS[0], TASKS[1], TASKS[4], TASKS[5]):
        assert task.path(tmp_path).read_bytes() == task.path(tmp_path / "whole").read_bytes()


def test_dask_does_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        progress = execute(TASKS, Work(tmp_path), scheduler=cluster.scheduler_address)
    assert progress.done == 4
    assert len(progress.failures) == 2
    assert undone(TASKS, tmp_path, "abc") == TASKS[2:4]
