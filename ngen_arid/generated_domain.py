"""A domain of as many catchments as wanted: parameters by soil class, weather by climate; generated, seeded, no data.

Every catchment has random numbers of its own, from the seed and its number: it is the same however many there are and
however many processes make them. Climates and weather are those of the generated study
(:mod:`basin_study.synthetic_climate`), from arid to humid.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from basin_study.synthetic_climate import climate_of, weather_of
from basin_study.synthetic_truth import unit_hydrograph
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.parameters import PARAMETERS, problems_of
from ngen_arid.domain_files import NetcdfForcing, ZarrForcing
from ngen_bmi.files import whole_file
from ngen_config.attributes import NOAH_SOILS
from ngen_harness.context import HOUR, to_epoch, to_text

START = "2012-10-01 00:00:00"
BLOCK = 256
"""Catchments that are made together."""

RAIN, PET = "precip_rate", "PET"
UNITS = {RAIN: "mm s^-1", PET: "mm h-1"}
_SOIL = 107
"""Stream of random numbers."""

_Array = NDArray[Any]


class Catchment(NamedTuple):
    """What a catchment is like.

    Attributes
    ----------
    parameters : CfeParameters
    soil_storage, gw_storage : float
        Shares of the maximum storages at the start [-].
    ordinates : tuple of float
        Of the GIUH.
    """

    parameters: CfeParameters
    soil_storage: float
    gw_storage: float
    ordinates: tuple[float, ...]


def name_of(number: int) -> str:
    """Id of a catchment by its number, from 0.

    >>> name_of(0)
    'cat-1'
    """
    return f"cat-{number + 1}"


def catchment_of(number: int, seed: int) -> Catchment:
    """Parameters of a catchment: those of a soil class with scatter, the others over the ranges that calibrations use.

    Parameters
    ----------
    number : int
        From 0.
    seed : int
    """
    rng = np.random.default_rng([seed, _SOIL, number])
    soils = tuple(NOAH_SOILS.values())
    b, satdk, satpsi, maxsmc, wltsmc = soils[int(rng.integers(len(soils)))]

    def spread(low: float, high: float) -> float:
        return math.exp(rng.uniform(math.log(low), math.log(high)))

    values = {variable.name: variable.default or 0.0 for variable in PARAMETERS}
    values |= {
        "depth": rng.uniform(1.0, 3.0),
        "b": b * rng.uniform(0.9, 1.1),
        "satdk": satdk * spread(0.3, 3.0),
        "satpsi": satpsi * spread(0.8, 1.2),
        "slope": spread(0.01, 1.0),
        "maxsmc": maxsmc,
        "wltsmc": wltsmc,
        "alpha_fc": 0.33,
        "refkdt": rng.uniform(0.5, 4.0),
        "Klf": spread(1e-3, 0.1),
        "Kn": rng.uniform(0.01, 0.3),
        "max_gw_storage": spread(0.01, 0.25),
        "Cgw": spread(1.8e-6, 1.8e-3),
        "expon": rng.uniform(1.0, 8.0),
    }
    parameters = CfeParameters(**{name: float(value) for name, value in values.items()})
    if problems_of(parameters):  # a soil that cannot be: the loam, as it is published
        loam = dict(zip(("b", "satdk", "satpsi", "maxsmc", "wltsmc"), NOAH_SOILS["loam"], strict=True))
        parameters = parameters._replace(**loam)
    shares = unit_hydrograph(spread(2.0, 50.0), spread(3.0, 150.0))
    return Catchment(
        parameters, float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.05, 0.5)), tuple(float(x) for x in shares)
    )


def weather(first: int, last: int, hours: int, seed: int) -> tuple[_Array, _Array]:
    """Rain [mm s-1] and potential evapotranspiration [mm h-1] of catchments: float32, shape (catchments, hours) each.

    Parameters
    ----------
    first, last : int
        Numbers of the catchments, the last not included.
    hours, seed : int
    """
    rain, pet = (np.empty((last - first, hours), dtype=np.float32) for _ in range(2))
    for number in range(first, last):
        fall, rain_free = weather_of(number, seed, climate_of(number, seed), hours)
        np.divide(fall, 3600.0, out=rain[number - first], casting="same_kind")
        pet[number - first] = rain_free
    return rain, pet


def generate(
    folder: str | Path, catchments: int, hours: int, seed: int, layout: str = "netcdf", workers: int = 1
) -> list[Path]:
    """Write forcing, parameter table and realization of a generated domain.

    Parameters
    ----------
    folder : str or Path
        Created if missing.
    catchments, hours, seed : int
    layout : {"netcdf", "zarr"}
        Of the forcing.
    workers : int
        Processes that make the weather; the files are the same.

    Returns
    -------
    list of Path
        Forcing, parameters, realization.

    Raises
    ------
    ValueError
        Naming numbers that are too small, or a forcing store that is there already.
    OSError
        When a file cannot be written.
    """
    for name, value in (("catchments", catchments), ("hours", hours), ("workers", workers)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected 1 or more")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = [name_of(number) for number in range(catchments)]
    parameters = write_parameters(folder / "parameters.nc", catchments, seed)
    forcing = folder / ("forcing.zarr" if layout == "zarr" else "forcing.nc")
    if forcing.is_dir():
        raise ValueError(f"{forcing}: is there already; remove it first")
    with (
        _whole(forcing, layout) as partial,
        (ZarrForcing if layout == "zarr" else NetcdfForcing)(partial, names, to_epoch(START), hours, UNITS) as target,
        tqdm(total=catchments, desc="generate-domain", unit="catchment", disable=None) as bar,
    ):
        for first, (rain, pet) in _blocks(catchments, hours, seed, workers):
            target.write(first, {RAIN: rain, PET: pet})
            bar.update(len(rain))
    realization = folder / "realization.json"
    with whole_file(realization) as partial:
        partial.write_text(json.dumps(_realization(forcing.name, hours), indent=2) + "\n", encoding="utf-8")
    return [forcing, parameters, realization]


@contextmanager
def _whole(path: Path, layout: str) -> Iterator[Path]:
    """As `whole_file`, also for a store, which is a folder."""
    if layout == "netcdf":
        with whole_file(path) as partial:
            yield partial
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_parameters(path: Path, catchments: int, seed: int) -> Path:
    """Write the table of parameters; see :mod:`ngen_ensemble.parameter_table`."""
    import netCDF4

    made = [catchment_of(number, seed) for number in range(catchments)]
    width = max(len(catchment.ordinates) for catchment in made)
    with whole_file(path) as partial, netCDF4.Dataset(str(partial), "w") as file:
        file.soil_scheme, file.partitioning, file.surface_runoff = "classic", "schaake", "giuh"
        file.createDimension("catchment", catchments)
        file.createDimension("ordinate", width)
        names = np.array([name_of(number) for number in range(catchments)], dtype=object)
        file.createVariable("catchment", str, ("catchment",))[:] = names
        for i, variable in enumerate(PARAMETERS):
            column: Any = file.createVariable(variable.name, "f8", ("catchment",))
            column.units, column.long_name = variable.unit, variable.meaning
            column[:] = np.array([catchment.parameters[i] for catchment in made])
        for name in ("soil_storage", "gw_storage"):
            column = file.createVariable(name, "f8", ("catchment",))
            column.units, column.long_name = "1", "share of the maximum storage at the start"
            column[:] = np.array([getattr(catchment, name) for catchment in made])
        ordinates = np.full((catchments, width), np.nan)
        for row, catchment in zip(ordinates, made, strict=True):
            row[: len(catchment.ordinates)] = catchment.ordinates
        column = file.createVariable("giuh_ordinates", "f8", ("catchment", "ordinate"), fill_value=np.nan)
        column.units = "1"
        column[:] = ordinates
    return path


def _blocks(catchments: int, hours: int, seed: int, workers: int) -> Iterator[tuple[int, tuple[_Array, _Array]]]:
    """Weather of blocks of catchments, in their order; no more of it in memory than a few blocks."""
    starts = range(0, catchments, BLOCK)
    if workers == 1:
        for first in starts:
            yield first, weather(first, min(first + BLOCK, catchments), hours, seed)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting: list[tuple[int, Future[tuple[_Array, _Array]]]] = []
        for first in starts:
            waiting.append((first, pool.submit(weather, first, min(first + BLOCK, catchments), hours, seed)))
            if len(waiting) > workers:
                number, future = waiting.pop(0)
                yield number, future.result()
        for number, future in waiting:
            yield number, future.result()


def _realization(forcing: str, hours: int) -> dict[str, Any]:
    """A realization whose paths begin at its own folder."""
    parameters = {
        "model_type_name": "CFE",
        "python_type": "cfe_bmi.BmiCfe",
        "init_config": "parameters.nc",
        "main_output_variable": "Q_OUT",
        "allow_exceed_end_time": True,
        "variables_names_map": {"water_potential_evaporation_flux": PET},
        "output_variables": ["Q_OUT"],
    }
    begin = to_epoch(START)
    return {
        "global": {
            "formulations": [{"name": "bmi_python", "params": parameters}],
            "forcing": {"path": forcing, "provider": "NetCDF"},
        },
        "time": {"start_time": START, "end_time": to_text(begin + (hours - 1) * HOUR), "output_interval": HOUR},
        "output": {"root": "output"},
    }
