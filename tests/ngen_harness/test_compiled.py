"""Realizations with compiled modules: constants and models in their place."""

import json

import pytest

from ngen_arid.__main__ import main
from ngen_harness import RealizationError
from tests.cfe_bmi.test_config_text import CAT_87
from tests.lgar_bmi.configs import LASAM, write_text

from .conftest import RAIN, module_block, multi_block

pytest.importorskip("cf_units")

SLOTH = {
    "name": "bmi_c++",
    "params": {
        "model_type_name": "bmi_c++_sloth",
        "library_file": "./libslothmodel.so",
        "init_config": "/dev/null",
        "main_output_variable": "z",
        "allow_exceed_end_time": True,
        "model_params": {"sloth_ice(1,double,m,node)": 0.0, "sloth_pet(1,double,m s-1,node)": 2e-8},
    },
}
CFE = {
    "library_file": "./libcfebmi.so",
    "registration_function": "register_bmi_cfe",
    "model_type_name": "bmi_c_cfe",
    "main_output_variable": "Q_OUT",
    "variables_names_map": {
        RAIN: "APCP_surface",
        "water_potential_evaporation_flux": "sloth_pet",
        "ice_fraction_schaake": "sloth_ice",
    },
}
LGAR = {
    "library_file": "./liblasambmi.so",
    "create_function": "bmi_model_create",
    "destroy_function": "bmi_model_destroy",
    "model_type_name": "bmi_c++_lasam",
    "main_output_variable": "total_discharge",
    "variables_names_map": {"precipitation_rate": "APCP_surface", "potential_evapotranspiration_rate": "sloth_pet"},
}
PET = {"library_file": "./libpetbmi.so", "registration_function": "register_bmi_pet", "model_type_name": "bmi_c_pet"}


def compiled(kind, params):
    params = {**module_block(**params)["params"], "allow_exceed_end_time": True}
    del params["python_type"]
    return {"name": kind, "params": params}


@pytest.fixture(params=[("bmi_c", CFE, "cfe_bmi.BmiCfe"), ("bmi_c++", LGAR, "lgar_bmi.BmiLgar")], ids=["CFE", "LASAM"])
def case(request, basin):
    """A basin with a compiled model behind SLoTH, and the component that replaces the model."""
    kind, params, component = request.param
    if kind == "bmi_c":
        (basin.folder / "model.cfg").write_text(CAT_87)
    else:
        write_text(basin.folder, LASAM, name="model.cfg")
    basin.forcing(
        "time,APCP_surface\n2015-12-01 00:00:00,5.0\n2015-12-01 01:00:00,20.0\n2015-12-01 02:00:00,1.0\n",
    )
    basin.formulation(multi_block(SLOTH, compiled(kind, params)))
    return basin, params, component


def read(basin):
    return {path.name: path.read_bytes() for path in (basin.folder / "out").iterdir()}


def test_the_component_in_its_place_runs_as_if_it_were_named(case, caplog):
    basin, params, component = case
    basin.run(substitute=True)
    replaced = [message for message in caplog.messages if "is replaced by" in message]
    assert len(replaced) == 1
    assert f"'{params['model_type_name']}'" in replaced[0]
    assert replaced[0].endswith(component)
    files = read(basin)
    python = compiled("bmi_python", {**params, "python_type": component})
    python["params"]["python_type"] = component
    basin.formulation(multi_block(SLOTH, python))
    basin.run()
    assert read(basin) == files
    assert not files["cat-1.csv"].splitlines()[-1].endswith(b",0")  # something has happened


def test_without_leave_it_is_refused(case):
    basin, params, component = case
    with pytest.raises(RealizationError, match="--substitute") as caught:
        basin.run()
    (problem,) = caught.value.problems
    assert params["model_type_name"] in problem
    assert f'"python_type": "{component}"' in problem


def test_the_command(case, capsys):
    basin, params, component = case
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    command = ["run", "realization.json", "--catchments", "catchments.geojson", "--workers", "2"]
    assert main(command) == 1
    assert component in capsys.readouterr().err
    assert basin.files() == []
    assert main([*command, "--substitute"]) == 0
    captured = capsys.readouterr()
    assert f"'{params['model_type_name']}'" in captured.err
    assert "2 catchments" in captured.out


def test_pet_has_its_component(case):
    """Named where replacing is not allowed; where it is, the component asks for its configuration."""
    basin, *_ = case
    basin.params["modules"].insert(1, compiled("bmi_c", PET))
    with pytest.raises(RealizationError) as caught:
        basin.run()
    (problem,) = (text for text in caught.value.problems if "modules[1]" in text)
    assert "modules[1].params.library_file: 'bmi_c_pet'" in problem
    assert '"python_type": "pet_bmi.BmiPet"' in problem
