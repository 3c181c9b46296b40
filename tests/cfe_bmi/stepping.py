"""Many steps of CFE in one compiled call, with everything that a test wants to look at: no BMI in between."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS, N_OPTIONS, load_state, store_state
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.outputs import CfeOutputs, advance
from cfe_bmi.parameters import fit_options
from cfe_bmi.state import CfeForcing, CfeOptions
from hydro_physics.jit import as_tuple, njit

N_FORCING = len(CfeForcing._fields)
N_OUTPUTS = len(CfeOutputs._fields)


@njit
def advance_many(
    forcing: Any,
    lateral: Any,
    surface: Any,
    storages: Any,
    queue: Any,
    ordinates: Any,
    coefficients: Any,
    options: Any,
    outputs: Any,
    states: Any,
    queues: Any,
) -> None:
    c = CfeCoefficients(*as_tuple(coefficients, N_COEFFICIENTS))
    o = CfeOptions(*as_tuple(options, N_OPTIONS))
    state = load_state(storages, lateral, surface)
    for i in range(forcing.shape[0]):
        state, results = advance(state, queue, ordinates, CfeForcing(*as_tuple(forcing[i], N_FORCING)), c, o)
        for j in range(N_OUTPUTS):
            outputs[i, j] = results[j]
        store_state(state, states[i])
        queues[i] = queue


class Run(NamedTuple):
    """Outputs (by the names of CfeOutputs), storages and GIUH queue after every step; row 0 of states is the start."""

    outputs: dict[str, NDArray[np.float64]]
    states: NDArray[np.float64]
    queues: NDArray[np.float64]

    @property
    def soil(self) -> NDArray[np.float64]:
        return self.states[:, 0]

    @property
    def groundwater(self) -> NDArray[np.float64]:
        return self.states[:, 1]


def simulate(
    parameters: CfeParameters,
    options: CfeOptions,
    forcing: NDArray[np.float64],
    *,
    soil: float,
    groundwater: float,
    lateral: tuple[float, ...] = (0.0, 0.0),
    surface: tuple[float, ...] = (0.0, 0.0),
    ordinates: tuple[float, ...] = (0.06, 0.51, 0.28, 0.12, 0.03),
    queue: NDArray[np.float64] | None = None,
    coefficients: CfeCoefficients | None = None,
) -> Run:
    """Run `forcing` (n, 6), fields of CfeForcing in m per step; storages in m."""
    c = derive(parameters) if coefficients is None else coefficients
    n = forcing.shape[0]
    storages = np.array([soil, groundwater, *lateral, *surface])
    queue = np.zeros(len(ordinates)) if queue is None else queue.copy()
    outputs = np.full((n, N_OUTPUTS), np.nan)
    states = np.full((n, storages.size), np.nan)
    queues = np.full((n, queue.size), np.nan)
    start_queue = queue.copy()
    advance_many(
        np.ascontiguousarray(forcing),
        tuple(0.0 for _ in lateral),
        tuple(0.0 for _ in surface),
        storages,
        queue,
        np.array(ordinates),
        np.array(c),
        np.array(fit_options(options, parameters), dtype=np.int64),
        outputs,
        states,
        queues,
    )
    return Run(
        dict(zip(CfeOutputs._fields, outputs.T, strict=True)),
        np.vstack([storages, states]),
        np.vstack([start_queue, queues]),
    )
