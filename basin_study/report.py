"""From the records of a study to its tables, the test of its hypothesis, figures and report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from basin_study.calibrate import Study, read_failures, shares_array
from basin_study.compensation import compensation_sections
from basin_study.dataset import PRECIPITATION, DataError
from basin_study.evaluate import best_of, evaluate, read_records, write_tables
from basin_study.hypothesis import Hypothesis, compare_models
from basin_study.records import Task
from basin_study.report_choice import choose_basins
from basin_study.report_html import Section
from basin_study.report_study import StudyResults, traces_of, write_study_report
from basin_study.study_settings import StudySettings
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

logger = logging.getLogger(__name__)

TESTED = (("kge", "KGE"), ("nse", "NSE"))
"""Scores that models are compared by; the first one gives the verdict."""

HYPOTHESIS_FILE = "hypothesis.csv"

_COLUMNS = {
    "group": "basins",
    "n": "n",
    "undefined": "no score",
    "median": "median difference",
    "ci_low": "95 % from",
    "ci_high": "to",
    "p_value": "p",
    "p_holm": "p corrected",
    "improved": "share better",
    "improved_low": "95 % from ",
    "improved_high": "to ",
    "detectable": "detectable",
}


def make_report(settings: StudySettings) -> list[Path]:
    """Evaluate a study and write tables, the test of the hypothesis, figures and the report.

    Returns
    -------
    list of Path
        Of what was written.

    Raises
    ------
    DataError
        When nothing was calibrated, or records cannot be used.
    """
    study = Study(settings)
    basins = study.basins()
    tasks = settings.tasks(basins)
    records = read_records(settings, tasks)
    tables = evaluate(settings, tasks)
    paths = write_tables(tables, settings.output)
    attributes = _attributes(study, basins)
    tests = hypotheses(settings, tables.scores, attributes)
    paths.append(_write_tests(tests, settings.output / HYPOTHESIS_FILE))
    models = [model.name for model in settings.models]
    reasons = choose_basins(tables.scores, attributes, models)
    best = best_of(records)
    swapped, files = compensation_sections(study, records)
    paths += files
    results = StudyResults(
        settings=settings,
        basins=basins,
        **tables._asdict(),
        attributes=attributes,
        traces=traces_of(records),
        hydrographs={basin: hydrographs(study, best, records, basin) for basin in reasons},
        reasons=reasons,
        failures=read_failures(settings.output),
        sections=[*(_section(test) for test in tests), *swapped],
        verdict=tests[0].verdict if tests else "",
        pairs=[(reference, detailed) for detailed, reference in settings.compare],
    )
    return [*paths, write_study_report(results, settings.output)]


def _attributes(study: Study, basins: Sequence[str]) -> xr.Dataset:
    """Attributes of the study's basins; NaN for those that have none."""
    return study.source.attributes().reindex(basin=np.array(basins, dtype=object))


def hypotheses(settings: StudySettings, scores: pd.DataFrame, attributes: xr.Dataset) -> list[Hypothesis]:
    """Comparisons of the study's pairs of models by their scores in the test period."""
    aridity = attributes["aridity"].to_series()
    test = scores[scores["period"] == "test"]
    found = []
    for detailed, reference in settings.compare:
        for column, name in TESTED:
            wide = test.pivot(index="basin", columns="model", values=column)
            if not {detailed, reference} <= set(wide.columns):
                logger.warning("%s and %s are not compared: no scores of both", detailed, reference)
                break
            both = test.pivot(index="basin", columns="model", values="observed_share")[[detailed, reference]]
            rows = wide.loc[both.notna().all(axis=1)]
            found.append(
                compare_models(
                    rows[detailed].to_numpy(),
                    rows[reference].to_numpy(),
                    aridity.reindex(rows.index).to_numpy(),
                    (detailed, reference),
                    name,
                    settings.seed,
                )
            )
    return found


def _section(test: Hypothesis) -> Section:
    trend = test.trend
    text = test.verdict + (
        "\n\nDifferences are those of the detailed model less the other one, in the test period. Intervals of medians "
        "are from the bootstrap; p is that of Wilcoxon's signed-rank test, corrected after Holm for the groups tested "
        "here, not for the other comparisons of this report: the first one is the test, the others describe. "
        "Detectable is the shift of all differences that would be found with a power of 80 %."
    )
    if not np.isnan(trend.rank_correlation):
        text += (
            f" Rank correlation of the difference with aridity: {trend.rank_correlation:.2f} (p = {trend.p_value:.2g}, "
            f"{trend.n} basins)."
        )
    table = test.table().rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    return Section(f"{test.detailed} against {test.reference}, {test.score}", text, table)


def _write_tests(tests: Sequence[Hypothesis], path: Path) -> Path:
    import pandas as pd

    frames = [test.table().assign(detailed=test.detailed, reference=test.reference, score=test.score) for test in tests]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    with whole_file(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    return path


def hydrographs(
    study: Study, best: dict[tuple[str, str], Task], records: dict[Task, dict[str, Any]], basin: str
) -> pd.DataFrame:
    """Rain, observed flow and the flow of every calibrated model of a basin in the test period [mm h-1]."""
    import pandas as pd

    data = study.data(basin, "test")
    columns: dict[str, Any] = {}
    for settings in study.settings.models:
        task = best.get((basin, settings.name))
        if task is None:
            continue
        model = study.model(settings, task.scheme, basin, "test")
        seen = model.observations
        if not columns:
            times = data["time"].values[seen.first :: seen.hours][: seen.values.size]
            rain = seen.means(data[PRECIPITATION].values[0])
            columns = {"time": times, "precipitation": rain, "observed": seen.values}
        columns[settings.name] = seen.means(model.flow(shares_array(records[task])))
    if not columns:
        raise DataError(f"basin {basin}: no model has been calibrated")
    return pd.DataFrame(columns)
