"""Frozen soil: factors, nodes, and what they do to a column."""

import math

import numpy as np
import pytest

from lgar_bmi.frozen import frozen_factor, layers_of_nodes
from lgar_bmi.variables import TEMPERATURE
from ngen_bmi.errors import ForcingError
from tests.lgar_bmi import configs
from tests.lgar_bmi.running import component, give, imbalance, outputs, read

NODES = {"frozen_soil": {"temperature_nodes": {"value": [2.0, 10.0, 20.0, 35.0], "unit": "cm"}}}
WARM = np.full(4, 280.0)


def test_factor_falls_from_one_to_its_least_value():
    temperatures = np.linspace(270.0, 400.0, 5000)
    factors = np.array([frozen_factor(float(t)) for t in temperatures])
    assert (np.diff(factors) >= 0.0).all()
    assert (factors[temperatures >= 273.15] == 1.0).all()
    assert (factors[temperatures < 272.85] == 0.05).all()
    assert frozen_factor(273.05) == pytest.approx(math.exp(-1.0), rel=1e-12)


def test_nodes_belong_to_the_layer_that_they_are_in():
    assert layers_of_nodes([0.0, 10.0, 10.0000000001, 11.0, 40.0], [10.0, 40.0]).tolist() == [0, 0, 0, 1, 1]
    assert layers_of_nodes((), [10.0]).size == 0


def test_warm_soil_is_as_without_temperatures(tmp_path):
    coupled, plain = component(tmp_path, configs.column(**NODES)), component(tmp_path, configs.column())
    assert coupled.get_input_var_names()[-1] == TEMPERATURE
    assert coupled.get_value_ptr(TEMPERATURE).size == 4
    for rain in (0.0, 30.0, 10.0, 0.0):
        give(coupled, rain, 0.2, WARM)
        give(plain, rain, 0.2)
        coupled.update()
        plain.update()
        assert outputs(coupled) == outputs(plain)


@pytest.mark.parametrize("method", ["fixed", "adaptive"])
def test_frozen_layers_are_layers_of_less_conductivity(tmp_path, method):
    """The mean of a layer's nodes counts; the same as configuring the reduced conductivities."""
    temperatures = np.array([273.05, 273.15, 272.0, 272.2])  # layer 1: 273.10, layer 2: far below
    frozen = component(tmp_path, configs.column(substeps={"method": method}, **NODES))
    thawed = component(tmp_path, configs.column(substeps={"method": method}))
    for name, factor in (("hydraulic_conductivity_1", math.exp(-0.5)), ("hydraulic_conductivity_2", 0.05)):
        thawed.set_value(name, np.array([read(thawed, name) * factor]))
    for rain in (0.0, 20.0, 40.0, 0.0, 0.0, 5.0):
        give(frozen, rain, 0.2, temperatures)
        give(thawed, rain, 0.2)
        frozen.update()
        thawed.update()
        for name, value in outputs(thawed).items():
            assert read(frozen, name) == pytest.approx(value, rel=1e-6, abs=1e-12), name
    assert read(frozen, "total_discharge") > 0.0


def test_frost_makes_runoff_and_thaw_ends_it(tmp_path):
    """Refreezing and thawing leave no trace in the conductivities."""
    model = component(tmp_path, configs.column(**NODES))
    runoff = {}
    for name, temperatures in (("before", WARM), ("frozen", WARM - 10.0), ("after", WARM)):
        for _ in range(400):
            give(model, 0.0, 1.0, temperatures)
            model.update()
        give(model, 15.0, 0.0, temperatures)
        model.update()
        runoff[name] = read(model, "surface_runoff")
        assert abs(imbalance(model)) < 1e-12
    assert runoff["frozen"] > 0.005
    assert runoff["before"] == 0.0
    assert runoff["after"] == 0.0
    assert (model._layers[4] == model._layers[7]).all()


@pytest.mark.parametrize("bad", [0.0, math.nan, -5.0, 500.0])
def test_a_temperature_that_cannot_be_names_its_node(tmp_path, bad):
    """LGAR-C takes temperatures that were never set, 0 K, for hard frost; a policy of zero is of no use here."""
    model = component(tmp_path, configs.column(name="cat-27", forcing={"nan": "zero"}, **NODES))
    give(model, 1.0, 0.1, [280.0, 280.0, bad, 280.0])
    before = outputs(model)
    with pytest.raises(ForcingError, match=r"cat-27.*soil_temperature_profile of node 3, 20 cm deep"):
        model.update()
    assert outputs(model) == before


def test_conductivity_changed_at_run_time_stays_frozen(tmp_path):
    one, other = (component(tmp_path, configs.column(**NODES)) for _ in range(2))
    other.set_value("hydraulic_conductivity_2", np.array([0.5]))
    for model in (one, other):
        give(model, 0.0, 0.0, WARM - 10.0)
        model.update()
    one.set_value("hydraulic_conductivity_2", np.array([0.5]))
    for rain in (20.0, 20.0, 0.0):
        for model in (one, other):
            give(model, rain, 0.0, WARM - 10.0)
            model.update()
        for name in ("soil_storage", "surface_runoff"):
            assert read(one, name) == pytest.approx(read(other, name), rel=1e-12)
