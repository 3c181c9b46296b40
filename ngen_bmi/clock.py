"""The clock of a component: seconds since the start, steps of one length, no end."""

from __future__ import annotations

import numpy as np
from bmipy import Bmi


class ClockBmi(Bmi):
    """Answers BMI's questions about time.

    Attributes
    ----------
    time_step_s : float
        Length of a step [s]: an hour unless an instance's configuration says otherwise.
    """

    time_step_s: float = 3600.0
    _time: float = 0.0

    def get_current_time(self) -> float:
        """Time since the start [s]."""
        return self._time

    def get_start_time(self) -> float:
        """Start time [s]: 0."""
        return 0.0

    def get_end_time(self) -> float:
        """End time [s]: the largest float, since the component runs as long as it is asked to."""
        return float(np.finfo("d").max)

    def get_time_units(self) -> str:
        """Unit of all times."""
        return "s"

    def get_time_step(self) -> float:
        """Length of a step [s]."""
        return self.time_step_s
