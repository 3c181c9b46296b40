"""Powers and elementary functions of dual numbers."""

from __future__ import annotations

import math
import operator
import sys

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, overload

from dcfe.dual_type import DualType, unpack, value_of, with_slope, with_steep_slope, with_steep_slopes
from hydro_physics import exponential
from hydro_physics.jit import carries_tangent, njit, same

_OPTIONS = {"error_model": "numpy", "forceinline": True}
_SMALLEST, _LARGEST = sys.float_info.min, sys.float_info.max
"""Between them a float has all its digits."""

# No annotations below: numba compares the signatures of an overload and of its implementation literally.


@overload(carries_tangent)
def _carries_tangent(value):  # type: ignore[no-untyped-def]
    if isinstance(value, DualType):
        return lambda value: True
    return None


@intrinsic
def _equal(typingctx, a, b):  # type: ignore[no-untyped-def]
    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        (x, dx), (y, dy) = (unpack(context, builder, a, argument) for argument in arguments)
        differs = builder.bitcast(builder.fcmp_unordered("!=", dx, dy), ir.IntType(a.lanes))
        agrees = builder.icmp_unsigned("==", differs, ir.Constant(ir.IntType(a.lanes), 0))
        return builder.and_(builder.fcmp_ordered("==", x, y), agrees)

    return types.boolean(a, b), code


@overload(same)
def _same(a, b):  # type: ignore[no-untyped-def]
    if isinstance(a, DualType) and a == b:
        return lambda a, b: _equal(a, b)
    return None


@overload(float)
def _float(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: value_of(x)
    return None


@overload(math.isnan)
def _isnan(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: math.isnan(value_of(x))
    return None


@overload(math.isinf)
def _isinf(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: math.isinf(value_of(x))
    return None


@overload(math.isfinite)
def _isfinite(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: math.isfinite(value_of(x))
    return None


@overload(math.exp, jit_options=_OPTIONS)
def _exp(x):  # type: ignore[no-untyped-def]
    return _code_of_exp(math.exp) if isinstance(x, DualType) else None


@overload(exponential.exp, jit_options=_OPTIONS)
def _exp_of_ours(x):  # type: ignore[no-untyped-def]
    return _code_of_exp(exponential.exp) if isinstance(x, DualType) else None


def _code_of_exp(exp):  # type: ignore[no-untyped-def]
    def code(x):  # type: ignore[no-untyped-def]
        result = exp(value_of(x))
        return with_slope(result, result, x)

    return code


@overload(math.expm1, jit_options=_OPTIONS)
def _expm1(x):  # type: ignore[no-untyped-def]
    return _code_of_expm1(math.exp, math.expm1) if isinstance(x, DualType) else None


@overload(exponential.expm1, jit_options=_OPTIONS)
def _expm1_of_ours(x):  # type: ignore[no-untyped-def]
    return _code_of_expm1(exponential.exp, exponential.expm1) if isinstance(x, DualType) else None


def _code_of_expm1(exp, expm1):  # type: ignore[no-untyped-def]
    def code(x):  # type: ignore[no-untyped-def]
        result = expm1(value_of(x))
        # far below 0 the sum loses all digits of what is left of the exponential
        slope = result + 1.0 if value_of(x) > -0.5 else exp(value_of(x))
        return with_slope(result, slope, x)

    return code


@overload(math.log, jit_options=_OPTIONS)
def _log(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: with_steep_slope(math.log(value_of(x)), 1.0 / value_of(x), x)
    return None


@overload(math.log1p, jit_options=_OPTIONS)
def _log1p(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):
        return lambda x: with_steep_slope(math.log1p(value_of(x)), 1.0 / (1.0 + value_of(x)), x)
    return None


@overload(math.sqrt, jit_options=_OPTIONS)
def _sqrt(x):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType):

        def code(x):  # type: ignore[no-untyped-def]
            result = math.sqrt(value_of(x))
            return with_steep_slope(result, 0.5 / result, x)

        return code
    return None


@njit
def _slope_to_base(base, exponent, result):  # type: ignore[no-untyped-def]
    """Slope of a power to its base, taken as 0 where the exponent is 0, whatever the base."""
    if exponent == 0:
        return 0.0
    if _SMALLEST <= result <= _LARGEST:
        return exponent * result / base
    return exponent * base ** (exponent - 1.0)


@njit
def _slope_to_exponent(base, result):  # type: ignore[no-untyped-def]
    """Slope of a power to its exponent; 0 to any positive power stays 0."""
    return 0.0 if result == 0.0 else result * math.log(base)


@overload(operator.ipow, jit_options=_OPTIONS)
@overload(operator.pow, jit_options=_OPTIONS)
def _power(x, y):  # type: ignore[no-untyped-def]
    if isinstance(x, DualType) and isinstance(y, DualType):

        def code(x, y):  # type: ignore[no-untyped-def]
            base, exponent = value_of(x), value_of(y)
            result = base**exponent
            to_base, to_exponent = _slope_to_base(base, exponent, result), _slope_to_exponent(base, result)
            return with_steep_slopes(result, to_base, x, to_exponent, y)

        return code
    if isinstance(x, DualType) and isinstance(y, types.Float | types.Integer):

        def code(x, y):  # type: ignore[no-untyped-def]
            result = value_of(x) ** y
            return with_steep_slope(result, _slope_to_base(value_of(x), y, result), x)

        return code
    if isinstance(x, types.Float | types.Integer) and isinstance(y, DualType):

        def code(x, y):  # type: ignore[no-untyped-def]
            result = x ** value_of(y)
            return with_steep_slope(result, _slope_to_exponent(1.0 * x, result), y)

        return code
    return None
