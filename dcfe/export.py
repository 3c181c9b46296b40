"""Learned parameters in the forms that other programs read: a table, configurations of CFE, and ngen realizations."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from cfe_bmi.config_model import CfeConfig, checked
from cfe_bmi.config_write import configuration_text, formulation
from cfe_bmi.config_yaml import load_yaml_config
from cfe_bmi.parameters import PARAMETERS
from dcfe.combinations import COMBINATIONS, combination_values
from dcfe.data import LearningData
from dcfe.learning_settings import LearningConfig
from ngen_bmi.errors import ConfigError
from ngen_bmi.files import whole_file

UNITS = {v.name: v.unit for v in PARAMETERS} | {c.name: c.unit for c in COMBINATIONS.values()}
"""Units of raw parameters and combinations."""

LEARNED = "Learned parameters"
"""How configurations say where their parameters are from."""


def learned_names(parameters: Mapping[str, Tensor], data: LearningData) -> tuple[str, ...]:
    """Raw parameters that a learner replaced, in the table's order.

    Parameters
    ----------
    parameters : mapping of str to tensor
        What a learner gave for `data`.
    data : LearningData
    """
    # a learner passes on what it does not learn as it is
    return tuple(
        v.name for v in PARAMETERS if v.name in parameters and parameters[v.name] is not data.parameters[v.name]
    )


def write_table(path: Path, data: LearningData, parameters: Mapping[str, Tensor], names: Sequence[str]) -> None:
    """Write a CSV file with a row for each basin: learned values, and those of the priors.

    Parameters
    ----------
    path : Path
    data : LearningData
    parameters : mapping of str to tensor, shape (basins,)
    names : sequence of str
        Raw parameters or combinations.
    """
    headers = [f"{name}{part}[{UNITS[name]}]" for name in names for part in ("", "_prior")]
    learned, priors = combination_values(names, parameters), combination_values(names, data.parameters)
    with whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("basin", *headers))
        for row, basin in enumerate(data.ids):
            pairs = ((learned[name][row], priors[name][row]) for name in names)
            writer.writerow((basin, *(repr(float(value)) for pair in pairs for value in pair)))


def write_configurations(
    folder: Path, data: LearningData, configs: Sequence[CfeConfig], parameters: Mapping[str, Tensor]
) -> list[Path]:
    """Write a YAML configuration of CFE for each basin, and read each again.

    Parameters
    ----------
    folder : Path
        It receives ``<basin>.yml`` for each basin.
    data : LearningData
    configs : sequence of CfeConfig
        What the basins were configured with: the source of all that is not a parameter.
    parameters : mapping of str to tensor, shape (basins,)
        Every raw parameter.

    Returns
    -------
    list of Path

    Raises
    ------
    ConfigError
        When learned parameters make a configuration that CFE refuses, such as with a bound outside of the model's
        valid region.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for row, (basin, config) in enumerate(zip(data.ids, configs, strict=True)):
        values = {name: float(parameters[name][row]) for name in config.parameters._fields}
        path = folder / f"{basin}.yml"
        with whole_file(path) as partial:
            partial.write_text(configuration_text(basin, config, values, LEARNED), encoding="utf-8")
        try:
            checked(load_yaml_config(path))
        except ConfigError as error:
            raise ConfigError(f"{path} (learned parameters of basin {basin})", error.problems) from error
        paths.append(path)
    return paths


def write_model_params(
    path: Path,
    config: LearningConfig,
    data: LearningData,
    configs: Sequence[CfeConfig],
    parameters: Mapping[str, Tensor],
    names: Sequence[str],
) -> None:
    """Write the section ``catchments`` of an ngen realization, in which each basin has learned ``model_params``.

    Each basin runs with its own configuration and forcing, as they were given, and the learned parameters set after
    initialization. Basins have to be called as in the hydrofabric.

    Parameters
    ----------
    path : Path
    config : LearningConfig
        Says where the forcing is.
    data : LearningData
    configs : sequence of CfeConfig
    parameters : mapping of str to tensor, shape (basins,)
    names : sequence of str
        The parameters to hand over.
    """

    def forcing(basin: str) -> str:
        return config.data.forcing.replace("{id}", basin)

    catchments = {
        basin: {
            "formulations": [
                formulation(Path(own.source).resolve(), {name: float(parameters[name][row]) for name in names})
            ],
            "forcing": {"provider": "CsvPerFeature", "path": str((config.folder / forcing(basin)).resolve())},
        }
        for row, (basin, own) in enumerate(zip(data.ids, configs, strict=True))
    }
    with whole_file(path) as partial:
        partial.write_text(json.dumps({"catchments": catchments}, indent=2) + "\n", encoding="utf-8")
