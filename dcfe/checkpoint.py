"""Checkpoints of a training, from which it goes on as if it had never stopped."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dcfe.data import BasinData
from dcfe.learner import Learner
from dcfe.training_settings import TrainingSettings
from ngen_bmi.files import whole_file

FORMAT = 1
FILE = "checkpoint.pt"
log = logging.getLogger(__name__)


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or belongs to another training."""


def digest(*parts: Any) -> str:
    """Hash of tensors and of the text of anything else."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, Tensor):
            found.update(f"{tuple(part.shape)}{part.dtype}".encode())
            found.update(part.detach().contiguous().numpy().data)
        elif isinstance(part, Mapping):
            found.update(digest(*(piece for key in part for piece in (key, part[key]))).encode())
        else:
            found.update(repr(part).encode())
        found.update(b";")
    return found.hexdigest()


def described(thing: object) -> str:
    """Text of an object that is the same in every run of a program: without addresses in memory."""
    if thing is None or type(thing).__repr__ is not object.__repr__ and hasattr(type(thing), "__dataclass_fields__"):
        return repr(thing)
    return str(getattr(thing, "__qualname__", type(thing).__qualname__))


def fingerprint(
    data: BasinData,
    learner: Learner,
    settings: TrainingSettings,
    validation: Mapping[str, BasinData],
    simulate: object,
    generator: torch.Generator,
) -> dict[str, str]:
    """What has to be the same for a training to go on, item by item."""
    chosen = asdict(settings)
    del chosen["checkpoint_every"]
    if settings.schedule == "constant":
        del chosen["epochs"]  # more of them may be asked for
    found = {f"setting {name}": repr(value) for name, value in chosen.items()}
    found["training data"] = _of_data(data)
    found["validation data"] = digest({name: _of_data(part) for name, part in validation.items()})
    found["learner"] = digest(repr(learner), described(learner.combine))
    found["initial weights (seed of the learner)"] = digest(learner.state_dict())
    found["random numbers (seed)"] = digest(generator.get_state())
    found["model"] = described(simulate)
    return found


def _of_data(data: BasinData) -> str:
    return digest(*(getattr(data, field.name) for field in fields(data)))


def _versions() -> dict[str, str]:
    return {"torch": str(torch.__version__), "threads of torch": str(torch.get_num_threads())}


def save(folder: Path, contents: Mapping[str, Any], fingerprint: Mapping[str, str]) -> None:
    """Write a checkpoint whole or not at all.

    Raises
    ------
    OSError
        Naming the file.
    """
    with whole_file(folder / FILE) as path:
        torch.save(
            {"format": FORMAT, "versions": _versions(), "fingerprint": dict(fingerprint), "contents": dict(contents)},
            path,
        )


def load(folder: Path, fingerprint: Mapping[str, str]) -> dict[str, Any] | None:
    """Contents of a checkpoint; None when there is none.

    Raises
    ------
    CheckpointError
        When it cannot be read, or belongs to other settings or data: what differs is named.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = torch.load(path, weights_only=True)
        known, contents, versions = found["fingerprint"], found["contents"], found["versions"]
        form = found["format"]
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CheckpointError(
            f"{path} is no checkpoint that can be read ({reason}): remove it to begin anew"
        ) from error
    if form != FORMAT:
        raise CheckpointError(f"{path} has format {form}, this version reads {FORMAT}: remove it to begin anew")
    differences = [
        f"{name} was {known.get(name, 'not there')}, now {fingerprint.get(name, 'not there')}"
        if name.startswith("setting ")
        else f"{name}: not the same"
        for name in sorted({*known, *fingerprint})
        if known.get(name) != fingerprint.get(name)
    ]
    if differences:
        raise CheckpointError(
            f"{path} belongs to another training; take another folder, remove the checkpoint to begin anew, "
            f"or give back what differs:\n  - " + "\n  - ".join(differences)
        )
    for name, value in _versions().items():
        if versions.get(name) != value:
            log.warning(
                "%s was made with %s = %s, now %s: rounding may differ from a training in one go",
                path, name, versions.get(name), value,
            )  # fmt: skip
    assert isinstance(contents, dict)
    return contents
