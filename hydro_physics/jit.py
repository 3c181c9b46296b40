"""One way to compile: numba when it is there, plain Python when it is not.

Every compiled function of the project is decorated with this module's :func:`njit`. Without numba (or with the
environment variable ``NUMBA_DISABLE_JIT=1``) the same source runs as ordinary Python.

Physics functions have to be written for both worlds, and for any number type: they take and return scalars and
NamedTuples, change nothing in place, and use :func:`replace_item` where they need a tuple with one item changed.
"""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable
from typing import Any

try:
    import numba
except ImportError:  # plain Python: slow, but the same numbers
    numba = None  # type: ignore[assignment]

HAVE_NUMBA = numba is not None
JIT_ENABLED = HAVE_NUMBA and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")

__all__ = ["HAVE_NUMBA", "JIT_ENABLED", "as_tuple", "carries_tangent", "njit", "replace_item", "same"]


@functools.cache
def _sources_stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every source file of the physics packages.

    Numba keeps compiled code on disk per function and looks only at that function's own file: a kernel would go on
    using yesterday's equations after an edit of the module that holds them. Hence all of them go into the stamp; of
    the twins' package, those that have to do with compiled code.
    """
    root = pathlib.Path(__file__).resolve().parents[1]
    stamp = []
    for package in ("hydro_physics", "cfe_bmi", "lgar_bmi", "richards_bmi", "pet_bmi", "dcfe"):
        for path in sorted((root / package).glob("*.py")):
            if package == "dcfe" and b"numba" not in (text := path.read_bytes()) and b"njit" not in text:
                continue
            stat = path.stat()
            stamp.append((f"{package}/{path.name}", stat.st_size, stat.st_mtime_ns))
    return tuple(stamp)


@functools.cache
def _cache_class() -> type:
    """Numba's cache on disk, invalidated by any change of the physics sources."""
    from numba.core import caching

    def stamped(locator: type) -> type:
        class StampedLocator(locator):  # type: ignore[misc, valid-type]
            def get_source_stamp(self) -> Any:
                return (super().get_source_stamp(), _sources_stamp())

        return StampedLocator

    base = caching.CompileResultCacheImpl

    class Impl(base):  # type: ignore[misc, valid-type]
        _locator_classes = [stamped(locator) for locator in base._locator_classes]

    class Cache(caching.FunctionCache):
        _impl_class = Impl

    return Cache


def _enable_cache(dispatcher: Any, function: Callable[..., Any]) -> None:
    """Cache compiled code on disk."""
    try:
        dispatcher._cache = _cache_class()(function)
    except RuntimeError:
        pass  # no place to write (read-only installation without a home): compile in every process


def njit(
    function: Callable[..., Any] | None = None,
    /,
    *,
    inline: bool = True,
    borrow: bool = False,
    part_of_caller: bool = False,
    **options: Any,
) -> Any:
    """Compile a function with numba, or return it as it is when numba is missing.

    Parameters
    ----------
    function : callable
        Function of scalars, NamedTuples and arrays; no Python objects.
    inline : bool
        Let LLVM inline the function into its callers whatever its size; it halves the time of a step, which is many
        small functions of NamedTuples. Switch it off for entry points and for large code that seldom runs.
    borrow : bool
        Arrays are the caller's, who keeps them alive, and none is made: no counting of references, which costs five
        times a sub-step of LGAR.
    part_of_caller : bool
        Have no compiled code of its own but in its callers': for the large function between an entry point and the
        physics, since every level of calls is optimised once more, with all below it. Halves the time to compile LGAR.
    **options
        Passed to ``numba.njit``. Divisions follow IEEE rules (``error_model="numpy"``) unless told otherwise.
    """
    if function is None:
        return functools.partial(njit, inline=inline, borrow=borrow, part_of_caller=part_of_caller, **options)
    if not HAVE_NUMBA:
        return function
    options.setdefault("error_model", "numpy")
    cache = options.pop("cache", True)
    if part_of_caller:
        options["inline"] = "always"
    elif inline:
        options.setdefault("forceinline", True)
    if borrow:
        options.setdefault("_nrt", False)
    compiled = numba.njit(**options)(function)
    # Under NUMBA_DISABLE_JIT numba hands the plain function back.
    if cache and hasattr(compiled, "_cache"):
        _enable_cache(compiled, function)
    return compiled


def replace_item(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    """Tuple like `values` with the item at `index` replaced (homogeneous tuples of any number type).

    >>> replace_item((1.0, 2.0, 3.0), 1, 9.0)
    (1.0, 9.0, 3.0)
    """
    return (*values[:index], value, *values[index + 1 :])


def as_tuple(row: Any, length: int) -> tuple[Any, ...]:
    """First `length` items of the 1-D array `row` as a tuple (`length` must be a compile-time constant).

    >>> import numpy as np
    >>> as_tuple(np.array([1.0, 2.0, 3.0]), 2)
    (1.0, 2.0)
    """
    return tuple(row[:length].tolist())


def carries_tangent(value: Any) -> bool:
    """Say whether a number brings its derivative along; known when compiling.

    A branch that returns 0 because a factor is 0 is right for plain numbers and wrong for derivatives: it may be taken
    only where this is false. A number type with tangents overloads this function.

    >>> carries_tangent(0.0)
    False
    """
    return not isinstance(value, float | int)


def same(a: Any, b: Any) -> bool:
    """Say whether two numbers of one type are equal, their derivatives included.

    What was computed from one of them need not be computed again for the other. A number type with tangents overloads
    this function.

    >>> same(1.0, 1.0), same(1.0, 2.0)
    (True, False)
    """
    return bool(a == b) and not carries_tangent(a)


if JIT_ENABLED:
    from numba.core import types
    from numba.cpython.unsafe.tuple import tuple_setitem
    from numba.extending import overload
    from numba.np.unsafe.ndarray import to_fixed_tuple

    # No annotations here: numba compares the two signatures of an overload literally.
    @overload(replace_item)
    def _replace_item(values, index, value):  # type: ignore[no-untyped-def]
        return lambda values, index, value: tuple_setitem(values, index, value)  # type: ignore[call-arg]

    @overload(carries_tangent)
    def _carries_tangent(value):  # type: ignore[no-untyped-def]
        if isinstance(value, types.Float | types.Integer):
            return lambda value: False
        return None

    @overload(same)
    def _same(a, b):  # type: ignore[no-untyped-def]
        if isinstance(a, types.Float | types.Integer) and isinstance(b, types.Float | types.Integer):
            return lambda a, b: a == b
        return None

    @overload(as_tuple, prefer_literal=True)
    def _as_tuple(row, length):  # type: ignore[no-untyped-def]
        if isinstance(length, types.IntegerLiteral):
            size = length.literal_value
            return lambda row, length: to_fixed_tuple(row, size)  # type: ignore[call-arg]
        return None
