"""Whether a record holds what its model needs: a file that can be read may still be damaged, or of another program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from basin_study.study_settings import ModelSettings

ROUNDING = 1e-9
"""Relative difference that the values of parameters may have on another machine."""


def record_problem(model: ModelSettings, result: Mapping[str, Any]) -> str:
    """Say what is wrong with the result of a calibration; empty when nothing is.

    Parameters
    ----------
    model : ModelSettings
    result : mapping
        As :func:`basin_study.calibrate.calibrate` gives it.
    """
    if not _is_number(result.get("objective")):
        return f"objective is {result.get('objective')!r}; expected a number"
    for name in ("evaluations", "refused"):
        if not _is_number(result.get(name)):
            return f"{name} is {result.get(name)!r}; expected a number"
    trace = result.get("trace")
    if not isinstance(trace, list) or not all(_is_pair(pair) for pair in trace):
        return "trace is no list of pairs of numbers"
    # records of before there were any have none
    samples, width = result.get("samples", []), 1 + len(model.space)
    if not isinstance(samples, list) or not all(_is_sample(sample, width) for sample in samples):
        return f"samples are no list of an objective and {width - 1} shares from 0 to 1 each"
    return parameter_problem(model, result)


def parameter_problem(model: ModelSettings, result: Mapping[str, Any]) -> str:
    """Say what is wrong with the parameters of a result; empty when nothing is."""
    names, shares, parameters = model.space.names, result.get("shares"), result.get("parameters")
    if not isinstance(shares, list) or len(shares) != len(names):
        return f"shares is no list of {len(names)} numbers"
    if not all(_is_number(share) and 0.0 <= share <= 1.0 for share in shares):
        return f"shares are {shares}; expected numbers from 0 to 1"
    if not isinstance(parameters, Mapping) or set(parameters) != set(names):
        return f"parameters are not those of the model's space, {', '.join(names)}"
    values = model.space.values(np.array(shares, dtype=np.float64)).tolist()
    for name, value in zip(names, values, strict=True):
        found = parameters[name]
        if not _is_number(found) or not math.isclose(found, value, rel_tol=ROUNDING, abs_tol=1e-300):
            return f"parameter {name} is {found!r}; its share of the bounds is {value!r}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _is_sample(value: object, width: int) -> bool:
    if not isinstance(value, list) or len(value) != width or not all(map(_is_number, value)):
        return False
    return all(0.0 <= share <= 1.0 for share in value[1:])
