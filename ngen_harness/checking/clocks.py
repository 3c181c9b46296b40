"""The model's clock: unit, start, step and end."""

from __future__ import annotations

import math

from ngen_harness.checking.findings import Reporter
from ngen_harness.checking.probes import Probe, ask
from ngen_harness.context import HOUR, RunContext
from ngen_harness.errors import HarnessError, UnitConversionError
from ngen_harness.units import seconds_per_unit


def check_clock(probe: Probe, context: RunContext, steps: int | None) -> None:
    """Report what ngen would make of a model's times.

    Parameters
    ----------
    probe : Probe
        An initialized model.
    context : RunContext
        The run.
    steps : int or None
        Hourly steps of the simulation; None if unknown.
    """
    if probe.model is None:
        return
    report = probe.report
    bmi = probe.model.bmi
    units, failure = ask(lambda: str(bmi.get_time_units()))
    if failure:
        report.abort("getter", f"get_time_units() failed: {failure}", "return 's'")
        return
    second = _second(units, context, report)
    times: dict[str, float] = {}
    for name in ("start", "current", "end"):
        value, failure = ask(lambda name=name: float(getattr(bmi, f"get_{name}_time")()))
        if failure:
            report.abort("getter", f"get_{name}_time() failed: {failure}", "return a number")
        else:
            times[name] = value
    step, failure = ask(lambda: float(bmi.get_time_step()))
    if failure:
        report.abort("getter", f"get_time_step() failed: {failure}", "return a number")
    if second is None:
        return
    hour = HOUR / second
    if not failure:
        _check_step(step, hour, units, report)
    if "start" in times and "current" in times and not math.isclose(times["start"], times["current"], rel_tol=1e-12):
        shift = (times["current"] - times["start"]) * second / HOUR
        report.silent(
            "clock",
            f"after initialize get_current_time() is {times['current']:g} and get_start_time() {times['start']:g} "
            f"({units}): forcing is read {shift:g} hours away from the time of the step",
            "begin with the start time",
        )
    if steps is None or "current" not in times or "end" not in times:
        return
    needed = times["current"] + steps * hour
    if times["end"] < needed * (1 - 1e-12):
        span = (times["end"] - times["current"]) / hour
        possible = math.floor(span) if 0.0 < span < math.inf else 0
        told = (
            f"get_end_time() is {times['end']:g} {units}, but the simulation goes on to {needed:g}: {possible} of "
            f"{steps} steps are possible"
        )
        if probe.config.allow_exceed_end_time:
            report.works("end-time", told + "; allow_exceed_end_time lets it go on", "return a larger end time")
        else:
            report.abort("end-time", told, "return a larger get_end_time(), or set allow_exceed_end_time to true")


def _second(units: str, context: RunContext, report: Reporter) -> float | None:
    """Seconds in a unit of time, or None after a finding."""
    advice = "return 's' (or min, hour, day)"
    if " since " in f" {units.lower()} ":
        report.silent(
            "time-reference",
            f"get_time_units() is '{units}': ngen accepts a unit with a date and converts with a garbage factor",
            advice,
        )
        return None
    try:
        return seconds_per_unit(context.convert, units)
    except UnitConversionError:
        report.abort("time-units", f"get_time_units() is '{units}', which is not a unit of time for ngen", advice)
    except HarnessError as error:
        report.works("not-checked", f"units of time: {error}", "install cf-units")
    return None


def _check_step(step: float, hour: float, units: str, report: Reporter) -> None:
    if not step > 0:
        report.works(
            "time-step",
            f"get_time_step() is {step:g} {units}: ngen calls update_until",
            "return the length of a step, 3600 s",
        )
    elif step > hour * (1 + 1e-9):
        report.works(
            "time-step",
            f"the model's step is {step:g} {units}, but ngen asks for hourly steps: update_until({hour:g}), less than "
            "one step",
            "the model must accept that, or have a step of an hour or less",
        )
    elif step != hour and math.isclose(step, hour, rel_tol=1e-9):
        report.works(
            "time-step",
            f"get_time_step() is {step!r} {units} and an hour {hour!r}: not the same double, so ngen calls "
            "update_until instead of update",
            "return exactly the same number, or use 's'",
        )
