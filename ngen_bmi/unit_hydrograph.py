"""Ordinates of unit hydrographs, as configurations give them."""

from __future__ import annotations

from ngen_bmi.config import Section

ROUNDING = 1e-3
"""How far the sum of printed GIUH ordinates may be from 1: they are then scaled to it."""


def scaled_ordinates(ordinates: tuple[float, ...], problems: list[str]) -> tuple[float, ...]:
    """Return unit hydrograph ordinates that sum to 1 exactly; a sum that is not 1 is a problem."""
    total = sum(ordinates)
    if not (abs(total - 1.0) <= ROUNDING and min(ordinates) >= 0.0):
        problems.append(
            f"giuh_ordinates: they sum to {total:.6g} and the least is {min(ordinates):g}; expected shares, none "
            f"negative, that sum to 1 (anything else creates or loses water)"
        )
        return (1.0,)
    return tuple(share / total for share in ordinates)


def read_ordinates(top: Section) -> tuple[float, ...]:
    """Read ``giuh_ordinates`` of a YAML configuration, which are required; (1,) once they are among the problems."""
    read = top.quantities("giuh_ordinates", "1", low=float("-inf"))
    if read is not None:
        return scaled_ordinates(read, top.problems)
    if not top.has("giuh_ordinates"):
        top.problems.append("giuh_ordinates: missing; the shares of runoff that leave in the 1st, 2nd, ... hour")
    return (1.0,)
