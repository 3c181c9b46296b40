"""Arrays of dual numbers for compiled code that changes its state in place.

The values and the tangents lie in two arrays, the tangents with one more axis, so that the values' array is the very
one that a run in floats has. Items are read and written as dual numbers; a plain number is written without tangents.
Such an array owns nothing: whoever makes it with :func:`dual_array` keeps both arrays alive, best by making them in the
caller of the function that does.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, lower_builtin, lower_getattr, models, overload, register_model

from dcfe.dual_type import DualType, pack, unpack, vector_type

_WORD = ir.IntType(64)


class DualArrayType(types.Type):
    """C-contiguous array of dual numbers with `lanes` tangents each; 1 to 3 dimensions."""

    def __init__(self, ndim: int, lanes: int):
        self.ndim, self.lanes = ndim, lanes
        super().__init__(name=f"DualArray({ndim}, {lanes})")


@register_model(DualArrayType)
class _DualArrayModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: DualArrayType):
        reals = types.CPointer(types.float64)
        shape = types.UniTuple(types.intp, fe_type.ndim)
        super().__init__(dmm, fe_type, [("values", reals), ("tangents", reals), ("shape", shape)])


def shape_of(builder: ir.IRBuilder, array: Any, ndim: int) -> list[ir.Value]:
    """Sizes of a struct's dimensions."""
    return [builder.extract_value(array.shape, axis) for axis in range(ndim)]


def size_of(builder: ir.IRBuilder, shape: list[ir.Value]) -> ir.Value:
    """How many items there are."""
    size = ir.Constant(_WORD, 1)
    for length in shape:
        size = builder.mul(size, length)
    return size


def offset_of(builder: ir.IRBuilder, shape: list[ir.Value], indices: list[ir.Value]) -> ir.Value:
    """Items that lie before the one, or the part, at some indices; negative ones count from the end."""
    offset = ir.Constant(_WORD, 0)
    for axis, length in enumerate(shape):
        offset = builder.mul(offset, length)
        if axis < len(indices):
            index = indices[axis]
            below = builder.icmp_signed("<", index, ir.Constant(_WORD, 0))
            offset = builder.add(offset, builder.select(below, builder.add(index, length), index))
    return offset


def indices_of(builder: ir.IRBuilder, kind: Any, index: ir.Value) -> list[ir.Value]:
    """Items of an index, one number or a tuple of them."""
    if not isinstance(kind, types.BaseTuple):
        return [index]
    return list(cgutils.unpack_tuple(builder, index, kind.count))  # type: ignore[attr-defined]


def index_type(index: Any, ndim: int) -> tuple[types.Type, int] | None:
    """Type that an index is cast to and the dimensions that it leaves; None for what is no index of whole numbers."""
    if isinstance(index, types.Integer):
        return types.intp, ndim - 1
    count = index.count if isinstance(index, types.BaseTuple) else 0  # type: ignore[attr-defined]
    if 0 < count <= ndim and all(isinstance(kind, types.Integer) for kind in index.types):
        return types.UniTuple(types.intp, count), ndim - count
    return None


def item_pointers(builder: ir.IRBuilder, array: Any, offset: ir.Value, lanes: int) -> tuple[ir.Value, ir.Value]:
    """Where the value and the tangents of an item are."""
    value = builder.gep(array.values, [offset])
    tangents = builder.gep(array.tangents, [builder.mul(offset, ir.Constant(_WORD, lanes))])
    return value, tangents


def load_vector(builder: ir.IRBuilder, pointer: ir.Value, lanes: int) -> ir.Value:
    """Tangents at a place in an array."""
    tangent = builder.load(builder.bitcast(pointer, vector_type(lanes).as_pointer()))
    tangent.align = 8
    return tangent


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> Any:
        array, index = args
        if not isinstance(array, DualArrayType):
            return None
        found = index_type(index, array.ndim)
        if found is None:
            return None
        kind, rest = found
        return signature(DualArrayType(rest, array.lanes) if rest else DualType(array.lanes), array, kind)


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> Any:
        array, index, value = args
        if not isinstance(array, DualArrayType):
            return None
        found = index_type(index, array.ndim)
        dual = DualType(array.lanes)
        if found is None or found[1] or not (value == dual or isinstance(value, types.Float | types.Integer)):
            return None
        return signature(types.void, array, found[0], dual)


@lower_builtin(operator.getitem, DualArrayType, types.Integer)
@lower_builtin(operator.getitem, DualArrayType, types.BaseTuple)
def _get(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    kind = sig.args[0]
    array = cgutils.create_struct_proxy(kind)(context, builder, arguments[0])
    shape = shape_of(builder, array, kind.ndim)
    value, tangents = item_pointers(
        builder, array, offset_of(builder, shape, indices_of(builder, sig.args[1], arguments[1])), kind.lanes
    )
    if isinstance(sig.return_type, DualType):
        tangent = load_vector(builder, tangents, kind.lanes)
        return pack(context, builder, sig.return_type, builder.load(value), tangent)
    part = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    part.values, part.tangents = value, tangents
    part.shape = cgutils.pack_array(builder, shape[kind.ndim - sig.return_type.ndim :])
    return part._getvalue()


@lower_builtin(operator.setitem, DualArrayType, types.Integer, DualType)
@lower_builtin(operator.setitem, DualArrayType, types.BaseTuple, DualType)
def _set(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    kind, _, dual = sig.args
    array = cgutils.create_struct_proxy(kind)(context, builder, arguments[0])
    offset = offset_of(builder, shape_of(builder, array, kind.ndim), indices_of(builder, sig.args[1], arguments[1]))
    place, tangents = item_pointers(builder, array, offset, kind.lanes)
    value, tangent = unpack(context, builder, dual, arguments[2])
    builder.store(value, place)
    stored = builder.store(tangent, builder.bitcast(tangents, vector_type(kind.lanes).as_pointer()))
    stored.align = 8
    return context.get_dummy_value()


@infer_getattr
class _Attributes(AttributeTemplate):  # type: ignore[misc]
    key = DualArrayType

    def resolve_size(self, array: DualArrayType) -> types.Type:
        return types.intp

    def resolve_shape(self, array: DualArrayType) -> types.Type:
        return types.UniTuple(types.intp, array.ndim)


@lower_getattr(DualArrayType, "size")
def _size(context: Any, builder: ir.IRBuilder, kind: DualArrayType, value: ir.Value) -> ir.Value:
    array = cgutils.create_struct_proxy(kind)(context, builder, value)
    return size_of(builder, shape_of(builder, array, kind.ndim))


@lower_getattr(DualArrayType, "shape")
def _shape(context: Any, builder: ir.IRBuilder, kind: DualArrayType, value: ir.Value) -> ir.Value:
    return cgutils.create_struct_proxy(kind)(context, builder, value).shape


@overload(len)
def _length(array):  # type: ignore[no-untyped-def]
    return (lambda array: array.shape[0]) if isinstance(array, DualArrayType) else None


def is_reals(kind: Any, ndim: int) -> bool:
    """Say whether a type is a C-contiguous array of floats of so many dimensions."""
    fits = isinstance(kind, types.Array) and kind.dtype == types.float64
    return fits and kind.ndim == ndim and kind.layout == "C"


@intrinsic
def dual_array(typingctx, values, tangents, like):  # type: ignore[no-untyped-def]
    """Array of dual numbers over two C-contiguous arrays, shapes (...) and (..., lanes); `like` has the lanes' length.

    The caller sees to it that the shapes fit and that both arrays live as long as this one.
    """
    ndim = getattr(values, "ndim", 0)
    if not (is_reals(values, ndim) and is_reals(tangents, ndim + 1) and like.count > 0):
        return None
    kind = DualArrayType(ndim, like.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        reals, slopes = (
            context.make_array(given)(context, builder, argument)
            for given, argument in zip(signature.args[:2], arguments[:2], strict=True)
        )
        array = cgutils.create_struct_proxy(kind)(context, builder)
        array.values, array.tangents, array.shape = reals.data, slopes.data, reals.shape
        return array._getvalue()

    return kind(values, tangents, like), code


@intrinsic(prefer_literal=True)
def load_numbers(typingctx, array, count):  # type: ignore[no-untyped-def]
    """Read the first `count` items of a one-dimensional array of dual numbers as a tuple; `count` is a constant."""
    if not (isinstance(array, DualArrayType) and array.ndim == 1 and isinstance(count, types.IntegerLiteral)):
        return None
    dual = DualType(array.lanes)
    result = types.UniTuple(dual, count.literal_value)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        item = dual(array, types.intp)
        places = (ir.Constant(_WORD, place) for place in range(result.count))
        return context.make_tuple(builder, result, [_get(context, builder, item, (arguments[0], i)) for i in places])

    return result(array, count), code


@intrinsic
def store_numbers(typingctx, array, numbers):  # type: ignore[no-untyped-def]
    """Write a tuple of dual and plain numbers into the first items of a one-dimensional array of dual numbers."""
    if not (isinstance(array, DualArrayType) and array.ndim == 1 and isinstance(numbers, types.BaseTuple)):
        return None
    dual = DualType(array.lanes)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        for place, kind in enumerate(numbers.types):  # type: ignore[attr-defined]
            number = context.cast(builder, builder.extract_value(arguments[1], place), kind, dual)
            item = types.void(array, types.intp, dual)
            _set(context, builder, item, (arguments[0], ir.Constant(_WORD, place), number))
        return context.get_dummy_value()

    return types.void(array, numbers), code
