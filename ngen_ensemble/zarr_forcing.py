"""A Zarr store with forcing: the variables of ngen's NetCDF layout, read in blocks of catchments and hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_ensemble.settings import EnsembleError
from ngen_harness.context import HOUR, to_text
from ngen_harness.errors import ForcingError
from ngen_harness.forcing_file import WELL_KNOWN
from ngen_harness.json_problems import did_you_mean
from ngen_harness.netcdf_time import read_times


def zarr_library() -> Any:
    """Import zarr; only ensembles need it.

    Raises
    ------
    EnsembleError
        When it is not installed.
    """
    try:
        import zarr
    except ImportError as error:
        raise EnsembleError(
            "--ensemble needs the package zarr, which is not installed: pip install 'ngen-arid[scale]'"
        ) from error
    return zarr


class ZarrFile:
    """What a Zarr store holds for the simulated period: the counterpart of `ngen_harness.netcdf_blocks.NetcdfBlocks`.

    Parameters
    ----------
    path : str
        The store, as it should appear in messages.
    resolved : Path
        The store, as it can be opened.
    start : int
        First simulated hour, seconds since 1970.
    last : int
        Number of the last simulated hour, counted from 0.

    Attributes
    ----------
    units : dict
        Name in the store, or CSDMS name -> unit.
    rows : dict
        Catchment id -> row of the variables.

    Raises
    ------
    ForcingError
        The store is missing, laid out otherwise, not hourly, or does not cover the period.
    EnsembleError
        The package zarr is not installed.
    """

    def __init__(self, path: str, resolved: Path, start: int, last: int) -> None:
        zarr = zarr_library()
        self.path = path
        if not resolved.is_dir():
            raise ForcingError(f"{path}: no such forcing store")
        try:
            group: Any = zarr.open_group(str(resolved), mode="r")
            arrays: dict[str, Any] = dict(group.arrays())
        except (OSError, ValueError, KeyError) as error:
            raise ForcingError(f"{path}: cannot be read as a Zarr store: {error}") from error
        for name in ("ids", "Time"):
            if name not in arrays:
                raise ForcingError(f"{path}: the variable '{name}' is missing; it has {', '.join(sorted(arrays))}")
        names = [str(name) for name in np.asarray(arrays["ids"][...])]
        self.rows = {name: row for row, name in enumerate(names)}
        if len(self.rows) < len(names):
            raise ForcingError(f"{path}: 'ids' names a catchment twice ({len(names) - len(self.rows)} such)")
        self._times = arrays["Time"]
        self.units: dict[str, str] = {}
        self._variables: dict[str, Any] = {}
        times = read_times(path, _FirstRow(self._times))
        for name, array in arrays.items():
            if array.shape != (len(names), times.size) or name == "Time":
                continue
            canonical, default = WELL_KNOWN.get(name, (name, ""))
            if canonical in self._variables:
                raise ForcingError(f"{path}: two variables are both '{canonical}'; remove one")
            for key in (name, canonical):
                self._variables[key] = array
                self.units[key] = str(array.attrs.get("units", "")) or default
        self._first = self._cover(times, start, last)

    def _cover(self, times: NDArray[np.int64], start: int, last: int) -> int:
        first, rest = divmod(start - int(times[0]), HOUR)
        if rest or first < 0 or first + last >= times.size:
            raise ForcingError(
                f"{self.path}: the forcing is hourly from {to_text(int(times[0]))} to {to_text(int(times[-1]))}; the "
                f"simulation wants {to_text(start)} to {to_text(start + last * HOUR)}: extend the store or move "
                "time.start_time or time.end_time"
            )
        return first

    def close(self) -> None:
        """Nothing is held open."""

    def _variable(self, name: str) -> Any:
        if name not in self._variables:
            raise ForcingError(
                f"{self.path}: no forcing variable '{name}'{did_you_mean(name, self._variables)}; the store offers "
                f"{', '.join(sorted(self._variables))}: add the variable, or map the model's input to an existing one "
                "in variables_names_map"
            )
        array = self._variables[name]
        packed = [key for key in ("scale_factor", "add_offset") if key in array.attrs]
        if packed:
            raise ForcingError(f"{self.path}: '{name}' is packed ({' and '.join(packed)}); write it unpacked")
        return array

    def block(self, name: str, rows: slice, hours: slice) -> NDArray[Any]:
        """Values of neighbouring catchments over some hours; see `NetcdfBlocks.block`."""
        array = self._variable(name)
        stored = np.asarray(array[rows, self._first + hours.start : self._first + hours.stop])
        values = stored if stored.dtype.kind == "f" else stored.astype(np.float64)
        for key in ("_FillValue", "missing_value"):
            if isinstance(array.attrs.get(key), int | float):
                missing = stored == array.attrs[key]
                if missing.any():
                    values[missing] = np.nan
        return values

    def check_times(self, rows: slice) -> None:
        """Refuse catchments whose times are not those of the first; one row of times is that of all."""
        if self._times.ndim == 2 and (self._times[rows, :] != self._times[0, :]).any():
            raise ForcingError(
                f"{self.path}: the times of rows {rows.start} to {rows.stop - 1} differ from those of the first; give "
                "every catchment the same hours"
            )

    def stored_rows(self, name: str) -> int:
        """Catchments of one chunk."""
        return int(self._variable(name).chunks[0])

    def item_size(self, name: str) -> int:
        """Bytes of a number of a variable."""
        return int(self._variable(name).dtype.itemsize)


class _FirstRow:
    """``Time`` as `read_times` knows it, be it of one or two dimensions."""

    def __init__(self, array: Any) -> None:
        self._array = array
        for key in ("units", "epoch_start"):
            if key in array.attrs:
                setattr(self, key, array.attrs[key])

    def __getitem__(self, _: Any) -> NDArray[Any]:
        return np.asarray(self._array[...] if self._array.ndim == 1 else self._array[0, :])
