"""What parameters are learned from: attributes, forcing and observations of many basins."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.state import CfeOptions


@dataclass(frozen=True)
class LearningData:
    """Basins with the same schemes and period, hour by hour; everything float64.

    Attributes
    ----------
    ids : tuple of str
        Names of the basins.
    attribute_names : tuple of str
    attributes : tensor, shape (basins, attributes)
        In their own units.
    rain : tensor, shape (basins, steps)
        [mm h-1].
    pet : tensor, shape (basins, steps)
        Potential evapotranspiration [m s-1].
    observed : dict of str to tensor, shape (basins, steps)
        By the name of the model's output, in its unit (m per step); NaN where nothing was observed.
    parameters : dict of str to tensor, shape (basins,)
        Every raw parameter of CFE: what is held where it is not learned.
    ordinates : tensor, shape (basins, n)
        Shares of the GIUH; ``(1,)`` each with a surface Nash cascade.
    soil_storage, gw_storage : tensor, shape (basins,)
        Initial storages as shares of their maxima [-].
    options : CfeOptions
    start : numpy.datetime64
        Beginning of the first step.
    lateral, surface : int
        Reservoirs of the Nash cascades.
    """

    ids: tuple[str, ...]
    attribute_names: tuple[str, ...]
    attributes: Tensor
    rain: Tensor
    pet: Tensor
    observed: dict[str, Tensor]
    parameters: dict[str, Tensor]
    ordinates: Tensor
    soil_storage: Tensor
    gw_storage: Tensor
    options: CfeOptions = CfeOptions()
    start: np.datetime64 = np.datetime64("2000-10-01T00:00", "m")
    lateral: int = 2
    surface: int = 1

    def __post_init__(self) -> None:
        basins, steps = self.rain.shape
        expected = {
            "attributes": (basins, len(self.attribute_names)),
            "pet": (basins, steps),
            "ordinates": (basins, self.ordinates.shape[-1]),
            "soil_storage": (basins,),
            "gw_storage": (basins,),
        }
        given = {name: getattr(self, name) for name in ("rain", *expected)}
        for group, shape in (("observed", (basins, steps)), ("parameters", (basins,))):
            for name, values in getattr(self, group).items():
                given[f"{group}.{name}"] = values
                expected[f"{group}.{name}"] = shape
        problems = [
            f"{name} has shape {tuple(given[name].shape)}; expected {shape} as rain is {(basins, steps)}"
            for name, shape in expected.items()
            if tuple(given[name].shape) != shape
        ]
        problems += [f"{name} is {v.dtype}; expected float64" for name, v in given.items() if v.dtype != torch.float64]
        if len(self.ids) != basins:
            problems.append(f"there are {len(self.ids)} ids for {basins} basins")
        missing = set(CfeParameters._fields) - set(self.parameters)
        if missing:
            problems.append(f"parameters lacks {', '.join(sorted(missing))}")
        if problems:
            raise ValueError("learning data do not fit together:\n  - " + "\n  - ".join(problems))

    @property
    def times(self) -> np.ndarray:
        """Beginnings of the steps, shape (steps,)."""
        return self.start + np.arange(self.rain.shape[1]) * np.timedelta64(60, "m")

    def basins(self, chosen: Tensor | np.ndarray | list[int]) -> LearningData:
        """Part of the basins, by their indices."""
        index = torch.as_tensor(chosen)
        rows = {f.name: getattr(self, f.name)[index] for f in fields(self) if isinstance(getattr(self, f.name), Tensor)}
        return replace(
            self,
            ids=tuple(self.ids[i] for i in index.tolist()),
            observed={name: values[index] for name, values in self.observed.items()},
            parameters={name: values[index] for name, values in self.parameters.items()},
            **rows,
        )

    def period(self, first: int, last: int) -> LearningData:
        """Part of the steps, from `first` up to but not including `last`."""
        return replace(
            self,
            rain=self.rain[:, first:last],
            pet=self.pet[:, first:last],
            observed={name: values[:, first:last] for name, values in self.observed.items()},
            start=self.start + first * np.timedelta64(60, "m"),
        )
