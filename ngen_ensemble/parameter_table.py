"""CFE's configuration of all catchments in one table: what a file for each says, in columns.

The columns are those of the YAML configuration: parameters under their names or aliases, ``soil_storage``,
``gw_storage``, ``giuh_ordinates``, ``nash_storage_subsurface`` and ``nash_storage_surface`` (in CSV ``..._1``,
``..._2`` and so on), and the words ``soil_scheme``, ``partitioning``, ``surface_runoff``, which can be attributes of a
NetCDF file or a Zarr store instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import GW_STORAGE, PARTITIONING, SOIL_SCHEMES, SOIL_STORAGE, SURFACE_RUNOFF
from cfe_bmi.config_model import required_parameters as required_by
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import GIUH, NASH, CfeOptions
from ngen_bmi.config import same_unit
from ngen_bmi.unit_hydrograph import scaled_ordinates
from ngen_bmi.variables import Variable
from ngen_ensemble.domain import POLICIES, Domain, Scheme, filled
from ngen_ensemble.table_files import Table
from ngen_harness.json_problems import did_you_mean

_Array = NDArray[Any]

_SCHEMES: Mapping[str, Mapping[str, int]] = {
    "soil_scheme": SOIL_SCHEMES,
    "partitioning": PARTITIONING,
    "surface_runoff": SURFACE_RUNOFF,
}
_COUNTS = {
    "nash_subsurface_reservoirs": (2, 20),
    "nash_surface_reservoirs": (2, 20),
    "nash_surface_substeps": (10, 1000),
}
"""Whole numbers -> their defaults and largest values."""

_SERIES = ("giuh_ordinates", "nash_storage_subsurface", "nash_storage_surface")
_POLICY_WORDS = {f"forcing_{name}": name for name in POLICIES}
_KNOWN = {
    **{name: variable for variable in PARAMETERS for name in (variable.name, *variable.aliases)},
    **{variable.name: variable for variable in (SOIL_STORAGE, GW_STORAGE)},
}
_SHOWN = 3
"""Catchments that are named for one problem of a column."""


class _Reader:
    """A table with the problems found in it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.problems: list[str] = []
        self.count = len(table.ids)

    def complain(self, column: str, bad: _Array, text: str) -> None:
        """Note a problem of some catchments."""
        rows = np.flatnonzero(bad)
        if rows.size:
            names = ", ".join(self.table.ids[row] for row in rows[:_SHOWN]) + (", ..." if rows.size > _SHOWN else "")
            self.problems.append(f"{column}: {text} ({rows.size} of {self.count} catchments: {names})")

    def column(self, variable: Variable) -> _Array | None:
        """Values of a quantity; None when the table does not have it."""
        names = [name for name in (variable.name, *variable.aliases) if name in self.table.numbers]
        if len(names) > 1:
            self.problems.append(f"{' and '.join(names)} are the same; keep one")
        if not names:
            return None
        values = self.table.numbers[names[0]]
        if values.ndim != 1:
            self.problems.append(f"{names[0]}: has the shape {values.shape}; expected one number for each catchment")
            return None
        unit = self.table.units.get(names[0], variable.unit)
        if not same_unit(unit, variable.unit):
            self.problems.append(f"{names[0]}: its unit is '{unit}'; expected '{variable.unit}' (nothing is converted)")
        return values

    def words(self, name: str, choices: Sequence[str], default: str | None) -> _Array:
        """Places among words."""
        if name in self.table.numbers:
            self.problems.append(f"{name}: holds numbers; expected one of {', '.join(choices)}")
            return np.zeros(self.count, dtype=np.int64)
        found = self.table.words.get(name)
        if found is None and name in self.table.attributes:
            found = [self.table.attributes[name]] * self.count
        if found is None and default is None:
            self.problems.append(f"{name}: missing; a column or an attribute with one of {', '.join(choices)}")
        place = {word: i for i, word in enumerate(choices)}
        values = np.array([place.get(word or default or "", -1) for word in found or [""] * self.count])
        if found is not None:
            unknown = next((word for word in found if (word or default) not in place), "")
            self.complain(name, values < 0, f"'{unknown}' is not known; expected one of {', '.join(choices)}")
        return np.maximum(values, 0)

    def integers(self, name: str) -> _Array:
        """Whole numbers from 1 on; blanks are the default."""
        default, most = _COUNTS[name]
        values = self.table.numbers.get(name, np.full(self.count, float(default)))
        values = np.where(np.isnan(values), default, values)
        bad = (values != np.rint(values)) | (values < 1) | (values > most)
        self.complain(name, bad, f"expected a whole number from 1 to {most}")
        return np.where(bad, default, values).astype(np.int64)

    def series(self, name: str) -> list[tuple[float, ...]]:
        """Rows of numbers of different lengths; empty where there are none."""
        values = self.table.numbers.get(name)
        if values is None:
            return [()] * self.count
        rows = values.reshape(self.count, -1)
        lengths = np.where(np.isnan(rows), 0, np.arange(1, rows.shape[1] + 1)).max(axis=1, initial=0)
        gaps = (np.isnan(rows) & (np.arange(rows.shape[1]) < lengths[:, None])).any(axis=1)
        self.complain(name, gaps, "a number is missing before the last one")
        return [tuple(row[:length]) for row, length in zip(rows.tolist(), lengths.tolist(), strict=True)]


def domain_from(table: Table, *, ode: bool = False) -> tuple[Domain, list[str]]:
    """Make a domain of a table.

    Parameters
    ----------
    table : Table
    ode : bool
        All catchments use the ODE soil scheme, whatever the table says.

    Returns
    -------
    domain : Domain
        In the order of the table; only to be used without problems.
    problems : list of str
        Of the columns; parameters are judged with :func:`ngen_ensemble.domain.problems_in`.
    """
    read = _Reader(table)
    _check_names(read)
    words = {}
    for name, choices in _SCHEMES.items():
        default = "ode" if ode and name == "soil_scheme" else None
        words[name] = np.array(list(choices.values()))[read.words(name, tuple(choices), default)]
    if ode:
        words["soil_scheme"][:] = SOIL_SCHEMES["ode"]
    given = {name: read.series(name) for name in _SERIES}
    nash = words["surface_runoff"] == NASH
    lateral = _storages(read, "nash_storage_subsurface", given["nash_storage_subsurface"], np.ones_like(nash))
    surface = _storages(read, "nash_storage_surface", given["nash_storage_surface"], nash)
    substeps = np.where(nash, read.integers("nash_surface_substeps"), CfeOptions().nash_substeps)
    keys = np.column_stack([*words.values(), substeps, [len(x) for x in lateral], [len(x) for x in surface]])
    unique, inverse = np.unique(keys, axis=0, return_inverse=True)
    schemes = tuple(
        Scheme(CfeOptions(soil, part, runoff, nash_substeps=n), n_lateral, n_surface)
        for soil, part, runoff, n, n_lateral, n_surface in unique.tolist()
    )
    scheme = inverse.ravel().astype(np.int64)
    policies = [read.words(key, ("error", "zero"), "error") == 1 for key in _POLICY_WORDS]
    domain = Domain(
        ids=np.array(table.ids),
        parameters=_parameters(read, schemes, scheme),
        shares=np.column_stack([_share(read, variable) for variable in (SOIL_STORAGE, GW_STORAGE)]),
        ordinates=_ordinates(read, given["giuh_ordinates"], words["surface_runoff"] == GIUH),
        lateral=filled(lateral),
        surface=filled(surface),
        schemes=schemes,
        scheme=scheme,
        zero=np.column_stack(policies),
    )
    return domain.fitted(), read.problems


def _check_names(read: _Reader) -> None:
    known = {*_KNOWN, *_SCHEMES, *_COUNTS, *_SERIES, *_POLICY_WORDS}
    for name in (*read.table.numbers, *read.table.words):
        if name not in known:
            read.problems.append(f"{name}: is no column of CFE's table{did_you_mean(name, known)}; remove it")
        elif name in read.table.words and name not in {*_SCHEMES, *_POLICY_WORDS}:
            word = next((x for x in read.table.words[name] if not _is_number(x)), "")
            read.problems.append(f"{name}: '{word}' is not a number")


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def _parameters(read: _Reader, schemes: Sequence[Scheme], scheme: _Array) -> _Array:
    """Raw parameters; blanks are defaults where the schemes do not need the value."""
    required = [required_by(each.options) for each in schemes]
    parameters = np.empty((read.count, len(CfeParameters._fields)))
    for i, variable in enumerate(PARAMETERS):
        column = read.column(variable)
        values = np.full(read.count, np.nan) if column is None else column
        needed = np.array([variable.name in names for names in required], dtype=bool)[scheme]
        read.complain(variable.name, np.isnan(values) & needed, f"missing; {variable.meaning} [{variable.unit}]")
        parameters[:, i] = np.where(np.isnan(values), variable.default or 0.0, values)
    return parameters


def _share(read: _Reader, variable: Variable) -> _Array:
    values = read.column(variable)
    if values is None:
        read.problems.append(f"{variable.name}: missing; {variable.meaning}")
        return np.zeros(read.count)
    bad = ~((values >= variable.valid[0]) & (values <= variable.valid[1]))
    read.complain(variable.name, bad, "expected a share from 0 to 1")
    return values


def _ordinates(read: _Reader, rows: list[tuple[float, ...]], needed: _Array) -> _Array:
    read.complain("giuh_ordinates", needed & np.array([not row for row in rows], dtype=bool), "missing")
    scaled: dict[tuple[float, ...], tuple[float, ...]] = {(): (1.0,)}
    wrong: dict[tuple[float, ...], str] = {}
    for row, used in zip(rows, needed.tolist(), strict=True):
        if used and row not in scaled:
            found: list[str] = []
            scaled[row] = scaled_ordinates(row, found)
            if found:
                wrong[row] = found[0].removeprefix("giuh_ordinates: ")
    if wrong:
        bad = np.array([row in wrong for row in rows], dtype=bool) & needed
        read.complain("giuh_ordinates", bad, next(iter(wrong.values())))
    return filled([scaled[row] if used else (1.0,) for row, used in zip(rows, needed.tolist(), strict=True)])


def _storages(read: _Reader, name: str, rows: list[tuple[float, ...]], active: _Array) -> list[tuple[float, ...]]:
    """Nash storages at the start; those that are given say how many reservoirs there are. One 0 where not used."""
    column = name.replace("storage_", "") + "_reservoirs"
    counts = read.integers(column)
    stated = ~np.isnan(read.table.numbers.get(column, np.full(read.count, np.nan)))
    lengths = np.array([len(row) for row in rows])
    used = active & (lengths > 0)
    read.complain(name, used & stated & (lengths != counts), f"another number of values than {column} says")
    read.complain(name, used & np.array([min(row, default=0.0) < 0.0 for row in rows]), "a storage below 0 m")
    filled_up = zip(rows, counts.tolist(), active.tolist(), strict=True)
    return [(row or (0.0,) * count) if on else (0.0,) for row, count, on in filled_up]
