"""Our CFE, called by its BMI as a peer is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import PET, RAIN
from cfe_bmi import BmiCfe


def calls_of_bmi(config: Path, rain: NDArray[np.float64], pet: NDArray[np.float64]) -> Callable[[], None]:
    """Return calls for every step: set rain [mm h-1] and PET [m s-1], update, get the discharge."""
    component = BmiCfe()
    component.initialize(str(config))
    value, target = np.zeros(1), np.zeros(1)

    def run() -> None:
        for t in range(len(rain)):
            value[0] = rain[t]
            component.set_value(RAIN, value)
            value[0] = pet[t]
            component.set_value(PET, value)
            component.update()
            component.get_value("Q_OUT", target)

    return run
