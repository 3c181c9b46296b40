"""Steps that can be done for several catchments at once, and which of them cannot.

A compiler does a loop over catchments for eight of them at a time as long as all do the same arithmetic: no call of the
mathematical library, no loop of its own. Some steps need one: a power where rain falls on a wet soil (Xinanjiang), the
time at which a soil crosses its threshold (ODE). With :class:`OnePieceOptions` the equations give not-a-number there,
and the caller does these few steps over again, one by one, with :class:`cfe_bmi.state.CfeOptions`. All others are the
same equations and give the same bits.
"""

from __future__ import annotations

from typing import Any

from cfe_bmi.state import CfeOptions
from hydro_physics.jit import JIT_ENABLED

__all__ = ["OnePieceOptions", "in_one_piece"]


class OnePieceOptions(CfeOptions):
    """The same, of another type, which compiled code tells apart."""

    __slots__ = ()


def in_one_piece(options: Any) -> bool:
    """Say whether a step is asked for only if it can be done in one piece; known when compiling.

    >>> in_one_piece(CfeOptions()), in_one_piece(OnePieceOptions(*CfeOptions()))
    (False, True)
    """
    return isinstance(options, OnePieceOptions)


if JIT_ENABLED:
    from numba.core import types
    from numba.extending import overload

    # no annotations: numba compares the two signatures of an overload literally
    @overload(in_one_piece)
    def _in_one_piece(options):  # type: ignore[no-untyped-def]
        if not isinstance(options, types.BaseNamedTuple):
            return None
        if options.instance_class is OnePieceOptions:  # type: ignore[attr-defined]
            return lambda options: True
        return lambda options: False
