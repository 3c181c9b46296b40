"""What is looked at before a study computes anything: a few basins, so that a mistake costs seconds and not hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from basin_study.dataset import DataError
from hydro_physics.soil_classes import did_you_mean
from ngen_bmi.errors import ConfigError

if TYPE_CHECKING:
    from basin_study.calibrate import Study

CHECKED = 5
"""Basins that are looked at, until one is in order."""


def check_periods(study: Study, basins: Sequence[str]) -> None:
    """Refuse periods that none of a few basins has.

    Raises
    ------
    DataError
        What the first basin lacks.
    """

    def read(basin: str) -> None:
        for period in study.settings.periods:
            try:
                study.data(basin, period)
            except DataError as error:
                raise DataError(
                    f"{study.settings.source}: periods.{period}, with a warm-up of {study.settings.warmup / 24.0:g} "
                    f"days before it, basin {basin}: {error}"
                ) from error

    _one_in_order(basins, read)


def check_configs(study: Study, basins: Sequence[str]) -> None:
    """Refuse a study of which none of a few basins has a configuration of CFE.

    Raises
    ------
    DataError, ConfigError
        What the first basin lacks.
    """
    _one_in_order(basins, study.config)


def _one_in_order(basins: Sequence[str], check: Callable[[str], object]) -> None:
    first: DataError | ConfigError | None = None
    for basin in basins[:CHECKED]:
        try:
            check(basin)
        except (DataError, ConfigError) as error:
            first = first or error
        else:
            return
    if first is not None:
        raise first


def meant(basin: str, there: Sequence[str]) -> str:
    """What the name of a basin that is not there may have meant."""
    hint = did_you_mean(basin, there)
    padded = basin.zfill(8)
    if not hint and padded != basin and padded in there:
        hint = f"; did you mean {padded}? Gauges keep their leading zeros: put them in quotes"
    some = ", ".join(there[:3]) + (", ..." if len(there) > 3 else "")
    return hint or f"; there are {len(there)}: {some}"
