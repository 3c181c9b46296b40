"""The flux behind a wetting front, by which fronts move and the surface takes water.

Green and Ampt let the capillary part fall with one over the depth, a tail too long for van Genuchten's soils: on
one soil they infiltrate up to 44 % more than the Richards equation under long ponding. Talsma and Parlange's tail is
exponential.
"""

from __future__ import annotations

import math

from hydro_physics.jit import njit
from lgar_bmi.options import TALSMA_PARLANGE

_SERIES_BELOW = 1e-4
_NOTHING_BEYOND = 700.0
_ITERATIONS = 6


@njit(borrow=True)
def tail(x: float) -> float:
    """Share of the capillary flux that is left at a scaled depth, x / (e^x - 1), between 1 and 0."""
    if x < _SERIES_BELOW:
        # the next term is x^4 / 720, below round-off
        return 1.0 - 0.5 * x + x * x / 12.0
    if x > _NOTHING_BEYOND:
        return math.exp(-x)
    return x * math.exp(-x) / -math.expm1(-x)


@njit(borrow=True)
def front_flux(depth: float, drive: float, head: float, mean: float, k: float, ks: float, law: int) -> float:
    r"""Flux behind a wetting front [cm/h].

    .. math:: q_{GA} = \bar K + K_s \frac{G + h}{z}, \qquad
              q_{TP} = \bar K \left(1 + \frac{h}{z}\right) + \frac{K}{e^x - 1}, \quad
              x = \frac{K}{\bar K} \frac{K z}{K_s G} .

    In one soil, at saturation, Talsma and Parlange's is :math:`K_s [1 + h/z + 1 / (e^{z/G} - 1)]`: the derivative of
    their infiltration with Green and Ampt's sorptivity :math:`S^2 = 2 K_s G \Delta\theta` and
    :math:`z = I / \Delta\theta`. Near the surface it is Green and Ampt's. In layers, depth over conductivity becomes
    the resistance :math:`R = z / \bar K` of all that lies above, so that the capillary flux tends to :math:`G / R`, as
    Childs and Bybordi have it, where LGAR has :math:`K_s G / z`; and a soil that is cut into layers stays the same.

    Parameters
    ----------
    depth : float
        Of the front [cm].
    drive, head : float
        Capillary drive G across the front and depth of the water on the surface h [cm].
    mean : float
        Harmonic mean of the conductivities above the front at its suction [cm/h].
    k, ks : float
        Conductivity of the front's layer at that suction, and at saturation [cm/h].
    law : int
        `GREEN_AMPT` or `TALSMA_PARLANGE`.

    References
    ----------
    Green and Ampt (1911, J. Agric. Sci. 4); Talsma and Parlange (1972, Aust. J. Soil Res. 10); Parlange et al. (1982,
    Soil Sci. 133), of whose equation both are limits; Childs and Bybordi (1969, Water Resour. Res. 5).
    """
    if law != TALSMA_PARLANGE:
        return mean + ks * (drive + head) / depth
    if drive <= 0.0 or k <= 0.0 or mean <= 0.0:
        return mean * (1.0 + head / depth)
    capillary = ks * drive / k
    ratio = k / mean
    return mean * (1.0 + (head + capillary * tail(ratio * depth / capillary)) / depth)


@njit(borrow=True)
def _closer_depth(depth: float, tau: float, drive: float) -> float:
    """Depth after one of Newton's iterations for :func:`saturated_depth`."""
    share = tail(depth / drive)
    capillary = share * drive / depth
    residual = depth - tau * (1.0 + capillary)
    return depth - residual / (1.0 + tau / depth * share * (1.0 + capillary))


@njit(borrow=True)
def saturated_depth(tau: float, drive: float, law: int) -> float:
    r"""Depth that saturation reaches within a time below a dry surface, with the flux at that depth [cm].

    Parameters
    ----------
    tau : float
        Depth that gravity alone would reach [cm].
    drive : float
        Capillary drive [cm].
    law : int
        `GREEN_AMPT`, where the equation is quadratic, or `TALSMA_PARLANGE`.
    """
    if law != TALSMA_PARLANGE or drive <= 0.0:
        return 0.5 * (tau + math.sqrt(tau * tau + 4.0 * tau * drive))
    # Newton's iteration comes from below, since the residual is concave: the start has the first two terms of the flux
    slower = 0.5 * tau
    depth = 0.5 * (slower + math.sqrt(slower * slower + 4.0 * tau * drive))
    found = float(depth)
    for _ in range(_ITERATIONS - 1):
        found = _closer_depth(found, float(tau), float(drive))
    # at the root an iteration does not depend on where it begins: the last one has the implicit function's derivative
    return _closer_depth(found, tau, drive)
