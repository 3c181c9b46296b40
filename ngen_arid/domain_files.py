"""Files for the forcing of a generated domain, written some catchments at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR

ROWS = 256
"""Catchments of a chunk."""

_Array = NDArray[Any]


class NetcdfForcing:
    """ngen's layout of a forcing file; rows lie one after the other, which reads fastest."""

    def __init__(self, path: Path, names: Sequence[str], start: int, hours: int, units: Mapping[str, str]) -> None:
        import netCDF4

        self._file: Any = netCDF4.Dataset(str(path), "w")
        self._file.set_fill_off()
        self._file.createDimension("catchment-id", len(names))
        self._file.createDimension("time", hours)
        self._file.createVariable("ids", str, ("catchment-id",))[:] = np.array(names, dtype=object)
        # the same row for every catchment, as ngen wants it: compressed it takes no room
        rows = min(ROWS, len(names))
        time = self._file.createVariable(
            "Time", "i4", ("catchment-id", "time"), zlib=True, complevel=1, shuffle=True, chunksizes=(rows, hours)
        )
        time.units = "s"
        self._times = start + HOUR * np.arange(hours)
        for name, unit in units.items():
            variable = self._file.createVariable(name, "f4", ("catchment-id", "time"), contiguous=True)
            variable.units = unit

    def __enter__(self) -> NetcdfForcing:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, first: int, values: dict[str, _Array]) -> None:
        """Write some catchments from number `first` on."""
        for name, rows in values.items():
            self._file[name][first : first + len(rows)] = rows
        self._file["Time"][first : first + len(rows)] = np.broadcast_to(self._times, rows.shape)


class ZarrForcing:
    """The same variables as a Zarr store, with one row of times for all."""

    def __init__(self, path: Path, names: Sequence[str], start: int, hours: int, units: Mapping[str, str]) -> None:
        import zarr

        self._group: Any = zarr.open_group(str(path), mode="w", zarr_format=2)
        labels = np.array(names)
        plain: dict[str, Any] = {"compressors": None, "filters": None}
        ids = self._group.create_array(
            "ids", shape=labels.shape, dtype=labels.dtype, attributes={"_ARRAY_DIMENSIONS": ["catchment-id"]}, **plain
        )
        ids[:] = labels
        time = self._group.create_array(
            "Time", shape=(hours,), dtype="i8", attributes={"_ARRAY_DIMENSIONS": ["time"], "units": "s"}, **plain
        )
        time[:] = start + HOUR * np.arange(hours)
        for name, unit in units.items():
            self._group.create_array(
                name,
                shape=(len(names), hours),
                chunks=(min(ROWS, len(names)), hours),
                dtype="f4",
                fill_value=float("nan"),
                attributes={"_ARRAY_DIMENSIONS": ["catchment-id", "time"], "units": unit},
                config={"write_empty_chunks": True},
                **plain,
            )

    def __enter__(self) -> ZarrForcing:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, first: int, values: dict[str, _Array]) -> None:
        """Write some catchments from number `first` on."""
        for name, rows in values.items():
            self._group[name][first : first + len(rows)] = rows
