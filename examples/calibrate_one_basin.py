"""Calibrate one basin: find four parameters of CFE from two years of discharge that the model itself has made.

The search is DDS (needs the extra ``study``). Since the truth is known, it prints how near it comes. For real basins,
many of them and several models, use a study: docs/study.md.
"""

import sys

import numpy as np

from basin_study.dds import dds
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import ODE, CfeOptions
from hydro_physics.skill import nse

HOURS = 2 * 8760
WARM_UP = 1000
SEARCHED = ("satdk", "maxsmc", "Klf", "max_gw_storage")
LOGARITHMIC = ("satdk", "Klf")
TRUE = CAT_87._replace(satdk=2e-5, maxsmc=0.45, Klf=0.02, max_gw_storage=0.15)


def weather(seed: int) -> EnsembleForcing:
    """Return two years of showers and of a daily and yearly course of evaporative demand."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    rain = np.where(rng.random(HOURS) < 0.04, rng.gamma(0.7, 4.0, HOURS), 0.0)  # mm h-1
    sun = np.maximum(0.0, np.sin(2 * np.pi * (hour % 24 - 6) / 24)) * (1.0 - 0.5 * np.cos(2 * np.pi * hour / 8760))
    return EnsembleForcing(rain=rain[None], pet=1.2e-7 * sun[None])  # m s-1


def values(shares: np.ndarray) -> dict[str, float]:
    """Return parameters at a point of the unit cube: their usual ranges, some of them in logarithms."""
    found = {}
    for name, share in zip(SEARCHED, shares, strict=True):
        low, high = next(variable.calibration for variable in PARAMETERS if variable.name == name)
        low = max(low, 1e-4 * high) if name in LOGARITHMIC else low
        found[name] = low * (high / low) ** share if name in LOGARITHMIC else low + (high - low) * share
    return {name: float(value) for name, value in found.items()}


def main() -> None:
    """Make discharge, then search."""
    forcing = weather(seed=1)
    options = CfeOptions(soil_scheme=ODE)

    def discharge(parameters) -> np.ndarray:
        state = initial_state(parameters, soil_storage=0.5, gw_storage=0.2)
        return simulate(parameters, state, forcing, options, outputs=("Q_OUT",)).outputs["Q_OUT"][0, WARM_UP:]

    observed = discharge(TRUE)

    def objective(shares: np.ndarray) -> float:
        try:
            return nse(discharge(CAT_87._replace(**values(shares))), observed)
        except ValueError:  # values that contradict each other
            return -1e3

    found = dds(objective, len(SEARCHED), evaluations=400, seed=3)
    print(f"NSE {found.best:.4f} after {found.evaluations} runs of {HOURS} hours; {found.refused} refused")
    for name, value in values(found.shares).items():
        print(f"  {name:15} found {value:.4g}, true {getattr(TRUE, name):.4g}")
    if found.best < 0.95:
        sys.exit("the search should come nearer than that")


if __name__ == "__main__":
    main()
