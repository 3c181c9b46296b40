"""Recorded states of LGAR-C (0baab41) in its published synthetic storms, and those of the default physics beside them.

Soils, storms and numbers are stated here in full, so nothing but the repository is needed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import lgar_bmi
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.options import ADAPTIVE, LGAR_C_SUM
from tests.lgar_bmi.reference import PHILLIPSBURG, PLAIN, SYNTH_1, SYNTH_2, Model, model, routed, small_runs

LGAR_C = {"capillary_drive": LGAR_C_SUM, "lgar_c": 1}
SYNTH_0_RAIN = 10.0 * np.array([0.0, 1.0, 1.5, 2.0, 2.5, 0.0, 2.5, 2.0, 1.5, 1.0, 0.5, 0.5])
"""Hourly [mm/h]."""

LAYER, AT_BOTTOM, DEPTH, THETA, PSI, K, SPEED = range(7)


def synth_0(**options: int) -> Model:
    parameters = PLAIN._replace(ponded_depth_max=1.0)
    return model(PHILLIPSBURG, (44.0, 131.0, 25.0), 2000.0, parameters, **options)


def pulses(rate: float) -> np.ndarray:
    """Two storms in 144 steps of 5 minutes [mm/h]."""
    rain = np.zeros(144)
    rain[6:11] = rate
    rain[59:129] = rate
    return rain


def storm(soils: Sequence[VanGenuchtenSoil], **options: int) -> Model:
    return model(soils, (10.0, 30.0, 30.0), 100.0, duration=1.0 / 12.0, **options)


def test_synth_0_is_as_lgar_c_recorded_it() -> None:
    m = synth_0(**LGAR_C)
    series = m.run(SYNTH_0_RAIN, history=True)
    near = {"rtol": 0.0, "atol": 2e-9}
    storage = [45.1158503556, 46.1158503556, 47.6158503556, 49.6158503556, 52.0939661423, 52.1158503556, 54.2144706458]
    storage += [55.9742532228, 57.4589145955, 57.8766336174, 58.2363647847, 58.559622927]
    np.testing.assert_allclose(series["storage"], storage, **near)
    ponded = [0.0, 0.0, 0.0, 0.0, 0.02188421333, 0.0, 0.4013797097, 0.6415971328, 0.6569357601, 1.0, 1.0, 1.0]
    np.testing.assert_allclose(series["ponded"], ponded, **near)
    runoff = [0.0] * 9 + [0.2392167382, 0.1402688327, 0.1767418577]
    np.testing.assert_allclose(series["runoff"], runoff, **near)
    discharge = routed(series["runoff"], (0.06, 0.51, 0.28, 0.12, 0.03))
    np.testing.assert_allclose(discharge[-3:], [0.01435300429, 0.1304166664, 0.1491223028], **near)
    first = m.history[1, 0]
    assert first[[DEPTH, THETA, PSI, SPEED]] == pytest.approx(
        [5.902289844, 0.3421304847, 366.68235, 3.5663029], rel=2e-8
    )
    assert m.history[8, 0, AT_BOTTOM] == 1.0
    assert m.history[8, 0, THETA] == pytest.approx(0.4513, abs=1e-12)
    second = m.history[8, 1]
    assert second[[LAYER, AT_BOTTOM]].tolist() == [1.0, 0.0]
    assert second[[DEPTH, THETA, SPEED]] == pytest.approx([44.37689665, 0.4773, 2.0226528], rel=5e-8)


def test_synth_1_is_as_lgar_c_recorded_it() -> None:
    m = storm(SYNTH_1, **LGAR_C)
    series = m.run(pulses(20.0), history=True)
    assert series["storage"][[6, 143]] == pytest.approx([24.2091689653, 28.5093256242], abs=1e-8)
    step = m.history[6, 0]
    assert step[[DEPTH, THETA, SPEED]] == pytest.approx([3.951182804, 0.2843132466, 2.7760741], rel=2e-8)
    step = m.history[11, 0]
    assert step[[DEPTH, THETA, SPEED]] == pytest.approx([6.409346342, 0.3721502435, 6.1190018], rel=2e-8)
    assert series["infiltration"][66] == pytest.approx(0.1105114173, abs=1e-9)
    assert series["runoff"][66] == pytest.approx(0.05615524936, abs=1e-9)
    step = m.history[66, 1]
    assert step[LAYER] == 1.0
    assert step[[DEPTH, THETA, PSI, SPEED]] == pytest.approx([12.65021084, 0.408602301, 2.5514806, 11.727669], rel=5e-8)
    assert series["infiltration"][90] == pytest.approx(0.0377897443, abs=1e-9)
    assert m.history[90, 1, DEPTH] == pytest.approx(28.059037, abs=1e-6)
    step = m.history[143, 2]
    assert step[LAYER] == 2.0
    assert step[[DEPTH, THETA]] == pytest.approx([49.77249435, 0.4287531243], rel=1e-8)


def test_synth_2_is_as_lgar_c_recorded_it() -> None:
    m = storm(SYNTH_2, **LGAR_C)
    series = m.run(pulses(50.0), history=True)
    step = m.history[6, 0]
    assert step[[DEPTH, THETA, SPEED]] == pytest.approx([6.029653274, 0.1401443962, 0.40215177], rel=2e-8)
    assert series["infiltration"][75] == pytest.approx(0.1607529401, abs=1e-9)
    assert m.history[75, 1, DEPTH] == pytest.approx(26.47269603, abs=1e-7)
    assert series["storage"][143] == pytest.approx(29.8439580183, abs=1e-8)
    assert series["fronts"][143] == 3.0
    assert m.history[143, :3, AT_BOTTOM].tolist() == [1.0] * 3
    assert m.history[143, :3, PSI] == pytest.approx([4.1376006] * 3, abs=1e-6)


@pytest.mark.parametrize(
    ("soils", "rate", "paired", "exact"),
    [(SYNTH_1, 20.0, 4.4716, 4.4599), (SYNTH_2, 50.0, 12.0130, 11.9774)],
    ids=["synth_1", "synth_2"],
)
def test_default_physics_infiltrates_what_lgar_c_does_once_its_faults_are_gone(
    soils: Sequence[VanGenuchtenSoil], rate: float, paired: float, exact: float
) -> None:
    """Recorded with LGAR-C: thicknesses paired rightly with its own sum (Q1), and with the true integral too (Q11)."""
    total = storm(soils, capillary_drive=LGAR_C_SUM).run(pulses(rate))["infiltration"].sum()
    assert total == pytest.approx(paired, abs=2e-4)
    total = storm(soils).run(pulses(rate))["infiltration"].sum()
    assert total == pytest.approx(exact, abs=2e-4)


@pytest.mark.parametrize(("soils", "rate"), [(SYNTH_1, 20.0), (SYNTH_2, 50.0)], ids=["synth_1", "synth_2"])
def test_adaptive_substeps_converge_to_short_fixed_ones(soils: Sequence[VanGenuchtenSoil], rate: float) -> None:
    """Infiltration of adaptive sub-steps in hourly forcing, against sub-steps of 10 s."""
    rain = rate * np.array([0.5, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    finest = model(soils, (10.0, 30.0, 30.0), 100.0, length=10.0 / 3600.0).run(rain)["infiltration"].sum()
    gaps, counts = [], []
    for tolerance in (1e-2, 1e-5):
        series = model(soils, (10.0, 30.0, 30.0), 100.0, substeps=ADAPTIVE, tolerance=tolerance).run(rain)
        gaps.append(abs(series["infiltration"].sum() - finest) / finest)
        counts.append(series["substeps"].sum())
    assert gaps[0] < 0.02
    assert gaps[1] < 0.001
    assert counts[0] < 0.5 * counts[1]


def test_plain_python_gives_the_same_numbers() -> None:
    """The same source without compilation, in a process of its own, where a division by zero would be an error."""
    root = Path(__file__).resolve().parents[2]
    package = str(Path(lgar_bmi.__file__).resolve().parents[1])
    paths = os.pathsep.join([package, str(root)])
    code = "import json, hydro_physics.jit as j; assert not j.JIT_ENABLED; "
    code += "from tests.lgar_bmi.reference import small_runs; print(json.dumps(small_runs()))"
    result = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        cwd=package,
        env={**os.environ, "PYTHONPATH": paths, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    plain = json.loads(result.stdout)
    compiled = small_runs()
    assert set(plain) == set(compiled)
    for name, rows in compiled.items():
        assert len(rows) == len(plain[name])
        for ours, theirs in zip(rows, plain[name], strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12, err_msg=name)
