"""The same numbers with compiled code, with numba told not to compile, and without numba."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.lgar_bmi.scenarios import ensemble_total, run_all
from tests.plain_python import CHECK, interpreter

RUN = "import sys, runpy as r; sys.argv = ['', {folder!r}]; r.run_module('tests.lgar_bmi.scenarios', None, '__main__')"

ENSEMBLE = "from tests.lgar_bmi.scenarios import ensemble_total; print(repr(ensemble_total()))"


@pytest.mark.parametrize("numba", [True, False], ids=["compilation disabled", "numba absent"])
def test_plain_python_gives_the_same_numbers(tmp_path: Path, numba: bool) -> None:
    """Suctions near saturation magnify round-off: they agree to fewer digits."""
    expected = run_all(tmp_path)
    interpreter(tmp_path, CHECK.format(numba=numba) + RUN.format(folder=str(tmp_path)), numba=numba)
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == set(expected)
    for name, steps in expected.items():
        for i, (ours, plain) in enumerate(zip(steps, results[name], strict=True)):
            assert set(ours) == set(plain)
            for key, value in ours.items():
                rough = key == "soil_suction_wetting_fronts"
                assert plain[key] == pytest.approx(value, rel=1e-6 if rough else 1e-9, abs=1e-12), (name, i, key)
    totals = [steps[-1]["ngen::mass_out"] for steps in expected.values()]
    assert np.isfinite(totals).all()
    assert len(set(totals)) == len(totals)


@pytest.mark.parametrize("numba", [True, False], ids=["compilation disabled", "numba absent"])
def test_the_ensemble_runs_without_numba(tmp_path: Path, numba: bool) -> None:
    expected = ensemble_total()
    assert expected > 0.0
    assert float(interpreter(tmp_path, ENSEMBLE, numba=numba)) == pytest.approx(expected, rel=1e-10)


def test_importing_the_component_imports_neither_torch_nor_scipy(tmp_path: Path) -> None:
    code = "import sys, lgar_bmi; print([m for m in ('torch', 'scipy', 'pandas', 'xarray') if m in sys.modules])"
    assert interpreter(tmp_path, code, numba=False).strip() == "[]"
