"""Forcing that a component would refuse at some step: found before the run."""

from __future__ import annotations

from ngen_bmi.variables import VariableTable
from ngen_harness.checking.forcings import Offer
from ngen_harness.checking.probes import Probe
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.forcing_file import WELL_KNOWN
from ngen_harness.input_ranges import outside


def check_range(offer: Offer, probe: Probe, name: str, alias: str, context: RunContext) -> None:
    """Report hours of the forcing that are outside what a model of this project accepts.

    Parameters
    ----------
    offer : Offer
        The catchment's forcing.
    probe : Probe
        The model; others than this project's say nothing about ranges.
    name, alias : str
        Its input, and the forcing's name for it.
    context : RunContext
        The run.
    """
    table = getattr(probe.model.bmi, "table", None) if probe.model is not None else None
    if not isinstance(table, VariableTable) or name not in table.by_name:
        return
    values = offer.values(alias)
    if values is None:
        return
    hours = (context.end - context.start) // HOUR + 1
    found = outside(values[:hours], offer.units[alias], table.by_name[name], context.convert)
    if found is None:
        return
    when = to_text(context.start + found.index * HOUR)
    column = _column_of(alias, offer)
    why = found.why(column, when) + (f" ({found.count} such hours)" if found.count > 1 else "")
    report = probe.report.under("", file=offer.path)
    if found.mendable:
        report.works(
            "forcing-range",
            f"{why}: {probe.label} refuses it unless the section 'forcing' of its configuration says zero",
            "mend the data, or let that section say zero",
            column,
        )
        return
    report.abort(
        "forcing-range",
        f"{why}: {probe.label} refuses it as its input '{name}', and the run ends there",
        found.fix(column, header=offer.header),
        column,
    )


def _column_of(alias: str, offer: Offer) -> str:
    """Name of a variable in the file: its header is what has to be changed."""
    canonical = WELL_KNOWN.get(alias, (alias, ""))[0]
    own = (name for name in offer.units if name != canonical and WELL_KNOWN.get(name, ("", ""))[0] == canonical)
    return next(own, alias)
