"""The report of a study: draws every figure from the tables of results, and writes one HTML file."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basin_study.acting import LEAST_CHANGE, MOVE
from basin_study.execute import Failure
from basin_study.figures_basin import duration_curves, hydrograph, water_balance, water_balance_bars
from basin_study.figures_data import models_of
from basin_study.figures_dotty import Dots, dotty
from basin_study.figures_map import better_model_map
from basin_study.figures_pairs import differences
from basin_study.figures_scores import against_aridity, cumulative, distributions
from basin_study.figures_search import Trace, objective_traces, parameter_shares
from basin_study.figures_style import FIGURE_KINDS, NothingToDraw, caption_of, save_figure
from basin_study.records import Task
from basin_study.report_facts import study_facts
from basin_study.report_html import Picture, Section, write_report
from basin_study.report_tables import calibration_summary, parameter_summary, score_summary
from basin_study.study_settings import StudySettings
from basin_study.written_files import WrittenFiles

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

REPORT_FILE, FIGURES_FOLDER = "report.html", "figures"
BOUNDED = ("bounded_kge", "bounded_nse")
MAX_FAILURES = 100
"""Rows of the table of failures."""

PARAMETERS_TEXT = (
    "Parameters that were evaluated. Many basins at a bound say that the bound, or the model, is not right. Dotty "
    "plots show the sampled points of the basins above: where a cloud is flat at its top, the observations hardly tell "
    "the parameter; a search gathers near its best, so an empty place may be one that was not looked at."
)
ACTING_TEXT = (
    f"\n\n'Acts in' is the share of basins in which a parameter does anything where it ended: moved up and down by "
    f"{100.0 * MOVE:g} % of its range, the others held, flow changes by more than {LEAST_CHANGE:g} mm/h somewhere in "
    "the calibration period. Models of layered columns are left out for cost. A value that does nothing was not "
    "calibrated, whatever the table says."
)


@dataclass(frozen=True)
class StudyResults:
    """What a report is made of.

    Attributes
    ----------
    settings : StudySettings
    basins : sequence of str
        All of the study, failed ones too.
    scores, parameters, calibrations : DataFrame
        As :class:`basin_study.evaluate.Tables` has them; rows of further models, such as regionalised ones, may follow.
    attributes : Dataset
        Over ``basin``: aridity, latitude, longitude; NaN where unknown.
    traces : sequence of Trace
        As from :func:`traces_of`.
    hydrographs : mapping of str to DataFrame
        Basins to draw, as for :func:`basin_study.figures_basin.hydrograph`.
    reasons : mapping of str to str
        Why these basins, as from :func:`basin_study.report_choice.choose_basins`.
    failures : sequence of Failure
    sections : sequence of Section
        Further parts, such as the test of the hypothesis; they come first.
    verdict : str
        The answer in words, at the top.
    pairs : sequence of (str, str)
        Models to compare basin by basin; default: all pairs, in the order of the study.
    dots : sequence of Dots
        Sampled points of calibrations, of the basins in `hydrographs`, as from
        :func:`basin_study.figures_dotty.dots_of`.
    acting : DataFrame or None
        As from :func:`basin_study.acting.acting_parameters`.
    """

    settings: StudySettings
    basins: Sequence[str]
    scores: pd.DataFrame
    parameters: pd.DataFrame
    calibrations: pd.DataFrame
    attributes: xr.Dataset
    traces: Sequence[Trace] = ()
    hydrographs: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    sections: Sequence[Section] = ()
    verdict: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    dots: Sequence[Dots] = ()
    acting: pd.DataFrame | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Models of the study file, then others that the tables have, such as regionalised ones."""
        planned = [model.name for model in self.settings.models]
        return tuple(dict.fromkeys([*planned, *models_of(self.scores), *models_of(self.parameters)]))


def traces_of(records: Mapping[Task, Mapping[str, Any]]) -> list[Trace]:
    """Traces of records of calibrations, in the order of tasks."""
    return [
        Trace(task.model, records[task]["trace"], int(records[task]["evaluations"]))
        for task in sorted(records)
        if records[task].get("trace")
    ]


class _Figures:
    """Draws figures, writes their files, and keeps reasons for those that there are not."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.written = WrittenFiles(folder)
        self.pictures: list[Picture] = []
        self.missing: list[str] = []

    def add(self, name: str, draw: Callable[..., Figure], *arguments: Any, **options: Any) -> None:
        """Draw a figure, if the data allow."""
        try:
            figure = draw(*arguments, **options)
        except NothingToDraw as error:
            self.missing.append(str(error))
            logger.info("no figure %s: %s", name, error)
            return
        content = save_figure(figure, self.folder, name)
        self.written.note(*(f"{name}.{kind}" for kind in FIGURE_KINDS))
        file = f"{self.folder.name}/{name}.png, {name}.pdf"
        self.pictures.append(Picture(content, caption_of(figure), file))

    def section(self, title: str, text: str = "", table: pd.DataFrame | None = None) -> Section:
        """What was drawn since the last one."""
        made = Section(title, text, table, tuple(self.pictures), tuple(self.missing))
        self.pictures, self.missing = [], []
        return made


def write_study_report(results: StudyResults, folder: Path) -> Path:
    """Draw the figures of a study, as PNG and PDF, and write its report.

    Parameters
    ----------
    results : StudyResults
    folder : Path
        Gets ``report.html`` and ``figures/``; the same files, to the byte, for the same results and versions. Figures
        that a former report wrote here, and this one does not, are removed.

    Returns
    -------
    Path
        Of the report.

    Raises
    ------
    DataError
        When tables lack columns, or figures of sections cannot be read.
    ModuleNotFoundError
        When matplotlib is missing.
    """
    settings = results.settings
    figures = _Figures(folder / FIGURES_FOLDER)
    sections = [
        *results.sections,
        _scores(results, figures),
        _pairs(results, figures),
        *_basins(results, figures),
        _search(results, figures),
        _parameters(results, figures),
        _failures(results),
    ]
    source = str(results.attributes.attrs.get("source", ""))
    facts = study_facts(settings, results.basins, results.calibrations, len(results.failures), source)
    title = f"Study {settings.name}"
    path = write_report(folder / REPORT_FILE, title, facts, sections, results.verdict, _intro(results))
    figures.written.remove_others()
    return path


def _intro(results: StudyResults) -> str:
    settings = results.settings
    evaluated = results.scores["basin"].nunique()
    failed = len({failure.task.basin for failure in results.failures})
    return (
        f"{', '.join(results.models)} over {len(results.basins)} basins: {evaluated} were evaluated, in {failed} a "
        f"calibration failed. Calibrated on {settings.periods['calibration']} by {settings.objective.text}, tested on "
        f"{settings.periods['test']}.\n\nEvery score and parameter of every basin is in the CSV files beside this one."
    )


def _scores(results: StudyResults, figures: _Figures) -> Section:
    scores, attributes, models = results.scores, results.attributes, results.models
    for period in ("test", "calibration"):
        figures.add(f"aridity_{period}", against_aridity, scores, attributes, period=period, models=models)
    figures.add("distributions_test", distributions, scores, attributes, models=models)
    for period in ("test", "calibration"):
        figures.add(f"cumulative_{period}", cumulative, scores, period=period, models=models)
    text = (
        "Scores are 1 at best. The observed mean flow as a simulation has a KGE of -0.41 and an NSE of 0 (Knoben et "
        "al. 2019); 'above mean flow' is the share of basins with a score that do better. Basins are arid where "
        "potential evapotranspiration exceeds precipitation, an aridity above 1. Basins without a score are counted "
        "under NaN; they are in no quartile."
    )
    return figures.section("Scores", text, score_summary(scores, attributes, models=models))


def _pairs(results: StudyResults, figures: _Figures) -> Section:
    scores, attributes = results.scores, results.attributes
    for pair in results.pairs or tuple(itertools.combinations(models_of(scores, results.models), 2)):
        name = f"{pair[0]}_{pair[1]}"
        figures.add(f"map_{name}", better_model_map, scores, attributes, pair)
        figures.add(f"bounded_{name}", differences, scores, attributes, pair, BOUNDED)
        figures.add(f"differences_{name}", differences, scores, attributes, pair)
    text = (
        "Models compared in the basins in which both were evaluated. Bounded scores are E / (2 - E) of KGE and NSE: 1 "
        "at best, never below -1, and larger for the same model."
    )
    if len(results.models) < 2:
        text = "There is one model, and nothing to compare."
    return figures.section("Which model is better where", text)


def _basins(results: StudyResults, figures: _Figures) -> list[Section]:
    sections = []
    for basin, frame in results.hydrographs.items():
        figures.add(f"hydrograph_{basin}", hydrograph, frame, basin, results.models)
        figures.add(f"duration_{basin}", duration_curves, frame, basin, results.models)
        figures.add(f"balance_{basin}", _balance, frame, basin)
        sections.append(figures.section(f"Basin {basin}", results.reasons.get(basin, "")))
    return sections


def _balance(frame: pd.DataFrame, basin: str) -> Figure:
    note = f"Runoff: {int(frame['observed'].notna().sum())} observed steps of {len(frame)}; rain: all steps"
    return water_balance_bars(water_balance(frame, basin), f"basin {basin}", note=note)


def _search(results: StudyResults, figures: _Figures) -> Section:
    models = results.models
    figures.add("objectives", objective_traces, results.traces, results.settings.objective.text, models)
    text = (
        "Calibrations by model and scheme; 'chosen' counts the basins in which a scheme's best objective was the "
        "largest of all schemes and trials, so that its parameters were evaluated. 'Refused' are sets of parameters "
        "with which a model has no meaning."
    )
    return figures.section("Calibration", text, calibration_summary(results.calibrations, models))


def _parameters(results: StudyResults, figures: _Figures) -> Section:
    parameters, models, own = results.parameters, results.models, results.settings.models
    figures.add("parameters", parameter_shares, parameters, models)
    for model in own:
        # those from a network were not sampled
        if model.regional is None:
            given = (model.name, model.space, results.settings.objective.text, tuple(results.hydrographs))
            figures.add(f"dotty_{model.name}", dotty, results.dots, *given)
    text = PARAMETERS_TEXT + (ACTING_TEXT if results.acting is not None else "")
    spaces = {model.name: model.space for model in own}
    return figures.section("Calibrated parameters", text, parameter_summary(parameters, models, spaces, results.acting))


def _failures(results: StudyResults) -> Section:
    import pandas as pd

    if not results.failures:
        return Section("Failures", "No calibration failed.")
    rows = [
        {
            "basin": f.task.basin,
            "model": f.task.model,
            "scheme": f.task.scheme,
            "trial": f.task.trial,
            "reason": f.reason,
        }
        for f in sorted(results.failures, key=lambda failure: failure.task)
    ]
    text = f"{len(rows)} {'calibration' if len(rows) == 1 else 'calibrations'} failed, which affects no other one."
    if len(rows) > MAX_FAILURES:
        text += f" The first {MAX_FAILURES} are shown."
    return Section("Failures", text, pd.DataFrame(rows[:MAX_FAILURES]))
