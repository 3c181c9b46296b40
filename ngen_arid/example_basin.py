"""The example basin: three semi-arid catchments and a seeded generator of their weather.

Nothing here is data. The generator makes hourly rain and potential evapotranspiration with the traits that matter to
a soil model in a dry climate: short convective storms on summer afternoons, long weak fronts in winter, most hours
dry, and an evaporative demand several times the rain, with a daily and a yearly cycle.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.files import whole_file

CATCHMENTS = ("cat-1", "cat-2", "cat-3")
START = datetime(2012, 10, 1)
YEARS = 3
SEED = 20231001

_HOURS_PER_YEAR = 8766.0


def hours() -> NDArray[np.int64]:
    """Hours since the start, for all of the years: shape (steps,)."""
    end = START.replace(year=START.year + YEARS)
    return np.arange(int((end - START).total_seconds()) // 3600)


def rain(seed: int = SEED) -> NDArray[np.float64]:
    """Hourly rain of the catchments [mm h-1]: shape (catchments, steps).

    Storms come as Poisson processes, one for summer convection and one for winter fronts; each has a random length
    and intensity, and hits each catchment with its own share.
    """
    rng = np.random.default_rng(seed)
    step = hours()
    day_of_year = np.array([(START + timedelta(hours=int(h))).timetuple().tm_yday for h in step])
    hour_of_day = step % 24
    summer = np.clip(np.cos(2.0 * np.pi * (day_of_year - 215) / 365.25), 0.0, None)
    winter = np.clip(np.cos(2.0 * np.pi * (day_of_year - 25) / 365.25), 0.0, None)
    afternoon = np.exp(-0.5 * ((hour_of_day - 17) / 2.5) ** 2)
    fall = np.zeros((len(CATCHMENTS), step.size))

    convective = np.flatnonzero(rng.random(step.size) < 0.045 * summer * afternoon)
    for begin in convective:
        length = 1 + rng.geometric(0.6)
        peak = rng.gamma(0.9, 7.0)
        shape = peak * np.exp(-np.arange(length) / 0.9)
        share = rng.beta(0.8, 0.8, len(CATCHMENTS))
        part = fall[:, begin : begin + length]
        part += share[:, None] * shape[: part.shape[1]]

    frontal = np.flatnonzero(rng.random(step.size) < 0.006 * winter)
    for begin in frontal:
        length = int(rng.integers(6, 30))
        mean = rng.gamma(1.5, 0.5)
        shape = mean * rng.gamma(2.0, 0.5, length)
        share = rng.uniform(0.6, 1.2, len(CATCHMENTS))
        part = fall[:, begin : begin + length]
        part += share[:, None] * shape[: part.shape[1]]

    fall[fall < 0.05] = 0.0  # what a gauge would not see
    return fall


def evaporation(seed: int = SEED) -> NDArray[np.float64]:
    """Hourly potential evapotranspiration of the catchments [mm h-1]: shape (catchments, steps)."""
    rng = np.random.default_rng(seed + 1)
    step = hours()
    season = 2.0 * np.pi * (step / _HOURS_PER_YEAR + (274 - 172) / 365.25)
    day_length = 12.0 + 2.4 * np.cos(season)
    daily_total = 4.6 + 3.3 * np.cos(season)  # mm per day
    sun = np.sin(np.pi * (step % 24 - (12.0 - day_length / 2.0)) / day_length)
    shape = np.clip(sun, 0.0, None) * np.pi / (2.0 * day_length)
    cloud = np.clip(rng.normal(1.0, 0.15, step.size // 24 + 1), 0.4, 1.3)[step // 24]
    altitude = np.array([0.93, 1.04, 1.0])
    return altitude[:, None] * (daily_total * shape * cloud)


def write_forcing(folder: str | Path, seed: int = SEED) -> list[Path]:
    """Write a forcing file for each catchment, as ngen reads it.

    Parameters
    ----------
    folder : str or Path
    seed : int

    Returns
    -------
    list of Path
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.csv" for name in CATCHMENTS]
    times = [(START + timedelta(hours=int(h))).strftime("%Y-%m-%d %H:%M:%S") for h in hours()]
    for path, rain_row, pet_row in zip(paths, rain(seed), evaporation(seed), strict=True):
        lines = ["time,precip_rate,PET[mm/h]"]
        lines += [
            # precip_rate is in mm s-1, ngen's own unit for that name
            f"{time},{p / 3600.0:.6g},{e:.4f}"
            for time, p, e in zip(times, rain_row, pet_row, strict=True)
        ]
        with whole_file(path) as partial:
            partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths
