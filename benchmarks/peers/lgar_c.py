"""NOAA-OWP's LGAR-C (LASAM), from ``LGAR_LIB``, against ours on the column and forcing of Phillipsburg.

Only its ``Update`` is in its time: no start, no files, and forcing is written to where the model keeps it. Where the
data of the project is not beside the checkout, the weather is generated.
"""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np

from benchmarks.lgar import weather
from benchmarks.lgar_phillipsburg import CONFIG, FORCING, HOURS
from benchmarks.peers.native import CppModel, function, library
from benchmarks.peers.pairing import Pair, hand_over, in_turn
from hydro_physics.threads import set_threads
from lgar_bmi.config import load_config
from lgar_bmi.config_model import LgarConfig
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, LgarOptions

VARIABLE = "LGAR_LIB"
SUMS = ("infiltration", "surface_runoff", "actual_evapotranspiration")
SHORT = ("infiltration", "runoff", "AET")


class Way(NamedTuple):
    """How both run: whether theirs adapts its sub-steps, and reuses fluxes; our options; the ratio that is wanted."""

    adaptive: bool
    caching: bool
    options: LgarOptions
    wanted: float | None


OURS = LgarOptions(EXACT, substeps=ADAPTIVE)
WAYS = {
    "theirs adaptive with cached fluxes, as published": Way(True, True, OURS, 5.0),
    "theirs adaptive": Way(True, False, OURS, 5.0),
    "theirs fixed 300 s": Way(False, False, OURS, 5.0),
    "both fixed 300 s, closed form, its faults included": Way(False, False, LgarOptions(CLOSED_FORM, lgar_c=1), None),
}
"""Ours as by default, but for the last. The sums say which are as accurate as each other."""

RICHARDS = 88.12, 10.97, 81.97
"""The same sums [cm] by the Richards equation, roots in the upper 30 cm: docs/richards_phillipsburg.md."""


def configs(folder: Path, config: LgarConfig, way: Way) -> Path:
    """Write the column for LGAR-C."""
    lines = ['"Texture theta_r theta_e alpha n Ks"']
    lines += [f'"L-{k}" {s.theta_r} {s.theta_e} {s.alpha} {s.n} {s.ks}' for k, s in enumerate(config.soils)]
    (folder / "soils.dat").write_text("\n".join(lines) + "\n")
    text = {
        "verbosity": "none",
        "forcing_file": "none",
        "soil_params_file": folder / "soils.dat",
        "layer_thickness": ",".join(map(str, config.thickness)) + "[cm]",
        "initial_psi": f"{config.initial_psi}[cm]",
        "timestep": "3600[sec]" if way.adaptive else "300[sec]",
        "endtime": f"{HOURS}[hr]",
        "forcing_resolution": "3600[sec]",
        "ponded_depth_max": f"{config.parameters.ponded_depth_max}[cm]",
        "use_closed_form_G": "true",
        "layer_soil_type": ",".join(str(k + 1) for k in range(len(config.soils))),
        "max_valid_soil_types": len(config.soils),
        "wilting_point_psi": f"{config.parameters.wilting_point_psi}[cm]",
        "field_capacity_psi": f"{config.parameters.field_capacity}[cm]",
        "giuh_ordinates": "0.06,0.51,0.28,0.12,0.03",
        "adaptive_timestep": str(way.adaptive).lower(),
        "allow_flux_caching": str(way.caching).lower(),
    }
    path = folder / f"lasam_{way.adaptive}_{way.caching}.txt"
    path.write_text("\n".join(f"{key}={value}" for key, value in text.items()) + "\n")
    return path


def forcing(notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Rain and PET [mm h-1] of the site, or generated ones."""
    if not FORCING.is_file():
        notes.append(f"generated weather: {FORCING.name} is not beside the checkout")
        return weather("arid", HOURS, 7)
    with open(FORCING, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:HOURS]
    rain, pet = (np.array([float(row[name]) for row in rows]) for name in ("P(mm/h)", "PET(mm/h)"))
    return rain, pet


def measure() -> tuple[list[Pair], list[str]]:
    """Time both in several ways; and compare their sums."""
    set_threads(1)
    notes: list[str] = []
    rain, pet = forcing(notes)
    config = load_config(CONFIG)
    columns = EnsembleColumns(np.array([config.soils]), np.array([config.thickness]), config.parameters)
    state = initial_state(columns, config.initial_psi)
    series = EnsembleForcing(rain[None], pet[None])
    loaded = library(os.environ[VARIABLE])
    pairs = []
    with tempfile.TemporaryDirectory() as name:
        for label, way in WAYS.items():
            path = configs(Path(name), config, way)
            update = function(CppModel(loaded, path).slot("Update"), 1)
            sums = np.zeros(len(SUMS))

            @numba.njit
            def hours(model, rain, pet, rain_place, pet_place, places, sums, update=update):  # type: ignore[no-untyped-def]
                for t in range(rain.size):
                    rain_place[0] = rain[t]
                    pet_place[0] = pet[t]
                    update(model)
                    for k in range(sums.size):
                        sums[k] += places[k][0]

            fresh: list[CppModel] = []

            def begin(path=path, fresh=fresh, sums=sums):  # type: ignore[no-untyped-def]
                fresh[:] = [CppModel(loaded, path)]
                sums[:] = 0.0

            def theirs(fresh=fresh, hours=hours, sums=sums):  # type: ignore[no-untyped-def]
                (model,) = fresh
                inputs = [model.pointer(key) for key in ("precipitation_rate", "potential_evapotranspiration_rate")]
                hours(model.address, rain, pet, *inputs, tuple(model.pointer(key) for key in SUMS), sums)

            def ours(options=way.options):  # type: ignore[no-untyped-def]
                times = EnsembleTimes(tolerance=config.tolerance)
                return simulate(columns, state, series, options, SUMS, times=times).outputs

            scales = 1e6 / HOURS, 1e6 / HOURS
            pairs.append(in_turn(label, "us", theirs, ours, scales, way.wanted, begin))
            begin(), theirs()
            found = ours()
            both = zip(100.0 * sums, (100.0 * found[key].sum() for key in SUMS), strict=True)
            notes.append(f"{label:<54}" + "".join(f"{a:>13.2f}{b:>8.2f}" for a, b in both))
    notes.insert(0, f"{'sums of theirs and ours [cm]':<54}" + "".join(f"{key:>21}" for key in SHORT))
    if FORCING.is_file():
        notes.append(f"{'Richards equation':<54}" + "".join(f"{value:>21.2f}" for value in RICHARDS))
    return pairs, notes


if __name__ == "__main__":
    hand_over(*measure())
