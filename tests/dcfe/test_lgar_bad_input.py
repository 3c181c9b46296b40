"""What the learning machinery of LGAR refuses, with a word on why, before anything is run."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dcfe import lgar_recovery
from dcfe.bounds import Bounds
from dcfe.fisher import Noise
from dcfe.lgar_bounds import lgar_bounds, table_s2
from dcfe.lgar_field_settings import FieldSettings
from dcfe.lgar_fit import ColumnFit
from dcfe.lgar_least_squares import CHUNK, NetworkSquares, search
from dcfe.lgar_recovery_polaris import PolarisSettings
from dcfe.lgar_recovery_single import SingleSettings
from dcfe.lgar_recovery_structure import StructureSettings
from dcfe.lgar_run import StateTangents, check_given
from dcfe.lgar_tangents import tangents_of_lgar
from dcfe.lgar_weights import Weighted
from dcfe.point_network import PointNetwork
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, initial_state
from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
from tests.dcfe.lgar_learning_cases import columns, tensor

DATA = columns(3, 30)
BOUNDS = lgar_bounds(table_s2(3))
OBSERVED = {"storage": DATA.observed["storage"][:, 4:].numpy()}


def network(hidden: tuple[int, ...] = (4,)) -> PointNetwork:
    return PointNetwork(BOUNDS, DATA, hidden=hidden)


def weights(**changed: float) -> Weighted:
    """Weights of 1, but for one value of the second column."""
    found = np.ones((3, 26))
    for value in changed.values():
        found[1, 7] = value
    return Weighted(OBSERVED, {"storage": found})


def start_of_a_block(wanted: int) -> tuple[Any, StateTangents]:
    state = initial_state(EnsembleColumns([[CRUST, LOAM]] * 2, [[5.0, 60.0]], PARAMETERS), 800.0, 2)
    arrays = [np.zeros((*part.shape, wanted)) for part in (state.fronts, state.surface, state.queue)]
    return state, StateTangents(*arrays)


@pytest.mark.parametrize("given", [1, 3])
def test_tangents_of_a_state_are_of_the_wanted_seeds(given: int) -> None:
    state, tangents = start_of_a_block(given)
    check_given(None, state, 2)
    check_given(tangents, state, given)
    with pytest.raises(ValueError) as caught:
        check_given(tangents, state, 2)
    for name in StateTangents._fields:
        shape = getattr(state, name).shape
        assert f"{name} has shape {(*shape, given)}; expected {(*shape, 2)}" in str(caught.value)


@pytest.mark.parametrize("given", [1, 3])
def test_a_block_of_time_begins_with_tangents_of_its_own_seeds(given: int) -> None:
    """One would do for all, and the first of too many for those that are wanted."""
    soils = EnsembleColumns([[CRUST, LOAM]] * 2, [[5.0, 60.0]], PARAMETERS)
    state, tangents = start_of_a_block(given)
    weather = EnsembleForcing(np.full((2, 3), 4.0), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=rf"fronts has shape \(2, .*, {given}\); expected \(2, .*, 2\)"):
        tangents_of_lgar(soils, state, weather, ("ks_1", "n_1"), ordinates=(0.7, 0.3), state_tangents=tangents)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_tangents_of_a_state_are_finite(value: float) -> None:
    state, tangents = start_of_a_block(2)
    tangents.queue[1, 0, 1] = value
    with pytest.raises(ValueError, match=rf"queue is {value} at \(1, 0, 1\), of catchment 1"):
        check_given(tangents, state, 2)


def fit(**changed: Any) -> ColumnFit:
    return ColumnFit(DATA.basins([0]), **({"bounds": lgar_bounds(["ks_1", "n_1"]), "noise": Noise(0.05)} | changed))


def test_searches_that_search_nothing() -> None:
    with pytest.raises(ValueError) as caught:
        fit().search(np.array([0.5, 0.5]), most_runs=0, rounds=-1)
    assert "most_runs is 0; expected 1 or more" in str(caught.value)
    assert "rounds is -1; expected 0 or more" in str(caught.value)
    with pytest.raises(ValueError, match=r"start has shape \(3,\); expected \(2,\)"):
        fit().search(np.full(3, 0.5))
    with pytest.raises(ValueError, match=r"start is \[0.5, nan\]; expected places in the bounds"):
        fit().search(np.array([0.5, math.nan]))


def test_fits_of_nothing() -> None:
    with pytest.raises(ValueError) as caught:
        ColumnFit(replace(DATA.basins([0]), observed={}), Bounds({}), Noise())
    for text in ("fit of column column-0", "bounds has no parameter", "data.observed has no output"):
        assert text in str(caught.value)


def test_errors_that_vanish_with_the_value() -> None:
    runoff = torch.zeros(1, 30, dtype=torch.float64)
    runoff[0, 3] = 1.0
    storage = DATA.observed["storage"][:1]
    dry = replace(DATA.basins([0]), observed={"storage": storage, "surface_runoff": runoff})
    with pytest.raises(ValueError) as caught:
        ColumnFit(dry, BOUNDS, Noise(0.05, 0.0), warmup=2)
    assert "observed surface_runoff is 0 in 27 steps" in str(caught.value)
    assert "storage is 0" not in str(caught.value)
    assert (ColumnFit(dry, BOUNDS, Noise(0.05, 1e-6)).deviation > 0.0).all()


@pytest.mark.parametrize("given", [(math.nan, 0.0), (0.05, math.nan), (math.inf, 0.0), (-0.1, 1.0), (0.0, 0.0)])
def test_deviations_are_numbers(given: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected finite deviations, not both 0"):
        Noise(*given)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_weights_of_squares_are_numbers_of_0_or_more(value: float) -> None:
    text = f"weights of storage are {value} in column column-1, step 7 after the warm-up"
    with pytest.raises(ValueError, match=text):
        search(network(), DATA, weights(changed=value), warmup=4)


def test_observations_that_do_not_fit_the_weights() -> None:
    nothing = Weighted(OBSERVED, {"storage": np.zeros((3, 26))})
    with pytest.raises(ValueError, match="every weight is 0"):
        search(network(), DATA, nothing, warmup=4)
    with pytest.raises(ValueError, match="every weight is 0"):
        search(network(), DATA, Weighted({}, {}), warmup=4)
    with pytest.raises(ValueError) as caught:
        search(network(), DATA, weights(), warmup=5)
    for kind in ("observed", "weights"):
        text = f"{kind} of storage have shape (3, 26); expected (3, 25), columns and steps after the warm-up"
        assert text in str(caught.value)
    with pytest.raises(ValueError, match="percolation has observations or weights alone"):
        search(network(), DATA, Weighted(OBSERVED, weights().weights | {"percolation": np.ones((3, 26))}), warmup=4)
    unknown = {"storage": np.full((3, 26), math.nan)}
    with pytest.raises(ValueError, match="observed of storage are nan in column column-0, step 0 .*78 such values"):
        search(network(), DATA, Weighted(unknown, weights().weights), warmup=4)
    with pytest.raises(ValueError, match="the warm-up is 30 steps"):
        NetworkSquares(network(), DATA, weights(), 30)


@pytest.mark.parametrize("damping", [-1.0, 0.0, math.nan, math.inf])
def test_damping_is_above_0(damping: float) -> None:
    with pytest.raises(ValueError, match=f"damping is {damping}; expected a number above 0"):
        search(network(), DATA, weights(), 4, damping=damping)


def test_all_that_is_wrong_with_a_search_is_said_and_the_mode_stays() -> None:
    learner = network().float()
    with pytest.raises(ValueError) as caught:
        search(learner, DATA, weights(), 4, steps=0)
    for text in ("steps is 0; expected 1 or more", "soil_head.weight is torch.float32", "use learner.double()"):
        assert text in str(caught.value)
    assert learner.training


@pytest.mark.parametrize("training", [True, False])
def test_a_learner_keeps_its_mode_where_the_search_fails(training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    learner, seen = network().train(training), []

    def fails(self: NetworkSquares, given: Any) -> None:
        seen.append(self.learner.training)
        raise RuntimeError("of the model")

    monkeypatch.setattr(NetworkSquares, "linearised", fails)
    with pytest.raises(RuntimeError, match="of the model"):
        search(learner, DATA, weights(), 4)
    assert seen == [False]
    assert learner.training == training


@pytest.mark.parametrize("hidden", [(0,), (4, -1), (2.5,)])
def test_hidden_layers_have_a_size(hidden: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"hidden is \(.*\); expected sizes of layers, 1 or more each"):
        network(hidden)
    for settings in (FieldSettings, PolarisSettings):
        with pytest.raises(ValueError, match=r"hidden is \(.*\); expected sizes of layers, 1 or more each"):
            settings(hidden=hidden)


def test_names_are_given_once() -> None:
    with pytest.raises(ValueError) as caught:
        FieldSettings(learn=("n_1", "ks_1", "n_1"), observed=("storage", "storage"), compared=("storage", "storage"))
    for text in ("learn has n_1 more than once", "observed has storage more", "compared has storage more"):
        assert text in str(caught.value)


@pytest.mark.parametrize("settings", [SingleSettings, StructureSettings])
def test_experiments_without_columns_or_starts(settings: Any) -> None:
    with pytest.raises(ValueError) as caught:
        settings(wet=0, dry=0, starts=0)
    assert "wet and dry are 0 and 0; expected 0 or more, and at least one column" in str(caught.value)
    assert "starts is 0; expected 1 or more" in str(caught.value)
    with pytest.raises(ValueError, match="wet and dry are -1 and 4"):
        settings(wet=-1)
    assert settings(wet=0).dry == 4


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("single", "--starts", "0"), "starts is 0; expected 1 or more"),
        (("wrong-structure", "--wet", "0", "--dry", "0"), "wet and dry are 0 and 0"),
        (("field", "--hidden", "0"), "hidden is (0,); expected sizes of layers"),
        (("field", "--rounds", "5", "0"), "rounds is (5, 0); expected"),
        (("field", "--share", "1.5"), "share is 1.5 of 60 columns"),
        (("polaris", "--points", "no_such_file.csv"), "no_such_file.csv"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_line(arguments: tuple[str, ...], text: str, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert lgar_recovery.main([*arguments, "--output", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert text in error
    assert error.startswith(f"python -m dcfe.lgar_recovery {arguments[0]}: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["single", "field"])
def test_the_same_noise_twice_would_overwrite_files(command: str, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit):
        lgar_recovery.main([command, "--output", str(tmp_path / "new"), "--noise", "0.05", "0.2", "0.0500000001"])
    assert "--noise has 5 % more than once" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_derivatives_of_a_network_by_its_weights_are_taken_in_chunks() -> None:
    """Against derivatives of one value at a time, with values that fill no whole number of chunks."""
    bounds = lgar_bounds(["ks_1", "n_2", "ponded_depth_max"])
    data = columns(7, 30)
    learner = PointNetwork(bounds, data, hidden=(5, 3))
    assert (7 * len(bounds)) % CHUNK
    problem = NetworkSquares(learner, data, Weighted({"storage": np.ones((7, 30))}, {"storage": np.ones((7, 30))}), 0)
    names = dict(learner.named_parameters())
    found = problem.slopes({name: weight.detach() for name, weight in names.items()})
    values = learner(data)
    for row in range(7):
        for k, name in enumerate(bounds.names):
            parts = torch.autograd.grad(values[name][row], list(names.values()), retain_graph=True)
            expected = torch.cat([part.flatten() for part in parts])
            torch.testing.assert_close(tensor(found[row, k]), expected, rtol=1e-12, atol=1e-15)
