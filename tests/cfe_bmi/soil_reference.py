"""The ODE soil scheme integrated by scipy's DOP853, as an independent reference: no closed form anywhere.

Thousands of steps at once: a column of the state is one step. Where the right side has a kink (wilting point,
threshold, saturation) the integration is stopped and started anew: on each side a smooth continuation is integrated
over a duration of its own for each column, found by Newton's method such that the storage arrives exactly at the kink.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853, solve_ivp

Array = NDArray[np.float64]

RTOL = 3e-14
ATOL = 1e-17
BATCH = 400


class WorstColumnDOP853(DOP853):
    """DOP853 whose error is that of the worst component; the usual mean over all would hide a bad column."""

    def _estimate_error_norm(self, K: Any, h: float, scale: Any) -> float:
        err5 = np.dot(K.T, self.E5) / scale
        err3 = np.dot(K.T, self.E3) / scale
        denominator = np.hypot(np.abs(err5), 0.1 * np.abs(err3))
        positive = denominator > 0.0
        factor = np.ones_like(err5)
        factor[positive] = np.abs(err5[positive]) / denominator[positive]
        return float(np.max(np.abs(h) * np.abs(err5) * factor, initial=0.0))


@dataclass(frozen=True)
class Steps:
    """Soil steps, one per item: storages in m, fluxes in m per step."""

    wilting: Array
    threshold: Array
    maximum: Array
    percolation: Array
    lateral: Array
    percolation_exponent: Array
    lateral_exponent: Array
    start: Array
    infiltration: Array
    demand: Array

    def pick(self, where: Array) -> "Steps":
        return Steps(**{name: getattr(self, name)[where] for name in self.__dataclass_fields__})

    def rates(self, storage: Array) -> tuple[Array, Array, Array]:
        """Evaporation, percolation and lateral flow, as the scheme defines them."""
        phi = np.clip((storage - self.wilting) / (self.threshold - self.wilting), 0.0, 1.0)
        psi = np.clip((storage - self.threshold) / (self.maximum - self.threshold), 0.0, 1.0)
        return (
            self.demand * phi,
            self.percolation * psi**self.percolation_exponent,
            self.lateral * psi**self.lateral_exponent,
        )

    def smooth_rates(self, storage: Array, side: Array) -> tuple[Array, Array, Array]:
        """Return the same on one side of the kinks, continued smoothly beyond: 0 dry, 1 moist, 2 draining, 3 full."""
        phi = (storage - self.wilting) / (self.threshold - self.wilting)
        psi = (storage - self.threshold) / (self.maximum - self.threshold)
        one, none = np.ones_like(phi), np.zeros_like(phi)
        # An odd continuation, so that a power with a fraction for exponent has one.
        fast = np.where(self.percolation_exponent == 1.0, psi, np.sign(psi) * np.abs(psi) ** self.percolation_exponent)
        slow = np.where(self.lateral_exponent == 1.0, psi, np.sign(psi) * np.abs(psi) ** self.lateral_exponent)
        return (
            self.demand * np.choose(side, (none, phi, one, one)),
            self.percolation * np.choose(side, (none, none, fast, one)),
            self.lateral * np.choose(side, (none, none, slow, one)),
        )


def _side(steps: Steps, storage: Array) -> tuple[Array, Array]:
    """Which side of the kinks the storage moves on in, and the sign of its movement."""
    net = steps.infiltration - sum(steps.rates(storage))
    rising = net > 0.0
    side = np.zeros(storage.shape, dtype=int)
    for kink in (steps.wilting, steps.threshold, steps.maximum):
        side += (storage > kink) | ((storage == kink) & rising)
    return side, np.sign(net)


def _march(steps: Steps, side: Array, y: Array, duration: Array) -> Array:
    """Integrate storage and three volumes, each column over its own duration."""
    n = duration.size

    def slope(_: float, flat: Array) -> Array:
        storage = flat[:n]
        et, percolation, lateral = steps.smooth_rates(storage, side)
        net = steps.infiltration - et - percolation - lateral
        return np.concatenate([net, et, percolation, lateral]) * np.tile(duration, 4)

    solution = solve_ivp(slope, (0.0, 1.0), y.ravel(), method=WorstColumnDOP853, rtol=RTOL, atol=ATOL, t_eval=[1.0])
    assert solution.success, solution.message
    return solution.y[:, -1].reshape(4, n)


def _integrate(steps: Steps) -> Array:
    n = steps.start.size
    y = np.zeros((4, n))
    y[0] = steps.start
    remaining = np.ones(n)
    for _ in range(6):
        active = np.flatnonzero(remaining > 0.0)
        if active.size == 0:
            return y
        part = steps.pick(active)
        side, direction = _side(part, y[0, active])
        start = y[:, active]
        t = remaining[active].copy()
        end = _march(part, side, start, t)
        low = np.choose(side, (np.full_like(t, -np.inf), part.wilting, part.threshold, part.maximum))
        high = np.choose(side, (part.wilting, part.threshold, part.maximum, np.full_like(t, np.inf)))
        target = np.where(direction > 0.0, high, low)
        crossed = np.where(direction > 0.0, end[0] > high, (direction < 0.0) & (end[0] < low))
        _stop_at_kinks(part, side, direction, start, end, t, target, np.flatnonzero(crossed))
        end[0] = np.where(crossed, target, end[0])
        y[:, active] = end
        remaining[active] = np.where(crossed, remaining[active] - t, 0.0)
    raise AssertionError("a monotone solution crosses three kinks at most")


def _stop_at_kinks(
    part: Steps, side: Array, direction: Array, start: Array, end: Array, t: Array, target: Array, crossed: Array
) -> None:
    """Shorten the durations of the columns that crossed their kink to when they did; in place."""
    low, high = np.zeros(t.size), t.copy()
    t[crossed] *= (target - start[0])[crossed] / (end[0] - start[0])[crossed]
    open_ = crossed
    for _ in range(60):
        if open_.size == 0:
            return
        columns, lanes = part.pick(open_), side[open_]
        end[:, open_] = _march(columns, lanes, start[:, open_], t[open_])
        miss = end[0, open_] - target[open_]
        slope = columns.infiltration - sum(columns.smooth_rates(end[0, open_], lanes))
        late = miss * direction[open_] > 0.0
        high[open_] = np.where(late, t[open_], high[open_])
        low[open_] = np.where(late, low[open_], t[open_])
        with np.errstate(divide="ignore", invalid="ignore"):
            better = t[open_] - miss / slope
        outside = ~((better > low[open_]) & (better < high[open_]))
        better = np.where(outside, 0.5 * (low[open_] + high[open_]), better)
        done = (np.abs(miss) <= 2e-16) | (np.abs(better - t[open_]) <= 1e-17)
        t[open_] = np.where(done, t[open_], better)
        open_ = open_[~done]
    raise AssertionError("no time found at which a kink is reached")


def reference(steps: Steps) -> Array:
    """Storage at the end, evaporation, percolation and lateral flow (4, n) of the steps."""
    fast = (steps.percolation * steps.percolation_exponent + steps.lateral * steps.lateral_exponent) / (
        steps.maximum - steps.threshold
    )
    order = np.argsort(np.maximum(fast, steps.demand / (steps.threshold - steps.wilting)))
    result = np.empty((4, steps.start.size))
    for first in range(0, order.size, BATCH):
        batch = order[first : first + BATCH]
        result[:, batch] = _integrate(steps.pick(batch))
    return result
