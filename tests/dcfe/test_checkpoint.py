"""A training that was killed goes on as if nothing had happened."""

import dataclasses
import logging
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from dcfe import checkpoint
from dcfe.checkpoint import CheckpointError
from dcfe.diagnosis import NonFiniteError
from dcfe.networks import ParameterNetwork
from dcfe.training import TrainingSettings, train
from tests.dcfe.learning_cases import BOUNDS, problem, reservoir, run_training
from tests.paths import ROOT

DATA, _ = problem()


@pytest.fixture(scope="module", params=["batches", "full", "lbfgs"])
def whole(request, tmp_path_factory):
    """A training in one go."""
    folder = tmp_path_factory.mktemp(request.param)
    result, learner = run_training(request.param, folder)
    return request.param, folder, result, learner


def same(kind, folder, whole_folder, result, learner):
    again, other = run_training(kind, folder)
    np.testing.assert_equal(again.history, result.history)
    assert (again.best_epoch, again.stopped_early) == (result.best_epoch, result.stopped_early)
    assert again.best_loss == result.best_loss
    for (name, one), two in zip(learner.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(one, two), name
    assert (folder / "metrics.csv").read_bytes() == (whole_folder / "metrics.csv").read_bytes()
    one, two = (torch.load(f / "checkpoint.pt", weights_only=True)["contents"] for f in (folder, whole_folder))
    assert checkpoint.digest(one) == checkpoint.digest(two)


def test_kill_9_and_resume_is_bit_identical(whole, tmp_path):
    kind, whole_folder, result, learner = whole
    # in the middle of the fifth epoch: the checkpoint is of the third, the metrics of the fourth
    calls = {"batches": 4 * 5 + 2, "full": 4 * 2 + 1, "lbfgs": 13}[kind]
    command = [sys.executable, "-m", "tests.dcfe.learning_cases", kind, str(tmp_path), str(calls)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["contents"]
    rows = (tmp_path / "metrics.csv").read_text().splitlines()[1:]
    assert len(saved["history"]) == 3
    assert 3 < len(rows) < 7
    same(kind, tmp_path, whole_folder, result, learner)


def test_a_killed_training_left_rows_half_written(whole, tmp_path):
    kind, whole_folder, result, learner = whole
    calls = 0

    def stops(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls > {"batches": 4 * 5 + 2, "full": 4 * 2 + 1, "lbfgs": 13}[kind]:
            raise KeyboardInterrupt
        return reservoir(*arguments, **options)

    stops.__qualname__ = reservoir.__qualname__
    with pytest.raises(KeyboardInterrupt):
        run_training(kind, tmp_path, stops)
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("5,0.0")
    same(kind, tmp_path, whole_folder, result, learner)


def test_a_finished_training_is_not_done_again(whole):
    kind, folder, result, learner = whole

    def never(*arguments, **options):
        raise AssertionError("asked for a run")

    never.__qualname__ = reservoir.__qualname__
    again, other = run_training(kind, folder, never)
    np.testing.assert_equal(again.history, result.history)
    assert checkpoint.digest(other.state_dict()) == checkpoint.digest(learner.state_dict())


def test_early_stopping_counts_on_after_a_resume(tmp_path):
    held = dataclasses.replace(DATA.basins([4, 5]), observed={"q_out": DATA.observed["q_out"][[5, 4]].flip(1)})

    def learn(folder, stop=None):
        calls = 0

        def simulate(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == stop:
                raise KeyboardInterrupt
            return reservoir(*arguments, **options)

        settings = TrainingSettings(epochs=60, learning_rate=0.05, patience=5, checkpoint_every=1)
        learner = ParameterNetwork(BOUNDS, DATA, (4,))
        return train(DATA, learner, settings, folder, simulate=simulate, validation={"held": held})

    one = learn(tmp_path / "whole")
    assert one.stopped_early
    assert len(one.history) > 4
    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "parts", stop=2 * (len(one.history) - 2))
    np.testing.assert_equal(learn(tmp_path / "parts").history, one.history)


def test_more_epochs_may_be_asked_for_at_a_constant_rate(tmp_path):
    def learn(folder, epochs, **options):
        learner = ParameterNetwork(BOUNDS, DATA, (4,))
        settings = TrainingSettings(epochs=epochs, checkpoint_every=2, **options)
        return train(DATA, learner, settings, folder, simulate=reservoir)

    learn(tmp_path / "a", 3)
    assert learn(tmp_path / "a", 6).history == learn(tmp_path / "b", 6).history
    learn(tmp_path / "c", 3, schedule="cosine")
    with pytest.raises(CheckpointError, match="setting epochs was 3, now 6"):
        learn(tmp_path / "c", 6, schedule="cosine")


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    settings = TrainingSettings(epochs=2, schedule="cosine")

    def learn(data=DATA, settings=settings, seed=1, simulate=reservoir, generator=None, **options):
        learner = ParameterNetwork(BOUNDS, data, (4,), generator=torch.Generator().manual_seed(seed), **options)
        train(data, learner, settings, tmp_path, simulate=simulate, generator=generator)

    learn()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(CheckpointError, match="setting learning_rate was None, now 0.5") as error:
        learn(settings=dataclasses.replace(settings, learning_rate=0.5, clip=None))
    assert "checkpoint.pt belongs to another training; take another folder" in str(error.value)
    assert "setting clip was 1.0, now None" in str(error.value)
    assert str(error.value).count("\n  - ") == 2
    changed = DATA.rain.clone()
    changed[3, 50] += 1e-12
    with pytest.raises(CheckpointError, match="training data: not the same"):
        learn(dataclasses.replace(DATA, rain=changed))
    with pytest.raises(CheckpointError, match="training data: not the same"):
        learn(dataclasses.replace(DATA, ids=("x", *DATA.ids[1:])))
    with pytest.raises(CheckpointError, match=r"initial weights \(seed of the learner\): not the same"):
        learn(seed=2)
    with pytest.raises(CheckpointError, match=r"random numbers \(seed\): not the same"):
        learn(generator=torch.Generator().manual_seed(9))
    with pytest.raises(CheckpointError, match="learner: not the same"):
        learn(activation="relu")
    with pytest.raises(CheckpointError, match="model was reservoir, now .*lambda|model: not the same"):
        learn(simulate=lambda *arguments: reservoir(*arguments))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    learn(settings=dataclasses.replace(settings, checkpoint_every=1))


def test_a_checkpoint_that_cannot_be_read(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(
        CheckpointError, match=r"checkpoint.pt is no checkpoint that can be read .*remove it to begin anew"
    ):
        run_training("full", tmp_path)


def test_a_checkpoint_of_another_format(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, {}, {})
    monkeypatch.setattr(checkpoint, "FORMAT", 2)
    with pytest.raises(CheckpointError, match="has format 1, this version reads 2"):
        checkpoint.load(tmp_path, {})


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, {"epoch": 1}, {})

    def full_disk(contents, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        checkpoint.save(tmp_path, {"epoch": 2}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert checkpoint.load(tmp_path, {}) == {"epoch": 1}


def test_other_versions_are_warned_about(tmp_path, monkeypatch, caplog):
    checkpoint.save(tmp_path, {}, {})
    with caplog.at_level(logging.WARNING):
        assert checkpoint.load(tmp_path, {}) == {}
        assert not caplog.records
        monkeypatch.setattr(torch, "__version__", "9.9")
        checkpoint.load(tmp_path, {})
    assert "now 9.9: rounding may differ" in caplog.text


def test_metrics_have_a_row_for_each_epoch(whole):
    _, folder, result, _ = whole
    lines = (folder / "metrics.csv").read_text().splitlines()
    assert lines[0].split(",") == list(result.history[0])
    rows = [dict(zip(lines[0].split(","), map(float, line.split(",")), strict=True)) for line in lines[1:]]
    np.testing.assert_equal(rows, result.history)


def test_metrics_of_a_training_that_failed_remain(tmp_path):
    calls = 0

    def fails(parameters, data, warmup=0, through_warmup=True):
        nonlocal calls
        calls += 1
        outputs = reservoir(parameters, data, warmup, through_warmup)
        return {name: values / (0.0 if calls > 2 else 1.0) for name, values in outputs.items()}

    with pytest.raises(NonFiniteError):
        train(DATA, ParameterNetwork(BOUNDS, DATA, (4,)), TrainingSettings(epochs=5), tmp_path, simulate=fails)
    assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 3


def test_tensorboard_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorboard, or leave tensorboard out"):
        train(DATA, ParameterNetwork(BOUNDS, DATA), folder=tmp_path, simulate=reservoir, tensorboard=True)


def test_tensorboard_gets_every_metric(tmp_path, monkeypatch):
    written = []

    class SummaryWriter:
        def __init__(self, folder, purge_step):
            written.append((folder, purge_step))

        def add_scalar(self, *event):
            written.append(event)

        def close(self):
            written.append("closed")

    module = type(sys)("tensorboard")
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    for epochs in (1, 2):
        learner = ParameterNetwork(BOUNDS, DATA, (4,))
        settings = TrainingSettings(epochs=epochs)
        history = train(DATA, learner, settings, tmp_path, simulate=reservoir, tensorboard=True).history
    folder = str(tmp_path / "tensorboard")
    names = ("learning_rate", "loss", "gradient_norm")
    events = [[(name, row[name], row["epoch"]) for name in names] for row in history]
    assert written == [(folder, 1), *events[0], "closed", (folder, 2), *events[1], "closed"]
