"""Arithmetic, comparison, minimum and maximum of dual numbers, among themselves and with plain numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from dcfe.dual_type import CONTRACT, DualType, pack, scaled, splat, unpack, vector_type

_FLOAT = types.float64


def _arguments(given: tuple[types.Type, ...]) -> tuple[types.Type, ...] | None:
    """Types that the code below is for; None when these are not numbers of which one is dual."""
    duals = {kind for kind in given if isinstance(kind, DualType)}
    plain = [kind for kind in given if not isinstance(kind, DualType)]
    if len(duals) != 1 or not all(isinstance(kind, types.Float | types.Integer) for kind in plain):
        return None
    return tuple(kind if isinstance(kind, DualType) else _FLOAT for kind in given)


def _declare(function: Callable[..., Any], result: types.Type | None, count: int) -> None:
    """Tell numba the type of a function's result, dual unless another is given."""

    class Template(AbstractTemplate):  # type: ignore[misc]
        key = function

        def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> Any:
            if kws or len(args) != count:
                return None
            kinds = _arguments(args)
            if kinds is None:
                return None
            dual = next(kind for kind in kinds if isinstance(kind, DualType))
            return signature(result or dual, *kinds)

    infer_global(function)(Template)


def _parts(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> tuple[list[Any], list[Any]]:
    """Values and tangents of the arguments; plain numbers have None for tangents."""
    values, tangents = [], []
    for kind, argument in zip(sig.args, arguments, strict=True):
        dual = isinstance(kind, DualType)
        value, tangent = unpack(context, builder, kind, argument) if dual else (argument, None)
        values.append(value)
        tangents.append(tangent)
    return values, tangents


def _weighted(builder: ir.IRBuilder, terms: list[tuple[Any, Any]], lanes: int) -> ir.Value:
    """Sum of tangents, each times a number; plain numbers (tangents None) contribute nothing."""
    products = [scaled(builder, weight, tangent, lanes) for weight, tangent in terms if tangent is not None]
    return products[0] if len(products) == 1 else builder.fadd(*products, flags=CONTRACT)


def _lower(function: Callable[..., Any], count: int, code: Callable[..., Any]) -> None:
    kinds = (DualType,) if count == 1 else (DualType, _FLOAT)
    pairs = [(kind,) for kind in kinds] if count == 1 else [(a, b) for a in kinds for b in kinds if DualType in (a, b)]
    for pair in pairs:
        lower_builtin(function, *pair)(code)


def _add(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    (a, b), (da, db) = _parts(context, builder, sig, arguments)
    tangent = da if db is None else db if da is None else builder.fadd(da, db, flags=CONTRACT)
    return pack(context, builder, sig.return_type, builder.fadd(a, b), tangent)


def _subtract(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    (a, b), (da, db) = _parts(context, builder, sig, arguments)
    tangent = da if db is None else builder.fneg(db) if da is None else builder.fsub(da, db, flags=CONTRACT)
    return pack(context, builder, sig.return_type, builder.fsub(a, b), tangent)


def _multiply(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    (a, b), (da, db) = _parts(context, builder, sig, arguments)
    tangent = _weighted(builder, [(b, da), (a, db)], sig.return_type.lanes)
    return pack(context, builder, sig.return_type, builder.fmul(a, b), tangent)


def _over(builder: ir.IRBuilder, tangent: ir.Value, b: ir.Value, lanes: int) -> ir.Value:
    """Every tangent over the number `b`: by its reciprocal, but for the tiny numbers whose reciprocal overflows."""
    double = ir.DoubleType()
    reciprocal = builder.fdiv(ir.Constant(double, 1.0), b)
    quotient = cgutils.alloca_once_value(builder, scaled(builder, reciprocal, tangent, lanes))
    size = builder.call(builder.module.declare_intrinsic("llvm.fabs", [double]), [b])
    with builder.if_then(builder.fcmp_ordered("<", size, ir.Constant(double, 2.0**-1020)), likely=False):
        builder.store(builder.fdiv(tangent, splat(builder, b, lanes)), quotient)
    return builder.load(quotient)


def _divide(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    (a, b), (da, db) = _parts(context, builder, sig, arguments)
    lanes = sig.return_type.lanes
    quotient = builder.fdiv(a, b)
    # (da - q db) / b, as q / b would overflow or vanish where the tangent does not
    if db is None:
        tangent = da
    else:
        tangent = builder.fneg(scaled(builder, quotient, db, lanes))
        if da is not None:
            tangent = builder.fadd(da, tangent, flags=CONTRACT)
    return pack(context, builder, sig.return_type, quotient, _over(builder, tangent, b, lanes))


def _negate(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    value, tangent = unpack(context, builder, sig.args[0], arguments[0])
    return pack(context, builder, sig.return_type, builder.fneg(value), builder.fneg(tangent))


def _same(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    return arguments[0]


def _absolute(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    value, tangent = unpack(context, builder, sig.args[0], arguments[0])
    below = builder.fcmp_ordered("<", value, ir.Constant(ir.DoubleType(), 0.0))
    size = builder.call(builder.module.declare_intrinsic("llvm.fabs", [ir.DoubleType()]), [value])
    return pack(context, builder, sig.return_type, size, builder.select(below, builder.fneg(tangent), tangent))


def _choose(second_if: str) -> Callable[..., ir.Value]:
    """Code that takes the second argument where it compares with the first as `second_if` says, else the first."""

    def code(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
        values, tangents = _parts(context, builder, sig, arguments)
        zero = ir.Constant(vector_type(sig.return_type.lanes), None)
        first, second = (zero if tangent is None else tangent for tangent in tangents)
        take = builder.fcmp_ordered(second_if, values[1], values[0])
        value = builder.select(take, values[1], values[0])
        return pack(context, builder, sig.return_type, value, builder.select(take, second, first))

    return code


def _compare(test: str) -> Callable[..., ir.Value]:
    def code(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
        (a, b), _ = _parts(context, builder, sig, arguments)
        compare = builder.fcmp_unordered if test == "!=" else builder.fcmp_ordered
        return compare(test, a, b)

    return code


for _function, _count, _code in (
    (operator.add, 2, _add),
    (operator.sub, 2, _subtract),
    (operator.mul, 2, _multiply),
    (operator.truediv, 2, _divide),
    (operator.neg, 1, _negate),
    (operator.pos, 1, _same),
    (abs, 1, _absolute),
    (math.fabs, 1, _absolute),
    (min, 2, _choose("<")),
    (max, 2, _choose(">")),
):
    _declare(_function, None, _count)
    _lower(_function, _count, _code)

for _function, _test in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
    (operator.ne, "!="),
):
    _declare(_function, types.boolean, 2)
    _lower(_function, 2, _compare(_test))

# of these numba asks the types alone, and then takes the code of the operators above
for _function in (operator.iadd, operator.isub, operator.imul, operator.itruediv):
    _declare(_function, None, 2)
