"""The same numbers with compiled code, with numba told not to compile, and without numba."""

import json
import math
from pathlib import Path

import pytest

from tests.plain_python import CHECK, interpreter
from tests.richards_bmi.scenarios import run_all

RUN = (
    "import sys, runpy as r; sys.argv = ['', {folder!r}]; "
    "r.run_module('tests.richards_bmi.scenarios', None, '__main__')"
)


@pytest.mark.parametrize("numba", [True, False], ids=["compilation disabled", "numba absent"])
def test_plain_python_gives_the_same_numbers(tmp_path: Path, numba: bool) -> None:
    """To the residual that Newton's iteration may leave, since the last digit decides whether it goes on."""
    expected = run_all(tmp_path)
    interpreter(tmp_path, CHECK.format(numba=numba) + RUN.format(folder=str(tmp_path)), numba=numba)
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == set(expected)
    for name, steps in expected.items():
        for i, (ours, plain) in enumerate(zip(steps, results[name], strict=True)):
            assert set(ours) == set(plain)
            for key, value in ours.items():
                same = pytest.approx(value, rel=1e-7, abs=1e-11, nan_ok=True)
                assert plain[key] == same, (name, i, key)
    totals = [steps[-1]["ngen::mass_out"] for steps in expected.values()]
    assert all(math.isfinite(total) and total > 0.0 for total in totals)
    assert len(set(totals)) == len(totals)


def test_importing_the_component_imports_neither_torch_nor_scipy(tmp_path: Path) -> None:
    code = "import sys, richards_bmi; print([m for m in ('torch', 'scipy', 'pandas', 'xarray') if m in sys.modules])"
    assert interpreter(tmp_path, code, numba=False).strip() == "[]"
