"""Couple two components by hand: PET from weather, LGAR from rain and that PET, over a July week of an arid column.

It prints what became of the rain. In ngen a ``bmi_multi`` realization does the same:
realizations/aorc_basin/pet_lgar.json.
"""

import math
import sys
import tempfile
from pathlib import Path

import numpy as np

from lgar_bmi import BmiLgar
from pet_bmi import BmiPet

PET = """
model: pet
method: penman_monteith
form: fao56
longwave: given
"""

LGAR = """
model: lgar
soil_table: carsel_parrish_1988
layers:
  - {soil: sandy loam, thickness: 20 cm}
  - {soil: clay loam, thickness: 60 cm}
initial_psi: 2000 cm
ponded_depth_max: 0.2 cm
giuh_ordinates: [0.5, 0.3, 0.2]
"""

MM_PER_HOUR = 1000.0 * 3600.0


def weather(hour: int) -> dict[str, float]:
    """Return a hot clear day's weather, by the names of PET's inputs."""
    sun = max(0.0, math.sin(math.pi * (hour % 24 - 6) / 12))
    return {
        "land_surface_radiation~incoming~longwave__energy_flux": 350.0,
        "land_surface_radiation~incoming~shortwave__energy_flux": 950.0 * sun,
        "land_surface_air__pressure": 87e3,
        "atmosphere_air_water~vapor__relative_saturation": 0.006,  # a share of mass, whatever the name says
        "land_surface_air__temperature": 295.0 + 9.0 * sun,
        "land_surface_wind__x_component_of_velocity": 2.0 + 2.0 * sun,
        "land_surface_wind__y_component_of_velocity": 0.5,
    }


def main() -> None:
    """Run a week with two storms."""
    pet, lgar = BmiPet(), BmiLgar()
    with tempfile.TemporaryDirectory() as folder:
        for model, name, text in ((pet, "pet.yml", PET), (lgar, "lgar.yml", LGAR)):
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            model.initialize(str(path))
        demand, sums = (
            np.empty(1),
            dict.fromkeys(("precipitation", "actual_evapotranspiration", "total_discharge"), 0.0),
        )
        for hour in range(168):
            for name, value in weather(hour).items():
                pet.set_value(name, np.array([value]))
            pet.update()
            pet.get_value("water_potential_evaporation_flux", demand)
            storm = 40.0 if hour in (40, 41, 110) else 0.0
            lgar.set_value("precipitation_rate", np.array([storm]))
            lgar.set_value("potential_evapotranspiration_rate", demand * MM_PER_HOUR)  # m s-1 -> mm h-1
            lgar.update()
            for name in sums:
                sums[name] += lgar.get_value_ptr(name)[0]
    print("m over the week:")
    for name, total in sums.items():
        print(f"  {name:26} {total:.5f}")
    into, out, stored = (lgar.get_value_ptr(f"ngen::mass_{what}")[0] for what in ("in", "out", "stored"))
    print(f"  balance                    {into - out - stored:.1e}")
    if abs(into - out - stored) > 1e-10:
        sys.exit("the water balance does not close")


if __name__ == "__main__":
    main()
