"""Field recovery: learn parameters as a function of attributes on some basins, and judge them on basins never seen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfe_bmi.ensemble import simulate
from cfe_bmi.state import CfeOptions
from dcfe.bounds import Bounds
from dcfe.cfe_runner import CfeRunner
from dcfe.combination_bounds import combination_bounds
from dcfe.combinations import COMBINATIONS, CombinationMap, combination_values
from dcfe.coverage import NEEDED_OUTPUTS, Coverage, gradient_coverage
from dcfe.data import LearningData
from dcfe.identifiability import Noise, analyse
from dcfe.losses import Term
from dcfe.networks import ParameterNetwork
from dcfe.plain_run import plain_run
from dcfe.recovery_settings import LEARNED_COMBINATIONS, WARMUP, FieldSettings, options_of, split
from dcfe.scores import scores
from dcfe.simulate import evaluate
from dcfe.synthetic import RANGES, YEAR, SyntheticBasins, generate, true_parameters
from dcfe.synthetic_attributes import AttributeTable
from dcfe.training import train
from dcfe.training_settings import TrainingSettings

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class FieldResult:
    """What came out of a field recovery.

    Attributes
    ----------
    settings : FieldSettings
    nse : dict of str to array, shape (basins,)
        Against the discharge without errors, by ``year 1`` and ``year 2``.
    attainable : dict of str to array, shape (basins,)
        The same for parameters by the very function of the attributes that made the truth; empty where it explains all.
    true, learned : dict of str to array, shape (basins,)
        Raw parameters and combinations.
    log : dict of str to bool
        Whether they are compared by their logarithms.
    training, heldout : array of int
        Indices of the basins.
    coverage : Coverage
        Of the truth in the training period.
    predicted : dict of str to array, shape (basins,)
        Share of the prior deviation that the training period's data leave, each basin by itself.
    history : list of dict
        Of the training.
    seconds, processor_seconds : float
        Of the training.
    """

    settings: FieldSettings
    nse: dict[str, _Array]
    attainable: dict[str, _Array]
    true: dict[str, _Array]
    learned: dict[str, _Array]
    log: dict[str, bool]
    training: NDArray[np.int64]
    heldout: NDArray[np.int64]
    coverage: Coverage
    predicted: dict[str, _Array]
    history: list[dict[str, float]]
    seconds: float
    processor_seconds: float

    def correlation(self, name: str, basins: NDArray[np.int64]) -> float:
        """Correlation of learned with true values, of logarithms where the range spans decades."""
        a, b = (np.log(x) if self.log[name] else x for x in (self.true[name][basins], self.learned[name][basins]))
        return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and a.std() > 0.0 and b.std() > 0.0 else float("nan")

    def open_basins(self, name: str, basins: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some basins in which a branch that a parameter or combination acts through was ever active."""
        raw = COMBINATIONS[name].carrier if name in COMBINATIONS else name
        return basins[self.coverage.open_share(raw)[basins] > 0.0]

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON."""
        parts = {"training": self.training, "heldout": self.heldout}
        table = {}
        for name in self.true:
            table[name] = {part: self.correlation(name, basins) for part, basins in parts.items()}
            seen = self.open_basins(name, self.heldout)
            table[name] |= {"heldout_open": self.correlation(name, seen), "open_basins": len(seen)}
            if name in self.predicted:
                table[name]["predicted_remaining"] = float(np.median(self.predicted[name]))
        return {
            "settings": asdict(self.settings),
            "nse": {
                f"{part}, {year}": {
                    f"{int(100 * level)} %": float(np.quantile(values[basins], level)) for level in (0.05, 0.25, 0.5)
                }
                for part, basins in parts.items()
                for year, values in self.nse.items()
            },
            "attainable": {
                f"{part}, {year}": float(np.median(values[basins]))
                for part, basins in parts.items()
                for year, values in self.attainable.items()
            },
            "correlation": table,
            "loss": {"first": self.history[0]["loss"], "last": self.history[-1]["loss"]},
            "training_seconds": self.seconds,
            "training_processor_seconds": self.processor_seconds,
        }

    def text(self) -> str:
        """Summary as a table."""
        s = self.summary()
        lines = [
            f"truth {self.settings.truth}, learner {self.settings.learner}, learning {self.settings.learn}, "
            f"noise {self.settings.noise:g}, unexplained {self.settings.unexplained:g}: "
            f"training {self.seconds:.0f} s ({self.processor_seconds:.0f} s of processor)"
        ]
        lines += [f"NSE {part}: " + ", ".join(f"{k} {v:.4f}" for k, v in x.items()) for part, x in s["nse"].items()]
        if s["attainable"]:
            medians = ", ".join(f"{part} {value:.4f}" for part, value in s["attainable"].items())
            lines.append(f"NSE of the very function of the attributes, 50 %: {medians}")
        lines.append(f"{'correlation':26} training  held-out  held-out, gates open   prior left (Fisher)")
        for name, x in s["correlation"].items():
            left = f"{x['predicted_remaining']:.2f}" if "predicted_remaining" in x else "-"
            lines.append(
                f"{name:26} {x['training']:8.2f} {x['heldout']:9.2f} {x['heldout_open']:9.2f} ({x['open_basins']:3d}) "
                f"{left:>16}"
            )
        return "\n".join(lines)


def run_field(settings: FieldSettings, attributes: AttributeTable | None = None) -> FieldResult:
    """Make basins, learn from the first year of some of them, and judge on all.

    Parameters
    ----------
    settings : FieldSettings
    attributes : AttributeTable, optional
        Given attributes of as many basins; without it they are generated.
    """
    basins = generate(settings.synthetic(), attributes)
    training, heldout = split(settings)
    started, used = time.perf_counter(), time.process_time()
    learner, history = fit(settings, basins, training)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    learner.eval()
    with torch.no_grad():
        learned = learner(basins.data)
    truth = {name: torch.as_tensor(value) for name, value in basins.truth.items()}
    judged = (*basins.bounds.names, *COMBINATIONS)
    return FieldResult(
        settings=settings,
        nse=_efficiencies(evaluate(learner, basins.data, CfeRunner(), WARMUP)["q_out"], basins),
        attainable=_attainable(settings, basins) if settings.unexplained else {},
        true=_numbers(combination_values(judged, truth)),
        learned=_numbers(combination_values(judged, learned)),
        log={name: _by_logarithm(name, basins.bounds) for name in judged},
        training=training,
        heldout=heldout,
        coverage=coverage_of(basins.data.period(0, YEAR), basins.truth, options_of(settings.truth)),
        predicted=_predicted(settings, basins) if settings.fisher else {},
        history=history,
        seconds=seconds,
        processor_seconds=processor,
    )


def fit(
    settings: FieldSettings, basins: SyntheticBasins, training: NDArray[np.int64]
) -> tuple[ParameterNetwork, list[dict[str, float]]]:
    """Learn from the first year of some basins; gives the learner and the history of the training."""
    learner = _learner(settings, basins, training)
    result = train(
        basins.data.period(0, YEAR).basins(training),
        learner,
        TrainingSettings(
            loss=(Term(), Term(transform="sqrt")),
            learning_rate=settings.learning_rate,
            schedule="cosine",
            epochs=settings.epochs,
            basins_per_batch=settings.basins_per_batch,
            warmup=WARMUP,
            weight_decay=settings.weight_decay,
            seed=settings.seed,
        ),
    )
    return learner, result.history


def _learner(settings: FieldSettings, basins: SyntheticBasins, training: NDArray[np.int64]) -> ParameterNetwork:
    data = basins.data.basins(training)
    generator = torch.Generator().manual_seed(settings.seed)
    options: Any = {"hidden": settings.hidden, "dropout": settings.dropout, "generator": generator}
    if settings.learn == "raw":
        return ParameterNetwork(basins.bounds, data, **options)
    bounds = combination_bounds(LEARNED_COMBINATIONS, basins.data.parameters, RANGES, {"max_gw_storage": "log"})
    return ParameterNetwork(bounds, data, combine=CombinationMap(LEARNED_COMBINATIONS), **options)


def _attainable(settings: FieldSettings, basins: SyntheticBasins) -> dict[str, _Array]:
    """Efficiencies with what attributes explain of the truth, and nothing else."""
    spread = settings.spread * float(np.sqrt(1.0 - settings.unexplained))
    function = replace(settings.synthetic(), unexplained=0.0, spread=spread)
    parameters = basins.truth | true_parameters(basins.data.attributes.numpy(), basins.bounds, function)
    p, state, forcing, ordinates = plain_run(basins.data, parameters)
    discharge = simulate(p, state, forcing, options_of(settings.truth), ("q_out",), ordinates).outputs["q_out"]
    return _efficiencies(torch.as_tensor(discharge[:, WARMUP:]), basins)


def _efficiencies(simulated: Tensor, basins: SyntheticBasins) -> dict[str, _Array]:
    """Efficiencies of discharge after the warm-up against the discharge without errors, by year."""
    true = torch.as_tensor(basins.outputs["q_out"])[:, WARMUP:]
    end = YEAR - WARMUP
    parts = {"year 1": slice(0, end)} | ({"year 2": slice(end, None)} if true.shape[1] > end else {})
    return {name: scores(simulated[:, part], true[:, part])["nse"].numpy() for name, part in parts.items()}


def _predicted(settings: FieldSettings, basins: SyntheticBasins) -> dict[str, _Array]:
    """Share of the prior that one year's data of a basin leave, at the truth."""
    noise = Noise(max(settings.noise, 0.01), 1e-7)
    found = analyse(basins.data.period(0, YEAR), basins.bounds, basins.truth, noise, warmup=WARMUP)
    raw = {name: found.remaining[:, k] for k, name in enumerate(found.names)}
    return raw | {name: found.combination_remaining(name) for name in COMBINATIONS}


def coverage_of(data: LearningData, parameters: Mapping[str, _Array], options: CfeOptions) -> Coverage:
    """Gradient coverage of basins, warm-up included: what happens there is remembered by the storages."""
    p, state, forcing, ordinates = plain_run(data, parameters)
    run = simulate(p, state, forcing, options, NEEDED_OUTPUTS, ordinates)
    return gradient_coverage(run.outputs, p, options)


def _by_logarithm(name: str, bounds: Bounds) -> bool:
    return bool(COMBINATIONS[name].others) if name in COMBINATIONS else bounds.by_name[name].scale == "log"


def _numbers(values: Mapping[str, Tensor]) -> dict[str, _Array]:
    return {name: value.detach().numpy().copy() for name, value in values.items()}
