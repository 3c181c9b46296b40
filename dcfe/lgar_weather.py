"""Weather of a column from a file, as the standalone LGAR takes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgar_bmi import BmiLgar
from lgar_bmi.__main__ import SYNONYMS
from lgar_bmi.variables import PET, RAIN
from ngen_bmi.driver import read_forcing
from ngen_bmi.errors import ForcingError

_Array = NDArray[np.float64]


class _Inputs(BmiLgar):
    """LGAR as far as rain and potential evapotranspiration go, without a configuration."""

    def get_input_var_names(self) -> tuple[str, ...]:  # type: ignore[override]
        return (RAIN, PET)


def read_weather(path: str | Path) -> tuple[_Array, _Array]:
    """Hourly rain and potential evapotranspiration of a CSV file, each of shape (1, hours) [mm h-1].

    Parameters
    ----------
    path : path
        As :func:`ngen_bmi.driver.read_forcing` and ``python -m lgar_bmi`` take it.

    Raises
    ------
    ForcingError
        When the file does not fit, or naming the first value of each input that LGAR would refuse.
    """
    component = _Inputs()
    times, inputs = read_forcing(path, component, SYNONYMS)
    problems = [
        problem
        for variable in component.table
        if variable.name in (RAIN, PET)
        for problem in _problems(inputs[variable.name], variable.name, variable.valid, times)
    ]
    if problems:
        raise ForcingError("\n".join(f"{path}: {problem}" for problem in problems))
    return inputs[RAIN][None], inputs[PET][None]


def _problems(values: _Array, name: str, valid: tuple[float, float], times: Sequence[str]) -> list[str]:
    bad = np.flatnonzero(~((values >= valid[0]) & (values <= valid[1])))
    if not len(bad):
        return []
    more = f" (and {len(bad) - 1} more rows)" if len(bad) > 1 else ""
    return [f"{name} is {values[bad[0]]:g} at {times[bad[0]]}{more}; expected {valid[0]:g} to {valid[1]:g} mm h-1"]
