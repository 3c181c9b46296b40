"""From the records of a study to its tables, the test of its hypothesis, figures and report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from basin_study.acting import acting_parameters
from basin_study.at_work import sweep_results
from basin_study.calibrate import Study, shares_array
from basin_study.compensation import compensation_sections
from basin_study.dataset import PRECIPITATION, DataError
from basin_study.evaluate import best_of, evaluate, read_records, write_table, write_tables
from basin_study.failures import read_failures
from basin_study.figures_dotty import dots_of
from basin_study.hypothesis import Hypothesis
from basin_study.moisture import moisture_sections
from basin_study.records import Task
from basin_study.report_choice import choose_basins
from basin_study.report_html import Section
from basin_study.report_study import FIGURES_FOLDER, StudyResults, traces_of, write_study_report
from basin_study.robustness import compare, robustness_section, screen_table
from basin_study.selection_report import selection_sections, write_selection
from basin_study.study_settings import StudySettings
from basin_study.verdict import beside

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

logger = logging.getLogger(__name__)

HYPOTHESIS_FILE, SCREEN_FILE = "hypothesis.csv", "screen.csv"

_COLUMNS = {
    "group": "basins",
    "n": "n",
    "undefined": "no score",
    "median": "median difference",
    "ci_low": "95 % from",
    "ci_high": "to",
    "pseudomedian": "pseudomedian",
    "p_value": "p",
    "p_holm": "p corrected",
    "improved": "share better",
    "improved_low": "95 % from ",
    "improved_high": "to ",
    "detectable": "detectable",
    "answer": "better?",
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
    sweep_results(settings.output)
    tables = evaluate(settings, tasks, study, records)
    paths = write_tables(tables, settings.output)
    paths += write_selection(study.selection, settings.output)
    attributes = _attributes(study, basins)
    tests = compare(tables.scores, attributes["aridity"].to_series(), settings.compare, settings.seed)
    screened = screen_table(study, basins)
    paths.append(write_table(screened, settings.output / SCREEN_FILE, index=True))
    paths.append(_write_tests(tests, settings.output / HYPOTHESIS_FILE))
    models = [model.name for model in settings.models]
    reasons = choose_basins(tables.scores, attributes, models)
    best = best_of(records)
    swapped, files = compensation_sections(study, records)
    wet, more = moisture_sections(study, records, models, settings.output / FIGURES_FOLDER)
    paths += [*files, *more]
    results = StudyResults(
        settings=settings,
        basins=basins,
        **tables._asdict(),
        attributes=attributes,
        traces=traces_of(records),
        hydrographs={basin: hydrographs(study, best, records, basin) for basin in reasons},
        reasons=reasons,
        failures=read_failures(settings.output),
        sections=[
            *(_section(test, first=not k) for k, test in enumerate(tests)),
            *selection_sections(study.selection),
            robustness_section(study, tables.scores, attributes, tests, screened),
            *swapped,
            *wet,
        ],
        verdict=_verdict(tests),
        pairs=[(reference, detailed) for detailed, reference in settings.compare],
        dots=dots_of(records, reasons),
        acting=acting_parameters(study, records),
    )
    return [*paths, write_study_report(results, settings.output)]


def _attributes(study: Study, basins: Sequence[str]) -> xr.Dataset:
    """Attributes of the study's basins; NaN for those that have none."""
    return study.source.attributes().reindex(basin=np.array(basins, dtype=object))


def _verdict(tests: Sequence[Hypothesis]) -> str:
    """Answer of the test, and what the plain score of the same models says."""
    if not tests:
        return ""
    first = tests[0]
    plain = [t for t in tests if (t.detailed, t.reference, t.score) == (first.detailed, first.reference, "KGE")]
    return " ".join([first.verdict, *(text for test in plain if test is not first and (text := beside(test)))])


def _section(test: Hypothesis, first: bool) -> Section:
    trend, text = test.trend, test.verdict
    explained = (
        "\n\nDifferences are those of the detailed model less the other one, in the test period. Intervals of medians "
        "are order statistics, which cover the median with 95 % or more whatever the distribution; fewer than six "
        "basins have none. p is that of Wilcoxon's signed-rank test, exact for up to 50 differences, corrected after "
        "Holm for the groups tested here, not for the other comparisons of this report: one is the test, the others "
        "describe. The pseudomedian (Hodges and Lehmann) is the location that this test is about; where the test is "
        "significant, but pseudomedian, median and share better do not agree on the side, the evidence is mixed. Plain "
        "KGE and NSE are not bounded below: where a model fails in a basin, its difference can be any number. "
        "Detectable is the shift of this group alone that the corrected test would find with a power of 80 %: 'none' "
        "where so few basins can show no shift of any size, NaN where half of the differences are the same."
    )
    text += explained if first else ""
    if not np.isnan(trend.rank_correlation):
        text += (
            f" Rank correlation of the difference with aridity: {trend.rank_correlation:.2f} (p = {trend.p_value:.2g}, "
            f"{trend.n} basins)."
        )
    table = test.table()
    if np.isinf(table["detectable"]).any():
        table["detectable"] = ["none" if np.isinf(x) else f"{x:.3g}" for x in table["detectable"]]
    table = table.rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    role = "the test" if test.tested else "description"
    return Section(f"{test.detailed} against {test.reference}, {test.score} ({role})", text, table)


def _write_tests(tests: Sequence[Hypothesis], path: Path) -> Path:
    import pandas as pd

    frames = [
        test.table().assign(detailed=test.detailed, reference=test.reference, score=test.score, role=test.role)
        for test in tests
    ]
    return write_table(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), path)


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
