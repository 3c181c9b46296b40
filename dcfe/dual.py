"""Dual numbers as a numba type: a value and a vector of tangents, one for each seed.

Every compiled function that is generic in the number type also takes dual numbers, and then gives, along with each
value, its exact derivatives with respect to the seeds. The number of tangents ("lanes") belongs to the type, so that
they are SIMD vectors; it should be a power of two. Functions that make dual numbers learn it from a tuple of as many
floats, ``like``.

Values are computed as floats are, bit for bit, and decide all comparisons. Where a function has a kink, the tangent is
that of one side: ``min`` and ``max`` take their first argument on a tie, ``abs`` takes its argument at 0.
Import dual numbers from here: the types alone have no arithmetic.
"""

from __future__ import annotations

import dcfe.dual_arithmetic
import dcfe.dual_functions  # noqa: F401
from dcfe.dual_type import (
    DualType,
    TangentType,
    add_scaled,
    add_tangents,
    add_weighted,
    lane,
    load_dual,
    load_duals,
    no_tangent,
    numbers_or_duals,
    store_tangents,
    tangent_of,
    value_of,
)

__all__ = [
    "DualType",
    "TangentType",
    "add_scaled",
    "add_tangents",
    "add_weighted",
    "lane",
    "load_dual",
    "load_duals",
    "no_tangent",
    "numbers_or_duals",
    "store_tangents",
    "tangent_of",
    "value_of",
]
