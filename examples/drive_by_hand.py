"""Drive one component by hand, call by call, as ngen does: CFE with the ODE soil through a storm and the days after.

It prints the flow of each day and the water balance, which closes to round-off.
"""

import sys
from pathlib import Path

import numpy as np

from cfe_bmi import BmiCfe

CONFIG = Path(__file__).parents[1] / "realizations" / "example_basin" / "cfe_ode" / "cat-1.yml"


def main() -> None:
    """Run ten days."""
    model = BmiCfe()
    model.initialize(str(CONFIG))
    print(f"{model.get_component_name()}: inputs {', '.join(model.get_input_var_names())}")

    flow = np.empty(1)
    daily = np.zeros(10)
    for hour in range(240):
        rain = 12.0 if 24 <= hour < 30 else 0.0  # mm h-1
        pet = 1e-7 if 8 <= hour % 24 < 18 else 0.0  # m s-1
        model.set_value("atmosphere_water__liquid_equivalent_precipitation_rate", np.array([rain]))
        model.set_value("water_potential_evaporation_flux", np.array([pet]))
        model.update()
        daily[hour // 24] += model.get_value("Q_OUT", flow)[0]
    print("flow of each day [mm]:", " ".join(f"{1e3 * depth:.2f}" for depth in daily))

    into, out, stored = (model.get_value_ptr(f"ngen::mass_{what}")[0] for what in ("in", "out", "stored"))
    print(f"in {into:.6f} m, out {out:.6f} m, stored {stored:.6f} m, balance {into - out - stored:.1e} m")
    model.finalize()
    if abs(into - out - stored) > 1e-12:
        sys.exit("the water balance does not close")


if __name__ == "__main__":
    main()
