"""Do calibrated parameters make up for the soil scheme? Parameters of each scheme run in the other one.

The report saw no gain from the ODE soil and guessed that calibration makes up for the scheme. So best parameters of the
classic soil are run in the ODE soil, and back, with the same surface partitioning. What changes with the parameters
held is the effect of the scheme; what is left between the two after calibration is what calibration does not hide.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from basin_study.calibrate import Study, shares_array
from basin_study.dataset import DataError
from basin_study.evaluate import best_of, scores_of, write_table
from basin_study.records import Task
from basin_study.study_settings import ModelSettings, StudySettings

if TYPE_CHECKING:
    import pandas as pd

    from basin_study.report_html import Section

logger = logging.getLogger(__name__)

COMPENSATION_FILE = "compensation.csv"
PERIODS = ("calibration", "test")
Records = Mapping[Task, Mapping[str, Any]]


class Pair(NamedTuple):
    """Two models of a study that differ in the soil alone."""

    classic: ModelSettings
    ode: ModelSettings


def pair_of(settings: StudySettings) -> Pair | None:
    """First classic and ODE models with the same space, algorithm, budget and schemes; None when there are none."""
    own = [model for model in settings.models if model.kind == "cfe" and model.regional is None]
    for classic in (model for model in own if model.soil == "classic"):
        for ode in (model for model in own if model.soil == "ode"):
            same = ("space", "algorithm", "evaluations")
            if all(getattr(classic, key) == getattr(ode, key) for key in same):
                return Pair(classic, ode)
    return None


def swaps(study: Study, records: Records) -> pd.DataFrame | None:
    """Scores of parameters in the scheme that they were not calibrated with.

    Parameters
    ----------
    study : Study
    records : mapping of Task to dict
        Of the calibrations.

    Returns
    -------
    DataFrame or None
        A row for each basin, direction and period; None when no two models differ in the soil alone, or none has
        records. ``parameters_of`` and ``run_in`` are models, ``scheme`` is the partitioning, the one that was best for
        the first. ``kge_own``: of the first with its parameters; ``kge_swapped``: of the second with them;
        ``kge_best``: of the second with its own best ones for this partitioning. ``scheme_effect`` = swapped - own,
        ``loss`` = best - swapped, ``calibrated_effect`` = best - own. ``distance``: root of the mean squared
        difference of the two sets' shares of the space; ``difference_NAME``: share in the second's best set less that
        in the first's.
    """
    import pandas as pd

    pair = pair_of(study.settings)
    if pair is None:
        return None
    chosen = best_of(dict(records))  # type: ignore[arg-type]
    rows = []
    for source, target in (pair, pair[::-1]):
        for (_, model), task in sorted(chosen.items()):
            if model != source.name:
                continue
            other = _best_with(records, task.basin, target.name, task.scheme)
            if other is not None:
                rows += list(_swap(study, source, target, task, other, records))
    if not rows:
        return None
    return pd.DataFrame(rows)


def _best_with(records: Records, basin: str, model: str, scheme: str) -> Task | None:
    """Best trial of a model with a partitioning."""
    trials = sorted(t for t in records if (t.basin, t.model, t.scheme) == (basin, model, scheme))
    return max(trials, key=lambda task: records[task]["objective"], default=None)


def _swap(
    study: Study, source: ModelSettings, target: ModelSettings, task: Task, other: Task, records: Records
) -> Iterator[dict[str, Any]]:
    mine, theirs = (shares_array(dict(records[t])) for t in (task, other))
    change = theirs - mine
    for period in PERIODS:
        runs = ((source, mine), (target, mine), (target, theirs))
        try:
            own, swapped, best = (scores_of(study, model, task, shares, period)["kge"] for model, shares in runs)
        except DataError as error:
            logger.warning("%s, %s: %s", task.name, period, error)
            continue
        yield {
            "basin": task.basin,
            "parameters_of": source.name,
            "run_in": target.name,
            "scheme": task.scheme,
            "period": period,
            "kge_own": own,
            "kge_swapped": swapped,
            "kge_best": best,
            "scheme_effect": swapped - own,
            "loss": best - swapped,
            "calibrated_effect": best - own,
            "distance": float(np.sqrt(np.mean(np.square(change)))),
            **{f"difference_{name}": float(x) for name, x in zip(source.space.names, change, strict=True)},
        }


def compensation_sections(study: Study, records: Records) -> tuple[list[Section], list[Path]]:
    """Write the table of :func:`swaps`, and say in words what it shows.

    Returns
    -------
    sections : list of Section
        For the report; none when there is nothing to swap.
    paths : list of Path
        Of the file written.
    """
    from basin_study.compensation_text import compensation_section, parameters_section

    table = swaps(study, records)
    if table is None:
        return [], []
    path = study.settings.output / COMPENSATION_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(table, path)
    pair = pair_of(study.settings)
    assert pair is not None
    reference = trial_distances(records, [model.name for model in pair])
    return [compensation_section(table, reference, study.settings.seed), parameters_section(table, pair)], [path]


def trial_distances(records: Records, models: Sequence[str]) -> list[float]:
    """Distances between trials of the same basin, model and scheme: what chance alone does to parameters."""
    groups: dict[tuple[str, str, str], list[np.ndarray]] = {}
    for task in sorted(records):
        if task.model in models:
            groups.setdefault((task.basin, task.model, task.scheme), []).append(shares_array(dict(records[task])))
    found = []
    for group in groups.values():
        found += [float(np.sqrt(np.mean(np.square(b - a)))) for k, a in enumerate(group) for b in group[k + 1 :]]
    return found
