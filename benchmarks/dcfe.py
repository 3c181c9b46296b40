"""``python -m benchmarks.dcfe``: the differentiable twin of CFE against the plain run, a PyTorch loop, and peers."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import ROOT, repeat, say_where, show
from hydro_physics.threads import set_threads, thread_count

ORDINATES = (0.06, 0.51, 0.28, 0.12, 0.03)
LEARNED = ("b", "satdk", "satpsi", "slope", "maxsmc", "refkdt", "Klf", "Kn", "max_gw_storage", "Cgw", "expon")
YEAR = 8760
TORCH_STEPS = 500
"""A plain loop keeps some 400 bytes per catchment and step: not a whole year."""


def basins(count: int, steps: int) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Return parameters, rain [mm h-1] and potential evaporation [m s-1] of generated basins."""
    from cfe_bmi.examples import CAT_87

    rng = np.random.default_rng(7)
    rain = np.where(rng.random((count, steps)) < 0.06, rng.gamma(0.8, 3.0, (count, steps)), 0.0)
    pet = np.clip(1.2e-7 * np.sin(2 * np.pi * (np.arange(steps) % 24 - 6) / 24), 0.0, None)
    parameters = {name: np.full(count, value) for name, value in CAT_87._asdict().items()}
    for name in LEARNED:
        parameters[name] *= rng.uniform(0.8, 1.2, count)
    return parameters, rain, np.repeat(pet[None], count, axis=0)


def runs(count: int, steps: int, learned: tuple[str, ...], **schemes: int) -> dict[str, Callable[[], Any]]:
    """Return the plain run, the twin's run, and its run with the gradient."""
    import torch

    from cfe_bmi.coefficients import CfeParameters
    from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
    from cfe_bmi.state import NASH, CfeOptions
    from dcfe import DifferentiableCfe

    options = CfeOptions(**schemes)
    nash = options.surface_runoff == NASH
    shares = (1.0,) if nash else ORDINATES
    parameters, rain, pet = basins(count, steps)
    forcing = EnsembleForcing(rain, pet)
    series = EnsembleForcing(torch.tensor(rain), torch.tensor(pet))  # type: ignore[arg-type]
    plain = CfeParameters(**parameters)
    state = initial_state(plain, 0.6, 0.1, ordinates=len(shares), surface=2 if nash else 1)
    twin = DifferentiableCfe(options)
    tensors = {name: torch.tensor(values, requires_grad=name in learned) for name, values in parameters.items()}
    ones = torch.ones(count, steps, dtype=torch.float64)

    def forward() -> Any:
        return twin(tensors, series, state, shares).outputs["q_out"]

    return {
        "plain ensemble": lambda: simulate(plain, state, forcing, options, ordinates=shares),
        "twin, forward": forward,
        "twin, forward and gradient": lambda: forward().backward(ones),
    }


def speed(threads: int) -> None:
    import torch

    from cfe_bmi.state import NASH, ODE, XINANJIANG

    set_threads(threads)
    torch.set_num_threads(threads)
    print(f"\ntwin, {YEAR} steps, {threads} thread(s) [ns per catchment-step, wall]")
    cases: list[tuple[str, int, tuple[str, ...], dict[str, int]]] = [
        (f"{count} catchment(s), classic, {len(LEARNED)} parameters", count, LEARNED, {}) for count in (1, 100, 500)
    ]
    if threads == 1:
        cases += [
            ("100, classic, 2 parameters (8 lanes)", 100, ("refkdt", "satdk"), {}),
            ("100, ODE", 100, LEARNED, {"soil_scheme": ODE}),
            ("100, classic, Xinanjiang", 100, LEARNED, {"partitioning": XINANJIANG}),
            ("100, classic, surface Nash (32 lanes)", 100, LEARNED, {"surface_runoff": NASH}),
        ]
    for label, count, learned, schemes in cases:
        print(f" {label}")
        base = 0.0
        for name, work in runs(count, YEAR, learned, **schemes).items():
            work()
            figures = repeat(work, 1e9 / count / YEAR)
            base = base or figures[0]
            show(name, figures, "ns", f"{figures[0] / base:.2f} x plain")


def peers() -> None:
    """Time the twin and a plain PyTorch loop, one thread; and compare their gradients."""
    import torch

    from benchmarks import torch_loop
    from cfe_bmi.ensemble import EnsembleForcing
    from dcfe import DifferentiableCfe

    set_threads(1)
    torch.set_num_threads(1)
    print(f"\nagainst a plain PyTorch loop, {TORCH_STEPS} steps, float64, 1 thread [ns per catchment-step]")
    for count in (1, 100, 500):
        parameters, rain, pet = basins(count, TORCH_STEPS)
        tensors = {name: torch.tensor(values, requires_grad=name in LEARNED) for name, values in parameters.items()}
        twin = DifferentiableCfe()
        state = twin.initial_state(parameters, 0.6, 0.1, ordinates=len(ORDINATES))
        forcing = EnsembleForcing(rain, pet)
        depths = torch.tensor(rain / 1000.0), torch.tensor(pet * 3600.0)

        def of_twin(p=tensors, f=forcing, s=state, model=twin) -> Any:
            return model(p, f, s, ORDINATES).outputs["q_out"]

        def of_loop(p=tensors, d=depths, s=state) -> Any:
            return torch_loop.simulate(p, *d, s.soil, s.groundwater, ORDINATES)

        gradients = []
        for simulate in (of_twin, of_loop):
            for tensor in tensors.values():
                tensor.grad = None
            simulate().square().sum().backward()
            gradients.append(torch.stack([tensors[name].grad for name in LEARNED]))  # type: ignore[misc]
        apart = ((gradients[0] - gradients[1]).abs() / gradients[1].abs().amax(dim=1, keepdim=True)).max()
        print(
            f" {count} catchment(s); largest difference of discharge {(of_twin() - of_loop()).abs().max():.1e} m, "
            f"of gradients {apart:.1e} of the largest"
        )
        times = {}
        for name, simulate in (("twin", of_twin), ("PyTorch loop", of_loop)):

            def gradient(run=simulate) -> None:
                run().square().sum().backward()

            times[name] = repeat(gradient, 1e9 / count / TORCH_STEPS, 5)
            show(f"{name}, forward and gradient", times[name], "ns")
        print(f"  the loop takes {times['PyTorch loop'][0] / times['twin'][0]:.0f} times as long")
    hydrodl2()


def hydrodl2() -> None:
    """Time HBV of hydrodl2, a differentiable model in daily steps, where the user has installed it."""
    code = (
        "import sys, time, torch; torch.set_num_threads(1)\n"
        "from hydrodl2 import load_model\n"
        "model = load_model('hbv')()\n"
        "steps, basins = 365, 500\n"
        "n = sum(len(b) for b in (model.parameter_bounds, model.routing_parameter_bounds))\n"
        "x = {'x_phy': torch.rand(steps, basins, 3)}\n"
        "raw = torch.rand(steps, basins, model.learnable_param_count, requires_grad=True)\n"
        "times = []\n"
        "for _ in range(4):\n"
        "    begin = time.perf_counter(); out = model(x, raw); out['streamflow'].sum().backward()\n"
        "    times.append((time.perf_counter() - begin) / steps / basins * 1e9)\n"
        "print(sorted(times)[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"  hydrodl2 HBV: not measured ({why}); install it, and agree to its licence, to have it here")
    else:
        print(
            f"  hydrodl2 HBV, float32, 500 basins x 365 steps, with gradient: {float(done.stdout.split()[-1]):.0f} ns"
        )


def memory() -> None:
    """Peak memory of a gradient in a process of its own."""
    code = (
        "import sys; sys.path.insert(0, {root!r})\n"
        "from benchmarks.dcfe import LEARNED, peak, runs\n"
        "work = runs({count}, {steps}, LEARNED); before = peak(); list(work.values())[2](); print(before, peak())\n"
    )
    print("\npeak memory of a forward run with gradient [MiB]: forcing and torch's own, then with the run")
    for count, years in ((100, 1), (500, 1), (500, 10)):
        text = code.format(root=str(ROOT), count=count, steps=years * YEAR)
        done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True, cwd=ROOT)
        before, after = map(float, done.stdout.split())
        print(f"  {f'{count} catchments x {years} year(s)':<46}{before:>9.0f} {after:>9.0f}")


def peak() -> float:
    """Peak memory of this process [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:

    print("\ntwin of CFE\n===========")
    cores = thread_count()
    for threads in dict.fromkeys((1, cores)):
        speed(threads)
    peers()
    memory()


if __name__ == "__main__":
    say_where()
    main()
