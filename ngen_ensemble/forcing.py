"""Rain and potential evapotranspiration of blocks of catchments, in the model's units, judged and mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.variables import PET, RAIN, TABLE
from ngen_bmi.errors import ForcingError as RefusedForcing
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_ensemble.domain import POLICIES
from ngen_ensemble.pool import Pool
from ngen_ensemble.request import Request
from ngen_ensemble.zarr_forcing import ZarrFile
from ngen_harness.context import RunContext, log, to_text
from ngen_harness.errors import ForcingError, UnitConversionError
from ngen_harness.netcdf_blocks import NetcdfBlocks
from ngen_harness.netcdf_file import missing_ids
from ngen_harness.units import UnitConverter

_Array = NDArray[Any]
_KINDS = {RAIN: "precipitation", PET: "evaporation"}
_SUMS = ("kg m^-2", "kg m-2", "kg/m^2", "mm")
"""Units of rain that are not rates: UDUNITS cannot convert them, and ngen passes the numbers on."""

_PART = 32
"""Rows that are read at a time, where chunks of the file do not ask for more."""

_PROBES = (0.0, 1.0, 3.7e-7, 0.123456789, 9.87654321e3)


class Source(Protocol):
    """A file or store with forcing."""

    path: str
    rows: dict[str, int]
    units: dict[str, str]

    def block(self, name: str, rows: slice, hours: slice) -> _Array:
        """Values of neighbouring catchments."""
        ...

    def check_times(self, rows: slice) -> None:
        """Refuse catchments with other times."""
        ...

    def stored_rows(self, name: str) -> int:
        """Catchments of one chunk."""
        ...

    def item_size(self, name: str) -> int:
        """Bytes of a number of a variable."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Input(NamedTuple):
    """An input of the model, and how it comes from the file.

    Attributes
    ----------
    name : str
        The model's.
    stored : str
        The file's.
    factor : float or None
        From the file's unit to the model's; None: they are the same.
    """

    name: str
    stored: str
    factor: float | None


def open_source(request: Request, context: RunContext) -> Source:
    """Open the forcing of a request: a Zarr store if it is a folder or called so, else a NetCDF file."""
    path = request.forcing.path
    resolved = context.resolve(path)
    zarr = resolved.is_dir() or Path(path).suffix == ".zarr"
    kind = ZarrFile if zarr else NetcdfBlocks
    return kind(path, resolved, request.start, request.last)


def inputs_of(request: Request, source: Source) -> tuple[Input, ...]:
    """Find the variables of the inputs, and their conversions.

    Raises
    ------
    ForcingError
        Naming all that are missing, packed, or in a unit that cannot be converted.
    """
    convert = UnitConverter()
    found: list[Input] = []
    problems: list[str] = []
    for name, stored in request.inputs:
        try:
            source.stored_rows(stored)
            units, wanted = source.units[stored], TABLE.units[name]
            if name == RAIN and " ".join(units.split()) in _SUMS:
                log.warning(
                    "%s: '%s' is in '%s', taken for the sum of each hour: the same number as in '%s'",
                    *(source.path, stored, units, wanted),
                )
                found.append(Input(name, stored, None))
                continue
            found.append(Input(name, stored, _factor(convert, units, wanted)))
        except ForcingError as error:
            problems.append(str(error))
        except UnitConversionError as error:
            problems.append(
                f"{source.path}: '{stored}' is in '{source.units[stored]}', but {name} is wanted in "
                f"'{TABLE.units[name]}': {error.reason}; correct the attribute 'units' or the values"
            )
    if problems:
        raise ForcingError("\n".join(problems))
    return tuple(found)


def _factor(convert: UnitConverter, source: str, target: str) -> float | None:
    """Factor between two units; the same numbers as converting each."""
    if source == target:
        return None
    factor = convert(1.0, source, target)
    if any(convert(value, source, target) != value * factor for value in _PROBES):
        raise UnitConversionError("the units are not proportional", 1.0, source, target)
    return factor


def rows_in(source: Source, ids: _Array) -> NDArray[np.int64]:
    """Rows of catchments.

    Raises
    ------
    ForcingError
        Naming catchments without forcing.
    """
    missing = [name for name in ids.tolist() if name not in source.rows]
    if missing:
        raise ForcingError(missing_ids(source, missing))  # type: ignore[arg-type]
    return np.array([source.rows[name] for name in ids.tolist()], dtype=np.int64)


def warn_of_chunks(source: Source, inputs: tuple[Input, ...], block: int) -> None:
    """Say so where chunks of the file hold many more catchments than a block, and are read again for each."""
    for item in inputs:
        rows = source.stored_rows(item.stored)
        if rows >= 2 * block:
            log.warning(
                "%s: '%s' is stored in chunks of %d catchments, each of which is read again for every block of %d: "
                "rewrite the file in chunks of fewer catchments and more hours (docs/scale.md)",
                *(source.path, item.stored, rows, block),
            )


def read_block(
    source: Source, inputs: tuple[Input, ...], rows: NDArray[np.int64], hours: slice, pool: Pool
) -> dict[str, _Array]:
    """Inputs of some catchments in the model's units: float64, shape (catchments, hours) each.

    Parameters
    ----------
    source : Source
    inputs : tuple of Input
    rows : array, shape (catchments,)
        In ascending order.
    hours : slice
    pool : Pool
        Where the memory comes from.
    """
    room = pool.take((len(inputs), rows.size, hours.stop - hours.start))
    for item, out in zip(inputs, room, strict=True):
        chunk = source.stored_rows(item.stored)
        for place, span in _spans(rows):
            for part in _parts(span, chunk):
                stored = source.block(item.stored, part, hours)
                first = place + part.start - span.start
                target = out[first : first + len(stored)]
                if item.factor is None:
                    target[:] = stored
                else:
                    # in double precision, whatever the file has
                    np.multiply(stored, item.factor, out=target, dtype=np.float64)
    return {item.name: out for item, out in zip(inputs, room, strict=True)}


def _parts(span: slice, chunk: int) -> Iterator[slice]:
    """Neighbouring rows in parts that stay in the processor's cache; none splits a chunk of the file."""
    size = chunk * max(1, _PART // chunk)
    first = span.start
    while first < span.stop:
        last = min((first // size + 1) * size, span.stop)
        yield slice(first, last)
        first = last


def check_times(source: Source, rows: NDArray[np.int64]) -> None:
    """Refuse catchments whose times are not those of the first."""
    for _, span in _spans(rows):
        source.check_times(span)


def _spans(rows: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """Neighbouring rows together: place of the first among `rows`, and where they are in the file."""
    ends = np.flatnonzero(np.diff(rows) != 1) + 1
    for first, last in zip([0, *ends.tolist()], [*ends.tolist(), rows.size], strict=True):
        yield first, slice(int(rows[first]), int(rows[last - 1]) + 1)


def mend(values: Mapping[str, _Array], ids: _Array, zero: _Array, request: Request, first: int) -> None:
    """Judge inputs, and set to 0 in place what the catchments' policies allow.

    Parameters
    ----------
    values : mapping
        As of `read_block`.
    ids : array, shape (catchments,)
    zero : array, shape (catchments, policies)
        See :class:`ngen_ensemble.domain.Domain`.
    request : Request
    first : int
        Step of the first column.

    Raises
    ------
    ForcingError
        Naming catchment, time, value and unit of the first that is refused.
    """
    for name, array in values.items():
        variable = TABLE.by_name[name]
        low, high = variable.valid
        # NaN fails both: least and largest are cheaper than a look at each
        if not array.size or (array.min() >= low and array.max() <= high):
            continue
        # as ForcingPolicy.mend does it value by value
        kind = POLICIES.index(f"negative_{_KINDS[name]}")
        missing = np.isnan(array) & zero[:, POLICIES.index("nan"), None]
        negative = (array < 0.0) & np.isfinite(array) & zero[:, kind, None]
        array[missing | negative] = 0.0
        refused = np.argwhere(~((array >= low) & (array <= high)))
        if refused.size:
            row, step = refused[0].tolist()
            where = f"{request.forcing.path}: {ids[row]} at {to_text(request.time_of(first + step))}"
            try:
                ForcingPolicy().mend(variable, float(array[row, step]), _KINDS[name], where)
            except RefusedForcing as error:
                raise ForcingError(str(error)) from error
