"""A NetCDF forcing file read for many catchments at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.netcdf_file import NetcdfFile


class NetcdfBlocks(NetcdfFile):
    """A forcing file whose values are asked for in blocks of catchments and hours."""

    def block(self, name: str, rows: slice, hours: slice) -> NDArray[Any]:
        """Values of neighbouring catchments over some hours.

        Parameters
        ----------
        name : str
            Name in the file or CSDMS name.
        rows : slice
            Rows of the catchments, as `rows` has them.
        hours : slice
            Counted from the begin of the simulation.

        Returns
        -------
        array, shape (catchments, hours)
            Of the type that the file has, floating point; missing values are NaN.

        Raises
        ------
        ForcingError
            As `series`.
        """
        variable = self._variable(name)
        stored = np.asarray(variable[rows, self._first + hours.start : self._first + hours.stop])
        values = stored if stored.dtype.kind == "f" else stored.astype(np.float64)
        for marker in self._markers(variable):
            missing = stored == marker
            if missing.any():
                values[missing] = np.nan
        return values

    def check_times(self, rows: slice) -> None:
        """Refuse catchments whose times are not those of the first.

        Raises
        ------
        ForcingError
            Naming the first of them.
        """
        different = np.flatnonzero((self._dataset["Time"][rows, :] != self._common_times).any(axis=1))
        if different.size:
            row = rows.start + int(different[0])
            raise self._other_times(row, list(self.rows)[row])

    def stored_rows(self, name: str) -> int:
        """Catchments of one chunk of a variable in the file; 1 where rows lie one after the other."""
        chunks = self._variable(name).chunking()
        return 1 if isinstance(chunks, str) else int(chunks[0])

    def item_size(self, name: str) -> int:
        """Bytes of a number of a variable in the file."""
        return int(self._variable(name).dtype.itemsize)
