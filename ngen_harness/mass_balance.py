"""The ``ngen::mass_*`` protocol: models that keep a balance let the framework check it at every step."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_harness.adapter import BmiModel
from ngen_harness.config import ModuleConfig
from ngen_harness.context import RunContext, log
from ngen_harness.errors import MassBalanceError

VARIABLES = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")


class Ledger(NamedTuple):
    """What a model has booked since its start, in its own unit (m for the components of this project).

    Attributes
    ----------
    into, out, stored, leaked : float
        They balance: ``into - out - stored - leaked`` is 0 but for round-off.
    """

    into: float
    out: float
    stored: float
    leaked: float


class MassBalance:
    """Checks in - out - stored - leaked of one model.

    Parameters
    ----------
    model : BmiModel
        An initialized model.
    config : ModuleConfig
        Says whether, how often and how strictly.
    catchment_id : str
        For messages.
    context : RunContext
        The run.

    Raises
    ------
    MassBalanceError
        The mass variables are not float64 of shape (1,): ngen would read garbage.
    """

    def __init__(self, model: BmiModel, config: ModuleConfig, catchment_id: str, context: RunContext) -> None:
        self._model = model
        self._config = config.mass_balance
        self._catchment_id = catchment_id
        self.label = config.model_type_name
        self.active = False
        self.latest: Ledger | None = None
        if self._config is None or not self._config.check or self._config.frequency == 0:
            return
        units: list[str] = []
        try:
            for name in VARIABLES:
                self._read(name)
                units.append(model.units(name))
        except MassBalanceError:
            raise
        except Exception as error:
            context.warn_once(
                ("mass", self.label),
                f"{catchment_id}: {self.label}: mass balance cannot be checked, the model does not offer "
                f"{VARIABLES[len(units)]} ({type(error).__name__}: {error})",
            )
            return
        if len(set(units)) > 1:
            context.warn_once(
                ("mass", self.label),
                f"{catchment_id}: {self.label}: mass balance is not checked, the mass variables have inconsistent "
                f"units: {', '.join(units)}",
            )
            return
        # ngen compares a negative frequency with a step that never comes.
        self.active = self._config.frequency > 0

    def check(self, step: int, when: str) -> None:
        """Check the balance after a step.

        Parameters
        ----------
        step : int
            Number of the step, from 0.
        when : str
            Its time, for messages.

        Raises
        ------
        MassBalanceError
            The balance does not close and ``fatal`` is set.
        """
        config = self._config
        if not self.active or config is None or step % config.frequency:
            return
        amounts = [self._read(name) for name in VARIABLES]
        self.latest = Ledger(*amounts)
        balance = amounts[0] - amounts[1] - amounts[2] - amounts[3]
        if abs(balance) <= config.tolerance and not math.isnan(balance):
            return
        terms = " - ".join(f"{name} ({amount:g})" for name, amount in zip(VARIABLES, amounts, strict=True))
        message = (
            f"catchment {self._catchment_id}, time step {step} ({when}), model "
            f"{self._model.bmi.get_component_name()}: mass balance check "
            f"failed: {terms} = {balance:g}, tolerance {config.tolerance:g}"
        )
        if config.fatal:
            raise MassBalanceError(message)
        log.warning("%s", message)

    def _read(self, name: str) -> float:
        array = self._model.read_pointer(name)
        if not is_one_double(array):
            raise MassBalanceError(
                f"{self._catchment_id}: {self.label}: get_value_ptr('{name}') is {array.dtype} of shape "
                f"{array.shape}; ngen copies it into one C double: it must be float64 of shape (1,)"
            )
        return float(array[0])


def is_one_double(array: NDArray[Any]) -> bool:
    """Whether ngen can copy an array into one C double."""
    return array.shape == (1,) and array.dtype == np.float64
