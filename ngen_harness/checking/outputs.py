"""Outputs: the columns of the catchment file and the main output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ngen_harness.checking.conversions import conversion_failure, is_unknown
from ngen_harness.checking.findings import Reporter, listing, split_advice
from ngen_harness.checking.probes import Probe, ask
from ngen_harness.config import MultiConfig
from ngen_harness.errors import HarnessError
from ngen_harness.json_problems import did_you_mean

if TYPE_CHECKING:
    from ngen_harness.checking.wiring import Wiring

# A number that no model would give.
_MARK = -8.7654321e18


def read_scalar(probe: Probe, name: str, use: str) -> None:
    """Read an output as ngen does, and report what would go wrong.

    Parameters
    ----------
    probe : Probe
        An initialized model.
    name : str
        One of its outputs.
    use : str
        What it is read for.
    """
    if probe.model is None:
        return
    model = probe.model
    dtype, failure = ask(model.scalar_type, name)
    if failure:
        text = failure.removeprefix(f"{probe.config.model_type_name}: ").removeprefix(f"output '{name}': ")
        why, fix = split_advice(text, "report 'float64' with 8 bytes")
        probe.report.abort("output-type", f"{use}, and {why}", fix, name)
        return
    target = np.full(1, _MARK if dtype.kind == "f" else np.iinfo(dtype).min, dtype)
    mark = target.copy()
    _, failure = ask(model.bmi.get_value_at_indices, name, target, np.zeros(1, np.int32))
    if failure:
        probe.report.works(
            "output-unready",
            f"get_value_at_indices raised {failure} before the first update; if it still does after it, ngen aborts",
            "give outputs a value at the end of initialize",
            name,
        )
    elif target[0] == mark[0]:
        probe.report.silent(
            "output-not-filled",
            "get_value_at_indices does not fill the array it is given; ngen ignores what it returns and reads 0",
            "write into dest in place: dest[:] = ...",
            name,
        )


def check_outputs(wiring: Wiring, multi: MultiConfig | None, columns_read: bool) -> None:
    """Report columns and main output of a formulation.

    Parameters
    ----------
    wiring : Wiring
        After its inputs have been connected.
    multi : MultiConfig or None
        None for a single formulation.
    columns_read : bool
        Whether ngen writes catchment files and so reads their columns.
    """
    if not wiring.probes or not wiring.complete:
        return
    if multi is None:
        probe = wiring.probes[0]
        variables, headers, report = probe.config.output_variables, probe.config.output_headers, probe.report
        if probe.named and columns_read:
            _check_single_columns(probe, variables)
    else:
        probe = wiring.probes[-1]
        variables, headers = multi.output_variables, multi.output_headers
        report = probe.report.at_key(multi.where)
        if variables is not None:
            _check_pool_columns(wiring, variables, report)
        elif probe.named and columns_read:
            _check_single_columns(probe, probe.config.output_variables)
    columns = variables if variables is not None else probe.config.output_variables
    if columns is None and probe.named:
        columns = tuple(probe.outputs)
    if headers is not None and multi is None and not wiring.context.mode.single_headers:
        report.under("output_header_fields").silent(
            "headers",
            f"ngen of {wiring.context.mode.version} prints the names of the variables of a single formulation",
            "remove the key, or use a bmi_multi",
        )
    elif headers is not None and columns is not None and len(headers) != len(columns):
        report.under("output_header_fields").silent(
            "headers",
            f"has {len(headers)} fields, but there are {len(columns)} output variables: ngen ignores it",
            f"give {len(columns)} fields",
        )
    _check_units(wiring)
    _check_main(wiring, multi.main_output if multi else probe.config.main_output, report)


def _check_single_columns(probe: Probe, variables: tuple[str, ...] | None) -> None:
    """Columns that are outputs of one model."""
    report = probe.report.under("output_variables")
    for name in variables if variables is not None else probe.outputs:
        native = probe.native(name)
        if native is None:
            _report_unknown(probe, name, report)
            continue
        if name == native and probe.alias(name) != name:
            report.works(
                "native-name",
                f"'{name}' goes by '{probe.alias(name)}' in variables_names_map; the model's own name works here, but "
                "in a bmi_multi it would abort",
                f"write '{probe.alias(name)}'",
                name,
            )
        read_scalar(probe, native, "it is a column of the catchment file")
        if probe.outputs[native].units is None:
            report.abort(
                "getter", "get_var_units fails for this column, and ngen asks for it in every step", "answer it", name
            )


def _check_pool_columns(wiring: Wiring, variables: tuple[str, ...], report: Reporter) -> None:
    """Columns of a bmi_multi, looked up by the framework's names."""
    report = report.under("output_variables")
    for name in variables:
        if name not in wiring.pool:
            owners = [probe for probe in wiring.probes if name in probe.outputs]
            if owners:
                alias = owners[0].alias(name)
                why = f"'{name}' goes by '{alias}' in variables_names_map; in a bmi_multi only that name is known"
                report.abort("unknown-output", why, f"write '{alias}'", name)
            elif wiring.known:
                close = did_you_mean(name, list(wiring.pool))
                why = f"nobody offers '{name}'{close}; there is {listing(wiring.pool)}"
                report.abort("unknown-output", why, "name something that is offered", name)
            continue
        owner = wiring.pool[name]
        if owner is None:
            report.silent(
                "forcing-echo",
                f"'{name}' is a forcing variable: ngen writes the value of the next hour into each row",
                "leave it out, or let a module have it as an output",
                name,
            )
        else:
            read_scalar(owner, owner.native(name) or name, "it is a column of the catchment file")


def _check_units(wiring: Wiring) -> None:
    """Report units that nobody could convert; those of inputs only if it is not known who provides them."""
    for probe in wiring.probes:
        inputs = {} if wiring.known else probe.inputs
        for name, described in (*probe.outputs.items(), *inputs.items()):
            try:
                unknown = is_unknown(wiring.context.convert, described.units or "")
            except HarnessError:
                return
            if unknown:
                probe.report.works(
                    "unit-unknown",
                    f"UDUNITS does not know the unit '{described.units}': the number is handed over as it is",
                    "use a unit that UDUNITS knows",
                    name,
                )


def _check_main(wiring: Wiring, name: str, report: Reporter) -> None:
    """Find the main output and judge its unit."""
    report = report.under("main_output_variable")
    if not all(probe.named for probe in wiring.probes):
        return
    owner = wiring.probes[-1]
    for probe in (wiring.probes[-1], *wiring.probes[:-1]):
        chosen = probe.config.output_variables
        if name in (chosen if chosen is not None else probe.outputs):
            owner = probe
            break
    native = owner.native(name)
    if native is None:
        _report_unknown(owner, name, report)
        return
    read_scalar(owner, native, "it is the main output")
    units = owner.outputs[native].units
    if units is None:
        report.abort("getter", "get_var_units fails for the main output", "answer it with 'm'", name)
        return
    mode = wiring.context.mode
    if not mode.main_output_is_converted:
        if units != "m":
            report.silent(
                "main-unit",
                f"the main output is in '{units}': ngen of {mode.version} takes the number for metres per step, so "
                "the flow at the nexus is wrong",
                "give the main output in 'm' per step",
                name,
            )
        return
    try:
        failure = conversion_failure(wiring.context.convert, units, "m")
    except HarnessError as error:
        report.works("not-checked", f"units: {error}", "install cf-units")
        return
    if failure:
        report.silent(
            "main-unit",
            f"the main output is in '{units}', which is no length: {failure}; ngen takes the number as metres per "
            "step, so the flow at the nexus is wrong",
            "give the main output in 'm' per step",
            name,
        )


def _report_unknown(probe: Probe, name: str, report: Reporter) -> None:
    hint = did_you_mean(name, [*probe.outputs, *probe.config.names_map.values()])
    extra = "; it is an input, and ngen writes only outputs" if name in probe.inputs else ""
    report.abort(
        "unknown-output",
        f"'{name}' is not an output of {probe.label}{hint}{extra}; it has {', '.join(probe.outputs) or 'none'}",
        "name one of its outputs",
        name,
    )
