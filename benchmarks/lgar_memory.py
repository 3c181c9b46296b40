"""``python -m benchmarks.lgar_memory``: memory that derivatives of LGAR take, for periods of different length.

Each length is run in a process of its own, and what counts is that process's greatest resident memory as Linux counts
it, whoever asked for it: numpy, PyTorch or compiled code. The arrays of inputs and outputs, which have to grow with the
period, are counted by their shapes; what is left over is what the derivatives themselves need.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.common import ROOT, record, say_where, show_table
from ngen_ensemble.process_memory import peak_memory, resident_memory

COLUMNS = 20
HOURS = (2000, 8000, 32000)
KINDS = ("twin", "tangents")
SEEDS = 16
MIB = 1024.0 * 1024.0

ARRAYS = {
    # copies of rain and PET; the output, once more in the run with derivatives, and its weights in the loss
    "twin": 5,
    # the output and its tangents, of one run and of all runs
    "tangents": 1 + 2 * SEEDS,
}
"""Numbers for each hour of a column in the arrays of inputs and outputs that a run makes; forcing is there before."""


class Memory(NamedTuple):
    """Memory of a run [MiB]: what it added at the peak, what its arrays of inputs and outputs take, and the rest."""

    hours: int
    added: float
    arrays: float

    @property
    def rest(self) -> float:
        """What the derivatives themselves need, and what loading and libraries add."""
        return self.added - self.arrays


def warm_up(kind: str) -> None:
    """Have the code compiled and kept on disk: the compiler needs more memory than runs do."""
    _child(kind, 24, 1)


def measure(kind: str, hours: int, columns: int = COLUMNS) -> Memory:
    """Run in a new process, after :func:`warm_up`.

    Parameters
    ----------
    kind : {"twin", "tangents"}
        A run of the twin and its gradient, or derivatives of an output at every step.
    hours, columns : int
    """
    found = _child(kind, hours, columns)
    if found["peak"] <= found["peak before"]:
        raise RuntimeError(f"{kind}, {hours} h: the peak was before the run; take more columns or hours")
    return Memory(hours, (found["peak"] - found["resident before"]) / MIB, 8 * ARRAYS[kind] * hours * columns / MIB)


def _child(kind: str, hours: int, columns: int) -> dict[str, int]:
    """What :func:`run_here` finds in a new process."""
    command = [sys.executable, "-m", "benchmarks.lgar_memory", kind, str(hours), str(columns)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def run_here(kind: str, hours: int, columns: int) -> dict[str, int]:
    """Peaks of this process before and after a run, and what is resident before it [bytes]."""
    from benchmarks.lgar import DEFAULTS, stack_of, weather
    from dcfe import DifferentiableLgar
    from dcfe.lgar import parameters_of_layers
    from dcfe.lgar_seeds import seeds_of
    from dcfe.lgar_tangents import tangents_of_lgar
    from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, initial_state
    from lgar_bmi.options import ADAPTIVE, LgarOptions

    soils, thickness = stack_of(3)
    seeds = (*(name for name in seeds_of(3) if name[-1].isdigit()), "ponded_depth_max")
    weathers = [weather("arid", hours, seed) for seed in range(columns)]
    forcing = EnsembleForcing(*(np.array(values) for values in zip(*weathers, strict=True)))
    del weathers
    options = LgarOptions(substeps=ADAPTIVE)
    given = EnsembleColumns(np.repeat(np.array(soils)[np.newaxis], columns, axis=0), thickness[np.newaxis], DEFAULTS)
    state = initial_state(given, 2000.0)

    def run(weather: EnsembleForcing) -> object:
        if kind == "tangents":
            return tangents_of_lgar(given, state, weather, seeds, options)
        import torch

        values = parameters_of_layers(soils) | DEFAULTS._asdict()
        leaves = {name: torch.full((columns,), float(value), dtype=torch.float64) for name, value in values.items()}
        for name in seeds:
            leaves[name].requires_grad_()
        DifferentiableLgar(options)(leaves, thickness, weather, state).outputs["total_discharge"].sum().backward()
        return leaves

    run(EnsembleForcing(forcing.rain[:, :24].copy(), forcing.pet[:, :24].copy()))
    before, resident = peak_memory(), resident_memory()
    kept = run(forcing)
    peak = peak_memory()
    del kept
    return {"peak before": before, "resident before": resident, "peak": peak}


def show() -> None:
    """Measure all lengths and print a table."""
    for kind in KINDS:
        warm_up(kind)
    print(f"\nmemory of {COLUMNS} columns, {SEEDS} parameters, one output [MiB]")
    rows = []
    for kind, hours in product(KINDS, HOURS):
        found = measure(kind, hours)
        record(f"lgar/memory/{kind} added", found.added, "MiB", catchments=COLUMNS, steps=hours, parameters=SEEDS)
        rows.append((f"{kind}, {hours} h", *(f"{x:.1f}" for x in (found.added, found.arrays, found.rest))))
    show_table(("run", "added at the peak", "inputs and outputs", "rest"), rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(run_here(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
    else:
        say_where()
        show()
