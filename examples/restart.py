"""Restart: save a component's state in mid-run, restore it into a new one, and go on, equal to the last bit.

The calls are those of ngen's serialization protocol; in a realization the block ``serialization`` makes them.
"""

import sys
from pathlib import Path

import numpy as np

from cfe_bmi import BmiCfe

CONFIG = Path(__file__).parents[1] / "realizations" / "example_basin" / "cfe_classic" / "cat-2.yml"


def run(model: BmiCfe, hours: range) -> list[float]:
    """Go on for some hours of a shower that comes every other day; returns the flow [m]."""
    flow = []
    for hour in hours:
        model.set_value("atmosphere_water__liquid_equivalent_precipitation_rate", np.array([5.0 * (hour % 48 < 6)]))
        model.set_value("water_potential_evaporation_flux", np.array([4e-8]))
        model.update()
        flow.append(float(model.get_value_ptr("Q_OUT")[0]))
    return flow


def main() -> None:
    """Compare a run in two pieces with the run in one."""
    first = BmiCfe()
    first.initialize(str(CONFIG))
    run(first, range(100))
    first.set_value("ngen::serialization_create", np.array([1], dtype=np.int32))
    state = first.get_value_ptr("ngen::serialization_state").tobytes()
    first.set_value("ngen::serialization_free", np.array([1], dtype=np.int32))
    in_one_piece = run(first, range(100, 200))

    second = BmiCfe()
    second.initialize(str(CONFIG))
    second.set_value("ngen::serialization_size", np.array([len(state)], dtype=np.int64))
    second.set_value("ngen::serialization_state", np.frombuffer(state, dtype=np.uint8))
    after_restart = run(second, range(100, 200))

    print(f"a state of {len(state)} bytes; 100 hours of flow, {sum(after_restart):.17g} m, after it")
    if after_restart != in_one_piece:
        sys.exit("the runs differ")
    print("both runs are equal to the last bit")


if __name__ == "__main__":
    main()
