"""Dual numbers as a numba type: a value and a vector of tangents, one for each seed.

Every compiled function that is generic in the number type also takes dual numbers, and then gives, along with each
value, its exact derivatives with respect to the seeds. The number of tangents ("lanes") belongs to the type, so that
they are SIMD vectors; it should be a power of two. Functions that make dual numbers learn it from a tuple of as many
floats, ``like``.

Values are computed as floats are, bit for bit, and decide all comparisons. Tangents follow these conventions:

- Where a function has a kink, the slope is that of one side: ``min`` and ``max`` take their first argument on a tie,
  ``abs`` takes its argument at 0.
- A slope may be infinite, and is where it leaves the range of floats; what does not change a root's, a logarithm's or a
  power's argument does not change its result however steep it is. Where the value itself is infinite or NaN, the
  tangents mean nothing.
- A power's slope to its base is 0 where the exponent is 0. Its slope to the exponent is 0 where the power is 0.
- Constants stand for dual numbers alone and in tuples. A NamedTuple of floats does not unify with one of dual numbers;
  write ``1.0 + 0.0 * x``.

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
    load_tangents,
    no_tangent,
    store_tangents,
    tangent_of,
    value_of,
    with_tangents,
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
    "load_tangents",
    "no_tangent",
    "store_tangents",
    "tangent_of",
    "value_of",
    "with_tangents",
]
