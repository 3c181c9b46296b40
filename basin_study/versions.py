"""Versions of the packages that a number may depend on."""

from __future__ import annotations

import functools
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

CALIBRATION = ("ngen-arid", "numpy", "numba", "scipy", "spotpy", "torch", "xarray", "pyet")
"""What a calibration uses."""


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Versions of Python and of packages; those that are not installed say so."""
    found = {"Python": platform.python_version()}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@functools.cache
def calibration_versions() -> str:
    """Versions that a record keeps, as text."""
    return ", ".join(f"{name} {text}" for name, text in versions(CALIBRATION).items())
