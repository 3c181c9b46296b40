"""The types of dual numbers and of their tangents, and what puts them together and takes them apart."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv import Conversion
from numba.extending import intrinsic, lower_cast, models, register_model

CONTRACT = ("contract",)
"""Tangents, not values, may use fused multiplication and addition."""


class TangentType(types.Type):
    """A vector of `lanes` tangents."""

    def __init__(self, lanes: int):
        self.lanes = lanes
        super().__init__(name=f"Tangent({lanes})")


class DualType(types.Type):
    """A float64 with `lanes` tangents."""

    def __init__(self, lanes: int):
        self.lanes = lanes
        super().__init__(name=f"Dual({lanes})")

    def can_convert_from(self, typingctx: Any, other: types.Type) -> Conversion | None:
        """Let plain numbers stand where dual numbers are expected: constants, whose tangents are 0."""
        return Conversion.safe if isinstance(other, types.Float | types.Integer) else None


@register_model(TangentType)
class _TangentModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: TangentType):
        super().__init__(dmm, fe_type, vector_type(fe_type.lanes))


@register_model(DualType)
class _DualModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: DualType):
        super().__init__(dmm, fe_type, [("value", types.float64), ("tangent", TangentType(fe_type.lanes))])


def vector_type(lanes: int) -> ir.VectorType:
    """LLVM's type of the tangents."""
    return ir.VectorType(ir.DoubleType(), lanes)


def splat(builder: ir.IRBuilder, x: ir.Value, lanes: int) -> ir.Value:
    """Vector with `x` in every lane."""
    undefined = ir.Constant(vector_type(lanes), ir.Undefined)
    one = builder.insert_element(undefined, x, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(one, undefined, mask)


def scaled(builder: ir.IRBuilder, x: ir.Value, tangent: ir.Value, lanes: int) -> ir.Value:
    """Every tangent times the number `x`."""
    return builder.fmul(splat(builder, x, lanes), tangent, flags=CONTRACT)


def pack(context: Any, builder: ir.IRBuilder, kind: DualType, value: ir.Value, tangent: ir.Value) -> ir.Value:
    """Dual number of a value and tangents."""
    dual = cgutils.create_struct_proxy(kind)(context, builder)
    dual.value, dual.tangent = value, tangent
    return dual._getvalue()


def unpack(context: Any, builder: ir.IRBuilder, kind: DualType, dual: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Value and tangents of a dual number."""
    proxy = cgutils.create_struct_proxy(kind)(context, builder, dual)
    return proxy.value, proxy.tangent


@lower_cast(types.Float, DualType)
@lower_cast(types.Integer, DualType)
def _constant(context: Any, builder: ir.IRBuilder, fromty: types.Type, toty: DualType, number: ir.Value) -> ir.Value:
    value = context.cast(builder, number, fromty, types.float64)
    return pack(context, builder, toty, value, ir.Constant(vector_type(toty.lanes), None))


@intrinsic
def value_of(typingctx, x):  # type: ignore[no-untyped-def]
    """Value of a dual number; a plain number as it is."""
    if not isinstance(x, DualType):
        return types.float64(types.float64), lambda context, builder, signature, arguments: arguments[0]

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return unpack(context, builder, x, arguments[0])[0]

    return types.float64(x), code


@intrinsic
def tangent_of(typingctx, x):  # type: ignore[no-untyped-def]
    """Tangents of a dual number."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return unpack(context, builder, x, arguments[0])[1]

    return TangentType(x.lanes)(x), code


@intrinsic
def with_slope(typingctx, value, slope, x):  # type: ignore[no-untyped-def]
    """Dual number of a function's value, its slope to `x`, and `x`."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        v, s, dual = arguments
        return pack(context, builder, x, v, scaled(builder, s, unpack(context, builder, x, dual)[1], x.lanes))

    return x(types.float64, types.float64, x), code


def _steep(builder: ir.IRBuilder, slope: ir.Value, tangent: ir.Value, lanes: int) -> ir.Value:
    """Every tangent times a slope that may be infinite: what does not change `x` does not change a function of it."""
    zero = ir.Constant(vector_type(lanes), None)
    product = builder.fmul(splat(builder, slope, lanes), tangent)
    return builder.select(builder.fcmp_unordered("!=", tangent, zero), product, zero)


@intrinsic
def with_steep_slope(typingctx, value, slope, x):  # type: ignore[no-untyped-def]
    """Like `with_slope`, for a slope that may be infinite."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        v, s, dual = arguments
        return pack(context, builder, x, v, _steep(builder, s, unpack(context, builder, x, dual)[1], x.lanes))

    return x(types.float64, types.float64, x), code


@intrinsic
def with_steep_slopes(typingctx, value, slope_x, x, slope_y, y):  # type: ignore[no-untyped-def]
    """Dual number of a function's value and its slopes to `x` and `y`, which may be infinite."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        v, sx, dx, sy, dy = arguments
        parts = [_steep(builder, s, unpack(context, builder, x, dual)[1], x.lanes) for s, dual in ((sx, dx), (sy, dy))]
        return pack(context, builder, x, v, builder.fadd(*parts))

    return x(types.float64, types.float64, x, types.float64, y), code


@intrinsic
def no_tangent(typingctx, like):  # type: ignore[no-untyped-def]
    """Tangents that are all 0."""
    kind = TangentType(like.count)
    return kind(like), lambda context, builder, signature, arguments: ir.Constant(vector_type(kind.lanes), None)


@intrinsic
def add_scaled(typingctx, total, weight, x):  # type: ignore[no-untyped-def]
    """Tangents `total` plus `weight` times `x`, tangents or those of a dual number; a plain number has none."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        tangents, w, number = arguments
        if not isinstance(x, DualType | TangentType):
            return tangents
        added = unpack(context, builder, x, number)[1] if isinstance(x, DualType) else number
        product = scaled(builder, w, added, x.lanes)
        return builder.fadd(tangents, product, flags=CONTRACT)

    return total(total, types.float64, x), code


@intrinsic
def add_tangents(typingctx, a, b):  # type: ignore[no-untyped-def]
    """Sum of tangents."""
    return a(a, b), lambda context, builder, signature, arguments: builder.fadd(*arguments)


@intrinsic
def lane(typingctx, tangents, index):  # type: ignore[no-untyped-def]
    """One of the tangents."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        vector, place = arguments
        return builder.extract_element(vector, builder.trunc(place, ir.IntType(32)))

    return types.float64(tangents, types.int64), code


def _address(context: Any, builder: ir.IRBuilder, kind: types.Array, array: ir.Value, row: ir.Value) -> ir.Value:
    view = context.make_array(kind)(context, builder, array)
    offset = builder.mul(row, builder.extract_value(view.strides, 0))
    return builder.add(builder.ptrtoint(view.data, ir.IntType(64)), offset)


def _vector_at(builder: ir.IRBuilder, address: ir.Value, lanes: int) -> ir.Value:
    return builder.inttoptr(address, vector_type(lanes).as_pointer())


def _load(context: Any, builder: ir.IRBuilder, kind: DualType, address: ir.Value) -> ir.Value:
    value = builder.load(builder.inttoptr(address, ir.DoubleType().as_pointer()))
    behind = builder.add(address, ir.Constant(ir.IntType(64), 8))
    tangent = builder.load(_vector_at(builder, behind, kind.lanes))
    tangent.align = 8
    return pack(context, builder, kind, value, tangent)


def _load_tuple(
    context: Any, builder: ir.IRBuilder, kind: types.Array, array: ir.Value, result: types.UniTuple
) -> ir.Value:
    duals = []
    for index in range(result.count):
        address = _address(context, builder, kind, array, ir.Constant(ir.IntType(64), index))
        duals.append(_load(context, builder, result.dtype, address))
    return context.make_tuple(builder, result, duals)


@intrinsic
def load_dual(typingctx, rows, index, like):  # type: ignore[no-untyped-def]
    """Dual number in a row of a C-contiguous array: first its value, then its tangents."""
    kind = DualType(like.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        address = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        return _load(context, builder, kind, address)

    return kind(rows, types.int64, like), code


@intrinsic(prefer_literal=True)
def load_duals(typingctx, rows, count, like):  # type: ignore[no-untyped-def]
    """Dual numbers in the first rows of an array as a tuple; `count` is a constant, or a tuple of that length."""
    kind = DualType(like.count)
    result = types.UniTuple(kind, count.literal_value if isinstance(count, types.IntegerLiteral) else count.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _load_tuple(context, builder, signature.args[0], arguments[0], result)

    return result(rows, count, like), code


@intrinsic
def add_weighted(typingctx, total, weights, numbers):  # type: ignore[no-untyped-def]
    """Tangents `total` plus those of a tuple of numbers, each times its item of the array `weights`."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        tangents, array, items = arguments
        for index, kind in enumerate(numbers.types):
            if isinstance(kind, DualType):
                address = _address(context, builder, signature.args[1], array, ir.Constant(ir.IntType(64), index))
                weight = builder.load(builder.inttoptr(address, ir.DoubleType().as_pointer()))
                tangent = unpack(context, builder, kind, builder.extract_value(items, index))[1]
                product = scaled(builder, weight, tangent, kind.lanes)
                tangents = builder.fadd(tangents, product, flags=CONTRACT)
        return tangents

    return total(total, weights, numbers), code


@intrinsic
def with_tangents(typingctx, numbers, rows, like):  # type: ignore[no-untyped-def]
    """Tuple of dual numbers with the values `numbers` and, in the rows of an array, their tangents.

    The array is C-contiguous, shape (n, lanes). Where `like` is empty the numbers are returned as they are.
    """
    if like.count == 0:
        return numbers(numbers, rows, like), lambda context, builder, signature, arguments: arguments[0]
    kind = DualType(like.count)
    result = types.UniTuple(kind, numbers.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        duals = []
        for index in range(numbers.count):
            address = _address(context, builder, signature.args[1], arguments[1], ir.Constant(ir.IntType(64), index))
            tangent = builder.load(_vector_at(builder, address, kind.lanes))
            tangent.align = 8
            duals.append(pack(context, builder, kind, builder.extract_value(arguments[0], index), tangent))
        return context.make_tuple(builder, result, duals)

    return result(numbers, rows, like), code


@intrinsic
def load_tangents(typingctx, row, start, like):  # type: ignore[no-untyped-def]
    """Tangents in a C-contiguous 1-D array, from the place `start` on."""
    kind = TangentType(like.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        address = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        tangent = builder.load(_vector_at(builder, address, kind.lanes))
        tangent.align = 8
        return tangent

    return kind(row, types.int64, like), code


@intrinsic
def store_tangents(typingctx, row, start, tangents):  # type: ignore[no-untyped-def]
    """Write tangents into a C-contiguous 1-D array, from the place `start` on."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        address = _address(context, builder, signature.args[0], arguments[0], arguments[1])
        stored = builder.store(arguments[2], _vector_at(builder, address, tangents.lanes))
        stored.align = 8
        return context.get_dummy_value()

    return types.void(row, types.int64, tangents), code
