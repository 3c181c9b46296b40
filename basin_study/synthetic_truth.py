"""The truth of synthetic basins: columns of LGAR with three layers, whose drainage feeds the rivers.

It is not a model that a study calibrates: its soil has layers and wetting fronts, a crust where it is dry, and two
linear reservoirs below. What a modeller would know of a basin, its texture class and the shape of its unit
hydrograph, is kept apart from what only the truth has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.soil_classes import ROSETTA_2001
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, initial_state, simulate
from lgar_bmi.examples import PARAMETERS
from lgar_bmi.options import ADAPTIVE, LgarOptions

_Array = NDArray[np.float64]

TEXTURES = {
    "loamy sand": (0.82, 0.06),
    "sandy loam": (0.65, 0.10),
    "loam": (0.40, 0.20),
    "silt loam": (0.20, 0.17),
    "sandy clay loam": (0.58, 0.27),
    "clay loam": (0.32, 0.34),
    "silty clay loam": (0.10, 0.34),
}
"""Classes that basins have, with the shares of sand and clay in the middle of each (USDA texture triangle)."""

OPTIONS = LgarOptions(substeps=ADAPTIVE, free_drainage=1, drainage_to_reservoir=1)
INITIAL_PSI = 300.0
"""Suction before the year of warm-up [cm]."""

LONGEST_HYDROGRAPH = 48
_SOIL = 103


class Known(NamedTuple):
    """What a modeller would know.

    Attributes
    ----------
    soil_class : str
        Texture class of :data:`TEXTURES`.
    area : float
        [km2].
    slope : float
        [m km-1].
    depth : float
        Of the soil [cm].
    ordinates : array, shape (hours,)
        Unit hydrograph, of which the sum is 1.
    """

    soil_class: str
    area: float
    slope: float
    depth: float
    ordinates: _Array


class Truth(NamedTuple):
    """What only the truth has.

    Attributes
    ----------
    soils : tuple of VanGenuchtenSoil
        Top first.
    thickness : tuple of float
        [cm].
    parameters : LgarParameters
    """

    soils: tuple[VanGenuchtenSoil, ...]
    thickness: tuple[float, ...]
    parameters: LgarParameters


def unit_hydrograph(area: float, slope: float) -> _Array:
    """Shares that leave in each hour, of gamma shape: slower where a basin is large and flat.

    Its lag is 1.5 (area / 100 km2)^0.35 (slope / 30 m km-1)^-0.25 hours, at least half an hour.

    Parameters
    ----------
    area, slope : float
        [km2], [m km-1].
    """
    lag = max(1.5 * (area / 100.0) ** 0.35 * (slope / 30.0) ** -0.25, 0.5)
    hours = np.arange(LONGEST_HYDROGRAPH) + 0.5
    shares = hours * np.exp(-hours / lag)
    kept = shares[: int(np.searchsorted(np.cumsum(shares) / shares.sum(), 0.999)) + 1]
    return np.asarray(kept / kept.sum(), dtype=np.float64)


def basin_of(basin: int, seed: int, aridity: float) -> tuple[Known, Truth]:
    """What a basin is like.

    Soils scatter around the class: 15 % in 1/alpha, 4 % in n - 1, a factor of 1.8 in conductivity. Below the top layer
    conductivity falls by factors of 0.3 to 1; where aridity exceeds 1 the top layer is a crust whose conductivity is
    divided by up to 5.

    Parameters
    ----------
    basin, seed : int
    aridity : float
    """
    rng = np.random.default_rng([seed, _SOIL, basin])
    name = list(TEXTURES)[int(rng.integers(len(TEXTURES)))]
    area = float(np.exp(rng.uniform(np.log(20.0), np.log(2000.0))))
    slope = float(np.exp(rng.uniform(np.log(3.0), np.log(150.0))))
    thickness = (float(rng.uniform(5, 15)), float(rng.uniform(20, 50)), float(rng.uniform(60, 130)))
    middle = ROSETTA_2001[name]
    crust = 1.0 + 4.0 * float(np.clip(np.log(aridity) / np.log(5.0), 0.0, 1.0)) * float(rng.uniform(0.5, 1.0))
    below = (1.0 / crust, 1.0, float(rng.uniform(0.3, 1.0)))
    soils = tuple(
        middle._replace(
            alpha=float(middle.alpha * np.exp(0.15 * rng.standard_normal())),
            n=float(1.0 + (middle.n - 1.0) * np.exp(0.04 * rng.standard_normal())),
            ks=float(middle.ks * factor * np.exp(np.log(1.8) * rng.standard_normal())),
        )
        for factor in below
    )
    parameters = PARAMETERS._replace(
        ponded_depth_max=float(rng.uniform(0.0, 0.3)),
        a=1.0 / float(rng.uniform(24.0, 120.0)),
        b=1.0,
        a_slow=1.0 / float(np.exp(rng.uniform(np.log(500.0), np.log(4000.0)))),
        b_slow=1.0,
        frac_slow=float(rng.uniform(0.4, 0.9)),
    )
    known = Known(name, area, slope, sum(thickness), unit_hydrograph(area, slope))
    return known, Truth(soils, thickness, parameters)


def discharge_of(known: Known, truth: Truth, rain: _Array, pet: _Array) -> _Array:
    """Streamflow of the truth: runoff and the outflow of the two reservoirs, through the unit hydrograph.

    Parameters
    ----------
    known : Known
    truth : Truth
    rain, pet : array, shape (steps,)
        [mm h-1].

    Returns
    -------
    array, shape (steps,)
        [mm h-1].
    """
    columns = EnsembleColumns(np.array([truth.soils]), np.array([truth.thickness]), truth.parameters)
    state = initial_state(columns, INITIAL_PSI, len(known.ordinates))
    run = simulate(
        columns, state, EnsembleForcing(rain[None], pet[None]), OPTIONS, ("total_discharge",), known.ordinates
    )
    # outputs are m in an hour; round-off below 0 is none
    return np.asarray(np.maximum(1000.0 * run.outputs["total_discharge"][0], 0.0), dtype=np.float64)
