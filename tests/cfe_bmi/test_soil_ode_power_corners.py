"""The non-linear ODE soil in the corners of the valid ranges, against an implicit solver of another kind."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from cfe_bmi.coefficients import derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import problems_of
from cfe_bmi.soil_ode import integrate_soil
from cfe_bmi.state import ODE, CfeOptions

OPTIONS = CfeOptions(soil_scheme=ODE, linear_outlets=0)


def truth(storage, infiltration, c):
    """Percolation and lateral flow by Radau at tight tolerance; without evaporation there is no kink to cross."""

    def slopes(_, y):
        fullness = max(y[0], 0.0) * c.drainage_slope
        fast = c.percolation_max * fullness**c.percolation_exponent
        slow = c.lateral_max * fullness**c.lateral_exponent
        return [infiltration - fast - slow, fast, slow]

    start = [storage - c.soil_threshold, 0.0, 0.0]
    solution = solve_ivp(slopes, (0.0, 1.0), start, method="Radau", rtol=1e-10, atol=1e-15)
    assert solution.success
    return solution.y[1:, -1]


def test_outflow_begins_when_infiltration_exceeds_it():
    """An extrapolation that undershoots near the threshold once made the step size negative, and the outflow 0."""
    c = derive(CAT_87._replace(depth=0.1, soil_expon_secondary=20.0, Klf=1.0))
    start = c.soil_threshold + 1e-9 * (c.soil_max - c.soil_threshold)
    _, percolation, lateral = integrate_soil(start, 0.0178922, 0.0, c, OPTIONS)
    assert [percolation, lateral] == pytest.approx(truth(start, 0.0178922, c), abs=1e-9)
    assert lateral > 3e-3


def test_random_corners():
    rng = np.random.default_rng(11)
    checked = 0
    while checked < 150:
        p = CAT_87._replace(
            depth=10 ** rng.uniform(-2, 1),
            soil_expon=rng.choice([1.0, rng.uniform(1, 20)]),
            soil_expon_secondary=rng.uniform(1, 20),
            Klf=10 ** rng.uniform(-3, 2),
            satdk=10 ** rng.uniform(-7, 0),
            slope=rng.uniform(0, 1),
        )
        c = derive(p)
        if problems_of(p) or c.soil_threshold >= c.soil_max:
            continue
        start = c.soil_threshold + (c.soil_max - c.soil_threshold) * rng.choice([1e-9, rng.random(), 1.0])
        infiltration = rng.choice([0.0, rng.random() * (c.soil_max - start)])
        _, percolation, lateral = integrate_soil(start, infiltration, 0.0, c, OPTIONS)
        np.testing.assert_allclose([percolation, lateral], truth(start, infiltration, c), rtol=0.0, atol=1e-8)
        checked += 1
