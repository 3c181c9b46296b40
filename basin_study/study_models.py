"""Sections of a study file that say what is calibrated: models, regional models, spaces of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basin_study.lgar_space import lgar_space
from basin_study.spaces import SPACES, Space, space_of
from basin_study.study_settings import ALGORITHMS, KINDS, ModelSettings, RegionalSettings
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES
from dcfe.learning_section import LearningSection

MANY = 10**9


def read_models(top: LearningSection, evaluations: int, algorithm: str, space: Space) -> tuple[ModelSettings, ...]:
    """Models that are calibrated basin by basin; CFE with either soil when there is no section.

    Parameters
    ----------
    top : LearningSection
        The whole study file.
    evaluations, algorithm, space
        Of models that have none of their own.
    """
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
            own = read_space(entry, "space", kind, space)
        else:
            soil, schemes, own = "", (), read_space(entry, "space", kind, lgar_space())
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
                basins=read_names(entry),
            )
        )
        entry.finish()
    if not found:
        top.report("models", "is empty; names of models with their settings, such as cfe_ode: {soil: ode}")
    section.finish()
    return tuple(found)


def read_regional(top: LearningSection, models: tuple[ModelSettings, ...], space: Space) -> tuple[ModelSettings, ...]:
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
        own = read_space(entry, "space", "cfe", space)
        found.append(ModelSettings(name, "cfe", soil, (scheme,), own, 0, "regional", (), settings))
        entry.finish()
    section.finish()
    return tuple(found)


def _is_name(text: str) -> bool:
    return bool(text) and all(c.isalnum() or c in "-_" for c in text)


def read_space(section: LearningSection, key: str, kind: str, default: Space) -> Space:
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


def read_names(section: LearningSection) -> tuple[str, ...]:
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
