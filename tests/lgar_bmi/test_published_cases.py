"""LGAR-C's published test cases, in compatibility mode: synthetic storms and 7500 hours at Phillipsburg."""

from pathlib import Path

import numpy as np
import pytest

from tests.lgar_bmi.reference import Case, differences, front_differences, load_case, routed
from tests.paths import shared

STORAGE = 1e-5
FLUX = 2e-5
"""Largest differences at any step [cm]. LGAR-C's balance drifts by 7e-6 cm over the 90 000 sub-steps of a year."""

YEAR = "forcing_data_resampled_uniform_Phillipsburg.csv"
INPUTS = {
    "synth_0": ("vG_default_params.dat", "forcing_data_synth_0.csv"),
    "synth_1": ("vG_default_params_synth_1.dat", "forcing_data_synth_1.txt"),
    "synth_2": ("vG_default_params_synth_2.dat", "forcing_data_synth_2.txt"),
    "Phillipsburg_fix300_Gtrue": ("vG_default_params.dat", YEAR),
    "Phillipsburg_fix300_Gfalse": ("vG_default_params.dat", YEAR),
}


def load(name: str, folder: Path) -> Case:
    published = shared("reference", "lgar", "published")
    soils, forcing = INPUTS[name]
    expected = published / f"{name}.csv"
    if not expected.exists():
        expected = published / f"{name}.csv.gz"
    fronts = published / f"{name}_fronts.csv"
    data = shared("data", "lgar")
    return load_case(
        folder,
        published / f"{name}.config.txt",
        data / "vG" / soils,
        data / "forcing" / forcing,
        expected,
        fronts if fronts.exists() else None,
    )


@pytest.mark.parametrize("name", INPUTS)
def test_a_published_case_is_as_in_lgar_c(tmp_path: Path, name: str) -> None:
    case = load(name, tmp_path)
    series = case.model.run(case.rain, case.pet)
    worst = differences(series, case.expected)
    assert worst.pop("fronts") == 0.0
    assert worst.pop("storage") <= STORAGE
    assert max(worst.values()) <= FLUX, worst
    if len(case.ordinates) > 1:  # a single ordinate of 0 loses all runoff in LGAR-C
        discharge = np.cumsum(routed(series["runoff"] + series["outflow"], case.ordinates))
        assert np.abs(discharge - np.cumsum(case.expected["giuh_runoff"])).max() <= FLUX
    assert case.model.failures() == 0
    assert np.abs(series["imbalance"]).max() <= 1e-9


@pytest.mark.parametrize("name", ["synth_0", "synth_1", "synth_2"])
def test_every_front_of_a_synthetic_case_is_as_in_lgar_c(tmp_path: Path, name: str) -> None:
    case = load(name, tmp_path)
    case.model.run(case.rain, case.pet, history=True)
    worst = front_differences(case.model.history, case.fronts)
    assert worst["layer"] == worst["at_bottom"] == 0.0
    assert worst["depth"] <= 1e-7
    assert worst["theta"] <= 1e-9
    assert worst["psi"] <= 1e-7
    assert worst["k"] <= 1e-7
    assert worst["speed"] <= 1e-7
