"""LGAR-C's 36 generated columns, in compatibility mode: the same fronts at every step and the same water.

LGAR-C's own loops stop at 1e-10 cm, so its storage is good to a few 1e-7 cm.
"""

from pathlib import Path

import numpy as np
import pytest

from tests.lgar_bmi.reference import Case, differences, front_differences, load_case, routed
from tests.paths import SHARED, shared

CASES = SHARED / "reference" / "lgar" / "cases"
NAMES = tuple(f"{tens}{ones}" for tens in range(6) for ones in (0, 1, 2, 5, 6, 7))
WITH_FRONTS = tuple(f"{tens}{ones}" for tens in range(6) for ones in (0, 1))

STORAGE = 1e-5
FLUX = 1e-5
"""Largest differences of the storage and of a cumulative flux at any of 600 steps [cm]; 8e-7 was measured."""

DEPTH, THETA, PSI, SPEED = 1e-5, 1e-7, 1e-4, 1e-4
"""Of every front: depth [cm], moisture [-], suction and velocity relative to 1 cm (1 cm/h) or themselves."""


def load(name: str, folder: Path) -> Case:
    case = shared("reference", "lgar", "cases", name)
    fronts = case / "expected_fronts.csv"
    files = (case / file for file in ("config.txt", "soils.dat", "forcing.csv", "expected.csv"))
    return load_case(folder, *files, fronts if fronts.exists() else None)


def test_all_cases_are_listed() -> None:
    shared("reference", "lgar", "cases")
    assert sorted(path.name for path in CASES.iterdir() if path.is_dir()) == list(NAMES)
    assert sorted(path.parent.name for path in CASES.glob("*/expected_fronts.csv")) == list(WITH_FRONTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_generated_column_is_as_in_lgar_c(tmp_path: Path, name: str) -> None:
    case = load(name, tmp_path)
    assert case.model.options.lgar_c == 1
    series = case.model.run(case.rain, case.pet)
    worst = differences(series, case.expected)
    assert worst.pop("fronts") == 0.0
    assert worst.pop("storage") <= STORAGE
    assert max(worst.values()) <= FLUX, worst
    discharge = np.cumsum(routed(series["runoff"] + series["outflow"], case.ordinates))
    assert np.abs(discharge - np.cumsum(case.expected["giuh_runoff"])).max() <= FLUX
    assert case.model.failures() == 0
    assert np.abs(series["imbalance"]).max() <= 1e-9


@pytest.mark.parametrize("name", WITH_FRONTS)
def test_every_front_is_as_in_lgar_c(tmp_path: Path, name: str) -> None:
    case = load(name, tmp_path)
    case.model.run(case.rain, case.pet, history=True)
    worst = front_differences(case.model.history, case.fronts)
    assert worst["layer"] == 0.0
    assert worst["at_bottom"] == 0.0
    assert worst["depth"] <= DEPTH
    assert worst["theta"] <= THETA
    assert worst["psi"] <= PSI
    assert worst["speed"] <= SPEED
