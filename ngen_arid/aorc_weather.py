"""Weather in AORC's columns for the example basin: generated, seeded, semi-arid; nothing here is data.

Rain is that of :mod:`ngen_arid.example_basin`. The sun moves as it does over the basin; clouds, air and wind vary from
day to day, and with the hour.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngen_arid.example_basin import CATCHMENTS, SEED, START, hours, rain
from ngen_bmi.files import whole_file
from ngen_config.generated_air import COLUMNS, air_and_sky, sunlight, wind
from pet_bmi.air import pressure_at
from pet_bmi.clock import days_and_hours

LATITUDE = 31.8
LONGITUDE = -110.5
ELEVATIONS = (1650.0, 1250.0, 1400.0)
"""Of the catchments [m]."""


def weather(seed: int = SEED) -> dict[str, NDArray[np.float64]]:
    """Hourly weather of the catchments by AORC's column: shape (catchments, steps) each."""
    rng = np.random.default_rng(seed + 2)
    step = hours()
    days, utc = days_and_hours(np.datetime64(START), 3600.0, step.size)
    day = step // 24
    count = int(day[-1]) + 1
    outside = sunlight(days, utc, LATITUDE, LONGITUDE)
    cloud = rng.beta(0.7, 2.0, count)[day]
    drift = _persistent(rng, count, 0.7)[day]
    season = np.cos(2.0 * np.pi * (days - 200.0) / 365.25)
    # warmest three hours after solar noon
    daily = np.cos(2.0 * np.pi * (utc + LONGITUDE / 15.0 - 15.0) / 24.0)
    fall = rain(seed)
    elevation = np.array(ELEVATIONS)[:, None]
    lapse = -0.0065 * (elevation - 1400.0)
    kelvin = 290.0 + 9.0 * season + 3.0 * drift + (8.0 - 4.0 * cloud) * daily + lapse
    dew = 273.0 + 7.0 * season + 4.0 * _persistent(rng, count, 0.8)[day] + 5.0 * cloud + lapse
    celsius = np.minimum(dew, kelvin - 0.5) - 273.15
    pressure = np.array([pressure_at(z) for z in ELEVATIONS])[:, None] + 300.0 * drift
    return {
        "APCP_surface": fall,
        "precip_rate": fall / 3600.0,
        **air_and_sky(kelvin, celsius, pressure, cloud, outside, elevation),
        **wind(rng, day, daily, elevation),
    }


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
    table = weather(seed)
    times = np.datetime_as_string(np.datetime64(START, "s") + hours() * np.timedelta64(3600, "s"), unit="s")
    paths = [folder / f"{name}.csv" for name in CATCHMENTS]
    for b, path in enumerate(paths):
        columns = [table[name][b] for name in COLUMNS]
        lines = ["time," + ",".join(COLUMNS)]
        for t, time in enumerate(times):
            lines.append(time.replace("T", " ") + "," + ",".join(f"{values[t]:.7g}" for values in columns))
        with whole_file(path) as partial:
            partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def _persistent(rng: np.random.Generator, count: int, memory: float) -> NDArray[np.float64]:
    """Daily anomalies of unit variance that remember a share of the day before."""
    noise = rng.normal(size=count) * math.sqrt(1.0 - memory**2)
    values = np.empty(count)
    last = 0.0
    for i in range(count):
        last = memory * last + noise[i]
        values[i] = last
    return values


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m ngen_arid.aorc_weather FOLDER``: write the files; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ngen_arid.aorc_weather", description="Write generated weather of the example basin."
    )
    parser.add_argument("folder", help="such as realizations/aorc_basin/forcing")
    try:
        write_forcing(parser.parse_args(argv).folder)
    except OSError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
