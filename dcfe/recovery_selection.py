"""Choose how strongly to regularise a network, from the basins it may learn from alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dcfe.cfe_runner import CfeRunner
from dcfe.recovery_field import fit
from dcfe.recovery_settings import WARMUP, FieldSettings, split
from dcfe.scores import scores
from dcfe.simulate import evaluate
from dcfe.synthetic import YEAR, SyntheticBasins, generate
from dcfe.synthetic_attributes import AttributeTable

log = logging.getLogger(__name__)

CANDIDATES: tuple[dict[str, object], ...] = tuple(
    {"hidden": hidden, "weight_decay": decay, "dropout": dropout, "epochs": 120}
    for hidden, dropout in (((), 0.0), ((32, 32), 0.0), ((64, 64), 0.2))
    for decay in (0.3, 1.0, 3.0)
)
"""A linear model, a small network, a network with dropout, each with little and with much weight decay."""


def select(
    settings: FieldSettings,
    attributes: AttributeTable | None = None,
    candidates: Sequence[dict[str, object]] = CANDIDATES,
    folds: int = 4,
) -> tuple[FieldSettings, list[float]]:
    """Find the candidate that does best on basins it did not learn from, held-out basins left aside.

    The basins to learn from are dealt into folds. A candidate learns from all folds but one, and is judged by that
    one's observations, errors included, of the same year; its score is the median efficiency over all basins.

    Parameters
    ----------
    settings : FieldSettings
    attributes : AttributeTable, optional
        As in :func:`dcfe.recovery_field.run_field`.
    candidates : sequence of dict
        Fields of the settings to change.
    folds : int

    Returns
    -------
    settings : FieldSettings
        With the best candidate's fields.
    scores : list of float
        Of every candidate.
    """
    basins = generate(settings.synthetic(), attributes)
    training, _ = split(settings)
    parts = np.array_split(np.random.default_rng([settings.seed, 7]).permutation(training), folds)
    found = []
    for number, candidate in enumerate(candidates):
        changed = replace(settings, **candidate)  # type: ignore[arg-type]
        efficiencies = [_judge(changed, basins, np.setdiff1d(training, part), part) for part in parts]
        found.append(float(np.median(np.concatenate(efficiencies))))
        log.info("candidate %d of %d: %s: NSE %.4f", number + 1, len(candidates), candidate, found[-1])
    return replace(settings, **candidates[int(np.argmax(found))]), found  # type: ignore[arg-type]


def _judge(
    settings: FieldSettings, basins: SyntheticBasins, learned: NDArray[np.int64], judged: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Efficiency of discharge on some basins after learning from others."""
    learner, _ = fit(settings, basins, learned)
    data = basins.data.period(0, YEAR).basins(judged)
    simulated = evaluate(learner, data, CfeRunner(), WARMUP)["q_out"]
    return np.asarray(scores(simulated, data.observed["q_out"][:, WARMUP:])["nse"].numpy(), dtype=np.float64)
