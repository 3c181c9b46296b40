"""Tuples from and to items of an array that stand a fixed distance apart.

Compiled, they are plain loads and stores of single numbers, without the loop and the checks of an index, so that a
compiler sees what a loop around them does to memory. Arrays have one dimension and no gaps, and a place that is not in
them is memory of something else: who calls these answers for both. Of the first the compiler makes sure.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import JIT_ENABLED, njit

__all__ = ["load", "load_strided", "store", "store_strided"]


def load_strided(memory: NDArray[Any], first: int, stride: int, like: tuple[float, ...]) -> tuple[float, ...]:
    """Return ``memory[first], memory[first + stride], ...``, as many as `like` has items; nothing is checked.

    >>> import numpy as np
    >>> load_strided(np.arange(9.0), 1, 3, (0.0, 0.0))
    (1.0, 4.0)
    """
    return tuple(float(memory[first + i * stride]) for i in range(len(like)))


def store_strided(memory: NDArray[Any], first: int, stride: int, values: tuple[float, ...]) -> None:
    """Write values to ``memory[first], memory[first + stride], ...``; nothing is checked.

    >>> import numpy as np
    >>> memory = np.zeros(4)
    >>> store_strided(memory, 0, 2, (1.0, 2.0))
    >>> memory.tolist()
    [1.0, 0.0, 2.0, 0.0]
    """
    for i, value in enumerate(values):
        memory[first + i * stride] = value


@njit
def load(memory: NDArray[Any], place: int) -> float:
    """Return ``memory[place]``; nothing is checked."""
    (value,) = load_strided(memory, place, 1, (0.0,))
    return value


@njit
def store(memory: NDArray[Any], place: int, value: float) -> None:
    """Write ``memory[place]``; nothing is checked."""
    store_strided(memory, place, 1, (value,))


if JIT_ENABLED:
    from numba.core import cgutils, errors, types
    from numba.extending import intrinsic, overload

    def _make_sure(memory, writing=False):  # type: ignore[no-untyped-def]
        """Refuse to compile for arrays whose items are not side by side, or that may not be written."""
        if memory.ndim != 1 or memory.layout != "C" or (writing and not memory.mutable):
            wanted = "one dimension without gaps" + ", which may be written," * writing
            raise errors.TypingError(f"an array of {wanted} is needed, not {memory}")

    def _places(context, builder, signature, arguments, count):  # type: ignore[no-untyped-def]
        """Pointers to the items."""
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        first, stride = arguments[1], arguments[2]
        for i in range(count):
            distance = builder.mul(stride, stride.type(i), flags=("nsw",))
            yield builder.gep(array.data, [builder.add(first, distance, flags=("nsw",))], inbounds=True)

    @intrinsic
    def _load(typing_context, memory, first, stride, like):  # type: ignore[no-untyped-def]
        _make_sure(memory)
        result = types.UniTuple(memory.dtype, len(like))

        def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            places = _places(context, builder, signature, arguments, len(like))
            return context.make_tuple(builder, result, [builder.load(place) for place in places])

        return result(memory, types.intp, types.intp, like), code

    @intrinsic
    def _store(typing_context, memory, first, stride, values):  # type: ignore[no-untyped-def]
        _make_sure(memory, writing=True)

        def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            places = _places(context, builder, signature, arguments, len(values))
            for value, place in zip(cgutils.unpack_tuple(builder, arguments[3]), places, strict=True):
                builder.store(value, place)
            return context.get_dummy_value()

        return types.void(memory, types.intp, types.intp, values), code

    # no annotations: numba compares the two signatures of an overload literally
    @overload(load_strided)
    def _load_strided(memory, first, stride, like):  # type: ignore[no-untyped-def]
        return lambda memory, first, stride, like: _load(memory, first, stride, like)  # type: ignore[call-arg]

    @overload(store_strided)
    def _store_strided(memory, first, stride, values):  # type: ignore[no-untyped-def]
        return lambda memory, first, stride, values: _store(memory, first, stride, values)  # type: ignore[call-arg]
