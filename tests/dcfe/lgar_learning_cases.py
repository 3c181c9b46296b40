"""Small learning data of columns, without a run of LGAR."""

import numpy as np
import torch

from dcfe.lgar_bounds import lgar_bounds, table_s2
from dcfe.lgar_data import LgarLearningData
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.examples import PARAMETERS

PROPERTIES = ("clay", "silt", "sand", "ph", "om")


def tensor(values):
    return torch.tensor(np.asarray(values, dtype=float))


def columns(basins=4, steps=30, each=5, layers=3, seed=1, **changes):
    """Columns with random points and with the centre of the bounds as parameters."""
    rng = np.random.default_rng(seed)
    bounds = lgar_bounds(table_s2(layers), layers=layers)
    centre = bounds.values(torch.full((len(bounds),), 0.5, dtype=torch.float64))
    held = {name: float(value) for name, value in zip(LgarParameters._fields, PARAMETERS, strict=True)}
    held |= {name: float(value) for name, value in centre.items()}
    given = {
        "ids": tuple(f"column-{i}" for i in range(basins)),
        "attribute_names": ("a",),
        "attributes": tensor(rng.normal(size=(basins, 1))),
        "rain": tensor(rng.exponential(1.0, (basins, steps))),
        "pet": tensor(rng.uniform(0.0, 0.5, (basins, steps))),
        "observed": {"storage": tensor(rng.random((basins, steps)))},
        "parameters": {name: torch.full((basins,), value, dtype=torch.float64) for name, value in held.items()},
        "thickness": tensor(np.tile(np.linspace(10.0, 60.0, layers), (basins, 1))),
        "initial_psi": tensor(rng.uniform(500.0, 3000.0, basins)),
        "ordinates": torch.ones(basins, 1, dtype=torch.float64),
        "points": tensor(rng.normal(30.0, 10.0, (basins, each, layers, len(PROPERTIES)))),
        "point_properties": PROPERTIES,
    }
    return LgarLearningData(**(given | changes))
