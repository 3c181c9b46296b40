"""Columns, storms and initial suctions on which LGAR is held against the Richards equation.

Rain is given in units of the saturated conductivity of the top soil, so that the storms mean the same for all soils.
A case's column is so deep that the wetting front stays inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.capillary_drive import exact_drive
from hydro_physics.soil_classes import CARSEL_PARRISH_1988 as SOILS
from hydro_physics.soil_classes import STATSGO_ORDER
from hydro_physics.van_genuchten import moisture

STEP_H = 0.25
"""Length of a forcing step [h]."""

SUCTIONS = (100.0, 1000.0, 10000.0)
"""Initial suctions of the whole column [cm]."""

UPPER = 10.0
"""Thickness of the upper of two layers [cm]."""

PAIRS = (
    ("sandy loam", "sand"),
    ("loam", "sand"),
    ("loam", "loamy sand"),
    ("sandy clay loam", "loamy sand"),
    ("silt loam", "sandy loam"),
    ("clay loam", "loam"),
)
"""Of a finer and a coarser soil; either can be the upper one."""

GROUPS = ("one soil", "fine over coarse", "coarse over fine", "three layers")

STACKS, SEED = 12, 20260
"""How many random stacks of three layers there are, and where they come from."""

_PET = 0.25
"""Mean potential evapotranspiration of dry weather [mm/h]."""


class Storm(NamedTuple):
    """Rain in units of the top soil's saturated conductivity, and potential evapotranspiration.

    Attributes
    ----------
    name, meaning : str
    rain : array, shape (steps,)
        [-].
    pet : array, shape (steps,)
        [mm/h].
    """

    name: str
    meaning: str
    rain: NDArray[Any]
    pet: NDArray[Any]


class Case(NamedTuple):
    """One column, one storm, one initial suction.

    Attributes
    ----------
    group : str
        One of `GROUPS`.
    column : str
        Names of the soils, top first.
    soils : tuple of str
        Names in Carsel and Parrish's table.
    thickness : tuple of float
        [cm].
    storm : Storm
    psi : float
        [cm].
    """

    group: str
    column: str
    soils: tuple[str, ...]
    thickness: tuple[float, ...]
    storm: Storm
    psi: float

    @property
    def name(self) -> str:
        """Says which case this is, in reports."""
        return f"{self.column}, {self.storm.name}, {self.psi:g} cm"

    @property
    def rain(self) -> NDArray[Any]:
        """Rain, shape (steps,) [mm/h]."""
        return 10.0 * SOILS[self.soils[0]].ks * self.storm.rain


def _storm(name: str, meaning: str, hours: float, pulses: Sequence[tuple[float, float, float]], pet: float) -> Storm:
    """Storm from beginnings, ends [h] and rates of its pulses; evapotranspiration by day, after the first pulse."""
    begins = np.arange(round(hours / STEP_H)) * STEP_H
    rain = np.zeros(begins.size)
    for first, last, rate in pulses:
        rain[(begins >= first) & (begins < last)] = rate
    by_day = np.maximum(np.sin(2.0 * np.pi * (begins + 0.5 * STEP_H - pulses[0][1]) / 24.0), 0.0)
    return Storm(name, meaning, rain, pet * math.pi * np.where((begins >= pulses[0][1]) & (rain == 0.0), by_day, 0.0))


STORMS = (
    _storm("long", "4 Ks for 2.25 h", 2.25, [(0.0, 2.25, 4.0)], 0.0),
    _storm("gentle", "1.2 Ks for 10 h", 10.0, [(0.0, 10.0, 1.2)], 0.0),
    _storm("pulses", "1 h of 3 Ks at 0, 6 and 12 h", 13.0, [(t, t + 1.0, 3.0) for t in (0.0, 6.0, 12.0)], 0.0),
    _storm("burst", "Ks/2 for 8 h, then 4 Ks for 2 h", 10.0, [(0.0, 8.0, 0.5), (8.0, 10.0, 4.0)], 0.0),
    _storm("dry spell", "2 h of 4 Ks, 5 dry days, 2 h of 4 Ks", 124.0, [(0.0, 2.0, 4.0), (122.0, 124.0, 4.0)], _PET),
)
"""In the dry days potential evapotranspiration is 6 mm a day, by day."""


def deep_enough(soils: Sequence[str], upper: Sequence[float], storm: Storm, psi: float) -> float:
    """Thickness of the last layer that keeps the wetting front inside [cm].

    Water that can enter is at most the rain, and at most what fills the layers above any one and then passes that one
    by Green and Ampt's law, which is too fast; a third more for a front that is not sharp, and twice as deep for one
    that is not saturated any more.
    """
    hours = storm.rain.size * STEP_H if storm.pet.any() else float(np.count_nonzero(storm.rain)) * STEP_H
    water = SOILS[soils[0]].ks * float(storm.rain.sum()) * STEP_H
    pores = 0.0
    for name, above in zip(soils, (*upper, 0.0), strict=True):
        soil = SOILS[name]
        lacking = soil.theta_e - moisture(psi, soil)
        drive = exact_drive(psi, 0.0, soil)
        at_most = soil.ks * hours + math.sqrt(2.0 * soil.ks * hours * (drive + sum(upper)) * lacking)
        water = min(water, pores + 1.3 * at_most)
        pores += above * lacking
    last = SOILS[soils[-1]]
    front = 1.3 * water / (last.theta_e - moisture(psi, last))
    return min(10.0 * math.ceil((2.0 * front if storm.pet.any() else front) / 10.0) + 60.0, 3000.0)


def _columns(quick: bool) -> list[tuple[str, str, tuple[str, ...], tuple[float, ...]]]:
    """Group, name, soils, and thickness of all layers but the last."""
    singles: Sequence[str] = ("sandy loam", "loam") if quick else STATSGO_ORDER
    pairs = PAIRS[:1] if quick else PAIRS
    stacks = 1 if quick else STACKS
    found: list[tuple[str, str, tuple[str, ...], tuple[float, ...]]] = [
        ("one soil", name, (name,), ()) for name in singles
    ]
    found += [("fine over coarse", f"{a} over {b}", (a, b), (UPPER,)) for a, b in pairs]
    found += [("coarse over fine", f"{b} over {a}", (b, a), (UPPER,)) for a, b in pairs]
    random = np.random.default_rng(SEED)
    for number in range(1, stacks + 1):
        soils = tuple(str(name) for name in random.choice(STATSGO_ORDER[:10], 3, replace=False))
        upper = tuple(random.integers(4, 21, 2).astype(float).tolist())
        found.append(("three layers", f"stack {number}: " + ", ".join(soils), soils, upper))
    return found


def cases(quick: bool = False) -> list[Case]:
    """Return all cases, or a few of each kind."""
    suctions = SUCTIONS[1:2] if quick else SUCTIONS
    storms = (STORMS[0], STORMS[2]) if quick else STORMS
    return [
        Case(group, column, soils, (*upper, deep_enough(soils, upper, storm, psi)), storm, psi)
        for storm in storms
        for group, column, soils, upper in _columns(quick)
        for psi in suctions
    ]
