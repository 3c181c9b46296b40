"""The compile wrapper: helpers give the same compiled and interpreted, compiled code follows its sources."""

import numpy as np
import pytest

from hydro_physics import jit
from hydro_physics.jit import as_tuple, njit, replace_item


@njit(cache=False)
def replaced(values, index, value):  # type: ignore[no-untyped-def]
    return replace_item(values, index, value)


@njit(cache=False)
def first_three(row):  # type: ignore[no-untyped-def]
    return as_tuple(row, 3)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_replace_item(index: int) -> None:
    expected = [1.0, 2.0, 3.0]
    expected[index] = 9.0
    assert replace_item((1.0, 2.0, 3.0), index, 9.0) == tuple(expected)
    assert replaced((1.0, 2.0, 3.0), index, 9.0) == tuple(expected)


def test_as_tuple() -> None:
    row = np.array([1.5, 2.5, 3.5, 4.5])
    assert as_tuple(row, 3) == (1.5, 2.5, 3.5)
    assert first_three(row) == (1.5, 2.5, 3.5)


@pytest.mark.skipif(not jit.JIT_ENABLED, reason="without compiled code there is none to go stale")
def test_compiled_code_on_disk_depends_on_all_physics_sources() -> None:
    """A kernel is compiled anew when the module that holds its equations changed, not only its own file."""
    from cfe_bmi.catchment import update_catchment

    source_stamp = update_catchment._cache._impl.locator.get_source_stamp()
    files = {name for name, *_ in source_stamp[1]}
    assert {"cfe_bmi/processes.py", "cfe_bmi/soil_ode.py", "hydro_physics/linear.py"} <= files


def test_decorator_with_and_without_arguments_and_options() -> None:
    def double(x: float) -> float:
        return 2.0 * x

    assert njit(double)(4.0) == 8.0
    assert njit(inline=True, cache=False)(double)(4.0) == 8.0
