"""Wind above a surface and what it carries away."""

from __future__ import annotations

import math

from hydro_physics.jit import njit

VON_KARMAN = 0.41
"""Von Karman's constant [-] (Allen et al. 1998, eq. 4; Chow et al. 1988 round it to 0.4)."""

DISPLACEMENT = 2.0 / 3.0
MOMENTUM_ROUGHNESS = 0.123
HEAT_ROUGHNESS = 0.1 * MOMENTUM_ROUGHNESS
"""Zero-plane displacement and roughness lengths as shares of the height of vegetation (Allen et al. 1998, box 4)."""


@njit
def share_at_2m(height: float) -> float:
    """Wind 2 m above grass as a share of the wind at a height [m] (Allen et al. 1998, eq. 47).

    >>> round(3.2 * share_at_2m(10.0), 1)
    2.4
    """
    return 4.87 / math.log(67.8 * height - 5.42)


@njit
def conductance(wind_height: float, humidity_height: float, vegetation: float) -> float:
    """Aerodynamic conductance of vegetation for each m s-1 of wind [-] (Allen et al. 1998, eq. 4, inverted).

    ``g = k^2 / (ln((z_m - d) / z_om) ln((z_h - d) / z_oh))``

    Parameters
    ----------
    wind_height, humidity_height : float
        Heights of the measurements [m].
    vegetation : float
        Its height [m].

    Examples
    --------
    The resistance over 0.12 m of grass is 208 s/m over the wind speed:

    >>> round(1.0 / conductance(2.0, 2.0, 0.12))
    208
    """
    d = DISPLACEMENT * vegetation
    momentum = math.log((wind_height - d) / (MOMENTUM_ROUGHNESS * vegetation))
    heat = math.log((humidity_height - d) / (HEAT_ROUGHNESS * vegetation))
    return VON_KARMAN**2 / (momentum * heat)


@njit
def open_conductance(wind_height: float, humidity_height: float, roughness: float, karman: float) -> float:
    """Conductance of a smooth surface for each m s-1 of wind [-] (Thornthwaite and Holzman 1939).

    ``g = k^2 / (ln(z_m / z_0) ln(z_h / z_0))``; with one height for both it is that of Chow et al. (1988), eq. 3.5.18.

    Parameters
    ----------
    wind_height, humidity_height, roughness : float
        Heights of the measurements and roughness of the surface [m].
    karman : float
        Von Karman's constant [-].
    """
    return karman**2 / (math.log(wind_height / roughness) * math.log(humidity_height / roughness))
