"""Where data of basins come from: one protocol for all formats, and the formats by name.

Nothing is downloaded: a source reads a folder that somebody has filled, or makes its data itself.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast, runtime_checkable

from basin_study.dataset import DataError, Period
from hydro_physics.soil_classes import did_you_mean

if TYPE_CHECKING:
    import xarray as xr


@runtime_checkable
class BasinSource(Protocol):
    """What every format offers.

    Attributes
    ----------
    name : str
        For messages and reports.
    """

    name: str

    def basins(self) -> tuple[str, ...]:
        """Names of the basins that have data, sorted."""

    def attributes(self) -> xr.Dataset:
        """Attributes of all basins: variables over ``basin``, with units; NaN where unknown."""

    def read(self, basin: str, period: Period | None = None) -> xr.Dataset:
        """Series and attributes of one basin, in the form of :mod:`basin_study.dataset`.

        The attributes of the data set say how its observations are to be compared: ``observation_hours``, the hours
        that an observed value is the mean of (1 or 24), and ``observation_offset``, the hour of the day at which the
        first such span begins. Where it is 24, every hour has the day's mean, and so has the mean over any whole day.

        Raises
        ------
        DataError
            When there is no such basin, its files cannot be used, or the period is not covered.
        """


class SourceKind(NamedTuple):
    """A format: the class that reads it, what it needs, and where to get it."""

    home: str
    what: str
    how_to_get: str


KINDS: dict[str, SourceKind] = {
    "camels_daily": SourceKind(
        "basin_study.camels_daily:CamelsDaily",
        "a folder with basin_mean_forcing and usgs_streamflow",
        "get the CAMELS time series (doi 10.5065/D6MW2F4D) and attributes (doi 10.5065/D6G73C3Q) from UCAR/NCAR and "
        "unpack them",
    ),
    "camels_hourly": SourceKind(
        "basin_study.camels_hourly:CamelsHourly",
        "a folder with nldas_hourly and usgs_streamflow, or with usgs-streamflow-nldas_hourly.nc",
        "get the hourly data of Gauch et al. 2020 (doi 10.5281/zenodo.4072701) and unpack them",
    ),
    "little_washita": SourceKind(
        "basin_study.little_washita:LittleWashita",
        "a folder with forcing_hourly_2006_2012.csv.gz, discharge_hourly_2006_2013.csv.gz, "
        "soil_moisture_hourly_2006_2014.csv.gz",
        "see docs/study_data.md for how these files are made of the published ones",
    ),
    "ngen": SourceKind(
        "basin_study.ngen_basins:NgenBasins",
        "a folder of forcing files of catchments, or one NetCDF file",
        "make them with the NextGen data tools",
    ),
    "synthetic": SourceKind("basin_study.synthetic_camels:SyntheticCamels", "nothing: it makes its data", ""),
}
"""Formats by the name that a study file gives."""


def open_source(kind: str, path: str | Path | None = None, **options: Any) -> BasinSource:
    """Open a source of data.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    path : path, optional
        Folder or file with the data; not for ``synthetic``.
    **options
        Keywords of the class that reads the format.

    Raises
    ------
    DataError
        When the kind, an option or the folder is not there; it says which there are, or how to get the data.

    Examples
    --------
    >>> open_source("camels_dayly", ".")
    Traceback (most recent call last):
    ...
    basin_study.dataset.DataError: data: no kind 'camels_dayly'; known: camels_daily, camels_hourly, little_washita, \
ngen, synthetic; did you mean camels_daily?
    """
    if kind not in KINDS:
        raise DataError(f"data: no kind {kind!r}; known: {', '.join(KINDS)}{did_you_mean(kind, KINDS)}")
    module, name = KINDS[kind].home.split(":")
    reader = getattr(importlib.import_module(module), name)
    known = {word: p for word, p in inspect.signature(reader).parameters.items() if word != "path"}
    wrong = [f"no option {word!r}{did_you_mean(word, known)}" for word in options if word not in known]
    wrong += [
        f"no option {word!r}, which it needs"
        for word, parameter in known.items()
        if parameter.default is parameter.empty and word not in options
    ]
    wrong += [
        f"{word} is {value!r}; expected {_WORDS[text]}"
        for word, value in options.items()
        if word in known and (text := str(known[word].annotation)) in _TYPES and not _is(value, _TYPES[text])
    ]
    if wrong:
        raise DataError(f"data of kind {kind}: {'; '.join(wrong)}; known: {', '.join(known)}")
    if kind == "synthetic":
        if path is not None:
            raise DataError(f"data of kind synthetic: a path is given, {path}; it makes its data: leave the path out")
        return cast(BasinSource, reader(**options))
    if path is None:
        raise DataError(f"data of kind {kind}: no path; expected {KINDS[kind].what}")
    require(Path(path), kind)
    return cast(BasinSource, reader(path, **options))


_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "str | Path | None": (str, Path, type(None)),
}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a word",
    "str | Path | None": "a path",
}
"""Types of options as their classes state them, and what they are called."""


def _is(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def require(path: Path, kind: str) -> Path:
    """Return a path that is there.

    Raises
    ------
    DataError
        With what is expected there and how to get it.
    """
    if not path.exists():
        entry = KINDS[kind]
        raise DataError(
            f"{path}: not there; data of kind {kind} need {entry.what}. Nothing is downloaded: {entry.how_to_get}"
        )
    return path


def known_basin(source: BasinSource, basin: str) -> str:
    """Return the name of a basin that the source has.

    Raises
    ------
    DataError
        With what looks like it, or what there is.
    """
    names = source.basins()
    if basin in names:
        return basin
    hint = did_you_mean(basin, names)
    if not hint and basin.isdigit() and basin.zfill(8) in names:
        hint = f"; did you mean {basin.zfill(8)}? Gauges keep their leading zeros"
    some = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    raise DataError(f"{source.name}: no basin {basin!r} among {len(names)} ({some}){hint}")


def read_many(source: BasinSource, basins: Sequence[str] | None = None, period: Period | None = None) -> xr.Dataset:
    """Put basins of a source into one data set, for the hours that all of them have.

    Parameters
    ----------
    source : BasinSource
    basins : sequence of str, optional
        All when not given.
    period : Period, optional

    Raises
    ------
    DataError
        With the problems of all basins that cannot be read.
    """
    import xarray as xr

    parts, problems = [], []
    for basin in basins if basins is not None else source.basins():
        try:
            parts.append(source.read(basin, period))
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError("\n".join(problems))
    if not parts:
        raise DataError(f"{source.name}: no basins")
    data = xr.concat(
        parts, dim="basin", join="inner", combine_attrs="drop_conflicts", data_vars="all", coords="minimal"
    )
    if data.sizes["time"] == 0:
        raise DataError(f"{source.name}: the basins have no hours in common")
    return data
