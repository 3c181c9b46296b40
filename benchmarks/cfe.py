"""``python -m benchmarks.cfe``: speed and memory of CFE."""

from __future__ import annotations

import numpy as np

from benchmarks.common import ROOT, bmi_speed, memory, repeat, say_where, show, start_up
from hydro_physics.threads import set_threads, thread_count

CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"


def ensemble_speed() -> None:

    from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
    from cfe_bmi.examples import CAT_87
    from cfe_bmi.state import GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions

    steps = 8760
    rng = np.random.default_rng(7)
    rain = np.where(rng.random((1, steps)) < 0.06, rng.gamma(0.8, 3.0, (1, steps)), 0.0)
    pet = np.clip(1.2e-7 * np.sin(2 * np.pi * (np.arange(steps) % 24 - 6) / 24), 0.0, None)[None]
    ordinates = (0.06, 0.51, 0.28, 0.12, 0.03)
    cores = thread_count()
    cases = {
        "classic, Schaake, GIUH": CfeOptions(),
        "ODE, Schaake, GIUH": CfeOptions(soil_scheme=ODE),
        "classic, Xinanjiang, GIUH": CfeOptions(partitioning=XINANJIANG),
        "ODE, Xinanjiang, GIUH": CfeOptions(soil_scheme=ODE, partitioning=XINANJIANG),
        "classic, Schaake, surface Nash (10 sub-steps)": CfeOptions(partitioning=SCHAAKE, surface_runoff=NASH),
    }
    print(f"\nensemble, {steps} steps, one output [ns per catchment-step, wall]")
    powers = {"soil_expon": 2.0, "soil_expon_secondary": 1.5}
    classic = 0.0
    for catchments, threads in ((1, 1), (100, 1), (100, cores)):
        set_threads(threads)
        print(f" {catchments} catchment(s), {threads} thread(s)")
        forcing = EnsembleForcing(np.repeat(rain, catchments, axis=0), pet)
        group = {label: (options, {}) for label, options in cases.items()}
        if catchments == 1:
            group["ODE, exponents 2 and 1.5 (no closed form)"] = (CfeOptions(soil_scheme=ODE), powers)
        for label, (options, changes) in group.items():
            giuh = options.surface_runoff == GIUH
            parameters = CAT_87._replace(satdk=CAT_87.satdk * rng.uniform(0.5, 2.0, catchments), **changes)
            state = initial_state(parameters, 0.6, 0.1, ordinates=5 if giuh else 1, surface=1 if giuh else 2)
            shares = ordinates if giuh else (1.0,)

            def work(p=parameters, s=state, f=forcing, o=options, g=shares):
                simulate(p, s, f, o, ordinates=g)

            work()
            figures = repeat(work, 1e9 / catchments / steps)
            if label.startswith("classic, Schaake, GIUH"):
                classic = figures[0]
            show(label, figures, "ns", f"{figures[0] / classic:.2f} x classic")


def main() -> None:
    from cfe_bmi import BmiCfe

    print("\nCFE\n===")
    start_up(BmiCfe, CONFIG)
    memory(BmiCfe, CONFIG)
    bmi_speed(BmiCfe, CONFIG, "Q_OUT")
    ensemble_speed()


if __name__ == "__main__":
    say_where()
    main()
