"""BmiConstants stands in for SLoTH: values declared by parameters, given out as they are."""

import numpy as np
import pytest

from ngen_bmi.constants import BmiConstants


def declared(**specifiers: float) -> BmiConstants:
    model = BmiConstants()
    model.initialize("/dev/null")
    for specifier, value in specifiers.items():
        model.set_value(specifier, np.array([value]))
    return model


def test_declared_values_are_outputs_in_the_order_of_declaration() -> None:
    model = declared(**{"b(1,double,m,node)": 2.0, "a(1,double,K,node)": 1.0})
    assert model.get_output_var_names() == ("b", "a")
    assert model.get_output_item_count() == 2
    assert model.get_input_var_names() == ()
    assert [model.get_value("a", np.zeros(1))[0], model.get_value("b", np.zeros(1))[0]] == [1.0, 2.0]


def test_values_stay_through_steps_and_follow_new_values() -> None:
    model = declared(**{"pet(1,double,m s-1,node)": 5e-8})
    model.update_until(7200.0)
    assert model.get_value("pet", np.zeros(1))[0] == 5e-8
    model.set_value("pet(1,double,m s-1,node)", np.array([6e-8]))
    assert model.get_value("pet", np.zeros(1))[0] == 6e-8
    model.set_value("pet", np.array([7e-8]))
    assert model.get_value("pet(1,double,m s-1,node)", np.zeros(1))[0] == 7e-8
    assert model.get_output_var_names() == ("pet",)


def test_arrays() -> None:
    model = BmiConstants()
    model.initialize("/dev/null")
    specifier = "soil_moisture_profile(4,double,none,node)"
    assert model.get_var_nbytes(specifier) == 32
    model.set_value(specifier, np.array([0.1, 0.2, 0.3, 0.4]))
    np.testing.assert_array_equal(model.get_value_ptr("soil_moisture_profile"), [0.1, 0.2, 0.3, 0.4])
    assert model.get_var_nbytes("soil_moisture_profile") == 32


@pytest.mark.parametrize("type_name", ["double", "float", "int", "float64"])
def test_every_type_is_given_as_float64(type_name: str) -> None:
    model = declared(**{f"a(1,{type_name},m,node)": 1.0})
    assert model.get_var_type("a") == "float64"
    assert model.get_var_itemsize("a") == 8


@pytest.mark.parametrize(("unit", "given"), [("none", "1"), ("-", "1"), ("", "1"), ("m s-1", "m s-1"), ("1", "1")])
def test_units(unit: str, given: str) -> None:
    assert declared(**{f"a(1,double,{unit},node)": 1.0}).get_var_units("a") == given


@pytest.mark.parametrize("specifier", ["a( 1 , double , m , node )", " a (1,double,m,node) ", "a(1,double,m,node)"])
def test_blanks_in_a_specifier_do_not_matter(specifier: str) -> None:
    assert declared(**{specifier: 3.0}).get_output_var_names() == ("a",)


@pytest.mark.parametrize(
    "specifier",
    [
        "a(1,double,m)",
        "a(0,double,m,node)",
        "a(-1,double,m,node)",
        "a(x,double,m,node)",
        "a(1,double,m,node,more)",
        "a()",
    ],
)
def test_bad_specifiers_say_what_is_expected(specifier: str) -> None:
    model = BmiConstants()
    model.initialize("/dev/null")
    with pytest.raises(ValueError, match="name\\(count,type,units,location\\)") as caught:
        model.set_value(specifier, np.zeros(1))
    assert specifier in str(caught.value)
    assert model.get_output_var_names() == ()


def test_the_same_name_with_another_specifier_is_refused() -> None:
    model = declared(**{"a(1,double,m,node)": 1.0})
    with pytest.raises(ValueError, match="'a' is declared twice"):
        model.set_value("a(1,double,mm,node)", np.ones(1))
    assert model.get_var_units("a") == "m"


def test_unknown_names_list_the_declared_ones_and_how_to_declare() -> None:
    model = declared(**{"a(1,double,m,node)": 1.0})
    with pytest.raises(KeyError, match="declared: a") as caught:
        model.get_value_ptr("b")
    assert "name(count,type,units,location)" in str(caught.value)


def test_two_instances_share_nothing() -> None:
    declared(**{"a(1,double,m,node)": 1.0})
    assert BmiConstants().get_output_var_names() == ()
