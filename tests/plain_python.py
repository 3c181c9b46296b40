"""Code in a process of its own that does not compile."""

import os
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

BLOCK_NUMBA = """
import sys

class NoNumba:
    def find_spec(self, name, path=None, target=None):
        if name == "numba" or name.startswith("numba."):
            raise ImportError("no numba here")

sys.meta_path.insert(0, NoNumba())
"""

CHECK = "import hydro_physics.jit as j; assert not j.JIT_ENABLED; assert j.HAVE_NUMBA is {numba}; "
"""Code that fails unless it is not compiled, with numba there or not."""


def interpreter(folder: Path, code: str, *, numba: bool) -> str:
    """Run code in a process of its own; without numba every import of it fails there."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    environment.pop("NUMBA_DISABLE_JIT", None)
    if numba:
        environment["NUMBA_DISABLE_JIT"] = "1"
    else:
        code = BLOCK_NUMBA + code
    result = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
