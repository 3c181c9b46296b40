"""The twin's values are the ensemble's, bit for bit: any scheme, any valid parameters, constant or not."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleState, initial_state
from dcfe import DifferentiableCfe
from tests.dcfe.twin_cases import (
    NAMES,
    SCHEMES,
    STORAGES,
    leaves,
    random_inputs,
    run_ensemble,
    run_twin,
    scheme_id,
)
from tests.properties.cfe_strategies import cfe_cases, random_forcing

STEPS = 100


def assert_same_bits(inputs, options):
    expected, end = run_ensemble(inputs, options)
    for tensors in (leaves(inputs), {name: torch.tensor(values) for name, values in inputs.items()}):
        outputs, state = run_twin(tensors, options)
        np.testing.assert_array_equal(outputs.detach().numpy(), expected)
        for name, ours, theirs in zip(STORAGES, state, end, strict=True):
            np.testing.assert_array_equal(ours.detach().numpy(), theirs, err_msg=name)


@pytest.mark.parametrize("options", SCHEMES, ids=scheme_id)
def test_values_and_final_state_are_the_ensembles(options):
    assert_same_bits(random_inputs(np.random.default_rng(1), options, 8, STEPS), options)


@pytest.mark.parametrize("options", SCHEMES, ids=scheme_id)
def test_values_with_parameters_that_vary_are_the_ensembles(options):
    rng = np.random.default_rng(2)
    inputs = random_inputs(rng, options, 4, STEPS)
    for name in NAMES:
        if not name.startswith("soil_expon"):
            inputs[name] = inputs[name][:, None] * rng.uniform(0.97, 1.0, (4, STEPS))
    assert_same_bits(inputs, options)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cfe_cases(linear=False))
def test_values_over_the_whole_valid_range_are_the_ensembles(case):
    """Extremes of every parameter, empty and full storages, denormal and torrential rain."""
    rows = random_forcing(case.seed, 20)
    inputs = dict(zip(NAMES, np.array(case.parameters)[:, None], strict=True)) | {
        "soil": np.array([case.soil_share * (case.parameters.maxsmc * case.parameters.depth)]),
        "groundwater": np.array([case.groundwater_share * case.parameters.max_gw_storage]),
        "lateral": np.array([case.lateral]),
        "surface": np.array([case.surface]),
        "queue": np.zeros((1, len(case.ordinates))),
        "rain": rows[None, :, 0] * 1000.0,
        "pet": rows[None, :, 1] / 3600.0,
        "ice_depth": rows[None, :, 2],
        "ice_fraction": rows[None, :, 3],
        "rootzone_moisture": rows[None, :, 4],
        "ordinates": np.array([case.ordinates]),
    }
    for options in SCHEMES[1::6]:
        assert_same_bits(inputs, options)


def test_initial_state_is_the_ensembles():
    inputs = random_inputs(np.random.default_rng(3), SCHEMES[0], 5, 1)
    shares = np.linspace(0.0, 1.0, 5), 0.3
    theirs = initial_state(CfeParameters(*(inputs[name] for name in NAMES)), *shares, ordinates=4, lateral=3, surface=2)
    parameters = {name: torch.tensor(inputs[name]) for name in NAMES}
    ours = DifferentiableCfe().initial_state(parameters, *shares, ordinates=4, lateral=3, surface=2)
    for name, a, b in zip(STORAGES, ours, theirs, strict=True):
        np.testing.assert_array_equal(a.numpy(), b, err_msg=name)


def test_one_row_of_forcing_ordinates_and_parameters_serves_all_catchments():
    inputs = random_inputs(np.random.default_rng(4), SCHEMES[0], 1, STEPS)
    three = {name: np.concatenate([values] * 3) for name, values in inputs.items()}
    shared = {name: three[name] if name in (*STORAGES, "satdk") else values for name, values in inputs.items()}
    shared["Kn"], shared["b"] = np.full((1, STEPS), inputs["Kn"][0]), inputs["b"][0]
    expected, _ = run_ensemble(three, SCHEMES[0])
    outputs, _ = run_twin({name: torch.tensor(values) for name, values in shared.items()}, SCHEMES[0])
    np.testing.assert_array_equal(outputs.numpy(), expected)


def test_a_long_period_in_blocks_is_the_same_run():
    inputs = random_inputs(np.random.default_rng(5), SCHEMES[0], 3, STEPS)
    tensors = {name: torch.tensor(values) for name, values in inputs.items()}
    whole, end = run_twin(tensors, SCHEMES[0])
    parts = []
    for block in (slice(0, 37), slice(37, 38), slice(38, STEPS)):
        now = {name: t[:, block] if t.ndim == 2 and t.shape[1] == STEPS else t for name, t in tensors.items()}
        part, state = run_twin(now, SCHEMES[0])
        parts.append(part)
        tensors |= state._asdict()
    assert torch.equal(torch.cat(parts, dim=2), whole)
    assert all(torch.equal(a, b) for a, b in zip(EnsembleState(*state), end, strict=True))
