"""The twin of LGAR as a module of PyTorch: the ensemble's values, the tangents' gradients, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from hydro_physics import jit

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)

from dcfe import DifferentiableLgar
from dcfe.lgar import parameters_of_layers
from dcfe.lgar_seeds import RAIN_FACTOR, seeds_of
from dcfe.lgar_tangents import tangents_of_lgar
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, simulate
from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
from lgar_bmi.options import ADAPTIVE, LgarOptions
from ngen_bmi.errors import ForcingError, ParameterError

THICKNESS = (3.0, 6.0, 10.0)
SHARES = (0.7, 0.3)
OUTPUTS = ("surface_runoff", "infiltration", "actual_evapotranspiration", "storage", "percolation", "total_discharge")
DEPTHS = (2.0, 15.0)
COLUMNS = 5
STEPS = 60
ALL = tuple(name for name in seeds_of(3) if name != RAIN_FACTOR)
S2 = tuple(name for name in ALL if name[-1].isdigit()) + ("ponded_depth_max",)

pytestmark = pytest.mark.slow


def weather() -> EnsembleForcing:
    rng = np.random.default_rng(4)
    rain = np.where(rng.random((COLUMNS, STEPS)) < 0.4, rng.gamma(0.6, 15.0, (COLUMNS, STEPS)), 0.0)
    return EnsembleForcing(rain, np.full((1, STEPS), 0.3))


def values(learned: tuple[str, ...] = ()) -> dict[str, Any]:
    """Parameters of five columns; those to learn are leaves of their own."""
    rng = np.random.default_rng(5)
    given: dict[str, Any] = parameters_of_layers([CRUST, LOAM, CRUST]) | {"ponded_depth_max": 0.4}
    for name, value in given.items():
        spread = torch.as_tensor(value * rng.uniform(0.9, 1.1, COLUMNS))
        given[name] = spread.requires_grad_() if name in learned else spread
    return given


def columns(given: dict[str, Any]) -> EnsembleColumns:
    soils = [[[given[f"{f}_{k}"][b].item() for f in VanGenuchtenSoil._fields] for k in (1, 2, 3)] for b in range(5)]
    depth = given["ponded_depth_max"].detach().numpy()
    return EnsembleColumns(np.array(soils), [list(THICKNESS)], PARAMETERS._replace(ponded_depth_max=depth))


@pytest.mark.parametrize("substeps", [0, ADAPTIVE])
def test_values_are_the_ensembles_and_gradients_the_tangents(substeps: int) -> None:
    """A weighted sum of everything: the gradient is the tangents' weighted sum."""
    options, given, forcing = LgarOptions(substeps=substeps), values(S2), weather()
    twin = DifferentiableLgar(options, OUTPUTS, moisture_depths=DEPTHS)
    state = twin.initial_state(given, THICKNESS, 800.0, SHARES)
    run = twin(given, THICKNESS, forcing, state, SHARES)
    arguments = (columns(given), state, forcing)
    plain = simulate(*arguments, options, OUTPUTS, SHARES, moisture_depths=DEPTHS)
    assert set(run.outputs) == set(plain.outputs)
    for name, expected in plain.outputs.items():
        np.testing.assert_array_equal(run.outputs[name].detach().numpy(), expected, err_msg=name)
    for found, part in zip(run.state, plain.state, strict=True):
        np.testing.assert_array_equal(found, part)
    np.testing.assert_array_equal(run.events, plain.events)

    rng = np.random.default_rng(6)
    weights = {name: torch.as_tensor(rng.normal(size=found.shape)) for name, found in run.outputs.items()}
    sum((run.outputs[name] * weights[name]).sum() for name in weights).backward()
    tangents = tangents_of_lgar(*arguments, S2, options, OUTPUTS, SHARES, moisture_depths=DEPTHS).tangents
    for k, name in enumerate(S2):
        expected = sum(
            (tangents[output][..., k] * weights[output].numpy()).reshape(COLUMNS, -1).sum(axis=1) for output in weights
        )
        size = np.abs(expected).max()
        assert size > 0.0, name
        np.testing.assert_allclose(given[name].grad.numpy(), expected, rtol=1e-10, atol=1e-12 * size, err_msg=name)


def test_one_number_for_all_columns_and_more_parameters_than_lanes() -> None:
    """A scalar's gradient is the sum over columns; every parameter of LGAR at once takes two runs."""
    twin = DifferentiableLgar(LgarOptions(substeps=ADAPTIVE), ("surface_runoff",))
    each, forcing = values(ALL), weather()
    state = twin.initial_state(each, THICKNESS, 800.0)
    assert len(ALL) > 16
    twin(each, THICKNESS, forcing, state).outputs["surface_runoff"].sum().backward()
    same = {name: value.detach()[0].clone().requires_grad_() for name, value in values().items()}
    repeated = {name: value.detach().repeat(COLUMNS).requires_grad_() for name, value in same.items()}
    for parameters in (same, repeated):
        start = twin.initial_state(parameters, np.tile(THICKNESS, (COLUMNS, 1)), 800.0)
        twin(parameters, THICKNESS, forcing, start).outputs["surface_runoff"].sum().backward()
    assert any(bool(each[name].grad.abs().max() > 0.0) for name in S2)
    for name, value in same.items():
        np.testing.assert_allclose(value.grad.item(), repeated[name].grad.sum().item(), rtol=1e-10, atol=1e-14)


def test_loss_of_one_output_and_no_gradient_where_none_is_wanted() -> None:
    given = values(("ks_1",))
    twin = DifferentiableLgar(outputs=("surface_runoff", "storage"))
    state = twin.initial_state(given, THICKNESS, 800.0)
    run = twin(given, THICKNESS, weather(), state)
    run.outputs["storage"].sum().backward()
    assert bool((given["ks_1"].grad != 0.0).all())
    assert given["n_1"].grad is None
    with torch.no_grad():
        assert not twin(given, THICKNESS, weather(), state).outputs["storage"].requires_grad


def test_what_is_wrong_is_named() -> None:
    given, forcing = values(("ks_1",)), weather()
    twin = DifferentiableLgar(outputs=("surface_runoff",))
    state = twin.initial_state(given, THICKNESS, 800.0)
    with pytest.raises(KeyError, match="3 layers has no parameter ks_4, porosity"):
        twin({**given, "ks_4": 1.0, "porosity": 0.4}, THICKNESS, forcing, state)
    with pytest.raises(ValueError, match="lack n_2, ks_2"):
        twin({name: v for name, v in given.items() if name not in ("ks_2", "n_2")}, THICKNESS, forcing, state)
    with pytest.raises(TypeError, match="parameters\\['ks_1'\\] is torch.float32"):
        twin({**given, "ks_1": given["ks_1"].float()}, THICKNESS, forcing, state)
    with pytest.raises(ValueError, match="parameters\\['ks_1'\\] has shape \\(3,\\)"):
        twin({**given, "ks_1": given["ks_1"][:3]}, THICKNESS, forcing, state)
    with pytest.raises(ParameterError, match="catchment 1.*n"):
        twin({**given, "n_2": torch.tensor([1.5, 0.9, 1.5, 1.5, 1.5]).double()}, THICKNESS, forcing, state)
    nan = torch.tensor([1.0, 1.0, float("nan"), 1.0, 1.0]).double()
    with pytest.raises(ParameterError, match="catchment 2"):
        twin({**given, "ks_2": nan}, THICKNESS, forcing, state)
    wet = forcing.rain.copy()
    wet[3, 7] = np.nan
    with pytest.raises(ForcingError, match="catchment 3, step 7"):
        twin(given, THICKNESS, forcing._replace(rain=wet), state)
    with pytest.raises(KeyError, match="no output"):
        DifferentiableLgar(outputs=("flow",))(given, THICKNESS, forcing, state)
    with pytest.raises(ValueError, match="thickness"):
        twin.initial_state(given, (), 800.0)
    with pytest.raises(ValueError, match="catchments"):
        twin.initial_state(given, THICKNESS, np.full(3, 800.0))
    with pytest.raises(ValueError, match="sub-step of 7200 s"):
        DifferentiableLgar(times=EnsembleTimes(3600.0, 7200.0))(given, THICKNESS, forcing, state)


def test_a_state_of_other_layers_or_fewer_digits_is_refused() -> None:
    given, forcing = values(("ks_1",)), weather()
    twin = DifferentiableLgar(outputs=("surface_runoff",))
    state = twin.initial_state(given, THICKNESS, 800.0)
    with pytest.raises(ValueError, match=r"layer 2 stands at 9 cm; expected 9.5 cm"):
        twin(given, (3.0, 6.5, 9.5), forcing, state)
    with pytest.raises(ValueError, match="state.fronts is float32; expected float64"):
        twin(given, THICKNESS, forcing, state._replace(fronts=state.fronts.astype(np.float32)))


def test_one_name_is_no_sequence_of_names() -> None:
    given = values()
    with pytest.raises(TypeError, match=r"outputs is the string 'storage'; .* such as \('storage',\)"):
        DifferentiableLgar(outputs="storage")
    state = DifferentiableLgar().initial_state(given, THICKNESS, 800.0)
    with pytest.raises(TypeError, match="outputs is the string 'storage'"):
        tangents_of_lgar(columns(given), state, weather(), ("ks_1",), outputs="storage")
    with pytest.raises(TypeError, match="wanted is the string 'ks_1'"):
        tangents_of_lgar(columns(given), state, weather(), "ks_1")


def test_frozen_soil_is_in_values_and_gradients() -> None:
    """Frozen at the start, and thawing: the ensemble's values, the gradient that the tangents sum up to."""
    given = values(("ks_1", "alpha_2"))
    cold = np.linspace(272.9, 273.6, STEPS)[None, :, None].repeat(3, axis=2)
    forcing = weather()._replace(soil_temperature=cold, temperature_nodes=(1.0, 5.0, 12.0))
    twin = DifferentiableLgar(outputs=("surface_runoff",))
    state = twin.initial_state(given, THICKNESS, 800.0)
    state.frozen[:] = 0.3
    runoff = twin(given, THICKNESS, forcing, state).outputs["surface_runoff"]
    arguments = (columns(given), state, forcing)
    found = tangents_of_lgar(*arguments, ("ks_1", "alpha_2"), outputs=("surface_runoff",))
    np.testing.assert_array_equal(
        runoff.detach().numpy(), simulate(*arguments, None, ("surface_runoff",)).outputs["surface_runoff"]
    )
    thawed = simulate(*arguments[:2], weather(), None, ("surface_runoff",)).outputs["surface_runoff"]
    assert not np.array_equal(runoff.detach().numpy(), thawed)
    runoff.sum().backward()
    for k, name in enumerate(("ks_1", "alpha_2")):
        expected = found.tangents["surface_runoff"][..., k].sum(axis=1)
        assert np.abs(expected).max() > 0.0
        np.testing.assert_allclose(given[name].grad.numpy(), expected, rtol=1e-10, atol=1e-14)


def test_first_order_only_and_overwritten_forcing_is_noticed() -> None:
    given = values(("ks_1",))
    twin = DifferentiableLgar(outputs=("surface_runoff",))
    state = twin.initial_state(given, THICKNESS, 800.0)
    loss = twin(given, THICKNESS, weather(), state).outputs["surface_runoff"].sum()
    with pytest.raises(RuntimeError, match="first order"):
        torch.autograd.grad(loss, given["ks_1"], create_graph=True)
    rain = torch.as_tensor(weather().rain.copy())
    forcing: Any = EnsembleForcing(rain, weather().pet)
    loss = twin(given, THICKNESS, forcing, state).outputs["surface_runoff"].sum()
    rain.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("what", ["state", "thickness", "ordinates", "temperature"])
def test_arrays_overwritten_before_the_gradient_do_not_matter(what: str) -> None:
    gradients = []
    for overwrite in (False, True):
        given = values(("ks_1",))
        twin = DifferentiableLgar(outputs=("total_discharge",))
        arrays = {
            "thickness": np.tile(THICKNESS, (COLUMNS, 1)),
            "ordinates": np.array(SHARES),
            "temperature": np.full((1, STEPS, 3), 273.1),
        }
        forcing = weather()._replace(soil_temperature=arrays["temperature"], temperature_nodes=(1.0, 5.0, 12.0))
        state = twin.initial_state(given, arrays["thickness"], 800.0, SHARES)
        loss = twin(given, arrays["thickness"], forcing, state, arrays["ordinates"]).outputs["total_discharge"].sum()
        if overwrite:
            array = state.fronts if what == "state" else arrays[what]
            array *= 1.01
        loss.backward()
        gradients.append(given["ks_1"].grad.numpy())
    assert np.abs(gradients[0]).max() > 0.0
    np.testing.assert_array_equal(*gradients)


def test_forcing_that_wants_a_gradient_is_refused() -> None:
    given = values()
    twin = DifferentiableLgar()
    state = twin.initial_state(given, THICKNESS, 800.0)
    forcing: Any = EnsembleForcing(torch.ones(1, 3).double().requires_grad_(), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="no gradients lead to LGAR's forcing"):
        twin(given, THICKNESS, forcing, state)
