"""What a regional network learns from: basins of a study as the twin of CFE takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from basin_study.cfe_model import CfeModel
from basin_study.dataset import DataError
from basin_study.objective import Objective
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.state import CfeOptions
from dcfe.cfe_runner import CfeRunner
from dcfe.data import LearningData
from dcfe.losses import Term

_Array = NDArray[Any]

OUTPUT = "q_out"
MM_PER_M = 1000.0


@dataclass(frozen=True)
class BlockRunner:
    """Run CFE's twin and give means over blocks of hours, in each of their hours: what daily observations are.

    Attributes
    ----------
    hours : int
        Length of a block; the compared steps are a whole number of blocks.
    """

    hours: int = 1

    def __call__(
        self, parameters: Mapping[str, Tensor], data: LearningData, warmup: int = 0, through_warmup: bool = True
    ) -> dict[str, Tensor]:
        """Discharge after the warm-up [m per step]; see :class:`dcfe.simulate.Simulate`."""
        flow = CfeRunner((OUTPUT,))(parameters, data, warmup, through_warmup)[OUTPUT]
        if self.hours > 1:
            means = flow.reshape(len(flow), -1, self.hours).mean(dim=2)
            flow = means.repeat_interleave(self.hours, dim=1)
        return {OUTPUT: flow}


def terms_of(objective: Objective) -> tuple[Term, ...]:
    """Terms of the loss that is 1 less the objective, for one basin over the whole period."""
    kge, nse, log_nse = objective.weights
    terms = (
        (kge, {"kind": "kge"}),
        (nse, {"kind": "nse", "epsilon": 0.0}),
        (log_nse, {"kind": "nse", "transform": "log", "epsilon": 0.0}),
    )
    return tuple(Term(OUTPUT, weight=weight, **kind) for weight, kind in terms if weight > 0.0)  # type: ignore[arg-type]


def learning_data(
    models: Mapping[str, CfeModel], parameters: Mapping[str, CfeParameters], warmup: int
) -> tuple[LearningData, int]:
    """Put basins together; each begins `warmup` steps before its first whole observation.

    Parameters
    ----------
    models : mapping of str to CfeModel
        By basin, of the same schemes and period.
    parameters : mapping of str to CfeParameters
        Raw parameters of the configurations: what is held where it is not learned.
    warmup : int
        Steps.

    Returns
    -------
    data : LearningData
        Without attributes; observations are repeated in every hour of theirs.
    hours : int
        Length of an observation.

    Raises
    ------
    DataError
        When basins differ in what has to be the same.
    """
    names, parts = tuple(models), list(models.values())
    for what, values in (
        ("hours of an observation", [m.observations.hours for m in parts]),
        ("reservoirs of the lateral cascade", [m.lateral for m in parts]),
    ):
        other = next((k for k, value in enumerate(values) if value != values[0]), None)
        if other is not None:
            raise DataError(
                f"{what}: basin {names[0]} has {values[0]}, basin {names[other]} {values[other]}; a regional model "
                f"needs the same in all basins: leave the others out"
            )
    hours = parts[0].observations.hours
    count = min(m.observations.values.size for m in parts)
    steps = warmup + count * hours
    rain, pet, observed = (np.empty((len(parts), steps)) for _ in range(3))
    observed[:, :warmup] = np.nan
    for row, model in enumerate(parts):
        first = model.observations.first - warmup
        series: Any = model.forcing
        rain[row], pet[row] = series.rain[0, first : first + steps], series.pet[0, first : first + steps]
        observed[row, warmup:] = np.repeat(model.observations.values[:count], hours) / MM_PER_M
    most = max(m.ordinates.size for m in parts)
    ordinates = np.array([np.pad(m.ordinates, (0, most - m.ordinates.size)) for m in parts])
    starts = torch.tensor([m.start_shares for m in parts], dtype=torch.float64)
    linear = min(m.options.linear_outlets for m in parts)
    data = LearningData(
        ids=names,
        attribute_names=(),
        attributes=torch.zeros((len(names), 0), dtype=torch.float64),
        rain=torch.from_numpy(rain),
        pet=torch.from_numpy(pet),
        observed={OUTPUT: torch.from_numpy(observed)},
        parameters=columns_of([parameters[name] for name in names]),
        ordinates=torch.from_numpy(ordinates),
        soil_storage=starts[:, 0].clone(),
        gw_storage=starts[:, 1].clone(),
        options=parts[0].options._replace(linear_outlets=linear),
        lateral=parts[0].lateral,
    )
    return data, hours


def attributes_only(
    names: Sequence[str], attribute_names: tuple[str, ...], attributes: _Array, parameters: Sequence[CfeParameters]
) -> LearningData:
    """Basins of which nothing but attributes and held parameters is known: what a network predicts from."""
    count = len(names)
    empty, zeros = torch.zeros((count, 1), dtype=torch.float64), torch.zeros(count, dtype=torch.float64)
    return LearningData(
        ids=tuple(names),
        attribute_names=attribute_names,
        attributes=torch.tensor(attributes, dtype=torch.float64),
        rain=empty,
        pet=empty,
        observed={},
        parameters=columns_of(parameters),
        ordinates=torch.ones((count, 1), dtype=torch.float64),
        soil_storage=zeros,
        gw_storage=zeros,
        options=CfeOptions(),
    )


def columns_of(parameters: Sequence[CfeParameters]) -> dict[str, Tensor]:
    """Raw parameters by name, each of shape (basins,)."""
    table = torch.tensor([tuple(p) for p in parameters], dtype=torch.float64)
    return dict(zip(CfeParameters._fields, table.unbind(1), strict=True))
