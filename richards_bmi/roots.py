r"""Where roots take water: shares of the cells of a column.

The density of roots at depth z, of those that reach to depth d, with x = z/d:

.. math:: \text{uniform: } 1, \qquad \text{linear: } 1 - x, \qquad \text{exponential: } e^{-3x}

each times what makes its integral from 0 to d one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngen_bmi.column_config import ROUNDING
from ngen_bmi.variables import Variable

UNIFORM, LINEAR, EXPONENTIAL = 0, 1, 2

ROOT_PROFILES = {"uniform": UNIFORM, "linear": LINEAR, "exponential": EXPONENTIAL}
"""Words of configurations."""

DECAY = 3.0
"""How many times the depth at which the exponential density falls to 1/e fits into that of the roots."""

ROOT_DEPTH = Variable("depth", "cm", "parameter", "depth that roots reach", valid=(0.1, 1e5))


def root_shares(profile: int, depth: float, edges: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the roots in each cell: the integral of their density, not its value at the middle.

    Parameters
    ----------
    profile : int
        `UNIFORM`, `LINEAR` or `EXPONENTIAL`.
    depth : float
        Depth that the roots reach [cm].
    edges : array, shape (cells + 1,)
        Depths of the edges of the cells; they increase from 0 [cm].

    Returns
    -------
    array, shape (cells,)
        Their sum is 1.

    Raises
    ------
    ValueError
        When there is no such profile, or the roots are deeper than the cells.

    Examples
    --------
    >>> root_shares(UNIFORM, 30.0, [0.0, 10.0, 40.0, 50.0]).round(6).tolist()
    [0.333333, 0.666667, 0.0]
    """
    x: NDArray[Any] = np.asarray(edges, dtype=np.float64)
    if not 0.0 < depth <= x[-1] * ROUNDING:
        raise ValueError(f"roots reach {depth:g} cm; expected more than 0 and at most the column's {x[-1]:g} cm")
    x = np.minimum(x / depth, 1.0)
    above, below = x[:-1], x[1:]
    if profile == UNIFORM:
        shares = below - above
    elif profile == LINEAR:
        shares = (below - above) * (2.0 - above - below)
    elif profile == EXPONENTIAL:
        shares = np.exp(-DECAY * above) * -np.expm1(-DECAY * (below - above))
    else:
        raise ValueError(f"{profile} is not a root profile; known: {', '.join(map(str, ROOT_PROFILES.values()))}")
    return shares / shares.sum()
