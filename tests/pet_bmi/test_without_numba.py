"""The same numbers with compiled code, with numba told not to compile, and without numba."""

import json
from pathlib import Path

import pytest

from pet_bmi.variables import PET
from tests.pet_bmi.scenarios import run_all
from tests.plain_python import CHECK, interpreter

RUN = "import sys, runpy as r; sys.argv = ['', {folder!r}]; r.run_module('tests.pet_bmi.scenarios', None, '__main__')"


@pytest.mark.parametrize("numba", [True, False], ids=["compilation disabled", "numba absent"])
def test_plain_python_gives_the_same_numbers(tmp_path: Path, numba: bool) -> None:
    expected = run_all(tmp_path)
    interpreter(tmp_path, CHECK.format(numba=numba) + RUN.format(folder=str(tmp_path)), numba=numba)
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == set(expected)
    for name, steps in expected.items():
        for i, (ours, plain) in enumerate(zip(steps, results[name], strict=True)):
            assert plain == pytest.approx(ours, rel=1e-12, abs=1e-20), (name, i)
    totals = [sum(step[PET] for step in steps) for steps in expected.values()]
    assert min(totals) > 0.0
    assert len(set(totals)) == len(totals)


def test_the_ensemble_runs_in_plain_python(tmp_path: Path) -> None:
    code = (
        "import numpy as np; from pet_bmi.ensemble import *; from pet_bmi.coefficients import PetParameters; "
        "f = EnsembleForcing(*([v] for v in (300., .008, 9e4, 600., 350., 3., 1.))); "
        "print(simulate(PetParameters(), None, f).outputs['potential_evaporation'][0, 0])"
    )
    plain = float(interpreter(tmp_path, code, numba=False))
    assert plain == pytest.approx(float(interpreter(tmp_path, code, numba=True)), rel=1e-14)
    assert 1e-7 < plain < 2e-7


def test_importing_the_component_imports_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    code = "import sys, pet_bmi; print([m for m in ('torch', 'scipy', 'pandas', 'pyet', 'xarray') if m in sys.modules])"
    assert interpreter(tmp_path, code, numba=False).strip() == "[]"
