"""Recovery experiments in small: learning finds what Fisher information says can be found, and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from dcfe import recovery, recovery_selection
from dcfe.gradient_chain import gradient_chain
from dcfe.recovery_field import run_field
from dcfe.recovery_report import run_report
from dcfe.recovery_settings import FieldSettings, split
from dcfe.recovery_single import NINE, SingleSettings, choose_basin, run_single
from dcfe.synthetic import SyntheticSettings, generate


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def field():
    return run_field(FieldSettings(basins=120, years=1, epochs=120, hidden=(32,), learning_rate=1e-2, seed=1))


def test_a_field_of_parameters_is_recovered_on_basins_never_seen(field):
    assert set(field.training).isdisjoint(field.heldout)
    assert len(field.heldout) == 24
    assert np.median(field.nse["year 1"][field.heldout]) > 0.93
    for name in ("schaake_coefficient", "percolation_coefficient", "Kn", "soil_threshold"):
        assert field.correlation(name, field.heldout) > 0.85, name


def test_what_was_recovered_is_what_fisher_information_predicts(field):
    left = {name: np.median(values) for name, values in field.predicted.items()}
    found = {name: field.correlation(name, field.training) for name in left}
    seen = [found[name] for name in left if left[name] < 0.15]
    unseen = [found[name] for name in left if left[name] > 0.75]
    assert min(len(seen), len(unseen)) >= 3
    assert np.mean(seen) > np.mean(unseen) + 0.2


def test_the_summary_can_be_written_and_read(field, tmp_path):
    recovery.write(tmp_path, "field", [field.text()], field.summary())
    read = json.loads((tmp_path / "field.json").read_text())
    assert read["settings"]["basins"] == 120
    assert read["correlation"]["Kn"]["open_basins"] == len(field.open_basins("Kn", field.heldout))
    assert "schaake_coefficient" in (tmp_path / "field.txt").read_text()


def test_what_attributes_explain_bounds_what_can_be_learned_from_them():
    settings = FieldSettings(basins=40, years=1, epochs=2, unexplained=0.3, seed=2, fisher=False)
    result = run_field(settings)
    attainable = result.attainable["year 1"]
    assert np.median(result.nse["year 1"]) < np.median(attainable) < 0.97
    nearly = run_field(replace(settings, unexplained=1e-12, epochs=1)).attainable["year 1"]
    np.testing.assert_allclose(nearly, 1.0, atol=1e-6)
    assert "very function of the attributes" in result.text()
    assert result.summary()["attainable"]["heldout, year 1"] == np.median(attainable[result.heldout])


def test_regularisation_is_chosen_without_the_held_out_basins(monkeypatch):
    """A candidate that learns wins over one that hardly does; held-out basins are neither learned from nor judged."""
    learned, original = [], recovery_selection.fit

    def fit(settings, basins, training):
        learned.append(set(training))
        return original(settings, basins, training)

    monkeypatch.setattr(recovery_selection, "fit", fit)
    settings = FieldSettings(basins=20, years=1, hidden=(8,), learning_rate=2e-2, seed=3)
    chosen, found = recovery_selection.select(settings, candidates=({"epochs": 1}, {"epochs": 60}), folds=2)
    assert chosen == replace(settings, epochs=60)
    assert found[1] > found[0]
    training, heldout = split(settings)
    assert len(learned) == 4
    for first, second in (learned[:2], learned[2:]):
        assert first.isdisjoint(second)
        assert first | second == set(training)
        assert (first | second).isdisjoint(heldout)


@pytest.fixture(scope="module")
def dry():
    return run_single(SingleSettings(starts=2, epochs=240, candidates=20, seed=2, dry=True))


def test_parameters_alone_are_found_from_any_start_where_their_gates_open_and_nowhere_else(dry):
    opened = dry.open_share > 0.0
    assert opened.any()
    assert not opened.all()
    assert np.isinf(dry.predicted_alone[~opened]).all()
    sensitive = opened & (dry.predicted_alone < 1e-2)
    assert sensitive.sum() >= 3
    assert np.median(np.abs(dry.alone[sensitive]), axis=1).max() < 1e-3
    # without a gradient the start stays
    assert np.median(np.abs(dry.alone[~opened])) > 0.05
    assert "slope" in dry.text()


def test_the_driest_basin_with_closed_gates_has_no_gradient_behind_them():
    basins = generate(SyntheticSettings(basins=20, steps=8760, seed=2, noise=0.0))
    chosen, coverage = choose_basin(basins, NINE, dry=True)
    chain = gradient_chain(basins.data, basins.truth, basins.bounds, chosen)
    closed = coverage.closed(chosen)
    assert closed
    for name, row in zip(chain.parameters, chain.strength, strict=True):
        assert (row == 0.0).all() == (name in closed), name


def test_one_dry_basin_tells_the_product_of_refkdt_and_satdk_and_neither_of_them():
    result = run_report(dry=True, starts=2, epochs=150)
    found = result.summary()["recipes"]["ours"]
    assert found["nse"] > 0.99
    assert found["error_product"] < 0.05
    assert max(found["error_refkdt"], found["error_satdk"]) > 0.1
    assert result.information.condition[0] > 1e6


def test_the_command_writes_tables_numbers_and_figures(tmp_path):
    pytest.importorskip("matplotlib")
    arguments = ["wrong-structure", "--output", str(tmp_path), "--basins", "10", "--epochs", "1", "--threads", "1"]
    assert recovery.main(arguments) == 0
    names = {path.name for path in tmp_path.iterdir()}
    stem = "wrong_structure_ode_by_classic_noise_5_percent"
    assert {f"{stem}.txt", f"{stem}.json", f"{stem}_scatter.png", "wrong_structure_efficiencies.png"} <= names
    settings = json.loads((tmp_path / f"{stem}.json").read_text())["settings"]
    assert (settings["truth"], settings["learner"]) == ("ode", "classic")


def test_numbers_that_json_lacks_become_null():
    assert recovery.plain({"a": np.array([1.0, np.inf]), "b": (np.float64("nan"), "x")}) == {"a": [1.0, None], "b": [None, "x"]}  # fmt: skip  # noqa: E501
