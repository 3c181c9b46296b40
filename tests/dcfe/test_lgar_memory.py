"""Memory of LGAR's twin: what a run and its gradient take does not grow with the period, but for inputs and outputs."""

import pytest

from hydro_physics import jit

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)

from benchmarks.lgar_memory import measure, warm_up

pytestmark = pytest.mark.slow


def test_derivatives_are_not_kept_for_every_step() -> None:
    """Resident memory of processes of their own; tangents of one output at every step would be 49 MiB more."""
    warm_up("twin")
    short, long = (measure("twin", hours) for hours in (8000, 28000))
    assert long.arrays - short.arrays > 15.0
    assert abs(long.rest - short.rest) < 5.0
