"""Columns whose sub-steps oscillate next to saturation: their exact derivatives mean nothing, and are not used."""

import numpy as np
import pytest

from hydro_physics import jit

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)

import torch

from dcfe import DifferentiableLgar
from dcfe.lgar import parameters_of_layers
from dcfe.lgar_chaos import without_chaos
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.ensemble import EnsembleForcing
from tests.dcfe.lgar_cases import random_case

pytestmark = pytest.mark.slow


def test_a_chaotic_column_has_no_gradient_and_takes_none_from_others(caplog):
    case = random_case("closed form, adaptive", 21)
    tangents = case.tangents().tangents["actual_evapotranspiration"]
    assert np.abs(tangents).max() > 1e30
    # the same column beside one whose soils have n above 1.3
    calm = case.soils.copy()
    calm[:, VanGenuchtenSoil._fields.index("n")] += 0.3
    twin = DifferentiableLgar(case.options, ("actual_evapotranspiration", "soil_storage"), case.times)

    def gradients(which):  # type: ignore[no-untyped-def]
        rows = [parameters_of_layers([VanGenuchtenSoil(*soil) for soil in soils.tolist()]) for soils in which]
        values = {name: torch.tensor([row[name] for row in rows], dtype=torch.float64) for name in rows[0]}
        for value in values.values():
            value.requires_grad_()
        fixed = {name: float(value) for name, value in case.parameters._asdict().items()}
        given = values | fixed
        state = twin.initial_state(given, case.thickness, case.psi)
        forcing = EnsembleForcing(case.rain[None], case.pet[None])
        run = twin(given, case.thickness, forcing, state)
        sum(output.sum() for output in run.outputs.values()).backward()
        return {name: value.grad.numpy() for name, value in values.items()}

    both, alone = gradients([case.soils, calm]), gradients([calm])
    assert "sub-steps oscillate in column 0 next to saturation" in caplog.text
    assert all(gradient[0] == 0.0 for gradient in both.values())
    for name, gradient in both.items():
        assert gradient[1] == alone[name][0]
    assert any(gradient[1] != 0.0 for gradient in both.values())


def test_gradients_of_soils_pass_and_impossible_ones_do_not(caplog):
    soils = np.array([[[0.05, 0.4, 0.02, 1.5, 1.0]]] * 4)
    given = (soils, np.full((4, 1), 100.0), np.zeros((4, 10)), np.array([0.5]), np.array([1.0, 1.0, 1.0, 0.0]))
    # a metre of water at least: limits of 1e4 over 0.02 and over 1.5 - 1
    gradient = np.array([[4e5, 1.9e4], [6e5, 0.0], [np.nan, 0.0], [0.0, 0.0]])
    found = without_chaos(gradient, ("alpha_1", "n_1"), *given)
    np.testing.assert_array_equal(found, [[4e5, 1.9e4], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert "in column 1, 2 next" in caplog.text
    caplog.clear()
    assert without_chaos(gradient[:1], ("alpha_1", "n_1"), *(x[:1] for x in given)) is not None
    assert not caplog.text
