"""Study files: YAML, read strictly; whatever is wrong is said at once, before any work."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from basin_study.dataset import DataError, Period
from basin_study.lgar_space import lgar_space
from basin_study.objective import Objective
from basin_study.sources import KINDS as DATA_KINDS
from basin_study.spaces import SPACES, Space, space_of
from basin_study.study_settings import (
    ALGORITHMS,
    DEFAULT_PERIODS,
    KINDS,
    DataSettings,
    ModelSettings,
    RegionalSettings,
    StudySettings,
)
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES
from dcfe.learning_section import LearningSection
from ngen_bmi.config import load_yaml
from ngen_bmi.errors import ConfigError

MANY = 10**9
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
    basins = _names(top)
    periods = _periods(top.section("periods"))
    warmup = top.integer("warmup_days", 365, 0, 36500) * DAY
    calibration = top.section("calibration")
    algorithm = calibration.choice("algorithm", ALGORITHMS, "dds")
    evaluations = calibration.integer("evaluations", 500, 10, MANY)
    trials = calibration.integer("trials", 1, 1, 1000)
    seed = calibration.integer("seed", 0, 0, MANY)
    objective = _objective(calibration)
    space = _space(calibration, "space", "cfe", SPACES["report"]())
    calibration.finish()
    models = _models(top, evaluations, algorithm, space)
    regional = _regional(top, models, space)
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


def _space(section: LearningSection, key: str, kind: str, default: Space) -> Space:
    """Space of a name, or of the bounds that the file gives."""
    what = section.take(key)
    if what is None:
        return default
    if isinstance(what, str) and kind == "cfe" and what in SPACES:
        return SPACES[what]()
    if not isinstance(what, Mapping) or kind != "cfe":
        known = ", ".join(SPACES) if kind == "cfe" else "none by name"
        section.report(
            key,
            f"{what!r} is not known; expected one of {known}"
            + (", or a mapping of parameters to [LOWER, UPPER]" if kind == "cfe" else ""),
        )
        return default
    ranges: dict[str, tuple[float, float]] = {}
    for name, pair in what.items():
        numbers = [_number(x) for x in pair] if isinstance(pair, list) else []
        if len(numbers) != 2 or None in numbers:
            section.report(f"{key}.{name}", f"expected [LOWER, UPPER], found {pair!r}")
            return default
        ranges[str(name)] = (float(numbers[0] or 0.0), float(numbers[1] or 0.0))
    try:
        return space_of("own", ranges)
    except ValueError as error:
        section.report(key, "; ".join(str(error).split("\n  - ")[1:]))
        return default


def _number(value: Any) -> float | None:
    """Number, also one such as 1e-7, which YAML takes for a word; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _names(section: LearningSection) -> tuple[str, ...]:
    """Names of basins, which have to be quoted: YAML reads 01013500 as an octal number."""
    given = section.content.get("basins")
    items = given if isinstance(given, list) else [given]
    wrong = [item for item in items if not isinstance(item, str)]
    if given is not None and not isinstance(given, dict) and wrong:
        section.used.add("basins")
        section.report("basins", f'{wrong[0]!r} is no text; put names of basins in quotes, such as "01013500"')
        return ()
    names = section.words("basins", meaning="basins")
    if any(not name.strip() for name in names):
        section.report("basins", "a name is empty")
    return names


def _models(top: LearningSection, evaluations: int, algorithm: str, space: Space) -> tuple[ModelSettings, ...]:
    if not top.has("models"):
        return tuple(
            ModelSettings(f"cfe_{soil}", "cfe", soil, tuple(PARTITIONING), space, evaluations, algorithm)
            for soil in SOIL_SCHEMES
        )
    section = top.section("models")
    found = []
    for key in list(section.content):
        name = str(key)
        entry = section.section(key)
        kind = entry.choice("kind", KINDS, "cfe")
        if kind == "cfe":
            soil = entry.choice("soil", tuple(SOIL_SCHEMES))
            schemes = entry.words("partitioning", tuple(PARTITIONING), "schemes")
            for scheme in schemes:
                if scheme not in PARTITIONING:
                    entry.report("partitioning", f"{scheme} is not known; expected of {', '.join(PARTITIONING)}")
            own = _space(entry, "space", kind, space)
        else:
            soil, schemes, own = "", (), _space(entry, "space", kind, lgar_space())
        given = entry.choice("algorithm", ALGORITHMS, algorithm if kind == "cfe" else "dds")
        if kind != "cfe" and given != "dds":
            entry.report("algorithm", f"{given} is there for kind cfe alone; leave it out")
        if not _is_name(name):
            section.report(name, "expected a name of letters, digits, - and _")
        found.append(
            ModelSettings(
                name=name,
                kind=kind,
                soil=soil,
                schemes=schemes,
                space=own,
                evaluations=entry.integer("evaluations", evaluations, 10, MANY),
                algorithm=given,
                basins=_names(entry),
            )
        )
        entry.finish()
    if not found:
        top.report("models", "is empty; names of models with their settings, such as cfe_ode: {soil: ode}")
    section.finish()
    return tuple(found)


def _regional(top: LearningSection, models: tuple[ModelSettings, ...], space: Space) -> tuple[ModelSettings, ...]:
    """Models of CFE whose parameters come from a network of attributes; only one partitioning each.

    The better of two could only be chosen by the observations of the basins that are said to have none.
    """
    section, default, found = top.section("regional"), RegionalSettings(), []
    for key in list(section.content):
        name, entry = str(key), section.section(key)
        if not _is_name(name):
            section.report(name, "expected a name of letters, digits, - and _")
        elif any(model.name == name for model in models):
            section.report(name, "is the name of one of the models too; choose another")
        settings = RegionalSettings(
            folds=entry.integer("folds", default.folds, 2, 1000),
            epochs=entry.integer("epochs", default.epochs, 1, MANY),
            attributes=entry.words("attributes", meaning="attributes"),
            hidden=entry.integers("hidden", default.hidden, 1, 10000),
            learning_rate=entry.positive("learning_rate", default.learning_rate),
            batch=entry.integer("batch", default.batch, 1, MANY),
        )
        soil = entry.choice("soil", tuple(SOIL_SCHEMES))
        scheme = entry.choice("partitioning", tuple(PARTITIONING), next(iter(PARTITIONING)))
        own = _space(entry, "space", "cfe", space)
        found.append(ModelSettings(name, "cfe", soil, (scheme,), own, 0, "regional", (), settings))
        entry.finish()
    section.finish()
    return tuple(found)


def _is_name(text: str) -> bool:
    return bool(text) and all(c.isalnum() or c in "-_" for c in text)


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
