import numpy as np
import pytest

from ngen_harness import ModelError, SimulationError

from .conftest import RAIN, TEMPERATURE, module_block, multi_block

pytest.importorskip("cf_units")


@pytest.fixture
def chain(basin, model):
    """Two modules: the first turns rain into PQ (mm h-1), the second takes PQ in m s-1 and gives Q."""
    model.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "mm h-1"}, copies={"PQ": RAIN})
    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, copies={"Q": "PQ"})
    basin.first = module_block("tiny.First", main_output_variable="PQ")
    basin.second = module_block("tiny.Second")
    return basin


@pytest.mark.parametrize("faithful", [True, False])
def test_modules_feed_each_other_with_conversion(chain, faithful):
    chain.formulation(multi_block(chain.first, chain.second))
    result = chain.run(catchment_ids="cat-1", faithful_calls=faithful)
    series = result.catchments["cat-1"]
    assert series.columns == ("Q",)  # only the last module's outputs
    np.testing.assert_allclose(series.values[:, 0], [1e-6, 2e-6, 0], rtol=1e-12)


@pytest.mark.parametrize("faithful", [True, False])
def test_columns_from_any_module_and_echoed_forcing(chain, faithful):
    columns = ["PQ", "Q", "precip_rate"]
    titles = {"output_header_fields": ["rain", "flow", "next hour"]}
    chain.formulation(multi_block(chain.first, chain.second, output_variables=columns, **titles))
    series = chain.run(catchment_ids="cat-1", faithful_calls=faithful).catchments["cat-1"]
    assert series.columns == ("rain", "flow", "next hour")
    # the forcing is that of the next hour, the last one repeats
    np.testing.assert_allclose(series.values, [[3.6, 1e-6, 0.002], [7.2, 2e-6, 0.0], [0, 0, 0]], rtol=1e-12)


def test_headers_of_another_length_are_ignored(chain, caplog):
    chain.formulation(multi_block(chain.first, chain.second, output_header_fields=["a", "b"]))
    assert chain.run().catchments["cat-1"].columns == ("Q",)
    assert "output_header_fields has 2 fields, but there are 1" in caplog.text


def test_both_sides_may_be_mapped_to_a_common_name(chain):
    chain.first["params"]["variables_names_map"] = {"PQ": "the_rain"}
    chain.second["params"]["variables_names_map"] = {"PQ": "the_rain"}
    chain.formulation(multi_block(chain.first, chain.second, output_variables=["the_rain"]))
    series = chain.run(catchment_ids="cat-1").catchments["cat-1"]
    np.testing.assert_allclose(series.values[:, 0], [3.6, 7.2, 0])
    chain.formulation(multi_block(chain.first, chain.second, output_variables=["PQ"]))
    with pytest.raises(ModelError, match="output_variables: PQ not offered .*goes by its alias.*the_rain"):
        chain.run()


def test_a_later_module_provides_its_value_of_the_step_before(chain):
    chain.formulation(multi_block(chain.second, chain.first, output_variables=["Q"]))
    series = chain.run(catchment_ids="cat-1").catchments["cat-1"]
    np.testing.assert_allclose(series.values[:, 0], [0, 1e-6, 2e-6], rtol=1e-12)


def test_a_default_serves_the_first_step(chain):
    defaults = [{"name": "PQ", "value": 0.5}]
    chain.formulation(multi_block(chain.second, chain.first, output_variables=["Q"], default_output_values=defaults))
    series = chain.run(catchment_ids="cat-1").catchments["cat-1"]
    np.testing.assert_allclose(series.values[:, 0], [0.5, 1e-6, 2e-6], rtol=1e-12)


def test_a_default_does_not_fit_an_array(chain, model):
    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, copies={"Q": "PQ"}, sizes={"PQ": 2})
    defaults = [{"name": "PQ", "value": 0.5}]
    chain.formulation(multi_block(chain.second, chain.first, default_output_values=defaults))
    with pytest.raises(SimulationError, match="cannot be used for 'PQ', which is an array"):
        chain.run()


def test_an_own_output_as_input_is_the_value_of_the_step_before(basin, model):
    def step(self, time):
        self.time = time
        self.values["X"][:] = self.values["X"] + 1

    model.make("Loop", inputs={"X": "m"}, outputs={"X": "m"}, step=step)
    basin.formulation(multi_block(module_block("tiny.Loop", main_output_variable="X")))
    assert basin.run(catchment_ids="cat-1").catchments["cat-1"].values[:, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("faithful", [True, False])
def test_arrays_between_modules(chain, model, faithful):
    model.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "mm"}, copies={"PQ": RAIN}, sizes={"PQ": 3})
    wide = {"inputs": {"PQ": "m"}, "outputs": {"Q": "m"}, "copies": {"Q": "PQ"}}
    model.make("Second", **wide, sizes={"PQ": 3})
    chain.formulation(multi_block(chain.first, chain.second))
    chain.run(catchment_ids="cat-1", faithful_calls=faithful)
    assert model.Second.instances[0].did("set_value")[0] == ["PQ", pytest.approx([0.0036] * 3)]
    model.make("Second", **wide, sizes={"PQ": 2})
    with pytest.raises(SimulationError, match=r"input 'PQ' has 2 items, but its provider First .* gives 3"):
        chain.run(faithful_calls=faithful)
    model.make("Second", **wide)  # a scalar gets the first item
    series = chain.run(catchment_ids="cat-1", faithful_calls=faithful).catchments["cat-1"]
    assert series.values[0, 0] == pytest.approx(0.0036)
    model.make("Second", **{**wide, "inputs": {"PQ": "K"}}, sizes={"PQ": 3})
    with pytest.raises(SimulationError, match="array 'PQ' of First .* cannot be converted from 'mm' to 'K'"):
        chain.run(faithful_calls=faithful)


def test_get_value_ptr_must_be_one_dimensional_and_long_enough(chain, model):
    first = {"inputs": {RAIN: "mm h-1"}, "outputs": {"PQ": "mm"}, "copies": {"PQ": RAIN}, "sizes": {"PQ": 3}}
    model.make("Second", inputs={"PQ": "m"}, outputs={"Q": "m"}, copies={"Q": "PQ"}, sizes={"PQ": 3})
    chain.formulation(multi_block(chain.first, chain.second))
    for shape, message in (((3, 1), "with 2 dimensions"), ((2,), "has 2 items, but")):
        model.make("First", **first, get_value_ptr=lambda self, name, shape=shape: np.zeros(shape))
        with pytest.raises(SimulationError, match=message):
            chain.run()


def test_an_input_that_nobody_offers(chain):
    chain.formulation(multi_block(chain.second))
    with pytest.raises(ModelError, match=r"cat-1: input 'PQ' of Second .*\(module 0\) is offered neither"):
        chain.run()


def test_two_modules_must_not_offer_the_same_name(chain):
    chain.formulation(multi_block(chain.first, chain.first))
    with pytest.raises(ModelError, match="output 'PQ' of First .* is already offered by First"):
        chain.run()


def test_an_output_must_not_have_a_forcing_name(basin, model):
    model.make("Tiny", outputs={"precip_rate": "m"}, copies={})
    basin.formulation(multi_block(module_block(main_output_variable="precip_rate")))
    with pytest.raises(ModelError, match="'precip_rate' of Tiny .* already offered by CsvPerFeatureProvider"):
        basin.run()


def test_an_unknown_main_output(chain):
    chain.formulation(multi_block(chain.first, chain.second, main_output_variable="nope"))
    with pytest.raises(SimulationError, match="time step 0 .*model Second: 'nope' is not an output"):
        chain.run()


def test_main_output_may_be_in_an_earlier_module(chain):
    chain.formulation(multi_block(chain.first, chain.second, main_output_variable="PQ"))
    assert chain.run(catchment_ids="cat-1").nexuses["nex-9"][0] == pytest.approx(3.6 * 10e6 / 3600)


def test_the_failing_module_is_named(chain, model):
    def step(self, time):
        raise RuntimeError("no convergence")

    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, step=step)
    chain.formulation(multi_block(chain.first, chain.second))
    with pytest.raises(SimulationError, match="model Second: RuntimeError: no convergence"):
        chain.run()


@pytest.mark.parametrize("faithful", [True, False])
def test_the_end_time_of_every_module_counts(chain, faithful):
    chain.formulation(multi_block(chain.first, chain.second))
    import tiny

    tiny.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, copies={"Q": "PQ"}, end_time=3600.0)
    with pytest.raises(SimulationError, match=r"time step 1 .*beyond the end time of Second"):
        chain.run(faithful_calls=faithful)
    chain.second["params"]["allow_exceed_end_time"] = True
    assert chain.run(faithful_calls=faithful).paths


def test_consumers_are_finalized_before_their_providers(chain, model):
    ended = []

    def finalize(self):
        ended.append(type(self).__name__)

    model.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "m"}, copies={}, finalize=finalize)
    model.make("Second", inputs={"PQ": "m"}, outputs={"Q": "m"}, copies={}, finalize=finalize)
    model.make("Alone", inputs={TEMPERATURE: "K"}, outputs={"A": "m"}, copies={}, finalize=finalize)
    alone = module_block("tiny.Alone", main_output_variable="A")
    chain.formulation(multi_block(chain.first, alone, chain.second))
    chain.run(catchment_ids="cat-1")
    assert ended == ["Alone", "Second", "First"]


def test_sloth_provides_constants(basin, model):
    pytest.importorskip("ngen_bmi.constants")
    model.make("Tiny", inputs={RAIN: "mm h-1", "ice": "mm"}, outputs={"Q": "m"}, copies={"Q": "ice"})
    sloth = module_block("unused.Type", model_type_name="bmi_c++_sloth", init_config="/dev/null")
    sloth["name"] = "bmi_c++"
    sloth["params"]["model_params"] = {"ice(1,double,m,node)": 0.25}
    basin.formulation(multi_block(sloth, module_block()))
    series = basin.run(catchment_ids="cat-1").catchments["cat-1"]
    assert series.values[:, 0].tolist() == [250.0] * 3
