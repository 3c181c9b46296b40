r"""Table of a soil's matric flux potential, from which any capillary drive is two look-ups.

.. math:: \Phi(\psi) = \frac{1}{K_s} \int_{\psi}^{\infty} K \, d\psi', \qquad
          G(\psi_{dry}, \psi_{wet}) = \Phi(\psi_{wet}) - \Phi(\psi_{dry}) .

The table depends on the shape n alone: :math:`\Phi = \phi(\alpha \psi; n) / \alpha`. It is a polynomial on each of many
panels of :math:`s = \ln(\alpha \psi + c)`: the integral of the polynomial through the integrand at Gauss points, so the
potential is continuous and its derivative is the conductivity. The panels never depend on a parameter, which makes
the potential smooth in all of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.quadrature import integrals_from_points
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity

OFFSET = 1e-8
"""Suction times alpha where the variable of the panels turns from linear to logarithmic."""

WIDTH = 0.25
"""Width of a panel; with 8 points each the error is below 1e-11 of the potential at saturation (tested)."""

POINTS = 8
FIRST = math.log(OFFSET)
PANELS = math.ceil((math.log(1e8) - FIRST) / WIDTH)
COEFFICIENTS = POINTS + 1
TABLE_SHAPE = (PANELS, COEFFICIENTS)

_POINTS, _MATRIX = (np.array(constants, dtype=np.float64) for constants in integrals_from_points(POINTS))


@njit
def _decay(soil: VanGenuchtenSoil) -> float:
    """Power of the suction that conductivity falls with in dry soil [-]."""
    return 0.5 * (soil.n - 1.0) + 2.0 * soil.n


@njit
def _place(psi: float, soil: VanGenuchtenSoil) -> float:
    """Panel of a suction, and as its fraction the place in it; beyond the last from `PANELS` on."""
    return (math.log(soil.alpha * psi + OFFSET) - FIRST) / WIDTH


@njit(inline=False, borrow=True)
def fill_matric_flux_table(soil: VanGenuchtenSoil, table: NDArray) -> None:  # type: ignore[type-arg]
    """Tabulate a soil's matric flux potential.

    Parameters
    ----------
    soil : VanGenuchtenSoil
    table : array, shape `TABLE_SHAPE`
        Receives polynomial coefficients, times alpha [-].
    """
    # The driest end's tail has a known integral.
    decay = _decay(soil)
    driest = math.exp(FIRST + PANELS * WIDTH) / soil.alpha
    beyond = conductivity(driest, soil) / soil.ks * driest * soil.alpha / (decay - 1.0)
    for panel in range(PANELS - 1, -1, -1):
        for i in range(COEFFICIENTS):
            table[panel, i] = 0.0 * beyond
        for j in range(POINTS):
            scale = math.exp(FIRST + WIDTH * (panel + _POINTS[j]))
            integrand = conductivity((scale - OFFSET) / soil.alpha, soil) / soil.ks * scale * WIDTH
            for i in range(COEFFICIENTS):
                table[panel, i] = table[panel, i] + _MATRIX[i, j] * integrand
        table[panel, 0] = table[panel, 0] + beyond
        beyond = table[panel, 0]


@njit(borrow=True)
def matric_flux_potential(psi: float, soil: VanGenuchtenSoil, table: NDArray) -> float:  # type: ignore[type-arg]
    """Matric flux potential at a suction, over the saturated conductivity [cm].

    Parameters
    ----------
    psi : float
        Not negative [cm].
    soil : VanGenuchtenSoil
    table : array, shape `TABLE_SHAPE`
        From :func:`fill_matric_flux_table`.
    """
    place = _place(psi, soil)
    if place >= PANELS:
        return conductivity(psi, soil) / soil.ks * psi / (_decay(soil) - 1.0)
    panel = max(int(float(place)), 0)
    t = place - panel
    total = table[panel, COEFFICIENTS - 1]
    for i in range(COEFFICIENTS - 2, -1, -1):
        total = total * t + table[panel, i]
    return total / soil.alpha


@njit(borrow=True)
def flux_potential_and_slopes(
    psi: float,
    soil: VanGenuchtenSoil,
    table: NDArray,  # type: ignore[type-arg]
) -> tuple[float, float, float]:
    """Matric flux potential at a suction or, below 0, a pressure; its slopes are the conductivity and that one's.

    Parameters
    ----------
    psi : float
        [cm].
    soil : VanGenuchtenSoil
    table : array, shape `TABLE_SHAPE`
        From :func:`fill_matric_flux_table`.

    Returns
    -------
    potential : float
        Integral of the conductivity from `psi` on [cm2/h].
    conductivity : float
        Exactly the table's slope, and so within its error of :func:`hydro_physics.van_genuchten.conductivity` [cm/h].
    slope : float
        Derivative of the conductivity by suction [1/h]; 0 in saturated soil.
    """
    if psi <= 0.0:
        return soil.ks * (table[0, 0] / soil.alpha - psi), soil.ks + 0.0 * psi, 0.0 * psi
    place = _place(psi, soil)
    if place >= PANELS:
        k = conductivity(psi, soil)
        return k * psi / (_decay(soil) - 1.0), k, -_decay(soil) * k / psi
    panel = max(int(float(place)), 0)
    t = place - panel
    total = table[panel, COEFFICIENTS - 1]
    first = 0.0 * total
    second = 0.0 * total  # half the second derivative
    for i in range(COEFFICIENTS - 2, -1, -1):
        second = second * t + first
        first = first * t + total
        total = total * t + table[panel, i]
    x = soil.alpha * psi + OFFSET
    scale = x * WIDTH
    return (
        soil.ks * total / soil.alpha,
        -soil.ks * first / scale,
        -soil.ks * soil.alpha * (2.0 * second / scale - first / x) / scale,
    )


@njit(borrow=True)
def tabulated_drive(
    psi_dry: float,
    psi_wet: float,
    soil: VanGenuchtenSoil,
    table: NDArray,  # type: ignore[type-arg]
) -> float:
    """Capillary drive from the table of a soil [cm]; 0 when the dry end is not the drier one."""
    if psi_dry <= psi_wet:
        return 0.0 * (psi_dry + psi_wet)
    drive = matric_flux_potential(psi_wet, soil, table) - matric_flux_potential(psi_dry, soil, table)
    return max(drive, 0.0 * drive)
