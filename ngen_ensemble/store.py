"""The Zarr store of results: made whole, filled chunk by chunk, and refused to a run that is another one.

A row of chunks (some catchments, the whole period) is done when its chunk of ``imbalance`` is there, which is written
last. zarr writes every chunk under a temporary name first, so that none is ever half there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.variables import TABLE
from ngen_ensemble.domain import Domain
from ngen_ensemble.request import Request
from ngen_ensemble.settings import CHUNK_CATCHMENTS, CHUNK_HOURS
from ngen_ensemble.zarr_forcing import zarr_library
from ngen_harness.context import HOUR
from ngen_harness.errors import OutputError

_Array = NDArray[Any]
_FINGERPRINT = "ngen_arid_fingerprint"
_BALANCE = "imbalance"


class Store:
    """A store that exists, open for writing.

    Parameters
    ----------
    path : Path
    outputs : sequence of str

    Raises
    ------
    OutputError
        A part of it is missing.
    """

    def __init__(self, path: Path, outputs: Sequence[str]) -> None:
        self.path = path
        zarr = zarr_library()
        # no chunk is without results, and looking at all numbers for that takes time; arrays keep what is set here
        with zarr.config.set({"array.write_empty_chunks": True}):
            try:
                group: Any = zarr.open_group(str(path), mode="r+", use_consolidated=False)
            except FileNotFoundError as error:
                raise self._incomplete("its file .zgroup is missing") from error
            self._arrays: dict[str, Any] = dict(group.arrays())
        missing = [name for name in (*outputs, _BALANCE) if name not in self._arrays]
        if missing:
            raise self._incomplete("no array " + ", ".join(missing))

    def clear_away(self) -> None:
        """Remove what a kill has left half written; only for who has the lock."""
        for stray in self.path.glob("*/*.partial"):
            stray.unlink(missing_ok=True)

    def is_done(self, row: int) -> bool:
        """Say whether a row of chunks is complete."""
        return (self.path / _BALANCE / str(row)).is_file()

    def write(self, first: int, hour: int, values: Mapping[str, _Array]) -> int:
        """Write results of some catchments over some hours.

        Parameters
        ----------
        first, hour : int
            First catchment and hour; whole chunks begin there.
        values : mapping of str to array, shape (catchments, hours)

        Returns
        -------
        int
            Bytes written.

        Raises
        ------
        OutputError
            The disk is full, or the folder cannot be written any more.
        """
        written = 0
        try:
            for name, rows in values.items():
                array = self._arrays[name]
                rows = rows.astype(array.dtype, copy=False)
                array[first : first + len(rows), hour : hour + rows.shape[1]] = rows
                written += rows.nbytes
        except OSError as error:
            raise self._unwritable(error) from error
        return written

    def finish(self, first: int, imbalance: _Array) -> None:
        """Mark rows of chunks as done, with the imbalance of their catchments [m]."""
        try:
            self._arrays[_BALANCE][first : first + imbalance.size] = imbalance
        except OSError as error:
            raise self._unwritable(error) from error

    def imbalance(self) -> _Array:
        """Imbalance of all catchments [m]; NaN where they are not done."""
        return np.asarray(self._arrays[_BALANCE][...])

    def _incomplete(self, what: str) -> OutputError:
        return OutputError(f"{self.path}: is damaged: {what}; remove it, or give another --output")

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path}: cannot be written: {error.strerror or error}; make room and run the same command again, "
            "which goes on with what is not done"
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make an output folder, and keep a second run away from it as long as this one works on it.

    Raises
    ------
    OutputError
        Another run works on it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error) from error
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"{folder}: another run is writing into it; wait for it, or give another --output"
            ) from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def _no_folder(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{folder}: cannot write into the output folder: {error.strerror or error}; choose another one with "
        "--output or output.root in the realization"
    )


def prepare(path: Path, request: Request, domain: Domain, facts: Mapping[str, Any], dtype: str) -> bool:
    """Make a store, or check that the one that is there belongs to this run; for who has the lock.

    Parameters
    ----------
    path : Path
    request : Request
    domain : Domain
    facts : mapping
        What the results follow from, for the fingerprint.
    dtype : {"float64", "float32"}

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    OutputError
        It cannot be written, or belongs to another run: then with what differs.
    """
    if path.exists():
        _check_same(path, facts)
        return True
    try:
        for stray in path.parent.glob(f".{path.name}.*.partial"):
            shutil.rmtree(stray)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            _create(partial, request, domain, facts, dtype)
            partial.rename(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise _no_folder(path.parent, error) from error
    return False


def _check_same(path: Path, facts: Mapping[str, Any]) -> None:
    try:
        attributes = json.loads((path / ".zattrs").read_text(encoding="utf-8"))
        before = json.loads(attributes[_FINGERPRINT])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{path}: is there, but is no store of an ensemble's run; give another --output, or remove it"
        ) from error
    now = json.loads(json.dumps(facts))
    different = [
        f"{key}: was {before.get(key)}, is {now.get(key)}"
        for key in dict.fromkeys((*before, *now))
        if before.get(key) != now.get(key)
    ]
    if different:
        raise OutputError(
            "\n  - ".join(
                (
                    f"{path}: was begun by another run; give another --output, or remove it. What differs:",
                    *different,
                )
            )
        )


def _create(path: Path, request: Request, domain: Domain, facts: Mapping[str, Any], dtype: str) -> None:
    zarr = zarr_library()
    group: Any = zarr.open_group(str(path), mode="w", zarr_format=2)
    count, steps = len(domain.ids), request.steps
    chunks = (min(CHUNK_CATCHMENTS, count), min(CHUNK_HOURS, steps))
    plain: dict[str, Any] = {"compressors": None, "filters": None}

    def array(name: str, dimensions: list[str], kind: Any, size: tuple[int, ...], **attributes: Any) -> Any:
        shape = tuple({"catchment": count, "time": steps}[dimension] for dimension in dimensions)
        attributes["_ARRAY_DIMENSIONS"] = dimensions
        fill = {"f": float("nan"), "U": "", "i": 0}[np.dtype(kind).kind]
        return group.create_array(
            name, shape=shape, chunks=size, dtype=kind, fill_value=fill, attributes=attributes, **plain
        )

    ids = array("catchment", ["catchment"], domain.ids.dtype, (count,), cf_role="timeseries_id", long_name="catchment")
    ids[:] = domain.ids
    time = array(
        "time",
        ["time"],
        "int64",
        (steps,),
        units="seconds since 1970-01-01 00:00:00",
        calendar="standard",
        standard_name="time",
        long_name="begin of the hour",
    )
    time[:] = request.start + HOUR * np.arange(steps, dtype=np.int64)
    titles = request.module.output_headers or ()
    for i, (name, field) in enumerate(zip(request.outputs, request.fields, strict=True)):
        variable = TABLE.by_name.get(name) or TABLE.by_name[field.upper()]
        more = {"title": titles[i]} if len(titles) == len(request.outputs) else {}
        meaning = variable.meaning if not variable.shares else TABLE.by_name[variable.shares].meaning
        array(name, ["catchment", "time"], dtype, chunks, units="m", long_name=meaning, **more)
    array(
        _BALANCE,
        ["catchment"],
        "float64",
        chunks[:1],
        units="m",
        long_name="water in less water out less change of storage over the run",
    )
    group.attrs.update(
        {
            "Conventions": "CF-1.10",
            "featureType": "timeSeries",
            "title": "ngen-arid run --ensemble",
            _FINGERPRINT: json.dumps(facts, sort_keys=True),
        }
    )
    zarr.consolidate_metadata(group.store, zarr_format=2)
