"""Runs in several processes are like those in one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings

import pytest

from ngen_harness import HarnessError, ModelError, SimulationError
from ngen_harness.parallel import count_workers
from tests.paths import REALIZATIONS, ROOT

from .conftest import Basin, module_block

pytest.importorskip("cf_units")

CATCHMENTS = [f"cat-{number}" for number in range(1, 6)]


@pytest.fixture
def basin(tmp_path, monkeypatch):
    """Five catchments, three of which feed one nexus, with a model that can be imported anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    made = Basin(tmp_path)
    rows = [(name, "nex-8" if i in (0, 3) else "nex-9", 0.1 + i / 3) for i, name in enumerate(CATCHMENTS)]
    made.features(rows)
    made.formulation(module_block("tests.ngen_harness.workers_model.Scripted", init_config="./{{id}}.cfg"))
    script(made)
    return made


def script(basin, **actions):
    for name in CATCHMENTS:
        (basin.folder / f"{name}.cfg").write_text("")
    for name, lines in actions.items():
        (basin.folder / f"{name.replace('_', '-')}.cfg").write_text(lines)


def written(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_and_read(basin, workers, **options):
    shutil.rmtree(basin.folder / "out", ignore_errors=True)
    result = basin.run(workers=workers, **options)
    return result, written(basin.folder / "out")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("grouping", ["per_feature", "per_formulation"])
def test_same_bytes_with_any_number_of_workers(basin, grouping):
    basin.realization["output"].update(precision=17, catchment={"grouping": grouping})
    expected, files = run_and_read(basin, 1)
    assert len(files) == (7 if grouping == "per_feature" else 3)
    for workers in (2, 3, 9):
        result, again = run_and_read(basin, workers)
        assert again == files
        assert result.paths == expected.paths
        assert list(result.catchments) == list(expected.catchments)
        assert all((result.nexuses[name] == flow).all() for name, flow in expected.nexuses.items())


def test_every_model_is_finalized_once(basin):
    run_and_read(basin, 2)
    assert sorted(path.stem for path in basin.folder.glob("*.finalized")) == CATCHMENTS


def test_outputs_that_are_not_wanted(basin):
    basin.realization["output"].update(catchment={"enable": False})
    assert list(run_and_read(basin, 2)[1]) == list(run_and_read(basin, 1)[1])


def test_cfe_in_three_workers(tmp_path, monkeypatch):
    from ngen_arid.example_basin import write_forcing
    from ngen_harness import run

    write_forcing(tmp_path / "forcing")
    document = json.loads((REALIZATIONS / "example_basin" / "cfe_classic.json").read_text())
    document["global"]["forcing"]["path"] = str(tmp_path / "forcing")
    document["time"]["end_time"] = "2012-10-12 23:00:00"
    document["output"] = {"root": str(tmp_path / "out"), "precision": 17}
    (tmp_path / "realization.json").write_text(json.dumps(document))
    files, ledgers = [], []
    for workers in (1, 2, 3):
        result = run(
            tmp_path / "realization.json",
            catchments=REALIZATIONS / "example_basin" / "catchments.geojson",
            cwd=ROOT,
            progress=False,
            workers=workers,
        )
        files.append(written(tmp_path / "out"))
        ledgers.append(result.ledgers)
        shutil.rmtree(tmp_path / "out")
    assert len(files[0]) > 3
    assert files[1] == files[0]
    assert files[2] == files[0]
    assert ledgers[1] == ledgers[2] == ledgers[0]
    assert list(ledgers[1]) == list(ledgers[0])


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        ({"cat_2": "1 raise", "cat_5": "1 raise"}, SimulationError),  # cat-5 runs before cat-2
        ({"cat_1": "2 raise", "cat_2": "1 raise", "cat_3": "2 raise"}, SimulationError),
        ({"cat_4": "0 raise", "cat_3": "create raise", "cat_5": "create raise"}, ModelError),
        ({"cat_1": "0 own"}, SimulationError),
        ({"cat_2": "finalize raise", "cat_4": "finalize raise"}, SimulationError),
        ({"cat_2": "1 exit"}, SimulationError),
    ],
)
def test_the_error_is_that_of_a_serial_run(basin, actions, kind):
    script(basin, **actions)
    errors = []
    for workers in (1, 2, 3):
        with pytest.raises(kind) as caught:
            basin.run(workers=workers)
        errors.append((type(caught.value), str(caught.value)))
        assert not (basin.folder / "out").exists()
    assert errors[1] == errors[0]
    assert errors[2] == errors[0]


def test_the_cause_of_an_error_comes_along_if_it_can(basin):
    script(basin, cat_3="1 raise")
    with pytest.raises(SimulationError) as caught:
        basin.run(workers=2)
    assert isinstance(caught.value.__cause__, ValueError)
    assert "cat-3 does not like 1" in caught.value.__notes__[0]
    script(basin, cat_3="1 own")
    with pytest.raises(SimulationError, match="OwnError: cat-3 5") as caught:
        basin.run(workers=2)
    assert caught.value.__cause__ is None


def test_failure_leaves_earlier_results_alone(basin):
    _, files = run_and_read(basin, 2)
    script(basin, cat_4="2 raise")
    with pytest.raises(SimulationError):
        basin.run(workers=2)
    assert written(basin.folder / "out") == files


def test_warnings_come_once_and_in_the_order_of_a_serial_run(basin, caplog):
    script(basin, cat_1="create log\n0 log\n2 log", cat_2="1 log", cat_3="create log\n1 log", cat_4="0 log")
    basin.params["main_output_variable"] = "T"  # degC are no metres: one warning for all catchments
    expected = None
    for workers in (1, 2, 3):
        caplog.clear()
        basin.run(workers=workers)
        if expected is None:
            expected = list(caplog.messages)
            units = expected.pop(2)
            assert expected[:3] == ["cat-1 at create", "cat-3 at create", "cat-4 at 0"]
            assert "unit conversion failure" in units
            expected.insert(2, units)
        assert caplog.messages == expected


def test_warnings_after_a_failure_are_not_heard(basin, caplog):
    script(basin, cat_5="1 raise", cat_4="1 log\n2 log", cat_3="0 log")
    for workers in (1, 2):
        caplog.clear()
        with pytest.raises(SimulationError):
            basin.run(workers=workers)
        assert caplog.messages == ["cat-3 at 0"]


def test_python_warnings_come_once(basin):
    script(basin, **{name.replace("-", "_"): "1 warn" for name in CATCHMENTS})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        basin.run(workers=2)
    assert [(str(warning.message), warning.category) for warning in caught] == [("so it is", UserWarning)]


def test_a_killed_worker_is_an_error(basin):
    script(basin, cat_2="1 kill", cat_3="1 sleep")  # cat-3 runs elsewhere
    with pytest.raises(
        SimulationError, match=r"worker process 2 with 2 catchments .cat-4, cat-2. was killed by signal 9"
    ) as caught:
        basin.run(workers=2)
    assert str(caught.value).endswith("use fewer workers")
    assert not (basin.folder / "out").exists()
    pid = basin.folder / "cat-3.pid"
    assert not pid.exists() or not alive(int(pid.read_text()))


def test_interrupt_leaves_no_process_and_no_file(basin):
    script(basin, cat_2="1 sleep", cat_3="1 sleep")
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    command = [sys.executable, "-m", "ngen_arid", "run", "realization.json", "--catchments", "catchments.geojson"]
    process = subprocess.Popen(
        [*command, "--workers", "2"],
        cwd=basin.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell that runs the tests in the background has interrupts ignored, and that is inherited
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    notes = [basin.folder / "cat-2.pid", basin.folder / "cat-3.pid"]
    begin = time.monotonic()
    while not all(note.exists() and note.read_text() for note in notes):
        assert process.poll() is None
        assert time.monotonic() - begin < 60.0
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # to all of them, as a terminal does
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert err == "ngen-arid: interrupted; what was not finished was not written\n"
    assert not any(alive(int(note.read_text())) for note in notes)
    assert not (basin.folder / "out").exists()


def test_workers_end_when_their_parent_is_killed(basin):
    script(basin)
    code = "\n".join(
        [
            "import ngen_harness.parallel as parallel, os, time",
            "from ngen_harness import run",
            "def hang(self):",
            "    print(*(worker.process.pid for worker in self._workers), flush=True)",
            "    time.sleep(600)",
            "parallel.Crew._listen = hang",
            "run('realization.json', catchments='catchments.geojson', workers=2)",
        ]
    )
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=basin.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = [int(word) for word in process.stdout.readline().split()]
    assert len(pids) == 2
    process.kill()
    process.communicate()
    begin = time.monotonic()
    while any(alive(pid) for pid in pids):
        assert time.monotonic() - begin < 30.0
        time.sleep(0.05)


def test_a_script_without_main_guard_is_told(basin):
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    (basin.folder / "script.py").write_text(
        "from ngen_harness import run\nrun('realization.json', catchments='catchments.geojson', workers=2)\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=basin.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert 'probably lacks if __name__ == "__main__":' in done.stderr
    assert not (basin.folder / "out").exists()


def test_progress_reaches_the_end(basin, capfd):
    basin.run(workers=2, progress=True)
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize("workers", [-1, 1.5, "2", True, None])
def test_numbers_of_workers_that_are_none(basin, workers):
    with pytest.raises(HarnessError, match="workers is .*; expected a number of processes"):
        basin.run(workers=workers)


def test_zero_workers_are_as_many_as_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 6}, raising=False)
    assert [count_workers(number) for number in (0, 1, 4)] == [3, 1, 4]
