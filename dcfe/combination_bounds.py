"""Bounds of combinations: as wide as their raw parameters allow, and such that every carrier stays valid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from dcfe.bounds import Bound, Bounds, Scale, bounds_of
from dcfe.combinations import COMBINATIONS, TABLE, THRESHOLDS, CombinationMap, coefficients_of
from ngen_bmi.errors import ParameterError

MOST_SHARE = 0.98
"""Greatest threshold, as a share of the maximum storage, that bounds allow: some storage has to drain."""

ABOVE_WILTING = 1.01
"""Least threshold over the wilting point that bounds allow."""

LEAST_POROSITY = 2.0
"""Least porosity over the moisture at the wilting point, where a range of porosity is not given."""

DECADES = 1e-4
"""Least end of a product over its greatest where ranges of its factors begin at 0: logarithms need one."""

_ROUND_OFF = 1e-12


def combination_bounds(
    names: Sequence[str],
    parameters: Mapping[str, Tensor],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scales: Mapping[str, Scale] | None = None,
) -> Bounds:
    """Bounds of raw parameters and combinations to learn.

    Those of a product are what the ranges of its factors allow, those of a threshold are not restricted; both as far as
    the carrier, with the others as they are held, stays valid in every basin, and the threshold above the wilting point
    whatever porosity is learned. (Not so for ``drainable_storage`` beside a threshold: some pairs of them need a
    porosity that there is not.) Since ``slope`` is at most 1, a high ``satdk`` as prior leaves
    ``percolation_coefficient`` the most room. Where porosity is learned without a given range, it begins at twice the
    moisture at the wilting point.

    Parameters
    ----------
    names : sequence of str
    parameters : mapping of str to tensor, shape (basins,)
        What is held.
    ranges : mapping of str to (float, float), optional
        Ranges of raw parameters, learned or not, that replace the calibration ranges, or of combinations, which are
        then taken as they are.
    scales : mapping of str to {"linear", "log"}, optional
        As in :func:`dcfe.bounds.bounds_of`; products are logarithmic where their range is positive.

    Raises
    ------
    ParameterError
        When a name is unknown or a combination has no room.
    """
    CombinationMap(names)
    ranges, scales = dict(ranges or {}), dict(scales or {})
    spans = {name: ranges.get(name, TABLE[name].calibration or TABLE[name].valid) for name in CfeParameters._fields}
    raw = [name for name in names if name not in COMBINATIONS]
    driest = _driest(parameters, spans, "wltsmc" in names)
    if "maxsmc" not in ranges:
        low, high = spans["maxsmc"]
        spans["maxsmc"] = (max(low, min(LEAST_POROSITY * driest, high * (1.0 - _ROUND_OFF))), high)
        if any(name in COMBINATIONS for name in names):
            ranges["maxsmc"] = spans["maxsmc"]
    kept = {name: ranges[name] for name in raw if name in ranges}
    bounds = bounds_of(raw, kept, {name: scales[name] for name in raw if name in scales}).by_name if raw else {}
    found: dict[str, Bound] = {}
    problems = []
    for name in names:
        if name in bounds:
            found[name] = bounds[name]
            continue
        low, high = ranges.get(name) or _inside(*_allowed(name, names, spans, parameters, driest))
        if not low < high:
            problems.append(
                f"{name}: no value from {low:.4g} to {high:.4g} keeps {COMBINATIONS[name].carrier} valid in every "
                f"basin, and the threshold above the wilting point: hold its other parameters at other priors, give "
                f"maxsmc a higher range, or give {name} a range"
            )
            continue
        default: Literal["linear", "log"] = "log" if low > 0.0 and COMBINATIONS[name].others else "linear"
        found[name] = Bound(low, high, scales.get(name, default))
    if problems:
        raise ParameterError("bounds of combinations", problems)
    return Bounds(found)


def _driest(held: Mapping[str, Tensor], spans: Mapping[str, tuple[float, float]], learned: bool) -> float:
    """Greatest moisture at the wilting point."""
    return spans["wltsmc"][1] if learned else float(held["wltsmc"].max())


def _inside(low: float, high: float) -> tuple[float, float]:
    """Range a little smaller than that of the carrier: round-off must not carry it out."""
    return low * (1.0 + _ROUND_OFF), high * (1.0 - _ROUND_OFF)


def _allowed(
    name: str,
    names: Sequence[str],
    spans: Mapping[str, tuple[float, float]],
    held: Mapping[str, Tensor],
    driest: float,
) -> tuple[float, float]:
    """Least and greatest value that ranges allow and with which the carrier is valid in every basin."""
    combination = COMBINATIONS[name]
    if combination.others:
        low, high = _product(name, names, spans, held)
        return (low, high) if low > 0.0 else (DECADES * high, high)
    moves = "maxsmc" in names or "drainable_storage" in names
    c = coefficients_of(held)
    prior: Tensor = c.soil_threshold / c.soil_max
    reach = [prior * (limit / held["satpsi"]) ** (1.0 / held["b"]) for limit in TABLE["satpsi"].valid]
    # the least maximum storage is the one that the wilting point comes nearest to
    wilting = driest / (spans["maxsmc"][0] if moves else held["maxsmc"]) * torch.ones_like(prior)
    low = max(float(reach[0].max()), ABOVE_WILTING * float(wilting.max()))
    high = min(float(reach[1].min()), MOST_SHARE)
    if name == "threshold_share":
        return low, high
    porosity = [limit / held["maxsmc"] * c.soil_max for limit in spans["maxsmc"]]
    if name == "drainable_storage":
        if any(threshold in names for threshold in THRESHOLDS):
            return float((porosity[0] * (1.0 - high)).min()), float((porosity[1] * (1.0 - low)).max())
        # the threshold keeps its share
        least = torch.maximum(porosity[0], ABOVE_WILTING * c.soil_wilting / prior)
        return float((least * (1.0 - prior)).max()), float((porosity[1] * (1.0 - prior)).min())
    # the share has to be valid with any porosity that is learned
    least, most = (porosity[1], porosity[0]) if moves else (c.soil_max, c.soil_max)
    below = c.soil_wilting if name == "available_storage" else torch.zeros_like(c.soil_wilting)
    return float((low * least - below).max()), float((high * most - below).min())


def _product(
    name: str, names: Sequence[str], spans: Mapping[str, tuple[float, float]], held: Mapping[str, Tensor]
) -> tuple[float, float]:
    """Least and greatest value of a product."""
    combination = COMBINATIONS[name]
    low, high = spans[combination.carrier]
    least, most = TABLE[combination.carrier].valid
    for factor, exponent in combination.others.items():
        ends = sorted(limit**exponent if limit > 0.0 else math.inf**exponent for limit in spans[factor])
        low, high = low * ends[0], high * ends[1]
        moves = factor in names or any(COMBINATIONS[n].carrier == factor for n in names if n in COMBINATIONS)
        # of what is learned as well the most unfavourable end counts, of what is held its values
        values = torch.tensor(ends, dtype=torch.float64) if moves else held[factor] ** exponent
        least, most = least * float(values.max()), most * float(values.min())
    return max(low, least), min(high, most)
