"""The ``ngen::mass_*`` variables, when the realization asks for the mass balance."""

from __future__ import annotations

from typing import Any

from ngen_harness.checking.findings import Reporter
from ngen_harness.checking.probes import Probe, ask
from ngen_harness.mass_balance import VARIABLES, is_one_double


def check_masses(probe: Probe) -> None:
    """Report what keeps ngen from checking a model's mass balance.

    Parameters
    ----------
    probe : Probe
        An initialized model.
    """
    config = probe.config.mass_balance
    if probe.model is None or config is None or not config.check or config.frequency == 0:
        return
    report = probe.report.under("mass_balance")
    model = probe.model
    units: dict[str, str] = {}
    amounts: list[float] = []
    for name in VARIABLES:
        array, failure = ask(model.read_pointer, name)
        unit, unitless = ask(model.units, name)
        if failure or unitless:
            report.silent(
                "mass-missing",
                f"the model does not offer {name} as ngen needs it, so the balance is not checked: "
                f"{failure or unitless}",
                "answer get_var_type, get_var_itemsize, get_var_units and get_value_ptr (1-D) for it",
                name,
            )
            continue
        units[name] = unit
        if is_one_double(array):
            amounts.append(float(array[0]))
        else:
            _report_shape(array, name, report)
    if len(set(units.values())) > 1:
        told = ", ".join(f"{name} '{unit}'" for name, unit in units.items())
        report.silent(
            "mass-units",
            f"the units differ as texts ({told}): ngen does not check the balance, not even with fatal",
            "report the same unit for all four",
        )
    if not callable(getattr(model.bmi, "get_component_name", None)):
        report.works("method-missing", "there is no get_component_name, which a failed check asks for", "add it")
    if len(amounts) == len(VARIABLES):
        balance = amounts[0] - amounts[1] - amounts[2] - amounts[3]
        if not abs(balance) <= config.tolerance:
            report.works(
                "mass-initial",
                f"before the first step in - out - stored - leaked is {balance:g}, more than the tolerance "
                f"{config.tolerance:g}: unless the first step closes it, every check fails",
                "count initial storage as mass_in, or as nothing in mass_stored",
            )


def _report_shape(array: Any, name: str, report: Reporter) -> None:
    report.silent(
        "mass-type",
        f"get_value_ptr('{name}') is {array.dtype} of shape {array.shape}; ngen copies it into one C double and gets "
        "garbage",
        "return float64 of shape (1,)",
        name,
    )
