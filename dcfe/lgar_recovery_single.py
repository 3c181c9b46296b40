"""Recovery of the top layer's soil from what a column shows: with and without more than runoff, errors, wet and dry."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from dcfe.fisher import Noise, slopes_of
from dcfe.lgar_bounds import lgar_bounds
from dcfe.lgar_fit import ColumnFit
from dcfe.lgar_identifiability import analyse_columns
from dcfe.lgar_synthetic import ColumnSettings, SyntheticColumns, generate_columns

_Array = NDArray[np.float64]

NAMES = ("alpha_1", "n_1", "ks_1")
"""The soil of the layer that rain meets first."""

OBSERVED = {
    "runoff": ("surface_runoff",),
    "all": ("surface_runoff", "actual_evapotranspiration", "storage"),
}
"""What is learned from."""

STUCK = 0.01
"""Relative change up to which a start stayed where it was: nothing told it where to go."""

RESOLUTION = 1e-5
"""Absolute part of an observation's deviation: a hundredth of a millimetre in an hour [m]."""

ROUNDS = 3
"""Searches with weights from simulated values, where there are errors."""

FOUND = 0.05
"""Relative error up to which a parameter counts as recovered."""


@dataclass(frozen=True)
class SingleSettings:
    """Recovery of the top layer of some columns.

    Attributes
    ----------
    wet, dry : int
        Columns with most runoff, and columns without any, of those that are generated.
    starts : int
        Random starts of each.
    noise : float
        Relative errors of what is observed.
    observed : {"all", "runoff"}
    candidates, steps, warmup, seed : int
    """

    wet: int = 6
    dry: int = 4
    starts: int = 5
    noise: float = 0.0
    observed: str = "all"
    candidates: int = 60
    steps: int = 2000
    warmup: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        problems = column_problems(self.wet, self.dry, self.starts)
        if self.observed not in OBSERVED:
            problems.append(f"observed is {self.observed!r}; expected one of {', '.join(OBSERVED)}")
        if problems:
            raise ValueError("recovery of single columns:\n  - " + "\n  - ".join(problems))


@dataclass(frozen=True)
class SingleResult:
    """What came out of it.

    Attributes
    ----------
    settings : SingleSettings
    ids : tuple of str
        Columns, those with runoff first.
    errors : array, shape (columns, starts, parameters)
        Learned over true value, less 1.
    first : array, shape (columns, starts, parameters)
        The same at the start.
    costs : array, shape (columns, starts)
        Sums of squares at the end.
    converged : array of bool, shape (columns, starts)
        Whether the last search of a start ended by itself, as in :class:`dcfe.lgar_fit.Fit`.
    runs : int
        Of LGAR, all together.
    predicted : array, shape (columns, parameters)
        Relative deviation by Fisher information, with errors of 5 % where the data have none.
    seconds : float
        Of learning.
    """

    settings: SingleSettings
    ids: tuple[str, ...]
    errors: _Array
    first: _Array
    costs: _Array
    converged: NDArray[np.bool_]
    runs: int
    predicted: _Array
    seconds: float

    @property
    def best(self) -> _Array:
        """Errors of each column's start with the least loss, shape (columns, parameters)."""
        return np.asarray(self.errors[np.arange(len(self.ids)), np.argmin(self.costs, axis=1)])

    def part(self, dry: bool) -> slice:
        """Columns without, or with runoff."""
        return slice(self.settings.wet, None) if dry else slice(0, self.settings.wet)

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON."""
        found: dict[str, Any] = {
            "settings": asdict(self.settings),
            "columns": self.ids,
            "seconds": self.seconds,
            "runs": self.runs,
            "converged": float(self.converged.mean()),
        }
        for label, dry in (("with runoff", False), ("without runoff", True)):
            part = self.part(dry)
            if not self.ids[part]:
                continue
            found[label] = {
                name: {
                    "median_error_of_best": float(np.median(np.abs(self.best[part, k]))),
                    "largest_error_of_best": float(np.abs(self.best[part, k]).max()),
                    "recovered_best": float((np.abs(self.best[part, k]) <= FOUND).mean()),
                    "recovered_starts": float((np.abs(self.errors[part, :, k]) <= FOUND).mean()),
                    "stuck": float((np.abs(self.errors[part, :, k] - self.first[part, :, k]) < STUCK).mean()),
                    "predicted": float(np.median(self.predicted[part, k])),
                }
                for k, name in enumerate(NAMES)
            }
        return found

    def text(self) -> str:
        """Summary as a table."""
        s = self.settings
        lines = [
            f"top layer from {', '.join(OBSERVED[s.observed])}; noise {100 * s.noise:g} %, {s.starts} random starts "
            f"({self.seconds:.0f} s, {self.runs} runs, {100 * self.converged.mean():.0f} % of starts converged); "
            f"recovered: within {100 * FOUND:g} %",
            f"{'':17}{'parameter':10} error of best: median  largest   recovered: best  starts   stuck   Fisher",
        ]
        summary = self.summary()
        for label in ("with runoff", "without runoff"):
            for name, x in summary.get(label, {}).items():
                lines.append(
                    f"{label:17}{name:10} {x['median_error_of_best']:22.2g} {x['largest_error_of_best']:8.2g} "
                    f"{100 * x['recovered_best']:15.0f} % {100 * x['recovered_starts']:5.0f} % "
                    f"{100 * x['stuck']:5.0f} % {x['predicted']:8.2g}"
                )
        return "\n".join(lines)


def run_single(settings: SingleSettings) -> SingleResult:
    """Find the top layer's soil of some columns, the rest known, from random starts."""
    made = generate_columns(
        ColumnSettings(
            columns=settings.candidates,
            steps=settings.steps,
            seed=settings.seed,
            noise=settings.noise,
            observed=OBSERVED[settings.observed],
        )
    )
    chosen = choose_columns(made, settings.wet, settings.dry)
    truth = {name: torch.as_tensor(values[chosen].copy()) for name, values in made.truth.items()}
    data = replace(made.data.basins(chosen), parameters=truth)
    bounds = lgar_bounds(NAMES)
    true = np.column_stack([truth[name].numpy() for name in NAMES])
    # deviations of 5 % where there are no errors: a weight, and what the prediction is made for
    noise = Noise(settings.noise or 0.05, RESOLUTION)
    places = np.random.default_rng([settings.seed, 21]).uniform(size=(len(chosen), settings.starts, len(NAMES)))
    first = (
        np.stack([values.numpy() for values in bounds.values(torch.as_tensor(places)).values()], axis=-1)
        / true[:, None]
    )
    errors, costs, runs = np.empty_like(places), np.empty(places.shape[:2]), 0
    converged = np.zeros(places.shape[:2], dtype=bool)
    began = time.perf_counter()
    for k in tqdm(range(len(chosen)), desc="columns", unit="column", disable=None):
        fit = ColumnFit(data.basins([k]), bounds, noise, settings.warmup)
        for j in range(settings.starts):
            found = fit.search(places[k, j], rounds=ROUNDS if settings.noise else 0)
            errors[k, j] = np.array([found.values[name] for name in NAMES]) / true[k] - 1.0
            costs[k, j], converged[k, j] = found.cost, found.converged
            runs += found.runs
    seconds = time.perf_counter() - began
    numbers = {name: value.numpy() for name, value in truth.items()}
    seen = analyse_columns(data, bounds, numbers, noise, OBSERVED[settings.observed], settings.warmup)
    return SingleResult(
        settings=settings,
        ids=data.ids,
        errors=errors,
        first=first - 1.0,
        costs=costs,
        converged=converged,
        runs=runs,
        predicted=seen.together * slopes_of(bounds, numbers) / true,
        seconds=seconds,
    )


def column_problems(wet: int, dry: int, starts: int) -> list[str]:
    """Say what is wrong with numbers of columns and starts.

    >>> column_problems(0, 0, 3)
    ['wet and dry are 0 and 0; expected 0 or more, and at least one column']
    """
    problems = []
    if min(wet, dry) < 0 or wet + dry < 1:
        problems.append(f"wet and dry are {wet} and {dry}; expected 0 or more, and at least one column")
    if starts < 1:
        problems.append(f"starts is {starts}; expected 1 or more")
    return problems


def choose_columns(made: SyntheticColumns, wet: int, dry: int) -> list[int]:
    """Columns with most runoff, then those without any that have most rain.

    Raises
    ------
    ValueError
        When there are not as many.
    """
    runoff = made.outputs["surface_runoff"].sum(axis=1)
    rain = made.data.rain.sum(dim=1).numpy()
    flows = np.flatnonzero(runoff > 0.0)
    stays = np.flatnonzero(runoff == 0.0)
    if len(flows) < wet or len(stays) < dry:
        raise ValueError(
            f"of {len(runoff)} columns {len(flows)} have runoff and {len(stays)} none; {wet} and {dry} were asked for: "
            f"generate more"
        )
    return [*flows[np.argsort(-runoff[flows])][:wet].tolist(), *stays[np.argsort(-rain[stays])][:dry].tolist()]
