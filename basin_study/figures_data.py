"""From tables of results to the numbers that a figure shows, with counts of those that it cannot show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.bounded import bounded
from basin_study.dataset import DataError
from basin_study.figures_style import NothingToDraw
from hydro_physics.skill import KGE_OF_MEAN_FLOW

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_Array = NDArray[Any]

ARID_ABOVE = 1.0
"""Aridity above which a basin counts as arid."""

MEDIAN_BASINS = 10
"""Least number of basins of each point of a line of medians."""

LOWEST = -1.0
"""Efficiencies below are drawn at the edge of a figure."""


class ScoreText(NamedTuple):
    """How a score is written.

    Attributes
    ----------
    short, long : str
    benchmark : float
        Score of the observed mean flow as a simulation; Knoben et al. 2019, doi 10.5194/hess-23-4323-2019.
    """

    short: str
    long: str
    benchmark: float


SCORE_TEXTS = {
    "kge": ScoreText("KGE", "Kling-Gupta efficiency", KGE_OF_MEAN_FLOW),
    "nse": ScoreText("NSE", "Nash-Sutcliffe efficiency", 0.0),
    "bounded_kge": ScoreText("bounded KGE", "KGE / (2 - KGE)", bounded(KGE_OF_MEAN_FLOW)),
    "bounded_nse": ScoreText("bounded NSE", "NSE / (2 - NSE)", 0.0),
    "log_nse": ScoreText("log-NSE", "Nash-Sutcliffe efficiency of logarithms", 0.0),
    "nnse": ScoreText("NNSE", "normalised Nash-Sutcliffe efficiency", 0.5),
}
"""Scores that figures show; 1 at best."""


def models_of(table: pd.DataFrame, models: Sequence[str] = ()) -> tuple[str, ...]:
    """Models in the order given, or else in that of the table.

    Parameters
    ----------
    table : DataFrame
        With a column ``model``.
    models : sequence of str
        All of the study, which fixes their colours.

    Raises
    ------
    DataError
        When the table has others.
    """
    there = [str(model) for model in dict.fromkeys(table["model"])]
    unknown = [model for model in there if models and model not in models]
    if unknown:
        raise DataError(f"table of results: model {', '.join(unknown)}; expected one of {', '.join(models)}")
    return tuple(models) or tuple(there)


def scores_of(scores: pd.DataFrame, model: str, score: str, period: str) -> pd.Series:
    """A score of a model by basin; NaN where it has no meaning. Basins that were not evaluated are not there.

    Raises
    ------
    DataError
        When the table has no such score, or a basin twice.
    """
    missing = [name for name in ("basin", "model", "period", score) if name not in scores.columns]
    if missing:
        raise DataError(
            f"table of scores: no column {', '.join(missing)}; it has {', '.join(map(str, scores.columns))}"
        )
    rows = scores[(scores["model"] == model) & (scores["period"] == period)]
    series = rows.set_index(rows["basin"].astype(str))[score].astype(np.float64)
    if series.index.has_duplicates:
        twice = sorted(set(series.index[series.index.duplicated()]))
        raise DataError(f"table of scores: {model}, period {period}: basin {', '.join(twice[:10])} more than once")
    return series.where(np.isfinite(series))


def attribute_of(attributes: xr.Dataset, name: str) -> pd.Series:
    """An attribute by basin; NaN where unknown.

    Raises
    ------
    DataError
        When there is no such attribute.
    """
    import pandas as pd

    if name not in attributes:
        raise DataError(f"attributes of basins: no {name}; there are {', '.join(map(str, attributes.data_vars))}")
    index = [str(basin) for basin in attributes["basin"].values]
    return pd.Series(np.asarray(attributes[name].values, dtype=np.float64), index=index, name=name)


class Points(NamedTuple):
    """What is shown of one model, and counts of the rest.

    Attributes
    ----------
    model : str
    values : Series
        By basin; finite.
    missing : int
        Basins whose score is NaN.
    unplaced : int
        Basins with a score, but without the attribute that places it.
    below : int
        Values under the limit, drawn at it.
    """

    model: str
    values: pd.Series
    missing: int
    unplaced: int
    below: int

    @property
    def number(self) -> int:
        """Of basins shown."""
        return len(self.values)


def points_of(
    scores: pd.DataFrame,
    model: str,
    score: str,
    period: str,
    lowest: float,
    places: pd.Series | None = None,
) -> Points:
    """Scores of a model that a figure shows.

    Parameters
    ----------
    scores : DataFrame
    model, score, period : str
    lowest : float
        Limit of the figure.
    places : Series, optional
        Attribute by basin that a point needs.
    """
    series = scores_of(scores, model, score, period)
    known = series.dropna()
    shown = known if places is None else known[places.reindex(known.index).notna()]
    return Points(model, shown, len(series) - len(known), len(known) - len(shown), int((shown < lowest).sum()))


def tally(points: Sequence[Points], short: str, lowest: float, place: str = "") -> str:
    """Counts of a panel in words."""
    parts = []
    for p in points:
        words = [f"n = {p.number}"]
        words += [f"{p.missing} without a score (NaN)"] if p.missing else []
        words += [f"{p.unplaced} without {place}"] if p.unplaced else []
        words += [f"{p.below} below {lowest:g}, drawn at the edge"] if p.below else []
        parts.append(f"{p.model} {', '.join(words)}")
    return f"{short}: {'; '.join(parts)}"


def require_points(points: Sequence[Points], score: str, period: str, place: str = "") -> None:
    """Refuse a panel without a point, saying why.

    Raises
    ------
    NothingToDraw
    """
    if not any(p.number for p in points):
        missing, unplaced = sum(p.missing for p in points), sum(p.unplaced for p in points)
        reasons = [f"{missing} scores are NaN"] if missing else []
        reasons += [f"{unplaced} basins have no {place}"] if unplaced else []
        raise NothingToDraw(f"no {score} in the {period} period: {' and '.join(reasons) or 'nothing was evaluated'}")


def medians_along(x: _Array, y: _Array, lowest: float = -np.inf) -> tuple[_Array, _Array]:
    """Medians of neighbours along `x`, in groups of about equal number; nothing when there are too few points.

    Parameters
    ----------
    x, y : array, shape (points,)
    lowest : float
        Medians below are given as this.

    Examples
    --------
    >>> x, y = medians_along(np.arange(20.0), np.arange(20.0) ** 2)
    >>> x.tolist(), y.tolist()
    ([4.5, 14.5], [20.5, 210.5])
    """
    number = min(8, x.size // MEDIAN_BASINS)
    if number < 2:
        return np.empty(0), np.empty(0)
    parts = np.array_split(np.argsort(x, kind="stable"), number)
    medians = np.array([np.median(y[part]) for part in parts])
    return np.array([np.median(x[part]) for part in parts]), np.maximum(medians, lowest)


def spread(number: int) -> _Array:
    """Sideways places between -1 and 1 of points that would cover each other; the same every time.

    Multiples of the golden ratio, of which neighbours are far apart.
    """
    return 2.0 * np.mod((np.arange(number) + 0.5) * 0.6180339887498949, 1.0) - 1.0
