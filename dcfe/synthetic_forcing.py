"""Hourly weather of synthetic basins: storms as a random process, and a daily and seasonal course of evaporation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

HOURS_PER_YEAR = 8766.0
STORMS_PER_YEAR = 90.0
"""Storms of a basin with an aridity of 1."""

STORM_HOURS = 7.0
"""Mean duration of a storm [h]."""


def generate_weather(
    rain_mm_day: _Array, pet_mm_day: _Array, seasonality: _Array, steps: int, seed: int = 0
) -> tuple[_Array, _Array]:
    """Hourly rain and potential evapotranspiration from the beginning of October on.

    Storms arrive as a Poisson process, rarer in dry climates and thinned by season; depths are gamma distributed,
    durations exponential, and the hours of a storm share its depth at random. Each basin has random numbers of its own,
    so that it does not change with the number of basins.

    Parameters
    ----------
    rain_mm_day, pet_mm_day : array, shape (basins,)
        Means over years [mm d-1]; rain over a finite period differs, as it does in nature.
    seasonality : array, shape (basins,)
        As CAMELS has it: positive with most rain in summer, negative in winter.
    steps : int
    seed : int

    Returns
    -------
    rain : array, shape (basins, steps)
        [mm h-1].
    pet : array, shape (basins, steps)
        [m s-1].
    """
    basins = len(rain_mm_day)
    rain, pet = np.zeros((basins, steps)), np.empty((basins, steps))
    for b in range(basins):
        rng = np.random.default_rng([seed, 2, b])
        dryness = pet_mm_day[b] / rain_mm_day[b]
        rain[b] = _storms(rng, rain_mm_day[b], dryness, seasonality[b], steps)
        pet[b] = _evaporation(rng, pet_mm_day[b], rain[b])
    return rain, pet


def _summer(hours: _Array) -> _Array:
    """Sine of the year, 1 in early July and -1 in early January, of hours since the beginning of October."""
    return np.asarray(-np.cos(2.0 * np.pi * (hours / HOURS_PER_YEAR - 0.26)), dtype=np.float64)


def _storms(rng: np.random.Generator, mm_day: float, dryness: float, seasonality: float, steps: int) -> _Array:
    per_year = STORMS_PER_YEAR * float(np.clip(dryness, 0.3, 4.0)) ** -0.5
    expected = per_year * steps / HOURS_PER_YEAR
    swing = float(np.clip(seasonality, -0.9, 0.9))
    # thinning: as many candidates as the wettest season needs
    starts = rng.uniform(0.0, steps, rng.poisson(expected * (1.0 + abs(swing))))
    kept = rng.random(len(starts)) * (1.0 + abs(swing)) < 1.0 + swing * _summer(starts)
    starts = starts[kept].astype(np.int64)
    depths = rng.gamma(0.8, mm_day * 365.25 / per_year / 0.8, len(starts))
    hours = 1 + rng.poisson(rng.exponential(STORM_HOURS - 1.0, len(starts)))
    storm = np.repeat(np.arange(len(starts)), hours)
    hour = np.arange(len(storm)) - np.repeat(np.cumsum(hours) - hours, hours)
    weights = rng.gamma(0.7, 1.0, len(storm)) + 1e-6
    weights /= np.bincount(storm, weights, len(starts))[storm]
    times = starts[storm] + hour
    inside = times < steps
    found = np.bincount(times[inside], (weights * depths[storm])[inside], steps)
    return np.asarray(found, dtype=np.float64)


def _evaporation(rng: np.random.Generator, mm_day: float, rain: _Array) -> _Array:
    steps = len(rain)
    hours = np.arange(steps, dtype=np.float64)
    days = -(-steps // 24)
    padded = np.zeros(days * 24)
    padded[:steps] = rain
    wet = padded.reshape(days, 24).sum(axis=1) > 1.0
    # cloudy days evaporate less; the mean over days stays
    daily = np.exp(0.25 * rng.standard_normal(days)) * np.where(wet, 0.6, 1.0)
    daily /= daily.mean()
    daylight = np.maximum(np.sin(2.0 * np.pi * (hours % 24 - 6.0) / 24.0), 0.0)
    course = daylight * np.pi * daily[(hours // 24).astype(np.int64)] * (1.0 + 0.75 * _summer(hours))
    return np.asarray(mm_day / 1000.0 / 86400.0 * course, dtype=np.float64)
