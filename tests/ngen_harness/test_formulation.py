import logging

import numpy as np
import pytest

from ngen_harness import ForcingError, HydrofabricError, ModelError, RealizationError, SimulationError

from .conftest import RAIN, TEMPERATURE, module_block

pytest.importorskip("cf_units")


def test_one_run_from_initialize_to_finalize(basin, model):
    result = basin.run(catchment_ids="cat-1")
    (made,) = model.Tiny.instances
    step = [("set_value", RAIN), ("set_value", TEMPERATURE), ("update",)]
    assert [call[:2] for call in made.calls] == [("initialize", "./model.cfg"), *step * 3, ("finalize",)]
    assert made.did("set_value")[0] == [RAIN, [0.001 * 3600.0000000000005]]
    series = result.catchments["cat-1"]
    assert series.columns == ("Q", "T")
    np.testing.assert_allclose(series.values, [[3.6, 6.85], [7.2, 8.35], [0.0, 9.1]])
    np.testing.assert_allclose(result.nexuses["nex-9"], np.array([3.6, 7.2, 0.0]) * 10e6 / 3600)


@pytest.mark.parametrize("faithful", [True, False])
@pytest.mark.parametrize(
    ("units", "step", "until"),
    [
        ("s", 300.0, [3600.0, 7200.0, 10800.0]),
        ("h", 0.25, [1.0, 2.0, 3.0]),
        ("s", 7200.0, [3600.0, 7200.0, 10800.0]),
    ],
)
def test_another_time_step_means_update_until(basin, model, faithful, units, step, until):
    model.make("Tiny", time_units=units, time_step=step)
    result = basin.run(catchment_ids="cat-1", faithful_calls=faithful)
    (made,) = model.Tiny.instances
    assert [arguments[0] for arguments in made.did("update_until")] == until
    assert not made.did("update")
    assert result.catchments["cat-1"].values[1, 0] == pytest.approx(7.2)


@pytest.mark.parametrize("units", ["h", "hours", "min", "d"])
def test_forcing_follows_the_clock_in_any_unit(basin, model, units):
    steps = {"h": 1, "hours": 1.0, "min": 60, "d": 1 / 24}
    model.make("Tiny", time_units=units, time_step=steps[units])
    result = basin.run(catchment_ids="cat-1")
    np.testing.assert_allclose(result.catchments["cat-1"].values[:, 0], [3.6, 7.2, 0.0])
    assert not model.Tiny.instances[0].did("update_until")


def test_a_clock_that_stands_still_gets_the_first_hour_again(basin, model):
    model.make("Tiny", get_current_time=lambda self: 0.0)
    result = basin.run(catchment_ids="cat-1")
    np.testing.assert_allclose(result.catchments["cat-1"].values[:, 0], [3.6, 3.6, 3.6])


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"time_units": "fortnightish"}, "get_time_units\\(\\) is 'fortnightish'"),
        ({"time_units": "hours since 2015-01-01"}, "not a unit of time"),
        ({"initialize": None}, "setting up the model failed .*model.cfg.*TypeError"),
        ({"get_output_item_count": lambda self: 1}, "get_output_item_count\\(\\) is 1, but .* 2 names"),
        ({"__init__": lambda self, path: None}, "creating tiny.Tiny\\(\\) without arguments failed: TypeErr"),
    ],
)
def test_models_that_cannot_be_set_up(basin, model, attributes, message):
    model.make("Tiny", **attributes)
    with pytest.raises(ModelError, match=message):
        basin.run(catchment_ids="cat-1")
    assert basin.files() == []


@pytest.mark.parametrize(
    ("python_type", "message"),
    [
        ("tiny.Tinny", "module 'tiny' has no attribute 'Tinny' \\(did you mean 'Tiny'\\?\\)"),
        ("no_such_module_x.Tiny", "cannot import 'no_such_module_x'.*PYTHONPATH"),
    ],
)
def test_import_errors(basin, python_type, message):
    basin.params["python_type"] = python_type
    with pytest.raises(ModelError, match=message):
        basin.run()


def test_module_path_is_on_the_path_only_for_the_import(basin, monkeypatch):
    import sys

    folder = basin.folder / "code"
    folder.mkdir()
    (folder / "beside_the_point.py").write_text("from tiny import Tiny as Model\n")
    (folder / "beside_broken.py").write_text("import nothing_like_this\n")
    (folder / "beside_worse.py").write_text("1 / 0\n")
    basin.params["python_type"] = "beside_the_point.Model"
    basin.params["module_path"] = "./code"
    before = list(sys.path)
    assert basin.run().paths
    assert sys.path == before
    monkeypatch.delitem(sys.modules, "beside_the_point")
    basin.params["python_type"] = "beside_broken.Model"
    with pytest.raises(ModelError, match="the module needs 'nothing_like_this', which is not installed"):
        basin.run()
    basin.params["python_type"] = "beside_worse.Model"
    with pytest.raises(ModelError, match="importing 'beside_worse' failed: ZeroDivisionError"):
        basin.run()
    basin.params["module_path"] = "./nowhere"
    with pytest.raises(ModelError, match="'./nowhere' is not an existing folder"):
        basin.run()
    assert sys.path == before


@pytest.mark.parametrize("faithful", [True, False])
@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"types": {"T": "int32"}}, "output 'T': get_var_type is 'int32'.*report 'float64'"),
        ({"types": {"T": "bool"}}, "output 'T': get_var_type is 'bool'"),
        ({"get_var_type": lambda self, name: "double"}, "which ngen cannot map to a C\\+\\+ type"),
        ({"get_var_itemsize": lambda self, name: 4}, "get_var_itemsize 4"),
        ({"get_input_item_count": lambda self: 1}, "get_input_item_count\\(\\) is 1, but .* 2 names"),
        ({"types": {TEMPERATURE: "int16"}, "inputs": {RAIN: "1", TEMPERATURE: "mK"}}, "does not fit into"),
        ({"end_time": 3600.0}, "step would end at 7200, after the model's end time 3600"),
    ],
)
def test_what_ngen_would_abort_on_in_a_step(basin, model, attributes, message, faithful):
    model.make("Tiny", **attributes)
    with pytest.raises(SimulationError, match=f"catchment cat-1, time step .*{message}"):
        basin.run(catchment_ids="cat-1", faithful_calls=faithful)
    assert basin.files() == []


def test_end_time_may_be_exceeded_if_allowed(basin, model):
    model.make("Tiny", end_time=3600.0)
    basin.params["allow_exceed_end_time"] = "true"
    assert basin.run().catchments["cat-1"].values.shape == (3, 2)


def test_the_models_exception_is_the_cause(basin, model):
    def step(self, time):
        if time > 3600:
            raise ValueError("storage is negative")
        self.time = time

    model.make("Tiny", step=step)
    with pytest.raises(SimulationError) as caught:
        basin.run()
    assert str(caught.value) == (
        "catchment cat-2, time step 1 (2015-12-01 01:00:00), model Tiny: ValueError: storage is negative"
    )
    assert isinstance(caught.value.__cause__, ValueError)
    assert basin.files() == []


def test_an_exception_in_finalize_is_reported(basin, model):
    def finalize(self):
        raise OSError("disk gone")

    model.make("Tiny", finalize=finalize)
    with pytest.raises(SimulationError, match="cat-2, model Tiny: finalize failed: OSError: disk gone"):
        basin.run()
    assert basin.files() == []


@pytest.mark.parametrize("faithful", [True, False])
def test_integer_and_float32_inputs_are_cast_as_in_c(basin, model, faithful):
    model.make("Tiny", types={RAIN: "float32", TEMPERATURE: "int32"})
    result = basin.run(catchment_ids="cat-1", faithful_calls=faithful)
    assert result.catchments["cat-1"].values[0].tolist() == [np.float32(0.001 * 3600.0000000000005), 6.0]


@pytest.mark.parametrize("faithful", [True, False])
def test_arrays_are_filled_from_one_value_with_a_warning(basin, model, caplog, faithful):
    model.make("Tiny", sizes={TEMPERATURE: 3})
    with caplog.at_level(logging.WARNING):
        basin.run(catchment_ids="cat-1", faithful_calls=faithful)
    assert model.Tiny.instances[0].did("set_value")[1] == [TEMPERATURE, pytest.approx([6.85] * 3)]
    assert caplog.text.count("has 3 items but its provider gives one") == 1


def test_array_with_units_that_do_not_fit_is_an_error(basin, model):
    model.make("Tiny", inputs={RAIN: "mm h-1", TEMPERATURE: "m"}, sizes={TEMPERATURE: 3})
    with pytest.raises(SimulationError, match="not compatible"):
        basin.run()


def test_scalar_with_units_that_do_not_fit_is_raw_with_one_warning(basin, model, caplog):
    model.make("Tiny", inputs={RAIN: "mm", TEMPERATURE: "degC"}, outputs={"Q": "m h-1", "T": "degC"})
    result = basin.run()
    assert result.catchments["cat-1"].values[0, 0] == 0.001
    assert result.nexuses["nex-9"][0] == pytest.approx(0.001 * 30e6 / 3600)
    warnings = [message for message in caplog.messages if "unit conversion failure" in message]
    assert len(warnings) == 2
    assert f"input '{RAIN}' is wanted in 'mm', but CsvPerFeatureProvider has it in 'mm s^-1'" in warnings[0]
    assert "main output 'Q' is wanted in 'm', but Tiny (BMI Py) has it in 'm h-1'" in warnings[1]


def test_main_output_is_converted_to_metres_but_columns_are_not(basin, model):
    model.make("Tiny", outputs={"Q": "mm", "T": "degC"})
    result = basin.run(catchment_ids="cat-1")
    assert result.catchments["cat-1"].values[0, 0] == pytest.approx(3.6)
    assert result.nexuses["nex-9"][0] == pytest.approx(3.6e-3 * 10e6 / 3600)


def test_names_map_on_inputs_and_outputs(basin, model):
    model.make("Tiny", inputs={"rain": "mm h-1"}, copies={"Q": "rain"})
    basin.params.update(
        variables_names_map={"rain": "precip_rate", "Q": "discharge"},
        output_variables=["discharge", "Q"],
        main_output_variable="discharge",
    )
    result = basin.run(catchment_ids="cat-1")
    assert result.catchments["cat-1"].columns == ("discharge", "Q")
    assert result.catchments["cat-1"].values[0].tolist() == pytest.approx([3.6, 3.6])


@pytest.mark.parametrize(
    "change",
    [{"main_output_variable": "nope"}, {"output_variables": ["Q", "nope"]}, {"output_variables": [RAIN]}],
)
def test_only_outputs_can_be_asked_for(basin, change):
    basin.params.update(change)
    with pytest.raises(SimulationError, match="is not an output of Tiny \\(BMI Py\\); it has Q, T"):
        basin.run()
    assert basin.files() == []


def test_an_input_that_nobody_offers(basin, model):
    model.make("Tiny", inputs={"precip_rat": "mm h-1"}, copies={})
    with pytest.raises(SimulationError, match="no forcing variable 'precip_rat' \\(did you mean 'precip_rate'"):
        basin.run()


# ---- parameters


def test_parameters_arrive_after_initialize_in_alphabetical_order(basin, model):
    basin.params["model_params"] = {"layers": [1, "2.5", 3], "factor": 7, "T": "1e-3"}
    basin.run(catchment_ids="cat-1")
    calls = model.Tiny.instances[0].calls
    assert calls[:4] == [
        ("initialize", "./model.cfg"),
        ("set_value", "T", [0.001]),
        ("set_value", "factor", [7.0]),
        ("set_value", "layers", [1.0, 2.5, 3.0]),
    ]


def test_a_real_is_truncated_for_an_integer_parameter(basin, model):
    model.make("Tiny", types={"factor": "int32"})
    basin.params["model_params"] = {"factor": 1.9}
    basin.run(catchment_ids="cat-1")
    assert model.Tiny.instances[0].did("set_value")[0] == ["factor", [1]]


@pytest.mark.parametrize("value", [[1, 2], 7.5, [1, 2, 3, 4]])
def test_a_wrong_number_of_values_is_refused(basin, model, value):
    basin.params["model_params"] = {"layers": value}
    with pytest.raises(ModelError, match=r"cat-1: .*model_params.layers has \d values?, but .* 3 items"):
        basin.run()
    assert basin.files() == []


@pytest.mark.parametrize("value", [True, None, "high", {"a": 1}, ["a"]])
def test_values_that_ngen_cannot_pass_are_skipped_with_a_warning(basin, model, caplog, value):
    basin.params["model_params"] = {"factor": value}
    basin.run()
    assert "model_params.factor is of type" in caplog.text
    assert caplog.text.count("which ngen cannot pass to a model") == 1
    assert model.Tiny.instances[0].did("set_value")[0][0] == RAIN


def test_an_unknown_parameter_is_an_error(basin):
    basin.params["model_params"] = {"facto": 1}
    with pytest.raises(ModelError, match=r"model_params.facto: the model does not know this parameter \(KeyErr"):
        basin.run()


def test_an_exception_in_set_value_of_a_parameter_is_a_warning(basin, model, caplog):
    def set_value(self, name, values):
        if name == "factor":
            raise ValueError("out of range")

    model.make("Tiny", set_value=set_value)
    basin.params["model_params"] = {"factor": 1}
    assert basin.run().paths
    assert "set_value of the parameter factor raised ValueError: out of range; skipped" in caplog.text


def test_parameters_from_the_hydrofabric(basin, model, caplog):
    basin.features([("cat-1", "nex-9", 10.0)], slope=0.25, flag=True)
    basin.params["model_params"] = {
        "factor": {"source": "hydrofabric", "from": "slope"},
        "T": {"source": "hydrofabric", "from": "flag"},
        "layers": {"source": "hydrofabric"},
    }
    basin.run()
    calls = model.Tiny.instances[0].did("set_value")
    assert calls[0] == ["factor", [0.25]]
    assert calls[1][0] == RAIN
    assert "cat-1: property 'layers' for the parameter" in caplog.text


def test_parameters_from_the_hydrofabric_need_one(basin):
    basin.params["model_params"] = {"factor": {"source": "hydrofabric", "from": "slope"}}
    basin.realization["catchments"] = {"cat-1": basin.realization["global"]}
    with pytest.raises(HydrofabricError, match="--catchments"):
        basin.run(catchments=None)


def test_id_is_replaced_in_init_config_only(basin, model):
    for name in ("cat-1", "cat-2"):
        (basin.folder / f"{name}.cfg").write_text("")
    basin.params.update(init_config="./{{id}}.cfg", model_type_name="m{{id}}")
    basin.run()
    assert sorted(made.calls[0][1] for made in model.Tiny.instances) == ["./cat-1.cfg", "./cat-2.cfg"]


def test_missing_configurations_are_all_named_before_any_model_is_made(basin, model):
    basin.params["init_config"] = "./{{id}}.cfg"
    with pytest.raises(RealizationError) as caught:
        basin.run()
    assert len(caught.value.problems) == 2
    assert "cannot read './cat-1.cfg', the configuration of Tiny" in caught.value.problems[0]
    assert model.Tiny.instances == []


def test_cached_metadata_are_asked_for_once(basin, model):
    asked = []

    def get_var_units(self, name):
        asked.append(name)
        return {**self.inputs, **self.outputs}[name]

    model.make("Tiny", get_var_units=get_var_units)
    basin.run(catchment_ids="cat-1")
    assert asked.count(RAIN) == 3
    asked.clear()
    basin.params["cache_input_variable_metadata"] = True
    basin.run(catchment_ids="cat-1")
    assert asked.count(RAIN) == 1


def test_null_forcing_serves_a_model_without_inputs(basin, model):
    model.make("Tiny", inputs={}, copies={})
    basin.realization["global"]["forcing"] = {"provider": "NullForcingProvider"}
    assert basin.run().catchments["cat-1"].values.shape == (3, 2)
    model.make("Tiny")
    with pytest.raises(SimulationError, match="NullForcingProvider"):
        basin.run()


def test_forcing_problems_come_before_any_output(basin):
    basin.forcing("time,precip_rate\n2015-12-01 00:00:00,\n")
    with pytest.raises(ForcingError, match=r"./forcing.csv: line 2 .*the cell is empty"):
        basin.run()
    assert basin.files() == []


def test_formulation_blocks_for_single_catchments(basin, model):
    model.make("Other", outputs={"Q": "m"}, copies={"Q": RAIN})
    basin.realization["catchments"] = {
        "cat-2": {"formulations": [module_block("tiny.Other")], "forcing": {"path": "forcing.csv"}},
        "cat-99": {"formulations": [module_block("tiny.Other")], "forcing": {"path": "gone.csv"}},
    }
    result = basin.run()
    assert result.catchments["cat-1"].columns == ("Q", "T")
    assert result.catchments["cat-2"].columns == ("Q",)
    assert len(model.Other.instances) == 1
