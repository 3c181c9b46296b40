"""Random columns of LGAR with their tangents and their central differences."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcfe.lgar_seeds import RAIN_FACTOR, seeds_of
from dcfe.lgar_tangents import LANES, LgarSensitivities, tangents_of_lgar
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleRun, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, GREEN_AMPT, TALSMA_PARLANGE, LgarOptions
from lgar_bmi.outputs import LgarOutputs
from tests.properties.test_lgar import random_scenario

Array = NDArray[Any]

MODES = {
    "exact": (EXACT, FIXED, GREEN_AMPT),
    "closed form": (CLOSED_FORM, FIXED, GREEN_AMPT),
    "talsma-parlange": (EXACT, FIXED, TALSMA_PARLANGE),
    "adaptive": (EXACT, ADAPTIVE, GREEN_AMPT),
    "closed form, adaptive": (CLOSED_FORM, ADAPTIVE, GREEN_AMPT),
    "talsma-parlange, adaptive": (EXACT, ADAPTIVE, TALSMA_PARLANGE),
}
OUTPUTS = LgarOutputs._fields
COMPARED = tuple(name for name in OUTPUTS if name not in ("mass_balance", "soil_num_wetting_fronts"))
DISTANCES = (1e-5, 1e-6, 1e-7)


class Case(NamedTuple):
    """A column, its weather (mm/h) and its seeds; `LANES` of them, of which some are drawn at random."""

    soils: Array
    thickness: Array
    parameters: LgarParameters
    options: LgarOptions
    psi: float
    times: EnsembleTimes
    rain: Array
    pet: Array
    seeds: tuple[str, ...]

    def run(self, soils: Array, parameters: Array, rain: Array) -> EnsembleRun:
        """Run columns of these soils and parameters under this rain, one row for each."""
        columns = EnsembleColumns(soils, self.thickness[np.newaxis], LgarParameters(*parameters.T))
        forcing = EnsembleForcing(rain, self.pet[np.newaxis])
        return simulate(columns, self.start(columns), forcing, self.options, OUTPUTS, times=self.times, check=False)

    @property
    def queue(self) -> int:
        return max(1, round(3600.0 / self.times.step))

    def plain(self) -> EnsembleRun:
        columns = EnsembleColumns(self.soils[np.newaxis], self.thickness[np.newaxis], self.parameters)
        return simulate(
            columns, self.start(columns), self.forcing, self.options, OUTPUTS, times=self.times, check=False
        )

    def tangents(self) -> LgarSensitivities:
        columns = EnsembleColumns(self.soils[np.newaxis], self.thickness[np.newaxis], self.parameters)
        state = self.start(columns)
        return tangents_of_lgar(
            columns, state, self.forcing, self.seeds, self.options, OUTPUTS, times=self.times, check=False
        )

    def start(self, columns: EnsembleColumns) -> Any:
        return initial_state(columns, self.psi, self.queue, self.times)

    @property
    def forcing(self) -> EnsembleForcing:
        return EnsembleForcing(self.rain[np.newaxis], self.pet[np.newaxis])

    def meaningful(self) -> Array:
        """Seeds whose parameter is not at its bound: a pond or a share of 0 has a slope to one side only."""
        at_bound = [name for name in ("ponded_depth_max", "frac_to_CR") if getattr(self.parameters, name) == 0.0]
        return np.array([name not in at_bound for name in self.seeds])

    def value(self, name: str) -> float:
        if name == RAIN_FACTOR:
            return 1.0
        if name in LgarParameters._fields:
            return float(getattr(self.parameters, name))
        field, layer = name.rsplit("_", 1)
        value = float(self.soils[int(layer) - 1, VanGenuchtenSoil._fields.index(field)])
        return value - 1.0 if field == "n" else value


def random_case(mode: str, number: int, steps: int = 48) -> Case:
    """Anything in the documented range under violent weather: :func:`tests.properties.test_lgar.random_scenario`."""
    drive, substeps, law = MODES[mode]
    rng = np.random.default_rng([31, list(MODES).index(mode), number])
    s = random_scenario(rng, steps, drive, 0, substeps, law)
    fields = (s.column.theta_r, s.column.theta_e, s.column.alpha, s.column.n, s.column.ks)
    soils = np.array(fields).T
    known = np.array([name for name in seeds_of(len(soils)) if name[-1].isdigit()])
    few = rng.permutation(known)[: LANES - 2].tolist()
    rest = [name for name in LgarParameters._fields if name != "ponded_depth_max"]
    seeds = (*few, *rest[: LANES - 2 - len(few)], "ponded_depth_max", RAIN_FACTOR)
    times = EnsembleTimes(round(s.duration * 3600.0), round(s.length * 3600.0))
    return Case(soils, np.array(s.column.thickness), s.parameters, s.options, s.psi, times, s.rain, s.pet, seeds)


def neighbours(case: Case, seeds: list[str]) -> tuple[Array, Array, Array, Array]:
    """Soils, parameters and rain of the case and of its neighbours above and below, and how far these are.

    One row for the case, then two for each seed and distance; distances have the shape (seeds, distances).
    """
    n = 1 + 2 * len(seeds) * len(DISTANCES)
    soils = np.repeat(case.soils[np.newaxis], n, axis=0)
    parameters = np.repeat(np.array([case.parameters], dtype=np.float64), n, axis=0)
    rain = np.repeat(case.rain[np.newaxis], n, axis=0)
    row, steps = 1, []
    for name in seeds:
        for distance in DISTANCES:
            h = distance * case.value(name)
            steps.append(h)
            for change in (h, -h):
                if name == RAIN_FACTOR:
                    rain[row] *= 1.0 + change
                elif name in LgarParameters._fields:
                    parameters[row, LgarParameters._fields.index(name)] += change
                else:
                    field, layer = name.rsplit("_", 1)
                    soils[row, int(layer) - 1, VanGenuchtenSoil._fields.index(field)] += change
                row += 1
    return soils, parameters, rain, np.array(steps).reshape(len(seeds), len(DISTANCES))


def is_compared(case: Case, seed: str) -> bool:
    """Say whether a seed is one of soils, pond or rain, with a value to take a share of."""
    return case.value(seed) != 0.0 and (seed[-1].isdigit() or seed in ("ponded_depth_max", RAIN_FACTOR))


def rounding(case: Case, storage: Array) -> float:
    """What sums of water round to [m]: some units of all that there is."""
    return float(2e-15 * max(np.abs(storage).max(), 1.0, np.abs(case.rain).max() * 1e-3))
