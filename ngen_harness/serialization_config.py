"""Parse ``serialization`` blocks: where states are saved and what is restored."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass

from ngen_harness.json_problems import Node, describe
from ngen_harness.ptree import typed


@dataclass(frozen=True)
class SaveConfig:
    """The ``save`` block: in every so many steps, or in the last one if `frequency` is negative."""

    frequency: int = 1
    fatal: bool = True


@dataclass(frozen=True)
class RestoreConfig:
    """The ``restore`` block.

    Attributes
    ----------
    step : int or None
        Step of the record; None: the highest that there is.
    timestamp : int or None
        Seconds since 1970 of the record; goes before `step`.
    ids : tuple of str or None
        Catchments whose records count; None: all.
    fatal : bool
        Whether what cannot be restored is an error.
    """

    step: int | None = None
    timestamp: int | None = None
    ids: tuple[str, ...] | None = None
    fatal: bool = True


@dataclass(frozen=True)
class SerializationConfig:
    """The ``serialization`` block of a formulation, its own or the realization's."""

    where: str
    path: str
    save: SaveConfig | None = None
    restore: RestoreConfig | None = None


def fill_tokens(path: str) -> str:
    """Replace the tokens of a path: ``{{rank}}`` (0), ``{{pid}}``, ``{{host}}``, ``{{date}}`` (local, YYYYMMDD).

    Examples
    --------
    >>> fill_tokens("ckpt.{{rank}}.{{other}}.bin")
    'ckpt.0.{{other}}.bin'
    """
    for token, value in (
        ("{{rank}}", "0"),
        ("{{pid}}", str(os.getpid())),
        ("{{host}}", socket.gethostname().partition(".")[0][:63]),
        ("{{date}}", time.strftime("%Y%m%d")),
    ):
        path = path.replace(token, value)
    return path


def parse_serialization(
    params: Node, default: SerializationConfig | None = None, *, tokens: bool = False
) -> SerializationConfig | None:
    """Parse the block of a formulation, a module, or the realization.

    Parameters
    ----------
    params : Node
        What may have a member ``serialization``; problems are noted there.
    default : SerializationConfig, optional
        The block that counts when there is none. One that is there replaces all of it.
    tokens : bool
        Replace tokens in the path, which ngen does only in the realization's block.

    Returns
    -------
    SerializationConfig or None
        None when nothing is to be saved or restored.
    """
    if not params.has("serialization"):
        return default
    if not params.mapping("serialization"):
        return None
    node = params.child("serialization")
    node.warn_unknown({"path", "save", "restore"})
    save, restore = _save(node), _restore(node)
    path = node.text("path") or ""
    if save is None and restore is None:
        return None
    if not path:
        node.problem("path", "is missing; expected the file that states are saved in and restored from")
    return SerializationConfig(node.where, fill_tokens(path) if tokens else path, save, restore)


def _block(node: Node, key: str, known: set[str]) -> Node | None:
    if key not in node.value or not node.mapping(key):
        return None
    block = node.child(key)
    block.warn_unknown({"check", "fatal", *known})
    return block


def _save(node: Node) -> SaveConfig | None:
    block = _block(node, "save", {"frequency"})
    if block is None:
        return None
    frequency = block.number("frequency", integer=True)
    config = SaveConfig(1 if frequency is None else int(frequency), block.flag("fatal", True))
    if not block.flag("check", True):
        return None
    if config.frequency == 0:
        block.note("frequency", "is 0: nothing is saved", "works")
        return None
    return config


def _restore(node: Node) -> RestoreConfig | None:
    block = _block(node, "restore", {"step", "timestamp", "id_subset"})
    if block is None:
        return None
    step = None if block.value.get("step") == "latest" else _whole(block, "step", "'latest' or the number of a step")
    timestamp = _whole(block, "timestamp", "seconds since 1970")
    config = RestoreConfig(step, timestamp, block.texts("id_subset"), block.flag("fatal", True))
    return config if block.flag("check", True) else None


def _whole(block: Node, key: str, what: str) -> int | None:
    """Whole number, also one in quotes, or None if absent."""
    if key not in block.value:
        return None
    value = typed(block.value[key])
    if isinstance(value, bool) or not isinstance(value, int):
        block.problem(key, f"is {describe(block.value[key])}; expected {what}")
        return None
    return value
