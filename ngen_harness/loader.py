"""Import a Python BMI class as ngen does."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ngen_harness.config import ModuleConfig
from ngen_harness.context import RunContext
from ngen_harness.errors import FAILURES, ModelError
from ngen_harness.json_problems import did_you_mean


def create(config: ModuleConfig, context: RunContext) -> Any:
    """Import the class named by ``python_type`` and call it without arguments.

    Parameters
    ----------
    config : ModuleConfig
        The module.
    context : RunContext
        The run.

    Returns
    -------
    object
        An uninitialized BMI model.

    Raises
    ------
    ModelError
        The module path, the module or the class does not exist, or creating the model fails.
    """
    module_name, _, class_name = config.python_type.rpartition(".")
    where = f"{config.where}.python_type"
    with _import_path(config, context):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            missing = error.name or module_name
            if module_name == missing or module_name.startswith(f"{missing}."):
                advice = "install the package, or name its folder in module_path or PYTHONPATH"
            else:
                advice = f"the module needs '{missing}', which is not installed"
            raise ModelError(f"{where}: cannot import '{module_name}': {error}; {advice}") from error
        except FAILURES as error:
            raise ModelError(f"{where}: importing '{module_name}' failed: {type(error).__name__}: {error}") from error
        try:
            factory = getattr(module, class_name)
        except AttributeError as error:
            public = [name for name in dir(module) if not name.startswith("_")]
            raise ModelError(
                f"{where}: module '{module_name}' has no attribute '{class_name}'{did_you_mean(class_name, public)}"
            ) from error
        try:
            return factory()
        except FAILURES as error:
            raise ModelError(
                f"{where}: creating {config.python_type}() without arguments failed: {type(error).__name__}: {error}"
            ) from error


def unreadable_config(config: ModuleConfig, catchment_id: str, context: RunContext) -> str:
    """Say what is wrong with the file ``init_config``.

    Parameters
    ----------
    config : ModuleConfig
        The module, ``{{id}}`` replaced.
    catchment_id : str
        For the message.
    context : RunContext
        The run.

    Returns
    -------
    str
        A sentence that begins with the JSON path, or an empty one.
    """
    path = context.resolve(config.init_config)
    if config.init_config and os.access(path, os.R_OK) and not path.is_dir():
        return ""
    return (
        f"{config.where}.init_config: {catchment_id}: cannot read '{config.init_config}', the configuration of "
        f"{config.model_type_name}; paths are relative to {context.cwd or 'the current folder'}"
    )


@contextmanager
def _import_path(config: ModuleConfig, context: RunContext) -> Iterator[None]:
    """Put what ngen searches on ``sys.path`` for a moment: the current folder and ``module_path``."""
    added = [(0, str(context.cwd) if context.cwd is not None else os.getcwd())]
    if config.module_path is not None:
        folder: Path = context.resolve(config.module_path)
        if not folder.is_dir():
            raise ModelError(f"{config.where}.module_path: '{config.module_path}' is not an existing folder")
        added.append((len(sys.path) + 1, str(folder.resolve())))
    for position, entry in added:
        sys.path.insert(position, entry)
    try:
        yield
    finally:
        for _, entry in added:
            if entry in sys.path:
                sys.path.remove(entry)
