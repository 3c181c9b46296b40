"""One evaluation of CFE over one basin in compiled code: parameters in, hydrograph and score out.

All compiled functions of the package that call the model are in this file: compiled code on disk is renewed when
the file of a function changes, or a module of the physics. The run counts no references to the arrays that it is given,
which takes a third of the time (``benchmarks/calibration.py``). Scores make arrays, cannot do without, and so are a
call of their own: within one function, counting for the one would be counting for the other.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from basin_study.objective import block_means, weighted_score
from cfe_bmi.catchment import N_OPTIONS, load_state
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS, consistent, run_block
from cfe_bmi.state import CfeOptions
from hydro_physics.jit import as_tuple, njit

_Array = NDArray[Any]

MM_PER_M = 1000.0
DEPTH = CfeParameters._fields.index("depth")
MAXSMC = CfeParameters._fields.index("maxsmc")
MAX_GW = CfeParameters._fields.index("max_gw_storage")


@njit(inline=False, borrow=True)
def cfe_flow(
    row: _Array,
    option_row: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    shares: _Array,
    start: _Array,
    fields: tuple[_Array, ...],
    limits: _Array,
    chosen: _Array,
    trail: _Array,
    storages: _Array,
    queue: _Array,
    flow: _Array,
) -> bool:
    """Run CFE from shares of its storages and write the flow [mm h-1].

    Parameters
    ----------
    row : array, shape (parameters,)
        Raw values of :class:`cfe_bmi.coefficients.CfeParameters`.
    option_row : array
        Items of :class:`cfe_bmi.state.CfeOptions`.
    lateral, surface : tuple of float
        Zeros, as long as the cascades.
    shares : array
        Of the GIUH.
    start : array, shape (2,)
        Soil and groundwater storage at the start as shares of their maxima.
    fields : tuple of array
        As :func:`cfe_bmi.ensemble_kernel.run_block` takes them.
    limits, chosen, trail : array
        Likewise; no state is kept, and the one output is ``q_out``.
    storages, queue : array
        Room for the state.
    flow : array, shape (1, steps)
        Receives the flow.

    Returns
    -------
    bool
        False, and `flow` without meaning, when the parameters have none or a forcing value is refused.
    """
    c = derive(CfeParameters(*as_tuple(row, N_PARAMETERS)))
    if not consistent(row, c):
        return False
    for i in range(storages.size):
        storages[i] = 0.0
    for i in range(queue.size):
        queue[i] = 0.0
    storages[0] = start[0] * (row[MAXSMC] * row[DEPTH])
    storages[1] = start[1] * row[MAX_GW]
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    state = load_state(storages, lateral, surface)
    _, _, refused = run_block(
        0, flow.shape[1], c, options, state, queue, shares, fields, 0.0, limits, chosen, flow, 1, trail
    )
    for t in range(flow.shape[1]):
        flow[0, t] *= MM_PER_M
    return refused < 0


@njit(inline=False)
def flow_score(flow: _Array, first: int, hours: int, means: _Array, observed: _Array, weights: _Array) -> float:
    """Score of a hydrograph.

    Parameters
    ----------
    flow : array, shape (steps,)
        [mm h-1].
    first : int
        Step at which the first observation begins, after the warm-up.
    hours : int
        Length of an observation [h].
    means : array, shape (observations,)
        Room for the simulated means.
    observed : array, shape (observations,)
        [mm h-1], NaN where missing.
    weights : array
        As in :class:`basin_study.objective.Objective`.
    """
    block_means(flow, first, hours, means)
    return weighted_score(means, observed, weights)
