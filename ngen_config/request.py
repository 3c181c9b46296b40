"""What is to be configured, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ngen_config import cfe, lgar
from ngen_config.lgar import Layer

NO_PET = "none"
"""In place of a method of PET: the forcing has potential evapotranspiration."""


@dataclass(frozen=True)
class Request:
    """What is to be configured.

    Attributes
    ----------
    geopackage, output : Path
    model : str
        One of `ngen_config.realization.MODELS`.
    pet : str
        A method of PET, or ``none``: the forcing has it.
    forcing : Path or None
        Folder of CSV files or NetCDF file; None: it will be in ``forcing/`` of the output.
    start, end : str
        First and last hour; empty: those of the forcing.
    catchments : sequence of str or None
        None: all.
    pet_column : str or None
        Name of potential evapotranspiration in the forcing, with ``pet="none"``.
    soil : str or None
        Class for divides without one.
    soil_table : str
        Of LGAR's soils.
    textures : mapping or None
        Catchment -> layers, in place of classes; see `ngen_config.texture.read_textures`.
    missing : str
        ``error`` or ``defaults``, for attributes that the file does not have.
    soil_storage, gw_storage : float
        CFE: initial storages as shares of their maximum.
    initial_psi : float
        LGAR: initial suction [cm].
    overwrite : bool
    """

    geopackage: Path
    output: Path
    model: str
    pet: str = "penman_monteith"
    forcing: Path | None = None
    start: str = ""
    end: str = ""
    catchments: Sequence[str] | None = None
    pet_column: str | None = None
    soil: str | None = None
    soil_table: str = "rosetta_2001"
    textures: dict[str, list[Layer]] | None = None
    missing: str = "error"
    soil_storage: float = cfe.SOIL_STORAGE
    gw_storage: float = cfe.GW_STORAGE
    initial_psi: float = lgar.INITIAL_PSI
    overwrite: bool = False


@dataclass(frozen=True)
class Configured:
    """What was written.

    Attributes
    ----------
    realization : Path
    divides : int
    defaulted : list of str
        Attributes without a value somewhere, a line each.
    doubts : list of str
        What is within its limits and yet unlikely, a line each.
    """

    realization: Path
    divides: int
    defaulted: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
