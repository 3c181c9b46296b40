"""Basins whose attributes tell their parameters: CFE itself is the truth, without errors."""

from __future__ import annotations

import numpy as np

from basin_study.attribute_tables import attribute_dataset
from basin_study.cfe_model import CfeModel
from basin_study.dataset import HOUR, PET, PRECIPITATION, STREAMFLOW, cut, make_dataset
from basin_study.flags import add_observation_attributes
from basin_study.objective import Objective
from basin_study.spaces import space_of
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.state import ODE, CfeOptions
from tests.basin_study.study_cases import CONFIG

RANGES = {"b": (1.0, 12.0), "satdk": (1e-7, 1e-4), "slope": (0.0, 1.0), "Klf": (0.0, 1.0), "Cgw": (1.8e-6, 1.8e-3)}
SPACE = space_of("told", RANGES)
CANDIDATES = (("warmth",), ("height",), ("same",), ("depth",))
START, DAYS = np.datetime64("2000-01-01", "s"), 330


class ToldSource:
    """Eighteen basins, more or fewer, whose shares of a space are functions of two attributes.

    Parameters
    ----------
    path : Path
        Of nothing: kinds have one.
    basins : int
    hours : int
        That an observation is the mean of.
    wrong : str
        Basin whose observations are those of nobody.
    empty : str
        Basin without observations.
    unknown : str
        Basin without attributes.
    """

    def __init__(self, path, basins: int = 18, hours: int = 1, wrong: str = "", empty: str = "", unknown: str = ""):  # type: ignore[no-untyped-def]
        self.name = "told"
        self.hours, self.wrong, self.empty, self.unknown = hours, wrong, empty, unknown
        rng = np.random.default_rng(5)
        self.told = {f"told-{k + 1:02d}": rng.random(2) for k in range(basins)}
        self.kept: dict[str, object] = {}

    def basins(self):  # type: ignore[no-untyped-def]
        return tuple(self.told)

    def shares(self, basin: str) -> np.ndarray:
        """Truth, smooth in the attributes."""
        x, y = self.told[basin]
        return np.array([0.3 + 0.5 * x, 0.15 + 0.7 * y, 0.2 + 0.6 * x, 0.8 - 0.6 * y, 0.2 + 0.3 * (x + y)])

    def attributes(self):  # type: ignore[no-untyped-def]
        values = np.array([self.told[b] if b != self.unknown else [np.nan] * 2 for b in self.told])
        columns = {
            "warmth": values[:, 0],
            # over more than a decade: learned from in logarithms
            "height": 10.0 ** (2.0 * values[:, 1]),
            "same": np.ones(len(values)),
            "class": np.array(["loam"] * len(values), dtype=object),
        }
        return attribute_dataset(self.basins(), columns, source=self.name)

    def cfe_config(self, basin: str) -> CfeConfig:
        return CONFIG

    def read(self, basin, period=None):  # type: ignore[no-untyped-def]
        if basin not in self.kept:
            self.kept[basin] = self._make(basin)
        data = self.kept[basin]
        return add_observation_attributes(cut(data, period) if period else data.copy(), hours=self.hours)  # type: ignore[attr-defined,arg-type]

    def _make(self, basin: str):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng([7, list(self.told).index(basin)])
        steps = DAYS * 24
        rain = np.where(rng.random(steps) < 0.06, rng.gamma(0.6, 5.0, steps), 0.0)
        pet = 0.4 * np.clip(np.sin(np.arange(steps) / 24.0 * 2.0 * np.pi), 0.0, None)
        times = START + np.arange(steps) * HOUR
        series = {PRECIPITATION: rain[None], PET: pet[None], STREAMFLOW: rng.gamma(0.5, 0.2, (1, steps))}
        data = make_dataset([basin], times, series, source=self.name)
        if basin != self.wrong:
            model = CfeModel(self.cfe_config(basin), CfeOptions(soil_scheme=ODE), data, SPACE, 0, Objective.of("kge"))
            data[STREAMFLOW].values[:] = model.flow(self.shares(basin))
        if basin == self.empty:
            data[STREAMFLOW].values[:] = np.nan
        if self.hours > 1:
            means = data[STREAMFLOW].values.reshape(-1, self.hours).mean(axis=1)
            data[STREAMFLOW].values[:] = np.repeat(means, self.hours)
        return data
