"""Synthetic basins: the truth is known, so what learning recovers can be judged.

A random network that nobody sees gives every basin its parameters as a function of its attributes; the model, run with
them, gives the observations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import CfeOptions
from dcfe.bounds import Bounds, Scale, bounds_of
from dcfe.combinations import parameters_of
from dcfe.data import LearningData
from dcfe.synthetic_attributes import ATTRIBUTES, AttributeTable, generate_attributes
from dcfe.synthetic_forcing import generate_weather

_Array = NDArray[np.float64]

RANGES: dict[str, tuple[float, float]] = {
    "b": (3.0, 10.0),
    "satpsi": (0.05, 0.5),
    "satdk": (1e-6, 7.26e-4),
    "slope": (1e-2, 1.0),
    "maxsmc": (0.3, 0.59),
    "wltsmc": (0.02, 0.06),
    "alpha_fc": (0.2, 0.33),
    "refkdt": (0.1, 4.0),
    "Klf": (1e-3, 0.1),
    "Kn": (1e-2, 1.0),
    "max_gw_storage": (0.01, 0.25),
    "Cgw": (1.8e-6, 1.8e-3),
    "expon": (1.0, 8.0),
}
"""Ranges of the parameters that differ from basin to basin: inside the calibration ranges, and such that every set has
its threshold above its wilting point and below saturation, and that soils of wet and temperate climates drain."""

_SCALES: dict[str, Scale] = {"max_gw_storage": "log", "satpsi": "log"}
_KNOWN = {**CAT_87._asdict(), "depth": 1.0}
"""Parameters that are the same everywhere and known."""

YEAR = 8760
"""Hours."""

_HIDDEN = 12
_GAIN = 1.05
"""Standard deviation of what goes into a hidden unit: enough to bend. A linear model of the attributes explains, on
basins that it has not seen, about nine tenths of the variance of the true parameters' logits."""


def truth_bounds() -> Bounds:
    """Ranges of the true parameters, logarithmic where they span decades; also what a learner may know of them."""
    return bounds_of(RANGES, RANGES, _SCALES)


@dataclass(frozen=True)
class SyntheticSettings:
    """What synthetic basins are made with.

    Attributes
    ----------
    basins, steps : int
        The steps are hours.
    seed : int
    noise : float
        Standard deviation of the multiplicative, log-normal error of observed discharge [-]; its mean is 1.
    unexplained : float
        Share of the variance of the true parameters' logits that attributes do not explain [-].
    spread : float
        Standard deviation of the logits of the true parameters' places in their ranges.
    options : CfeOptions
        Schemes that the learner works with.
    truth_options : CfeOptions, optional
        Schemes of the truth; without it, those of the learner.
    observed : tuple of str
        Outputs that are observed.
    priors : mapping of str to float
        Values that the learner holds where it does not learn, in place of the middle of the range.
    """

    basins: int = 200
    steps: int = 2 * 8760
    seed: int = 0
    noise: float = 0.05
    unexplained: float = 0.0
    spread: float = 1.2
    options: CfeOptions = CfeOptions()
    truth_options: CfeOptions | None = None
    observed: tuple[str, ...] = ("q_out",)
    priors: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        if self.basins < 1 or self.steps < 1:
            problems.append(f"basins is {self.basins} and steps is {self.steps}; expected at least 1")
        if not 0.0 <= self.unexplained <= 1.0:
            problems.append(f"unexplained is {self.unexplained}; expected a share, 0 to 1")
        if not self.spread > 0.0:
            problems.append(f"spread is {self.spread}; expected a standard deviation above 0")
        if not 0.0 <= self.noise < 10.0:
            problems.append(f"noise is {self.noise}; expected a relative standard deviation, 0 to below 10")
        if not self.observed:
            problems.append("observed is empty; expected names of outputs")
        unknown = set(self.priors) - set(CfeParameters._fields)
        if unknown:
            problems.append(f"priors has {', '.join(sorted(unknown))}, which CFE does not have")
        if problems:
            raise ValueError("synthetic basins:\n  - " + "\n  - ".join(problems))


class SyntheticBasins(NamedTuple):
    """Synthetic basins and the truth about them.

    Attributes
    ----------
    data : LearningData
        What the learner may see; ``data.parameters`` are priors.
    truth : dict of str to array, shape (basins,)
        Every raw parameter.
    outputs : dict of str to array, shape (basins, steps)
        The observed outputs without error.
    bounds : Bounds
        Ranges of the true parameters.
    """

    data: LearningData
    truth: dict[str, _Array]
    outputs: dict[str, _Array]
    bounds: Bounds


def generate(settings: SyntheticSettings | None = None, attributes: AttributeTable | None = None) -> SyntheticBasins:
    """Make synthetic basins.

    Parameters
    ----------
    settings : SyntheticSettings
    attributes : AttributeTable, optional
        Given attributes, such as real ones (:func:`dcfe.synthetic_attributes.camels_attributes`), which have to
        contain rain, aridity and seasonality of rain; without it they are generated.

    Returns
    -------
    SyntheticBasins

    Raises
    ------
    ValueError
        When the attributes are not those of as many basins, or not numbers.
    """
    settings = settings or SyntheticSettings()
    table = attributes or generate_attributes(settings.basins, settings.seed)
    _check(table, settings)
    columns = dict(zip(table.names, table.values.T, strict=True))
    rain, pet = generate_weather(
        columns["p_mean"],
        columns["p_mean"] * columns["aridity"],
        columns["p_seasonality"],
        settings.steps,
        settings.seed,
    )
    bounds = truth_bounds()
    truth = {name: np.full(settings.basins, value) for name, value in _KNOWN.items()}
    truth.update(true_parameters(table.values, bounds, settings))
    ordinates = unit_hydrographs(columns["slope_mean"] if "slope_mean" in columns else np.zeros(settings.basins))
    soil, groundwater = np.full(settings.basins, 0.5), np.full(settings.basins, 0.1)
    p = parameters_of(truth)
    run = simulate(
        p,
        initial_state(p, soil, groundwater, ordinates.shape[1]),
        EnsembleForcing(rain, pet),
        settings.truth_options or settings.options,
        settings.observed,
        ordinates,
    )
    data = LearningData(
        ids=table.ids,
        attribute_names=table.names,
        attributes=_tensor(table.values),
        rain=_tensor(rain),
        pet=_tensor(pet),
        observed={name: _tensor(with_errors(run.outputs[name], settings, k)) for k, name in enumerate(run.outputs)},
        parameters=_priors(bounds, settings),
        ordinates=_tensor(ordinates),
        soil_storage=_tensor(soil),
        gw_storage=_tensor(groundwater),
        options=settings.options,
    )
    return SyntheticBasins(data, truth, run.outputs, bounds)


def true_parameters(attributes: _Array, bounds: Bounds, settings: SyntheticSettings) -> dict[str, _Array]:
    """Parameters as a random two-layer network of standardised attributes, with a share that they do not explain.

    The logit of each parameter's place in its range has the same mean, 0, and standard deviation in every case.

    Parameters
    ----------
    attributes : array, shape (basins, attributes)
    bounds : Bounds
    settings : SyntheticSettings

    Returns
    -------
    dict of str to array, shape (basins,)
    """
    rng = np.random.default_rng([settings.seed, 3])
    inputs = np.clip(_standardised(attributes), -3.0, 3.0)
    first = rng.normal(0.0, _GAIN / np.sqrt(inputs.shape[1]), (inputs.shape[1], _HIDDEN))
    second = rng.normal(0.0, 1.0, (_HIDDEN, len(bounds)))
    explained = _standardised(np.tanh(inputs @ first + rng.normal(0.0, 0.3, _HIDDEN)) @ second)
    own = np.random.default_rng([settings.seed, 4]).standard_normal(explained.shape)
    share = settings.unexplained
    logits = settings.spread * (np.sqrt(1.0 - share) * explained + np.sqrt(share) * own)
    places = _tensor(1.0 / (1.0 + np.exp(-logits)))
    return {name: values.numpy().copy() for name, values in bounds.values(places).items()}


def unit_hydrographs(slope: _Array, ordinates: int = 8) -> _Array:
    """GIUH shares, shape (basins, ordinates): steeper basins respond sooner.

    Parameters
    ----------
    slope : array, shape (basins,)
        [m/km].
    ordinates : int
    """
    lag = 3.0 / (1.0 + np.maximum(slope, 0.0) / 40.0) + 0.5
    hours = np.arange(ordinates)[None, :] + 0.5
    shares = hours * np.exp(-hours / lag[:, None])
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def with_errors(values: _Array, settings: SyntheticSettings, stream: int = 0) -> _Array:
    """Observations: values times log-normal errors of mean 1."""
    if settings.noise == 0.0:
        return values.copy()
    width = np.sqrt(np.log1p(settings.noise**2))
    errors = np.random.default_rng([settings.seed, 5, stream]).standard_normal(values.shape)
    return np.asarray(values * np.exp(width * errors - 0.5 * width**2), dtype=np.float64)


def _priors(bounds: Bounds, settings: SyntheticSettings) -> dict[str, Tensor]:
    middle = bounds.values(torch.full((len(bounds),), 0.5, dtype=torch.float64))
    values = {**_KNOWN, **{name: float(x) for name, x in middle.items()}, **settings.priors}
    return {name: torch.full((settings.basins,), value, dtype=torch.float64) for name, value in values.items()}


def _check(table: AttributeTable, settings: SyntheticSettings) -> None:
    needed = [name for name in ("p_mean", "aridity", "p_seasonality") if name not in table.names]
    if needed:
        raise ValueError(f"the attributes lack {', '.join(needed)}, which make the weather (see {ATTRIBUTES})")
    if table.values.shape != (settings.basins, len(table.names)) or len(table.ids) != settings.basins:
        raise ValueError(
            f"the attributes have shape {table.values.shape} for {len(table.ids)} basins; "
            f"expected {(settings.basins, len(table.names))}"
        )
    bad = np.argwhere(~np.isfinite(table.values))
    if len(bad):
        row, column = bad[0]
        raise ValueError(f"attribute {table.names[column]} of basin {table.ids[row]} is {table.values[row, column]}")


def _standardised(values: _Array) -> _Array:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0), dtype=np.float64)


def _tensor(values: _Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float64))
