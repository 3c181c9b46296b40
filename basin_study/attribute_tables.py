"""Attributes of basins as data sets, and names of gauges in all the spellings of the published tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from basin_study.dataset import ATTRIBUTES, DataError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def gauge_name(text: str) -> str:
    """Name of a gauge: eight digits or more, with the zeros that some tables lost.

    Examples
    --------
    >>> gauge_name("Gage-1013500"), gauge_name("01013500"), gauge_name("synthetic-1")
    ('01013500', '01013500', 'synthetic-1')
    """
    plain = text.strip().removeprefix("Gage-").removeprefix("gage-")
    return plain.zfill(8) if plain.isdigit() else plain


def attribute_dataset(
    basins: Sequence[str],
    values: Mapping[str, ArrayLike],
    units: Mapping[str, tuple[str, str]] | None = None,
    source: str = "",
) -> xr.Dataset:
    """Attributes over ``basin``.

    Parameters
    ----------
    basins : sequence of str
    values : mapping of str to array, shape (basins,)
        What is not given of :data:`basin_study.dataset.ATTRIBUTES` is NaN.
    units : mapping of str to (str, str), optional
        Unit and meaning of further attributes; ``1`` and nothing where not given.
    source : str

    Raises
    ------
    DataError
        When a basin is there twice.
    """
    import xarray as xr

    known = dict(units or {}) | ATTRIBUTES
    if len(set(basins)) != len(basins):
        twice = sorted({name for name in basins if list(basins).count(name) > 1})
        raise DataError(f"{source}: basin {', '.join(twice[:5])} is there more than once")
    filled = {name: np.full(len(basins), np.nan) for name in ATTRIBUTES} | dict(values)
    variables = {}
    for name, array in filled.items():
        data = np.asarray(array)
        data = data.astype(np.float64) if data.dtype.kind in "fiub" else data.astype(object)
        unit, meaning = known.get(name, ("1", ""))
        variables[name] = (("basin",), data, {"units": unit, "long_name": meaning})
    return xr.Dataset(variables, coords={"basin": np.array(basins, dtype=object)}, attrs={"source": source})


def attributes_of(table: xr.Dataset, basin: str) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, str]]]:
    """Values and units of one basin's attributes, as :func:`basin_study.dataset.make_dataset` takes them.

    All are NaN when the table does not have the basin.
    """
    if basin not in table["basin"].values:
        return {}, {}
    row = table.sel(basin=[basin])
    values = {str(name): row[name].values for name in row.data_vars}
    return values, {name: (row[name].attrs["units"], row[name].attrs.get("long_name", "")) for name in values}


def require_attributes(table: xr.Dataset, names: Sequence[str], basins: Sequence[str]) -> None:
    """Refuse attributes that are missing.

    Raises
    ------
    DataError
        Naming all attributes and the first basins of each.
    """
    source = table.attrs.get("source") or "attributes"
    known = set(table["basin"].values)
    problems = []
    for name in names:
        if name not in table:
            problems.append(f"no attribute {name}")
            continue
        column = {basin: value for basin, value in zip(table["basin"].values, table[name].values, strict=True)}
        without = [basin for basin in basins if basin not in known or column[basin] != column[basin]]
        if without:
            more = f" and {len(without) - 5} more" if len(without) > 5 else ""
            problems.append(f"no {name} of basin {', '.join(without[:5])}{more}")
    if problems:
        raise DataError("\n  - ".join((f"{source}: {len(problems)} problems", *problems)))


def read_text_table(path: Path, separator: str) -> pd.DataFrame:
    """Read a table with a column ``gauge_id`` as text, indexed by gauge.

    Raises
    ------
    DataError
        When it is not there, has no such column, or a gauge twice.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such table of attributes") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a table separated by {separator!r}: {error}") from error
    if "gauge_id" not in table.columns:
        raise DataError(
            f"{path}: no column gauge_id; the columns are {', '.join(map(str, table.columns[:5]))}; "
            f"expected a table separated by {separator!r}"
        )
    table.index = pd.Index([gauge_name(text) for text in table.pop("gauge_id")], name="basin")
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise DataError(f"{path}: gauge {', '.join(twice[:5])} is there more than once")
    return table


def numbers_or_text(column: pd.Series, path: Path, must_be_numbers: bool) -> np.ndarray:
    """Values of a column of text: numbers, with NaN for ``NA`` and nothing, when all are numbers; else the text.

    Raises
    ------
    DataError
        When they have to be numbers and one is not, naming the gauge.
    """
    texts = [text.strip() for text in column]
    try:
        return np.array([np.nan if text in ("NA", "NaN", "nan", "") else float(text) for text in texts])
    except ValueError:
        if not must_be_numbers:
            return np.array(texts, dtype=object)
    for gauge, text in zip(column.index, texts, strict=True):
        try:
            float("nan" if text in ("NA", "") else text)
        except ValueError:
            raise DataError(f"{path}: {column.name} of gauge {gauge} is {text!r}; expected a number or NA") from None
    raise AssertionError
