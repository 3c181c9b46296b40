"""The memory of a run is what its formula says, whatever the size of the domain."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from ngen_ensemble.memory import needed_bytes
from tests.paths import ROOT


def test_formula():
    # C T (2 x 2 x 8 + 9 + 24 n), twice the base, four times the parameters
    assert needed_bytes(0, 10, 100, 1, 0, False, 0) == 0
    assert needed_bytes(0, 10, 100, 2, 1, False, 0) - needed_bytes(0, 0, 100, 2, 1, False, 0) == 1000 * 89
    assert needed_bytes(1000, 0, 0, 1, 2, False, 300) - 2 * needed_bytes(0, 0, 0, 1, 1, False, 0) == 1_200_000
    assert needed_bytes(0, 1, 1, 1, 1, True, 0) - needed_bytes(0, 1, 1, 1, 1, False, 0) == 24


@pytest.mark.slow
@pytest.mark.parametrize("mixed", [False, True])
def test_measured(make, mixed, tmp_path):
    """The peak of a process of its own stays below the formula, and where it has to compile everything, too."""
    count, hours, block = 3072, 3000, 1024
    schemes = (lambda k: {"soil_scheme": "ode"} if k % 3 == 1 else {}) if mixed else (lambda k: {})
    domain = make(count=48, hours=hours, schemes=schemes)
    configs = list(domain.configs.values())
    domain.ids = [f"cat-{k + 1}" for k in range(count)]
    domain.configs = {name: configs[k % 48] for k, name in enumerate(domain.ids)}
    domain.values = {key: np.tile(values, (count // 48, 1)) for key, values in domain.values.items()}
    domain.write_forcing()
    domain.write_table()
    outputs = ["Q_OUT", "ACTUAL_ET"]
    path = domain.write_realization(table="parameters.csv", output_variables=outputs)
    command = [sys.executable, "-m", "ngen_arid", "run", str(path), "--ensemble", "--block", str(block)]
    done = subprocess.run(
        [*command, "--output", "output"],
        cwd=domain.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_NUM_THREADS": "2"}
        | ({"NUMBA_CACHE_DIR": str(tmp_path / "nothing compiled")} if mixed else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    said = re.search(r"([\d.]+) GB of memory at most", done.stdout)
    assert said is not None, done.stdout
    needed = needed_bytes(count, block, hours, len(outputs), 1, mixed, 800)
    assert 0.2 < float(said[1]) <= needed / 1e9
