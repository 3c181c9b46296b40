"""Tables of dual numbers that depend on one dual number only: values, slopes to that number, and its tangents.

A table of matric flux potentials depends on the shape of the soil alone. Items are read as dual numbers, the slope
times the shape's tangents, and take two floats each instead of one and a float for every lane.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from dcfe.dual_array import index_type, indices_of, is_reals, load_vector, offset_of, shape_of
from dcfe.dual_type import DualType, pack, scaled


class DualTableType(types.Type):
    """One table (2 dimensions), or a table for each of several numbers (3 dimensions)."""

    def __init__(self, ndim: int, lanes: int):
        self.ndim, self.lanes = ndim, lanes
        super().__init__(name=f"DualTable({ndim}, {lanes})")


@register_model(DualTableType)
class _DualTableModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: DualTableType):
        reals = types.CPointer(types.float64)
        members = [("values", reals), ("slopes", reals), ("tangents", reals)]
        super().__init__(dmm, fe_type, [*members, ("shape", types.UniTuple(types.intp, fe_type.ndim))])


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> Any:
        table, index = args
        if not isinstance(table, DualTableType):
            return None
        found = index_type(index, table.ndim)
        # one of the tables, or an item of one
        if found is None or found[1] != (2 if table.ndim == 3 else 0):
            return None
        return signature(DualTableType(2, table.lanes) if found[1] else DualType(table.lanes), table, found[0])


@lower_builtin(operator.getitem, DualTableType, types.Integer)
@lower_builtin(operator.getitem, DualTableType, types.BaseTuple)
def _get(context: Any, builder: ir.IRBuilder, sig: Any, arguments: Any) -> ir.Value:
    kind = sig.args[0]
    table = cgutils.create_struct_proxy(kind)(context, builder, arguments[0])
    shape = shape_of(builder, table, kind.ndim)
    indices = indices_of(builder, sig.args[1], arguments[1])
    offset = offset_of(builder, shape, indices)
    value, slope = (builder.gep(array, [offset]) for array in (table.values, table.slopes))
    if isinstance(sig.return_type, DualType):
        tangent = load_vector(builder, table.tangents, kind.lanes)
        product = scaled(builder, builder.load(slope), tangent, kind.lanes)
        return pack(context, builder, sig.return_type, builder.load(value), product)
    part = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    number = offset_of(builder, shape[:1], indices)
    part.values, part.slopes = value, slope
    part.tangents = builder.gep(table.tangents, [builder.mul(number, ir.Constant(ir.IntType(64), kind.lanes))])
    part.shape = cgutils.pack_array(builder, shape[1:])
    return part._getvalue()


@intrinsic
def dual_tables(typingctx, values, slopes, tangents, like):  # type: ignore[no-untyped-def]
    """Tables of dual numbers over C-contiguous arrays, as :func:`dcfe.dual_array.dual_array` makes its own.

    Shapes are (tables, rows, columns), the same and 1, and (tables, lanes) of the tangents of the numbers that each
    table depends on.
    """
    if not (is_reals(values, 3) and is_reals(slopes, 4) and is_reals(tangents, 2) and like.count > 0):
        return None
    kind = DualTableType(3, like.count)

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        arrays = [
            context.make_array(given)(context, builder, argument)
            for given, argument in zip(signature.args[:3], arguments[:3], strict=True)
        ]
        tables = cgutils.create_struct_proxy(kind)(context, builder)
        tables.values, tables.slopes, tables.tangents = (array.data for array in arrays)
        tables.shape = arrays[0].shape
        return tables._getvalue()

    return kind(values, slopes, tangents, like), code
