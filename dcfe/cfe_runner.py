"""Run CFE's twin on learning data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cfe_bmi.ensemble import EnsembleForcing
from dcfe.cfe import DifferentiableCfe
from dcfe.data import LearningData
from dcfe.simulate import check_warmup
from ngen_bmi.ensemble import names_of


@dataclass(frozen=True)
class CfeRunner:
    """Run CFE's twin on learning data.

    Attributes
    ----------
    outputs : tuple of str
        Outputs to give, fields of :class:`cfe_bmi.outputs.CfeOutputs`.
    """

    outputs: tuple[str, ...] = ("q_out",)

    def __post_init__(self) -> None:
        names_of("outputs", self.outputs)

    def __call__(
        self, parameters: Mapping[str, Tensor], data: LearningData, warmup: int = 0, through_warmup: bool = True
    ) -> dict[str, Tensor]:
        """Outputs after the warm-up; see :class:`dcfe.simulate.Simulate`."""
        check_warmup(warmup, data.rain.shape[1])
        twin = DifferentiableCfe(options=data.options, outputs=self.outputs)
        sizes = {"ordinates": data.ordinates.shape[1], "lateral": data.lateral, "surface": data.surface}
        early, late = {}, {}
        for name, value in parameters.items():
            # one split rather than two slices: its gradient is put together in one pass
            parts = (
                value.split([warmup, value.shape[1] - warmup], dim=1) if value.dim() == 2 and warmup else (value,) * 2
            )
            early[name], late[name] = parts
        with torch.set_grad_enabled(torch.is_grad_enabled() and (through_warmup or not warmup)):
            first = {name: value[:, 0] if value.dim() == 2 else value for name, value in parameters.items()}
            state = twin.initial_state(first, soil_storage=data.soil_storage, gw_storage=data.gw_storage, **sizes)
            if warmup:
                state = twin(early, _forcing(data, 0, warmup), state, ordinates=data.ordinates).state
        forcing = _forcing(data, warmup, data.rain.shape[1])
        outputs: dict[str, Tensor] = twin(late, forcing, state, ordinates=data.ordinates).outputs
        return outputs


def _forcing(data: LearningData, first: int, last: int) -> EnsembleForcing:
    rain: Any = data.rain[:, first:last]
    pet: Any = data.pet[:, first:last]
    return EnsembleForcing(rain, pet)
