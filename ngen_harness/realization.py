"""Read a realization file the way ngen does, and say everything that is wrong with it at once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ngen_harness.config import (
    CatchmentConfig,
    ForcingConfig,
    Realization,
)
from ngen_harness.errors import RealizationError
from ngen_harness.formulation_config import parse_formulation
from ngen_harness.json_problems import Node, Problems, did_you_mean
from ngen_harness.mode import DEFAULT, Mode
from ngen_harness.realization_blocks import parse_layers, parse_output, parse_time
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
    layers = parse_layers(root)

    time = parse_time(root)
    output = parse_output(root)
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
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RealizationError(str(path), [f"a string has half of a surrogate pair: {error.reason}"]) from error
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
