"""Create and initialize a model as ngen's adapter does, and note what it says about itself."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ngen_harness.adapter import BmiModel
from ngen_harness.checking.findings import Reporter, split_advice
from ngen_harness.config import ModuleConfig
from ngen_harness.context import RunContext
from ngen_harness.errors import HarnessError
from ngen_harness.loader import create

_CONTROL = ("initialize", "update", "update_until", "finalize")
_METADATA = (
    "get_input_item_count",
    "get_input_var_names",
    "get_output_item_count",
    "get_output_var_names",
    "get_var_type",
    "get_var_itemsize",
    "get_var_nbytes",
    "get_var_units",
    "get_current_time",
    "get_start_time",
    "get_end_time",
    "get_time_units",
    "get_time_step",
)
_VALUES = ("set_value", "get_value_at_indices", "get_value_ptr")
REQUIRED = (*_CONTROL, *_METADATA, *_VALUES)


@dataclass(frozen=True)
class Described:
    """What a model says about a variable; None where it failed to answer.

    Attributes
    ----------
    count : int or None
        Number of items.
    units : str or None
        Unit.
    """

    count: int | None
    units: str | None


@dataclass
class Probe:
    """A model after initialization.

    Attributes
    ----------
    config : ModuleConfig
        Its part of the realization.
    report : Reporter
        For its place in the realization.
    model : BmiModel or None
        None if it could not be created and initialized; then nothing is known about its variables.
    named : bool
        Whether the names of its inputs and outputs are known.
    inputs, outputs : dict
        Name -> what it says.
    """

    config: ModuleConfig
    report: Reporter
    model: BmiModel | None = None
    named: bool = False
    inputs: dict[str, Described] = field(default_factory=dict)
    outputs: dict[str, Described] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name for messages."""
        return f"{self.config.model_type_name} (BMI Py)"

    def alias(self, name: str) -> str:
        """Name of a variable in the framework."""
        return self.config.names_map.get(name, name)

    def native(self, name: str) -> str | None:
        """Output that goes by a name or alias, or None."""
        if name in self.outputs:
            return name
        return next((output for output in self.outputs if self.config.names_map.get(output) == name), None)


def ask(function: Callable[..., Any], *arguments: Any) -> tuple[Any, str]:
    """Call something of a model: what it returned, or how it failed."""
    try:
        return function(*arguments), ""
    except (Exception, SystemExit) as error:
        text = str(error)
        return None, text if isinstance(error, HarnessError) else f"{type(error).__name__}: {text}"


def probe_module(config: ModuleConfig, context: RunContext, report: Reporter) -> Probe:
    """Create a model and initialize it.

    Parameters
    ----------
    config : ModuleConfig
        ``{{id}}`` replaced.
    context : RunContext
        The run.
    report : Reporter
        For the realization and the catchment.

    Returns
    -------
    Probe
    """
    probe = Probe(config, report.under(config.where))
    # A type without a dot has been reported by the reader of the realization.
    bmi = _create(config, context, report) if "." in config.python_type else None
    readable = _check_init_config(config, context, probe.report)
    if bmi is None:
        return probe
    missing = [name for name in REQUIRED if not callable(getattr(bmi, name, None))]
    for name in missing:
        probe.report.under("python_type").abort(
            "method-missing",
            f"{config.python_type} has no method {name}, which ngen calls",
            f"add {name}; a base class is not needed",
        )
    if not readable or "initialize" in missing:
        return probe
    path = config.init_config if context.cwd is None else str(context.resolve(config.init_config))
    _, failure = ask(bmi.initialize, path)
    if failure:
        probe.report.under("init_config").abort(
            "initialize",
            f"initialize('{config.init_config}') of {config.model_type_name} failed: {failure}",
            "correct the model's configuration or the model",
        )
        return probe
    probe.model = BmiModel(bmi, config.model_type_name)
    return probe


def _create(config: ModuleConfig, context: RunContext, report: Reporter) -> Any:
    try:
        return create(config, context)
    except HarnessError as error:
        key, _, text = str(error).partition(": ")
        if not key.startswith(config.where):
            key, text = config.where, str(error)
        why, fix = split_advice(text, "make the class importable, and callable without arguments, where ngen runs")
        report.under(key).abort("import", why, fix)
    except SystemExit as error:
        report.under(config.where).abort(
            "import", f"creating the model ends the process: {error}", "raise an exception"
        )
    return None


def _check_init_config(config: ModuleConfig, context: RunContext, report: Reporter) -> bool:
    """Whether ngen can read the model's configuration; "{{id}}" left over means that nobody can tell."""
    if "{{id}}" in config.init_config:
        return False
    path = context.resolve(config.init_config)
    if config.init_config and os.access(path, os.R_OK) and not path.is_dir():
        return True
    folder = context.cwd or "the current folder"
    report.under("init_config").abort(
        "init-config",
        f"cannot read '{config.init_config}', the configuration of {config.model_type_name}",
        f"give an existing file; paths are relative to {folder}",
    )
    return False


def ask_names(probe: Probe) -> None:
    """Ask for names and counts, and for what each variable is.

    Parameters
    ----------
    probe : Probe
        An initialized model that has its parameters: some models are told by them what they have.
    """
    if probe.model is None:
        return
    bmi = probe.model.bmi
    named = True
    for what, target in (("input", probe.inputs), ("output", probe.outputs)):
        names, failure = ask(lambda what=what: tuple(getattr(bmi, f"get_{what}_var_names")()))
        count, uncounted = ask(lambda what=what: int(getattr(bmi, f"get_{what}_item_count")()))
        for method, text in ((f"get_{what}_var_names", failure), (f"get_{what}_item_count", uncounted)):
            if text:
                probe.report.abort("getter", f"{method}() failed: {text}", "correct the model")
        if failure:
            named = False
            continue
        if not uncounted and count != len(names):
            told = f"get_{what}_item_count() is {count}, but get_{what}_var_names() has {len(names)} names"
            if count < len(names):
                told += "; ngen writes past the end of its buffer"
            severity = probe.report.silent if count < len(names) else probe.report.works
            severity("item-count", told, "make them agree")
        for name in names:
            if not isinstance(name, str):
                probe.report.abort("names", f"get_{what}_var_names() contains {name!r}", "return a tuple of texts")
        for name, times in Counter(name for name in names if isinstance(name, str)).items():
            if times > 1:
                probe.report.silent("names", f"get_{what}_var_names() has it {times} times", "name it once", name)
            target[name] = _describe(probe, what, name)
    for name in probe.config.names_map:
        if named and name not in probe.inputs and name not in probe.outputs:
            probe.report.under("variables_names_map").silent(
                "names-map",
                f"'{name}' is neither an input nor an output of {probe.label}: the entry has no effect; the model has "
                f"{', '.join([*probe.inputs, *probe.outputs]) or 'none'}",
                "put the model's variable on the left and the framework's name on the right",
                name,
            )
    probe.named = named


def _describe(probe: Probe, what: str, name: str) -> Described:
    """Ask for size and unit of a variable; inputs must be of a type that ngen can hand over."""
    assert probe.model is not None
    bmi = probe.model.bmi
    advice = "make it answer for every published variable"
    answers: dict[str, Any] = {}
    for method, convert in (("itemsize", int), ("nbytes", int), ("type", str), ("units", str)):
        getter = f"get_var_{method}"
        answers[method], failure = ask(lambda g=getter, c=convert: c(getattr(bmi, g)(name)))
        if failure and not (method == "units" and what == "output"):
            probe.report.abort("getter", f"{getter}('{name}') of the {what} failed: {failure}", advice, name)
        elif failure:
            probe.report.works("getter", f"{getter}('{name}') of the {what} failed: {failure}", advice, name)
    size, total, units = answers["itemsize"], answers["nbytes"], answers["units"]
    if not size or total is None:
        if size == 0:
            probe.report.abort("item-size", f"get_var_itemsize('{name}') is 0", "return the bytes of one item", name)
        return Described(None, units)
    if total % size:
        probe.report.silent(
            "item-size", f"get_var_nbytes is {total}, no multiple of get_var_itemsize, {size}", "correct them", name
        )
    if what == "input":
        _, failure = ask(probe.model.describe_input, name)
        if failure:
            _report_type(probe, name, failure)
        elif total // size == 0:
            probe.report.silent(
                "empty-input", "the input has no items: ngen hands over an empty array", "give it one item", name
            )
    if units == "C":
        probe.report.silent("unit-coulomb", "'C' is coulomb to UDUNITS, so nothing is converted", "write 'degC'", name)
    return Described(total // size, units)


def _report_type(probe: Probe, name: str, failure: str) -> None:
    text = failure.removeprefix(f"{probe.config.model_type_name}: ").removeprefix(f"variable '{name}': ")
    probe.report.abort("input-type", *split_advice(text), name)
