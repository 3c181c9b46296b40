"""``python -m benchmarks.pet``: speed and memory of potential evapotranspiration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.common import ROOT, Timing, part, repeat, say_where, show
from benchmarks.component import memory
from hydro_physics.threads import set_threads, thread_count

CONFIG = ROOT / "realizations" / "aorc_basin" / "pet" / "cat-1.yml"


def ensemble_speed() -> None:
    from ngen_arid import aorc_weather
    from pet_bmi.aorc import COLUMNS
    from pet_bmi.coefficients import PetParameters
    from pet_bmi.config_model import METHODS
    from pet_bmi.ensemble import EnsembleForcing, simulate
    from pet_bmi.state import CALCULATED, RESISTANCES, PetOptions

    steps = 8760
    start = np.datetime64(aorc_weather.START)
    weather = aorc_weather.weather()
    forcing = EnsembleForcing(*(weather[COLUMNS[field]][:1, :steps] for field in EnsembleForcing._fields))
    cases = {name: PetOptions(method=number) for name, number in METHODS.items()}
    cases["penman_monteith, form: resistances"] = PetOptions(form=RESISTANCES)
    cases["penman_monteith, longwave: fao56"] = PetOptions(longwave=CALCULATED)
    cores = thread_count()
    print(f"\nensemble, {steps} steps, one output [ns per catchment-step, wall]")
    for catchments, threads in dict.fromkeys(((1, 1), (100, 1), (100, cores))):
        set_threads(threads)
        print(f" {catchments} catchment(s), {threads} thread(s)")
        albedo = np.linspace(0.1, 0.3, catchments)
        parameters = PetParameters(albedo=albedo, elevation=1650.0, latitude=31.8, longitude=-110.5)
        for label, options in cases.items():

            def work(p=parameters, o=options):
                simulate(p, None, forcing, o, start=start)

            work()
            figures = repeat(work, 1e9 / catchments / steps)
            show(label, figures, "ns", catchments=catchments, steps=steps, threads=threads)
    set_threads(cores)


def component_speed() -> None:
    """Time calls with the weather of a noon; zeros would be refused."""
    from pet_bmi import BmiPet
    from pet_bmi.variables import PET

    model = BmiPet()
    model.initialize(str(CONFIG))
    noon = (350.0, 84e3, 0.006, 800.0, 303.0, 3.0, -4.0)
    inputs = [(name, np.array([value])) for name, value in zip(model.get_input_var_names(), noon, strict=True)]
    dest = np.zeros(1)
    calls = 20_000

    def step() -> None:
        for name, values in inputs:
            model.set_value(name, values)
        model.update()
        model.get_value(PET, dest)

    def many(call: Callable[[], object]) -> Timing:
        def work() -> None:
            for _ in range(calls):
                call()

        return repeat(work, 1e6 / calls)

    step()
    print("\nBMI, one catchment [us per call]")
    show("initialize", repeat(lambda: model.initialize(str(CONFIG)), 1e6), "us")
    step()
    show("update", many(model.update), "us")
    show("seven set_value, update, get_value", many(step), "us", name="step")


def main() -> None:
    from pet_bmi import BmiPet

    print("\nPET\n===")
    with part("pet"):
        memory(BmiPet, CONFIG)
        with part("bmi", catchments=1, threads=1):
            component_speed()
        with part("ensemble"):
            ensemble_speed()


if __name__ == "__main__":
    say_where()
    main()
