"""Write forcing as ngen reads it, in CSV files or in one NetCDF file, and generated weather for a hydrofabric."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ConfigError
from ngen_bmi.files import whole_file
from ngen_config.folder import refuse_full
from ngen_config.generated_air import COLUMNS
from ngen_config.geopackage import GeoPackage
from ngen_config.weather import SEED, places, weather

UNITS = {
    "APCP_surface": "mm h^-1",
    "DLWRF_surface": "W m-2",
    "DSWRF_surface": "W m-2",
    "PRES_surface": "Pa",
    "SPFH_2maboveground": "kg kg-1",
    "TMP_2maboveground": "K",
    "UGRD_10maboveground": "m s-1",
    "VGRD_10maboveground": "m s-1",
    "precip_rate": "mm s^-1",
}


def write_csv_files(
    folder: str | Path, ids: Sequence[str], start: str, table: Mapping[str, NDArray[np.float64]]
) -> list[Path]:
    """Write a file for each catchment.

    Parameters
    ----------
    folder : str or Path
    ids : sequence of str
    start : str
        First hour, UTC.
    table : mapping of str to array, shape (catchments, hours)
        By column; the columns are written in this order.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    hours = len(next(iter(table.values()))[0])
    begin = np.datetime64(start.replace(" ", "T"), "s")
    times = np.datetime_as_string(begin + np.arange(hours) * np.timedelta64(3600, "s"), unit="s")
    paths = [folder / f"{name}.csv" for name in ids]
    for b, path in enumerate(paths):
        columns = [values[b] for values in table.values()]
        lines = ["time," + ",".join(table)]
        for t, time in enumerate(times):
            lines.append(time.replace("T", " ") + "," + ",".join(f"{values[t]:.7g}" for values in columns))
        with whole_file(path) as partial:
            partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def write_netcdf(path: str | Path, ids: Sequence[str], start: str, table: Mapping[str, NDArray[np.float64]]) -> Path:
    """Write one file for all catchments, as NGIAB's forcings.nc is laid out; see `write_csv_files`."""
    import netCDF4

    path = Path(path)
    hours = len(next(iter(table.values()))[0])
    begin = int(np.datetime64(start.replace(" ", "T"), "s").astype(np.int64))
    with whole_file(path) as partial, netCDF4.Dataset(str(partial), "w") as file:
        file.createDimension("catchment-id", len(ids))
        file.createDimension("time", hours)
        file.createVariable("ids", str, ("catchment-id",))[:] = np.array(ids, dtype=object)
        time: Any = file.createVariable("Time", "i4", ("catchment-id", "time"))
        time.units = "s"
        time[:] = np.broadcast_to(begin + 3600 * np.arange(hours), (len(ids), hours))
        for name, values in table.items():
            variable = file.createVariable(name, "f4", ("catchment-id", "time"))
            variable.units = UNITS[name]
            variable[:] = values
    return path


def _refuse_what_is_there(path: Path, *, overwrite: bool) -> None:
    """Raise ConfigError before somebody's own data are replaced by generated weather."""
    if path.suffix != ".nc":
        refuse_full(path, overwrite=overwrite, option="PATH")
    elif path.is_dir():
        raise ConfigError(path, ["is a folder; expected the name of a NetCDF file (.nc), or of a folder without .nc"])
    elif path.exists() and not overwrite:
        raise ConfigError(path, ["is there already: name another file, or replace it with --overwrite"])


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m ngen_config.weather_files GPKG PATH``: generated weather; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ngen_config.weather_files",
        description="Write generated weather for the divides of a GeoPackage.",
    )
    parser.add_argument("geopackage", metavar="GPKG")
    parser.add_argument("path", metavar="PATH", help="folder for CSV files, or a NetCDF file (.nc)")
    parser.add_argument("--start", default="2012-07-01 00:00:00", help="first hour, UTC (default: %(default)s)")
    parser.add_argument("--days", type=int, default=31, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="(default: %(default)s)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    arguments = parser.parse_args(argv)
    try:
        _refuse_what_is_there(Path(arguments.path), overwrite=arguments.overwrite)
        with GeoPackage(arguments.geopackage) as file:
            where = places(file)
        if not where or arguments.days < 1:
            raise ValueError("there is nothing to write: no divide, or no day")
        table = weather(where, arguments.start, 24 * arguments.days, arguments.seed)
        ids = [place.id for place in where]
        if Path(arguments.path).suffix == ".nc":
            write_netcdf(arguments.path, ids, arguments.start, {name: table[name] for name in COLUMNS})
        else:
            write_csv_files(arguments.path, ids, arguments.start, {name: table[name] for name in COLUMNS})
    except (ConfigError, OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
