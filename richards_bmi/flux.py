r"""Flow between two places of one soil.

.. math:: q = \frac{F_u - F_l}{L} + \omega K_u + (1 - \omega) K_l, \qquad F(\psi) = \int_\psi^\infty K \, d\psi'

from the upper to the lower of two places a distance L apart, positive downwards. The capillary term is Kirchhoff's
transform, exact where gravity does not matter. Gravity's conductivity is weighted as if conductivity fell exponentially
between the two suctions, for which steady flow has a closed form: half each where the soil changes little over L, the
upper one alone where it changes a lot. So flow hardly ever grows when the soil below gets wetter (by some per cent of
Ks over long links, and next to saturation), and profiles do not oscillate.

Source: Scharfetter and Gummel's (1969) weights for convection and diffusion, with the rate of the exponential from the
potentials themselves.
"""

from __future__ import annotations

from hydro_physics.jit import njit

CLOSE = 1e-5
"""Relative difference of suctions below which a quotient of differences has no digits left."""


SMOOTHED = 0.02
"""Suction below which the conductivity of gravity is smoothed [cm]."""


@njit
def upper_share(p: float) -> tuple[float, float]:
    """Weight of the upper conductivity [-] and its derivative, for exponent x length `p`, not negative.

    A rational function within 0.033 of 1/(1 - exp(-p)) - 1/p, from 1/2 to 1, and never below 1 - 1/p.
    """
    below = 6.0 + p * (3.0 + p)
    return 1.0 - (3.0 + p) / below, (3.0 + p * (6.0 + p)) / (below * below)


@njit
def gravity_conductivity(psi: float, k: float, s: float, ks: float, k_r: float, s_r: float) -> tuple[float, float]:
    """Conductivity for the gravity term [cm/h], and its slope [1/h].

    Within `SMOOTHED` of saturation, where the slope of K is infinite in most soils, it is a cubic: without slope at
    saturation, and with the conductivity and its slope at `SMOOTHED`.

    Parameters
    ----------
    psi, k, s : float
        Suction [cm], conductivity there and its slope.
    ks, k_r, s_r : float
        Conductivity at saturation, and at `SMOOTHED` with its slope.
    """
    if psi <= 0.0 or psi >= SMOOTHED:
        return k, s
    x = psi / SMOOTHED
    drop = k_r - ks
    bend = s_r * SMOOTHED
    return (
        ks + x * x * (3.0 * drop - bend + x * (bend - 2.0 * drop)),
        x * (2.0 * (3.0 * drop - bend) + 3.0 * x * (bend - 2.0 * drop)) / SMOOTHED,
    )


@njit
def link_flux(
    psi_u: float,
    psi_l: float,
    f_u: float,
    f_l: float,
    k_u: float,
    k_l: float,
    g_u: float,
    g_l: float,
    s_u: float,
    s_l: float,
    length: float,
) -> tuple[float, float, float]:
    """Downward flux along a link [cm/h], and its derivatives by the suctions of both ends [1/h].

    Parameters
    ----------
    psi_u, psi_l : float
        Suctions [cm].
    f_u, f_l : float
        Matric flux potentials [cm2/h].
    k_u, k_l : float
        Conductivities [cm/h].
    g_u, g_l, s_u, s_l : float
        Conductivities for gravity [cm/h], and their derivatives [1/h].
    length : float
        [cm].
    """
    f = f_u - f_l
    g = g_u - g_l
    if abs(psi_l - psi_u) <= CLOSE * max(abs(psi_u), abs(psi_l)) or f == 0.0:
        mean = g_u + g_l
        share, _ = upper_share(-length * (s_u + s_l) / mean if mean > 0.0 else 0.0)
        by_u = share * s_u
        by_l = (1.0 - share) * s_l
    else:
        rate = max(g / f, 0.0)
        share, slope = upper_share(length * rate)
        steep = slope * length * g / f
        by_u = share * s_u + steep * (s_u + k_u * rate)
        by_l = (1.0 - share) * s_l - steep * (s_l + k_l * rate)
    return f / length + share * g + g_l, by_u - k_u / length, by_l + k_l / length
