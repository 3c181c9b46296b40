"""Several columns, LGAR or Richards, over one forcing file."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from ngen_bmi.base import MASS_BALANCE, ComponentBmi
from ngen_bmi.config import load_yaml
from ngen_bmi.errors import ConfigError

FLUXES = ("precipitation", "infiltration", "surface_runoff", "actual_evapotranspiration", "percolation")
"""What a run keeps of every step, under the names of both components."""

_DEPTHS = {"lgar": "moisture_depths", "richards": "depths"}
"""Key of the section ``outputs`` for the depths at which moisture is kept, by model."""

_Array = NDArray[Any]


@dataclass(frozen=True)
class Asked:
    """A run that is asked for.

    Attributes
    ----------
    label : str
        What it is called in table and figure.
    config : Path
        YAML of an LGAR or Richards column.
    changes : dict
        Keys, with points between those of nested sections, and the values they get instead of the file's.
    """

    label: str
    config: Path
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class ColumnSeries:
    """What a column did.

    Attributes
    ----------
    label : str
    times : array of datetime64, shape (steps,)
        Beginnings of the steps.
    fluxes : dict of str to array, shape (steps,)
        `FLUXES` [mm].
    moisture : array, shape (steps, depths)
        At the ends of the steps.
    storage_change : float
        Of the soil, from the first step's beginning to the end [mm].
    ponded : float
        Water on the surface at the end [mm].
    imbalance : float
        What the model's own ledger cannot account for [mm].
    seconds : float
        Wall time of the steps.
    """

    label: str
    times: _Array
    fluxes: dict[str, _Array]
    moisture: _Array
    storage_change: float
    ponded: float
    imbalance: float
    seconds: float


def parse_run(words: Sequence[str]) -> Asked:
    """Read the words of ``--run``: label, configuration, and changes KEY=VALUE, values as in YAML.

    Raises
    ------
    ValueError
        When the words do not say what to run.

    Examples
    --------
    >>> parse_run(["A", "a.yml", "roots.depth=30 cm", "ponded_depth_max=0"]).changes
    {'roots.depth': '30 cm', 'ponded_depth_max': 0}
    """
    if len(words) < 2:
        raise ValueError(f"--run {' '.join(words)}: expected LABEL CONFIG [KEY=VALUE ...]")
    changes = {}
    for word in words[2:]:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise ValueError(f"--run {words[0]!r}: {word!r} is not KEY=VALUE, such as roots.depth='30 cm'")
        try:
            changes[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ValueError(f"--run {words[0]!r}: the value of {key} is not YAML: {value!r}") from error
    return Asked(words[0], Path(words[1]), changes)


def changed(content: dict[str, Any], changes: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """Return a configuration with some keys changed; paths in it stay those of `source`.

    >>> changed({"roots": {"depth": 1}}, {"roots.depth": 2, "name": "a"}, Path("a.yml"))
    {'roots': {'depth': 2}, 'name': 'a'}
    """
    table = content.get("soil_table")
    if isinstance(table, str) and (source.parent / table).is_file():
        content = content | {"soil_table": str((source.parent / table).resolve())}
    for path, value in changes.items():
        *sections, last = path.split(".")
        inner = content
        for name in sections:
            section = inner.get(name)
            inner[name] = dict(section) if isinstance(section, dict) else {}
            inner = inner[name]
        inner[last] = value
    return content


def run_asked(
    asked: Asked, forcing: str | Path, hours: float | None = None, depths: Sequence[float] = ()
) -> ColumnSeries:
    """Run a column over a forcing file.

    Parameters
    ----------
    asked : Asked
    forcing : str or Path
        CSV, as ``python -m lgar_bmi`` reads it.
    hours : float, optional
        How much of it; default: all.
    depths : sequence of float
        At which moisture is kept [cm].

    Raises
    ------
    ConfigError, ForcingError, ParameterError, ValueError, RuntimeError
        Naming the file and what is wrong.
    """
    content = load_yaml(asked.config)
    model = str(content.get("model", ""))
    if model not in _DEPTHS:
        raise ConfigError(asked.config, [f"model: {model or 'missing'}; expected one of {', '.join(_DEPTHS)}"])
    changes = dict(asked.changes)
    if depths:
        changes["outputs"] = {_DEPTHS[model]: {"value": [float(depth) for depth in depths], "unit": "cm"}}
    content = changed(content, changes, asked.config)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / asked.config.name
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        try:
            return _run(asked.label, model, path, forcing, hours, len(depths))
        except ConfigError as error:
            # what was read is a copy
            raise ConfigError(f"{asked.config}, run {asked.label!r}", error.problems) from error
        except RuntimeError as error:
            raise RuntimeError(f"run {asked.label!r}: {str(error).replace(str(path), str(asked.config))}") from error


def _compile(column: ComponentBmi, config: Path, inputs: Mapping[str, _Array]) -> None:
    """Do a step with another component, so that no later one has to wait for the compiler."""
    column.initialize(str(config))
    for name, values in inputs.items():
        column.set_value(name, np.atleast_1d(values[0]))
    column.update()


def _run(label: str, model: str, config: Path, forcing: str | Path, hours: float | None, depths: int) -> ColumnSeries:
    from tqdm import tqdm

    from lgar_bmi import BmiLgar
    from lgar_bmi.__main__ import SYNONYMS
    from ngen_bmi.driver import read_forcing
    from richards_bmi import BmiRichards

    column: ComponentBmi = BmiLgar() if model == "lgar" else BmiRichards()
    column.initialize(str(config))
    # both components have inputs of the same names
    texts, inputs = read_forcing(forcing, column, SYNONYMS)
    steps = len(texts)
    if hours is not None:
        asked_for = round(hours * 3600.0 / column.get_time_step())
        if not 0 < asked_for <= steps:
            raise ValueError(f"--hours {hours:g}: {forcing} has {steps * column.get_time_step() / 3600.0:g} h")
        steps = asked_for
    pointers = [column.get_value_ptr(name) for name in FLUXES]
    stored = column.get_value_ptr("soil_storage")
    seen = column.get_value_ptr("soil_moisture_at_depths") if depths else np.empty(0)
    fluxes = np.empty((len(FLUXES), steps))
    moisture = np.empty((steps, depths))
    before = float(stored[0])
    _compile(type(column)(), config, inputs)
    begin = time.perf_counter()
    for t in tqdm(range(steps), desc=label, unit="step", disable=None):
        for name, values in inputs.items():
            column.set_value(name, np.atleast_1d(values[t]))
        column.update()
        fluxes[:, t] = [pointer[0] for pointer in pointers]
        moisture[t] = seen
    seconds = time.perf_counter() - begin
    into, out, held, leaked = (float(column.get_value_ptr(name)[0]) for name in MASS_BALANCE)
    series = ColumnSeries(
        label=label,
        times=np.array(texts[:steps], dtype="datetime64[s]"),
        fluxes=dict(zip(FLUXES, 1000.0 * fluxes, strict=True)),
        moisture=moisture,
        storage_change=1000.0 * (float(stored[0]) - before),
        ponded=1000.0 * float(column.get_value_ptr("ponded_depth")[0]),
        imbalance=1000.0 * (into - out - held - leaked),
        seconds=seconds,
    )
    column.finalize()
    return series
