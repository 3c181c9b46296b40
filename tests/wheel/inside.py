"""Runs inside an environment that holds the wheel and what it requires, nothing else: see install_and_run.py."""

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np

import cfe_bmi

CONFIGURATION = """
model: cfe
soil_scheme: ode
partitioning: schaake
surface_runoff: giuh
parameters:
  {depth: 2.0 m, b: 4.05, satdk: 3.38e-6 m s-1, satpsi: 0.355 m, slope: 0.01, maxsmc: 0.439, wltsmc: 0.066,
   max_gw_storage: 0.25 m, Cgw: 1.8e-5 m h-1, expon: 6.0, alpha_fc: 0.33, Kn: 0.03 h-1, Klf: 0.01 m h-1, refkdt: 3.0}
initial: {soil_storage: 0.6, gw_storage: 0.1}
giuh_ordinates: [0.5, 0.5]
"""


def main(numpy_version: str) -> None:
    """Look around, run two days, check the water balance."""
    assert np.__version__.startswith(numpy_version), np.__version__
    assert "site-packages" in cfe_bmi.__file__, "the installed package, not the checkout"
    for name in ("torch", "scipy", "pandas", "matplotlib", "netCDF4", "pytest"):
        assert importlib.util.find_spec(name) is None, f"{name} is here: this is no empty environment"
    for name in ("lgar_bmi", "richards_bmi", "pet_bmi", "ngen_harness", "ngen_arid.__main__"):
        importlib.import_module(name)

    Path("cat-1.yml").write_text(CONFIGURATION, encoding="utf-8")
    model = cfe_bmi.BmiCfe()
    model.initialize("cat-1.yml")
    flow = []
    for hour in range(48):
        model.set_value("atmosphere_water__liquid_equivalent_precipitation_rate", np.array([20.0 if hour < 6 else 0.0]))
        model.set_value("water_potential_evaporation_flux", np.array([5e-8]))
        model.update()
        flow.append(model.get_value("Q_OUT", np.empty(1))[0])
    ledger = {what: float(model.get_value_ptr(f"ngen::mass_{what}")[0]) for what in ("in", "out", "stored", "leaked")}
    into, out, stored, leaked = ledger.values()
    assert abs(into - out - stored - leaked) < 1e-14, "the water balance does not close"
    assert max(flow) > flow[0] > 0.0, "a storm makes flow"
    print(f"numpy {np.__version__}: 48 hours, flow {sum(flow):.17g} m")


if __name__ == "__main__":
    main(sys.argv[1])
