"""Weather of synthetic columns: arid and semi-arid, with few storms that pour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dcfe.synthetic_forcing import generate_weather

_Array = NDArray[np.float64]

STORM_CORE = 6
"""Hours of rain that fall in one: storms of dry country pour rather than drizzle."""

SPELL = 72
"""Hours of which one in two such spells keeps its rain, twice as much of it: few storms bring all the water."""

LOW, HIGH = (0.8, 1.7, -0.4), (1.8, 5.0, 0.4)
"""Ranges of mean rain [mm d-1], of evaporation over rain [-], and of the seasonality of rain [-]."""

MM_PER_HOUR = 3.6e6
"""Of one m/s."""

_CLIMATE, _SPELLS = 12, 16
"""Streams of random numbers."""


def dry_weather(columns: int, steps: int, seed: int = 0) -> tuple[_Array, _Array]:
    """Hourly rain and potential evapotranspiration from the beginning of October on.

    Storms are those of :func:`dcfe.synthetic_forcing.generate_weather`, made rarer and more violent. Each column has
    random numbers of its own.

    Parameters
    ----------
    columns, steps, seed : int

    Returns
    -------
    rain, pet : array, shape (columns, steps)
        [mm h-1].
    """
    climate = np.array([np.random.default_rng([seed, _CLIMATE, k]).uniform(LOW, HIGH) for k in range(columns)])
    rain_mm_day, aridity, seasonality = climate.T
    rain, pet = generate_weather(rain_mm_day, rain_mm_day * aridity, seasonality, steps, seed)
    pairs = -(-steps // (2 * SPELL))
    kept = np.zeros((columns, pairs, 2))
    for k in range(columns):
        chosen = np.random.default_rng([seed, _SPELLS, k]).integers(0, 2, pairs)
        kept[k, np.arange(pairs), chosen] = 2.0
    factors = np.repeat(kept.reshape(columns, -1), SPELL, axis=1)[:, :steps]
    return poured(rain * factors), MM_PER_HOUR * pet


def poured(rain: _Array, hours: int = STORM_CORE) -> _Array:
    """The same water in fewer hours: the rain of each few hours falls in their wettest one.

    Parameters
    ----------
    rain : array, shape (columns, steps)
    hours : int

    Examples
    --------
    >>> poured(np.array([[1.0, 2.0, 0.0, 0.0, 0.0, 3.0]]), 4).tolist()
    [[0.0, 3.0, 0.0, 0.0, 0.0, 3.0]]
    """
    columns, steps = rain.shape
    blocks = -(-steps // hours)
    padded = np.zeros((columns, blocks * hours))
    padded[:, :steps] = rain
    parts = padded.reshape(columns, blocks, hours)
    wettest = parts.argmax(axis=2)[..., None] == np.arange(hours)
    found = np.where(wettest, parts.sum(axis=2, keepdims=True), 0.0)
    return np.ascontiguousarray(found.reshape(columns, -1)[:, :steps])
