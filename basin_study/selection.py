"""Which basins a study uses: the report's filters one after the other, each with what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from basin_study.attribute_tables import require_attributes
from basin_study.camels_attributes import AREAS
from basin_study.dataset import DataError, Period
from basin_study.sources import BasinSource
from basin_study.study_settings import SelectionSettings

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LARGEST_DISCREPANCY = 0.10
"""Difference of the two areas as a share of the first, above which a basin's boundary is in doubt."""

LARGEST_AREA = 2000.0
"""[km2]."""

SMALLEST_OBSERVED_SHARE = 0.5
"""Share of the hours of a period that has to be observed. The report gives no number for its "lack of data"."""


class Step(NamedTuple):
    """A filter that was applied.

    Attributes
    ----------
    name : str
    condition : str
        Of the basins that stay.
    before, left : int
        How many there were and are.
    removed : dict of str to str
        Basins left out, and why.
    """

    name: str
    condition: str
    before: int
    left: int
    removed: dict[str, str]

    @property
    def text(self) -> str:
        """What the filter did, in words."""
        return f"{self.name} ({self.condition}): {len(self.removed)} of {self.before} basins left out, {self.left} stay"


@dataclass(frozen=True)
class Selection:
    """Basins that are left, and how it came to that.

    Attributes
    ----------
    basins : tuple of str
    steps : tuple of Step
    """

    basins: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    def without(self, name: str, condition: str, removed: Mapping[str, str]) -> Selection:
        """Apply a filter, given the reasons of the basins that do not pass it; others than those left do not count."""
        out = {basin: removed[basin] for basin in self.basins if basin in removed}
        left = tuple(basin for basin in self.basins if basin not in out)
        return Selection(left, (*self.steps, Step(name, condition, len(self.basins), len(left), out)))

    def table(self) -> pd.DataFrame:
        """A row for each filter: condition, number before, number removed, number left, and the basins removed."""
        import pandas as pd

        rows = [(s.name, s.condition, s.before, len(s.removed), s.left, " ".join(s.removed)) for s in self.steps]
        return pd.DataFrame(rows, columns=["filter", "condition", "before", "removed", "left", "basins removed"])


def select_basins(
    attributes: xr.Dataset,
    basins: Sequence[str] | None = None,
    largest_discrepancy: float | None = LARGEST_DISCREPANCY,
    largest_area: float | None = LARGEST_AREA,
    listed: Sequence[str] | None = None,
) -> Selection:
    """Apply the filters that need attributes alone, in the report's order.

    Parameters
    ----------
    attributes : xarray.Dataset
        Over ``basin``.
    basins : sequence of str, optional
        To begin with; all that have attributes when not given.
    largest_discrepancy : float, optional
        Of ``area_geospa_fabric`` from ``area_gages2``, as a share of the latter; None: no such filter.
    largest_area : float, optional
        Of ``area`` [km2]; None: no such filter.
    listed : sequence of str, optional
        Gauges that have hourly flow; None: no such filter.

    Raises
    ------
    DataError
        When an attribute that a filter needs is missing.
    """
    start = tuple(str(name) for name in (attributes["basin"].values if basins is None else basins))
    needed = [*(AREAS if largest_discrepancy is not None else ()), *(("area",) if largest_area is not None else ())]
    require_attributes(attributes, needed, start)
    selection = Selection(start)
    # a list alone needs no attributes
    rows = attributes.sel(basin=list(start)) if needed else attributes
    if largest_discrepancy is not None:
        first, second = (rows[name].values for name in AREAS)
        share = np.abs(second - first) / first
        selection = selection.without(
            "area discrepancy",
            f"|{AREAS[1]} - {AREAS[0]}| / {AREAS[0]} <= {largest_discrepancy:g}",
            {b: f"{x:.3f}" for b, x in zip(start, share, strict=True) if x > largest_discrepancy},
        )
    if largest_area is not None:
        area = rows["area"].values
        selection = selection.without(
            "area",
            f"area <= {largest_area:g} km2",
            {b: f"{x:.0f} km2" for b, x in zip(start, area, strict=True) if x > largest_area},
        )
    if listed is not None:
        known = set(listed)
        selection = selection.without(
            "list of gauges",
            f"in the list of {len(known)}",
            {basin: "not in the list" for basin in start if basin not in known},
        )
    return selection


def with_observations(
    selection: Selection, source: BasinSource, period: Period, smallest_share: float = SMALLEST_OBSERVED_SHARE
) -> Selection:
    """Leave out basins whose data cannot be read for a period, then those that are not observed often enough in it.

    Parameters
    ----------
    selection : Selection
    source : BasinSource
    period : Period
    smallest_share : float
        Of the hours of the period.
    """
    shares, failed = observed_shares(source, selection.basins, period)
    scarce = {basin: f"{share:.3f}" for basin, share in shares.items() if share < smallest_share}
    return selection.without("data", f"readable for {period}", failed).without(
        "observed share", f"at least {smallest_share:g} of {period}", scarce
    )


def observed_shares(
    source: BasinSource, basins: Sequence[str], period: Period
) -> tuple[dict[str, float], dict[str, str]]:
    """Observed share of a period, for basins that can be read, and the reason for those that cannot."""
    shares, failed = {}, {}
    for basin in basins:
        try:
            shares[basin] = float(source.read(basin, period).attrs["observed_share"])
        except DataError as error:
            failed[basin] = str(error)
    return shares, failed


def selected(
    settings: SelectionSettings, source: BasinSource, basins: Sequence[str], periods: Mapping[str, Period]
) -> Selection:
    """Apply the filters of a study file.

    Parameters
    ----------
    settings : SelectionSettings
    source : BasinSource
        Read only where a filter needs it.
    basins : sequence of str
        To begin with.
    periods : mapping of str to Period
        Of the study.

    Raises
    ------
    DataError
        When an attribute that a filter needs is missing, or no basin is left.
    """
    selection = Selection(tuple(basins))
    if not settings.given:
        return selection
    given = (settings.area_discrepancy, settings.max_area)
    try:
        attributes = source.attributes()
        selection = select_basins(attributes, basins, *given, settings.listed)
    except DataError as error:
        raise DataError(f"selection: {error}") from error
    for name, share in settings.observed.items():
        selection = with_observations(selection, source, periods[name], share)
    if not selection.basins:
        raise DataError("\n  - ".join(("selection: no basin is left:", *(step.text for step in selection.steps))))
    return selection
