"""Van Genuchten soils and capillary drive: published check values, inverses, slopes, and scipy's quadrature."""

import numpy as np
import pytest
from scipy.integrate import quad

from hydro_physics.capillary_drive import closed_form_drive, exact_drive, lgar_c_drive
from hydro_physics.van_genuchten import (
    DRIEST,
    VanGenuchtenSoil,
    brooks_corey,
    conductivity,
    effective_saturation,
    moisture,
    moisture_slope,
    suction,
)

# Soils of LGAR-C's synthetic and Phillipsburg tests
S1_1 = VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 3.12)
P_1 = VanGenuchtenSoil(0.0648, 0.4513, 0.0031297, 1.6858, 0.45)
S1_3 = VanGenuchtenSoil(0.089, 0.43, 0.010, 1.23, 0.07)
S3_1 = VanGenuchtenSoil(0.057, 0.41, 0.124, 2.28, 14.59)
SOILS = [S1_1, P_1, S1_3, S3_1]

# Recorded with LGAR-C 0baab41, cm: soil, suctions dry and wet, its sum, its closed form
DRIVES = [
    (S1_1, 1000.0, 0.0, 7.11754992981, 6.93352915692),
    (S1_1, 1000.0, 50.0, 0.279171012113, 0.804825663732),
    (S1_1, 200.0, 10.0, 2.74049396144, 5.03735823398),
    (P_1, 1000.0, 0.0, 102.898787251, 96.2145256464),
    (P_1, 1000.0, 50.0, 65.1295168607, 88.8326322283),
    (P_1, 200.0, 10.0, 73.3410531864, 95.1886696715),
    (S1_3, 1000.0, 0.0, 8.99851870583, 8.55128374745),
    (S1_3, 1000.0, 50.0, 2.5991788972, 5.18626545038),
    (S1_3, 200.0, 10.0, 5.57890246211, 7.7528665274),
    (S3_1, 1000.0, 0.0, 3.65579355306, 3.83532944893),
    (S3_1, 1000.0, 50.0, 2.92570814588e-4, 5.42435920733e-4),
    (S3_1, 200.0, 10.0, 0.14292127045, 0.491186053407),
]


def random_soils(count, seed=2):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield VanGenuchtenSoil(
            0.05, 0.45, 10 ** rng.uniform(-3.5, -0.5), rng.uniform(1.1, 3.0), 10 ** rng.uniform(-3, 2)
        )


def integral(dry, wet, soil):
    """Drive by scipy's adaptive quadrature, decade by decade [cm]."""
    cuts = [p for p in np.geomspace(1e-14, 1e6, 81) / soil.alpha if wet < p < dry]
    ends = [wet, *cuts, dry]
    parts = [
        quad(conductivity, a, b, args=(soil,), epsabs=0.0, epsrel=1e-13, limit=200)[0]
        for a, b in zip(ends, ends[1:], strict=False)
    ]
    return sum(parts) / soil.ks


def test_recorded_values():
    assert moisture(100.0, S1_1) == pytest.approx(0.242131784718152, rel=1e-14)
    assert conductivity(100.0, S1_1) == pytest.approx(0.00424031504316015, rel=1e-13)
    assert moisture(2000.0, S1_1) == pytest.approx(0.110080354757616, rel=1e-14)
    assert conductivity(2000.0, S1_1) == pytest.approx(1.94314552907542e-07, rel=1e-12)
    for soil, index, bubbling in ((S1_1, 0.56, 5.04941797297468), (P_1, 0.6858, 72.5011807343024)):
        assert brooks_corey(soil) == pytest.approx((index, bubbling), rel=1e-13)


@pytest.mark.parametrize(("soil", "dry", "wet", "lgar_c", "closed"), DRIVES)
def test_recorded_drives(soil, dry, wet, lgar_c, closed):
    assert lgar_c_drive(dry, wet, soil) == pytest.approx(lgar_c, rel=1e-11)
    assert closed_form_drive(dry, wet, soil) == pytest.approx(closed, rel=1e-11)
    assert exact_drive(dry, wet, soil) == pytest.approx(integral(dry, wet, soil), rel=1e-10)


def test_exact_drive_is_the_integral():
    rng = np.random.default_rng(5)
    for soil in random_soils(60):
        wet = rng.choice([0.0, 10 ** rng.uniform(-2, 2)])
        dry = wet + 10 ** rng.uniform(0, 4)
        assert exact_drive(dry, wet, soil) == pytest.approx(integral(dry, wet, soil), rel=1e-10), (soil, dry, wet)


@pytest.mark.parametrize("soil", SOILS)
def test_saturation_and_suction_are_inverse(soil):
    for psi in np.geomspace(1e-2, 1e5, 60):
        s = effective_saturation(psi, soil)
        # a saturation near 1 holds fewer digits of the suction
        assert suction(s, soil) == pytest.approx(psi, rel=1e-12 + 1e-14 / (1.0 - s))


@pytest.mark.parametrize("soil", SOILS)
def test_slope_is_that_of_moisture(soil):
    for psi in np.geomspace(1.0, 1e4, 30):
        h = 1e-5 * psi
        difference = (moisture(psi + h, soil) - moisture(psi - h, soil)) / (2.0 * h)
        assert moisture_slope(psi, soil) == pytest.approx(difference, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("soil", SOILS)
def test_ends_and_order(soil):
    assert (moisture(0.0, soil), conductivity(0.0, soil), suction(1.0, soil)) == (soil.theta_e, soil.ks, 0.0)
    assert suction(0.0, soil) == DRIEST
    assert suction(1e-300, soil) <= DRIEST
    psi = np.concatenate([[0.0], np.geomspace(1e-9, 1e12, 400)])
    k = np.array([conductivity(p, soil) for p in psi])
    theta = np.array([moisture(p, soil) for p in psi])
    assert (np.diff(k) <= 1e-15 * soil.ks).all()
    assert (k >= 0.0).all()
    assert (np.diff(theta) <= 0.0).all()
    assert theta[-1] >= soil.theta_r
    for drive in (exact_drive, closed_form_drive, lgar_c_drive):
        assert drive(50.0, 50.0, soil) == pytest.approx(0.0, abs=1e-15)
