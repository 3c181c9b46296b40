"""What a report says about parameters that were run in the other soil scheme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.paired import holm
from basin_study.report_html import Section
from basin_study.signed_ranks import CONFIDENCE, SIGNIFICANCE, signed_rank

if TYPE_CHECKING:
    import pandas as pd

    from basin_study.compensation import Pair

_Array = NDArray[Any]

RESAMPLES = 4000
RANDOM_DISTANCE = math.sqrt(1.0 / 6.0)
"""Root mean squared difference of two numbers drawn at random between 0 and 1."""


def hidden_share(rows: pd.DataFrame) -> float:
    """Share of the size of the scheme's effect that calibration hides, from -1 to 1; NaN without an effect.

    The median size of the effect with parameters held less that of what is left after calibration, over the larger of
    the two. Where more is left than was held, it is below 0 and relative to what is left: relative to an effect of
    nearly nothing it would be any number, and say nothing.
    """
    held, left = (float(rows[name].abs().median()) for name in ("scheme_effect", "calibrated_effect"))
    return float(_hidden(np.array(held), np.array(left))) if held > 0.0 else math.nan


def hidden_interval(rows: pd.DataFrame, seed: int) -> tuple[float, float]:
    """Bootstrap interval over basins of :func:`hidden_share`."""
    held, left = (rows[name].abs().to_numpy() for name in ("scheme_effect", "calibrated_effect"))
    index = np.random.default_rng([seed, 9]).integers(0, len(rows), (RESAMPLES, len(rows)))
    shares = _hidden(np.median(held[index], axis=1), np.median(left[index], axis=1))
    low, high = np.quantile(shares, [SIGNIFICANCE / 2.0, 1.0 - SIGNIFICANCE / 2.0])
    return float(low), float(high)


def _hidden(held: _Array, left: _Array) -> _Array:
    """Of median sizes; 0 where both are 0, as nothing was hidden there."""
    larger = np.maximum(held, left)
    return np.asarray((held - left) / np.where(larger > 0.0, larger, 1.0))


def compensation_section(table: pd.DataFrame, trials: Sequence[float], seed: int) -> Section:
    """Table and text of the swapped runs.

    Parameters
    ----------
    table : DataFrame
        As from :func:`basin_study.compensation.swaps`.
    trials : sequence of float
        Distances between trials of one model; empty with one trial.
    seed : int
        Of the bootstrap.
    """
    import pandas as pd

    known = table.dropna(subset=["kge_own", "kge_swapped", "kge_best"])
    lines, sentences = [], []
    for (source, target, period), rows in known.groupby(["parameters_of", "run_in", "period"], sort=True):
        low, high = hidden_interval(rows, seed)
        line = {
            "parameters of": source,
            "run in": target,
            "period": period,
            "basins": len(rows),
            "own KGE": float(rows["kge_own"].median()),
            "swapped": float(rows["kge_swapped"].median()),
            "best of the other": float(rows["kge_best"].median()),
            "effect held": float(rows["scheme_effect"].abs().median()),
            "upper quartile": float(rows["scheme_effect"].abs().quantile(0.75)),
            "effect left": float(rows["calibrated_effect"].abs().median()),
            "loss by swapping": float(rows["loss"].median()),
            "p of loss": signed_rank(rows["loss"].to_numpy()),
            "hidden": hidden_share(rows),
            "95 % from": low,
            "to": high,
        }
        lines.append(line)
        if period == "test":
            sentences.append(_sentence(line))
    distance = known.drop_duplicates(["basin", "parameters_of"])["distance"].median()
    sentences.append(
        f"The best sets of the two soils are {distance:.2f} of the bounds apart (median root mean square over "
        f"parameters); two random sets would be {RANDOM_DISTANCE:.2f} apart."
    )
    if trials:
        sentences.append(
            f"Trials of one and the same model are {np.median(trials):.2f} apart: what is not more than that is "
            f"chance of the search, not compensation."
        )
    else:
        sentences.append(
            "How far apart two calibrations of one and the same model are by chance is not known with one trial, so "
            "this distance alone shows no compensation."
        )
    text = (
        "The report guessed that calibrated parameters compensate for the soil scheme. Here the best parameters of "
        "each soil are run in the other one, with the same partitioning. 'Effect held' is the median size of the "
        "change of KGE with the parameters held, beside its upper quartile; 'effect left' is the median size of the "
        "difference of the two calibrated models; 'hidden' is held less left over the larger of both, with a bootstrap "
        "interval over basins: below 0 more is left than was held, and -1 is the least, since a ratio to an effect of "
        "nearly nothing could be any number. 'Loss by swapping' is what the other soil's own best parameters have more "
        "than the swapped ones; p is that of "
        "Wilcoxon's signed-rank test, not corrected.\n\n" + " ".join(sentences)
    )
    return Section("Do parameters make up for the soil scheme?", text, pd.DataFrame(lines))


def _sentence(line: dict[str, Any]) -> str:
    text = (
        f"Parameters of {line['parameters of']} in {line['run in']} change the KGE of the test period by "
        f"{line['effect held']:.3f} in the median of {line['basins']} basins (upper quartile "
        f"{line['upper quartile']:.3f}), and the two calibrated models differ by {line['effect left']:.3f}"
    )
    low, high = line["95 % from"], line["to"]
    if math.isnan(line["hidden"]):
        return f"{text}: there is no effect of the scheme to hide."
    if low > 0.0:
        answer = f"calibration hides {100.0 * line['hidden']:.0f} % of the effect"
    elif high < 0.0:
        return f"{text}: the effect of the scheme is the smaller one, and calibration has nothing to hide."
    else:
        answer = "it is not shown that calibration hides any of the effect"
    return f"{text}: {answer} ({100.0 * CONFIDENCE:.0f} % interval {100.0 * low:.0f} to {100.0 * high:.0f} %)."


def parameters_section(table: pd.DataFrame, pair: Pair) -> Section:
    """Which parameters move with the scheme: shares in the ODE soil less those in the classic one."""
    import pandas as pd

    rows = table[table["parameters_of"] == pair.classic.name].drop_duplicates("basin")
    names = pair.classic.space.names
    changes = [rows[f"difference_{name}"].dropna().to_numpy() for name in names]
    corrected = holm([signed_rank(change) if change.size else math.nan for change in changes])
    lines = []
    for name, change, p in zip(names, changes, corrected, strict=True):
        quartiles = np.quantile(change, (0.25, 0.5, 0.75)) if change.size else np.full(3, np.nan)
        lines.append(
            {
                "parameter": name,
                "basins": change.size,
                "lower quartile": float(quartiles[0]),
                "median change": float(quartiles[1]),
                "upper quartile": float(quartiles[2]),
                "p corrected": p,
            }
        )
    moved = [f"{x['parameter']} ({x['median change']:+.2f})" for x in lines if x["p corrected"] < SIGNIFICANCE]
    text = (
        f"Change of the best parameters from {pair.classic.name} to {pair.ode.name}, in shares of their bounds, with "
        f"the partitioning that was best for the first. p is that of Wilcoxon's signed-rank test, corrected after Holm "
        f"for the parameters. "
    )
    text += f"Shown to move one way: {', '.join(moved)}." if moved else "None is shown to move one way."
    return Section("Parameters that move with the soil scheme", text, pd.DataFrame(lines))
