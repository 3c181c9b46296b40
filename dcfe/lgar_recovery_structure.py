"""Learning with the wrong structure: the truth is the Richards equation, the learner LGAR."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from dcfe.fisher import Noise
from dcfe.lgar_bounds import lgar_bounds
from dcfe.lgar_data import LgarLearningData, columns_of
from dcfe.lgar_fit import ColumnFit
from dcfe.lgar_recovery_single import RESOLUTION, choose_columns, column_problems
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_synthetic import ColumnSettings, generate_columns
from dcfe.scores import scores
from dcfe.synthetic import SyntheticSettings, with_errors
from hydro_physics.van_genuchten import VanGenuchtenSoil
from richards_bmi import ensemble as richards
from richards_bmi.coefficients import RichardsParameters

_Array = NDArray[np.float64]

NAMES = tuple(f"{field}_{layer}" for layer in (1, 2, 3) for field in ("alpha", "n", "ks"))
OUTPUTS = ("surface_runoff", "actual_evapotranspiration", "storage")
MODELS = ("lgar", "richards")


@dataclass(frozen=True)
class StructureSettings:
    """Learning with a right and a wrong structure.

    Attributes
    ----------
    wet, dry : int
        Columns with most runoff, and columns without any, of those that are generated.
    starts : int
        Random starts of each; the one with the least sum of squares counts.
    noise : float
        Relative errors of the observations.
    candidates, seed : int
    steps : int
        Learned from; as many follow, which are judged.
    """

    wet: int = 6
    dry: int = 4
    starts: int = 4
    noise: float = 0.05
    candidates: int = 60
    seed: int = 0
    steps: int = 2000

    def __post_init__(self) -> None:
        if problems := column_problems(self.wet, self.dry, self.starts):
            raise ValueError("recovery with the wrong structure:\n  - " + "\n  - ".join(problems))


@dataclass(frozen=True)
class StructureResult:
    """What came out of it.

    Attributes
    ----------
    settings : StructureSettings
    ids : tuple of str
    errors : dict of str to array, shape (columns, parameters)
        Learned over true value, less 1, by the model that is the truth.
    nse : dict of (str, str, str) to array, shape (columns,)
        Of LGAR in the second period, by truth, by soil (``true`` or ``learned``), and by output; NaN where the truth
        does not vary.
    seconds : float
        Of learning.
    """

    settings: StructureSettings
    ids: tuple[str, ...]
    errors: dict[str, _Array]
    nse: dict[tuple[str, str, str], _Array]
    seconds: float

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON."""
        return {
            "settings": asdict(self.settings),
            "columns": self.ids,
            "seconds": self.seconds,
            "median factor": {
                truth: {name: float(np.median(1.0 + errors[:, k])) for k, name in enumerate(NAMES)}
                for truth, errors in self.errors.items()
            },
            "median error": {
                truth: {name: float(np.median(np.abs(errors[:, k]))) for k, name in enumerate(NAMES)}
                for truth, errors in self.errors.items()
            },
            "nse": {
                ", ".join(key): {
                    "median": float(np.nanmedian(values)),
                    "least": float(np.nanmin(values)),
                    "columns": int(np.isfinite(values).sum()),
                }
                for key, values in self.nse.items()
            },
        }

    def text(self) -> str:
        """Summary as a table."""
        s, found = self.settings, self.summary()
        lines = [
            f"learner LGAR, noise {100 * s.noise:g} %, {len(self.ids)} columns, {len(NAMES)} parameters "
            f"({self.seconds:.0f} s)",
            f"{'parameter':10} learned / true, median, where the truth is " + "  ".join(f"{m:>9}" for m in MODELS),
        ]
        factor = found["median factor"]
        lines += [f"{name:10} {'':43}" + "  ".join(f"{factor[m][name]:9.2f}" for m in MODELS) for name in NAMES]
        lines.append(f"{'second period: truth, soil, output':55} NSE: median     least  columns")
        lines += [
            f"{key:55} {x['median']:11.3f} {x['least']:9.3f} {x['columns']:8d}" for key, x in found["nse"].items()
        ]
        return "\n".join(lines)


def run_structure(settings: StructureSettings) -> StructureResult:
    """Learn soils of columns whose truth is LGAR, and of the same columns whose truth is the Richards equation."""
    made = generate_columns(
        ColumnSettings(columns=settings.candidates, steps=2 * settings.steps, seed=settings.seed, noise=0.0)
    )
    chosen = choose_columns(made, settings.wet, settings.dry)
    soils = {name: values[chosen].copy() for name, values in made.truth.items()}
    truth = {name: torch.as_tensor(values) for name, values in soils.items()}
    data = replace(made.data.basins(chosen), parameters=truth)
    outputs = {
        "lgar": {name: made.outputs[name][chosen] for name in OUTPUTS},
        "richards": run_richards(data, soils),
    }
    bounds = lgar_bounds(NAMES)
    rng = np.random.default_rng([settings.seed, 22])
    starts = rng.uniform(0.2, 0.8, size=(len(chosen), settings.starts, len(NAMES)))
    noise, errors, nse = Noise(settings.noise, RESOLUTION), {}, {}
    began = time.perf_counter()
    for model in MODELS:
        kind = SyntheticSettings(seed=settings.seed, noise=settings.noise)
        seen = {name: torch.as_tensor(with_errors(outputs[model][name], kind, k)) for k, name in enumerate(OUTPUTS)}
        early = replace(data, observed=seen).period(0, settings.steps)
        learned = {name: np.empty(len(chosen)) for name in NAMES}
        for k in tqdm(range(len(chosen)), desc=f"truth {model}", unit="column", disable=None):
            fit = ColumnFit(early.basins([k]), bounds, noise)
            best = min((fit.search(start) for start in starts[k]), key=lambda found: found.cost)
            for name in NAMES:
                learned[name][k] = best.values[name]
        errors[model] = np.column_stack([learned[name] / soils[name] - 1.0 for name in NAMES])
        for label, parameters in (("true", soils), ("learned", soils | learned)):
            for name, values in _efficiencies(data, parameters, outputs[model], settings.steps).items():
                nse[(model, label, name)] = values
    return StructureResult(settings, data.ids, errors, nse, time.perf_counter() - began)


def run_richards(data: LgarLearningData, soils: Mapping[str, _Array]) -> dict[str, _Array]:
    """Outputs of the Richards equation in the same columns, whose roots take water evenly from the two upper layers."""
    thickness = data.thickness.numpy()
    columns = columns_of(soils, thickness)
    p = columns.parameters
    given = [
        richards.EnsembleColumn(
            [VanGenuchtenSoil(*soil) for soil in columns.soils[b].tolist()],
            thickness[b].tolist(),
            RichardsParameters(
                float(np.asarray(p.field_capacity)[b]),
                float(np.asarray(p.wilting_point_psi)[b]),
                float(np.asarray(p.ponded_depth_max)[b]),
                1e4,
            ),
            float(thickness[b, :2].sum()),
        )
        for b in range(len(data.ids))
    ]
    run = richards.simulate(
        given,
        richards.initial_state(given, data.initial_psi.numpy()),
        richards.EnsembleForcing(data.rain.numpy(), data.pet.numpy()),
        outputs=OUTPUTS,
    )
    return run.outputs


def _efficiencies(
    data: LgarLearningData, parameters: Mapping[str, _Array], true: Mapping[str, _Array], first: int
) -> dict[str, _Array]:
    """Efficiencies of LGAR in the second period."""
    given = {name: torch.as_tensor(values) for name, values in parameters.items()}
    with torch.no_grad():
        simulated = LgarRunner(OUTPUTS)(given, data)
    found = {}
    for name in OUTPUTS:
        expected = torch.as_tensor(true[name][:, first:])
        values = scores(simulated[name][:, first:], expected)["nse"].numpy().copy()
        values[true[name][:, first:].std(axis=1) == 0.0] = np.nan
        found[name] = values
    return found
