"""From the files of a learning configuration to the data that parameters are learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cfe_bmi.config import CfeConfig
from cfe_bmi.ensemble import gather
from dcfe.data import LearningData
from dcfe.learning_catchments import check_schemes, find_catchments
from dcfe.learning_files import STEP, Table, merge_tables, read_table
from dcfe.learning_series import check_observed, read_all_forcing, read_all_observed
from dcfe.learning_settings import GROUPS, UNGAUGED, BasinGroups, LearningConfig
from ngen_bmi.errors import ConfigError

LISTED = 30
"""Problems shown of many."""

_Series = NDArray[np.float64]


@dataclass(frozen=True)
class LearningSet:
    """All basins and the whole time, and what parts of them are for.

    Attributes
    ----------
    data : LearningData
    configs : tuple of CfeConfig
        Of the basins, in their order.
    basins : dict of str to list of int
        Basins of each group: ``train``, ``validate``, ``test``, ``ungauged``; only groups that have some.
    periods : dict of str to (int, int)
        First step of each period, and the step after its last.
    warmup : int
        Steps at the beginning of `data` that are never compared.
    truth : dict of str to tensor, shape (basins,)
        True parameters, where they are known.
    """

    data: LearningData
    configs: tuple[CfeConfig, ...]
    basins: dict[str, list[int]]
    periods: dict[str, tuple[int, int]]
    warmup: int
    truth: dict[str, torch.Tensor]

    def part(self, group: str, period: str) -> LearningData:
        """Basins of a group over a period and the warm-up before it, as far as there is one."""
        first, last = self.periods[period]
        return self.data.basins(self.basins[group]).period(max(first - self.warmup, 0), last)


def read_learning_set(config: LearningConfig) -> LearningSet:
    """Read all files of a configuration.

    Raises
    ------
    ConfigError
        With what is wrong in any of them.
    """
    problems: list[str] = []
    catchments = find_catchments(config.data.catchments, config.folder, problems)
    _stop(config, problems)
    groups = assign(config.basins, [catchment.id for catchment in catchments], problems)
    used = {basin for basins in groups.values() for basin in basins}
    catchments = [catchment for catchment in catchments if catchment.id in used]
    check_schemes(catchments, problems)
    table = _table(config, problems)
    # with schemes that differ the forcing cannot be read by one component
    _stop(config, problems)
    ids = [catchment.id for catchment in catchments]
    names, attributes, areas = _attributes(config, table, ids, problems)
    start, rain, pet = read_all_forcing(config, catchments, problems)
    _stop(config, problems)
    steps = rain.shape[1]
    periods = {
        name: (int((first - start) // STEP), int((last - start) // STEP))
        for name, (first, last) in config.periods.items()
    } or {"train": (0, steps)}
    observed = read_all_observed(config, ids, groups.get(UNGAUGED, []), areas, start, steps, problems)
    truth = _truth(config, ids, problems)
    warmup = config.training.warmup
    check_observed(observed, groups, ids, periods, warmup, problems)
    _stop(config, problems)
    configs = tuple(catchment.config for catchment in catchments)
    parameters, state, ordinates, options = gather(configs)
    data = LearningData(
        ids=tuple(ids),
        attribute_names=names,
        attributes=torch.from_numpy(attributes),
        rain=torch.from_numpy(rain),
        pet=torch.from_numpy(pet),
        observed={name: torch.from_numpy(values) for name, values in observed.items()},
        parameters={name: torch.tensor(values) for name, values in parameters._asdict().items()},
        ordinates=torch.from_numpy(ordinates),
        soil_storage=torch.tensor([c.soil_storage for c in configs], dtype=torch.float64),
        gw_storage=torch.tensor([c.gw_storage for c in configs], dtype=torch.float64),
        options=options,
        start=start,
        lateral=state.lateral.shape[1],
        surface=state.surface.shape[1],
    )
    rows = {basin: row for row, basin in enumerate(ids)}
    basins = {group: [rows[basin] for basin in members] for group, members in groups.items()}
    return LearningSet(data, configs, basins, periods, warmup, truth)


def assign(groups: BasinGroups, ids: Sequence[str], problems: list[str]) -> dict[str, list[str]]:
    """Basins of each group that has some, by lists or drawn at random; each in the order of `ids`."""
    listed = {**groups.lists, UNGAUGED: groups.ungauged}
    for group, basins in listed.items():
        for basin in basins:
            if basin not in ids:
                problems.append(
                    f"basins.{group}: there is no basin {basin!r} in data.catchments (put names that are numbers in "
                    f"quotes)"
                )
    if groups.lists:
        found = {group: [basin for basin in ids if basin in basins] for group, basins in listed.items()}
        return {group: basins for group, basins in found.items() if basins}
    gauged = [basin for basin in ids if basin not in groups.ungauged]
    order = [gauged[i] for i in np.random.default_rng(groups.seed).permutation(len(gauged))]
    assigned: dict[str, list[str]] = {}
    first, share = 0, 0.0
    for group in GROUPS:
        share += groups.shares.get(group, 0.0)
        last = round(share * len(gauged))
        chosen = set(order[first:last])
        if chosen:
            assigned[group] = [basin for basin in gauged if basin in chosen]
        elif groups.shares.get(group, 0.0) > 0.0:
            problems.append(f"basins.{group}: its share of {len(gauged)} basins is less than one basin")
        first = last
    if groups.ungauged:
        assigned[UNGAUGED] = [basin for basin in ids if basin in groups.ungauged]
    return assigned


def _stop(config: LearningConfig, problems: list[str]) -> None:
    """Raise when there are problems."""
    if problems:
        more = [f"and {len(problems) - LISTED} more"] if len(problems) > LISTED else []
        raise ConfigError(config.source, [*problems[:LISTED], *more])


def _table(config: LearningConfig, problems: list[str]) -> Table | None:
    if not config.data.attributes:
        return None
    try:
        tables = [read_table(config.folder / path, config.data.id_column) for path in config.data.attributes]
        return tables[0] if len(tables) == 1 else merge_tables(tables)
    except ValueError as error:
        problems.append(str(error))
        return None


def _attributes(
    config: LearningConfig, table: Table | None, ids: Sequence[str], problems: list[str]
) -> tuple[tuple[str, ...], _Series, dict[str, float]]:
    """Names and values of the attributes, and areas [km2] by basin where there are some."""
    if table is None:
        return (), np.empty((len(ids), 0)), {}
    names = config.data.columns or table.columns
    area = config.data.area
    unknown = [name for name in (*names, *((area,) if area else ())) if name not in table.columns]
    if unknown:
        problems.append(f"{table.source}: has no column {', '.join(unknown)}; found {', '.join(table.columns)}")
        return (), np.empty((len(ids), 0)), {}
    words = table.wordy(ids, names)
    if words:
        problems.append(
            f"{table.source}: {', '.join(words)} holds no numbers: list what to use in data.attributes.columns"
        )
    names = tuple(name for name in names if name not in words)
    values = np.array([table.numbers(basin, names, problems) for basin in ids])
    areas = {}
    for basin in ids if area else ():
        (areas[basin],) = table.numbers(basin, [area], [])
        if not areas[basin] > 0.0:
            problems.append(f"{table.source}: {area} of basin {basin} is not an area above 0 km2")
    return names, values, areas


def _truth(config: LearningConfig, ids: Sequence[str], problems: list[str]) -> dict[str, torch.Tensor]:
    if not config.data.truth:
        return {}
    try:
        table = read_table(config.folder / config.data.truth, "")
    except ValueError as error:
        problems.append(str(error))
        return {}
    values = np.array([table.numbers(basin, table.columns, problems) for basin in ids])
    return {name: torch.tensor(column) for name, column in zip(table.columns, values.T, strict=True)}
