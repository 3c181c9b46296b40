"""Where things are."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
REALIZATIONS = ROOT / "realizations"


def shared(*parts: str) -> Path:
    """Path of shared material; skips the test where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{Path(*parts)} is not beside the checkout")
    return path
