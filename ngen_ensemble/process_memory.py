"""Memory of this process."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_memory() -> int:
    """Greatest resident memory of this process [bytes].

    On Linux not ``ru_maxrss``, which a process inherits from the program that started it.
    """
    found = _status("VmHWM")
    if found is not None:
        return found
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_memory() -> int:
    """Resident memory of this process now [bytes]; where the system does not say it, its peak."""
    found = _status("VmRSS")
    return peak_memory() if found is None else found


def _status(name: str) -> int | None:
    """A size that Linux keeps of this process [bytes]; None elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None)
