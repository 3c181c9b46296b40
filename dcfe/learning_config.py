"""Configurations of learning, in YAML."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cfe_bmi.outputs import CfeOutputs
from dcfe.learning_config_training import MANY, read_learn, read_training
from dcfe.learning_files import STORAGES, unit_factor
from dcfe.learning_section import LearningSection
from dcfe.learning_settings import (
    GROUPS,
    UNGAUGED,
    BasinGroups,
    DataFiles,
    LearningConfig,
    ObservedFiles,
)
from ngen_bmi.config import load_yaml
from ngen_bmi.errors import ConfigError


def load_learning_config(path: str | Path) -> LearningConfig:
    """Read a configuration (``ngen-arid learn --help`` says where an example with every key comes from).

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    problems: list[str] = []
    top = LearningSection(load_yaml(path), problems)
    if not top.has("data"):
        # what would be missing in it says nothing more
        raise ConfigError(path, ["data: missing; a mapping with catchments, forcing, attributes and observed"])
    data = _data(top.section("data"))
    periods = _periods(top.section("periods"))
    basins = _basins(top.section("basins"))
    learn = read_learn(top.section("learn"))
    section = top.section("training")
    tensorboard = section.flag("tensorboard", False)
    training = read_training(section, [observed.output for observed in data.observed])
    output = top.text("output", "results")
    top.finish()
    if learn.kind == "point":
        others = [name for name in (*GROUPS[1:], UNGAUGED) if _used(basins, name)]
        for name in others:
            problems.append(
                f"basins.{name}: parameters learned as points belong to their basins, other basins get none: leave "
                f"it out, or use another network.kind"
            )
    elif not data.attributes and learn.kind != "lstm" and not any("data.attributes" in text for text in problems):
        problems.append(
            "data.attributes: missing; a network needs attributes of the basins (with learn.network.kind: point "
            "parameters are learned without them)"
        )
    if training.patience is not None and not _used(basins, "validate") and "validate" not in periods:
        problems.append("training.patience: stopping early needs basins.validate or periods.validate to judge by")
    if problems:
        raise ConfigError(path, dict.fromkeys(problems))
    return LearningConfig(
        source=Path(path),
        data=data,
        periods=periods,
        basins=basins,
        learn=learn,
        training=training,
        output=Path(path).parent / output,
        tensorboard=tensorboard,
    )


def _used(basins: BasinGroups, group: str) -> bool:
    if group == UNGAUGED:
        return bool(basins.ungauged)
    return bool(basins.lists.get(group) or basins.shares.get(group))


def _data(section: LearningSection) -> DataFiles:
    catchments = section.words("catchments", meaning="paths")
    if not catchments and "catchments" not in section.empty:
        section.report("catchments", "missing; configurations of CFE, such as configs/{id}.yml")
    forcing = _pattern(section, "forcing")
    given = section.section("observed", required=True)
    if "observed" in section.content and not given.content:
        section.report("observed", "is empty; outputs of the model with their files, such as q_out: observed/{id}.csv")
    observed = tuple(_observed(given, str(name)) for name in given.content)
    given.finish()
    attributes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    id_column, area = "", ""
    if section.is_mapping("attributes"):
        table = section.section("attributes")
        attributes = table.words("file", meaning="paths")
        if not attributes:
            table.report("file", "missing; a CSV file with a row for each basin")
        id_column, area = table.text("id", ""), table.text("area", "")
        columns = table.words("columns", meaning="columns")
        table.finish()
    else:
        attributes = section.words("attributes", meaning="paths")
    truth = section.text("truth", "")
    section.finish()
    return DataFiles(catchments, forcing, observed, attributes, id_column, columns, area, truth)


def _pattern(section: LearningSection, key: str) -> str:
    pattern = section.required_text(key, f"a path with {{id}}, such as {key}/{{id}}.csv")
    if pattern and "{id}" not in pattern:
        section.report(key, f"{pattern!r} has no {{id}}, for which each basin's name is put in")
    return pattern


def _observed(section: LearningSection, output: str) -> ObservedFiles:
    section.used.add(output)
    if output not in CfeOutputs._fields:
        section.report(output, f"is no output of CFE; expected one of {', '.join(CfeOutputs._fields)}")
    if not section.is_mapping(output):
        return ObservedFiles(output, _pattern(section, output))
    entry = section.section(output)
    pattern = _pattern(entry, "file")
    column, unit = entry.text("column", ""), entry.text("unit", "")
    if unit and unit_factor(unit, output) is None:
        known = "m, mm" if output in STORAGES else "mm h-1, mm, m (per hour), m3 s-1"
        entry.report("unit", f"{unit!r} is not known for {output}; expected one of {known}")
    entry.finish()
    return ObservedFiles(output, pattern, column, unit)


def _periods(section: LearningSection) -> dict[str, tuple[np.datetime64, np.datetime64]]:
    periods = {}
    for name in GROUPS:
        if not section.has(name):
            continue
        entry = section.section(name)
        start, end = entry.time("start"), entry.time("end")
        entry.finish()
        if start is None or end is None:
            continue
        if start >= end:
            entry.report("end", f"{end} is not after the start, {start}; a period ends before its end")
        periods[name] = (start, end)
    if section.content and not section.has("train"):
        section.report("train", "missing; the period to learn from, {start: ..., end: ...}")
    section.finish()
    return periods


def _basins(section: LearningSection) -> BasinGroups:
    seed = section.integer("seed", 0, 0, MANY)
    ungauged = section.words(UNGAUGED, meaning="basins")
    given = [name for name in GROUPS if name in section.content]
    listed = [name for name in given if isinstance(section.content[name], list)]
    if not given:
        section.finish()
        return BasinGroups(seed=seed, ungauged=ungauged)
    if "train" not in given:
        section.report("train", "missing; a share or a list of the basins to learn from")
    if listed and listed != given:
        section.report(listed[0], f"is a list, but {', '.join(n for n in given if n not in listed)} is not")
        return BasinGroups()
    if listed:
        lists = {name: section.words(name, meaning="basins") for name in given}
        if not lists.get("train", ("",)):
            section.report("train", "is empty; a share or a list of the basins to learn from")
        everyone = [basin for names in (*lists.values(), ungauged) for basin in names]
        for basin in sorted({basin for basin in everyone if everyone.count(basin) > 1}):
            section.report("train", f"basin {basin} is in more than one group")
        section.finish()
        return BasinGroups({}, lists, seed, ungauged)
    shares = {name: section.number(name, 0.0, 0.0, 1.0) for name in given}
    if abs(sum(shares.values()) - 1.0) > 1e-9 or not shares.get("train", 1.0):
        section.report("train", f"the shares {shares} have to sum to 1, with some basins to learn from")
    section.finish()
    return BasinGroups(shares, {}, seed, ungauged)
