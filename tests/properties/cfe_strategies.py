"""Random CFE catchments: any parameters that the component accepts, and any forcing that is not negative."""

from typing import NamedTuple

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.parameters import PARAMETERS, problems_of
from cfe_bmi.state import CfeOptions
from ngen_bmi.variables import Variable

LATERAL, SURFACE, QUEUE = 2, 2, 4


class Case(NamedTuple):
    parameters: CfeParameters
    soil_share: float
    groundwater_share: float
    lateral: tuple[float, ...]
    surface: tuple[float, ...]
    ordinates: tuple[float, ...]
    seed: int


def values_of(variable: Variable) -> st.SearchStrategy[float]:
    """Values all over the valid range: its ends, the range of calibrations, and all orders of magnitude."""
    low, high = variable.valid
    choices = [st.sampled_from((low, high)), st.floats(low, high)]
    if variable.calibration is not None:
        choices.append(st.floats(*variable.calibration))
    if low >= 0.0:
        smallest = np.log10(max(low, 1e-9 * high))
        choices.append(st.floats(smallest, np.log10(high)).map(lambda power: min(max(10.0**power, low), high)))
    if variable.default is not None:
        choices.append(st.just(variable.default))
    return st.one_of(choices)


@st.composite
def cfe_cases(draw: st.DrawFn, *, linear: bool) -> Case:
    values = {variable.name: draw(values_of(variable)) for variable in PARAMETERS}
    if linear:
        values |= {"soil_expon": 1.0, "soil_expon_secondary": 1.0}
    # A wilting point below porosity and threshold, as a share of the lower of the two.
    dry = CfeParameters(**(values | {"wltsmc": 0.0}))
    highest = min(dry.maxsmc, derive(dry).soil_threshold / dry.depth, 0.99)
    p = dry._replace(wltsmc=draw(st.sampled_from((0.0, 0.15, 0.5, 0.999))) * highest)
    assume(not problems_of(p))
    shares = st.one_of(st.sampled_from((0.0, 1.0)), st.floats(0.0, 1.0))
    depths = st.sampled_from((0.0, 1e-300, 1e-9, 0.003, 0.2))
    weights = draw(st.lists(st.floats(0.0, 1.0), min_size=QUEUE, max_size=QUEUE).filter(lambda w: sum(w) > 0.1))
    return Case(
        parameters=p,
        soil_share=draw(shares),
        groundwater_share=draw(shares),
        lateral=tuple(draw(depths) for _ in range(LATERAL)),
        surface=tuple(draw(depths) for _ in range(SURFACE)),
        ordinates=tuple(w / sum(weights) for w in weights),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


def random_forcing(seed: int, steps: int) -> NDArray[np.float64]:
    """Forcing that is not negative (n, 6): dry, denormal, drizzling and pouring hours, with and without demand."""
    rng = np.random.default_rng(seed)
    rain = rng.choice([0.0, 0.0, 0.0, 1e-303, 1e-9, 5e-9, 1e-8, 5e-5, 1e-3, 0.03, 0.5], steps)
    rain *= np.where(rng.random(steps) < 0.5, rng.random(steps), 1.0)
    pet = rng.choice(
        [0.0, 0.0, 1e-303, 1e-9, 1e-5, 3e-4, 1e-3, 3.6], steps, p=[0.2, 0.2, 0.1, 0.1, 0.1, 0.2, 0.09, 0.01]
    )
    pet *= np.where(rng.random(steps) < 0.5, rng.random(steps), 1.0)
    ice_depth = rng.choice([0.0, 0.005, 0.01, 0.0100001, 0.05, 0.3, 100.0], steps)
    ice_fraction = np.where(rng.random(steps) < 0.5, rng.random(steps), rng.choice([0.0, 1.0], steps))
    moisture = np.where(rng.random(steps) < 0.5, rng.random(steps), rng.choice([0.0, 1e-300, 0.05, 0.4, 1.0], steps))
    thickness = np.full(steps, rng.choice([1e-3, 0.1, 2.0]))
    return np.stack([rain, pet, ice_depth, ice_fraction, moisture, thickness], axis=1)


def start_storages(case: Case, options: CfeOptions) -> dict[str, object]:
    """Storages in m, as keywords of tests.cfe_bmi.stepping.simulate."""
    p = case.parameters
    return {
        "soil": case.soil_share * (p.maxsmc * p.depth),
        "groundwater": case.groundwater_share * p.max_gw_storage,
        "lateral": case.lateral,
        "surface": case.surface if options.surface_runoff == 2 else (0.0,) * SURFACE,
        "ordinates": case.ordinates,
    }
