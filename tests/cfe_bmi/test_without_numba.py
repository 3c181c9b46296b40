"""The same numbers with compiled code, with numba told not to compile, and without numba."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cfe_bmi.scenarios import run_all
from tests.plain_python import CHECK, interpreter

RUN = "import sys, runpy as r; sys.argv = ['', {folder!r}]; r.run_module('tests.cfe_bmi.scenarios', None, '__main__')"


@pytest.mark.parametrize("numba", [True, False], ids=["compilation disabled", "numba absent"])
def test_plain_python_gives_the_same_numbers(tmp_path: Path, numba: bool) -> None:
    expected = run_all(tmp_path)
    interpreter(tmp_path, CHECK.format(numba=numba) + RUN.format(folder=str(tmp_path)), numba=numba)
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == set(expected)
    for name, steps in expected.items():
        for i, (ours, plain) in enumerate(zip(steps, results[name], strict=True)):
            assert set(ours) == set(plain)
            for key, value in ours.items():
                assert abs(plain[key] - value) <= 1e-14, (name, i, key)
    totals = [steps[-1]["ngen::mass_out"] for steps in expected.values()]
    assert len(set(totals)) == len(totals)
    assert np.isfinite(totals).all()


def test_a_wilting_point_exactly_at_the_threshold_is_refused_without_numba_too(tmp_path: Path) -> None:
    """Plain Python divides by zero with an exception, compiled code without."""
    code = """
from cfe_bmi.coefficients import derive, storage_threshold
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import problems_of
p = CAT_87._replace(depth=1.0)
p = p._replace(wltsmc=storage_threshold(p))
print(problems_of(p)[0])
"""
    assert "storage threshold" in interpreter(tmp_path, code, numba=False)


def test_importing_a_component_imports_neither_torch_nor_scipy(tmp_path: Path) -> None:
    code = "import sys, cfe_bmi; print([m for m in ('torch', 'scipy', 'pandas', 'xarray') if m in sys.modules])"
    assert interpreter(tmp_path, code, numba=False).strip() == "[]"
