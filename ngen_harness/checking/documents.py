"""The realization itself: what its reader reports, and keys that have no effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ngen_harness.checking.findings import Findings, Reporter, Severity, split_advice
from ngen_harness.config import ForcingConfig, ModuleConfig, MultiConfig, TimeConfig
from ngen_harness.errors import RealizationError
from ngen_harness.formulation_config import parse_formulation
from ngen_harness.json_problems import Node, Problem, Problems
from ngen_harness.mode import DEFAULT, Mode
from ngen_harness.realization import load_document, parse_document, parse_forcing
from ngen_harness.serialization_config import SerializationConfig, parse_serialization

_PLACEHOLDER = re.compile(r"\{+\s*id\s*\}+", re.IGNORECASE)

# Keys of a single model that have no effect in the params of a bmi_multi.
_OF_MODULES = (
    "cache_input_variable_metadata",
    "mass_balance",
    "model_params",
    "python_type",
    "variables_names_map",
)


@dataclass(frozen=True)
class Entry:
    """``global`` or one entry of ``catchments``, as far as it can be read.

    Attributes
    ----------
    where : str
        JSON path.
    multi : MultiConfig or None
        A ``bmi_multi`` formulation without mistakes.
    modules : tuple of ModuleConfig
        The models that can be looked at.
    complete : bool
        Whether these are all.
    forcing : ForcingConfig or None
        None if it cannot be read or is of a kind that is not looked at.
    """

    where: str
    multi: MultiConfig | None
    modules: tuple[ModuleConfig, ...]
    complete: bool
    forcing: ForcingConfig | None


@dataclass(frozen=True)
class Document:
    """The parts of a realization that can be read; `columns`: whether catchment files are written."""

    file: str
    time: TimeConfig | None = None
    default: Entry | None = None
    catchments: dict[str, Entry] = field(default_factory=dict)
    readable: bool = True
    columns: bool = True

    def entry(self, catchment: str) -> Entry | None:
        """Entry of a catchment: its own, else the global one."""
        return self.catchments.get(catchment, self.default)


def check_document(path: str | Path, findings: Findings, mode: Mode = DEFAULT, *, substitute: bool = False) -> Document:
    """Read a realization and report everything about the file itself.

    Parameters
    ----------
    path : str or Path
        The realization.
    findings : Findings
        Where findings go.
    mode : Mode
        What counts as a problem, and which keys are read.
    substitute : bool
        Put Python components in the place of compiled modules.

    Returns
    -------
    Document
    """
    report = findings.at(str(path))
    problems = Problems(mode, substitute=substitute)
    try:
        raw = load_document(path, problems)
    except RealizationError as error:
        for problem in error.problems:
            report.abort("realization", *split_advice(problem))
        return Document(str(path), readable=False)
    realization = parse_document(raw, path, problems)
    for entry in problems.entries:
        _report_problem(entry, report)
    for entry in problems.notes:
        _report_problem(entry, report)
    _check_placeholders(raw, "", report)
    if mode.knows("output"):
        _check_output(raw, report)
    listed = raw.get("catchments")
    catchments = listed if isinstance(listed, dict) else {}
    entries = {name: _entry(value, f"catchments.{name}", raw, problems) for name, value in catchments.items()}
    for key, value in (("global", raw.get("global")), *((f"catchments.{name}", catchments[name]) for name in entries)):
        for where, kind, params in _formulations(value, key):
            _check_params(kind, params, report.under(where), mode)
    default = _entry(raw["global"], "global", raw, problems) if "global" in raw else None
    if realization is None:
        return Document(str(path), None, default, entries)
    return Document(str(path), realization.time, default, entries, columns=realization.output.catchments)


def _report_problem(problem: Problem, report: Reporter) -> None:
    report = report.under(problem.where)
    why, fix = split_advice(problem.message, "leave it if that is meant" if problem.effect == "works" else "correct it")
    if problem.effect == "unsupported":
        report.works("not-checked", why, f"ngen may well be able to do it, but this check passes over it: {fix}")
    else:
        report.report(Severity(problem.effect), "realization", why, fix)


def _entry(value: Any, where: str, raw: dict[str, Any], known: Problems) -> Entry:
    """Read what can be read of an entry of the document; its problems are known."""
    problems = Problems(known.mode, substitute=known.substitute)
    node = Node(value if isinstance(value, dict) else {}, where, problems)
    serialization = parse_serialization(Node(raw, "", problems), tokens=True)
    formulations = node.value.get("formulations")
    multi: MultiConfig | None = None
    modules: list[ModuleConfig] = []
    complete = False
    if isinstance(formulations, list) and formulations:
        first = node.item("formulations", 0)
        formulation = parse_formulation(first, serialization)
        complete = formulation is not None
        if isinstance(formulation, MultiConfig):
            multi, modules = formulation, list(formulation.modules)
        elif formulation is not None:
            modules = [formulation]
        else:
            params = first.child("params")
            several = params.value.get("modules")
            serialization = parse_serialization(params, serialization)
            blocks = (
                [params.item("modules", index) for index in range(len(several))]
                if isinstance(several, list)
                else [first]
            )
            salvaged = [_salvage(block, serialization) for block in blocks]
            modules = [module for module in salvaged if module is not None]
    forcing = parse_forcing(node.child("forcing")) if isinstance(node.value.get("forcing"), dict) else None
    return Entry(where, multi, tuple(modules), complete, forcing)


def _salvage(block: Node, serialization: SerializationConfig | None) -> ModuleConfig | None:
    """Read a module, with what is missing and not needed to create its model made up."""
    module = parse_formulation(block, serialization)
    params = block.value.get("params")
    if module is None and isinstance(params, dict):
        named = {"model_type_name": "model", "main_output_variable": "unknown", **params}
        module = parse_formulation(Node({**block.value, "params": named}, block.where, block.problems), serialization)
    return module if isinstance(module, ModuleConfig) else None


def _formulations(value: Any, where: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """JSON path, kind and params of the first formulation of an entry and of its modules."""
    found = value.get("formulations") if isinstance(value, dict) else None
    pending = [(f"{where}.formulations[0]", found[0])] if isinstance(found, list) and found else []
    while pending:
        where, block = pending.pop(0)
        params = block.get("params") if isinstance(block, dict) else None
        if not isinstance(params, dict):
            continue
        yield f"{where}.params", str(block.get("name")), params
        modules = params.get("modules")
        if isinstance(modules, list):
            pending += [(f"{where}.params.modules[{index}]", module) for index, module in enumerate(modules)]


def _check_params(kind: str, params: dict[str, Any], report: Reporter, mode: Mode) -> None:
    """Report keys that ngen reads and does not use."""
    remove = "remove the key"
    if "fixed_time_step" in params:
        report.under("fixed_time_step").works("no-effect", "ngen stores it and never uses it", remove)
    if "output_precision" in params and mode.fixed_decimals and kind != "bmi_multi":
        report.under("output_precision").silent(
            "no-effect", f"ngen of {mode.version} uses it only in a bmi_multi; there are always 6 decimals here", remove
        )
    elif "output_precision" in params and not mode.fixed_decimals:
        report.under("output_precision").silent(
            "no-effect",
            "has had no effect since the 'output' block exists",
            "set output.precision at the top level instead (significant digits)",
        )
    if kind == "bmi_multi":
        if params.get("init_config") not in (None, "", "/dev/null"):
            report.under("init_config").works("no-effect", "ngen ignores it for a bmi_multi", remove)
        modules = params.get("modules")
        listed = modules if isinstance(modules, list) else []
        within = [module.get("params") for module in listed if isinstance(module, dict)]
        if params.get("allow_exceed_end_time") in (True, "true"):
            if any(isinstance(inner, dict) and "allow_exceed_end_time" not in inner for inner in within):
                report.under("allow_exceed_end_time").silent(
                    "no-effect", "has no effect in the params of a bmi_multi", "set it in the params of each module"
                )
        for key in _OF_MODULES:
            if key in params:
                report.under(key).silent(
                    "no-effect", "has no effect in the params of a bmi_multi", "move it into the params of a module"
                )
    balance = params.get("mass_balance") if mode.knows("mass_balance") else None
    if not isinstance(balance, dict) or not balance or balance.get("check", True) in (False, "false"):
        return
    if "tolerance" not in balance and kind != "bmi_multi":
        report.under("mass_balance.tolerance").works(
            "mass-tolerance",
            "is missing, and the default of 1e-16 is smaller than the round-off of most models: warnings at many steps",
            "set it to something between 1e-12 and 1e-6, in the model's unit of mass",
        )


def _check_output(raw: dict[str, Any], report: Reporter) -> None:
    """Report misspelt keys of the blocks inside ``output``."""
    output = raw.get("output")
    problems = Problems()
    for name in ("catchment", "nexus"):
        block = output.get(name) if isinstance(output, dict) else None
        if isinstance(block, dict):
            Node(block, f"output.{name}", problems).warn_unknown({"enable", "format", "grouping", "rank_subdir"})
    for problem in problems.notes:
        _report_problem(problem, report)


def _check_placeholders(value: Any, where: str, report: Reporter) -> None:
    """Report ``{{id}}`` where ngen does not replace it, and what looks like it."""
    if isinstance(value, dict):
        for key, member in value.items():
            _check_placeholders(member, f"{where}.{key}" if where else key, report)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check_placeholders(member, f"{where}[{index}]", report)
    elif isinstance(value, str):
        found = _PLACEHOLDER.findall(value)
        if not found:
            return
        report = report.under(where)
        key = where.rpartition(".")[2]
        if key not in ("init_config", "file_pattern"):
            report.silent(
                "placeholder",
                f"'{value}' stays as it is: ngen replaces {{{{id}}}} only in init_config and file_pattern",
                "write it out, or use forcing.path with file_pattern",
            )
        elif any(text != "{{id}}" for text in found):
            report.silent(
                "placeholder",
                f"'{value}' has {', '.join(text for text in found if text != '{{id}}')}, which ngen does not replace",
                "write {{id}}, without blanks, in lower case",
            )
        elif key == "file_pattern" and len(found) > 1:
            report.silent("placeholder", f"'{value}': ngen replaces only the first {{{{id}}}} here", "use {{id}} once")
