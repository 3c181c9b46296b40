"""Study files: YAML, read strictly; whatever is wrong is said at once, before any work."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from basin_study.dataset import DataError, Period
from basin_study.objective import Objective
from basin_study.sources import KINDS as DATA_KINDS
from basin_study.spaces import SPACES
from basin_study.study_filters import read_screen, read_selection
from basin_study.study_models import MANY, read_models, read_names, read_regional, read_space
from basin_study.study_settings import (
    ALGORITHMS,
    DEFAULT_PERIODS,
    DataSettings,
    StudySettings,
)
from dcfe.learning_section import LearningSection
from ngen_bmi.config import load_yaml
from ngen_bmi.errors import ConfigError

DAY = 24


def load_study(path: str | Path) -> StudySettings:
    """Read a study file (``ngen-arid calibrate --help`` shows one).

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    problems: list[str] = []
    top = LearningSection(load_yaml(path), problems)
    folder = Path(path).parent
    name = top.text("study", Path(path).stem)
    data = _data(top.section("data", required=True), folder)
    basins = read_names(top)
    periods = _periods(top.section("periods"))
    warmup = top.integer("warmup_days", 365, 0, 36500) * DAY
    calibration = top.section("calibration")
    algorithm = calibration.choice("algorithm", ALGORITHMS, "dds")
    evaluations = calibration.integer("evaluations", 500, 10, MANY)
    trials = calibration.integer("trials", 1, 1, 1000)
    seed = calibration.integer("seed", 0, 0, MANY)
    objective = _objective(calibration)
    space = read_space(calibration, "space", "cfe", SPACES["report"]())
    calibration.finish()
    models = read_models(top, evaluations, algorithm, space)
    regional = read_regional(top, models, space)
    selection = read_selection(top.section("selection"), folder)
    screen = read_screen(top.section("screen"))
    compare = _compare(top, [model.name for model in models], [model.name for model in regional])
    output = top.text("output", "results")
    if not output.strip():
        top.report("output", "is empty; expected a folder, as seen from this file")
    top.finish()
    if problems:
        raise ConfigError(path, dict.fromkeys(problems))
    return StudySettings(
        source=Path(path),
        name=name,
        data=data,
        basins=basins,
        periods=periods,
        warmup=warmup,
        models=(*models, *regional),
        compare=compare,
        trials=trials,
        seed=seed,
        objective=objective,
        output=folder / output,
        selection=selection,
        screen=screen,
    )


def _data(section: LearningSection, folder: Path) -> DataSettings:
    kind = section.choice("kind", tuple(DATA_KINDS))
    given = section.text("path", "")
    path = folder / given if given else None
    if kind == "synthetic" and path is not None:
        section.report("path", "kind synthetic makes its data; leave the path out")
    if kind != "synthetic" and path is None and "kind" in section.content:
        section.report("path", f"missing; {DATA_KINDS[kind].what}")
    options = section.take("options")
    if options is not None and not isinstance(options, Mapping):
        section.report("options", f"expected a mapping of keys to values, found {options!r}")
        options = None
    catchments = section.text("catchments", "")
    if catchments and "{id}" not in catchments:
        section.report("catchments", f"{catchments!r} has no {{id}}, for which each basin's name is put in")
    section.finish()
    # YAML reads what looks like a date as one
    found = {
        str(key): value.isoformat() if isinstance(value, datetime.date) else value
        for key, value in (options or {}).items()
    }
    return DataSettings(kind, path, found, str(folder / catchments) if catchments else "")


def _periods(section: LearningSection) -> dict[str, Period]:
    if not section.content:
        return dict(DEFAULT_PERIODS)
    periods = {}
    for name in ("calibration", "test"):
        if not section.has(name):
            section.report(name, "missing; {start: ..., end: ...}, up to but not including the end")
            continue
        entry = section.section(name)
        start, end = entry.time("start"), entry.time("end")
        entry.finish()
        if start is None or end is None:
            continue
        try:
            periods[name] = Period(str(start), str(end))
        except DataError as error:
            section.report(name, str(error))
    section.finish()
    if len(periods) == 2:
        (first, last), (start, end) = (periods[name].bounds for name in ("calibration", "test"))
        if start < last and first < end:
            section.report("test", f"{periods['test']} overlaps the calibration, {periods['calibration']}")
    return periods


def _objective(section: LearningSection) -> Objective:
    what = section.take("objective")
    try:
        if what is not None and not isinstance(what, str | Mapping):
            raise ValueError(f"expected a score or a mapping of scores to weights, found {what!r}")
        return Objective.of("kge" if what is None else what)
    except (TypeError, ValueError) as error:
        section.report("objective", str(error))
        return Objective.of("kge")


def _compare(top: LearningSection, models: list[str], regional: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of models; without any every other model but the regional ones is compared with the first."""
    given = top.take("compare")
    if given is None:
        return tuple((name, models[0]) for name in models[1:])
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        top.report("compare", f"expected a list of [DETAILED, REFERENCE], found {given!r}")
        return ()
    pairs = [(str(a), str(b)) for a, b in given]
    known = [*models, *regional]
    for name in sorted({name for pair in pairs for name in pair} - set(known)):
        top.report("compare", f"there is no model {name}; expected of {', '.join(known)}")
    for a, b in pairs:
        if a == b:
            top.report("compare", f"{a} is compared with itself")
    return tuple(pairs)
