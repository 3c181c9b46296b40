"""Synthetic CAMELS: as many basins as wanted over an aridity gradient, whose truth is a model with a detailed soil.

Every basin has random numbers of its own, from the seed and its number: it is the same however many there are, and
whichever are read first.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from basin_study.attribute_tables import attribute_dataset, attributes_of
from basin_study.dataset import HOUR, PET, PRECIPITATION, STREAMFLOW, DataError, Period, cut, make_dataset
from basin_study.flags import add_observation_attributes
from basin_study.sources import known_basin
from basin_study.synthetic_climate import Climate, climate_of, weather_of
from basin_study.synthetic_truth import TEXTURES, Known, Truth, basin_of, discharge_of
from hydro_physics.soil_classes import ROSETTA_2001
from hydro_physics.van_genuchten import brooks_corey, moisture

if TYPE_CHECKING:
    import xarray as xr

    from cfe_bmi.config_model import CfeConfig

_Array = NDArray[np.float64]

WARM_UP_HOURS = 365 * 24
"""Hours that the truth runs before the data begin."""

DRIFT_HOURS = 240.0
"""Correlation time of the slow part of the errors of flow, as of a rating curve [h]."""

GAPS_PER_YEAR, GAP_HOURS = 1.5, 240.0
"""Spells without observation, and their mean length [h]."""

LONG_GAP_SHARE = 0.1
"""Share of basins that also miss one to four years."""

WILTING_PSI = 15495.0
"""15 atm [cm]."""

KEPT = 64
"""Basins whose data are kept in memory."""

UNITS = {
    "p_mean": ("mm d-1", "mean precipitation of the climate"),
    "pet_mean": ("mm d-1", "mean potential evapotranspiration of the climate"),
    "p_seasonality": ("1", "positive with most precipitation in summer"),
    "slope_mean": ("m km-1", "mean slope"),
    "sand_frac": ("percent", "sand of the texture class"),
    "clay_frac": ("percent", "clay of the texture class"),
    "soil_porosity": ("1", "porosity of the texture class"),
    "soil_conductivity": ("cm h-1", "saturated hydraulic conductivity of the texture class"),
    "soil_depth": ("m", "depth of soil"),
    "soil_class": ("1", "texture class"),
}

_ERRORS, _GAPS, _PLACE = 104, 105, 106


class SyntheticCamels:
    """A source that makes its data: LGAR's streamflow with errors and gaps, and the weather that caused it.

    Parameters
    ----------
    basins : int
    seed : int
    start : str
        A first of October.
    years : int
        Of data; a year of warm-up of the truth comes before.
    noise : float
        Standard deviation of the relative error of observed flow, log-normal with a mean of 1: half of its variance
        from hour to hour, half correlated over ten days [-].
    gaps : bool
        Whether observations are missing at times.

    Raises
    ------
    DataError
        With all that is wrong with the arguments.
    """

    def __init__(
        self,
        basins: int = 60,
        seed: int = 0,
        start: str = "1998-10-01",
        years: int = 12,
        noise: float = 0.1,
        gaps: bool = True,
    ) -> None:
        problems = [
            f"{name} is {value!r}; expected a whole number of at least {low}"
            for name, value, low in (("basins", basins, 1), ("years", years, 1), ("seed", seed, 0))
            if not isinstance(value, int) or value < low
        ]
        if not (isinstance(start, str) and re.fullmatch(r"(1[6-9]|20|21)\d\d-10-01", start)):
            problems.append(f"start is {start!r}; expected a first of October such as '1998-10-01'")
        if not 0.0 <= noise < 2.0:
            problems.append(f"noise is {noise!r}; expected a relative standard deviation, 0 to below 2")
        if problems:
            raise DataError("\n  - ".join((f"synthetic: {len(problems)} problems", *problems)))
        self.name = f"synthetic CAMELS, seed {seed}"
        self._count, self._seed, self._noise, self._gaps = basins, seed, noise, gaps
        self._period = Period(start, f"{int(start.split('-')[0]) + years}-10-01")
        self._kept: OrderedDict[str, xr.Dataset] = OrderedDict()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {f"synthetic-{k + 1:04d}": k for k in range(self._count)}

    def basins(self) -> tuple[str, ...]:
        """Names ``synthetic-0001`` and so on."""
        return tuple(self._numbers)

    def _basin(self, basin: str) -> tuple[int, Climate, Known, Truth]:
        number = self._numbers[known_basin(self, basin)]
        climate = climate_of(number, self._seed)
        return number, climate, *basin_of(number, self._seed, climate.aridity)

    @cached_property
    def _table(self) -> xr.Dataset:
        rows: list[dict[str, float | str]] = []
        for basin in self.basins():
            number, climate, known, _ = self._basin(basin)
            rng = np.random.default_rng([self._seed, _PLACE, number])
            soil, (sand, clay) = ROSETTA_2001[known.soil_class], TEXTURES[known.soil_class]
            dryness = float(np.log(climate.aridity / 0.2) / np.log(25.0))
            rows.append(
                {
                    "area": known.area,
                    # for maps alone: drier to the west, with scatter
                    "latitude": float(rng.uniform(31.0, 48.0)),
                    "longitude": -78.0 - 34.0 * dryness + float(rng.uniform(-6.0, 6.0)),
                    "elevation": 100.0 + 1500.0 * dryness * float(rng.uniform(0.2, 1.0)),
                    "aridity": climate.aridity,
                    "frac_snow": 0.0,
                    "p_mean": climate.rain,
                    "pet_mean": climate.pet,
                    "p_seasonality": climate.seasonality,
                    "slope_mean": known.slope,
                    "sand_frac": 100.0 * sand,
                    "clay_frac": 100.0 * clay,
                    "soil_porosity": soil.theta_e,
                    "soil_conductivity": soil.ks,
                    "soil_depth": known.depth / 100.0,
                    "soil_class": known.soil_class,
                }
            )
        values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        return attribute_dataset(self.basins(), values, UNITS, self.name)

    def attributes(self) -> xr.Dataset:
        """Climate, place, and what is known of the soil; all precipitation is rain."""
        return self._table.copy()

    def known(self, basin: str) -> Known:
        """What a modeller would know of a basin: texture class, depth of soil, unit hydrograph."""
        return self._basin(basin)[2]

    def read(self, basin: str, period: Period | None = None) -> xr.Dataset:
        """Weather and observed flow; ``true_streamflow`` is flow without errors and gaps.

        Raises
        ------
        DataError
            See :class:`basin_study.sources.BasinSource`.
        """
        known_basin(self, basin)
        if basin not in self._kept:
            self._kept[basin] = self._make(basin)
        self._kept.move_to_end(basin)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        data = self._kept[basin].copy(deep=True)
        return add_observation_attributes(cut(data, period) if period else data, hours=1)

    def _make(self, basin: str) -> xr.Dataset:
        number, climate, known, truth = self._basin(basin)
        steps = self._period.hours
        rain, pet = weather_of(number, self._seed, climate, WARM_UP_HOURS + steps)
        flow = discharge_of(known, truth, rain, pet)[WARM_UP_HOURS:]
        series = {
            PRECIPITATION: rain[None, WARM_UP_HOURS:],
            PET: pet[None, WARM_UP_HOURS:],
            STREAMFLOW: self._observed(number, flow)[None],
            "true_streamflow": flow[None],
        }
        own, units = attributes_of(self._table, basin)
        units["true_streamflow"] = ("mm h-1", "streamflow of the truth, without errors and gaps")
        times = self._period.bounds[0] + np.arange(steps) * HOUR
        return make_dataset([basin], times, series, own, self.name, "UTC", units)

    def _observed(self, number: int, flow: _Array) -> _Array:
        """Flow with errors and gaps."""
        from scipy.signal import lfilter

        found = flow.copy()
        if self._noise > 0.0:
            rng = np.random.default_rng([self._seed, _ERRORS, number])
            width = np.sqrt(np.log1p(self._noise**2))
            memory = float(np.exp(-1.0 / DRIFT_HOURS))
            kicks = np.sqrt(1.0 - memory**2) * rng.standard_normal(flow.size)
            slow, _ = lfilter([1.0], [1.0, -memory], kicks, zi=[memory * rng.standard_normal()])
            errors = np.sqrt(0.5) * (slow + rng.standard_normal(flow.size))
            found *= np.exp(width * errors - 0.5 * width**2)
        if self._gaps:
            rng = np.random.default_rng([self._seed, _GAPS, number])
            years = flow.size / 8766.0
            for begin in rng.uniform(0.0, flow.size, rng.poisson(GAPS_PER_YEAR * years)).astype(int):
                found[begin : begin + 1 + int(rng.exponential(GAP_HOURS))] = np.nan
            if rng.random() < LONG_GAP_SHARE:
                begin, length = int(rng.uniform(0.0, flow.size)), int(rng.uniform(1.0, 4.0) * 8766.0)
                found[begin : begin + length] = np.nan
        return found

    def cfe_config(self, basin: str) -> CfeConfig:
        """Base parameters of CFE, from what is known of the basin.

        Of the van Genuchten soil of the texture class: porosity and conductivity as they are, ``satpsi`` and ``b`` as
        the bubbling suction and inverse pore-size index of its Brooks-Corey equivalent, kept within their calibration
        ranges; the wilting point is the moisture at 15 atm, at most 0.6 of the threshold of drainage. Depth 2 m, and
        the rest as National Water Model configurations have it, at about the middle.
        """
        from cfe_bmi.coefficients import derive
        from cfe_bmi.config_model import CfeConfig, checked
        from cfe_bmi.examples import CAT_87
        from cfe_bmi.state import CfeOptions

        known = self.known(basin)
        soil = ROSETTA_2001[known.soil_class]
        index, bubbling = brooks_corey(soil)
        p = CAT_87._replace(
            depth=2.0,
            maxsmc=soil.theta_e,
            satdk=soil.ks / 100.0 / 3600.0,
            satpsi=float(np.clip(bubbling / 100.0, 0.03, 0.955)),
            b=float(np.clip(1.0 / index, 2.0, 15.0)),
            slope=0.1,
            max_gw_storage=0.05,
            expon=3.0,
        )
        wilting = float(moisture(WILTING_PSI, soil))
        p = p._replace(wltsmc=min(wilting, 0.6 * derive(p).soil_threshold / p.depth))
        return checked(CfeConfig(self.name, basin, CfeOptions(), p, 0.5, 0.05, tuple(known.ordinates.tolist())))
