"""CSDMS's bmi-tester as a smoke test, where it is installed.

It is no proof: it skips its tests of `initialize` and `update` for any model. Our own are in test_conformance.py.
LGAR and Richards are left out: the regular expression that it judges names by takes minutes over names as long as
`conceptual_reservoir_to_stream_discharge`. It reads units with gimli.units below 0.4:
`pip install bmi-tester 'gimli.units<0.4'`.
"""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.ngen_bmi.components import COMPONENTS
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("bmi_tester", "gimli")),
    reason="needs bmi-tester and gimli.units<0.4",
)

CASES = [c for c in COMPONENTS if c.name in ("cfe-classic", "pet")]


@pytest.mark.parametrize("component", CASES, ids=str)
def test_bmi_tester_finds_nothing(component, tmp_path):
    config = str(component.configure(tmp_path))
    factory = component.factory
    result = subprocess.run(
        [sys.executable, "-m", "bmi_tester", f"{factory.__module__}:{factory.__name__}"]
        + ["--root-dir", str(tmp_path), "--config-file", config, "--bmi-version", "2.0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert " failed" not in result.stdout
