"""How long the water of a divide is on its way to the outlet, at one speed; and what that does to its flow.

This is no routing: a stated lag, so that divides can be added up. Routing is t-route's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ConfigError
from ngen_config.geopackage import Divide

CELERITY = 1.0
"""Speed of the lag [m s-1]."""


def distances(divides: Sequence[Divide], nexuses: Mapping[str, str | None]) -> dict[str, float]:
    """Length of the way from the middle of each divide's flowpath to the outlet [km].

    Parameters
    ----------
    divides : sequence of Divide
    nexuses : mapping of str to str or None
        Nexus -> flowpath that it drains into.

    Raises
    ------
    ConfigError
        A flowpath has no length, or the network has a loop.
    """
    without = [divide.id for divide in divides if not isinstance(divide.length, (int, float)) or divide.length < 0.0]
    if without:
        raise ConfigError("divides", [f"lengthkm: missing for {', '.join(without[:10])}: no lag without it"])
    of_flowpath = {divide.flowpath: divide for divide in divides}
    found: dict[str, float] = {}
    for divide in divides:
        length = 0.5 * float(divide.length or 0.0)
        seen = {divide.id}
        below = of_flowpath.get(nexuses.get(divide.nexus or "") or "")
        while below is not None:
            if below.id in seen:
                raise ConfigError(
                    "divides", [f"the drainage network has a loop through {', '.join(sorted(seen)[:10])}"]
                )
            seen.add(below.id)
            length += float(below.length or 0.0)
            below = of_flowpath.get(nexuses.get(below.nexus or "") or "")
        found[divide.id] = length
    return found


def delayed(flow: NDArray[np.float64], hours: float) -> NDArray[np.float64]:
    """Hourly flow, later by a number of hours; nothing was on its way before.

    Parameters
    ----------
    flow : array, shape (steps,)
        Means of the hours.
    hours : float
        Not negative. A part of an hour shares the flow between two.

    Examples
    --------
    >>> delayed(np.array([4.0, 8.0, 0.0, 0.0]), 1.25)
    array([0., 3., 7., 2.])
    """
    whole, part = divmod(hours, 1.0)
    late = np.zeros(flow.size + 1)
    count = min(int(whole), flow.size)
    late[count : flow.size] = flow[: flow.size - count]
    result = (1.0 - part) * late[:-1]
    result[1:] += part * late[:-2]
    return result
