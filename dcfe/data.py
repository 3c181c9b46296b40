"""What parameters are learned from: attributes, forcing and observations of many basins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.state import CfeOptions

LISTED = 10
"""Places that a message names."""

EXPECTED = "a number, or NaN where nothing was observed"


@dataclass(frozen=True)
class BasinData:
    """What learning needs to know of basins, whichever model they are run with; everything float64.

    Subclasses add what their model needs besides. Every tensor of theirs has a row for each basin.

    Attributes
    ----------
    ids : tuple of str
        Names of the basins.
    attribute_names : tuple of str
    attributes : tensor, shape (basins, attributes)
        In their own units.
    rain : tensor, shape (basins, steps)
        [mm h-1]; the steps are hours.
    pet : tensor, shape (basins, steps)
        Potential evapotranspiration, in the model's unit.
    observed : dict of str to tensor, shape (basins, steps)
        By the name of the model's output, in its unit; NaN where nothing was observed. Infinite values are refused.
    parameters : dict of str to tensor, shape (basins,)
        Every raw parameter of the model: what is held where it is not learned.
    """

    ids: tuple[str, ...]
    attribute_names: tuple[str, ...]
    attributes: Tensor
    rain: Tensor
    pet: Tensor
    observed: dict[str, Tensor]
    parameters: dict[str, Tensor]

    def __post_init__(self) -> None:
        basins, steps = self.rain.shape
        expected = {
            "attributes": (basins, len(self.attribute_names)),
            "pet": (basins, steps),
            **self.own_shapes(),
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
        for name, values in self.observed.items():
            problems += self._infinite(name, values)
        missing = set(self.parameter_names()) - set(self.parameters)
        if missing:
            problems.append(f"parameters lacks {', '.join(sorted(missing))}")
        problems += self.own_problems()
        if problems:
            raise ValueError("learning data do not fit together:\n  - " + "\n  - ".join(problems))

    def _infinite(self, name: str, values: Tensor) -> list[str]:
        """Infinite observations of an output: NaN says that one is missing, infinity that something went wrong."""
        places = torch.nonzero(torch.isinf(values))
        found = []
        for row, *steps in places[:LISTED].tolist():
            where = self.ids[row] if row < len(self.ids) else f"row {row}"
            value = float(values[(row, *steps)])
            found.append(
                f"observed.{name} of {where}, step {', '.join(map(str, steps))}, is {value}; expected {EXPECTED}"
            )
        more = len(places) - LISTED
        return [*found, f"and {more} more of observed.{name}"] if more > 0 else found

    @property
    def start(self) -> np.datetime64:
        """Beginning of the first step: a field of subclasses, where it has its place among theirs."""
        raise NotImplementedError

    def own_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes that the tensors of a subclass have to have, by name."""
        return {}

    def own_problems(self) -> list[str]:
        """What else is wrong with what a subclass holds."""
        return []

    def parameter_names(self) -> Sequence[str]:
        """Raw parameters of the model."""
        return ()

    @property
    def times(self) -> np.ndarray:
        """Beginnings of the steps, shape (steps,)."""
        return self.start + np.arange(self.rain.shape[1]) * np.timedelta64(60, "m")

    def basins(self, chosen: Tensor | np.ndarray | list[int]) -> Self:
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

    def period(self, first: int, last: int) -> Self:
        """Part of the steps, from `first` up to but not including `last`."""
        # by keyword: no field of this class, but one of every subclass
        begin: dict[str, Any] = {"start": self.start + first * np.timedelta64(60, "m")}
        return replace(
            self,
            rain=self.rain[:, first:last],
            pet=self.pet[:, first:last],
            observed={name: values[:, first:last] for name, values in self.observed.items()},
            **begin,
        )


@dataclass(frozen=True)
class LearningData(BasinData):
    """Basins of CFE with the same schemes and period.

    Attributes
    ----------
    ids, attribute_names, attributes, rain
        See :class:`BasinData`.
    pet : tensor, shape (basins, steps)
        Potential evapotranspiration [m s-1].
    observed : dict of str to tensor, shape (basins, steps)
        Outputs of CFE [m per step].
    parameters : dict of str to tensor, shape (basins,)
        Every raw parameter of CFE.
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

    ordinates: Tensor
    soil_storage: Tensor
    gw_storage: Tensor
    options: CfeOptions = CfeOptions()
    start: np.datetime64 = np.datetime64("2000-10-01T00:00", "m")
    lateral: int = 2
    surface: int = 1

    def own_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of ordinates and initial storages."""
        basins = self.rain.shape[0]
        return {
            "ordinates": (basins, self.ordinates.shape[-1]),
            "soil_storage": (basins,),
            "gw_storage": (basins,),
        }

    def parameter_names(self) -> Sequence[str]:
        """Raw parameters of CFE."""
        return CfeParameters._fields
