"""Base parameters of CFE for many basins from a folder of its text configurations, one a basin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from basin_study.attribute_tables import gauge_name
from basin_study.dataset import LISTED, DataError
from ngen_bmi.errors import ConfigError

if TYPE_CHECKING:
    from cfe_bmi.config_model import CfeConfig

SUFFIX = "_bmi_config_cfe_pass.txt"
"""What follows the gauge in the names of the files."""


@dataclass(frozen=True)
class CfeConfigs:
    """Configurations of basins, and why others have none.

    Attributes
    ----------
    folder : str
    found : dict of str to CfeConfig
        Parameters, options, GIUH and initial storages by basin.
    failed : dict of str to str
        Basins whose file cannot be used, and the reason.
    """

    folder: str
    found: dict[str, CfeConfig]
    failed: dict[str, str]

    def require(self, basins: Sequence[str]) -> tuple[CfeConfig, ...]:
        """Configurations of basins, in their order.

        Raises
        ------
        DataError
            Naming the basins without one.
        """
        problems = [
            f"basin {basin}: {self.failed.get(basin, f'no file {basin}{SUFFIX}')}"
            for basin in basins
            if basin not in self.found
        ]
        if problems:
            raise DataError("\n  - ".join((f"{self.folder}: {len(problems)} problems", *problems[:LISTED])))
        return tuple(self.found[basin] for basin in basins)


def read_cfe_configs(folder: str | Path, basins: Sequence[str] | None = None) -> CfeConfigs:
    """Read the configurations of a folder.

    Parameters
    ----------
    folder : path
        Has files ``GAUGE_bmi_config_cfe_pass.txt``, in any of CFE's spellings.
    basins : sequence of str, optional
        Only these; those without a file are among the failed.

    Raises
    ------
    DataError
        When the folder is not there or has no such file.
    """
    from cfe_bmi.config import load_config

    files = {gauge_name(file.name.removesuffix(SUFFIX)): file for file in sorted(Path(folder).glob(f"*{SUFFIX}"))}
    if not files:
        raise DataError(f"{folder}: no file GAUGE{SUFFIX}; expected CFE's text configurations, one for each basin")
    found, failed = {}, {}
    for basin in basins if basins is not None else files:
        if basin not in files:
            failed[basin] = f"no file {basin}{SUFFIX}"
            continue
        try:
            found[basin] = load_config(files[basin])
        except ConfigError as error:
            failed[basin] = "; ".join(error.problems)
    return CfeConfigs(str(folder), found, failed)
