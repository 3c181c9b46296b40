"""What the machine is and which code ran: enough to judge figures by, and nothing that names a host or a folder."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from benchmarks.record import slug
from ngen_arid import __version__

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "numba", "llvmlite", "scipy", "torch")


def processor() -> str:
    """Model of the processor, as the system says it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_gib() -> float | None:
    """Memory of the machine [GiB]; None where the system does not say it."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1)
    except (AttributeError, OSError, ValueError):
        return None


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version_of(library: str) -> str | None:
    """Version of an installed package, or None."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def machine() -> dict[str, object]:
    """Describe the machine and what runs on it."""
    return {
        "processor": processor(),
        "architecture": platform.machine(),
        "cores": cores(),
        "memory_gib": memory_gib(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        **{library: version_of(library) for library in LIBRARIES},
    }


def git(*arguments: str) -> str | None:
    """What git says about this checkout; None where there is no git, or it fails."""
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def project() -> dict[str, object]:
    """Version, commit (None without git), whether files differ from it, and the time."""
    changed = git("status", "--porcelain", "--untracked-files=no")
    return {
        "version": __version__,
        "commit": git("rev-parse", "HEAD"),
        "changed": None if changed is None else bool(changed),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def file_name() -> str:
    """Name of the file that is kept: version, processor and cores.

    >>> file_name().endswith(".json") and " " not in file_name()
    True
    """
    return f"{__version__}-{slug(processor())}-{cores()}-cores.json"
