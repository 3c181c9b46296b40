"""The module that ngen runs in C: its numbers to the last digit, and what its departures from the textbooks make.

The real ngen recorded them (December 2015, three catchments by three methods).
"""

import numpy as np
import pytest

from pet_bmi.aorc import read_aorc
from pet_bmi.coefficients import PetParameters
from pet_bmi.ensemble import simulate
from pet_bmi.state import COMBINATION, ENERGY_BALANCE, PENMAN_MONTEITH, PetOptions
from tests.paths import shared
from tests.pet_bmi.c_module import DEPARTURES, potential_evaporation

METHODS = {"cat-27": PENMAN_MONTEITH, "cat-52": COMBINATION, "cat-67": ENERGY_BALANCE}
MM_H = 3.6e6
ALBEDO = 0.22


def weather(catchment):
    (path,) = shared("data", "ngen", "forcing").glob(f"{catchment}_*.csv")
    read = read_aorc(path)
    assert read.notes == ()
    return read.forcing


def recorded(catchment, run="schaake_giuh"):
    path = shared("reference", "ngen", "runs", run, "expected", f"{catchment}.csv")
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    # PET of the step in m is what CFE made of the flux
    np.testing.assert_allclose(table["POTENTIAL_ET"], 3600.0 * table["water_potential_evaporation_flux"], rtol=1e-15)
    return table["water_potential_evaporation_flux"]


@pytest.mark.parametrize("run", ["schaake_giuh", "xinanjiang_nash"])
@pytest.mark.parametrize("catchment", METHODS)
def test_equations_with_all_departures_are_the_module(catchment, run):
    fields = {name: values[0] for name, values in weather(catchment)._asdict().items()}
    computed = potential_evaporation(METHODS[catchment], fields, ALBEDO)
    expected = recorded(catchment, run)
    assert expected.max() > 1e-7
    np.testing.assert_allclose(computed, expected, rtol=1e-13, atol=1e-21)


@pytest.mark.parametrize(
    ("catchment", "soil_heat", "monthly", "hourly"),
    [("cat-27", 1, 0.001, 0.003), ("cat-52", 0, 0.002, 0.002), ("cat-67", 0, 0.001, 0.0002)],
)
def test_without_the_departures_the_component_agrees(catchment, soil_heat, monthly, hourly):
    """What is left are constants: 611 or 610.8 Pa, 1006 or 1013 J/kg/K, and the like. Relative, and in mm/h."""
    forcing = weather(catchment)
    method = METHODS[catchment]
    fields = {name: values[0] for name, values in forcing._asdict().items()}
    textbook = potential_evaporation(method, fields, ALBEDO, without=DEPARTURES)
    options = PetOptions(method=method, soil_heat=soil_heat)
    run = simulate(PetParameters(albedo=ALBEDO), None, forcing, options)
    ours = run.outputs["potential_evaporation"][0]
    assert ours.sum() == pytest.approx(textbook.sum(), rel=monthly)
    assert np.abs(ours - textbook).max() * MM_H < hourly


@pytest.mark.parametrize(
    ("catchment", "module", "ours"), [("cat-27", 87.5, 37.5), ("cat-52", 57.3, 41.7), ("cat-67", 70.4, 53.9)]
)
def test_monthly_sums_that_the_documentation_tells(catchment, module, ours):
    """In mm of December 2015."""
    run = simulate(PetParameters(albedo=ALBEDO), None, weather(catchment), PetOptions(method=METHODS[catchment]))
    assert run.outputs["potential_evaporation"].sum() * MM_H == pytest.approx(ours, abs=0.05)
    assert recorded(catchment).sum() * MM_H == pytest.approx(module, abs=0.05)


@pytest.mark.parametrize(
    ("catchment", "sums"),
    [
        ("cat-27", [87.5, 75.6, 65.0, 64.5, 62.7, 60.4, 35.8, 37.5]),
        ("cat-52", [57.3, 49.3, 49.3, 49.1, 47.2, 45.3, 45.3, 45.3]),
        ("cat-67", [70.4, 60.4, 60.4, 60.0, 60.0, 60.0, 60.0, 60.0]),
    ],
)
def test_departures_left_out_one_after_the_other_as_the_documentation_tells(catchment, sums):
    fields = {name: values[0] for name, values in weather(catchment)._asdict().items()}
    for i, expected in enumerate(sums):
        pet = potential_evaporation(METHODS[catchment], fields, ALBEDO, without=DEPARTURES[:i])
        assert pet.sum() * MM_H == pytest.approx(expected, abs=0.051), DEPARTURES[:i]


def test_every_departure_matters_somewhere():
    """Left out alone, each changes the month of a method by more than 0.2 mm."""
    seen = set()
    for catchment, method in METHODS.items():
        fields = {name: values[0] for name, values in weather(catchment)._asdict().items()}
        total = potential_evaporation(method, fields, ALBEDO).sum()
        for departure in DEPARTURES:
            change = potential_evaporation(method, fields, ALBEDO, without=(departure,)).sum() - total
            if abs(change) * MM_H > 0.2:
                seen.add(departure)
    assert seen == set(DEPARTURES)
