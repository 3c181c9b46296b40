import numpy as np
import pytest

from ngen_harness import MassBalanceError
from ngen_harness.mass_balance import VARIABLES

pytest.importorskip("cf_units")


@pytest.fixture
def leaky(basin, model):
    """A model that loses 1 mm in every step."""

    def step(self, time):
        self.time = time
        self.values["ngen::mass_in"][0] += 1.0
        self.values["ngen::mass_out"][0] += 0.999

    def make(**attributes):
        model.make("Tiny", **{"step": step, "hidden": dict.fromkeys(VARIABLES, "m"), **attributes})
        return basin

    return make


def test_off_by_default(leaky, caplog):
    assert leaky().run().paths
    assert "mass" not in caplog.text


def test_a_warning_in_every_step(leaky, caplog):
    basin = leaky()
    basin.params["mass_balance"] = {"tolerance": 1e-6}
    basin.run(catchment_ids="cat-1")
    warnings = [message for message in caplog.messages if "mass balance check failed" in message]
    assert len(warnings) == 3
    assert warnings[1] == (
        "catchment cat-1, time step 1 (2015-12-01 01:00:00), model tiny: mass balance check failed: "
        "ngen::mass_in (2) - ngen::mass_out (1.998) - ngen::mass_stored (0) - ngen::mass_leaked (0) = 0.002, "
        "tolerance 1e-06"
    )


def test_fatal_is_an_error_and_nothing_is_written(leaky):
    basin = leaky()
    basin.params["mass_balance"] = {"tolerance": 1e-6, "fatal": True}
    with pytest.raises(MassBalanceError, match=r"cat-2, time step 0 .*= 0.001, tolerance 1e-06"):
        basin.run()
    assert basin.files() == []


@pytest.mark.parametrize(
    ("block", "checks"),
    [
        ({"tolerance": 1.0}, 0),
        ({"check": False}, 0),
        ({"frequency": 2}, 2),
        ({"frequency": 0}, 0),
        ({"frequency": -1}, 0),
        ({"tolerance": "NaN"}, 0),
        ({"check": True}, 3),
    ],
)
def test_how_often_and_how_strictly(leaky, caplog, block, checks):
    basin = leaky()
    basin.params["mass_balance"] = block
    basin.run(catchment_ids="cat-1")
    assert caplog.text.count("mass balance check failed") == checks


def test_not_a_number_is_a_failure(leaky, caplog):
    basin = leaky(step=lambda self, time: self.values["ngen::mass_in"].fill(np.nan))
    basin.params["mass_balance"] = {"tolerance": 1e9}
    basin.run(catchment_ids="cat-1")
    assert "= nan, tolerance" in caplog.text


def test_different_units_disable_the_check_even_if_fatal(leaky, caplog):
    basin = leaky(hidden={**dict.fromkeys(VARIABLES, "m"), "ngen::mass_out": "mm"})
    basin.params["mass_balance"] = {"fatal": True}
    assert basin.run().paths
    assert "inconsistent units: m, mm, m, m" in caplog.text


def test_a_model_without_the_variables_is_reported(basin, caplog):
    basin.params["mass_balance"] = {"fatal": True}
    assert basin.run().paths
    assert "mass balance cannot be checked, the model does not offer ngen::mass_in (KeyError" in caplog.text


@pytest.mark.parametrize("attributes", [{"types": {"ngen::mass_out": "float32"}}, {"sizes": {"ngen::mass_out": 2}}])
def test_variables_that_ngen_would_misread_are_refused(leaky, attributes):
    basin = leaky(**attributes)
    basin.params["mass_balance"] = {"check": True}
    with pytest.raises(MassBalanceError, match=r"get_value_ptr\('ngen::mass_out'\) .*float64 of shape \(1,\)"):
        basin.run()
