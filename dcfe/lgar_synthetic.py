"""Synthetic columns of LGAR: the truth is known, so what learning recovers can be judged.

A random pedotransfer function that nobody sees gives the soil of each layer at each point as a function of its
properties; a column has the mean over its points, and LGAR, run with it, gives the observations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dcfe.bounds import Bounds
from dcfe.lgar_bounds import LEARNED_FIELDS, PONDED, lgar_bounds, table_s2
from dcfe.lgar_data import LgarLearningData, columns_of, moisture_depth
from dcfe.lgar_synthetic_points import LAYERS, PROPERTIES, draw_points
from dcfe.lgar_synthetic_weather import dry_weather
from dcfe.synthetic import SyntheticSettings, with_errors
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble import EnsembleForcing, initial_state, simulate
from lgar_bmi.ensemble_setup import EnsembleTimes
from lgar_bmi.examples import PARAMETERS
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.outputs import LgarOutputs
from lgar_bmi.variables import MOISTURES
from ngen_bmi.ensemble import names_of

_Array = NDArray[np.float64]

THICKNESS = (10.0, 30.0, 60.0)
"""Medians of the layers' thickness [cm]."""

RANGES: dict[str, tuple[float, float]] = {
    **{f"ks_{layer}": (0.01, 3.0) for layer in range(1, LAYERS + 1)},
    PONDED: (0.0, 0.5),
}
"""Ranges of the truth that are narrower than those of learning: with conductivities of sands or ponds of 2 cm most
columns would never have runoff."""

_HIDDEN = 12
_GAIN = 1.05
"""Standard deviation of what goes into a hidden unit: enough to bend."""

_REFERENCE = 2000
"""Layers that give the mean and deviation to standardise with, which must not depend on the columns."""

_POINTS, _FUNCTION, _OWN, _STANDARD = 11, 13, 14, 15
"""Streams of random numbers; those of the weather are in :mod:`dcfe.lgar_synthetic_weather`."""


@dataclass(frozen=True)
class ColumnSettings:
    """What synthetic columns are made with.

    Attributes
    ----------
    columns, points, steps : int
        Points of each column; the steps are hours.
    seed : int
    noise : float
        Standard deviation of the multiplicative, log-normal errors of all that is observed [-]; their mean is 1.
        Storage and moisture have such errors too, hour by hour, so that noise of 5 % hides most of their changes.
    unexplained : float
        Share of the variance of the true parameters' logits that soil properties do not explain [-].
    spread : float
        Standard deviation of the logits of the true parameters' places in their ranges, of layers at points.
    ranges : mapping of str to (float, float)
        Ranges of the truth that replace the learning ranges (:data:`dcfe.lgar_bounds.LEARNING_RANGES`).
    observed : tuple of str
        Outputs of LGAR, and moistures such as ``soil_moisture_10``.
    options : LgarOptions
    stepping : EnsembleTimes
    """

    columns: int = 60
    points: int = 10
    steps: int = 2000
    seed: int = 0
    noise: float = 0.05
    unexplained: float = 0.0
    spread: float = 1.3
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict(RANGES))
    observed: tuple[str, ...] = ("surface_runoff", "actual_evapotranspiration", "storage")
    options: LgarOptions = LgarOptions(substeps=ADAPTIVE)
    stepping: EnsembleTimes = EnsembleTimes()

    def __post_init__(self) -> None:
        names_of("observed", self.observed)
        problems = [
            f"{name} is {value}; expected at least 1"
            for name, value in (("columns", self.columns), ("points", self.points), ("steps", self.steps))
            if value < 1
        ]
        if not 0.0 <= self.unexplained <= 1.0:
            problems.append(f"unexplained is {self.unexplained}; expected a share, 0 to 1")
        if not self.spread > 0.0:
            problems.append(f"spread is {self.spread}; expected a standard deviation above 0")
        if not 0.0 <= self.noise < 10.0:
            problems.append(f"noise is {self.noise}; expected a relative standard deviation, 0 to below 10")
        if not self.observed:
            problems.append("observed is empty; expected names of outputs")
        problems += [
            f"observed has {name}, which is no output of LGAR"
            for name in self.observed
            if name not in LgarOutputs._fields and moisture_depth(name) is None
        ]
        if problems:
            raise ValueError("synthetic columns:\n  - " + "\n  - ".join(problems))


class SyntheticColumns(NamedTuple):
    """Synthetic columns and the truth about them.

    Attributes
    ----------
    data : LgarLearningData
        What the learner may see; ``data.parameters`` are the centre of the bounds, and ``data.attributes`` the means
        of the properties over points.
    truth : dict of str to array, shape (columns,)
        Every raw parameter.
    outputs : dict of str to array, shape (columns, steps)
        What is observed, without errors.
    bounds : Bounds
        Ranges of the true parameters, those of Table S2; also what a learner may know of them.
    """

    data: LgarLearningData
    truth: dict[str, _Array]
    outputs: dict[str, _Array]
    bounds: Bounds


def generate_columns(
    settings: ColumnSettings | None = None, forcing: tuple[ArrayLike, ArrayLike] | None = None
) -> SyntheticColumns:
    """Make synthetic columns; each has random numbers of its own, and does not change with the number of columns.

    Parameters
    ----------
    settings : ColumnSettings
    forcing : (rain, pet), each an array of shape (columns or 1, steps), optional
        [mm h-1]; `settings.steps` then does not matter. Without it the weather is generated: arid or semi-arid, with
        evaporation of 1.7 to 5 times the rain.

    Raises
    ------
    ValueError
        When the forcing does not fit, or moisture is observed below a column.
    ParameterError
        When ranges cannot be used.
    """
    settings = settings or ColumnSettings()
    points, thickness, initial_psi = _soils(settings)
    rain, pet = (
        dry_weather(settings.columns, settings.steps, settings.seed)
        if forcing is None
        else _given(forcing, settings.columns)
    )
    bounds = lgar_bounds(table_s2(LAYERS), settings.ranges, layers=LAYERS)
    held = {
        name: np.full(settings.columns, value) for name, value in zip(LgarParameters._fields, PARAMETERS, strict=True)
    }
    truth = held | true_soils(points, bounds, settings)
    middle = bounds.values(torch.full((settings.columns, len(bounds)), 0.5, dtype=torch.float64))
    outputs = _run(truth, thickness, initial_psi, rain, pet, settings)
    errors = SyntheticSettings(seed=settings.seed, noise=settings.noise)
    means = points.mean(axis=1)
    data = LgarLearningData(
        ids=tuple(f"column-{k:03d}" for k in range(settings.columns)),
        attribute_names=tuple(f"{name}_{layer + 1}" for layer in range(LAYERS) for name in PROPERTIES),
        attributes=_tensor(means.reshape(settings.columns, -1)),
        rain=_tensor(rain),
        pet=_tensor(pet),
        observed={name: _tensor(with_errors(values, errors, k)) for k, (name, values) in enumerate(outputs.items())},
        parameters={name: _tensor(values) for name, values in held.items()} | middle,
        thickness=_tensor(thickness),
        initial_psi=_tensor(initial_psi),
        ordinates=torch.ones(settings.columns, 1, dtype=torch.float64),
        options=settings.options,
        stepping=settings.stepping,
        points=_tensor(points),
        point_properties=PROPERTIES,
    )
    return SyntheticColumns(data, truth, outputs, bounds)


def true_soils(points: _Array, bounds: Bounds, settings: ColumnSettings) -> dict[str, _Array]:
    """Parameters of Table S2 as a hidden function of soil properties, the same for all layers.

    A random two-layer network of standardised properties gives each layer at each point its places in the bounds, of
    which the mean over points is taken, as :class:`dcfe.point_network.PointNetwork` does; the ponded depth comes from
    the top layer.

    Parameters
    ----------
    points : array, shape (columns, points, layers, properties)
    bounds : Bounds
    settings : ColumnSettings

    Returns
    -------
    dict of str to array, shape (columns,)
    """
    rng = np.random.default_rng([settings.seed, _FUNCTION])
    kinds = (*LEARNED_FIELDS, PONDED)
    first = rng.normal(0.0, _GAIN / np.sqrt(len(PROPERTIES)), (len(PROPERTIES), _HIDDEN))
    bias = rng.normal(0.0, 0.3, _HIDDEN)
    second = rng.normal(0.0, 1.0, (_HIDDEN, len(kinds)))
    sample = draw_points(np.random.default_rng([settings.seed, _STANDARD]), _REFERENCE, 1)
    axes = (0, 1, 2)
    mean, scale = sample.mean(axis=axes), sample.std(axis=axes)

    def raw(properties: _Array) -> _Array:
        inputs = np.clip((properties - mean) / scale, -3.0, 3.0)
        # one product for each column: a larger one may round otherwise, and a column would depend on the others
        return np.stack([np.tanh(rows @ first + bias) @ second for rows in inputs])

    reference = raw(sample)
    explained = (raw(points) - reference.mean(axis=axes)) / reference.std(axis=axes)
    own = np.stack(
        [
            np.random.default_rng([settings.seed, _OWN, k]).standard_normal((1, LAYERS, len(kinds)))
            for k in range(len(points))
        ]
    )
    share = settings.unexplained
    logits = settings.spread * (np.sqrt(1.0 - share) * explained + np.sqrt(share) * own)
    places = (1.0 / (1.0 + np.exp(-logits))).mean(axis=1)
    of_names = [places[:, layer, kind] for layer in range(LAYERS) for kind in range(len(LEARNED_FIELDS))]
    shares = _tensor(np.stack([*of_names, places[:, 0, -1]], axis=-1))
    # in the order of table_s2, which the bounds have
    return {name: values.numpy().copy() for name, values in bounds.values(shares).items()}


def _soils(settings: ColumnSettings) -> tuple[_Array, _Array, _Array]:
    """Points, thickness and initial suctions of columns."""
    points, thickness, suctions = [], [], []
    for k in range(settings.columns):
        rng = np.random.default_rng([settings.seed, _POINTS, k])
        thickness.append(np.array(THICKNESS) * np.exp(0.2 * rng.standard_normal(LAYERS)))
        suctions.append(float(np.exp(rng.uniform(np.log(500.0), np.log(3000.0)))))
        points.append(draw_points(rng, 1, settings.points)[0])
    return np.array(points), np.array(thickness), np.array(suctions)


def _given(forcing: tuple[ArrayLike, ArrayLike], columns: int) -> tuple[_Array, _Array]:
    """Given rain and potential evapotranspiration of all columns."""
    rain, pet = (np.atleast_2d(np.asarray(values, dtype=np.float64)) for values in forcing)
    if rain.shape != pet.shape or rain.ndim != 2 or len(rain) not in (1, columns) or rain.size == 0:
        raise ValueError(
            f"forcing: rain has shape {rain.shape} and pet {pet.shape}; expected the same, ({columns} or 1, steps)"
        )
    shape = (columns, rain.shape[1])
    return np.broadcast_to(rain, shape).copy(), np.broadcast_to(pet, shape).copy()


def _run(
    truth: dict[str, _Array], thickness: _Array, psi: _Array, rain: _Array, pet: _Array, settings: ColumnSettings
) -> dict[str, _Array]:
    """What is observed, without errors."""
    columns = columns_of(truth, thickness)
    state = initial_state(columns, psi, times=settings.stepping)
    wanted = [name for name in settings.observed if moisture_depth(name) is None]
    depths = {name: depth for name in settings.observed if (depth := moisture_depth(name)) is not None}
    run = simulate(
        columns,
        state,
        EnsembleForcing(rain, pet),
        settings.options,
        wanted,
        times=settings.stepping,
        moisture_depths=tuple(depths.values()),
    )
    moistures = {name: run.outputs[MOISTURES.name][..., k] for k, name in enumerate(depths)}
    found = {name: values for name, values in run.outputs.items() if name != MOISTURES.name} | moistures
    return {name: np.ascontiguousarray(found[name]) for name in settings.observed}


def _tensor(values: _Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float64))
