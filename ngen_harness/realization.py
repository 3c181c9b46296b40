"""Read a realization file the way ngen does, and say everything that is wrong with it at once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ngen_harness.clock import ClockError, count_steps
from ngen_harness.config import (
    CatchmentConfig,
    ForcingConfig,
    LayerConfig,
    OutputConfig,
    Realization,
    TimeConfig,
)
from ngen_harness.context import to_epoch
from ngen_harness.errors import RealizationError
from ngen_harness.formulation_config import parse_formulation
from ngen_harness.json_problems import Effect, Node, Problems, describe, did_you_mean
from ngen_harness.mode import DEFAULT, Mode
from ngen_harness.serialization_config import SerializationConfig, parse_serialization

_TOP_KEYS = {
    "global",
    "time",
    "catchments",
    "output",
    "routing",
    "layers",
    "serialization",
    "output_root",
    "disable_catchment_output",
    "per_formulation_nexus_files",
}
_PROVIDERS = {"CsvPerFeature": "csv", "NetCDF": "netcdf"}
_LEGACY_OUTPUT = ("output_root", "disable_catchment_output", "per_formulation_nexus_files")


def read_realization(path: str | Path, mode: Mode = DEFAULT, *, substitute: bool = False) -> Realization:
    """Read and check a realization file.

    Parameters
    ----------
    path : str or Path
        The JSON file.
    mode : Mode
        What counts as a problem, and which keys are read.
    substitute : bool
        Put Python components in the place of compiled modules.

    Returns
    -------
    Realization
        Everything a run needs, ``{{id}}`` still in place.

    Raises
    ------
    RealizationError
        The file is missing, empty, not JSON, or has problems; all of them are listed.
    """
    problems = Problems(mode, substitute=substitute)
    document = load_document(path, problems)
    realization = parse_document(document, path, problems)
    if problems.found or realization is None:
        raise RealizationError(str(path), problems.found)
    return realization


def parse_document(document: dict[str, Any], path: str | Path, problems: Problems) -> Realization | None:
    """Read the parts of a realization that can be read.

    Parameters
    ----------
    document : dict
        The JSON object.
    path : str or Path
        Its file.
    problems : Problems
        Where problems go; parts that have any may be left out of the result.

    Returns
    -------
    Realization or None
        None if the simulated period is unknown.
    """
    root = Node(document, "", problems)
    root.warn_unknown(_TOP_KEYS)
    _check_unsupported(root)
    layers = _parse_layers(root)

    time = _parse_time(root)
    output = _parse_output(root)
    serialization = parse_serialization(root, tokens=True)
    default = None
    if "global" in document:
        default = _parse_catchment(root.child("global"), serialization)
    catchments: dict[str, CatchmentConfig] = {}
    if document.get("catchments"):
        listed = root.child("catchments")
        for name in listed.keys():
            config = _parse_catchment(listed.child(name), serialization)
            if config is not None:
                catchments[name] = config
    if "global" not in document and not document.get("catchments"):
        root.problem("global", "is missing and no 'catchments' are listed, so there is nothing to run")
    return None if time is None else Realization(str(path), time, output, default, catchments, layers)


def load_document(path: str | Path, problems: Problems) -> dict[str, Any]:
    """Read the JSON text, naming line and column of a syntax error.

    Parameters
    ----------
    path : str or Path
        The file.
    problems : Problems
        Receives keys that appear twice in one object.

    Returns
    -------
    dict

    Raises
    ------
    RealizationError
        There is no JSON object to be had.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise RealizationError(str(path), [f"cannot read the file: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise RealizationError(str(path), ["the file is not UTF-8 text"]) from error
    if not text.strip():
        raise RealizationError(str(path), ["the file is empty; expected a JSON object"])
    if "\\u0000" in text:
        raise RealizationError(str(path), ["a string contains the character \\u0000, which no path or name can have"])
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.extend(key for key, count in counts.items() if count > 1)
        return members

    try:
        document = json.loads(text, object_pairs_hook=unique, parse_int=_integer)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RealizationError(str(path), [f"not valid JSON at {where}: {error.msg}"]) from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, thousands of nested brackets
        raise RealizationError(str(path), [f"not JSON that can be read: {error}"]) from error
    for key in repeated:
        problems.add("", f"the key '{key}' appears twice in one object; keep one", "silent")
    if not isinstance(document, dict):
        raise RealizationError(str(path), ['the file holds no JSON object; expected { "global": ... }'])
    return document


def _integer(digits: str) -> int | float:
    """Read an integer; one that no float can hold is infinite."""
    return int(digits) if len(digits) < 300 else float(digits)


def _check_unsupported(root: Node) -> None:
    """Refuse what this harness cannot do, rather than run something else."""
    if "routing" in root.value:
        root.note("routing", "is ignored: ngen_harness does not route, nexus flows are written", "unsupported")


def _parse_layers(root: Node) -> tuple[LayerConfig, ...]:
    """Read ``layers``, which only the faithful mode accepts."""
    if "layers" not in root.value:
        return ()
    if not root.mode.layers:
        root.problem(
            "layers",
            "is not supported by ngen_harness, and ngen aborts at the nexus; run with the default hourly layer",
        )
        return ()
    if not isinstance(root.value["layers"], list):
        root.problem("layers", f"is {describe(root.value['layers'])}; expected a list of objects")
        return ()
    layers: list[LayerConfig] = []
    for index in range(len(root.value["layers"])):
        node = root.item("layers", index)
        node.warn_unknown({"name", "id", "time_step", "time_step_units", "domain", "formulations"})
        if "formulations" in node.value:
            node.problem("formulations", "is not supported by ngen_harness; name the models in 'global'")
        number = node.number("id", required=True, integer=True)
        length = node.number("time_step", required=True)
        if length is not None and not length > 0:
            node.problem("time_step", f"is {length}; expected a positive number")
        elif number is not None and length is not None:
            layers.append(LayerConfig(int(number), length, node.text("time_step_units") or "s"))
    return tuple(layers)


def _parse_time(root: Node) -> TimeConfig | None:
    if not isinstance(root.value.get("time"), dict):
        root.problem("time", 'is missing; expected {"start_time": ..., "end_time": ..., "output_interval": 3600}')
        return None
    node = root.child("time")
    node.warn_unknown({"start_time", "end_time", "output_interval"})
    start = _moment(node, "start_time")
    end = _moment(node, "end_time")
    interval = node.number("output_interval", required=True, integer=True)
    if interval is not None and interval <= 0:
        node.problem("output_interval", f"is {interval}; expected a positive number of seconds, normally 3600")
        interval = None
    if start is None or end is None or interval is None:
        return None
    if end < start:
        node.problem("end_time", "is before start_time; it is the last simulated hour")
        return None
    misuse = False
    try:
        steps = count_steps(end - start, int(interval))
    except ClockError as error:
        steps, misuse = error.done, True
        if not node.mode.fails_late:
            node.problem("output_interval", f"{error}: ngen aborts ('Simulation_Time misuse'); use 3600")
            return None
    if interval != 3600:
        hours = (end - start) // 3600 + 1
        lost = f" and leaves out the last {hours - steps}" if steps < hours and not misuse else ""
        node.note("output_interval", f"is {interval} s, but ngen always steps by the hour{lost}")
    return TimeConfig(start, end, steps, int(interval), misuse)


def _moment(node: Node, key: str) -> int | None:
    text = node.text(key, required=True)
    if text is None:
        return None
    try:
        return to_epoch(text)
    except ValueError:
        node.problem(key, f"is '{text}'; expected 'YYYY-mm-dd HH:MM:SS' in UTC, with a blank, not a 'T'")
        return None


def _parse_output(root: Node) -> OutputConfig:
    legacy = [key for key in _LEGACY_OUTPUT if key in root.value]
    if not root.has("output"):
        if legacy and root.mode.knows("output"):
            root.note(", ".join(legacy), "is deprecated; prefer an 'output' block", "works")
        return OutputConfig(
            root=root.text("output_root") or "./",
            catchments=not root.flag("disable_catchment_output", False),
        )
    if legacy:
        root.note(", ".join(legacy), "ignored because there is an 'output' block")
    node = root.child("output")
    node.warn_unknown({"root", "precision", "catchment", "nexus"})
    catchment = node.child("catchment", optional=True)
    nexus = node.child("nexus", optional=True)
    refused = ""
    if (catchment.text("format") or "csv") != "csv":
        refused = "only csv catchment files are supported (by ngen as well)"
        if not root.mode.fails_late:
            catchment.problem("format", refused)
    if (nexus.text("format") or "csv") != "csv":
        nexus.problem("format", "only csv nexus files are supported by ngen_harness", "unsupported")
    one_file = _choice(catchment, "grouping", ("per_feature", "per_formulation")) == "per_formulation"
    _choice(nexus, "grouping", ("per_feature",), ("per_formulation",))
    precision = node.number("precision", integer=True)
    if precision is not None and not 1 <= precision <= 17:
        node.problem("precision", f"is {precision}; expected 1 to 17 significant digits", "works")
    return OutputConfig(
        root=node.text("root") or "./",
        precision=9 if precision is None else int(precision),
        catchments=catchment.flag("enable", True),
        catchments_in_one_file=one_file,
        nexuses=nexus.flag("enable", True),
        refused=refused and f"{catchment.path('format')}: {refused}",
    )


def _choice(node: Node, key: str, allowed: tuple[str, ...], unsupported: tuple[str, ...] = ()) -> str:
    text = node.text(key)
    if text is not None and text not in allowed:
        effect: Effect = "unsupported" if text in unsupported else "abort"
        node.problem(key, f"is '{text}'; expected {' or '.join(allowed)}", effect)
    return text or allowed[0]


def _parse_catchment(node: Node, serialization: SerializationConfig | None) -> CatchmentConfig | None:
    """Parse ``global`` or one entry of ``catchments``; the realization's ``serialization`` counts for those without."""
    node.warn_unknown({"formulations", "forcing"})
    formulations = node.value.get("formulations")
    formulation = None
    if not isinstance(formulations, list) or not formulations:
        node.problem("formulations", "is missing or empty; expected a list with one formulation")
    else:
        if len(formulations) > 1:
            node.note("formulations", f"has {len(formulations)} entries; only the first is used")
        formulation = parse_formulation(node.item("formulations", 0), serialization)
    forcing = None
    if not isinstance(node.value.get("forcing"), dict) or not node.value["forcing"]:
        node.problem("forcing", "is missing; every entry needs its own (there is no fall-back to global.forcing)")
    else:
        forcing = parse_forcing(node.child("forcing"))
    if formulation is None or forcing is None:
        return None
    return CatchmentConfig(formulation, forcing)


def parse_forcing(node: Node) -> ForcingConfig | None:
    """Parse a ``forcing`` block; None after a problem."""
    node.warn_unknown({"path", "file_pattern", "provider", "enable_cache"})
    provider = node.text("provider") or "CsvPerFeature"
    path = node.text("path") or ""
    pattern = node.text("file_pattern")
    if provider == "NullForcingProvider":
        return ForcingConfig(node.where, "null", path)
    if provider not in _PROVIDERS:
        close = did_you_mean(provider, (*_PROVIDERS, "NullForcingProvider"))
        node.problem(
            "provider", f"'{provider}' is unknown; expected CsvPerFeature, NetCDF or NullForcingProvider{close}"
        )
        return None
    if not path:
        kind = "NetCDF" if provider == "NetCDF" else "CSV"
        node.problem("path", f"is missing; expected a {kind} file, or a folder together with file_pattern")
        return None
    return ForcingConfig(node.where, _PROVIDERS[provider], path, pattern)
