"""The choices of a column that are made once, at set-up."""

from __future__ import annotations

from typing import NamedTuple

EXACT, CLOSED_FORM, LGAR_C_SUM = 0, 1, 2
"""Ways to have the capillary drive."""

FIXED, ADAPTIVE = 0, 1
"""Ways to choose sub-steps."""

GREEN_AMPT, TALSMA_PARLANGE = 0, 1
"""Laws of the flux behind a front."""


class LgarOptions(NamedTuple):
    """Choices, as small integers that compiled code takes.

    Attributes
    ----------
    capillary_drive : int
        `EXACT`, `CLOSED_FORM` or `LGAR_C_SUM`.
    lgar_c : int
        1: do as LGAR-C does also where that is a fault (docs/differences.md lists where), to compare with it.
    free_drainage : int
        1: water leaves the bottom at the conductivity of the lowest front; 0: nothing leaves.
    drainage_to_reservoir : int
        1: free drainage goes to the conceptual reservoir instead of percolating.
    pet_affects_precipitation : int
        1: potential evapotranspiration is first taken from the rain.
    substeps : int
        `FIXED` or `ADAPTIVE`.
    infiltration : int
        `GREEN_AMPT` or `TALSMA_PARLANGE`, which fronts follow as well.
    """

    capillary_drive: int = EXACT
    lgar_c: int = 0
    free_drainage: int = 0
    drainage_to_reservoir: int = 0
    pet_affects_precipitation: int = 0
    substeps: int = FIXED
    infiltration: int = GREEN_AMPT
