"""``model_params``: types and lengths against the model, values set as ngen sets them."""

from __future__ import annotations

from typing import Any

from ngen_harness.checking.findings import Reporter, split_advice
from ngen_harness.checking.probes import Probe, ask
from ngen_harness.config import HydrofabricLink
from ngen_harness.hydrofabric import Feature
from ngen_harness.json_problems import did_you_mean
from ngen_harness.parameters import numbers_of
from ngen_harness.ptree import kind


def check_parameters(probe: Probe, feature: Feature | None) -> None:
    """Set every parameter and report what ngen would make of it.

    Parameters
    ----------
    probe : Probe
        An initialized model; gets the parameters.
    feature : Feature or None
        The catchment; None if its properties are unknown.
    """
    for name, value in probe.config.model_params.items():
        report = probe.report.under(f"model_params.{name}")
        if isinstance(value, HydrofabricLink):
            value = _linked(value, feature, report)
            if value is None:
                continue
        _check_parameter(probe, name, value, report)


def _linked(link: HydrofabricLink, feature: Feature | None, report: Reporter) -> Any:
    """Value of a catchment's property, or None after a finding."""
    name = link.property_name
    if feature is None:
        report.works(
            "not-checked", f"comes from the property '{name}' of the catchment, which is not known", "give --catchments"
        )
        return None
    value = feature.properties.get(name)
    if value is not None and not isinstance(value, (list, dict)):
        return value
    what = f"is of type {kind(value)}" if value is not None else "is missing" + did_you_mean(name, feature.properties)
    report.silent(
        "parameter-skipped",
        f"the property '{name}' of the catchment {what}: ngen skips the parameter, the model keeps its own value",
        "correct the name or the hydrofabric, or write the value into the realization",
    )
    return None


def _check_parameter(probe: Probe, name: str, value: Any, report: Reporter) -> None:
    if probe.model is None:
        return
    count, failure = ask(probe.model.describe_parameter, name)
    if failure:
        known = " (ngen asks for its type and size outside of any safety net)"
        report.abort(
            "parameter",
            f"{probe.label} does not know this parameter, or its type is none for ngen: {failure}{known}",
            "correct the name, or make the model answer get_var_type, _itemsize and _nbytes for it",
            name,
        )
        return
    numbers = numbers_of(value)
    if numbers is None:
        report.silent(
            "parameter-skipped",
            f"is of type {kind(value)}, which ngen cannot pass to a model: skipped, the model keeps its own value",
            "give a number or a list of numbers",
            name,
        )
        return
    if isinstance(value, list) and len(numbers) != len(value):
        report.silent("parameter-skipped", "the list has entries that are no numbers", "give only numbers", name)
    if len(numbers) != count:
        effect = "reads past the end of the list" if len(numbers) < count else "cuts the list"
        report.silent(
            "parameter-length",
            f"has {len(numbers)} value{'s' * (len(numbers) != 1)}, but the variable has {count} items: ngen {effect}",
            f"give exactly {count}",
            name,
        )
        return
    integer = "int" in str(ask(probe.model.bmi.get_var_type, name)[0]) or "long" in str(
        ask(probe.model.bmi.get_var_type, name)[0]
    )
    if integer and any(number != int(number) for number in numbers if abs(number) < 2**63):
        report.silent(
            "parameter-cut", f"{value} becomes {[int(number) for number in numbers]}", "give whole numbers", name
        )
    _, failure = ask(probe.model.set_value, name, numbers)
    if "does not fit" in failure:
        report.silent("parameter-cut", *split_advice(failure + "; give a number that fits the type"), name)
    elif failure:
        report.silent(
            "parameter-skipped",
            f"set_value raised {failure}: ngen skips the parameter with one warning",
            "give a value that the model accepts",
            name,
        )
