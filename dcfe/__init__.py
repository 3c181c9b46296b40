"""Differentiable twins of the components, and learning of their parameters."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dcfe.cfe import DifferentiableCfe, TwinRun
    from dcfe.lgar import DifferentiableLgar, LgarRun

__all__ = ["DifferentiableCfe", "DifferentiableLgar", "LgarRun", "TwinRun"]

_HOME = {
    "DifferentiableCfe": "dcfe.cfe",
    "DifferentiableLgar": "dcfe.lgar",
    "LgarRun": "dcfe.lgar",
    "TwinRun": "dcfe.cfe",
}


def __getattr__(name: str) -> Any:
    """Import what needs PyTorch only when it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOME[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(f"{name} needs PyTorch: install ngen-arid with its extra 'learn'") from error
