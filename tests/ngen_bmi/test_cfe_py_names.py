"""The names that cfe_py published answer with the arrays of ours, where there can be such an array."""

import pytest

from cfe_bmi import BmiCfe
from lgar_bmi import BmiLgar
from richards_bmi import BmiRichards


@pytest.mark.parametrize(
    ("component", "main"), [(BmiCfe, "Q_OUT"), (BmiLgar, "total_discharge"), (BmiRichards, "total_discharge")]
)
def test_runoff_depth_is_the_main_output(component, main):
    model = component()
    assert "land_surface_water__runoff_depth" in model.get_output_var_names()
    assert model.get_value_ptr("land_surface_water__runoff_depth") is model.get_value_ptr(main)
    assert model.get_var_units("land_surface_water__runoff_depth") == model.get_var_units(main) == "m"


def test_a_volume_flux_is_not_offered_without_an_area():
    with pytest.raises(KeyError, match="land_surface_water__runoff_volume_flux"):
        BmiCfe().get_value_ptr("land_surface_water__runoff_volume_flux")
