"""Series of all basins, from the files of a learning configuration: forcing and observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cfe_bmi import BmiCfe
from cfe_bmi.__main__ import SYNONYMS
from cfe_bmi.config import CfeConfig
from cfe_bmi.examples import CAT_87
from cfe_bmi.variables import PET, RAIN, TABLE
from dcfe.learning_catchments import Catchment
from dcfe.learning_files import STEP, read_observed
from dcfe.learning_section import without_zone
from dcfe.learning_settings import GROUPS, UNGAUGED, LearningConfig
from ngen_bmi.driver import read_forcing
from ngen_bmi.errors import ForcingError

_KINDS = {RAIN: "precipitation", PET: "evaporation"}
_Series = NDArray[np.float64]
_NOTHING = np.empty((0, 0))


class _Inputs(BmiCfe):
    """CFE as far as its inputs go, without a word about parameters."""

    def _load(self, config_file: str) -> CfeConfig:
        return replace(super()._load(config_file), parameters=CAT_87, ignored=(), doubts=())


def read_all_forcing(
    config: LearningConfig, catchments: Sequence[Catchment], problems: list[str]
) -> tuple[np.datetime64, _Series, _Series]:
    """Read the forcing of all basins over the time that all periods need, and the warm-up before it if there is one.

    Returns
    -------
    start : datetime64
        First hour.
    rain, pet : array, shape (basins, steps)
        [mm h-1] and [m s-1].
    """
    component = _Inputs()
    component.initialize(catchments[0].config.source)
    series: dict[str, tuple[np.datetime64, dict[str, _Series]]] = {}
    for catchment in tqdm(catchments, desc="forcing", unit="basin", disable=None):
        path = config.folder / config.data.forcing.replace("{id}", catchment.id)
        try:
            times, inputs = read_forcing(path, component, SYNONYMS)
            first = np.datetime64(without_zone(datetime.fromisoformat(times[0])), "s")
            if first != first.astype("datetime64[h]"):
                raise ForcingError(f"{path}: begins at {times[0]}; expected a full hour")
            series[str(path)] = first.astype("datetime64[m]"), inputs
            for name in (RAIN, PET):
                _mend(catchment, path, name, inputs[name], times)
        except ForcingError as error:
            problems.append(str(error))
    if problems:
        return np.datetime64("NaT", "m"), _NOTHING, _NOTHING
    spans = {path: (first, first + len(inputs[RAIN]) * STEP) for path, (first, inputs) in series.items()}
    start, end = _span(config, spans, problems)
    if problems:
        return start, _NOTHING, _NOTHING

    def cut(name: str) -> _Series:
        begins = [int((start - first) // STEP) for first, _ in series.values()]
        count = int((end - start) // STEP)
        pairs = zip(begins, series.values(), strict=True)
        return np.array([inputs[name][begin : begin + count] for begin, (_, inputs) in pairs])

    return start, cut(RAIN), cut(PET)


def _span(
    config: LearningConfig, spans: dict[str, tuple[np.datetime64, np.datetime64]], problems: list[str]
) -> tuple[np.datetime64, np.datetime64]:
    """Time to read: all periods, and the warm-up before them as far as every file has it."""
    if not config.periods:
        path, (start, end) = next(iter(spans.items()))
        for other, span in spans.items():
            if span != (start, end):
                problems.append(
                    f"{other}: holds {_text(span[0])} to {_text(span[1])}, but {path} {_text(start)} to {_text(end)}: "
                    f"say which time to use, periods.train"
                )
        return start, end
    start = min(first for first, _ in config.periods.values())
    end = max(last for _, last in config.periods.values())
    for path, (first, last) in spans.items():
        if first > start or last < end:
            problems.append(
                f"{path}: holds {_text(first)} to {_text(last)}, but the periods need {_text(start)} to {_text(end)}"
            )
    earliest = max(first for first, _ in spans.values())
    return min(start, max(start - config.training.warmup * STEP, earliest)), end


def _text(time: np.datetime64) -> str:
    return str(time).replace("T", " ")


def _mend(catchment: Catchment, path: Path, name: str, values: _Series, times: Sequence[str]) -> None:
    """Apply the configuration's policy to values that cannot be; changes `values`."""
    variable = TABLE.by_name[name]
    for step in np.flatnonzero(~((values >= variable.valid[0]) & (values <= variable.valid[1]))).tolist():
        where = f"{path}: {times[step]}"
        values[step] = catchment.config.forcing.mend(variable, float(values[step]), _KINDS[name], where)


def read_all_observed(
    config: LearningConfig,
    ids: Sequence[str],
    ungauged: Sequence[str],
    areas: Mapping[str, float],
    start: np.datetime64,
    steps: int,
    problems: list[str],
) -> dict[str, _Series]:
    """Read the observations of all basins: arrays of shape (basins, steps) by output [m]; NaN where there are none.

    Parameters
    ----------
    config : LearningConfig
    ids, ungauged : sequence of str
        All basins, and those of them that need no observations.
    areas : dict of str to float
        [km2].
    start : datetime64
    steps : int
    problems : list of str
        Receives what is wrong.
    """
    observed = {}
    for files in config.data.observed:
        values = np.full((len(ids), steps), np.nan)
        for row, basin in enumerate(tqdm(ids, desc=files.output, unit="basin", disable=None)):
            path = config.folder / files.pattern.replace("{id}", basin)
            if basin in ungauged and not path.exists():
                continue
            try:
                values[row] = read_observed(
                    path, files.column, files.unit, files.output, start, steps, areas.get(basin)
                )
            except ValueError as error:
                problems.append(str(error))
        observed[files.output] = values
    return observed


def check_observed(
    observed: Mapping[str, _Series],
    groups: Mapping[str, Sequence[str]],
    ids: Sequence[str],
    periods: Mapping[str, tuple[int, int]],
    warmup: int,
    problems: list[str],
) -> None:
    """Note basins that nothing can be learned from or compared with."""
    if problems:
        return
    known = np.any([np.isfinite(values) for values in observed.values()], axis=0)
    for group in GROUPS:
        # a group is compared in its own period if there is one, and otherwise in that of training
        period = group if group in periods and group != "test" else "train"
        first, last = periods[period]
        for basin in groups.get(group, ()):
            row = known[ids.index(basin)]
            if group == "test" and row[warmup:].any():
                continue
            if not row[max(first, warmup) : last].any():
                problems.append(
                    f"basin {basin} has no observation in the period {period} after the warm-up: leave it out of "
                    f"basins.{group}, or put it into basins.{UNGAUGED}"
                )
