"""The exact ODE soil step against the closed form evaluated in C (%.17g), checked there with 50 digits.

Rows: the project's CFE specification, section "Golden values", table "Exact ODE step (C)"; wilting point 0.13 m,
threshold 0.48 m, maximum 0.88 m.
"""

import pytest

from cfe_bmi.soil_ode import integrate_soil
from cfe_bmi.state import ODE, CfeOptions
from tests.cfe_bmi.soil_column import column

# fmt: off
# S0, I, E, k_p, k_l | S1, ET, percolation, lateral flow
ROWS = (
    (0.5, 0, 0.0002, 0.0122, 0.01,
     0.49872568920735622, 0.00020000000000000001, 0.00059038701217361742, 0.00048392378047017816),
    (0.4801, 0, 0.0003, 0.0122, 0.01,
     0.47979914390750866, 0.00029994234484121514, 5.0214960953874662e-07, 4.1159804060552997e-07),
    (0.478, 0.004, 0.0001, 0.0122, 0.01,
     0.48187468601068673, 9.9853494164009498e-05, 1.3991803640568726e-05, 1.146869150866289e-05),
    (0.129, 0.003, 0.0001, 0.0122, 0.01, 0.13199980953590268, 1.9046409732568063e-07, 0, 0),
    (0.3, 0, 0.0002, 0.0122, 0.01, 0.29990288489267325, 9.7115107326747256e-05, 0, 0),
    (0.86, 0.02, 0.0001, 0.0122, 0.01,
     0.85884241996698774, 0.0001, 0.011572183621745499, 0.009485396411266802),
    (0.7, 0.1, 0.0001, 1.8, 0.8,
     0.49567688068778148, 0.0001, 0.21061600567768973, 0.093607113634528782),
    (0.4799, 0.35, 0.0001, 0.01, 0.005,
     0.82332429976559973, 9.9999995917201059e-05, 0.0043171334923219748, 0.0021585667461609874),
)
# fmt: on


@pytest.mark.parametrize("row", ROWS)
def test_one_step_equals_the_closed_form(row: tuple[float, ...]) -> None:
    start, infiltration, demand, percolation_max, lateral_max, end, *fluxes = row
    c = column(0.13, 0.48, 0.88, percolation_max, lateral_max)
    et, percolation, lateral = integrate_soil(start, float(infiltration), demand, c, CfeOptions(soil_scheme=ODE))
    for value, expected in zip((et, percolation, lateral), fluxes, strict=True):
        assert abs(value - expected) <= 1e-16
    assert abs(start + infiltration - et - percolation - lateral - end) <= 5e-16
