"""``ngen-arid check`` from a shell: its report, its JSON and its exit status."""

import json
import subprocess
import sys

import pytest

from ngen_arid.__main__ import main

pytest.importorskip("cf_units")

# A model that prints from Python and from below Python.
LOUD = """
import os
from tests.ngen_harness.conftest import TinyModel

class Loud(TinyModel):
    hidden = {}

    def initialize(self, path):
        print("python says hello")
        os.write(1, b"compiled code says hello\\n")

    def finalize(self):
        print("bye")
"""


@pytest.fixture
def command(basin, capfd):
    """Run the command; returns its status, stdout and stderr."""

    def command(*options):
        (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
        status = main(["check", "realization.json", "--catchments", "catchments.geojson", *options])
        return status, *capfd.readouterr()

    return command


def test_clean(command):
    assert command() == (0, "nothing found: ngen would run this\n", "")
    status, out, _ = command("--json")
    assert status == 0
    assert json.loads(out) == {"status": 0, "counts": {"abort": 0, "silent": 0, "works": 0}, "findings": []}


def test_warnings_and_aborts(command, basin):
    basin.params["fixed_time_step"] = False
    status, out, err = command()
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "works, but (1)",
        "",
        "  realization.json: global.formulations[0].params.fixed_time_step  [no-effect]",
        "    ngen stores it and never uses it",
        "    fix: remove the key",
        "",
        "0 x ngen would abort, 0 x ngen would silently go wrong, 1 x works, but",
    ]
    basin.params["main_output_variable"] = "discharge"
    status, out, _ = command("--json")
    assert status == 2
    document = json.loads(out)
    assert document["counts"] == {"abort": 1, "silent": 0, "works": 1}
    assert document["findings"][0] == {
        "severity": "abort",
        "where": {
            "file": "realization.json",
            "key": "global.formulations[0].params.main_output_variable",
            "variable": "discharge",
            "catchments": ["cat-1", "cat-2"],
        },
        "why": "'discharge' is not an output of Tiny (BMI Py); it has Q, T",
        "fix": "name one of its outputs",
        "code": "unknown-output",
    }


def test_options(command, basin):
    del basin.realization["time"]
    status, out, _ = command("--catchment-ids", "cat-2", "--cwd", ".", "--json")
    assert status == 2
    assert [finding["where"]["key"] for finding in json.loads(out)["findings"]] == ["time"]
    status, out, err = command("--cwd", "nowhere")
    assert (status, out) == (2, "")
    assert "nowhere: no such folder" in err


def test_what_a_model_prints_does_not_spoil_the_json(command, basin):
    (basin.folder / "loud.py").write_text(LOUD)
    basin.params["python_type"] = "loud.Loud"
    status, out, err = command("--json")
    sys.modules.pop("loud", None)
    assert status == 0
    assert json.loads(out)["findings"] == []
    assert "python says hello" in err
    assert "compiled code says hello" in err


def test_as_a_program(command, basin):
    command()
    arguments = [sys.executable, "-m", "ngen_arid", "check", "realization.json", "--json"]
    finished = subprocess.run(arguments, capture_output=True, text=True)
    # the model lives in this process only
    assert finished.returncode == 2
    assert json.loads(finished.stdout)["findings"][0]["code"] == "import"


def test_help(capsys):
    assert main(["check", "--help"]) == 0
    assert "Exit status: 0 nothing found" in " ".join(capsys.readouterr().out.split())
