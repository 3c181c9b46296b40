"""The files of a store do not depend on how a run is divided, on threads, on processes, or on kills."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from hydro_physics.threads import using_threads
from ngen_ensemble import Settings, run_ensemble
from tests.paths import ROOT

from .conftest import files_of

COUNT, HOURS = 1300, 400
"""Six rows of chunks, the last not full."""


@pytest.fixture
def domain(make):
    made = make(count=40, hours=HOURS, schemes=lambda k: {"soil_scheme": "ode"} if k % 7 == 3 else {})
    repeats = -(-COUNT // made.count)
    made.ids = [f"cat-{k + 1}" for k in range(COUNT)]
    configs = list(made.configs.values())
    made.configs = {name: configs[k % made.count] for k, name in enumerate(made.ids)}
    made.values = {key: np.tile(values, (repeats, 1))[:COUNT] for key, values in made.values.items()}
    made.write_forcing()
    made.write_table()
    made.write_realization(table="parameters.csv", output_variables=["Q_OUT", "SOIL_STORAGE"])
    return made


def run(domain, name, **settings):
    path = domain.folder / "realization.json"
    return run_ensemble(path, cwd=domain.folder, output=domain.folder / name, settings=Settings(**settings))


@pytest.fixture
def expected(domain):
    files = files_of(run(domain, "expected").path)
    assert sum(name.startswith("Q_OUT/") for name in files) == 6 + 2
    return files


def test_blocks_memory_and_threads(domain, expected):
    assert files_of(run(domain, "small", block=1).path) == expected
    assert files_of(run(domain, "large", block=10_000).path) == expected
    assert files_of(run(domain, "memory", memory=0.6).path) == expected
    with using_threads(3):
        assert files_of(run(domain, "threads", block=700).path) == expected


def test_a_run_that_is_done_does_nothing(domain, expected):
    path = run(domain, "again").path
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    again = run(domain, "again")
    assert (again.steps, again.done_before) == (0, COUNT)
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before
    assert again.imbalance < 1e-12


def test_what_is_not_done_is_done_again(domain, expected):
    path = run(domain, "partly").path
    (path / "imbalance" / "3").unlink()
    (path / "Q_OUT" / "3.0").write_bytes(b"half a chunk")
    (path / "SOIL_STORAGE" / "3.0").unlink()
    (path / "SOIL_STORAGE" / "3.0123.partial").write_bytes(b"left by a kill")
    again = run(domain, "partly")
    assert again.steps == 256 * HOURS
    assert files_of(path) == expected


def killed_until_done(domain, name, *options, seed, most=40):
    """Start the command again and again, killing it with all its processes at random moments; how often."""
    rng = random.Random(seed)
    output = domain.folder / name
    command = [sys.executable, "-m", "ngen_arid", "-q", "run", "realization.json", "--ensemble", "--block", "1"]
    command += ["--output", str(output), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for kills in range(most):
        process = subprocess.Popen(command, cwd=domain.folder, env=environment, start_new_session=True)
        marks = output / "catchments.zarr" / "imbalance"
        before, wanted = _done(marks), rng.randint(0, 2)
        if kills == 0:
            time.sleep(rng.uniform(0.0, 1.0))
            wanted = 0
        while process.poll() is None and _done(marks) <= before + wanted and kills:
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.02))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            continue
        assert process.returncode == 0
        return kills
    raise AssertionError("the run never ended")


def _done(marks):
    return sum(name.isdecimal() for name in os.listdir(marks)) if marks.is_dir() else -1


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random(domain, expected, seed):
    assert killed_until_done(domain, "killed", seed=seed) >= 2
    assert files_of(domain.folder / "killed" / "catchments.zarr") == expected
    assert [path.name for path in (domain.folder / "killed").iterdir()] == ["catchments.zarr"]


@pytest.mark.slow
def test_processes_and_their_kill(domain, expected):
    pytest.importorskip("distributed")
    assert files_of(run(domain, "processes", workers=2, block=1).path) == expected
    assert killed_until_done(domain, "killed", "--workers", "2", seed=3) >= 1
    assert files_of(domain.folder / "killed" / "catchments.zarr") == expected


@pytest.mark.slow
def test_a_cluster_that_is_there(domain, expected):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": None, "processes": True}
    with distributed.LocalCluster(**options) as cluster:
        result = run(domain, "cluster", scheduler=cluster.scheduler_address, block=1)
    assert files_of(result.path) == expected
    assert result.steps == COUNT * HOURS
