import json
import subprocess
import sys

import pytest

from ngen_arid.__main__ import main

pytest.importorskip("cf_units")


@pytest.fixture
def files(basin):
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    return basin


def test_run_writes_files_and_says_so(files, capsys):
    assert main(["run", "realization.json", "--catchments", "catchments.geojson"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "2 catchments, 1 nexuses, 3 hourly steps: 3 files in out\n"
    assert captured.err == ""  # no progress bar off a terminal
    assert files.files() == ["cat-1.csv", "cat-2.csv", "nex-9_output.csv"]


def test_options(files, capsys):
    options = ["--catchments", "catchments.geojson", "--catchment-ids", "cat-2", "--nexus-ids", "nex-9"]
    assert main(["run", "realization.json", *options, "--output", "here", "--cwd", ".", "--fast"]) == 0
    assert sorted(path.name for path in (files.folder / "here").iterdir()) == ["cat-2.csv", "nex-9_output.csv"]
    assert "1 catchments" in capsys.readouterr().out


def test_number_of_workers(files, capsys):
    # one catchment needs no second process, so the model of this test need not be importable
    options = ["--catchments", "catchments.geojson", "--catchment-ids", "cat-2"]
    assert main(["run", "realization.json", *options, "--workers", "0"]) == 0
    assert files.files() == ["cat-2.csv", "nex-9_output.csv"]
    capsys.readouterr()
    assert main(["run", "realization.json", *options, "--workers", "-2"]) == 1
    assert "workers is -2; expected a number of processes, or 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "gone.json"], "gone.json: 1 problem in the realization\n  - cannot read the file"),
        (["run", "realization.json", "--catchments", "x.geojson"], "x.geojson: no such file"),
        (["run", "realization.json"], "which catchments?"),
    ],
)
def test_errors_go_to_stderr_with_status_1(files, capsys, arguments, message):
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("ngen-arid run: ")
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_warnings_go_to_stderr_unless_quiet(files, capsys):
    files.realization["catchments"] = {"cat-1": files.realization["global"]}
    (files.folder / "realization.json").write_text(json.dumps(files.realization))
    assert main(["run", "realization.json"]) == 0
    assert "WARNING: no catchment file" in capsys.readouterr().err
    assert main(["--quiet", "run", "realization.json"]) == 0
    assert capsys.readouterr().err == ""


def test_interruption(files, capsys, model):
    def step(self, time):
        raise KeyboardInterrupt

    model.make("Tiny", step=step)
    assert main(["run", "realization.json", "--catchments", "catchments.geojson"]) == 130
    assert "what was not finished was not written" in capsys.readouterr().err
    assert files.files() == []


def test_help_and_wrong_usage(capsys):
    assert main(["run", "--help"]) == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    assert "--catchment-ids" in text
    assert main(["run"]) == 2
    assert "REALIZATION" in capsys.readouterr().err
    assert main(["--version"]) == 0


def test_as_a_module():
    finished = subprocess.run([sys.executable, "-m", "ngen_arid", "--help"], capture_output=True, text=True, check=True)
    assert "run an ngen realization" in finished.stdout
