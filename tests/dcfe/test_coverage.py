"""Gradient coverage: shares are right, and closed gates are those parameters whose exact derivative is 0."""

import numpy as np
import pytest

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import NASH, ODE, XINANJIANG, CfeOptions
from dcfe.coverage import BRANCHES, NEEDED_OUTPUTS, gradient_coverage
from dcfe.tangents import sensitivities

OPTIONS = {
    "classic": CfeOptions(),
    "ode": CfeOptions(soil_scheme=ODE),
    "xinanjiang_nash": CfeOptions(partitioning=XINANJIANG, surface_runoff=NASH),
}
BASINS = 48


def random_basins(seed=0):
    """Parameters of many kinds of basins: dry and wet, deep and shallow, quick and slow."""
    rng = np.random.default_rng(seed)

    def spread(low, high):
        return np.exp(rng.uniform(np.log(low), np.log(high), BASINS))

    p = CAT_87._replace(
        satdk=spread(1e-7, 1e-3),
        slope=spread(1e-3, 1.0),
        Klf=spread(1e-3, 1.0),
        max_gw_storage=spread(0.01, 0.2),
        satpsi=spread(0.05, 0.5),
        retention_depth_nash_surface=0.002,
    )
    rain = np.where(rng.random((BASINS, 400)) < 0.1, rng.gamma(0.7, 8.0, (BASINS, 400)), 0.0)
    rain *= (np.arange(BASINS) % 4 / 2.0)[:, None]
    hours = np.arange(400) % 24
    pet = rng.uniform(0.0, 3e-7, (BASINS, 1)) * np.maximum(np.sin((hours - 6) / 12 * np.pi), 0.0)
    return p, EnsembleForcing(rain, pet), rng.uniform(0.1, 0.9, BASINS), rng.uniform(0.0, 1.0, BASINS)


def run(options, names=NEEDED_OUTPUTS, seed=0):
    p, forcing, soil, groundwater = random_basins(seed)
    state = initial_state(p, soil, groundwater, ordinates=3, surface=2)
    ordinates = (1.0, 0.0, 0.0) if options.surface_runoff == NASH else (0.5, 0.3, 0.2)
    return p, state, forcing, simulate(p, state, forcing, options, names, ordinates).outputs, ordinates


@pytest.mark.parametrize("name", OPTIONS)
def test_a_parameter_has_a_gradient_exactly_where_one_of_its_gates_was_open(name):
    options = OPTIONS[name]
    p, state, forcing, outputs, ordinates = run(options)
    coverage = gradient_coverage(outputs, p, options)
    wanted = tuple(coverage.gates)
    found = sensitivities(p, state, forcing, options, wanted, ("q_out", "soil_storage"), ordinates)
    for k, parameter in enumerate(wanted):
        closed = coverage.open_share(parameter) == 0.0
        moves = (found.tangents["q_out"][:, :, k] != 0.0).any(axis=1)
        stores = (found.tangents["soil_storage"][:, :, k] != 0.0).any(axis=1)
        assert not moves[closed].any(), parameter
        assert (moves | stores)[~closed].all(), (parameter, np.flatnonzero(~(moves | stores) & ~closed))
    both = [parameter for parameter in wanted if 0 < coverage.closed_counts()[parameter] < BASINS]
    assert {"slope", "Klf"} <= set(both)


def test_branches_are_those_of_the_equations_step_by_step():
    options = CfeOptions()
    p, state, forcing, outputs, _ = run(options, (*NEEDED_OUTPUTS, "soil_storage_change"))
    found = gradient_coverage(outputs, p, options)
    for b in range(BASINS):
        one = CfeParameters(*(float(np.broadcast_to(x, BASINS)[b]) for x in p))
        c = derive(one)
        counts = dict.fromkeys(BRANCHES, 0)
        for t in range(forcing.rain.shape[1]):
            o = {name: outputs[name][b, t] for name in outputs}
            start = o["soil_storage"] - o["soil_storage_change"]
            after_et = start - o["et_from_soil"]
            full = after_et + o["infiltration"]
            demand = o["potential_et"] - o["et_from_rain"]
            above = full - c.soil_threshold
            wants = c.percolation_max * above * c.drainage_slope
            counts["rain"] += forcing.rain[b, t] > 0.0
            counts["full evaporation"] += demand > 1e-12 and start >= c.soil_threshold
            counts["stressed evaporation"] += demand > 1e-12 and c.soil_wilting < start < c.soil_threshold
            counts["above threshold"] += above > 1e-12
            room = c.groundwater_max - (o["gw_storage"] + o["deep_gw_to_channel_flux"] - o["soil_to_gw_flux"])
            counts["percolation limited by groundwater"] += above > 1e-12 and min(wants, above) >= room
            counts["percolation takes all"] += above > 1e-12 and wants >= above and room > above
            lateral = c.lateral_max * above * c.drainage_slope
            rest = above - min(wants, above)
            counts["lateral flow takes the rest"] += rest > 1e-13 and lateral > rest + 1e-12
        seen = ("rain", "full evaporation", "stressed evaporation", "above threshold")
        limits = ("percolation limited by groundwater", "percolation takes all", "lateral flow takes the rest")
        for branch in (*seen, *limits):
            assert found.shares[branch][b] * 400 == pytest.approx(counts[branch]), (branch, b)
    assert all(
        (found.shares[branch] > 0.0).any()
        for branch in ("percolation limited by groundwater", "percolation takes all", "lateral flow takes the rest")
    )


def test_a_rainless_run_from_the_wilting_point_opens_nothing_but_base_flow():
    p = CAT_87
    dry = EnsembleForcing(np.zeros((1, 50)), np.full((1, 50), 1e-7))
    state = initial_state(p, p.wltsmc / p.maxsmc, 0.5)
    outputs = simulate(p, state, dry, outputs=NEEDED_OUTPUTS).outputs
    found = gradient_coverage(outputs, p)
    opened = {name for name, share in found.shares.items() if share[0] > 0.0}
    assert opened == {"below wilting point", "base flow", "base flow follows storage"}
    assert set(found.gates) - set(found.closed(0)) == {"Cgw", "expon", "max_gw_storage"}
    assert "refkdt in 1 of 1 basins" in found.text()


def test_saturated_soil_and_empty_groundwater_are_seen():
    p = CAT_87._replace(satdk=1e-9, Klf=0.0, Cgw=1.0)
    flood = EnsembleForcing(np.full((1, 200), 500.0), np.zeros((1, 200)))
    outputs = simulate(p, initial_state(p, 1.0, 0.01), flood, outputs=NEEDED_OUTPUTS).outputs
    found = gradient_coverage(outputs, p)
    assert found.shares["soil saturated"][0] > 0.0
    assert found.shares["infiltration excess"][0] == 1.0
    assert found.shares["groundwater empties"][0] > 0.0


def test_only_the_chosen_steps_count():
    p, _, forcing, outputs, _ = run(CfeOptions())
    late = gradient_coverage(outputs, p, steps=slice(300, None)).shares["rain"]
    assert late == pytest.approx((forcing.rain[:, 300:] > 0.0).mean(axis=1))


def test_missing_outputs_and_wrong_shapes_are_named():
    _, _, _, outputs, _ = run(CfeOptions())
    p = random_basins()[0]
    with pytest.raises(ValueError, match="needs the outputs lateral_flow as well"):
        gradient_coverage({k: v for k, v in outputs.items() if k != "lateral_flow"}, p)
    with pytest.raises(ValueError, match=r"different shapes: gw_storage \(48, 399\)"):
        gradient_coverage({**outputs, "gw_storage": outputs["gw_storage"][:, 1:]}, p)
