import math

import pytest
import torch

from cfe_bmi.parameters import PARAMETERS
from dcfe.bounds import Bound, Bounds, bounds_of
from ngen_bmi.errors import ParameterError

SHARES = torch.tensor([0.0, 0.25, 0.5, 1.0], dtype=torch.float64)


def test_linear_bounds_spread_shares_evenly():
    assert Bound(2.0, 10.0).value(SHARES).tolist() == [2.0, 4.0, 6.0, 10.0]


def test_log_bounds_spread_shares_by_factors():
    values = Bound(1e-6, 1e-2, "log").value(SHARES)
    torch.testing.assert_close(values, torch.tensor([1e-6, 1e-5, 1e-4, 1e-2], dtype=torch.float64), rtol=1e-13, atol=0)


def test_shares_of_values_are_the_inverse():
    bounds = bounds_of(["satdk", "b", "Cgw", "slope"])
    shares = torch.rand(50, 7, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    values = bounds.values(shares)
    assert [tuple(v.shape) for v in values.values()] == [(50, 7)] * 4
    torch.testing.assert_close(bounds.shares(values), shares, rtol=0, atol=1e-13)


def test_values_never_leave_their_bounds_by_rounding():
    generator = torch.Generator().manual_seed(2)
    for low, high in (10.0 ** (8.0 * torch.rand(300, 2, generator=generator, dtype=torch.float64) - 4.0)).tolist():
        low, high = sorted((low, high))
        for scale in ("linear", "log"):
            values = Bound(low, high, scale).value(SHARES)
            assert float(values.min()) >= low
            assert float(values.max()) <= high


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_gradients_of_values(scale):
    shares = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Bound(1e-3, 2.0, scale).value, shares)


def test_bounds_come_from_the_calibration_ranges():
    for variable in PARAMETERS:
        if variable.calibration is not None:
            (bound,) = bounds_of([variable.name]).by_name.values()
            low, high = variable.calibration
            assert (bound.low, bound.high) == (low, high)
            assert bound.scale == ("log" if low > 0.0 and high / low >= 100.0 else "linear")


def test_two_decades_make_a_log_scale_unless_told_otherwise():
    assert bounds_of(["Klf"], {"Klf": (0.01, 1.0)}).by_name["Klf"].scale == "log"
    assert bounds_of(["Klf"], {"Klf": (0.011, 1.0)}).by_name["Klf"].scale == "linear"
    assert bounds_of(["Klf"], {"Klf": (0.001, 1.0)}, {"Klf": "linear"}).by_name["Klf"].scale == "linear"
    assert bounds_of(["b"], scales={"b": "log"}).by_name["b"].scale == "log"


def test_aliases_give_the_published_names():
    assert bounds_of(["bb", "smcmax"]).names == ("b", "maxsmc")


def test_everything_wrong_with_the_names_and_ranges_is_told_at_once():
    with pytest.raises(ParameterError) as error:
        bounds_of(
            ["nonsense", "depth", "b", "bb", "slope", "Kn", "Klf", "expon", "satdk"],
            ranges={"slope": (0.0, 1.5), "Kn": (0.5, 0.5), "satpsi": (0.1, 0.2), "satdk": (math.nan, 1.0)},
            scales={"Klf": "log", "expon": "cubic"},
        )
    text = str(error.value)
    assert len(error.value.problems) == 9
    for part in (
        "a range is given for satpsi, which is not learned",
        "nonsense is not a parameter; expected one of depth, b,",
        "depth has no calibration range",
        "bb is another name of b, named already",
        "slope = 1.5 is outside its valid range 0 to 1",
        "Kn: the range 0.5 to 0.5 is empty",
        "satdk: the range nan to 1 is empty or not finite",
        "Klf: a log scale needs a lower bound above 0, not 0",
        "expon: scale 'cubic' is not known",
    ):
        assert part in text


def test_no_parameter_at_all():
    with pytest.raises(ParameterError, match="no parameter to learn"):
        bounds_of([])


def test_a_start_keeps_its_margin_from_the_ends():
    bounds = Bounds({"x": Bound(0.0, 10.0)})
    values = {"x": torch.tensor([0.0, 3.0, 10.0], dtype=torch.float64), "more": torch.zeros(2)}
    assert bounds.shares(values, margin=0.01)[:, 0].tolist() == [0.01, 0.3, 0.99]


def test_values_outside_or_missing_are_named():
    bounds = bounds_of(["b", "slope", "Kn"])
    values = {"b": torch.tensor([4.0, 1.5]), "slope": torch.tensor([math.nan, 0.5])}
    with pytest.raises(ParameterError) as error:
        bounds.shares(values)
    assert "Kn is missing" in str(error.value)
    assert "b = 1.5 is outside its bounds 2 to 15: widen the bounds" in str(error.value)
    assert "slope = nan is outside its bounds 0 to 1" in str(error.value)
