"""Scores on a bounded scale, so that no single basin outweighs all others."""

from __future__ import annotations

from typing import TypeVar

Number = TypeVar("Number")
"""A float, an array, or a tensor with gradients."""


def bounded(score: Number) -> Number:
    """Efficiency on a scale from -1 to 1, E / (2 - E) (Mathevet et al. 2006, IAHS Publ. 307, who call it C2M).

    It is the same at 1 and at 0, and grows with E: of two models the same one is better. Where E is small, its
    differences count less: the slope is 2 at 1, 0.5 at 0 and falls with the square of 2 - E.

    Parameters
    ----------
    score : float, array or tensor
        Efficiencies of which 1 is best, such as KGE and NSE; NaN stays NaN.

    Returns
    -------
    float, array or tensor

    Examples
    --------
    >>> bounded(1.0), bounded(0.0), bounded(-2.0), bounded(-float("inf"))
    (1.0, 0.0, -0.5, -1.0)
    """
    # written so that minus infinity has its limit
    return 2.0 / (2.0 - score) - 1.0  # type: ignore[operator,return-value]
