"""A map of the better of two models in each basin: points and a graticule, nothing from a network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from basin_study.figures_data import attribute_of
from basin_study.figures_pairs import FIRST, SECOND, UNDETERMINED, better_models
from basin_study.figures_style import GREEN, NothingToDraw, describe, new_figure
from dcfe.figure_style import BLUE, ORANGE

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

SYMBOLS: dict[str, Any] = {
    FIRST: {"marker": "o", "facecolors": "none", "edgecolors": BLUE, "linewidths": 1.6, "s": 36},
    SECOND: {"marker": "x", "color": ORANGE, "linewidths": 1.8, "s": 36},
    UNDETERMINED: {"marker": "^", "facecolors": "none", "edgecolors": GREEN, "linewidths": 1.4, "s": 36},
}
"""Those of the report's figure 8."""

_LEAST_EXTENT = 1.0
"""Of a map [degrees]."""


def better_model_map(
    scores: pd.DataFrame, attributes: xr.Dataset, pair: tuple[str, str], period: str = "test"
) -> Figure:
    """Gauges, marked by the model that KGE and NSE both prefer.

    Parameters
    ----------
    scores : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    attributes : Dataset
        Over ``basin``, with ``latitude`` and ``longitude`` [degrees].
    pair : (str, str)
        Models.
    period : str

    Raises
    ------
    NothingToDraw
        When no basin has scores of both models and coordinates.
    """
    verdicts = better_models(scores, pair, period)
    latitude = attribute_of(attributes, "latitude").reindex(verdicts.index)
    longitude = attribute_of(attributes, "longitude").reindex(verdicts.index)
    placed = (latitude.notna() & longitude.notna()).to_numpy()
    if not placed.any():
        reason = "no basin has scores of both" if verdicts.empty else "the coordinates of the basins are unknown"
        raise NothingToDraw(f"map of {pair[0]} and {pair[1]} in the {period} period: {reason}")
    x, y, kinds = longitude.to_numpy()[placed], latitude.to_numpy()[placed], verdicts.to_numpy()[placed]
    (west, east), (south, north) = _extent(x), _extent(y)
    stretch = 1.0 / math.cos(math.radians(min(abs(float(y.mean())), 80.0)))
    width = 8.0
    height = min(max((width - 0.85) * stretch * (north - south) / (east - west) + 1.15, 3.0), 9.0)
    with new_figure(width, height) as figure:
        axis = figure.subplots()
        texts = {
            FIRST: f"{pair[0]} better",
            SECOND: f"{pair[1]} better",
            UNDETERMINED: "undetermined: KGE and NSE disagree, or are equal",
        }
        for kind, symbol in SYMBOLS.items():
            members = kinds == kind
            label = f"{texts[kind]} ({int(members.sum())})"
            axis.scatter(x[members], y[members], label=label, gid=kind, zorder=3, **symbol)
        axis.set(xlim=(west, east), ylim=(south, north))
        axis.set_aspect(stretch)
        axis.grid(color="#DDDDDD", lw=0.8)
        axis.xaxis.set_major_formatter(lambda value, _: _degrees(value, "E", "W"))
        axis.yaxis.set_major_formatter(lambda value, _: _degrees(value, "N", "S"))
        axis.set(xlabel="longitude", ylabel="latitude")
        axis.spines[["top", "right"]].set_visible(True)
        figure.legend(loc="outside upper center", ncols=3 if len("".join(pair)) < 40 else 1)
        left_out = len(verdicts) - int(placed.sum())
        evaluated = set.intersection(*({str(b) for b in _basins(scores, model, period)} for model in pair))
        describe(
            figure,
            f"Better of {pair[0]} and {pair[1]} in the {period} period, where KGE and NSE agree",
            [
                f"n = {int(placed.sum())} of {len(evaluated)} basins that both were evaluated in"
                + (
                    f"; {len(evaluated) - len(verdicts)} without a score (NaN)"
                    if len(evaluated) > len(verdicts)
                    else ""
                )
                + (f"; {left_out} without coordinates" if left_out else "")
            ],
        )
    return figure


def _basins(scores: pd.DataFrame, model: str, period: str) -> Any:
    return scores.loc[(scores["model"] == model) & (scores["period"] == period), "basin"]


def _extent(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = max(0.04 * (high - low), (_LEAST_EXTENT - (high - low)) / 2.0, 0.05)
    return low - margin, high + margin


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):g}°{positive if value > 0.0 else negative if value < 0.0 else ''}"
