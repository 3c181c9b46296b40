"""What soils are learned from: columns of LGAR, their forcing and observations, and points with soil properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from dcfe.data import LISTED, BasinData
from dcfe.lgar_seeds import RAIN_FACTOR, seeds_of
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble_setup import EnsembleColumns, EnsembleTimes
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.outputs import LgarOutputs
from ngen_bmi.column_config import INITIAL_PSI, THICKNESS
from ngen_bmi.variables import Variable

MOISTURE = "soil_moisture_"
"""Beginning of the names of moistures at a depth: ``soil_moisture_10`` is at 10 cm."""

HOUR = 3600.0


def parameter_names(layers: int) -> tuple[str, ...]:
    """Names of all raw parameters of columns, as :func:`dcfe.lgar_seeds.seeds_of` has them.

    >>> parameter_names(1)[:6]
    ('theta_r_1', 'theta_e_1', 'alpha_1', 'n_1', 'ks_1', 'field_capacity')
    """
    return tuple(name for name in seeds_of(layers) if name != RAIN_FACTOR)


def moisture_name(depth: float) -> str:
    """Name of the moisture at a depth [cm]."""
    return f"{MOISTURE}{depth:g}"


def moisture_depth(name: str) -> float | None:
    """Depth of which a moisture is the name [cm]; None where it is not a name of moisture, as written here.

    >>> moisture_depth("soil_moisture_2.5"), moisture_depth("soil_moisture_2.50"), moisture_depth("storage")
    (2.5, None, None)
    """
    try:
        depth = float(name.removeprefix(MOISTURE)) if name.startswith(MOISTURE) else -1.0
    except ValueError:
        return None
    return depth if depth >= 0.0 and moisture_name(depth) == name else None


def columns_of(parameters: Mapping[str, ArrayLike], thickness: ArrayLike) -> EnsembleColumns:
    """Columns of an ensemble from raw parameters by their names.

    Parameters
    ----------
    parameters : mapping of str to array, shape (basins,)
        Every name of :func:`parameter_names`.
    thickness : array, shape (basins, layers)
        [cm].
    """
    depths = np.asarray(thickness, dtype=np.float64)
    soils = [
        np.stack([np.asarray(parameters[f"{field}_{layer}"]) for field in VanGenuchtenSoil._fields], axis=-1)
        for layer in range(1, depths.shape[1] + 1)
    ]
    others = LgarParameters(*(np.asarray(parameters[name]) for name in LgarParameters._fields))  # type: ignore[arg-type]
    return EnsembleColumns(np.stack(soils, axis=1), depths, others)


@dataclass(frozen=True)
class LgarLearningData(BasinData):
    """Columns of LGAR with the same number of layers, the same options and period.

    Frozen soil has no place in it: there are no soil temperatures, and no layer is frozen at the start. The twin itself
    takes both (``EnsembleForcing.soil_temperature``, ``EnsembleState.frozen``); learn with it where soil freezes.

    Attributes
    ----------
    ids, attribute_names, attributes, rain
        See :class:`dcfe.data.BasinData`; a basin is a column.
    pet : tensor, shape (basins, steps)
        Potential evapotranspiration [mm h-1]: LGAR's unit, not CFE's.
    observed : dict of str to tensor, shape (basins, steps)
        Outputs of LGAR, fields of :class:`lgar_bmi.outputs.LgarOutputs` in their unit (m), or moistures [-] at depths
        under names such as ``soil_moisture_10`` (cm, written as ``%g`` does). NaN where nothing was observed.
    parameters : dict of str to tensor, shape (basins,)
        Every raw parameter, by the names of :func:`parameter_names`.
    thickness : tensor, shape (basins, layers)
        Top first [cm].
    initial_psi : tensor, shape (basins,)
        Suction of the whole column at the start [cm].
    ordinates : tensor, shape (basins, n)
        Hourly shares of the GIUH.
    options : LgarOptions
    stepping : EnsembleTimes
        Lengths of steps, which are hours, and of sub-steps, and their tolerance.
    start : numpy.datetime64
        Beginning of the first step.
    points : tensor, shape (basins, points, layers, properties), optional
        Soil properties at points of each column's area; NaN where a column has fewer points than others.
    point_properties : tuple of str
        Their names.
    """

    thickness: Tensor
    initial_psi: Tensor
    ordinates: Tensor
    options: LgarOptions = LgarOptions(substeps=ADAPTIVE)
    stepping: EnsembleTimes = EnsembleTimes()
    start: np.datetime64 = np.datetime64("2000-10-01T00:00", "m")
    points: Tensor | None = None
    point_properties: tuple[str, ...] = ()

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.thickness.shape[-1])

    def own_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of thickness, initial suction, ordinates and points."""
        basins = self.rain.shape[0]
        shapes: dict[str, tuple[int, ...]] = {
            "thickness": (basins, self.layers),
            "initial_psi": (basins,),
            "ordinates": (basins, self.ordinates.shape[-1]),
        }
        if self.points is not None:
            many = self.points.shape[1] if self.points.dim() > 1 else 1
            shapes["points"] = (basins, many, self.layers, len(self.point_properties))
        return shapes

    def parameter_names(self) -> Sequence[str]:
        """Raw parameters of columns with as many layers."""
        return parameter_names(self.layers)

    def own_problems(self) -> list[str]:
        """Values without a meaning, observations that LGAR does not have, steps that are not hours."""
        problems = _outside("thickness", THICKNESS, self.thickness, self.ids)
        problems += _outside("initial_psi", INITIAL_PSI, self.initial_psi, self.ids)
        bottoms = self.thickness.sum(dim=-1)
        for name in self.observed:
            depth = moisture_depth(name)
            if depth is None and name not in LgarOutputs._fields:
                problems.append(
                    f"observed.{name} is no output of LGAR; expected one of {', '.join(LgarOutputs._fields)}, "
                    f"or {MOISTURE}<depth in cm>, such as {moisture_name(10.0)}"
                )
            elif depth is not None and bool((depth > bottoms).any()):
                row = int(bottoms.argmin())
                column = self.ids[row] if row < len(self.ids) else row
                problems.append(f"observed.{name} is deeper than column {column}, which ends at {bottoms.min():g} cm")
        if self.stepping.step != HOUR:
            problems.append(f"stepping.step is {self.stepping.step:g} s; expected {HOUR:g}: the steps are hours")
        if (self.points is None) != (not self.point_properties):
            problems.append("points and point_properties go together: give both or none")
        return problems


def _outside(name: str, variable: Variable, values: Tensor, ids: Sequence[str]) -> list[str]:
    """Values of columns that a variable cannot have."""
    low, high = variable.valid
    bad = ~((values >= low) & (values <= high))
    places = torch.nonzero(bad)
    found = []
    for place in places[:LISTED].tolist():
        basin = ids[place[0]] if place[0] < len(ids) else place[0]
        layer = f", layer {place[1] + 1}" if len(place) > 1 else ""
        found.append(f"{name} of column {basin}{layer}: {variable.problem_with(float(values[tuple(place)]))}")
    more = len(places) - LISTED
    return [*found, f"and {more} more of {name}"] if more > 0 else found
