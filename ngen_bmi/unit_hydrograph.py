"""Ordinates of unit hydrographs, as configurations give them."""

from __future__ import annotations

import sys

from ngen_bmi.config import Section

ROUNDING = 1e-3
"""How far the sum of printed GIUH ordinates may be from 1: they are then scaled to it."""


def scaled_ordinates(ordinates: tuple[float, ...], problems: list[str]) -> tuple[float, ...]:
    """Return unit hydrograph ordinates that sum to 1; a sum that is not 1 is a problem.

    What was scaled once stays as it is, so that configurations that are read, written and read again do not change.

    Examples
    --------
    >>> scaled_ordinates((0.1, 0.2001, 0.7), [])
    (0.09999000099990002, 0.20007999200079993, 0.6999300069993001)
    """
    total = sum(ordinates)
    if not (abs(total - 1.0) <= ROUNDING and min(ordinates) >= 0.0):
        problems.append(
            f"giuh_ordinates: they sum to {total:.6g} and the least is {min(ordinates):g}; expected shares, none "
            f"negative, that sum to 1 (anything else creates or loses water)"
        )
        return (1.0,)
    # scaled shares may sum to 1 but for the rounding of each
    if abs(total - 1.0) <= len(ordinates) * sys.float_info.epsilon:
        return tuple(ordinates)
    return tuple(share / total for share in ordinates)


def read_ordinates(top: Section) -> tuple[float, ...]:
    """Read ``giuh_ordinates`` of a YAML configuration, which are required; (1,) once they are among the problems."""
    read = top.quantities("giuh_ordinates", "1", low=float("-inf"))
    if read is not None:
        return scaled_ordinates(read, top.problems)
    if not top.has("giuh_ordinates"):
        top.problems.append("giuh_ordinates: missing; the shares of runoff that leave in the 1st, 2nd, ... hour")
    return (1.0,)
