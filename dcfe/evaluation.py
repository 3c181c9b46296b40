"""How well learned parameters do: basin by basin, in every group of basins and every period."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from dcfe.cfe_runner import CfeRunner
from dcfe.data import BasinData
from dcfe.dynamic import DynamicParameterNetwork
from dcfe.learner import Learner
from dcfe.learning_data import LearningSet
from dcfe.learning_settings import UNGAUGED
from dcfe.scores import scores
from ngen_bmi.files import whole_file

SCORES = ("nse", "kge", "bias", "correlation")
"""Scores that are written, of those of :func:`dcfe.scores.scores`."""

STATIC = "static"
DYNAMIC = "dynamic"


@dataclass(frozen=True)
class Score:
    """Scores of one basin in one period.

    Attributes
    ----------
    basin, group, period, output : str
    parameters : {"static", "dynamic"}
        Whether the parameters changed in time. Those of NextGen cannot.
    observations : int
        How many there are.
    values : dict of str to float
        By the names of :data:`SCORES`; NaN where one is not defined.
    """

    basin: str
    group: str
    period: str
    output: str
    parameters: str
    observations: int
    values: dict[str, float]


@dataclass(frozen=True)
class Evaluation:
    """What learned parameters give.

    Attributes
    ----------
    parameters : dict of str to tensor, shape (basins,)
        Every raw parameter, one value for each basin: what can be exported. Those that change in time are averaged
        over the period of training.
    outputs : dict of str to dict of str to tensor, shape (basins, steps)
        Simulated with static parameters, and where there are such with dynamic ones.
    scores : list of Score
    """

    parameters: dict[str, Tensor]
    outputs: dict[str, dict[str, Tensor]]
    scores: list[Score]

    @property
    def main(self) -> str:
        """Parameters as they were learned: dynamic ones if there are some."""
        return DYNAMIC if DYNAMIC in self.outputs else STATIC


def evaluate_set(learner: Learner, learning: LearningSet) -> Evaluation:
    """Run all basins over the whole time and score them.

    Parameters
    ----------
    learner : Learner
    learning : LearningSet
    """
    learner.eval()
    data = learning.data
    simulate = CfeRunner(tuple(data.observed))
    with torch.no_grad():
        parameters = static_parameters(learner, data.period(*learning.periods["train"]))
        outputs = {STATIC: simulate(parameters, data)}
        if isinstance(learner, DynamicParameterNetwork) and learner.mode == DYNAMIC:
            outputs[DYNAMIC] = simulate(learner(data), data)
    found = []
    for kind, series in outputs.items():
        for period, (first, last) in learning.periods.items():
            compared = slice(max(first, learning.warmup), last)
            for output, simulated in series.items():
                observed = data.observed[output][:, compared]
                values = scores(simulated[:, compared], observed)
                counts = torch.isfinite(observed).sum(dim=1)
                for group, basins in learning.basins.items():
                    for row in basins if group != UNGAUGED else ():
                        numbers = {name: float(values[name][row]) for name in SCORES}
                        found.append(Score(data.ids[row], group, period, output, kind, int(counts[row]), numbers))
    return Evaluation(parameters, outputs, found)


def static_parameters(learner: Learner, data: BasinData) -> dict[str, Tensor]:
    """One value of every raw parameter for each basin: those that change from day to day averaged over `data`."""
    if not isinstance(learner, DynamicParameterNetwork):
        return learner(data)  # type: ignore[no-any-return]
    mode, learner.mode = learner.mode, "static"
    try:
        return learner(data)  # type: ignore[no-any-return]
    finally:
        learner.mode = mode


def medians(found: Sequence[Score]) -> list[dict[str, str | float]]:
    """Medians over the basins of each group, in each period: a row for each."""
    groups: dict[tuple[str, str, str, str], list[Score]] = {}
    for score in found:
        if score.observations:
            groups.setdefault((score.parameters, score.group, score.period, score.output), []).append(score)
    return [
        {
            "parameters": kind,
            "group": group,
            "period": period,
            "output": output,
            "basins": len(members),
            **{name: _median([member.values[name] for member in members]) for name in SCORES},
        }
        for (kind, group, period, output), members in groups.items()
    ]


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return median(known) if known else float("nan")


def write_scores(path: Path, found: Sequence[Score]) -> None:
    """Write a CSV file with a row for each basin, period and output."""
    with whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("basin", "group", "period", "output", "parameters", "observations", *SCORES))
        for score in found:
            names = (score.basin, score.group, score.period, score.output, score.parameters, score.observations)
            writer.writerow((*names, *(f"{score.values[name]:.6g}" for name in SCORES)))


def as_table(rows: Sequence[Mapping[str, str | float]]) -> str:
    """Rows of :func:`medians` as text with aligned columns."""
    if not rows:
        return "no observations to compare with"
    header = [key for key in rows[0] if key != "parameters" or len({row[key] for row in rows}) > 1]
    cells = [header, *([_cell(row[key]) for key in header] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _cell(value: str | float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
