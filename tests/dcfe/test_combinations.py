"""Combinations: raw parameters carry exactly what was learned, the model agrees, and clear limits are kept."""

import itertools

import numpy as np
import pytest
import torch

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import problems_of
from cfe_bmi.state import XINANJIANG, CfeOptions
from dcfe.combination_bounds import combination_bounds
from dcfe.combinations import COMBINATIONS, CombinationMap, combination_values, identifiable
from dcfe.synthetic import RANGES, SyntheticSettings, generate
from ngen_bmi.errors import ParameterError

BASINS = 6
LEARNED = (*identifiable(), "wltsmc")


@pytest.fixture(scope="module")
def basins():
    return generate(SyntheticSettings(basins=BASINS, steps=24, priors={"satdk": RANGES["satdk"][1]}))


@pytest.fixture(scope="module")
def truth(basins):
    return {name: torch.as_tensor(value) for name, value in basins.truth.items()}


def derived(parameters, b=0):
    return derive(CfeParameters(*(float(parameters[name][b]) for name in CfeParameters._fields)))


# sets of combinations that can be learned together, and the coefficients that they give the model
SETS = [
    (LEARNED, {"schaake_share", "percolation_max", "soil_max", "soil_threshold", "soil_wilting", "lateral_max",
               "lateral_rate", "groundwater_max", "groundwater_coefficient", "groundwater_exponent"}),
    (("soil_threshold",), {"soil_threshold"}),
    (("soil_threshold", "maxsmc"), {"soil_threshold", "soil_max"}),
    (("available_storage", "drainable_storage"), set()),
    (("groundwater_exponent", "max_gw_storage"), {"groundwater_exponent", "groundwater_max"}),
    (("satdk", "percolation_coefficient", "schaake_coefficient"), {"percolation_max", "schaake_share"}),
]  # fmt: skip


@pytest.mark.parametrize(("names", "same"), SETS)
def test_the_model_gets_the_coefficients_of_the_truth_whatever_the_rest_is_held_at(names, same, basins, truth):
    held = basins.data.parameters
    wanted = combination_values(names, truth)
    raw = {**held, **CombinationMap(names)(wanted, held)}
    found = combination_values(names, raw)
    for name in names:
        assert found[name].numpy() == pytest.approx(wanted[name].numpy(), rel=1e-12), name
    for b in range(BASINS):
        a, c = derived(raw, b), derived(truth, b)
        for name in same:
            assert getattr(a, name) == pytest.approx(getattr(c, name), rel=1e-12), name


def test_values_are_those_of_the_derived_coefficients(truth):
    found = combination_values(COMBINATIONS, truth)
    for b in range(BASINS):
        c = derived(truth, b)
        assert float(found["soil_threshold"][b]) == c.soil_threshold
        assert float(found["drainable_storage"][b]) == c.soil_max - c.soil_threshold
        assert float(found["available_storage"][b]) == c.soil_threshold - c.soil_wilting
        assert float(found["percolation_coefficient"][b]) * 3600.0 == pytest.approx(c.percolation_max, rel=1e-14)
        rate = c.groundwater_coefficient * c.groundwater_exponent
        assert float(found["base_flow_rate"][b]) == pytest.approx(rate, rel=1e-14)
        share = -np.expm1(-float(found["schaake_coefficient"][b]) / 2e-6 / 24.0)
        assert share == pytest.approx(c.schaake_share, rel=1e-12)


@pytest.mark.parametrize("names", [names for names, _ in SETS])
def test_gradients_are_right(names, basins, truth):
    held = basins.data.parameters
    values = [value.clone().requires_grad_() for value in combination_values(names, truth).values()]
    combine = CombinationMap(names)

    def carriers(*learned):
        # scaled, as raw parameters span many orders of magnitude
        raw = combine(dict(zip(names, learned, strict=True)), held)
        return tuple(raw[name] / held[name] for name in raw)

    scaled = [torch.ones_like(value).requires_grad_() for value in values]
    assert torch.autograd.gradcheck(
        lambda *x: carriers(*(f * v.detach() for f, v in zip(x, values, strict=True))), scaled, eps=1e-6, atol=1e-8
    )


def test_daily_values_are_mapped_day_by_day(basins, truth):
    names = ("percolation_coefficient", "threshold_share", "maxsmc")
    held = basins.data.parameters
    once = combination_values(names, truth)
    single = CombinationMap(names)(once, held)
    columns = {name: value[:, None].expand(-1, 3) for name, value in held.items()}
    daily = CombinationMap(names)({name: value[:, None].expand(-1, 3) for name, value in once.items()}, columns)
    for name, value in daily.items():
        assert torch.equal(value, single[name][:, None].expand(-1, 3))


def test_bounds_leave_every_carrier_valid_even_in_their_corners(basins):
    held = basins.data.parameters
    names = LEARNED
    bounds = combination_bounds(names, held, RANGES)
    generator = torch.Generator().manual_seed(1)
    combine = CombinationMap(names)
    for _ in range(200):
        shares = torch.rand(BASINS, len(names), generator=generator, dtype=torch.float64).round(decimals=0)
        combine(bounds.values(shares), held)


@pytest.mark.parametrize("wilting", [0.02, 0.066, 0.2])
@pytest.mark.parametrize(
    "names", [*((name,) for name in COMBINATIONS), identifiable()], ids=lambda names: "+".join(names)
)
def test_every_corner_of_default_bounds_is_a_soil_that_cfe_can_have(names, wilting):
    held = {name: torch.full((2,), x, dtype=torch.float64) for name, x in CAT_87._asdict().items()}
    held["wltsmc"][1] = wilting
    bounds = combination_bounds(names, held)
    corners = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(names))), dtype=torch.float64)
    combine = CombinationMap(names)
    for corner in corners:
        raw = combine(bounds.values(corner.expand(2, -1)), held)
        for b in range(2):
            values = {name: float({**held, **raw}[name][b]) for name in held}
            assert problems_of(CfeParameters(**values)) == []


def test_bounds_contain_the_truth(basins, truth):
    bounds = combination_bounds(LEARNED, basins.data.parameters, RANGES)
    bounds.shares(combination_values(LEARNED, truth))


def test_bounds_of_products_end_where_the_carrier_does(basins):
    held = basins.data.parameters | {"satdk": torch.full((BASINS,), 1e-5, dtype=torch.float64)}
    bound = combination_bounds(["percolation_coefficient"], held).by_name["percolation_coefficient"]
    assert bound.high == pytest.approx(1e-5, rel=1e-11)  # slope 1
    with pytest.raises(ParameterError, match="no value from .* keeps slope valid in every basin"):
        combination_bounds(["percolation_coefficient"], held, {"satdk": (1e-3, 1e-2), "slope": (0.5, 1.0)})


def test_a_carrier_out_of_its_range_is_an_error_that_names_the_basin_and_the_way_out(basins):
    held = basins.data.parameters
    value = torch.full((BASINS,), 1e-6, dtype=torch.float64)
    value[3] = 1e-2
    with pytest.raises(
        ParameterError, match=r"catchment 3: percolation_coefficient .* needs slope = 13\.77 .* 0 to 1"
    ) as e:
        CombinationMap(["percolation_coefficient"])({"percolation_coefficient": value}, held)
    assert len(e.value.problems) == 1


def test_names_that_cannot_be_learned_together_are_refused_all_at_once():
    with pytest.raises(ParameterError) as error:
        CombinationMap(["satdk", "schaake_coefficient", "refkdt", "threshold_share", "soil_threshold", "b", "Ksat"])
    text = str(error.value)
    for part in (
        "Ksat is neither",
        "refkdt is learned, but schaake_coefficient",
        "both carried by satpsi",
        "b is learned",
    ):
        assert part in text


def test_what_is_identifiable_depends_on_the_scheme():
    assert "schaake_coefficient" in identifiable()
    assert "schaake_coefficient" not in identifiable(CfeOptions(partitioning=XINANJIANG))
    for options in (CfeOptions(), CfeOptions(partitioning=XINANJIANG)):
        CombinationMap(identifiable(options))
