"""Adaptive sub-steps: every process that Euler's rule takes as constant is in the error that the tolerance bounds."""

import numpy as np
import pytest

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.options import ADAPTIVE
from tests.lgar_bmi.reference import PLAIN, SYNTH_1, model

SANDY_LOAM = VanGenuchtenSoil(0.065, 0.41, 0.075, 1.89, 4.42)


def errors(parameters, soils, thickness, psi, rain, pet, name, **options) -> list[float]:
    """Difference of a flux's sum to that of 10 s sub-steps, for tolerances of 1e-3 and 1e-5 cm."""

    def total(length: float, **more: float) -> float:
        column = model(soils, thickness, psi, parameters, length=length, **options, **more)
        return float(column.run(rain, pet)[name].sum())

    exact = total(1.0 / 360.0)
    return [abs(total(1.0 / 12.0, substeps=ADAPTIVE, tolerance=tolerance) - exact) for tolerance in (1e-3, 1e-5)]


def test_free_drainage_of_a_wet_column_follows_the_tolerance() -> None:
    """No rain and no front: only drainage changes, from 4 cm/h to a hundredth of it."""
    coarse, fine = errors(PLAIN, [SANDY_LOAM], (100.0,), 5.0, np.zeros(48), 0.05, "percolation", free_drainage=1)
    assert coarse < 0.05
    assert fine < 0.2 * coarse


def test_outflow_of_a_reservoir_follows_the_tolerance() -> None:
    parameters = PLAIN._replace(frac_to_CR=0.9, a=0.2, b=1.5, spf_factor=0.1)
    rain = np.zeros(48)
    rain[5:11] = 20.0  # the surface is wet enough for preferential flow before
    coarse, fine = errors(parameters, SYNTH_1[2:], (100.0,), 500.0, rain, 0.0, "outflow")
    assert coarse < 0.05
    assert fine < 0.3 * coarse


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4])
def test_smaller_tolerances_take_more_substeps(tolerance: float) -> None:
    rain = np.zeros(72)
    rain[10:14] = (5.0, 30.0, 10.0, 2.0)
    coarse, fine = (
        model(SYNTH_1, (10.0, 30.0, 30.0), 500.0, substeps=ADAPTIVE, tolerance=t).run(rain, 0.3)["substeps"].sum()
        for t in (tolerance, tolerance / 10.0)
    )
    assert fine > 1.2 * coarse


def test_coarse_over_tight_soil_runs_off_as_with_short_substeps() -> None:
    """The front comes to a layer of 1/270 of the conductivity in a sub-step in which all rain still goes in."""
    soils = [SANDY_LOAM._replace(ks=4.0), SYNTH_1[2]._replace(ks=0.015)]
    rain = np.full(12, 15.0)

    def infiltration(**options: float) -> float:
        return float(model(soils, (25.0, 60.0), 1e4, **options).run(rain)["infiltration"].sum())

    assert infiltration(substeps=ADAPTIVE) == pytest.approx(infiltration(length=1.0 / 360.0), abs=0.05)
