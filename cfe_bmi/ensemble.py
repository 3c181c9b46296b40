"""Many catchments, many steps, one parallel compiled call.

Memory is what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by
block, each beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble_inputs import EnsembleForcing, prepare, run
from cfe_bmi.ensemble_setup import EnsembleState, gather, initial_state
from cfe_bmi.state import CfeOptions

__all__ = ["EnsembleForcing", "EnsembleRun", "EnsembleState", "gather", "initial_state", "simulate"]

_Array = NDArray[Any]


class EnsembleRun(NamedTuple):
    """What :func:`simulate` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
    state : EnsembleState
        At the end.
    imbalance : array, shape (catchments,)
        Water in less water out less change of storage [m]; round-off.
    """

    outputs: dict[str, _Array]
    state: EnsembleState
    imbalance: _Array


def simulate(
    parameters: CfeParameters,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: CfeOptions | None = None,
    outputs: Sequence[str] = ("q_out",),
    ordinates: ArrayLike = (1.0,),
    out: NDArray[np.float64] | None = None,
    check: bool = True,
    varying: Mapping[str, ArrayLike] | None = None,
) -> EnsembleRun:
    """Run many catchments over many steps.

    Parameters
    ----------
    parameters : CfeParameters
        Raw values, numbers or arrays of shape (catchments,).
    state : EnsembleState
        At the start; not changed.
    forcing : EnsembleForcing
    options : CfeOptions
        The same for all catchments.
    outputs : sequence of str
        Fields of :class:`cfe_bmi.outputs.CfeOutputs` to keep, in either case (``Q_OUT`` is ``q_out``).
    ordinates : array, shape (n,) or (catchments, n)
        GIUH shares that sum to 1; shorter ones are filled with zeros.
    out : array, shape (outputs, catchments, steps), optional
        Where to put the outputs, such as a memory map; fastest without gaps between its numbers (C order).
    check : bool
        Judge the parameters first; a calibration that has done so can skip it.
    varying : mapping of str to array, shape (catchments, steps) or (1, steps), optional
        Raw parameters that differ from step to step, by name; they take the place of those in `parameters`.

    Returns
    -------
    EnsembleRun

    Raises
    ------
    ParameterError, ForcingError
        Naming catchments by their index, and the step.
    ValueError
        When shapes do not fit.

    Examples
    --------
    A day of drizzle over two catchments of different conductivity, in two blocks of time:

    >>> from cfe_bmi.examples import CAT_87
    >>> p = CAT_87._replace(satdk=np.array([3e-6, 3e-5]))
    >>> state = initial_state(p, soil_storage=0.6, gw_storage=0.1)
    >>> half_day = EnsembleForcing(rain=np.full((1, 12), 2.0), pet=np.zeros((1, 12)))
    >>> first = simulate(p, state, half_day)
    >>> second = simulate(p, first.state, half_day)
    >>> second.outputs["q_out"].shape, bool(abs(second.imbalance).max() < 1e-15)
    ((2, 12), True)
    """
    inputs = prepare(parameters, state, forcing, options, outputs, ordinates, check, varying)
    values, end, imbalance = run(inputs, out)
    return EnsembleRun(dict(zip(outputs, values, strict=True)), end, imbalance)
