"""Basins whose hydrographs a report shows, chosen by rule so that nobody picks the nice ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from basin_study.bounded import bounded
from basin_study.figures_data import ARID_ABOVE, SCORE_TEXTS, attribute_of, models_of, scores_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def choose_basins(
    scores: pd.DataFrame, attributes: xr.Dataset, models: Sequence[str] = (), score: str = "kge", period: str = "test"
) -> dict[str, str]:
    """A typical humid and arid basin, and those in which the second model gains and loses most.

    Gains are those of the bounded score: by the plain one it would always be the basin in which a model fails worst.

    Parameters
    ----------
    scores, attributes, models
        As for :func:`basin_study.figures_scores.against_aridity`.
    score, period : str

    Returns
    -------
    dict of str to str
        Basin, and why it was chosen; fewer than four when one is chosen twice or there is no such basin.
    """
    names = models_of(scores, models)
    if not names:
        return {}
    short = SCORE_TEXTS[score].short
    first = scores_of(scores, names[0], score, period).dropna()
    aridity = attribute_of(attributes, "aridity").reindex(first.index)
    chosen: dict[str, list[str]] = {}
    for group, members in (("humid", aridity <= ARID_ABOVE), ("arid", aridity > ARID_ABOVE)):
        values = first[members].sort_values(kind="stable")
        if len(values):
            basin = str(values.index[(len(values) - 1) // 2])
            chosen.setdefault(basin, []).append(
                f"has the median {short} of {names[0]} among {len(values)} {group} basins ({values[basin]:.2f})"
            )
    if len(names) > 1:
        reference, second = (bounded(scores_of(scores, name, score, period)) for name in names[:2])
        gains = (second - reference.reindex(second.index)).dropna()
        if len(gains):
            for what, name in (("gains most", gains.idxmax()), ("loses most", gains.idxmin())):
                chosen.setdefault(str(name), []).append(
                    f"is where {names[1]} {what} against {names[0]} (bounded {short} {gains[name]:+.2f})"
                )
    return {basin: f"This basin {' and '.join(reasons)}." for basin, reasons in chosen.items()}
