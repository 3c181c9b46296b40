"""The exponential, in arithmetic that a compiler can do for several catchments at once.

A call of the mathematical library is done for one number at a time, and keeps a compiler from doing anything else in
its loop for several. What is here is additions, multiplications and a shift, the same for all numbers, in plain Python
as in compiled code: CFE's component, ensemble and twin get the same bits. (Other components call the library's.)
"""

from __future__ import annotations

import math
import struct

from hydro_physics.jit import JIT_ENABLED, njit

__all__ = ["exp", "expm1"]

_PER_LOG_2 = 1.4426950408889634
# log 2 in two parts; the first has 21 zeros at its end, so that its products with whole numbers are exact
_LOG_2_HIGH = 6.93147180369123816490e-01
_LOG_2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0
"""1.5 * 2**52: added to a number, it leaves no room for its fraction, and its last bits are the rounded number."""
_LEAST, _MOST = -708.0, 709.0
"""Results between the smallest normal and the largest number."""

_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (1.0 / math.factorial(n) for n in range(2, 14))


def _power_of_two(rounded: float) -> float:
    """Two to the power of the whole number in the last bits of `rounded`."""
    (bits,) = struct.unpack("<q", struct.pack("<d", rounded))
    return float(struct.unpack("<d", struct.pack("<Q", ((bits + 1023) << 52) & (2**64 - 1)))[0])


if JIT_ENABLED:
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic, overload

    @intrinsic
    def _shifted(typing_context, rounded):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            whole = ir.IntType(64)
            bits = builder.bitcast(arguments[0], whole)
            return builder.bitcast(builder.shl(builder.add(bits, whole(1023)), whole(52)), ir.DoubleType())

        return types.float64(types.float64), codegen

    @overload(_power_of_two)
    def _overload_power_of_two(rounded):  # type: ignore[no-untyped-def]
        return lambda rounded: _shifted(rounded)  # type: ignore[call-arg, no-any-return]


@njit
def _split(x: float) -> tuple[float, float]:
    """Return e and a power of two with which the exponential is ``(1 + e) * power``."""
    inside = min(max(x, _LEAST), _MOST)
    rounded = inside * _PER_LOG_2 + _ROUND
    k = rounded - _ROUND
    r = (inside - k * _LOG_2_HIGH) - k * _LOG_2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (_C2 + _C3 * r) + r2 * (_C4 + _C5 * r)
    middle = (_C6 + _C7 * r) + r2 * (_C8 + _C9 * r)
    high = (_C10 + _C11 * r) + r2 * (_C12 + _C13 * r)
    return r + r2 * (low + r4 * (middle + r4 * high)), _power_of_two(rounded)


@njit
def exp_of_float(x: float) -> float:
    """Exponential of a plain number; see :func:`exp`."""
    e, power = _split(x)
    return (1.0 + e) * power if x == x else x


@njit
def expm1_of_float(x: float) -> float:
    """Exponential less one of a plain number; see :func:`expm1`."""
    e, power = _split(x)
    return e * power + (power - 1.0) if x == x else x


def exp(x: float) -> float:
    r"""Exponential, at most one unit in the last place from the truth.

    :math:`e^x = 2^k e^r` with :math:`|r| \le \frac{1}{2} \log 2`, of which the Taylor series has 14 terms; the first
    left out is below 5e-18. Beyond -708 and 709 it stays at the values there, about 3e-308 and 8e307. Number types
    with tangents overload it.

    Examples
    --------
    >>> exp(0.0), round(exp(1.0), 14)
    (1.0, 2.71828182845905)
    """
    return exp_of_float(x)


def expm1(x: float) -> float:
    """Exponential less one, without loss of digits near 0; otherwise as :func:`exp`.

    Examples
    --------
    >>> expm1(1e-20)
    1e-20
    """
    return expm1_of_float(x)


if JIT_ENABLED:

    @overload(exp)
    def _overload_exp(x):  # type: ignore[no-untyped-def]
        return (lambda x: exp_of_float(x)) if isinstance(x, types.Float) else None

    @overload(expm1)
    def _overload_expm1(x):  # type: ignore[no-untyped-def]
        return (lambda x: expm1_of_float(x)) if isinstance(x, types.Float) else None
