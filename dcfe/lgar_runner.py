"""Run LGAR's twin on learning data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dcfe.lgar import DifferentiableLgar
from dcfe.lgar_data import LgarLearningData, moisture_depth
from dcfe.simulate import check_warmup
from lgar_bmi.ensemble import EnsembleForcing
from lgar_bmi.variables import MOISTURES
from ngen_bmi.ensemble import names_of


@dataclass(frozen=True)
class LgarRunner:
    """Run LGAR's twin on learning data.

    Attributes
    ----------
    outputs : tuple of str
        Outputs to give: fields of :class:`lgar_bmi.outputs.LgarOutputs`, and moistures such as ``soil_moisture_10``.
    """

    outputs: tuple[str, ...] = ("surface_runoff",)

    def __post_init__(self) -> None:
        names_of("outputs", self.outputs)

    def __call__(
        self, parameters: Mapping[str, Tensor], data: LgarLearningData, warmup: int = 0, through_warmup: bool = True
    ) -> dict[str, Tensor]:
        """Outputs after the warm-up; see :class:`dcfe.simulate.Simulate`.

        Without gradients through the warm-up the suctions and depths of fronts at its end are taken as given.
        """
        check_warmup(warmup, data.rain.shape[1])
        depths = {name: depth for name in self.outputs if (depth := moisture_depth(name)) is not None}
        wanted = tuple(name for name in self.outputs if name not in depths)
        twin = DifferentiableLgar(data.options, wanted, data.stepping, tuple(depths.values()))
        thickness, ordinates = data.thickness.numpy(), data.ordinates.numpy()
        state = twin.initial_state(parameters, thickness, data.initial_psi.numpy(), ordinates)
        first = 0
        if warmup and not through_warmup:
            first = warmup
            held = {name: value.detach() for name, value in parameters.items()}
            state = twin(held, thickness, _forcing(data, 0, first), state, ordinates).state
        run = twin(parameters, thickness, _forcing(data, first, data.rain.shape[1]), state, ordinates)
        outputs = {name: run.outputs[name][:, warmup - first :] for name in wanted}
        if depths:
            moistures: tuple[Tensor, ...] = torch.unbind(run.outputs[MOISTURES.name], dim=2)
            outputs |= {name: m[:, warmup - first :] for name, m in zip(depths, moistures, strict=True)}
        return {name: outputs[name] for name in self.outputs}


def _forcing(data: LgarLearningData, first: int, last: int) -> EnsembleForcing:
    rain: Any = data.rain[:, first:last]
    pet: Any = data.pet[:, first:last]
    return EnsembleForcing(rain, pet)
