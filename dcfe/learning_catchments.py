"""The catchments of a learning configuration: their CFE configurations, and what the schemes of all have to share."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cfe_bmi.config import CfeConfig, load_config
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES, SURFACE_RUNOFF
from ngen_bmi.errors import ConfigError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Catchment:
    """One basin.

    Attributes
    ----------
    id : str
        Its name in all files.
    config : CfeConfig
        Schemes, priors, unit hydrograph and initial storages.
    """

    id: str
    config: CfeConfig


def find_catchments(patterns: Sequence[str], folder: Path, problems: list[str]) -> list[Catchment]:
    """Read the configurations of all basins, in the order of their names.

    Parameters
    ----------
    patterns : sequence of str
        Paths. What stands for ``{id}`` is the name of a basin; without it the name is the configuration's own.
    folder : Path
        In which relative paths begin.
    problems : list of str
        Receives what is wrong.
    """
    found: dict[str, Catchment] = {}
    for pattern in patterns:
        paths = _paths(pattern, folder)
        if not paths:
            problems.append(f"data.catchments: there is no file {folder / pattern}")
        for path, name in paths:
            try:
                config = load_config(path)
            except ConfigError as error:
                problems.extend(f"{error.source}: {problem}" for problem in error.problems)
                continue
            catchment = Catchment(name or config.name, config)
            if catchment.id in found:
                problems.append(
                    f"{path}: basin {catchment.id} is configured already in {found[catchment.id].config.source}"
                )
            found[catchment.id] = catchment
    return [found[name] for name in sorted(found)]


def check_schemes(catchments: Sequence[Catchment], problems: list[str]) -> None:
    """Note what keeps catchments from being learned together, or at all."""
    schemes: dict[str, list[str]] = {}
    for catchment in catchments:
        schemes.setdefault(_scheme(catchment.config), []).append(catchment.id)
    if len(schemes) > 1:
        problems.append(
            "data.catchments: all basins have to use the same schemes; learn in one go for each of: "
            + "; ".join(f"{scheme} ({_named(ids)})" for scheme, ids in schemes.items())
        )
    for what, option, file in (
        ("root-zone evaporation", "rootzone_et", "soil moisture"),
        ("frozen soil", "frozen_soil", "ice"),
    ):
        using = [c.id for c in catchments if getattr(c.config.options, option)]
        if using:
            problems.append(
                f"data.catchments: {what} needs {file} from another model, which learning does not read: switch "
                f"{option} off in {_named(using)}"
            )
    filled = [c.id for c in catchments if any((*c.config.lateral, *c.config.surface))]
    if filled:
        logger.warning("Nash cascades start empty in learning and in exported configurations (%s)", _named(filled))


def _scheme(config: CfeConfig) -> str:
    """The schemes of a catchment, as text."""
    options = config.options
    names = [
        next(name for name, number in table.items() if number == value)
        for table, value in (
            (SOIL_SCHEMES, options.soil_scheme),
            (PARTITIONING, options.partitioning),
            (SURFACE_RUNOFF, options.surface_runoff),
        )
    ]
    names.append(f"{len(config.lateral)} lateral reservoirs")
    if names[2] == "nash":
        names.append(f"{len(config.surface)} surface reservoirs in {options.nash_substeps} sub-steps")
    names += [option for option in ("rootzone_et", "frozen_soil") if getattr(options, option)]
    return ", ".join(names)


def _named(ids: Sequence[str]) -> str:
    """First few names of a list.

    >>> _named("abcdef")
    'a, b, c and 3 more'
    """
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _paths(pattern: str, folder: Path) -> list[tuple[Path, str]]:
    """Files of a pattern, each with the basin's name that stands for ``{id}``, or an empty one."""
    if (folder / pattern).is_file():
        return [(folder / pattern, "")]
    before, *rest = pattern.split("{id}")
    # the same name wherever it stands
    wanted = glob_to_regex(before) + ("(?P<id>[^/]+?)" if rest else "")
    wanted += "(?P=id)".join(glob_to_regex(part) for part in rest)
    matches = [re.fullmatch(wanted, path) for path in sorted(glob.glob(pattern.replace("{id}", "*"), root_dir=folder))]
    return [(folder / match[0], match.groupdict().get("id", "")) for match in matches if match]


def glob_to_regex(text: str) -> str:
    r"""Regular expression of a path with the wildcards ``*`` and ``?``.

    >>> glob_to_regex("a.b/*_?")
    'a\\.b/[^/]*_[^/]'
    """
    return "".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in text)
