"""Field recovery of LGAR's soils: learn them from soil properties at points, judge them on columns never seen.

The truth is that of :mod:`dcfe.lgar_synthetic`: a hidden pedotransfer function, and LGAR run with what it gives.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dcfe.bounds import Bounds
from dcfe.fisher import Noise
from dcfe.lgar_data import LgarLearningData
from dcfe.lgar_efficiencies import Efficiencies, efficiencies, errors, quantiles
from dcfe.lgar_field_settings import FieldSettings, is_content, split
from dcfe.lgar_field_training import FieldTraining, train_field
from dcfe.lgar_identifiability import analyse_columns
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_synthetic import SyntheticColumns, generate_columns
from dcfe.point_network import PointNetwork
from dcfe.simulate import evaluate
from dcfe.synthetic import SyntheticSettings, with_errors

_Array = NDArray[np.float64]

FLOOR = 1e-7
"""Error that observations have where their value is 0, for Fisher information: m, or - for moistures."""

_CONTENTS = 100
"""First stream of random numbers of the errors of contents; errors of outputs have 0, 1, ..."""


@dataclass(frozen=True)
class FieldResult:
    """What came out of a field recovery.

    Attributes
    ----------
    settings : FieldSettings
    bounds : Bounds
        Of what was learned.
    nse, baseline : dict of str to dict of str to array, shape (columns,)
        By period and output, against outputs without errors; NaN where an output never changes. The baseline is the
        centre of the bounds for every column.
    rmse, baseline_rmse : dict of str to dict of str to array, shape (columns,)
        Root mean squared errors, likewise [unit of the output].
    true, learned : dict of str to array, shape (columns,)
    training, heldout : array of int
        Indices of the columns.
    remaining : dict of str to array, shape (columns,)
        Share of the prior deviation that one column's data of the learned period leave, by Fisher information.
    trained : FieldTraining
    seconds, processor_seconds : float
        Of the training.
    """

    settings: FieldSettings
    bounds: Bounds
    nse: Efficiencies
    baseline: Efficiencies
    rmse: Efficiencies
    baseline_rmse: Efficiencies
    true: dict[str, _Array]
    learned: dict[str, _Array]
    training: NDArray[np.int64]
    heldout: NDArray[np.int64]
    remaining: dict[str, _Array]
    trained: FieldTraining
    seconds: float
    processor_seconds: float

    @property
    def parts(self) -> dict[str, NDArray[np.int64]]:
        """Columns that were learned from, and those held out."""
        return {"training": self.training, "heldout": self.heldout}

    def correlation(self, name: str, columns: NDArray[np.int64]) -> float:
        """Correlation of learned with true values, of logarithms where the bounds are logarithmic."""
        log = self.bounds.by_name[name].scale == "log"
        a, b = (np.log(x) if log else x for x in (self.true[name][columns], self.learned[name][columns]))
        return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and a.std() > 0.0 and b.std() > 0.0 else float("nan")

    def error(self, name: str, columns: NDArray[np.int64], learned: bool = True) -> float:
        """Median relative error of learned values, or of the centre of the bounds."""
        true = self.true[name][columns]
        middle = self.bounds.by_name[name].value(torch.tensor(0.5, dtype=torch.float64)).item()
        found = self.learned[name][columns] if learned else np.full_like(true, middle)
        return float(np.median(np.abs(found / true - 1.0)))

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON."""
        parameters = {
            name: {
                "remaining": float(np.median(self.remaining[name])),
                **{f"{part}_correlation": self.correlation(name, rows) for part, rows in self.parts.items()},
                **{f"{part}_error": self.error(name, rows) for part, rows in self.parts.items()},
                "heldout_error_centre": self.error(name, self.heldout, learned=False),
            }
            for name in self.learned
        }
        return {
            "settings": asdict(self.settings),
            "nse": {
                f"{part}, {period}": {
                    name: quantiles(values[rows])
                    | {"centre": quantiles(self.baseline[period][name][rows])["50 %"]}
                    | {"rmse": float(np.median(self.rmse[period][name][rows]))}
                    | {"rmse_centre": float(np.median(self.baseline_rmse[period][name][rows]))}
                    for name, values in outputs.items()
                }
                for part, rows in self.parts.items()
                for period, outputs in self.nse.items()
            },
            "parameters": parameters,
            "loss": {"first": self.trained.first, "last": self.trained.last},
            "steps": self.trained.steps,
            "training_seconds": self.seconds,
            "training_processor_seconds": self.processor_seconds,
        }

    def text(self) -> str:
        """Summary as tables."""
        summary, s = self.summary(), self.settings
        noises = ", ".join(f"{name} {100.0 * value:g} %" for name, value in s.noises().items())
        loss = summary["loss"]
        lines = [
            f"{s.columns} columns ({len(self.heldout)} held out) of {s.points} points, {s.steps} h; errors: {noises}; "
            f"unexplained {s.unexplained:g}",
            f"training {self.seconds:.0f} s ({self.processor_seconds:.0f} s of processor), {s.method}, "
            f"{summary['steps']} steps, loss {loss['first']:.3f} to {loss['last']:.4f}",
            f"{'':44} NSE {'5 %':>6} {'25 %':>10} {'50 %':>10} {'centre':>10}  undefined  RMSE 50 %    centre",
        ]
        for part, outputs in summary["nse"].items():
            for name, x in outputs.items():
                numbers = " ".join(f"{x[key]:10.3f}" for key in ("5 %", "25 %", "50 %", "centre"))
                lines.append(
                    f"{part + ', ' + name:44} {numbers} {x['undefined']:4d} of {x['columns']:2d} "
                    f"{x['rmse']:10.2e} {x['rmse_centre']:9.2e}"
                )
        lines.append(f"{'':18} correlation             median relative error           prior left")
        lines.append(f"{'parameter':18} training  held-out      training  held-out  centre   (Fisher)")
        for name, x in summary["parameters"].items():
            lines.append(
                f"{name:18} {x['training_correlation']:8.2f} {x['heldout_correlation']:9.2f} "
                f"{x['training_error']:13.3f} {x['heldout_error']:9.3f} {x['heldout_error_centre']:7.3f} "
                f"{x['remaining']:10.2f}"
            )
        return "\n".join(lines)


def run_field(settings: FieldSettings | None = None) -> FieldResult:
    """Make columns, learn from the first period of some of them, and judge on all over both periods.

    Parameters
    ----------
    settings : FieldSettings

    Raises
    ------
    ValueError
        When settings or moistures do not fit the columns.
    """
    settings = settings or FieldSettings()
    synthetic = observe(settings, generate_columns(settings.synthetic()))
    data = synthetic.data
    bounds = Bounds({name: synthetic.bounds.by_name[name] for name in settings.learn})
    training, heldout = split(settings)
    first = data.period(0, settings.steps)
    started, used = time.perf_counter(), time.process_time()
    generator = torch.Generator().manual_seed(settings.seed)
    seen = first.basins(training)
    learner = PointNetwork(bounds, seen, hidden=settings.hidden, generator=generator)
    runner = LgarRunner(settings.observed)
    trained = train_field(learner, seen, settings)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    with torch.no_grad():
        learned = learner(data)
        centre = runner(data.parameters, data, settings.warmup)
    found = evaluate(learner, data, runner, settings.warmup)
    given = (synthetic.outputs, settings.warmup, settings.steps)
    deviations = {name: Noise(max(noise, 0.01), FLOOR) for name, noise in settings.noises().items()}
    information = analyse_columns(first, bounds, synthetic.truth, deviations, settings.compared, settings.warmup)
    return FieldResult(
        settings=settings,
        bounds=bounds,
        nse=efficiencies(found, *given),
        baseline=efficiencies(centre, *given),
        rmse=errors(found, *given),
        baseline_rmse=errors(centre, *given),
        true={name: synthetic.truth[name] for name in bounds.names},
        learned={name: learned[name].numpy().copy() for name in bounds.names},
        training=training,
        heldout=heldout,
        remaining={name: information.remaining[:, k] for k, name in enumerate(information.names)},
        trained=trained,
        seconds=seconds,
        processor_seconds=processor,
    )


def observe(settings: FieldSettings, synthetic: SyntheticColumns) -> SyntheticColumns:
    """Columns with the errors that storage and moistures are to have, and with what is not learned as known."""
    known = {name: torch.as_tensor(v) for name, v in synthetic.truth.items() if name not in settings.learn}
    data: LgarLearningData = replace(synthetic.data, parameters=synthetic.data.parameters | known)
    if settings.storage_noise is not None:
        errors = SyntheticSettings(seed=settings.seed, noise=settings.storage_noise)
        contents = {
            name: torch.as_tensor(with_errors(synthetic.outputs[name], errors, _CONTENTS + k))
            for k, name in enumerate(settings.observed)
            if is_content(name)
        }
        data = replace(data, observed=data.observed | contents)
    return synthetic._replace(data=data)
