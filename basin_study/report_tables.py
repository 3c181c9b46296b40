"""Tables of a report: summaries of scores, calibrations and parameters, and cells that align."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from basin_study.acting import acts_in
from basin_study.figures_data import ARID_ABOVE, SCORE_TEXTS, attribute_of, models_of, scores_of
from basin_study.figures_search import AT_BOUND

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from basin_study.spaces import Space

UNKNOWN = "–"
PERIODS = ("test", "calibration")
"""In the order of tables: first what was not calibrated on."""


def score_summary(
    scores: pd.DataFrame,
    attributes: xr.Dataset | None = None,
    which: Sequence[str] = ("kge", "nse"),
    models: Sequence[str] = (),
) -> pd.DataFrame:
    """Median and quartiles of scores by period, group and model, and the share better than the mean flow.

    Parameters
    ----------
    scores : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    attributes : Dataset, optional
        With ``aridity``; without it there are no groups. Basins of unknown aridity are in `all` only.
    which, models : sequence of str

    Returns
    -------
    DataFrame
        ``score``, ``period``, ``basins`` (all, humid, arid), ``model``, ``n``, ``NaN``, ``lower quartile``,
        ``median``, ``upper quartile``, ``above mean flow``: share of the basins with a score.
    """
    import pandas as pd

    aridity = None if attributes is None else attribute_of(attributes, "aridity")
    rows = []
    for score in which:
        text = SCORE_TEXTS[score]
        for period in PERIODS:
            for group, member in _groups(aridity):
                for model in models_of(scores, models):
                    series = scores_of(scores, model, score, period)
                    series = series[[member(basin) for basin in series.index]]
                    known = series.dropna().to_numpy()
                    if not len(series):
                        continue
                    quartiles = np.quantile(known, (0.25, 0.5, 0.75)) if known.size else np.full(3, np.nan)
                    above = float(np.mean(known > text.benchmark)) if known.size else math.nan
                    head = (text.short, period, group, model, known.size, len(series) - known.size)
                    rows.append((*head, *quartiles.tolist(), above))
    names = ["score", "period", "basins", "model", "n", "NaN"]
    return pd.DataFrame(rows, columns=[*names, "lower quartile", "median", "upper quartile", "above mean flow"])


def _groups(aridity: pd.Series | None) -> list[tuple[str, Callable[[str], bool]]]:
    groups: list[tuple[str, Callable[[str], bool]]] = [("all", lambda basin: True)]
    if aridity is not None and aridity.notna().any():
        known: dict[str, float] = aridity.to_dict()
        groups += [
            ("humid", lambda basin: known.get(basin, math.nan) <= ARID_ABOVE),
            ("arid", lambda basin: known.get(basin, math.nan) > ARID_ABOVE),
        ]
    return groups


def calibration_summary(calibrations: pd.DataFrame, models: Sequence[str] = ()) -> pd.DataFrame:
    """Calibrations by model and scheme: how many, evaluations, refused ones, and how often the scheme was chosen."""
    import pandas as pd

    schemes = calibrations["scheme"].fillna("").astype(str)
    rows = []
    for model in models_of(calibrations, models):
        own = calibrations["model"] == model
        for scheme in dict.fromkeys(sorted(schemes[own])):
            part = calibrations[own & (schemes == scheme)]
            evaluations = int(part["evaluations"].sum())
            rows.append(
                {
                    "model": model,
                    "scheme": scheme or UNKNOWN,
                    "calibrations": len(part),
                    "basins": part["basin"].nunique(),
                    "evaluations": evaluations,
                    "refused [%]": 100.0 * float(part["refused"].sum()) / max(1, evaluations),
                    "median objective": float(part["objective"].median()),
                    "chosen": int(part["chosen"].astype(bool).sum()),
                }
            )
    return pd.DataFrame(rows)


def parameter_summary(
    parameters: pd.DataFrame,
    models: Sequence[str] = (),
    spaces: Mapping[str, Space] | None = None,
    acting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Quartiles of calibrated values over basins, and shares of basins at either bound.

    Parameters
    ----------
    parameters : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    models : sequence of str
    spaces : mapping of str to Space, optional
        By model; units are from there.
    acting : DataFrame, optional
        As :func:`basin_study.acting.acting_parameters` gives it, for the column ``acts in [%]``.
    """
    import pandas as pd

    rows = []
    for model in models_of(parameters, models):
        units = {r.name: r.unit for r in spaces[model].ranges} if spaces and model in spaces else {}
        part = parameters[parameters["model"] == model]
        for name in dict.fromkeys(part["parameter"].astype(str)):
            own = part[part["parameter"] == name]
            values, shares = (own[c].dropna().to_numpy(dtype=np.float64) for c in ("value", "share"))
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)) if values.size else (math.nan,) * 3
            rows.append(
                {
                    "model": model,
                    "parameter": name,
                    "unit": units.get(name, UNKNOWN),
                    "n": values.size,
                    "lower quartile": float(low),
                    "median": float(middle),
                    "upper quartile": float(high),
                    "at lower bound [%]": 100.0 * float(np.mean(shares <= AT_BOUND)) if shares.size else math.nan,
                    "at upper bound [%]": 100.0 * float(np.mean(shares >= 1 - AT_BOUND)) if shares.size else math.nan,
                    **({} if acting is None else {"acts in [%]": acts_in(acting, model, name)}),
                }
            )
    return pd.DataFrame(rows)


def table_cells(table: pd.DataFrame) -> tuple[list[bool], list[tuple[str, ...]]]:
    """Cells of a table as text; numbers of a column have as many decimals, or as many digits if they differ widely.

    So a score of -1e5 stands in a column whose other scores can be read.

    Returns
    -------
    numeric : list of bool
        For each column.
    rows : list of tuple of str
    """
    columns = [_column(table.iloc[:, k].tolist()) for k in range(table.shape[1])]
    return [number for number, _ in columns], list(zip(*(cells for _, cells in columns), strict=True))


def _column(values: list[Any]) -> tuple[bool, list[str]]:
    known = [v for v in values if not _unknown(v)]
    if known and all(isinstance(v, bool | np.bool_) for v in known):
        return False, [UNKNOWN if _unknown(v) else "yes" if v else "no" for v in values]
    if not known or not all(isinstance(v, int | float | np.number) for v in known):
        return False, [UNKNOWN if _unknown(v) else str(v) for v in values]
    finite = [abs(float(v)) for v in known if math.isfinite(v)]
    decimals = 0
    if any(v != round(v) for v in finite):
        # four digits of the largest, but never more than three decimals
        decimals = min(3, max(0, 3 - math.floor(math.log10(max(finite)))))
        if sum(0.0 < v < 0.5 * 10.0**-decimals for v in finite) > len(finite) / 4:
            return True, [UNKNOWN if _unknown(v) else f"{v:.3g}" for v in values]
        # one large number must not take the digits of the others
        if decimals < 3 and any(0.0 < v < 10.0 ** (1 - decimals) for v in finite):
            return True, [UNKNOWN if _unknown(v) else f"{v:.4g}" for v in values]
    return True, [UNKNOWN if _unknown(v) else number_text(float(v), decimals) for v in values]


def number_text(value: float, decimals: int) -> str:
    """Number with so many decimals; one that would vanish is written with an exponent.

    Examples
    --------
    >>> number_text(0.25, 2), number_text(0.0004, 2), number_text(-0.0, 1)
    ('0.25', '4.0e-04', '0.0')
    """
    if value != 0.0 and math.isfinite(value) and abs(value) < 0.5 * 10.0**-decimals:
        return f"{value:.1e}"
    return f"{value + 0.0:.{decimals}f}"


def _unknown(value: Any) -> bool:
    return value is None or value != value or str(value) == "nan"
