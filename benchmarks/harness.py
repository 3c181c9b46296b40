"""``python -m benchmarks.harness``: what the harness costs beside the models, and what further processes save."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.common import ROOT, of_values, part, repeat, say_where, show
from benchmarks.machine import cores

CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"
CATCHMENTS = 60
HOURS = 24 * 30
LONG = 24 * 120
"""Hours of the runs in several processes: starting one takes a second or two, which only a long run pays back."""
COLUMNS = ("RAIN_RATE", "POTENTIAL_ET", "ACTUAL_ET", "DIRECT_RUNOFF", "SOIL_STORAGE", "Q_OUT")
RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"


def _write_basin(folder: Path, hours: int) -> tuple[Path, Path]:
    """Write a realization of many catchments with one forcing file."""
    rng = np.random.default_rng(7)
    rain = np.where(rng.random(hours) < 0.06, rng.gamma(0.8, 3.0, hours), 0.0)
    times = np.datetime64("2015-12-01T00", "s") + np.arange(hours) * np.timedelta64(3600, "s")
    lines = [f"{str(when).replace('T', ' ')},{amount:.4f},2e-8" for when, amount in zip(times, rain, strict=True)]
    (folder / "forcing.csv").write_text("\n".join(("time,P[mm h-1],PET[m s-1]", *lines)) + "\n")
    params = {
        "model_type_name": "CFE",
        "python_type": "cfe_bmi.BmiCfe",
        "init_config": str(CONFIG),
        "main_output_variable": "Q_OUT",
        "variables_names_map": {RAIN: "P", PET: "PET"},
        "output_variables": list(COLUMNS),
    }
    document = {
        "global": {
            "formulations": [{"name": "bmi_python", "params": params}],
            "forcing": {"path": str(folder / "forcing.csv")},
        },
        "time": {
            "start_time": str(times[0]).replace("T", " "),
            "end_time": str(times[-1]).replace("T", " "),
            "output_interval": 3600,
        },
        "output": {"root": str(folder / "out")},
    }
    (folder / "realization.json").write_text(json.dumps(document))
    features = [
        {"type": "Feature", "id": f"cat-{i}", "properties": {"areasqkm": 1.0 + i, "toid": f"nex-{i // 3}"}}
        for i in range(CATCHMENTS)
    ]
    (folder / "catchments.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder / "realization.json", folder / "catchments.geojson"


def _model_alone() -> float:
    """Seconds for the calls that the run cannot do without: set the inputs, update, read the outputs."""
    from cfe_bmi import BmiCfe

    models = []
    for _ in range(CATCHMENTS):
        model = BmiCfe()
        model.initialize(str(CONFIG))
        models.append(model)
    rain, pet, target, first = np.zeros(1), np.full(1, 2e-8), np.zeros(1), np.zeros(1, np.int32)
    begin = time.perf_counter()
    for _ in range(HOURS):
        for model in models:
            model.set_value(RAIN, rain)
            model.set_value(PET, pet)
            model.update()
            for name in COLUMNS:
                model.get_value_at_indices(name, target, first)
    return time.perf_counter() - begin


def main(quick: bool = False) -> None:
    from ngen_harness import run

    print(f"\nHarness, {CATCHMENTS} catchments with CFE, {HOURS} hours, {len(COLUMNS)} columns\n=======")
    per_step = 1e6 / CATCHMENTS / HOURS
    with tempfile.TemporaryDirectory() as name, part("harness", catchments=CATCHMENTS):
        realization, catchments = _write_basin(Path(name), HOURS)

        def go(**options: object) -> None:
            run(realization, catchments=catchments, progress=False, **options)  # type: ignore[arg-type]

        go()  # compiles
        own = of_values([_model_alone() * per_step for _ in range(3)])
        print("\none process [us per catchment-step, everything included: reading, models, files]")
        show("inputs, update and outputs of the model alone", own, "us", name="model alone", steps=HOURS)
        for label, work in ways(realization, catchments).items():
            work()
            figures = repeat(work, per_step, 3)
            show(label, figures, "us", f"framework {figures.median - own.median:.3g} us", steps=HOURS)
        if quick:
            return
        _write_basin(Path(name), LONG)
        print(f"\nprocesses, all of ngen's calls, {LONG} hours, {cores()} cores [s for the run]")
        alone = 0.0
        for workers in sorted({1, 2, cores()}):
            figures = repeat(lambda workers=workers: go(workers=workers), repetitions=3)
            alone = alone or figures.median
            note = f"{alone / figures.median:.2f} x"
            show(f"--workers {workers}", figures, "s", note, name="workers", workers=workers, steps=LONG)


def ways(realization: Path, catchments: Path) -> dict[str, Callable[[], object]]:
    """Ways to run a realization; one of a streaming run, with a realization of its own, would be one more here."""
    from ngen_harness import run

    return {
        "run, all of ngen's calls": lambda: run(realization, catchments=catchments, progress=False),
        "run, --fast": lambda: run(realization, catchments=catchments, progress=False, faithful_calls=False),
    }


if __name__ == "__main__":
    say_where()
    main()
