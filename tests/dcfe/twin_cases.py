"""Catchments to test the twin of CFE with: named inputs of which the ensemble and the twin make the same run.

Sizes of cascades and unit hydrographs are the same everywhere, since each is compiled anew.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.parameters import PARAMETERS, problems_of
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from dcfe import DifferentiableCfe

torch.set_num_threads(1)

Array = NDArray[np.float64]
Inputs = dict[str, Array]
"""By name: raw parameters (catchments,) or (catchments, steps), storages, forcing, ordinates; rows are catchments."""

NAMES = CfeParameters._fields
STORAGES = EnsembleState._fields
FORCING = EnsembleForcing._fields[:5]
OUTPUTS = CfeOutputs._fields
LATERAL, SURFACE, ORDINATES = 2, 2, 3
THICKNESS = 0.1

SCHEMES = [
    CfeOptions(soil, partitioning, surface, rootzone, frozen, linear)
    for soil, partitioning, surface, rootzone, frozen, linear in itertools.product(
        (CLASSIC, ODE), (SCHAAKE, XINANJIANG), (GIUH, NASH), (0, 1), (0, 1), (1, 0)
    )
]


def scheme_id(options: CfeOptions) -> str:
    return "-".join(
        (
            ("classic", "ode")[options.soil_scheme],
            ("schaake", "xinanjiang")[options.partitioning - 1],
            ("giuh", "nash")[options.surface_runoff - 1],
            *(("rootzone",) if options.rootzone_et else ()),
            *(("frozen",) if options.frozen_soil else ()),
            *(() if options.linear_outlets else ("exponents",)),
        )
    )


def random_parameters(rng: np.random.Generator, linear: bool) -> CfeParameters:
    """Draw from inside the ranges of calibrations, most with drainage."""
    while True:
        values = CAT_87._asdict()
        for variable in PARAMETERS:
            if variable.calibration is not None:
                low, high = variable.calibration
                values[variable.name] = low + (high - low) * rng.uniform(0.05, 0.95)
        values |= {
            "depth": rng.uniform(0.3, 3.0),
            "wltsmc": rng.uniform(0.02, 0.12),
            "satdk": 10.0 ** rng.uniform(-6.5, -3.5),
            "Cgw": 10.0 ** rng.uniform(-5.0, -3.0),
            "soil_expon": 1.0 if linear else rng.uniform(1.2, 4.0),
            "soil_expon_secondary": 1.0 if linear else rng.uniform(1.2, 4.0),
            "urban_decimal_fraction": rng.uniform(0.05, 0.5),
            "ice_content_threshold": rng.uniform(0.05, 0.3),
            "K_nash_surface": rng.uniform(0.2, 0.95),
        }
        p = CfeParameters(**values)
        if not problems_of(p) and derive(p).soil_threshold < 0.9 * derive(p).soil_max:
            return p


def random_inputs(rng: np.random.Generator, options: CfeOptions, catchments: int, steps: int) -> Inputs:
    """Catchments of one scheme, between wilting point and saturation, with water everywhere and changing weather."""
    drawn = [random_parameters(rng, bool(options.linear_outlets)) for _ in range(catchments)]
    inputs = dict(zip(NAMES, np.array(drawn).T, strict=True))
    derived = [derive(p) for p in drawn]
    wilting, threshold, highest = np.array([(c.soil_wilting, c.soil_threshold, c.soil_max) for c in derived]).T
    low = np.where(rng.random(catchments) < 0.5, wilting, threshold)
    shape = (catchments, steps)
    weights = rng.uniform(0.1, 1.0, (catchments, ORDINATES))
    water = weights[:, ::-1] * (0.01 if options.surface_runoff == GIUH else 0.0)
    water[:, -1] = 0.0
    return inputs | {
        "soil": low + (highest - low) * rng.uniform(0.05, 0.95, catchments),
        "groundwater": inputs["max_gw_storage"] * rng.uniform(0.1, 0.9, catchments),
        "lateral": rng.uniform(0.001, 0.02, (catchments, LATERAL)),
        "surface": rng.uniform(0.005, 0.02, (catchments, SURFACE)),
        "queue": water,
        "rain": np.where(rng.random(shape) < 0.4, rng.gamma(1.0, 4.0, shape), 0.0),
        "pet": np.where(rng.random(shape) < 0.7, rng.uniform(1e-9, 2e-7, shape), 0.0),
        "ice_depth": rng.uniform(0.03, 0.4, shape),
        "ice_fraction": rng.uniform(0.05, 0.5, shape),
        "rootzone_moisture": rng.uniform(0.05, 0.5, shape),
        "ordinates": weights / weights.sum(axis=1, keepdims=True),
    }


def repeated(inputs: Inputs, times: int) -> Inputs:
    """Repeat all catchments one after the other: the first, ..., the last, and again the first."""
    return {name: np.concatenate([values] * times) for name, values in inputs.items()}


def run_ensemble(inputs: Inputs, options: CfeOptions) -> tuple[Array, EnsembleState]:
    """Run :func:`cfe_bmi.ensemble.simulate`; outputs have the shape (outputs, catchments, steps)."""
    varying = {name: inputs[name] for name in NAMES if inputs[name].ndim == 2}
    run = simulate(
        CfeParameters(*(inputs[name][:, 0] if name in varying else inputs[name] for name in NAMES)),
        EnsembleState(*(inputs[name] for name in STORAGES)),
        EnsembleForcing(*(inputs[name] for name in FORCING), rootzone_thickness=THICKNESS),
        options,
        OUTPUTS,
        inputs["ordinates"],
        varying=varying,
    )
    return np.array([run.outputs[name] for name in OUTPUTS]), run.state


def leaves(inputs: Inputs) -> dict[str, torch.Tensor]:
    """Tensors that collect gradients."""
    return {name: torch.tensor(values, dtype=torch.float64).requires_grad_() for name, values in inputs.items()}


def run_twin(
    tensors: dict[str, torch.Tensor], options: CfeOptions, outputs: tuple[str, ...] = OUTPUTS
) -> tuple[torch.Tensor, EnsembleState]:
    """Run the twin; outputs have the shape (outputs, catchments, steps)."""
    run = DifferentiableCfe(options, outputs)(
        {name: tensors[name] for name in NAMES},
        EnsembleForcing(*(tensors[name] for name in FORCING), rootzone_thickness=THICKNESS),
        EnsembleState(*(tensors[name] for name in STORAGES)),
        tensors["ordinates"],
    )
    return torch.stack([run.outputs[name] for name in outputs]), run.state


def random_weights(rng: np.random.Generator, catchments: int, steps: int) -> dict[str, Array]:
    """Weights of a loss that sees every output in every step and every storage at the end."""
    sizes = {"lateral": (LATERAL,), "surface": (SURFACE,), "queue": (ORDINATES,)}
    storages = {name: rng.normal(size=(catchments, *sizes.get(name, ()))) for name in STORAGES}
    return storages | {"outputs": rng.normal(size=(len(OUTPUTS), catchments, steps))}


def gradients(inputs: Inputs, options: CfeOptions, weights: dict[str, Array]) -> Inputs:
    """Gradients of a weighted sum of all results to all inputs."""
    tensors = leaves(inputs)
    outputs, state = run_twin(tensors, options)
    loss = (torch.tensor(weights["outputs"]) * outputs).sum()
    for name, storage in state._asdict().items():
        loss = loss + (torch.tensor(weights[name]) * storage).sum()
    loss.backward()
    return {name: gradient(tensor) for name, tensor in tensors.items()}


def gradient(tensor: torch.Tensor) -> Any:
    assert tensor.grad is not None
    return tensor.grad.numpy()
