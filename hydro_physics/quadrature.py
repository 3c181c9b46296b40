"""Gauss-Legendre quadrature, its constants rounded from 40 digits.

Compiled code freezes these constants and stays on disk, and numpy's own differ in the last digit from version to
version: an environment would go on with another one's.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

DIGITS = 40
_CLOSE = Decimal(10) ** (5 - DIGITS)


def _legendre(n: int, x: Decimal) -> tuple[Decimal, Decimal]:
    """Legendre's polynomial of degree n and its derivative, within (-1, 1)."""
    before, value = Decimal(1), x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1)


def gauss_legendre(n: int) -> tuple[list[Decimal], list[Decimal]]:
    """Points, ascending in (-1, 1), and weights of the rule with `n` points, to about 35 digits."""
    points, weights = [], []
    with localcontext() as context:
        context.prec = DIGITS
        for i in range(n, 0, -1):
            x = Decimal(math.cos(math.pi * (i - 0.25) / (n + 0.5)))
            step = Decimal(1)
            while abs(step) > _CLOSE:
                value, slope = _legendre(n, x)
                step = value / slope
                x -= step
            points.append(x)
            weights.append(2 / ((1 - x * x) * _legendre(n, x)[1] ** 2))
    return points, weights


def integrals_from_points(n: int) -> tuple[list[Decimal], list[list[Decimal]]]:
    """Integrals of the polynomial through values at the `n` Gauss points of 0..1, from a place there to 1.

    Returns
    -------
    points : list
        The Gauss points in 0..1.
    matrix : list of n + 1 lists of n
        Row k gives from the values at the points the coefficient of the integral's k-th power of the place.
    """
    with localcontext() as context:
        context.prec = DIGITS
        points = [(x + 1) / 2 for x in gauss_legendre(n)[0]]
        columns = []
        for j, point in enumerate(points):
            lagrange = [Decimal(1)]
            for other in points[:j] + points[j + 1 :]:
                scale = point - other
                upper, lower = [Decimal(0), *lagrange], [*lagrange, Decimal(0)]
                lagrange = [(a - other * b) / scale for a, b in zip(upper, lower, strict=True)]
            integral = [a / (k + 1) for k, a in enumerate(lagrange)]
            columns.append([sum(integral, Decimal(0)), *(-a for a in integral)])
    return points, [list(row) for row in zip(*columns, strict=True)]
