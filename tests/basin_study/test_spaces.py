"""The boxes that calibrations search."""

import numpy as np
import pytest

from basin_study.spaces import NWM_NAMES, REPORT_RANGES, nwm_space, report_space, space_of


@pytest.mark.parametrize("space", [report_space(), nwm_space()])
def test_shares_and_values_are_inverse_and_stay_inside(space):
    rng = np.random.default_rng(0)
    shares = rng.random((200, len(space)))
    values = space.values(shares)
    np.testing.assert_allclose(space.shares(values), shares, atol=1e-12)
    low, high = (np.array([getattr(r, side) for r in space.ranges]) for side in ("low", "high"))
    corners = space.values(np.array([[0.0] * len(space), [1.0] * len(space)]))
    np.testing.assert_allclose(corners, [low, high], rtol=1e-15)
    assert ((values >= low) & (values <= high)).all()


def test_the_report_has_its_nine_parameters_with_units_mended():
    space = report_space()
    assert space.names == tuple(REPORT_RANGES)
    assert len(space) == 9
    by_name = {r.name: r for r in space.ranges}
    assert by_name["satdk"].unit == "m s-1"
    assert by_name["satdk"].high == 7.26e-4
    assert by_name["b"].low > 0.0
    assert {name for name, r in by_name.items() if r.log} == {"satdk", "Cgw"}


def test_nwm_bounds_are_those_of_the_table():
    assert nwm_space().names == NWM_NAMES


def test_all_that_is_wrong_with_a_space_is_named():
    with pytest.raises(ValueError, match="calibration space mine") as error:
        space_of("mine", {"smcmax": (0.2, 0.5), "maxsmc": (0.3, 0.5), "nothing": (0, 1), "b": (0, 5), "Kn": (1, 0)})
    text = str(error.value)
    for part in (
        "nothing is no parameter; expected one of depth, b",
        "b: bounds 0 to 5 are not within its valid range 0.5 to 50",
        "Kn: bounds 1 to 0; expected two numbers, the lower one first",
        "maxsmc is there twice",
    ):
        assert part in text
    with pytest.raises(ValueError, match="nothing to calibrate"):
        space_of("none", {})


def test_values_outside_the_box_come_to_its_faces():
    space = space_of("one", {"b": (2.0, 4.0)})
    np.testing.assert_array_equal(space.shares([[1.0], [3.0], [9.0]]), [[0.0], [0.5], [1.0]])
