"""``python -m benchmarks.catchments``: what a run of X catchments by T hours costs, in the harness, files included."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks import harness
from benchmarks.common import ROOT, part, repeat, say_where, show
from benchmarks.memory import MIB
from ngen_ensemble.process_memory import peak_memory

BASIN = ROOT / "realizations" / "example_basin"
MODELS = {
    "cfe_bmi.BmiCfe": "cfe_classic/cat-1.yml",
    "cfe_bmi.BmiCfeOde": "cfe_ode/cat-1.yml",
    "lgar_bmi.BmiLgar": "lgar/cat-1.yml",
    "richards_bmi.BmiRichards": "richards/cat-1.yml",
}
SOIL_INPUTS = {"precipitation_rate": "P", "potential_evapotranspiration_rate": "PET"}
SOIL_COLUMNS = ("precipitation", "potential_evapotranspiration", "actual_evapotranspiration", "surface_runoff")


def _write(folder: Path, component: str, config: str, hours: int) -> tuple[Path, Path]:
    """Write a realization of a component."""
    realization, catchments = harness._write_basin(folder, hours)
    document = json.loads(realization.read_text())
    params = document["global"]["formulations"][0]["params"]
    params |= {"python_type": component, "init_config": str(BASIN / config)}
    if not component.startswith("cfe_bmi"):
        main = "total_discharge"
        params |= {"model_type_name": "soil", "main_output_variable": main, "variables_names_map": SOIL_INPUTS}
        params["output_variables"] = [*SOIL_COLUMNS, "soil_storage", main]
    realization.write_text(json.dumps(document))
    return realization, catchments


def main() -> None:
    from ngen_harness import run

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catchments", type=int, default=88)
    parser.add_argument("--hours", type=int, default=720)
    parser.add_argument("--component", choices=MODELS)
    arguments = parser.parse_args()
    harness.CATCHMENTS = arguments.catchments
    steps = arguments.catchments * arguments.hours
    say_where()
    print(f"\n{arguments.catchments} catchments by {arguments.hours} hours, one process [s for the run]")
    for component, config in MODELS.items():
        if arguments.component in (None, component):
            with tempfile.TemporaryDirectory() as name:
                realization, catchments = _write(Path(name), component, config, arguments.hours)

                def go(realization: Path = realization, catchments: Path = catchments) -> None:
                    run(realization, catchments=catchments, progress=False)

                go()  # compiles
                figures = repeat(go, repetitions=3)
            with part("catchments", catchments=arguments.catchments, steps=arguments.hours):
                show(component, figures, "s", f"{1e6 * figures.median / steps:.3g} us per catchment-step")
    print(f"most memory, all of it: {peak_memory() / MIB:.0f} MiB")


if __name__ == "__main__":
    main()
