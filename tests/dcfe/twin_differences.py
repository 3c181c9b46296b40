"""Derivatives of the ensemble by differences, of many catchments, inputs and distances in one run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cfe_bmi.state import CfeOptions
from tests.dcfe.twin_cases import OUTPUTS, STORAGES, Array, Inputs, run_ensemble

POINTS = (1.0, 0.5, 0.25, -1.0, -0.5, -0.25)


class Seed(NamedTuple):
    """An input to change: its name and, where it has columns, the column in each catchment."""

    name: str
    columns: Array | None = None


class Sides(NamedTuple):
    """Derivatives towards more and towards less, and what round-off leaves open."""

    up: Array
    down: Array
    unsure: Array


def changed(inputs: Inputs, seed: Seed, change: Array) -> Inputs:
    """Inputs with one of them changed; of ordinates the next column takes the change back."""
    values = inputs[seed.name].copy()
    if seed.columns is None:
        values += change
    else:
        rows = np.arange(len(values))
        values[rows, seed.columns] += change
        if seed.name == "ordinates":
            values[rows, (seed.columns + 1) % values.shape[1]] -= change
    return inputs | {seed.name: values}


def chosen(values: Array, seed: Seed) -> Array:
    """Items of an input, or of its gradient, that a seed stands for."""
    if seed.columns is None:
        return values
    rows = np.arange(len(values))
    if seed.name == "ordinates" and values.shape[1] > 1:
        return values[rows, seed.columns] - values[rows, (seed.columns + 1) % values.shape[1]]
    return values[rows, seed.columns]


def results(inputs: Inputs, options: CfeOptions) -> Array:
    """Every output in every step and every storage at the end, shape (catchments, results)."""
    outputs, state = run_ensemble(inputs, options)
    count = outputs.shape[1]
    return np.hstack([outputs.transpose(1, 0, 2).reshape(count, -1), *(part.reshape(count, -1) for part in state)])


def weights_of_results(weights: dict[str, Array]) -> Array:
    """Weights of a loss in the order of :func:`results`."""
    outputs = weights["outputs"]
    assert len(outputs) == len(OUTPUTS)
    count = outputs.shape[1]
    parts = [weights[name].reshape(count, -1) for name in STORAGES]
    return np.hstack([outputs.transpose(1, 0, 2).reshape(count, -1), *parts])


def derivatives(
    inputs: Inputs, options: CfeOptions, seeds: list[Seed], distances: Array, weights: Array, precision: float
) -> Sides:
    """Derivatives of weighted sums of the results, from both sides, extrapolated to no distance.

    Parameters
    ----------
    inputs, options
        A run of n catchments.
    seeds : list of Seed
    distances : array, shape (seeds, n)
        Furthest change of each input.
    weights : array, shape (n, results)
    precision : float
        To which results are known, relative to what moves in the run.

    Returns
    -------
    Sides
        Arrays of shape (seeds, n).
    """
    count = len(weights)
    parts = [changed(inputs, seed, point * far) for seed, far in zip(seeds, distances, strict=True) for point in POINTS]
    stacked = {name: np.concatenate([inputs[name], *(part[name] for part in parts)]) for name in inputs}
    found = results(stacked, options).reshape(1 + len(parts), count, -1)
    # the differences first, the sum after: a sum of large storages would round
    changes = ((found[1:] - found[0]) * weights).sum(axis=2).reshape(len(seeds), len(POINTS), count)
    slopes = changes / (np.array(POINTS)[None, :, None] * distances[:, None, :])
    sides = [(8.0 * slopes[:, i + 2] - 6.0 * slopes[:, i + 1] + slopes[:, i]) / 3.0 for i in (0, 3)]
    scale = (np.abs(found[0]) * np.abs(weights)).max(axis=1)
    return Sides(*sides, unsure=precision * scale / distances)
