"""``python -m benchmarks.limits``: what this machine can do at most, and how near a step of CFE comes to it.

Two limits, measured in the same run as the models: how fast exponentials come, and how fast memory does. The time that
a step needs for its exponentials and its bytes alone, over the time it takes, is its fraction of the limit. A step also
divides, compares and adds, of which the limit knows nothing: 1 cannot be reached.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from benchmarks.common import part, record, repeat, say_where, show, show_table
from benchmarks.record import REGISTRY, Row
from hydro_physics.jit import njit

EXPS = 16_384
"""Values at a time: they stay in the cache."""

BYTES = 256 * 1024 * 1024


class Need(NamedTuple):
    """What a basin-step cannot do without.

    Attributes
    ----------
    exponentials : float
        On average over the steps of the benchmark's weather, in which it rains in 6 % of hours.
    bytes : float
        To and from memory, in a run over basins that have a rain of their own and share the PET, one output.
    """

    exponentials: float
    bytes: float


STREAMED = 8.0 + 2 * 8.0
"""Rain is read; an output is written, for which its cache line has to be read first."""

NEEDS = {
    # groundwater outflow; Schaake's exponential is of coefficients alone, the ODE's are a short series at these rates
    "classic-schaake-giuh": Need(1.0, STREAMED),
    "ode-schaake-giuh": Need(1.0, STREAMED),
    # and a power, which is a logarithm and an exponential, where it rains
    "classic-xinanjiang-giuh": Need(1.0 + 0.06 * 2, STREAMED),
    "ode-xinanjiang-giuh": Need(1.0 + 0.06 * 2, STREAMED),
    "classic-schaake-nash": Need(1.0, STREAMED),
    "ode-schaake-nash": Need(1.0, STREAMED),
    "classic-xinanjiang-nash": Need(1.0 + 0.06 * 2, STREAMED),
    "ode-xinanjiang-nash": Need(1.0 + 0.06 * 2, STREAMED),
}
"""By case of ``benchmarks.cfe``; counted in a run in plain Python, with counting functions in place of ``math``'s."""


@njit(inline=False, cache=False)
def exp_loop(values, out):  # type: ignore[no-untyped-def]
    """``math.exp`` of each value, as kernels call it."""
    for i in range(values.size):
        out[i] = math.exp(values[i])


def needed(need: Need, ns_per_exp: float, gb_per_s: float) -> float:
    """Least time of a step [ns].

    >>> needed(Need(2.0, 20.0), 1.5, 10.0)
    5.0
    """
    return need.exponentials * ns_per_exp + need.bytes / gb_per_s


def measure(quick: bool = False) -> None:
    """Measure the limits and record them as ``limits/...``."""
    values = np.linspace(-2.0, 2.0, EXPS)
    out = np.empty_like(values)
    rounds = 20 if quick else 400

    def of_numpy() -> None:
        for _ in range(rounds):
            np.exp(values, out)

    def of_loop() -> None:
        for _ in range(rounds):
            exp_loop(values, out)

    of_numpy(), of_loop()
    size = BYTES // (16 if quick else 1)
    source = np.ones(size // 8)
    target = np.zeros_like(source)
    with part("limits", "what this machine can do at most, one core", threads=1):
        show("numpy's exp of float64, in the cache", repeat(of_numpy, 1e9 / rounds / EXPS), "ns", name="exp-numpy")
        show("a compiled loop of math.exp", repeat(of_loop, 1e9 / rounds / EXPS), "ns", name="exp-loop")
        time = repeat(lambda: np.copyto(target, source), 1.0)
        # read, read for ownership and written: what the memory does, as opposed to what is copied
        rate = time._replace(
            median=size / time.median / 1e9, least=size / time.most / 1e9, most=size / time.least / 1e9
        )
        show(f"copy of {size >> 20} MB", rate, "GB/s", "copied; the memory moves two to three times that", name="copy")


def fractions(rows: list[Row]) -> list[tuple[str, int, int, float, float, float]]:
    """Compare rows of CFE's ensemble on one thread with the limits among `rows`.

    Returns
    -------
    list of tuple
        Case, basins, steps, time taken [ns], and fractions of the limit: with numpy's exponential, and with the
        compiler's. Bytes are taken at twice the rate of a copy, since a copy reads each that it writes.
    """
    limits = {row.name: row.timing.median for row in rows if row.name.startswith("limits/")}
    if not {"limits/exp-numpy", "limits/exp-loop", "limits/copy"} <= set(limits):
        return []
    found = []
    for row in rows:
        case = row.name.removeprefix("cfe/ensemble/")
        if case == row.name or case not in NEEDS or row.conditions["threads"] != 1:
            continue
        least = [
            needed(NEEDS[case], limits[f"limits/exp-{kind}"], 2.0 * limits["limits/copy"]) for kind in ("numpy", "loop")
        ]
        counts = int(row.conditions["catchments"]), int(row.conditions["steps"])
        taken = row.timing.median
        found.append((case, *counts, taken, least[0] / taken, least[1] / taken))
    return found


def show_fractions() -> None:
    """Print and record how near CFE comes to the limits of this run."""
    found = fractions(REGISTRY.rows)
    if not found:
        return
    with part("limits/fraction", "time that exponentials and bytes of a step need, over the time it takes, one core"):
        rows = []
        for case, catchments, steps, taken, of_numpy, of_loop in found:
            need = NEEDS[case]
            rows.append(
                (case, f"{catchments}", f"{need.exponentials:g}", f"{need.bytes:g}", f"{taken:.1f}", f"{of_numpy:.0%}")
                + (f"{of_loop:.0%}",)
            )
            for exp, fraction in (("numpy", of_numpy), ("loop", of_loop)):
                record(case, fraction, "1", exp=exp, catchments=catchments, steps=steps)
        show_table(("CFE", "basins", "exp/step", "bytes/step", "ns", "numpy's exp", "the loop's exp"), rows)


if __name__ == "__main__":
    say_where()
    measure()
