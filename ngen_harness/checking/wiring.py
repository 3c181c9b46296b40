"""Who gives which input: names, numbers of items and units between forcing and modules."""

from __future__ import annotations

from dataclasses import dataclass, field

from ngen_harness.checking.conversions import conversion_failure, is_same_water, is_skipped
from ngen_harness.checking.findings import listing
from ngen_harness.checking.forcings import Offer
from ngen_harness.checking.outputs import read_scalar
from ngen_harness.checking.probes import Described, Probe, ask
from ngen_harness.checking.ranges import check_range
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import HarnessError, UnitConversionError
from ngen_harness.json_problems import did_you_mean


@dataclass
class Wiring:
    """The formulation of one catchment.

    Attributes
    ----------
    probes : list of Probe
        Its models in their order; a single formulation has one.
    forcing : Offer
        The catchment's forcing.
    context : RunContext
        The run.
    multi : bool
        Whether it is a ``bmi_multi``.
    complete : bool
        Whether all its models are in `probes`.
    defaults : mapping
        ``default_output_values``.
    pool : dict
        Framework name -> module that offers it; None is the forcing.
    """

    probes: list[Probe]
    forcing: Offer
    context: RunContext
    multi: bool
    complete: bool
    defaults: dict[str, float] = field(default_factory=dict)
    pool: dict[str, Probe | None] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether everything that is offered is known."""
        return self.complete and self.forcing.known and all(probe.named for probe in self.probes)


def connect(wiring: Wiring) -> None:
    """Connect all inputs and report what ngen would make of them.

    Parameters
    ----------
    wiring : Wiring
        Its pool is filled.
    """
    wiring.pool.update(dict.fromkeys(wiring.forcing.units))
    late: list[tuple[Probe, str]] = []
    for probe in wiring.probes:
        for name in probe.inputs:
            alias = probe.alias(name)
            if alias in wiring.pool:
                _join(wiring, probe, name, wiring.pool[alias])
            else:
                late.append((probe, name))
        if wiring.multi:
            _offer(wiring, probe)
    for probe, name in late:
        _join_late(wiring, probe, name)
    wanted = {probe.alias(name) for probe, name in late}
    for name in wiring.defaults:
        if name not in wanted and wiring.known:
            wiring.probes[0].report.works(
                "default-unused", f"default_output_values has '{name}', which no module waits for", "remove it"
            )


def _offer(wiring: Wiring, probe: Probe) -> None:
    """Add a module's outputs to the pool."""
    for name in probe.outputs:
        alias = probe.alias(name)
        if alias in wiring.pool:
            other = wiring.pool[alias]
            probe.report.abort(
                "duplicate-output",
                f"output '{alias}' of {probe.label} is already offered by {other.label if other else 'the forcing'}",
                f'give it another name: "variables_names_map": {{"{name}": "another_name"}}',
                name,
            )
        else:
            wiring.pool[alias] = probe


def _join_late(wiring: Wiring, probe: Probe, name: str) -> None:
    """Connect an input that nothing before its module offers."""
    alias = probe.alias(name)
    if wiring.multi:
        for _, other in sorted(wiring.pool.items(), key=lambda item: item[0]):
            if other is None or alias not in {*other.outputs, *(other.alias(output) for output in other.outputs)}:
                continue
            if other is not probe:
                default = f"{wiring.defaults[alias]:g}" if alias in wiring.defaults else "what it holds initially"
                probe.report.works(
                    "look-back",
                    f"input '{alias}' comes from {other.label}, which runs later: the value of the step before, in the "
                    f"first step {default}",
                    "reverse the modules unless that is meant",
                    name,
                )
            if alias in wiring.defaults and probe.inputs[name].count not in (1, None):
                probe.report.abort(
                    "default-array", "default_output_values cannot be used for an array", "remove the default", name
                )
            _join(wiring, probe, name, other)
            return
    if not wiring.known and not wiring.forcing.null:
        return
    if not wiring.known and wiring.multi:
        return
    if wiring.forcing.null and not wiring.multi:
        why, fix = (
            f"'{alias}' is wanted, but forcing.provider is NullForcingProvider, which aborts when it is asked",
            "use CsvPerFeature and give a file",
        )
    else:
        close = did_you_mean(alias, list(wiring.pool))
        why = f"nobody offers '{alias}'{close}, input of {probe.label}; there is {listing(wiring.pool)}"
        fix = f'map it: "variables_names_map": {{"{name}": "an offered name"}}, or add the column or a module'
    probe.report.abort("no-provider", why, fix, name)


def _join(wiring: Wiring, probe: Probe, name: str, provider: Probe | None) -> None:
    """Report what happens between a provider and an input."""
    wanted = probe.inputs[name]
    alias = probe.alias(name)
    if provider is None:
        given = Described(1, wiring.forcing.units[alias])
        label = "the forcing"
        _check_numbers(wiring, probe, name, alias)
        if wanted.count == 1:
            check_range(wiring.forcing, probe, name, alias, wiring.context)
    else:
        native = provider.native(alias) or alias
        given = provider.outputs.get(native, Described(None, None))
        label = provider.label
        if wanted.count == 1:
            read_scalar(provider, native, f"{probe.label} reads it")
        elif wanted.count is not None and provider.model is not None:
            _, failure = ask(provider.model.read_array, native)
            if failure:
                provider.report.abort("array", f"{probe.label} reads it as an array: {failure}", "correct it", native)
    _check_items(probe, name, wanted, given, label)
    if wanted.units is not None and given.units is not None:
        _check_units(wiring.context, probe, name, wanted, given.units, label)
    if provider is None and wanted.count == 1:
        _try_first(wiring, probe, name, alias, given.units or "")


def _check_items(probe: Probe, name: str, wanted: Described, given: Described, label: str) -> None:
    if wanted.count in (None, 0) or given.count is None or wanted.count == given.count:
        return
    if wanted.count == 1:
        probe.report.silent(
            "array-to-scalar",
            f"{label} has {given.count} items, the input 1: ngen hands over the first one",
            "give the input as many items, or a scalar output",
            name,
        )
    elif given.count == 1:
        probe.report.silent(
            "broadcast",
            f"the input has {wanted.count} items, but {label} gives 1: ngen sets all to it and says so in "
            "the log each time",
            "give the provider as many items, or the input one",
            name,
        )
    else:
        probe.report.abort(
            "item-mismatch",
            f"the input has {wanted.count} items, but {label} gives {given.count} ('Mismatch in item count')",
            "make the numbers of items equal",
            name,
        )


def _check_units(context: RunContext, probe: Probe, name: str, wanted: Described, source: str, label: str) -> None:
    target = wanted.units or ""
    try:
        failure = conversion_failure(context.convert, source, target)
    except HarnessError as error:
        probe.report.works("not-checked", f"units: {error}", "install cf-units")
        return
    if failure and wanted.count != 1 and not context.mode.unit_failures_every_time:
        probe.report.abort(
            "unit-array",
            f"{label} has it in '{source}', the input wants '{target}': {failure}; for arrays ngen aborts",
            "use units that UDUNITS can convert",
            name,
        )
    elif failure and is_same_water(context.convert, source, target):
        probe.report.works(
            "unit-raw",
            f"{label} has it in '{source}', the input wants '{target}': {failure}; ngen hands over the raw "
            "number, which is right as long as a step is an hour (1 kg of water on 1 m2 is 1 mm)",
            "write the unit into the header of the forcing column, for example 'APCP_surface[mm]', if you can",
            name,
        )
    elif failure:
        probe.report.silent(
            "unit-raw",
            f"{label} has it in '{source}', the input wants '{target}': {failure}; ngen hands over the raw "
            "number with one warning",
            "change get_var_units, the unit in the forcing's header, or map the input to another variable",
            name,
        )
    elif is_skipped(source, target):
        probe.report.works(
            "unit-none",
            f"the input names no unit ('{target}'), so ngen hands over the number in '{source}' as it is",
            "let get_var_units name the unit the model works in",
            name,
        )


def _check_numbers(wiring: Wiring, probe: Probe, name: str, alias: str) -> None:
    """Report hours of the forcing that are no finite numbers."""
    count, first = wiring.forcing.not_finite(alias)
    if count and wiring.forcing.path:
        when = to_text(wiring.context.start + first * HOUR)
        probe.report.under("", file=wiring.forcing.path).silent(
            "forcing-not-finite",
            f"'{alias}' is no finite number at {when} ({count} such hours): ngen hands it over for the input '{name}'",
            "fill the gaps",
            alias,
        )


def _try_first(wiring: Wiring, probe: Probe, name: str, alias: str, units: str) -> None:
    """Set an input to its value of the first hour, as ngen does before the first update."""
    value = wiring.forcing.first(alias)
    if value is None or value != value or probe.model is None:
        return
    try:
        value = wiring.context.convert(value, units, probe.inputs[name].units or "")
    except UnitConversionError:
        pass
    except HarnessError:
        return
    _, failure = ask(probe.model.set_value, name, value)
    if failure and "which ngen cannot map" not in failure:
        probe.report.abort(
            "set-input",
            f"set_value('{name}', {value:g}) with the first hour's value failed: {failure}",
            "correct the model or the forcing",
            name,
        )
