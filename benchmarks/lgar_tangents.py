"""``python -m benchmarks.lgar_tangents``: what derivatives of LGAR to 16 parameters cost, next to the plain run."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch

from benchmarks import lgar_memory
from benchmarks.common import part, record, repeat, say_where, show
from benchmarks.lgar import DEFAULTS, SUBSTEPS, TOLERANCE, stack_of, weather
from dcfe import DifferentiableLgar
from dcfe.lgar_seeds import seeds_of
from dcfe.lgar_tangents import tangents_of_lgar
from hydro_physics.threads import thread_count
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import LgarOptions

COLUMNS, HOURS = 20, 2000
SEEDS = (*(name for name in seeds_of(3) if name[-1].isdigit()), "ponded_depth_max")


def main() -> None:
    soils, thickness = stack_of(3)
    rows = np.repeat(np.array(soils)[np.newaxis], COLUMNS, axis=0)
    rows[:, :, 4] *= np.random.default_rng(7).uniform(0.5, 2.0, (COLUMNS, 3))
    columns = EnsembleColumns(rows, thickness[np.newaxis], DEFAULTS)
    fields = VanGenuchtenSoil._fields
    values = {f"{f}_{k + 1}": rows[:, k, fields.index(f)].copy() for k, f in product(range(3), fields)}
    values |= {name: np.full(COLUMNS, value) for name, value in DEFAULTS._asdict().items()}
    state, times = initial_state(columns, 2000.0), EnsembleTimes(tolerance=TOLERANCE)
    print(f"\nLGAR's tangents to {len(SEEDS)} parameters: {COLUMNS} columns, {HOURS} hours [us per column-hour, wall]")
    for climate, (how, substeps) in product(("arid", "humid"), SUBSTEPS.items()):
        weathers = [weather(climate, HOURS, seed) for seed in range(COLUMNS)]
        forcing = EnsembleForcing(*(np.array(values) for values in zip(*weathers, strict=True)))
        options = LgarOptions(substeps=substeps)

        def plain(f=forcing, o=options):  # type: ignore[no-untyped-def]  # noqa: B008
            simulate(columns, state, f, o, times=times)

        def tangents(f=forcing, o=options):  # type: ignore[no-untyped-def]  # noqa: B008
            tangents_of_lgar(columns, state, f, SEEDS, o, times=times)

        leaves = {name: torch.as_tensor(value).requires_grad_() for name, value in values.items() if name in SEEDS}
        leaves = values | leaves
        twin = DifferentiableLgar(options, times=times)

        def gradient(f=forcing, t=twin, given=leaves):  # type: ignore[no-untyped-def]  # noqa: B008
            t(given, thickness, f, state).outputs["total_discharge"].square().sum().backward()

        plain(), tangents(), gradient()
        where = {"catchments": COLUMNS, "steps": HOURS, "threads": thread_count()}
        with part(f"lgar/gradient/{climate}-{how.replace(' ', '-')}", **where):
            without = repeat(plain, 1e6 / COLUMNS / HOURS, repetitions=5)
            show(f"{climate}, {how}: plain", without, "us", name="plain")
            for name, work in (("with tangents", tangents), ("twin, run and gradient", gradient)):
                found = repeat(work, 1e6 / COLUMNS / HOURS, repetitions=5)
                ratio = found.median / without.median
                label, seeds = f"{climate}, {how}: {name}", len(SEEDS)
                show(label, found, "us", f"{ratio:.2f} x plain", name=name, parameters=seeds)
                record(f"{name}, times plain", ratio, "1", parameters=seeds)


if __name__ == "__main__":
    say_where()
    main()
    lgar_memory.show()
