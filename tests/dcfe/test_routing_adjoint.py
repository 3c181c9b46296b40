"""Linear routing backwards against the routing itself: whatever goes in and is asked of what comes out."""

import numpy as np
import pytest

from dcfe.routing_adjoint import giuh_adjoint, nash_adjoint
from hydro_physics.routing import route_giuh, route_nash


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("steps", [1, 3, 9])
@pytest.mark.parametrize("ordinates", [1, 2, 5])
def test_a_unit_hydrograph_and_its_adjoint_agree_on_every_product(ordinates: int, steps: int, waits: bool) -> None:
    """<y, A x> = <A' y, x>: x are the water under way and the inflows, y the weights of all that comes of them."""
    rng = np.random.default_rng([ordinates, steps])
    shares = rng.dirichlet(np.ones(ordinates))
    for _ in range(20):
        queue, inflow = np.append(rng.uniform(0.0, 1.0, ordinates - 1), 0.0), rng.uniform(0.0, 1.0, steps)
        end, out = rng.standard_normal(ordinates), rng.standard_normal(steps)
        waiting = rng.standard_normal(steps if waits else 0)
        before, forward = queue.copy(), 0.0
        for t in range(steps):
            forward += out[t] * route_giuh(inflow[t], shares, queue)
            forward += waiting[t] * queue.sum() if waits else 0.0
        forward += end[:-1] @ queue[:-1]
        adjoint, found = end.copy(), np.zeros(steps)
        giuh_adjoint(adjoint, shares, np.append(out, np.full(ordinates - 1, np.nan)), waiting, found)
        assert adjoint @ before + found @ inflow == pytest.approx(forward, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("reservoirs", [1, 2, 4])
def test_a_cascade_and_its_adjoint_agree_on_every_product(reservoirs: int) -> None:
    """As above; and the drops, times the storages, are the slope to the rate."""
    rng = np.random.default_rng(reservoirs)
    for _ in range(20):
        storages, inflow, rate = rng.uniform(0.0, 1.0, reservoirs), rng.uniform(), rng.uniform(0.01, 1.0)
        weights, outflow_weight = rng.standard_normal(reservoirs), rng.standard_normal()

        def weighed(
            rate: float, storages=storages, inflow=inflow, weights=weights, outflow_weight=outflow_weight
        ) -> float:
            after, outflow = route_nash(tuple(storages.tolist()), inflow, rate)
            return float(weights @ after + outflow_weight * outflow)

        drops = np.full(reservoirs, np.nan)
        adjoint, inflow_adjoint = nash_adjoint(tuple(weights.tolist()), rate, outflow_weight, drops)
        assert adjoint @ storages + inflow_adjoint * inflow == pytest.approx(weighed(rate), rel=1e-13, abs=1e-15)
        # the outflow is linear in the rate
        slope = (weighed(rate + 0.5) - weighed(rate - 0.5)) / 1.0
        assert drops @ storages == pytest.approx(slope, rel=1e-12, abs=1e-14)
