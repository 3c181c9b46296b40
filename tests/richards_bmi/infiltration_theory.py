r"""What is known of ponded infiltration into one uniform soil without solving the Richards equation on a grid.

The sorptivity by Philip and Knight's iteration (exact) and by Parlange's estimate, and three formulas of cumulative
infiltration. With :math:`\Delta K = K_s - K_i` they share the scaled infiltration and time

.. math:: I^* = 2 \Delta K (I - K_i t) / S^2, \qquad t^* = 2 \Delta K^2 t / S^2 .
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_simpson, quad
from scipy.optimize import brentq

from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture, moisture_slope

START = 1e-9
"""Suction times alpha where the integrals over the logarithm of the suction begin; below it K is that of saturation."""


def over_suction(integrand: Callable[[float], float], dry: float, soil: VanGenuchtenSoil) -> float:
    """Integral of a function of the suction from 0 to `dry`, by adaptive quadrature in its logarithm."""
    first = START / soil.alpha

    def of_logarithm(s: float) -> float:
        psi = math.exp(s)
        return integrand(psi) * psi

    low, high = math.log(first), math.log(dry)
    middle = min(max(-math.log(soil.alpha), low), high)  # the air entry, where all functions bend
    parts = [
        quad(of_logarithm, a, b, epsabs=0.0, epsrel=1e-11, limit=400)[0] for a, b in ((low, middle), (middle, high))
    ]
    return first * integrand(0.0) + sum(parts)


def parlange_sorptivity(soil: VanGenuchtenSoil, psi: float) -> float:
    r"""Sorptivity at zero head by Parlange's estimate [cm/h^0.5].

    :math:`S^2 = \int (\theta_s + \theta - 2 \theta_i) D \, d\theta`, with :math:`D \, d\theta = K \, d\psi`.
    Source: Parlange (1975, Soil Sci. Soc. Am. Proc. 39, 34-37).
    """
    initial = moisture(psi, soil)
    squared = over_suction(
        lambda x: (soil.theta_e + moisture(x, soil) - 2.0 * initial) * conductivity(x, soil), psi, soil
    )
    return math.sqrt(squared)


def sorptivity(soil: VanGenuchtenSoil, psi: float, points: int = 8001) -> float:
    r"""Sorptivity at zero head, exact but for the quadrature, whose error is 5e-6 for n of 1.09 [cm/h^0.5].

    The flux over its value at the surface, F, and the profile of Boltzmann's variable determine one another:

    .. math:: S^2 = 2 \int \frac{\theta - \theta_i}{F} D \, d\theta, \quad
              \lambda(\theta) = \frac{2}{S} \int_\theta^{\theta_s} \frac{D}{F} d\theta', \quad
              F(\theta) = \frac{1}{S} \int_{\theta_i}^{\theta} \lambda \, d\theta' .

    Iterated from Parlange's F. Source: Philip and Knight (1974, Soil Sci. 117, 1-13).
    """
    s = np.linspace(math.log(START / soil.alpha), math.log(psi), points)
    suction = np.exp(s)
    theta = np.array([moisture(x, soil) for x in suction])
    k = np.array([conductivity(x, soil) for x in suction])
    above = theta - theta[-1]
    first = suction[0]

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integral over the logarithm of the suction, from the wet end."""
        return cumulative_simpson(values, x=s, initial=0.0)

    drop = np.array([-moisture_slope(x, soil) for x in suction]) * suction  # -dtheta / ds
    f = np.zeros(points)
    f[:-1] = 2.0 * above[:-1] / (soil.theta_e + theta[:-1] - 2.0 * theta[-1])
    result = 0.0
    for _ in range(200):
        inner = np.zeros(points)
        inner[:-1] = above[:-1] / f[:-1]
        inner[-1] = inner[-2]
        squared = 2.0 * (summed(inner * k * suction)[-1] + first * soil.ks * above[0])
        before, result = result, math.sqrt(squared)
        if abs(result - before) < 1e-12 * result:
            break
        steep = np.zeros(points)
        steep[:-1] = (k * suction)[:-1] / f[:-1]
        steep[-1] = steep[-2]
        boltzmann = 2.0 / result * (summed(steep) + first * soil.ks)  # grows towards the dry end
        # from the wet end down: F = 1 - integral of lambda over theta from theta up; the sum makes F 0 at the dry end
        wetter = summed(boltzmann * drop)
        f = 1.0 - wetter / wetter[-1]
        f[0] = 1.0
    return result


def interpolation_parameter(soil: VanGenuchtenSoil, psi: float) -> float:
    r"""Third parameter for the three-parameter formula: 0 gives Green and Ampt, 1 Talsma and Parlange.

    :math:`\delta = \frac{1}{\theta_s - \theta_i} \int \frac{K_s - K}{K_s - K_i} d\theta`, an estimate.
    Source: Parlange, Haverkamp and Touma (1985, Soil Sci. 139, 305-311).
    """
    driest = conductivity(psi, soil)
    lacking = over_suction(
        lambda x: (soil.ks - conductivity(x, soil)) / (soil.ks - driest) * -moisture_slope(x, soil), psi, soil
    )
    return lacking / (soil.theta_e - moisture(psi, soil))


def scaled_time(infiltration: float, delta: float) -> float:
    r"""Scaled time at which the three-parameter formula has a scaled infiltration.

    .. math:: t^* = \frac{1}{1 - \delta} \left[I^* - \ln \frac{e^{\delta I^*} + \delta - 1}{\delta}\right]

    with the limits :math:`I^* - \ln(1 + I^*)` (Green and Ampt, 1911) for 0 and :math:`I^* - 1 + e^{-I^*}`
    (Talsma and Parlange, 1972, Aust. J. Soil Res. 10, 143-150) for 1.
    Source: Parlange et al. (1982, Soil Sci. 133, 337-341).
    """
    x = infiltration
    if x < 1e-4:  # the digits of the difference are gone: its series
        return x * x * (0.5 - x * (2.0 - delta) / 6.0)
    if delta == 0.0:
        return x - math.log1p(x)
    if delta == 1.0:
        return x + math.expm1(-x)
    # the logarithm without e^(delta x), which would overflow, and without a difference of near numbers
    return ((1.0 - delta) * x - math.log1p(math.expm1(-delta * x) * (1.0 - 1.0 / delta))) / (1.0 - delta)


def infiltration(
    times: ArrayLike, sorptivity: float, soil: VanGenuchtenSoil, psi: float, delta: float
) -> NDArray[np.float64]:
    """Cumulative infiltration under a pond without depth [cm].

    Parameters
    ----------
    times : array
        [h].
    sorptivity : float
        [cm/h^0.5].
    soil : VanGenuchtenSoil
    psi : float
        Initial suction [cm].
    delta : float
        0 for Green and Ampt, 1 for Talsma and Parlange, between them for the three-parameter formula.
    """
    initial = conductivity(psi, soil)
    gain = soil.ks - initial
    out = []
    for time in np.atleast_1d(np.asarray(times, dtype=float)):
        scaled = 2.0 * gain * gain * time / sorptivity**2
        # Green and Ampt's x - ln(1 + x) is the smallest of the family and above x / 2 from x = 4 on
        high = 4.0 * scaled + 4.0
        x = (
            0.0
            if time == 0.0
            else brentq(lambda x, t=scaled: scaled_time(x, delta) - t, 0.0, high, xtol=1e-15, rtol=1e-14)
        )
        out.append(initial * time + x * sorptivity**2 / (2.0 * gain))
    return np.array(out)


def green_ampt_sorptivity(soil: VanGenuchtenSoil, psi: float) -> float:
    r"""Sorptivity of Green and Ampt's sharp front, :math:`S^2 = 2 (\theta_s - \theta_i) \int K \, d\psi` [cm/h^0.5]."""
    drive = over_suction(lambda x: conductivity(x, soil), psi, soil)
    return math.sqrt(2.0 * (soil.theta_e - moisture(psi, soil)) * drive)
