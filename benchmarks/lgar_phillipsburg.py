"""``python -m benchmarks.lgar_phillipsburg``: a year at Phillipsburg, in several ways, beside LGAR-C.

The forcing is expected beside the checkout, as by the realizations in ``realizations/phillipsburg``.
"""

from __future__ import annotations

import csv

import numpy as np

from benchmarks.common import ROOT, show_table
from lgar_bmi.config import load_config
from lgar_bmi.config_model import LgarConfig
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, LGAR_C_SUM, TALSMA_PARLANGE, LgarOptions

CONFIG = ROOT / "realizations" / "phillipsburg" / "lgar.yml"
FORCING = ROOT.parent / "shared" / "data" / "lgar" / "forcing" / "forcing_data_resampled_uniform_Phillipsburg.csv"
HOURS = 7500

RUNS = {
    "default physics, fixed 300 s": (LgarOptions(EXACT), 300.0),
    "default physics, fixed 30 s": (LgarOptions(EXACT), 30.0),
    "default physics, adaptive": (LgarOptions(EXACT, substeps=ADAPTIVE), 300.0),
    "Talsma and Parlange, adaptive": (LgarOptions(EXACT, substeps=ADAPTIVE, infiltration=TALSMA_PARLANGE), 300.0),
    "default physics, closed form, fixed 300 s": (LgarOptions(CLOSED_FORM), 300.0),
    "compatibility, closed form": (LgarOptions(CLOSED_FORM, lgar_c=1), 300.0),
    "compatibility, LGAR-C's sum": (LgarOptions(LGAR_C_SUM, lgar_c=1), 300.0),
}

LGAR_C = {
    "compatibility, closed form": ("LGAR-C 0baab41, closed form", (88.6720, 10.4134, 87.8215, 0.8505)),
    "compatibility, LGAR-C's sum": ("LGAR-C 0baab41, its sum", (88.8071, 10.2783, 88.1936, 0.6135)),
}
"""Totals [cm] of our own runs of LGAR-C, 300 s fixed and no cache: infiltration, runoff, AET, change of storage."""


def totals(config: LgarConfig, forcing: EnsembleForcing, options: LgarOptions, substep: float) -> tuple[float, ...]:
    """Return rain, infiltration, runoff, AET, change of storage, water left on the surface and imbalance [cm]."""
    columns = EnsembleColumns(np.array([config.soils]), np.array([config.thickness]), config.parameters)
    state = initial_state(columns, config.initial_psi)
    # the initial storage, from a step in which nothing happens
    nothing = EnsembleForcing(np.zeros((1, 1)), np.zeros((1, 1)))
    before = simulate(columns, state, nothing, options, ("soil_storage",)).outputs["soil_storage"][0, -1]
    names = ("precipitation", "infiltration", "surface_runoff", "actual_evapotranspiration")
    times = EnsembleTimes(substep=substep, tolerance=config.tolerance)
    run = simulate(columns, state, forcing, options, (*names, "soil_storage", "ponded_depth"), times=times)
    sums = [float(run.outputs[name].sum()) for name in names]
    stored, ponded = (float(run.outputs[name][0, -1]) for name in ("soil_storage", "ponded_depth"))
    return tuple(100.0 * value for value in (*sums, stored - before, ponded, float(run.imbalance[0])))


def main() -> None:
    if not FORCING.is_file():
        print(f"nothing to do: {FORCING.relative_to(ROOT.parent)} is not beside the checkout")
        return
    config = load_config(CONFIG)
    with open(FORCING, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:HOURS]
    rain, pet = (np.array([[float(row[name]) for row in rows]]) for name in ("P(mm/h)", "PET(mm/h)"))
    forcing = EnsembleForcing(rain, pet)
    table = []
    for label, (options, substep) in RUNS.items():
        *water, imbalance = totals(config, forcing, options, substep)
        table.append((label, *(f"{value:.4f}" for value in water), f"{imbalance:.0e}"))
        if label in LGAR_C:
            name, published = LGAR_C[label]
            table.append((f"  {name}", f"{rain.sum() / 10:.4f}", *(f"{value:.4f}" for value in published), "-", "-"))
    print(f"LGAR at Phillipsburg, {HOURS} h from {rows[0]['Time']}, ponding up to 2 cm; totals [cm]\n")
    show_table(("run", "rain", "infiltration", "runoff", "AET", "storage", "ponded", "imbalance"), table)


if __name__ == "__main__":
    main()
