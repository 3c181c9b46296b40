"""Where the water went: a table from the results of one or several runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngen_arid.tables import aligned
from ngen_bmi.files import whole_file
from ngen_harness import Ledger, RunResult, Series

_OTHER_NAMES = {
    "RAIN_RATE": "precipitation",
    "ACTUAL_ET": "actual_evapotranspiration",
    "DIRECT_RUNOFF": "giuh_runoff",
    "SOIL_STORAGE": "soil_storage",
    "Q_OUT": "total_discharge",
}
"""What LGAR calls the outputs that CFE has under the first names."""


def column_of(series: Series, name: str) -> NDArray[np.float64] | None:
    """Return an output of a catchment by CFE's name, or by LGAR's name for the same; None when it has neither."""
    for title in (name, _OTHER_NAMES.get(name, name)):
        if title in series.columns:
            return series.values[:, series.columns.index(title)]
    return None


@dataclass(frozen=True)
class WaterBalance:
    """Totals of one catchment over a run [mm]; NaN where a run does not report a term.

    Attributes
    ----------
    run, catchment : str
    rain, evaporation, surface, lateral, base, storage : float
        Rain, actual evaporation, the three parts of runoff, and the gain of storage. What LGAR routes to the channel,
        outflow of its reservoirs included, is `surface`.
    imbalance : float
        What the model's own ledger cannot account for.
    """

    run: str
    catchment: str
    rain: float
    evaporation: float
    surface: float
    lateral: float
    base: float
    storage: float
    imbalance: float

    @property
    def runoff_ratio(self) -> float:
        """Runoff as a share of rain."""
        parts = [part for part in (self.surface, self.lateral, self.base) if not math.isnan(part)]
        return sum(parts) / self.rain if self.rain and parts else math.nan


def water_balances(results: Mapping[str, RunResult]) -> list[WaterBalance]:
    """Water balance of every catchment of every run.

    Parameters
    ----------
    results : dict
        Label -> result of `ngen_harness.run`.
    """
    return [
        _balance(label, name, series, result.ledgers.get(name, {}).values())
        for label, result in results.items()
        for name, series in sorted(result.catchments.items())
    ]


def _balance(label: str, name: str, series: Series, ledgers: Iterable[Ledger]) -> WaterBalance:
    def total(column: str) -> float:
        values = column_of(series, column)
        return math.nan if values is None else 1000.0 * float(values.sum())

    rain = total("RAIN_RATE")
    storage = imbalance = math.nan
    for ledger in ledgers:
        # a ledger counts the initial storage as water that came in
        initial = ledger.into - rain / 1000.0
        storage = 1000.0 * (ledger.stored - initial)
        imbalance = 1000.0 * (ledger.into - ledger.out - ledger.stored - ledger.leaked)
    return WaterBalance(
        run=label,
        catchment=name,
        rain=rain,
        evaporation=total("ACTUAL_ET"),
        surface=total("DIRECT_RUNOFF"),
        lateral=total("NASH_LATERAL_RUNOFF"),
        base=total("DEEP_GW_TO_CHANNEL_FLUX"),
        storage=storage,
        imbalance=imbalance,
    )


_HEADERS = (
    "run",
    "catchment",
    "rain",
    "evaporation",
    "surface",
    "lateral",
    "base",
    "storage",
    "runoff/rain",
    "imbalance",
)


def as_text(balances: Iterable[WaterBalance]) -> str:
    """Table for people, in mm."""
    rows = []
    for b in balances:
        numbers = [
            "-" if math.isnan(value) else f"{value:.1f}"
            for value in (b.rain, b.evaporation, b.surface, b.lateral, b.base, b.storage)
        ]
        rows.append((b.run, b.catchment, *numbers, f"{b.runoff_ratio:.3f}", f"{b.imbalance:.1e}"))
    return aligned(_HEADERS, rows, left=2)


def write_csv(balances: Iterable[WaterBalance], path: Path) -> None:
    """Write the table as CSV, numbers in mm."""
    names = [field.name for field in fields(WaterBalance)]
    units = ["" if name in ("run", "catchment") else "[mm]" for name in names]
    lines = [",".join(name + unit for name, unit in zip(names, units, strict=True))]
    for balance in balances:
        values = (getattr(balance, name) for name in names)
        lines.append(",".join(value if isinstance(value, str) else f"{value:.9g}" for value in values))
    with whole_file(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
