"""``python -m benchmarks.dcfe``: the differentiable twin of CFE against the plain run and a PyTorch loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import part, record, repeat, say_where, show
from benchmarks.record import slug
from benchmarks.workloads import LEARNED, ORDINATES
from hydro_physics.threads import set_threads, thread_count

YEAR = 8760
LANES = (1, 2, 3, 5, 8, 11)
"""Numbers of parameters; with the storages, 8 lanes or 16 are at work."""

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


def gradient_work(count: int, steps: int) -> Callable[[], Any]:
    """Return a run with the gradient, classic scheme, one thread."""
    import torch

    set_threads(1)
    torch.set_num_threads(1)
    return runs(count, steps, LEARNED)["twin, forward and gradient"]


def speed(threads: int, quick: bool = False) -> None:
    """Time the plain run, the twin's, and the twin's with the gradient."""
    import torch

    from cfe_bmi.state import NASH, ODE, XINANJIANG

    set_threads(threads)
    torch.set_num_threads(threads)
    steps = 1000 if quick else YEAR
    print(f"\ntwin, {steps} steps, {threads} thread(s) [ns per catchment-step, wall]")
    cases: list[tuple[str, int, tuple[str, ...], dict[str, int]]] = [
        ("classic", count, LEARNED, {}) for count in ((1, 100) if quick else (1, 100, 500))
    ]
    if threads == 1 and not quick:
        cases += [
            ("ODE", 100, LEARNED, {"soil_scheme": ODE}),
            ("classic, Xinanjiang", 100, LEARNED, {"partitioning": XINANJIANG}),
            ("classic, surface Nash (32 lanes)", 100, LEARNED, {"surface_runoff": NASH}),
        ]
    for label, count, learned, schemes in cases:
        print(f" {count} catchment(s), {label}, {len(learned)} parameters")
        with part(f"dcfe/{slug(label)}", catchments=count, steps=steps, threads=threads, parameters=len(learned)):
            against_plain(count, runs(count, steps, learned, **schemes), 1e9 / count / steps)


def against_plain(count: int, works: dict[str, Callable[[], Any]], scale: float) -> None:
    """Show and record works, the first of which is the plain run, and how many times that they take."""
    base = 0.0
    for name, work in works.items():
        work()
        figures = repeat(work, scale, 5)
        base = base or figures.median
        ratio = figures.median / base
        show(name, figures, "ns", f"{ratio:.2f} x plain" if base != figures.median else "")
        if base != figures.median:
            record(f"{name}, times plain", ratio, "1")


def lanes(quick: bool = False) -> None:
    """Time gradients to more and more parameters: they go through the run side by side, in lanes."""
    count, steps = (10, 500) if quick else (100, 2000)
    title = f"gradient to more and more parameters, {count} catchments, {steps} steps [ns per catchment-step]"
    set_threads(1)
    with part("dcfe/scaling/parameters", title, catchments=count, steps=steps, threads=1):
        for number in (1, len(LEARNED)) if quick else LANES:
            work = runs(count, steps, LEARNED[:number])["twin, forward and gradient"]
            work()
            figures = repeat(work, 1e9 / count / steps, 5)
            show(f"{number} parameters", figures, "ns", name="run and gradient", parameters=number)


def against_torch() -> None:
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
            with part("dcfe/torch-loop", catchments=count, steps=TORCH_STEPS, threads=1):
                show(f"{name}, forward and gradient", times[name], "ns")
        ratio = times["PyTorch loop"].median / times["twin"].median
        record("dcfe/torch-loop/times twin", ratio, "1", catchments=count, steps=TORCH_STEPS)
        print(f"  the loop takes {ratio:.0f} times as long")


def main(quick: bool = False) -> None:

    print("\ntwin of CFE\n===========")
    cores = thread_count()
    for threads in dict.fromkeys((1,) if quick else (1, cores)):
        speed(threads, quick)
    lanes(quick)
    if not quick:
        against_torch()
    set_threads(cores)


if __name__ == "__main__":
    say_where()
    main()
