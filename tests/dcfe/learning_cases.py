"""Small learning problems with a stand-in for a model: a linear reservoir in torch."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch

from cfe_bmi.examples import CAT_87
from dcfe.bounds import bounds_of
from dcfe.data import LearningData
from dcfe.losses import Term
from dcfe.networks import ParameterNetwork, PointParameters
from dcfe.training import TrainingSettings, train

torch.set_num_threads(1)


def reservoir(parameters, data, warmup=0, through_warmup=True):
    """Outflow `Kn` times storage, evaporation `slope` times storage; one step after the other."""
    rain = 1e-3 * data.rain
    rate, loss = (
        x if x.dim() == 2 else x[:, None].expand(-1, rain.shape[1]) for x in (parameters["Kn"], parameters["slope"])
    )
    storage = 0.01 * data.soil_storage
    q_out, evaporation = [], []
    for t in range(rain.shape[1]):
        if t == warmup and not through_warmup:
            storage = storage.detach()
        storage = storage + rain[:, t]
        q_out.append(rate[:, t] * storage)
        evaporation.append(0.1 * loss[:, t] * storage)
        storage = storage - q_out[-1] - evaporation[-1]
    series = {"q_out": torch.stack(q_out, dim=1), "actual_et": torch.stack(evaporation, dim=1)}
    return {name: values[:, warmup:] for name, values in series.items()}


def problem(basins=6, steps=96, seed=1, attributes=3):
    """Learning data of reservoirs whose `Kn` and `slope` follow from the attributes, and these true parameters."""
    rng = np.random.default_rng(seed)

    def tensor(values):
        return torch.tensor(np.asarray(values, dtype=float))

    table = tensor(rng.normal(size=(basins, attributes)))
    rain = tensor(rng.exponential(4.0, (basins, steps)) * (rng.random((basins, steps)) < 0.2))
    parameters = {
        name: torch.full((basins,), float(value), dtype=torch.float64) for name, value in CAT_87._asdict().items()
    }
    truth = parameters | {
        "Kn": 0.1 + 0.4 * torch.sigmoid(table[:, 0]),
        "slope": 0.2 + 0.6 * torch.sigmoid(table[:, 1] - 0.5 * table[:, 0]),
    }
    data = LearningData(
        ids=tuple(f"basin-{i}" for i in range(basins)),
        attribute_names=tuple("abcdefgh"[:attributes]),
        attributes=table,
        rain=rain,
        pet=tensor(rng.uniform(0.0, 1e-7, (basins, steps))),
        observed={},
        parameters=parameters,
        ordinates=torch.ones(basins, 1, dtype=torch.float64),
        soil_storage=tensor(rng.uniform(0.2, 0.8, basins)),
        gw_storage=tensor(np.full(basins, 0.1)),
    )
    return dataclasses.replace(data, observed=reservoir(truth, data)), truth


def with_gaps(data, share=0.1, seed=2):
    """The same data with a share of the observations missing."""
    rng = np.random.default_rng(seed)
    observed = {
        name: values.masked_fill(torch.tensor(rng.random(values.shape) < share), torch.nan)
        for name, values in data.observed.items()
    }
    return dataclasses.replace(data, observed=observed)


def with_observed(data, **series):
    """The same data with other observations."""
    return dataclasses.replace(data, observed=data.observed | series)


BOUNDS = bounds_of(["Kn", "slope"])

TRAININGS = {
    "batches": TrainingSettings(
        loss=(Term(), Term("actual_et", "kge", weight=0.5)),
        epochs=7,
        learning_rate=0.05,
        schedule="cosine",
        basins_per_batch=2,
        window=40,
        warmup=16,
        checkpoint_every=3,
        patience=5,
    ),
    "full": TrainingSettings(loss=(Term(transform="sqrt"),), epochs=7, learning_rate=0.05, checkpoint_every=3),
    "lbfgs": TrainingSettings(optimiser="lbfgs", epochs=7, lbfgs_iterations=2, checkpoint_every=3),
}


def run_training(kind, folder, simulate=reservoir, **changes):
    """Learn one of `TRAININGS` in a folder; return its result and the learner."""
    data, _ = problem()
    data = with_gaps(data)
    generator = torch.Generator().manual_seed(5)
    if kind == "lbfgs":
        learner = PointParameters(BOUNDS, data, start="random", generator=generator)
        validation = None
    else:
        dropout = 0.1 if kind == "batches" else 0.0
        learner = ParameterNetwork(BOUNDS, data.basins([0, 1, 2, 3]), (8,), dropout=dropout, generator=generator)
        validation = {"basins": data.basins([4, 5])}
        data = data.basins([0, 1, 2, 3])
    settings = dataclasses.replace(TRAININGS[kind], **changes)
    return train(
        data, learner, settings, folder, simulate=simulate, validation=validation, generator=generator
    ), learner


def killed(kind: str, folder: str, calls: int) -> None:
    """Train until the model was asked for the given number of times, then die as by kill -9."""
    count = 0

    def simulate(*arguments, **options):
        nonlocal count
        count += 1
        if count > calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return reservoir(*arguments, **options)

    # the checkpoint knows the model by its name
    simulate.__qualname__ = reservoir.__qualname__
    run_training(kind, Path(folder), simulate)


if __name__ == "__main__":
    killed(sys.argv[1], sys.argv[2], int(sys.argv[3]))
