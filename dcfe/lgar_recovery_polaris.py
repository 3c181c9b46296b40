"""Soils of a real basin's points, learned in the way of the report's Figure 3.

Properties at the points are those of POLARIS, and the weather is measured, or generated. No observed soil moisture or
discharge goes with them here: the truth is the hidden pedotransfer function of :mod:`dcfe.lgar_synthetic` at these
points, and LGAR run with it gives the observations, with errors. What is real is the input.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dcfe.bounds import Bounds
from dcfe.fisher import Noise
from dcfe.lgar_bounds import lgar_bounds, table_s2
from dcfe.lgar_data import LgarLearningData
from dcfe.lgar_efficiencies import Efficiencies, efficiencies
from dcfe.lgar_field_settings import FLUXES, loss_terms
from dcfe.lgar_identifiability import analyse_columns
from dcfe.lgar_recovery_field import FLOOR
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_synthetic import LAYERS, RANGES, ColumnSettings, true_soils
from dcfe.lgar_synthetic_weather import dry_weather
from dcfe.lgar_weather import read_weather
from dcfe.networks import hidden_problem
from dcfe.point_network import PointNetwork
from dcfe.polaris import PointProperties, read_polaris
from dcfe.simulate import evaluate
from dcfe.synthetic import SyntheticSettings, with_errors
from dcfe.training import train
from dcfe.training_settings import TrainingSettings
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.examples import PARAMETERS

_Array = NDArray[np.float64]

MEASURED, GENERATED = "measured weather", "generated weather"


@dataclass(frozen=True)
class PolarisSettings:
    """Soils to learn at the points of a table of POLARIS.

    Attributes
    ----------
    bottoms : tuple of float
        Depths of the three layers' bottoms [cm].
    initial_psi : float
        [cm].
    seed : int
        Of the hidden function, the errors, the generated weather and the network.
    noise : float
        Relative standard deviation of the errors of all observations [-].
    warmup : int
        First steps, which are not compared.
    observed, epochs, learning_rate, hidden
        As in :class:`dcfe.lgar_field_settings.FieldSettings`.
    """

    bottoms: tuple[float, ...] = (15.0, 60.0, 200.0)
    initial_psi: float = 2000.0
    seed: int = 0
    noise: float = 0.05
    warmup: int = 100
    observed: tuple[str, ...] = (*FLUXES, "storage", "soil_moisture_5", "soil_moisture_30")
    epochs: int = 300
    learning_rate: float = 0.02
    hidden: tuple[int, ...] = (24,)

    def __post_init__(self) -> None:
        problems = []
        if len(self.bottoms) != LAYERS:
            problems.append(f"bottoms has {len(self.bottoms)} depths; expected {LAYERS}, as the hidden function has")
        if problem := hidden_problem(self.hidden):
            problems.append(problem)
        if problems:
            raise ValueError("recovery at points of POLARIS:\n  - " + "\n  - ".join(problems))


@dataclass(frozen=True)
class PolarisCase:
    """What was learned with one weather.

    Attributes
    ----------
    weather : str
    hours : int
        Of both periods together.
    rain, runoff : float
        True totals over both periods [mm].
    nse, baseline : dict of str to dict of str to array, shape (1,)
        As in :class:`dcfe.lgar_recovery_field.FieldResult`.
    true, learned, remaining : dict of str to float
        Parameters of the basin's column, and the share of the prior that its observations leave, by Fisher information.
    first_loss, last_loss : float
    seconds : float
        Of the training.
    """

    weather: str
    hours: int
    rain: float
    runoff: float
    nse: Efficiencies
    baseline: Efficiencies
    true: dict[str, float]
    learned: dict[str, float]
    remaining: dict[str, float]
    first_loss: float
    last_loss: float
    seconds: float


@dataclass(frozen=True)
class PolarisResult:
    """Soils learned at real points.

    Attributes
    ----------
    settings : PolarisSettings
    points : int
        Of the table.
    bounds : Bounds
    cases : tuple of PolarisCase
        One for each weather.
    """

    settings: PolarisSettings
    points: int
    bounds: Bounds
    cases: tuple[PolarisCase, ...]

    def places(self, values: dict[str, float]) -> _Array:
        """Places of parameters in their bounds, shape (learned,)."""
        return self.bounds.shares({n: torch.tensor([v], dtype=torch.float64) for n, v in values.items()}).numpy()[0]

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON; nothing of the table of points but their number."""
        cases = [asdict(case) for case in self.cases]
        for case in cases:
            for kind in ("nse", "baseline"):
                case[kind] = {t: {n: float(v[0]) for n, v in found.items()} for t, found in case[kind].items()}
        return {"settings": asdict(self.settings), "points": self.points, "cases": cases}

    def text(self) -> str:
        """Summary as tables."""
        s = self.settings
        lines = [
            f"{self.points} points, layers down to {', '.join(f'{b:g}' for b in s.bottoms)} cm; "
            f"truth: hidden function of seed {s.seed}; errors {100.0 * s.noise:g} %"
        ]
        for case in self.cases:
            lines.append(
                f"\n{case.weather}: {case.hours} h, rain {case.rain:.0f} mm, true runoff {case.runoff:.1f} mm; "
                f"{case.seconds:.0f} s, {s.epochs} epochs, loss {case.first_loss:.3f} to {case.last_loss:.4f}"
            )
            lines.append(f"{'NSE (of the centre of the bounds)':34} learned period      never seen")
            for name in s.observed:
                cells = [(case.nse[t][name][0], case.baseline[t][name][0]) for t in case.nse]
                lines.append(f"{name:34} " + "   ".join(f"{a:7.3f} ({b:6.3f})" for a, b in cells))
            lines.append(f"{'parameter':18} {'true':>9} {'learned':>9}  prior left (Fisher)")
            lines += [
                f"{name:18} {case.true[name]:9.4g} {case.learned[name]:9.4g} {case.remaining[name]:12.2f}"
                for name in case.true
            ]
        return "\n".join(lines)


def run_polaris(
    points: str | Path, forcing: str | Path | None = None, settings: PolarisSettings | None = None
) -> PolarisResult:
    """Learn the soils of a basin, one column whose soils are means over its points, in one weather or two.

    Parameters
    ----------
    points : path
        CSV file of POLARIS; see :func:`dcfe.polaris.read_polaris`.
    forcing : path, optional
        CSV file with hourly rain and potential evapotranspiration, as ``python -m lgar_bmi`` takes it. The weather that
        is generated has as many hours, or a year without a file.
    settings : PolarisSettings

    Raises
    ------
    ConfigError, ForcingError
        When a file does not fit.
    ValueError
        When the warm-up is longer than half of the period, or moistures are below the column.
    OSError
        When the points cannot be read.
    """
    settings = settings or PolarisSettings()
    soils = read_polaris(points, settings.bottoms)
    weathers: dict[str, tuple[_Array, _Array]] = {}
    hours = 8760
    if forcing is not None:
        weathers[MEASURED] = read_weather(forcing)
        hours = weathers[MEASURED][0].shape[1]
    weathers[GENERATED] = dry_weather(1, hours, settings.seed)
    bounds = lgar_bounds(table_s2(LAYERS), RANGES, layers=LAYERS)
    cases = tuple(_case(name, *weather, soils, bounds, settings) for name, weather in weathers.items())
    return PolarisResult(settings, len(soils.values), bounds, cases)


def _case(
    weather: str, rain: _Array, pet: _Array, soils: PointProperties, bounds: Bounds, settings: PolarisSettings
) -> PolarisCase:
    """Learn from the first half of a weather, and judge in both."""
    hours = rain.shape[1]
    half = hours // 2
    if settings.warmup >= half:
        raise ValueError(f"warmup is {settings.warmup}; expected fewer steps than half of the weather's {hours}")
    data, true = _basin(rain, pet, soils, bounds, settings)
    runner = LgarRunner(settings.observed)
    truth = {name: torch.tensor([value], dtype=torch.float64) for name, value in true.items()}
    # runoff has to be known for the totals, whatever is observed
    whole = LgarRunner(tuple(dict.fromkeys((*settings.observed, "surface_runoff"))))
    with torch.no_grad():
        run = whole(data.parameters | truth, data)
        centre = runner(data.parameters, data, settings.warmup)
    clean = {name: run[name].numpy() for name in settings.observed}
    errors = SyntheticSettings(seed=settings.seed, noise=settings.noise)
    observed = {name: torch.as_tensor(with_errors(v, errors, k)) for k, (name, v) in enumerate(clean.items())}
    data = replace(data, observed=observed)
    first = data.period(0, half)
    started = time.perf_counter()
    generator = torch.Generator().manual_seed(settings.seed)
    learner = PointNetwork(bounds, first, hidden=settings.hidden, generator=generator)
    training = TrainingSettings(
        loss=loss_terms(first, settings.observed, settings.warmup),
        learning_rate=settings.learning_rate,
        schedule="cosine",
        epochs=settings.epochs,
        warmup=settings.warmup,
        seed=settings.seed,
    )
    history = train(first, learner, training, simulate=runner).history
    seconds = time.perf_counter() - started
    with torch.no_grad():
        learned = learner(data)
    found = evaluate(learner, data, runner, settings.warmup)
    noise = Noise(max(settings.noise, 0.01), FLOOR)
    at_truth = {name: value.numpy() for name, value in truth.items()}
    information = analyse_columns(first, bounds, at_truth, noise, settings.observed, settings.warmup)
    return PolarisCase(
        weather=weather,
        hours=hours,
        rain=float(rain.sum()),
        runoff=1000.0 * float(run["surface_runoff"].sum()),
        nse=efficiencies(found, clean, settings.warmup, half),
        baseline=efficiencies(centre, clean, settings.warmup, half),
        true=true,
        learned={name: float(learned[name][0]) for name in bounds.names},
        remaining={name: float(information.remaining[0, k]) for k, name in enumerate(bounds.names)},
        first_loss=history[0]["loss"],
        last_loss=history[-1]["loss"],
        seconds=seconds,
    )


def _basin(
    rain: _Array, pet: _Array, soils: PointProperties, bounds: Bounds, settings: PolarisSettings
) -> tuple[LgarLearningData, dict[str, float]]:
    """A column with all points, without observations, and its true parameters."""
    values = torch.as_tensor(soils.values)[None]
    held = dict(zip(LgarParameters._fields, PARAMETERS, strict=True))
    middle = bounds.values(torch.full((1, len(bounds)), 0.5, dtype=torch.float64))
    data = LgarLearningData(
        ids=("basin",),
        attribute_names=(),
        attributes=torch.zeros(1, 0, dtype=torch.float64),
        rain=torch.as_tensor(rain),
        pet=torch.as_tensor(pet),
        observed={},
        parameters={name: torch.tensor([float(value)], dtype=torch.float64) for name, value in held.items()} | middle,
        thickness=torch.as_tensor(np.diff(settings.bottoms, prepend=0.0))[None],
        initial_psi=torch.tensor([settings.initial_psi], dtype=torch.float64),
        ordinates=torch.ones(1, 1, dtype=torch.float64),
        points=values,
        point_properties=soils.names,
    )
    truth = true_soils(soils.values[None], bounds, ColumnSettings(seed=settings.seed))
    return data, {name: float(value[0]) for name, value in truth.items()}
