"""The twin's gradients against differences of the ensemble, against tangents carried forward, and among themselves."""

import numpy as np
import pytest
import torch

import dcfe.cfe
import dcfe.cfe_function
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState
from dcfe import DifferentiableCfe
from dcfe.tangents import sensitivities
from hydro_physics.threads import using_threads
from tests.dcfe.twin_cases import (
    FORCING,
    NAMES,
    OUTPUTS,
    SCHEMES,
    STORAGES,
    THICKNESS,
    gradient,
    gradients,
    leaves,
    random_inputs,
    random_weights,
    run_twin,
    scheme_id,
)

STEPS = 30
SOME = SCHEMES[3::13]
"""One scheme in thirteen: each option is in it, on and off."""


def varied(inputs, rng):
    """Change every parameter a little from step to step."""
    steps = inputs["rain"].shape[1]
    return inputs | {
        name: inputs[name][:, None] * rng.uniform(0.98, 1.0, (len(inputs[name]), steps))
        if not (name.startswith("soil_expon") and (inputs[name] == 1.0).all())
        else np.repeat(inputs[name][:, None], steps, axis=1)
        for name in NAMES
    }


@pytest.mark.parametrize("options", SOME, ids=scheme_id)
@pytest.mark.parametrize("kind", ["static", "varying", "forcing", "storages", "ordinates"])
def test_gradcheck(kind, options):
    """PyTorch's own comparison, of each result with each input, in steps of 1e-6 of the input."""
    rng = np.random.default_rng(7)
    inputs = random_inputs(rng, options, 2, 3)
    if kind == "varying":
        inputs = varied(inputs, rng)
    names = {"forcing": FORCING, "storages": STORAGES, "ordinates": ("ordinates",)}.get(kind, NAMES)
    fixed = {name: torch.tensor(values) for name, values in inputs.items()}
    chosen = [name for name in names if fixed[name].any()]
    if options.linear_outlets:
        # below 1 they are not valid; see test_twin_kinks.py
        chosen = [name for name in chosen if not name.startswith("soil_expon")]

    def function(*factors):
        tensors = fixed | {name: fixed[name] * factor for name, factor in zip(chosen, factors, strict=True)}
        tensors["ordinates"] = tensors["ordinates"] / tensors["ordinates"].sum(dim=1, keepdim=True)
        outputs, state = run_twin(tensors, options, ("q_out", "actual_et", "storage", "nwm_ponded_depth"))
        return 1e3 * outputs, *(1e3 * storage for storage in state)

    factors = [torch.ones_like(fixed[name]).requires_grad_() for name in chosen]
    assert torch.autograd.gradcheck(function, factors, eps=1e-6, atol=2e-6, rtol=1e-5)


def assert_same(backward, forward, scale, name):
    """To 1e-12 of what a parameter does; and of what it does in each catchment, where that is much less."""
    difference = np.abs(backward - forward)
    assert np.all(difference <= 1e-12 * scale.max()), (name, difference, scale)
    assert np.all(difference <= 3e-11 * scale), (name, difference, scale)


@pytest.mark.parametrize("options", SCHEMES, ids=scheme_id)
def test_gradients_are_the_tangents_carried_forward(options):
    """Backward and forward derivatives of every output to every parameter."""
    rng = np.random.default_rng(8)
    inputs = random_inputs(rng, options, 4, STEPS)
    weights = random_weights(rng, 4, STEPS)
    weights |= {name: np.zeros_like(weights[name]) for name in STORAGES}
    backward = gradients(inputs, options, weights)
    forward = sensitivities(
        CfeParameters(*(inputs[name] for name in NAMES)),
        EnsembleState(*(inputs[name] for name in STORAGES)),
        EnsembleForcing(*(inputs[name] for name in FORCING), rootzone_thickness=THICKNESS),
        options,
        NAMES,
        OUTPUTS,
        inputs["ordinates"],
    )
    terms = weights["outputs"][..., None] * np.array([forward.tangents[name] for name in OUTPUTS])
    for i, name in enumerate(NAMES):
        scale = np.abs(terms[..., i]).sum(axis=(0, 2))
        assert_same(backward[name], terms[..., i].sum(axis=(0, 2)), scale, name)


@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_tangents_start_with_those_of_the_initial_storages(options):
    """A storage that depends on a parameter: the chain through the initial state is the same both ways."""
    rng = np.random.default_rng(9)
    inputs = random_inputs(rng, options, 3, STEPS)
    weights = random_weights(rng, 3, STEPS)
    weights |= {name: np.zeros_like(weights[name]) for name in STORAGES}
    backward = gradients(inputs, options, weights)
    slopes = {name: rng.normal(size=(*inputs[name].shape, 2)) for name in STORAGES}
    forward = sensitivities(
        CfeParameters(*(inputs[name] for name in NAMES)),
        EnsembleState(*(inputs[name] for name in STORAGES)),
        EnsembleForcing(*(inputs[name] for name in FORCING), rootzone_thickness=THICKNESS),
        options,
        ("maxsmc", "Kn"),
        OUTPUTS,
        inputs["ordinates"],
        EnsembleState(**slopes),
    )
    terms = weights["outputs"][..., None] * np.array([forward.tangents[name] for name in OUTPUTS])
    for i, name in enumerate(("maxsmc", "Kn")):
        expected = backward[name].copy()
        for storage in ("soil", "groundwater", "lateral", "surface"):
            along = backward[storage] * slopes[storage][..., i]
            expected += along if along.ndim == 1 else along.sum(axis=1)
        scale = np.abs(terms[..., i]).sum(axis=(0, 2))
        assert_same(expected, terms[..., i].sum(axis=(0, 2)), scale, name)


@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_gradients_to_varying_parameters_sum_to_those_of_constant_ones(options):
    rng = np.random.default_rng(10)
    inputs = random_inputs(rng, options, 3, STEPS)
    weights = random_weights(rng, 3, STEPS)
    static = gradients(inputs, options, weights)
    constant = inputs | {name: np.repeat(inputs[name][:, None], STEPS, axis=1) for name in NAMES}
    varying = gradients(constant, options, weights)
    for name in NAMES:
        scale = np.abs(varying[name]).sum(axis=1) + np.abs(static[name])
        assert np.all(np.abs(varying[name].sum(axis=1) - static[name]) <= 1e-12 * scale), name
    some = inputs | {name: constant[name] for name in ("b", "Kn", "expon")}
    mixed = gradients(some, options, weights)
    for name in inputs:
        expected = varying[name] if name in ("b", "Kn", "expon") else static[name]
        np.testing.assert_allclose(mixed[name], expected, rtol=0.0, atol=1e-12 * np.abs(expected).max(initial=1e-300))


@pytest.mark.parametrize("wanted", [("satdk",), NAMES], ids=["one", "all"])
@pytest.mark.parametrize("options", [s for s in SOME if s.surface_runoff == 1], ids=scheme_id)
def test_gradients_do_not_depend_on_what_else_is_wanted(options, wanted):
    """Fewer lanes, forcing as plain numbers: other compiled code for the same derivatives."""
    rng = np.random.default_rng(11)
    inputs = random_inputs(rng, options, 3, STEPS)
    inputs["surface"] = inputs["surface"][:, :1]
    weights = random_weights(rng, 3, STEPS) | {"surface": np.zeros((3, 1))}
    some = {name: torch.tensor(values).requires_grad_(name in wanted) for name, values in inputs.items()}
    outputs, _ = run_twin(some, options, ("q_out", "actual_et"))
    (torch.tensor(weights["outputs"][:2]) * outputs).sum().backward()
    every = leaves(inputs | {"surface": np.repeat(inputs["surface"], 2, axis=1)})
    for name in ("soil_expon", "soil_expon_secondary"):
        # asked for, they have the ODE integrated in steps where it has a closed solution otherwise
        every[name].requires_grad_(name in wanted)
    outputs, _ = run_twin(every, options, ("q_out", "actual_et"))
    (torch.tensor(weights["outputs"][:2]) * outputs).sum().backward()
    for name in wanted:
        expected = gradient(every[name])
        scale = np.abs(expected).max(initial=1e-300)
        np.testing.assert_allclose(gradient(some[name]), expected, rtol=1e-12, atol=1e-14 * scale, err_msg=name)
    assert all(tensor.grad is None for name, tensor in some.items() if name not in wanted)


@pytest.mark.parametrize("parameters", ["static", "varying"])
@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_gradients_do_not_depend_on_how_often_states_are_stored(options, parameters, monkeypatch):
    """Where a block ends only changes the order of sums over the water in a unit hydrograph."""
    rng = np.random.default_rng(12)
    steps = 100
    inputs = random_inputs(rng, options, 3, steps)
    if parameters == "varying":
        inputs = varied(inputs, rng)
    weights = random_weights(rng, 3, steps)
    found = []
    for every in (1, 7, 96, 1000):
        monkeypatch.setattr(dcfe.cfe, "STEPS_BETWEEN_MARKS", every)
        found.append(gradients(inputs, options, weights))
    for other in found[1:]:
        for name, values in found[0].items():
            np.testing.assert_allclose(other[name], values, rtol=1e-13, atol=1e-15 * np.abs(values).max(), err_msg=name)


@pytest.mark.parametrize("chosen", [("q_out",), ("direct_runoff", "nwm_ponded_depth"), ("actual_et",), ()], ids=str)
@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_outputs_that_nobody_asks_for_change_nothing_in_any_block(options, chosen, monkeypatch):
    """Without them, or with a weight of 0: the same, block after block, be they shorter than the unit hydrograph."""
    rng = np.random.default_rng(18)
    steps = 40
    inputs = random_inputs(rng, options, 2, steps)
    weights = random_weights(rng, 2, steps)
    for k, name in enumerate(OUTPUTS):
        if name not in chosen:
            weights["outputs"][k] = 0.0
    monkeypatch.setattr(dcfe.cfe, "STEPS_BETWEEN_MARKS", 1000)
    expected = gradients(inputs, options, weights)
    for every in (2, 16):
        monkeypatch.setattr(dcfe.cfe, "STEPS_BETWEEN_MARKS", every)
        tensors = leaves(inputs)
        outputs, state = run_twin(tensors, options, chosen or ("q_out",))
        loss = sum((torch.tensor(weights[name]) * storage).sum() for name, storage in state._asdict().items())
        for k, name in enumerate(chosen):
            loss = loss + (torch.tensor(weights["outputs"][OUTPUTS.index(name)]) * outputs[k]).sum()
        loss.backward()
        for name, values in expected.items():
            found = gradient(tensors[name])
            np.testing.assert_allclose(found, values, rtol=1e-12, atol=1e-14 * np.abs(values).max(), err_msg=name)


@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_gradients_are_the_same_bits_in_any_number_of_threads_and_every_time(options):
    rng = np.random.default_rng(14)
    inputs = random_inputs(rng, options, 7, STEPS)
    weights = random_weights(rng, 7, STEPS)
    found = []
    for count in (1, 3, 3):
        with using_threads(count):
            found.append(gradients(inputs, options, weights))
    for other in found[1:]:
        for name, values in found[0].items():
            np.testing.assert_array_equal(other[name], values, err_msg=name)


@pytest.mark.parametrize("parameters", ["static", "varying"])
@pytest.mark.parametrize("options", SOME, ids=scheme_id)
def test_the_gradient_of_a_batch_is_that_of_its_catchments_one_by_one(options, parameters):
    rng = np.random.default_rng(15)
    inputs = random_inputs(rng, options, 5, STEPS)
    if parameters == "varying":
        inputs = varied(inputs, rng)
    weights = random_weights(rng, 5, STEPS)
    batch = gradients(inputs, options, weights)
    for b in range(5):
        one = slice(b, b + 1)
        alone = gradients(
            {name: values[one] for name, values in inputs.items()},
            options,
            {name: values[:, one] if name == "outputs" else values[one] for name, values in weights.items()},
        )
        for name, values in alone.items():
            np.testing.assert_array_equal(batch[name][one], values, err_msg=name)


def test_the_gradient_through_two_blocks_of_time_is_that_of_one_run():
    options = SCHEMES[0]
    rng = np.random.default_rng(16)
    inputs = random_inputs(rng, options, 3, STEPS)
    weights = random_weights(rng, 3, STEPS) | {name: 0.0 for name in STORAGES}
    whole = gradients(inputs, options, weights)
    tensors = leaves(inputs)
    now, loss = tensors, torch.zeros(())
    for block in (slice(0, 13), slice(13, STEPS)):
        part = now | {name: tensors[name][:, block] for name in FORCING}
        outputs, state = run_twin(part, options)
        loss = loss + (torch.tensor(weights["outputs"][..., block]) * outputs).sum()
        now = now | state._asdict()
    loss.backward()
    for name, expected in whole.items():
        scale = np.abs(expected).max(initial=1e-300)
        np.testing.assert_allclose(gradient(tensors[name]), expected, rtol=1e-12, atol=1e-13 * scale, err_msg=name)


def test_shared_inputs_collect_the_gradients_of_all_catchments():
    options = SCHEMES[0]
    rng = np.random.default_rng(17)
    one = random_inputs(rng, options, 1, STEPS)
    three = {name: np.concatenate([values] * 3) for name, values in one.items()}
    weights = random_weights(rng, 3, STEPS)
    apart = gradients(three, options, weights)
    shared = leaves({name: three[name] if name in STORAGES else values for name, values in one.items()})
    outputs, state = run_twin(shared, options)
    loss = (torch.tensor(weights["outputs"]) * outputs).sum()
    loss = loss + sum((torch.tensor(weights[name]) * s).sum() for name, s in state._asdict().items())
    loss.backward()
    for name in (*NAMES, *FORCING, "ordinates"):
        expected = apart[name].sum(axis=0, keepdims=True)
        scale = np.abs(apart[name]).max(initial=1e-300)
        np.testing.assert_allclose(gradient(shared[name]), expected, rtol=1e-12, atol=1e-13 * scale, err_msg=name)


def test_initial_state_carries_gradients_to_parameters_and_shares():
    inputs = random_inputs(np.random.default_rng(18), SCHEMES[0], 2, 1)
    values = {name: torch.tensor(inputs[name]) for name in NAMES}
    shares = [torch.tensor([0.3, 0.6], dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for name in ("maxsmc", "depth", "max_gw_storage"):
        values[name].requires_grad_()
    state = DifferentiableCfe().initial_state(values, *shares)
    (state.soil.sum() + 3.0 * state.groundwater.sum()).backward()
    share = np.array([0.3, 0.6])
    np.testing.assert_allclose(gradient(values["maxsmc"]), share * values["depth"].detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(gradient(values["depth"]), share * values["maxsmc"].detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(gradient(values["max_gw_storage"]), 3.0 * share, rtol=1e-15)
    np.testing.assert_allclose(gradient(shares[1]), 3.0 * values["max_gw_storage"].detach().numpy(), rtol=1e-15)


def test_a_second_derivative_is_refused():
    """Gradients are of first order; a wrong second one would go unseen."""
    tensors = leaves(random_inputs(np.random.default_rng(19), SCHEMES[0], 1, 3))
    outputs, _ = run_twin(tensors, SCHEMES[0])
    with pytest.raises(RuntimeError, match="first order only"):
        torch.autograd.grad(outputs.sum(), tensors["satdk"], create_graph=True)


@pytest.mark.parametrize("name", ["rain", "ordinates"])
def test_inputs_overwritten_before_the_backward_sweep_are_noticed(name):
    """The sweep reads them: gradients at other inputs than the run's would be wrong."""
    inputs = random_inputs(np.random.default_rng(20), SCHEMES[0], 1, 3)
    tensors = leaves(inputs) | {name: torch.tensor(inputs[name])}
    outputs, _ = run_twin(tensors, SCHEMES[0])
    tensors[name].mul_(0.5)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs.sum().backward()
