"""What a test could have found: the shift of differences that it would find with a power of 80 %, by simulation.

Simulated studies are judged as the real one is: exact p-values of the groups' true sizes, corrected after Holm for all
groups. The shift is applied to the basins of one group alone; the others differ in nothing but chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basin_study.signed_ranks import SIGNIFICANCE, imbalance_p, least_pairs, pseudomedian

_Array = NDArray[Any]

POWER = 0.8
SIMULATIONS = 400
_TOLERANCE = 0.01


def detectable_shifts(difference: _Array, groups: Mapping[str, _Array], rng: np.random.Generator) -> dict[str, float]:
    """Smallest shift of each group, to 1 % of itself, that is found with a power of :data:`POWER`.

    Parameters
    ----------
    difference : array, shape (basins,)
        NaN where there is none.
    groups : mapping of str to array of bool, shape (basins,)
        All that are tested, and corrected for each other.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to float
        Infinity where so few basins cannot show a shift of any size; NaN for groups without basins, and where at least
        half of the differences are the same, so that their spread says nothing.
    """
    known = np.isfinite(difference)
    rows = {name: known & members for name, members in groups.items()}
    rows = {name: members for name, members in rows.items() if members.any()}
    known = np.logical_or.reduce(list(rows.values())) if rows else known
    shifts = dict.fromkeys(groups, math.nan)
    if not rows:
        return shifts
    least = least_pairs(len(rows))
    parts: list[tuple[_Array, frozenset[str]]] = []
    names = list(rows)
    for pattern in np.unique(np.stack(list(rows.values()), axis=1)[known], axis=0):
        members = known & np.logical_and.reduce([rows[k] == on for k, on in zip(names, pattern, strict=True)])
        parts.append((members, frozenset(k for k, on in zip(names, pattern, strict=True) if on)))
    samples = []
    for members, inside in parts:
        size = int(members.sum())
        # one basin, such as the only one of unknown aridity, has no spread of its own
        values = difference[members] if size > 1 else difference[known]
        samples.append((_samples(values, size, rng), inside))
    for name, members in rows.items():
        if members.sum() < least:
            shifts[name] = math.inf
        elif not _alike(difference[members]):
            shifts[name] = _search(samples, names, name)
    return shifts


def _alike(values: _Array) -> bool:
    """Whether half of the values or more are the same, but for rounding."""
    off = np.abs(values - np.median(values))
    return float(np.median(off)) <= 1e-12 * max(1.0, float(np.abs(values).max()))


def _samples(values: _Array, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Simulated differences that have the spread of those given, and no location.

    A smoothed bootstrap (Silverman and Young 1987, Biometrika 74): without a kernel, the tails of a handful of basins
    would end at the largest of them, which is what the test looks at. The kernel adds nothing to the variance.
    """
    n = values.size
    # the location that this test is about; around the median, chance alone would be taken for a shift
    centred = values - pseudomedian(values)
    drawn = centred[rng.integers(0, n, (SIMULATIONS, size))]
    noise = rng.standard_normal((SIMULATIONS, size))
    deviation = float(np.sqrt(np.mean(np.square(centred - centred.mean()))))
    quartiles = np.quantile(centred, (0.25, 0.75))
    width = 0.9 * min(deviation, float(quartiles[1] - quartiles[0]) / 1.34) * n**-0.2
    if width > 0.0:
        drawn = (drawn + width * noise) / math.sqrt(1.0 + (width / deviation) ** 2)
    if n > 1:
        drawn *= math.sqrt(n / (n - 1.0))
    return drawn


def _search(samples: Sequence[tuple[_Array, frozenset[str]]], names: Sequence[str], name: str) -> float:
    still = {k: _p_values([s for s, inside in samples if k in inside]) for k in names}
    touched = {k: any(k in inside and name in inside for _, inside in samples) for k in names}

    def power(shift: float) -> float:
        p = [
            _p_values([s + shift if name in inside else s for s, inside in samples if k in inside])
            if touched[k]
            else still[k]
            for k in names
        ]
        return float((_holm_rows(np.stack(p))[names.index(name)] < SIGNIFICANCE).mean())

    own = np.concatenate([s.ravel() for s, inside in samples if name in inside])
    # a larger shift changes no rank any more
    limit = 3.0 * max(float(np.abs(s).max()) for s, _ in samples)
    high = min(limit, float(np.quantile(np.abs(own), 0.9)) * math.sqrt(SIMULATIONS / own.size))
    low = 0.0
    while power(high) < POWER:
        if high >= limit:
            return math.inf
        low, high = high, min(limit, 1.5 * high)
    while high - low > _TOLERANCE * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def _p_values(parts: Sequence[_Array]) -> NDArray[np.float64]:
    """P-values of the signed-rank test of simulated studies (rows)."""
    values = np.concatenate(parts, axis=1)
    # bits of sizes are in the order of sizes; the last one carries the sign, so that one sort of numbers is enough
    gains = values > 0.0
    bits = np.abs(values, out=values).view(np.int64)
    bits &= -2
    bits |= gains
    bits.sort(axis=1)
    bits &= 1
    n = values.shape[1]
    of_gains = bits.astype(np.float64) @ np.arange(1.0, n + 1.0)
    imbalance = np.abs(2 * np.rint(of_gains).astype(np.int64) - n * (n + 1) // 2)
    return imbalance_p(imbalance, n)


def _holm_rows(p: _Array) -> NDArray[np.float64]:
    """Holm's correction of p-values, shape (tests, studies)."""
    order = np.argsort(p, axis=0, kind="stable")
    factors = np.arange(len(p), 0, -1)[:, None]
    corrected = np.maximum.accumulate(factors * np.take_along_axis(p, order, axis=0), axis=0)
    found = np.empty_like(p)
    np.put_along_axis(found, order, np.minimum(1.0, corrected), axis=0)
    return found
