"""Bounds of columns' parameters: every draw is valid, every mistake is named."""

import numpy as np
import pytest
import torch

from dcfe.lgar_bounds import LEARNING_RANGES, layer_of, learning_table, lgar_bounds, table_s2
from dcfe.lgar_data import columns_of, parameter_names
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble_setup import check_columns, stack_columns
from lgar_bmi.examples import PARAMETERS
from ngen_bmi.errors import ParameterError


def test_table_s2_has_sixteen_parameters_for_three_layers():
    names = table_s2()
    assert len(names) == len(set(names)) == 16
    assert names[:6] == ("alpha_1", "n_1", "ks_1", "theta_e_1", "theta_r_1", "alpha_2")
    assert names[-1] == "ponded_depth_max"
    assert set(table_s2(2)) <= set(parameter_names(2))


def test_the_table_has_every_parameter_under_its_name():
    assert tuple(variable.name for variable in learning_table(3)) == parameter_names(3)
    assert {v.name: v.unit for v in learning_table(1)}["ks_1"] == "cm h-1"


def test_every_corner_of_the_bounds_is_a_valid_column():
    bounds = lgar_bounds(table_s2(1), layers=1)
    corners = torch.tensor(np.array(np.meshgrid(*[[0.0, 1.0]] * len(bounds))).reshape(len(bounds), -1).T)
    values = {name: value.numpy() for name, value in bounds.values(corners).items()}
    held = {name: np.full(len(corners), value) for name, value in zip(LgarParameters._fields, PARAMETERS, strict=True)}
    check_columns(stack_columns(columns_of(held | values, np.full((len(corners), 1), 50.0))))


def test_alpha_and_conductivity_are_on_a_log_scale():
    bounds = lgar_bounds(table_s2())
    logarithmic = {name for name, bound in bounds.by_name.items() if bound.scale == "log"}
    assert logarithmic == {f"{field}_{layer}" for field in ("alpha", "ks") for layer in (1, 2, 3)}
    for name, bound in bounds.by_name.items():
        field = (layer_of(name) or (name,))[0]
        assert (bound.low, bound.high) == LEARNING_RANGES[field], name


def test_ranges_and_scales_can_be_given_also_by_the_names_of_lasam():
    bounds = lgar_bounds(["hydraulic_conductivity_2", "n_1"], {"n_1": (1.2, 2.0)}, {"n_1": "log"})
    assert bounds.names == ("ks_2", "n_1")
    assert (bounds.by_name["n_1"].low, bounds.by_name["n_1"].scale) == (1.2, "log")


def test_every_problem_is_named_at_once():
    with pytest.raises(ParameterError) as caught:
        lgar_bounds(["alpha_4", "ks_0", "porosity_1", "n_1", "n_1"], {"n_2": (1.1, 2.0), "alpha_4": (1.0, 2.0)})
    text = str(caught.value)
    for part in (
        "alpha_4: the columns have 3 layers, counted from 1",
        "ks_0: the columns have 3 layers",
        "porosity_1 is not a parameter; expected one of theta_r_1",
        "n_1 is named twice",
        "a range is given for n_2, which is not learned",
    ):
        assert part in text, part
    assert len(caught.value.problems) == 5
    with pytest.raises(ParameterError, match="alpha_2: the columns have 1 layer, counted"):
        lgar_bounds(["alpha_2"], layers=1)
    with pytest.raises(ParameterError, match="there is no parameter to learn"):
        lgar_bounds([])
    with pytest.raises(ParameterError, match="wilting_point_psi has no calibration range"):
        lgar_bounds(["wilting_point_psi"])


def test_residual_moisture_may_not_reach_saturation():
    with pytest.raises(ParameterError, match=r"theta_r_2 up to 0.35 may reach theta_e_2 from 0.3 on"):
        lgar_bounds(table_s2(), {"theta_r_2": (0.01, 0.35)})
