"""Solutions of the linear equation ``v' = n - k v``, accurate for any k, zero included.

Written with means of the exponential that stay smooth where k goes to 0, so that neither a value nor a derivative
needs a special case.
"""

from __future__ import annotations

import math

from hydro_physics.exponential import expm1
from hydro_physics.jit import njit


@njit
def exponential_means(u: float) -> tuple[float, float]:
    r"""First two means of a decaying exponential.

    Parameters
    ----------
    u : float
        Decay times duration [-]; any sign.

    Returns
    -------
    first : float
        :math:`p_1 = (1 - e^{-u}) / u`, the mean of :math:`e^{-u s}` over s in 0..1.
    second : float
        :math:`p_2 = (1 - p_1) / u`.

    Examples
    --------
    >>> exponential_means(0.0)
    (1.0, 0.5)
    """
    if abs(u) < 0.2:
        # Taylor series of p2; the first term left out is below 1e-17 of the sum
        second = 1.0 / 2 - u * (
            1.0 / 6
            - u
            * (
                1.0 / 24
                - u
                * (
                    1.0 / 120
                    - u
                    * (
                        1.0 / 720
                        - u
                        * (
                            1.0 / 5040
                            - u
                            * (
                                1.0 / 40320
                                - u
                                * (1.0 / 362880 - u * (1.0 / 3628800 - u * (1.0 / 39916800 - u * (1.0 / 479001600))))
                            )
                        )
                    )
                )
            )
        )
        return 1.0 - u * second, second
    first = -expm1(-u) / u
    return first, (1.0 - first) / u


@njit
def log1p_ratio(r: float) -> float:
    """Return log(1 + r) / r, smooth at r = 0.

    Examples
    --------
    >>> log1p_ratio(0.0)
    1.0
    """
    if abs(r) < 1e-2:
        return 1.0 - r * (
            1.0 / 2
            - r
            * (1.0 / 3 - r * (1.0 / 4 - r * (1.0 / 5 - r * (1.0 / 6 - r * (1.0 / 7 - r * (1.0 / 8 - r * (1.0 / 9)))))))
        )
    return math.log1p(r) / r


@njit
def advance_linear(v: float, n: float, k: float, t: float) -> tuple[float, float]:
    """Solve ``v' = n - k v`` over a duration.

    Parameters
    ----------
    v : float
        Start value.
    n : float
        Inflow rate.
    k : float
        Outflow rate constant, not negative.
    t : float
        Duration.

    Returns
    -------
    end : float
        Value at the end.
    integral : float
        Integral of v over the duration.

    Examples
    --------
    >>> advance_linear(1.0, 0.0, 0.0, 2.0)
    (1.0, 2.0)
    """
    first, second = exponential_means(k * t)
    return v + (n - k * v) * t * first, (v * first + n * t * second) * t


@njit
def time_to_reach(v: float, target: float, n: float, k: float) -> float:
    """Time that ``v' = n - k v`` needs to a target that it does reach.

    The difference of the slopes at both ends is taken from ``k (target - v)``; subtracting the slopes themselves would
    lose five digits.

    Examples
    --------
    >>> time_to_reach(1.0, 3.0, 2.0, 0.0)
    1.0
    """
    rise = target - v
    slope = n - k * target
    return rise / slope * log1p_ratio(k * rise / slope)
