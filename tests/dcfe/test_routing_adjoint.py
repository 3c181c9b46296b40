"""Linear routing backwards against the routing itself: whatever goes in and is asked of what comes out."""

import numpy as np
import pytest

from dcfe.routing_adjoint import giuh_adjoint, nash_adjoint
from hydro_physics.routing import route_giuh, route_nash


@pytest.mark.parametrize("ordinates", [1, 2, 5])
def test_a_unit_hydrograph_and_its_adjoint_agree_on_every_product(ordinates: int) -> None:
    """<y, A x> = <A' y, x>: x are the water under way and the inflow, y the weights of what is there afterwards."""
    rng = np.random.default_rng(ordinates)
    shares = rng.dirichlet(np.ones(ordinates))
    for _ in range(20):
        queue, inflow = np.append(rng.uniform(0.0, 1.0, ordinates - 1), 0.0), rng.uniform()
        weights, outflow_weight = rng.standard_normal(ordinates), rng.standard_normal()
        before = queue.copy()
        outflow = route_giuh(inflow, shares, queue)
        forward = weights[:-1] @ queue[:-1] + outflow_weight * outflow
        adjoint = weights.copy()
        inflow_adjoint = giuh_adjoint(adjoint, shares, outflow_weight)
        assert adjoint @ before + inflow_adjoint * inflow == pytest.approx(forward, rel=1e-13, abs=1e-15)


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

        adjoint, drops = weights.copy(), np.full(reservoirs, np.nan)
        inflow_adjoint = nash_adjoint(adjoint, rate, outflow_weight, drops)
        assert adjoint @ storages + inflow_adjoint * inflow == pytest.approx(weighed(rate), rel=1e-13, abs=1e-15)
        # the outflow is linear in the rate
        slope = (weighed(rate + 0.5) - weighed(rate - 0.5)) / 1.0
        assert drops @ storages == pytest.approx(slope, rel=1e-12, abs=1e-14)
