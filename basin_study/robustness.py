"""Do the verdicts of a study stand without doubtful basins? The same comparisons over subsets of the basins."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study
from basin_study.dataset import DataError
from basin_study.hypothesis import Hypothesis, compare_models
from basin_study.report_html import Section
from basin_study.screen import FLAGS, LIMITS, limits_text, screen_basins

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

_BOUNDED = (
    "Bounded {0} is {0} / (2 - {0}): 1 at best like {0}, 0 where {0} is 0, and never below -1, so that a basin in "
    "which a model fails cannot outweigh all others; which of two models is better in a basin is the same."
)


class Compared(NamedTuple):
    """A score that models are compared by.

    Attributes
    ----------
    column : str
        Of tables of scores.
    name, meaning : str
        For readers; the meaning is a sentence, where the name does not say it.
    """

    column: str
    name: str
    meaning: str = ""


COMPARED = (
    Compared("bounded_kge", "bounded KGE", _BOUNDED.format("KGE")),
    Compared("bounded_nse", "bounded NSE", _BOUNDED.format("NSE")),
    Compared("kge", "KGE"),
    Compared("nse", "NSE"),
)
"""Scores that models are compared by; that of the first pair by the first one is the test, all others describe."""

LITTLE_SNOW = 0.2
"""Share of snow in precipitation up to which a basin has little of it: no model here has snow."""

ALL = "all basins"


def compare(
    scores: pd.DataFrame,
    aridity: pd.Series,
    pairs: Sequence[tuple[str, str]],
    seed: int,
    period: str = "test",
    only: Sequence[str] | None = None,
    compared: Sequence[Compared] = COMPARED,
) -> list[Hypothesis]:
    """Comparisons of pairs of models by their scores, over basins that both were evaluated in.

    Parameters
    ----------
    scores : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    aridity : Series
        By basin; NaN where unknown.
    pairs : sequence of (str, str)
        The detailed model first.
    seed : int
    period : str
    only : sequence of str, optional
        Basins that count; all when not given.
    compared : sequence of Compared
        The first one tests the hypothesis by the first pair.
    """
    rows = scores[scores["period"] == period]
    if only is not None:
        rows = rows[rows["basin"].isin(only)]
    found = []
    for detailed, reference in pairs:
        there = rows.pivot(index="basin", columns="model", values="observed_share")
        if not {detailed, reference} <= set(there.columns):
            logger.warning("%s and %s are not compared: no scores of both", detailed, reference)
            continue
        both = there.index[there[[detailed, reference]].notna().all(axis=1)]
        for score in compared:
            wide = rows.pivot(index="basin", columns="model", values=score.column).loc[both]
            given = (wide[detailed].to_numpy(), wide[reference].to_numpy(), aridity.reindex(both).to_numpy())
            tested = (detailed, reference) == tuple(pairs[0]) and score == compared[0]
            found.append(compare_models(*given, (detailed, reference), score.name, seed, score.meaning, tested))
    return found


def screen_table(study: Study, basins: Sequence[str]) -> pd.DataFrame:
    """Data screen of basins over all of their data; those that cannot be read are left out, with a warning."""
    import pandas as pd

    rows = []
    for basin in basins:
        try:
            rows.append(screen_basins(study.source, [basin], limits=study.settings.screen))
        except DataError as error:
            logger.warning("data screen: %s", error)
    return pd.concat(rows) if rows else pd.DataFrame({"flags": []})


def subsets_of(basins: Sequence[str], flags: Mapping[str, str], frac_snow: pd.Series) -> dict[str, list[str]]:
    """Basins without a flag of the data screen, those with little snow, and those of both kinds.

    Only what leaves some out, each once.
    """
    clean = [basin for basin in basins if not flags.get(basin)]
    snow = frac_snow.reindex(list(basins)).to_numpy()
    dry = [basin for basin, share in zip(basins, snow, strict=True) if share <= LITTLE_SNOW]
    found = {
        "without flagged basins": clean,
        f"little snow (share <= {LITTLE_SNOW:g})": dry,
        "neither flagged nor snowy": [basin for basin in clean if basin in dry],
    }
    differ: dict[str, list[str]] = {}
    for name, kept in found.items():
        if 0 < len(kept) < len(basins) and kept not in differ.values():
            differ[name] = kept
    return differ


def robustness_section(
    study: Study, scores: pd.DataFrame, attributes: Any, tests: Sequence[Hypothesis], screened: pd.DataFrame
) -> Section:
    """Section of a report with the comparisons over subsets.

    Parameters
    ----------
    study : Study
    scores : DataFrame
    attributes : Dataset
        Over ``basin``.
    tests : sequence of Hypothesis
        Over all basins.
    screened : DataFrame
        As :func:`screen_table` gives it.
    """
    import pandas as pd

    settings = study.settings
    basins = list(dict.fromkeys(scores["basin"]))
    flags = screened["flags"].to_dict()
    aridity = attributes["aridity"].to_series()
    main = COMPARED[:2]
    names = [score.name for score in main]
    rows = [_row(ALL, test) for test in tests if test.score in names]
    for name, kept in subsets_of(basins, flags, attributes["frac_snow"].to_series()).items():
        again = compare(scores, aridity, settings.compare, settings.seed, only=kept, compared=main)
        rows += [_row(name, test) for test in again]
    counts = {flag: sum(flag in text.split(", ") for text in flags.values()) for flag in FLAGS}
    named = "; ".join(f"{flag} ({FLAGS[flag]}): {n}" for flag, n in counts.items() if n)
    unknown = int(np.isnan(_numbers(attributes["frac_snow"])).sum())
    text = (
        f"The data screen looks for signs that rain and flow of a basin do not belong together. Of {len(flags)} basins "
        f"{sum(bool(text) for text in flags.values())} are flagged" + (f". {named}. " if named else ". ")
    )
    if settings.screen != LIMITS:
        text += f"The screen has limits of the study file: {limits_text(settings.screen)}. "
    if unknown:
        text += f"The share of snow is unknown in {unknown} basins. "
    text += (
        "All precipitation is rain here, so basins with snow test something else. The table has the comparisons in "
        "arid and humid basins again without these."
    )
    table = pd.DataFrame(rows).sort_values(["models", "score"], kind="stable") if rows else None
    return Section("With and without doubtful basins", text, table)


def _numbers(values: Any) -> NDArray[np.float64]:
    return np.asarray(values.values, dtype=np.float64)


def _row(subset: str, test: Hypothesis) -> dict[str, object]:
    arid, humid = test.comparisons[1:3]
    return {
        "models": f"{test.detailed} - {test.reference}",
        "score": test.score,
        "basins": subset,
        "arid n": arid.n,
        "arid median": arid.median,
        "arid p": arid.p_holm,
        "arid better?": arid.answer.value,
        "humid n": humid.n,
        "humid median": humid.median,
        "humid p": humid.p_holm,
        "humid better?": humid.answer.value,
    }
