"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ngen_bmi.errors import ConfigError

WRITTEN = ("realization.json", "report.csv", "report.txt", "catchments.txt", "cfe", "lgar", "pet")
"""Everything that is written into a run directory; nothing else in it is ever touched."""


def refuse_full(folder: str | Path, *, overwrite: bool, option: str = "--output") -> None:
    """Raise ConfigError for a folder that holds something already, unless that may be replaced.

    Parameters
    ----------
    folder : str or Path
    overwrite : bool
    option : str
        What named the folder, for messages.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(folder, [f"is a file; expected a folder ({option})"])
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise ConfigError(folder, ["is not empty: name another folder, or replace what is there with --overwrite"])


@contextmanager
def whole_folder(folder: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside the final one; what is written there moves when the block ends without an error.

    Of what `WRITTEN` names, the final folder then has what was written and nothing older; other files in it stay.

    Parameters
    ----------
    folder : str or Path
        Final name.

    Raises
    ------
    ConfigError
        The folder has no name to begin with, since it is the root of a file system.
    """
    folder = Path(os.path.abspath(folder))  # "." and ".." have no name; links stay links
    if not folder.name:
        raise ConfigError(folder, ["is the root of the file system; name a folder in it (--output)"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        if not folder.exists():
            partial.rename(folder)
            return
        _replace(folder, partial, old)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _replace(folder: Path, new: Path, old: Path) -> None:
    """Move what is new into a folder and what it replaces out of it; if that fails, all is as before."""
    old.mkdir()
    arrived: list[str] = []
    try:
        for name in WRITTEN:
            if (folder / name).exists():
                (folder / name).rename(old / name)
        for entry in sorted(new.iterdir()):
            entry.rename(folder / entry.name)
            arrived.append(entry.name)
    except BaseException:  # an interruption too: what was there would go with the folder of the old
        for name in arrived:
            (folder / name).rename(new / name)
        for entry in old.iterdir():
            entry.rename(folder / entry.name)
        raise
