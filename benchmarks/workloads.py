"""The core workloads, as a program that needs nothing but the packages it measures.

``python -P benchmarks/workloads.py NAME [--repetitions N]`` prints one line of JSON: the seconds of each repetition and
how many units of work one is. It is run by path with another tree first in ``PYTHONPATH``, so that old and new code
do the same work; hence it imports nothing of ``benchmarks``, and every import of a package is inside its workload:
where an old tree lacks something, only that workload fails. (``-P`` keeps this folder, with its ``dcfe.py``, off the
path.)
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"
ORDINATES = (0.06, 0.51, 0.28, 0.12, 0.03)
LEARNED = ("b", "satdk", "satpsi", "slope", "maxsmc", "refkdt", "Klf", "Kn", "max_gw_storage", "Cgw", "expon")


class Work(NamedTuple):
    """Something to time: a call, how many units of work it does, and what times are multiplied by for `unit`.

    The clock is that of the processor, so that what else runs counts less; the wall's where files are written.
    """

    call: Callable[[], object]
    units: int
    scale: float
    unit: str
    clock: Callable[[], float] = time.process_time


def rain_and_pet(count: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Seeded weather: rain [mm h-1] in 6 % of hours, and potential evaporation [m s-1] by day."""
    rng = np.random.default_rng(7)
    rain = np.where(rng.random((count, steps)) < 0.06, rng.gamma(0.8, 3.0, (count, steps)), 0.0)
    pet = np.clip(1.2e-7 * np.sin(2 * np.pi * (np.arange(steps) % 24 - 6) / 24), 0.0, None)
    return rain, pet[None]


def one_thread() -> None:
    """Keep everything to one thread."""
    from hydro_physics.threads import set_threads

    set_threads(1)


def _cfe(small: bool, **schemes: int) -> Work:
    from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
    from cfe_bmi.examples import CAT_87
    from cfe_bmi.state import CfeOptions

    count, steps = (3, 48) if small else (100, 8760)
    parameters = CAT_87._replace(satdk=CAT_87.satdk * np.random.default_rng(7).uniform(0.5, 2.0, count))
    forcing = EnsembleForcing(*rain_and_pet(count, steps))
    state = initial_state(parameters, 0.6, 0.1, ordinates=len(ORDINATES), surface=1)
    options = CfeOptions(**schemes)
    call = lambda: simulate(parameters, state, forcing, options, ordinates=ORDINATES)  # noqa: E731
    return Work(call, count * steps, 1e9, "ns per basin-step")


def cfe_classic(small: bool = False) -> Work:
    """CFE, classic soil, Schaake, GIUH: 100 basins, a year."""
    return _cfe(small)


def cfe_ode(small: bool = False) -> Work:
    """CFE, ODE soil, Schaake, GIUH: 100 basins, a year."""
    from cfe_bmi.state import ODE

    return _cfe(small, soil_scheme=ODE)


def cfe_gradient(small: bool = False) -> Work:
    """CFE's twin, run and gradient to 11 parameters: 100 basins, a year."""
    import torch

    from cfe_bmi.ensemble import EnsembleForcing
    from cfe_bmi.examples import CAT_87
    from dcfe import DifferentiableCfe

    torch.set_num_threads(1)
    count, steps = (3, 48) if small else (100, 8760)
    rng = np.random.default_rng(7)
    values = {name: np.full(count, value) for name, value in CAT_87._asdict().items()}
    for name in LEARNED:
        values[name] *= rng.uniform(0.8, 1.2, count)
    tensors = {name: torch.tensor(value, requires_grad=name in LEARNED) for name, value in values.items()}
    rain, pet = rain_and_pet(count, steps)
    forcing: Any = EnsembleForcing(torch.tensor(rain), torch.tensor(np.repeat(pet, count, axis=0)))
    twin = DifferentiableCfe()
    state = twin.initial_state(values, 0.6, 0.1, ordinates=len(ORDINATES))
    ones = torch.ones(count, steps, dtype=torch.float64)
    call = lambda: twin(tensors, forcing, state, ORDINATES).outputs["q_out"].backward(ones)  # noqa: E731
    return Work(call, count * steps, 1e9, "ns per basin-step")


def lgar(small: bool = False) -> Work:
    """LGAR, 3 layers, adaptive sub-steps, heavy storms: 20 columns, 2000 hours."""
    from hydro_physics.soil_classes import soil_of_class
    from lgar_bmi.coefficients import LgarParameters
    from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, initial_state, simulate
    from lgar_bmi.options import ADAPTIVE, LgarOptions
    from lgar_bmi.parameters import PARAMETERS

    count, steps = (2, 24) if small else (20, 2000)
    soils = [soil_of_class(name, "carsel_parrish_1988") for name in ("sandy loam", "loam", "clay loam")]
    rows = np.repeat(np.array(soils)[np.newaxis], count, axis=0)
    rng = np.random.default_rng(7)
    rows[:, :, 4] *= rng.uniform(0.5, 2.0, (count, 3))
    defaults = LgarParameters(*(variable.default or 0.0 for variable in PARAMETERS))
    columns = EnsembleColumns(rows, np.full((1, 3), 50.0), defaults)
    rain = np.where(rng.random((count, steps)) < 0.03, 10.0 ** rng.uniform(-0.5, 1.6, (count, steps)), 0.0)
    pet = np.repeat(0.8 * np.maximum(np.sin((np.arange(steps) % 24 - 6) / 12 * np.pi), 0.0)[None], count, axis=0)
    forcing, state, options = EnsembleForcing(rain, pet), initial_state(columns, 2000.0), LgarOptions(substeps=ADAPTIVE)
    return Work(lambda: simulate(columns, state, forcing, options), count * steps, 1e6, "us per column-hour")


def bmi_step(small: bool = False) -> Work:
    """One component of CFE through its BMI: two set_value, update, get_value."""
    from cfe_bmi import BmiCfe

    calls = 10 if small else 100_000
    model = BmiCfe()
    model.initialize(str(_config()))
    rain, pet, target = np.zeros(1), np.full(1, 2e-8), np.zeros(1)

    def call() -> None:
        for _ in range(calls):
            model.set_value(RAIN, rain)
            model.set_value(PET, pet)
            model.update()
            model.get_value("Q_OUT", target)

    return Work(call, calls, 1e6, "us per step")


COLUMNS = ("RAIN_RATE", "ACTUAL_ET", "DIRECT_RUNOFF", "SOIL_STORAGE", "Q_OUT")


def harness(small: bool = False) -> Work:
    """The harness with CFE: 20 catchments, 240 hours, all of ngen's calls, files included."""
    from ngen_harness import run

    count, hours = (2, 5) if small else (20, 240)
    place = tempfile.TemporaryDirectory()
    realization, catchments = write_basin(Path(place.name), count, hours, COLUMNS)

    def call() -> object:
        # refers to the folder, which is deleted with it
        return place.name and run(realization, catchments=catchments, progress=False)

    return Work(call, count * hours, 1e6, "us per catchment-step", time.perf_counter)


def _config() -> Path:
    """The first catchment of the example basin, in the tree that is measured."""
    import cfe_bmi

    return Path(cfe_bmi.__file__).resolve().parents[1] / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"


def write_basin(folder: Path, count: int, hours: int, columns: Sequence[str]) -> tuple[Path, Path]:
    """Write a realization of CFE for some catchments with one forcing file, and the catchments."""
    rain, _ = rain_and_pet(1, hours)
    times = np.datetime64("2015-12-01T00", "s") + np.arange(hours) * np.timedelta64(3600, "s")
    texts = [str(when).replace("T", " ") for when in times]
    lines = [f"{when},{amount:.4f},2e-8" for when, amount in zip(texts, rain[0], strict=True)]
    (folder / "forcing.csv").write_text("\n".join(("time,P[mm h-1],PET[m s-1]", *lines)) + "\n")
    params = {
        "model_type_name": "CFE",
        "python_type": "cfe_bmi.BmiCfe",
        "init_config": str(_config()),
        "main_output_variable": "Q_OUT",
        "variables_names_map": {RAIN: "P", PET: "PET"},
        "output_variables": list(columns),
    }
    formulation = {"formulations": [{"name": "bmi_python", "params": params}]}
    document = {
        "global": {**formulation, "forcing": {"path": str(folder / "forcing.csv")}},
        "time": {"start_time": texts[0], "end_time": texts[-1], "output_interval": 3600},
        "output": {"root": str(folder / "out")},
    }
    (folder / "realization.json").write_text(json.dumps(document))
    features = [
        {"type": "Feature", "id": f"cat-{i}", "properties": {"areasqkm": 1.0 + i, "toid": f"nex-{i // 3}"}}
        for i in range(count)
    ]
    (folder / "catchments.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder / "realization.json", folder / "catchments.geojson"


WORKLOADS: dict[str, Callable[[bool], Work]] = {
    function.__name__: function for function in (cfe_classic, cfe_ode, cfe_gradient, lgar, bmi_step, harness)
}


def measure(name: str, repetitions: int, small: bool = False) -> dict[str, Any]:
    """Time a workload after a run that compiles or loads what it needs: `values` in `unit`, and their median."""
    import cfe_bmi

    one_thread()
    work = WORKLOADS[name](small)
    work.call()
    values = []
    for _ in range(repetitions):
        begin = work.clock()
        work.call()
        values.append((work.clock() - begin) * work.scale / work.units)
    tree = str(Path(cfe_bmi.__file__).resolve().parents[1])
    return {"name": name, "unit": work.unit, "values": values, "median": statistics.median(values), "tree": tree}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time one core workload; prints JSON.")
    parser.add_argument("name", choices=WORKLOADS)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a few steps: for tests")
    arguments = parser.parse_args()
    sys.stdout.write(json.dumps(measure(arguments.name, arguments.repetitions, arguments.small)) + "\n")


if __name__ == "__main__":
    main()
