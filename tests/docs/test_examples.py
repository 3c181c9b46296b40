"""The scripts of examples/ run, and each judges its own result: a wrong one ends with another status than 0."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.paths import ROOT

NEEDS = {"calibrate_one_basin": "spotpy", "learn_with_a_twin": "torch"}
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_runs(script, tmp_path):
    needed = NEEDS.get(script.stem)
    if needed and importlib.util.find_spec(needed) is None:
        pytest.skip(f"needs {needed}")
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip()


def test_every_example_is_told():
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert len(SCRIPTS) == 5
    for script in SCRIPTS:
        assert f"`{script.name}`" in page
