"""From a hydrofabric GeoPackage to a run directory for ngen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from cfe_bmi.config_model import GW_STORAGE, SOIL_STORAGE
from hydro_physics.soil_classes import plain_name
from ngen_bmi.column_config import INITIAL_PSI
from ngen_bmi.errors import ConfigError
from ngen_config import giuh, report
from ngen_config.attributes import CFE_ATTRIBUTES, SOIL_CLASS, cfe_values, soil_class
from ngen_config.cfe import cfe_text
from ngen_config.doubts import doubts_of
from ngen_config.facts import constants_of, facts_of
from ngen_config.folder import refuse_full, whole_folder
from ngen_config.forcing import Forcing, check_period, read_forcing, spelled
from ngen_config.forcing_heads import check_heads
from ngen_config.geopackage import ATTRIBUTES, Divide, GeoPackage, plain, shortened
from ngen_config.lgar import Layer, layer_of_class, lgar_text
from ngen_config.pet import PetChoice, pet_text
from ngen_config.realization import MODELS, inputs_of, realization
from ngen_config.request import NO_PET, Configured, Request
from ngen_config.tally import Tally
from pet_bmi.config_model import METHODS
from pet_bmi.variables import LONGWAVE as LONGWAVE_INPUT
from pet_bmi.variables import PRESSURE as PRESSURE_INPUT
from pet_bmi.variables import used_inputs

_ENOUGH_PROBLEMS = 1000


def configure(request: Request, watch: Callable[[int, int], None] | None = None) -> Configured:
    """Write configurations, realization and report.

    Parameters
    ----------
    request : Request
    watch : function, optional
        Called with the divides done and all of them.

    Returns
    -------
    Configured

    Raises
    ------
    ConfigError
        Something cannot be used; all problems of the first kind are listed and nothing is written.
    HarnessError
        A NetCDF forcing cannot be used.
    """
    request = _checked(request)
    refuse_full(request.output, overwrite=request.overwrite)
    with GeoPackage(request.geopackage) as file:
        ids = _wanted(file, request.catchments)
        forcing = read_forcing(request.forcing, ids) if request.forcing is not None else None
        start, end = _period(request, forcing)
        rain = forcing.rain() if forcing else "precip_rate"
        evaporation, choice = _evaporation(request, forcing, start)
        if forcing is not None:
            check_heads(forcing, ids, inputs_of(request.model, rain, evaporation, choice), (start, end))
        _check_columns(file, request)
        document = realization(request.model, rain, evaporation, forcing, request.output, start, end)
        with whole_folder(request.output) as folder:
            tally = _write_divides(file, ids, request, choice, folder, watch)
            constants = constants_of(request, choice)
            facts = facts_of(request, forcing, choice, evaporation, rain, start, end)
            doubts = doubts_of(tally, request.soil_storage, file.layers)
            _write(folder / "realization.json", json.dumps(document, indent=2) + "\n")
            _write(folder / "report.csv", report.as_csv(tally, constants))
            _write(
                folder / "report.txt",
                report.as_text(tally, constants, [*facts, *(f"Doubtful: {line}" for line in doubts)]),
            )
            if request.catchments is not None:
                _write(folder / "catchments.txt", ",".join(ids) + "\n")
    return Configured(request.output / "realization.json", len(ids), report.defaulted(tally), doubts)


def _checked(request: Request) -> Request:
    """Refuse unknown words; spell the soil class as the tables do."""
    if request.model not in MODELS:
        raise ConfigError("model", [f"{request.model!r} is no model; expected {', '.join(MODELS)}"])
    if request.pet not in (NO_PET, *METHODS):
        raise ConfigError("pet", [f"{request.pet!r} is no method; expected {', '.join((*METHODS, NO_PET))}"])
    started = [
        f"{name}: {problem}"
        for name, variable, value in (
            ("--soil-storage", SOIL_STORAGE, request.soil_storage),
            ("--gw-storage", GW_STORAGE, request.gw_storage),
            ("--initial-psi", INITIAL_PSI, request.initial_psi),
        )
        if (problem := variable.problem_with(value))
    ]
    if started:
        raise ConfigError("initial state", started)
    if request.soil is None:
        return request
    try:
        layer_of_class(request.soil, request.soil_table)
    except ValueError as error:
        raise ConfigError("soil", [str(error)]) from error
    return replace(request, soil=plain_name(request.soil))


def _wanted(file: GeoPackage, names: Sequence[str] | None) -> list[str]:
    """Ids to configure, in the file's order."""
    ids = file.ids()
    if names is None:
        return ids
    known = frozenset(ids)
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown or not names:
        said = [f"{name} is not in the file" for name in unknown] or ["no catchment is named"]
        example = f"it has {len(ids)} catchments, for example {', '.join(ids[:3])}"
        raise ConfigError(file.path, [*shortened(said), example])
    wanted = frozenset(names)
    return [name for name in ids if name in wanted]


def _period(request: Request, forcing: Forcing | None) -> tuple[str, str]:
    start = request.start or (forcing.start if forcing else "")
    end = request.end or (forcing.end if forcing else "")
    missing = [key for key, text in (("--start", start), ("--end", end)) if not text]
    if missing:
        raise ConfigError("period", [f"{key}: needed where there is no --forcing to take it from" for key in missing])
    check_period(start, end, forcing)
    return start, end


def _evaporation(request: Request, forcing: Forcing | None, start: str) -> tuple[str | None, PetChoice | None]:
    """Name of the forcing's potential evapotranspiration, or how PET calculates it."""
    if request.pet == NO_PET:
        return (forcing.evaporation(request.pet_column) if forcing else request.pet_column or "PET"), None
    longwave = "given" if forcing is None or LONGWAVE_INPUT in forcing.units else "fao56"
    pressure = "given" if forcing is None or PRESSURE_INPUT in forcing.units else "elevation"
    choice = PetChoice(request.pet, longwave, pressure, start)
    if forcing is not None:
        absent = [name for name in used_inputs(choice.options) if name not in forcing.units]
        if absent:
            wanted = f"--pet {request.pet} needs it; it has {', '.join(forcing.names())}"
            what = "column" if forcing.pattern else "variable"
            raise ConfigError(forcing.first, [f"no {what} {spelled(name)}: {wanted}" for name in absent])
    return None, choice


def _check_columns(file: GeoPackage, request: Request) -> None:
    """Refuse a file without the attributes, unless defaults are asked for."""
    if request.missing == "defaults":
        return
    advice = "use hydrofabric v2.2, or --missing defaults for the documented defaults"
    needed = [attribute.column for attribute in CFE_ATTRIBUTES]
    if MODELS[request.model] == "lgar":
        needed = [] if request.textures is not None else [SOIL_CLASS.column]
    if not needed:
        return
    if ATTRIBUTES not in file.layers:
        raise ConfigError(file.path, [f"has no layer '{ATTRIBUTES}': {advice}"])
    absent = [name for name in needed if plain(name) not in file.attributes]
    if absent:
        raise ConfigError(file.path, [f"layer '{ATTRIBUTES}': no column {name}: {advice}" for name in absent])


def _write_divides(
    file: GeoPackage,
    ids: list[str],
    request: Request,
    choice: PetChoice | None,
    folder: Path,
    watch: Callable[[int, int], None] | None,
) -> Tally:
    kind = MODELS[request.model]
    (folder / kind).mkdir()
    if choice is not None:
        (folder / "pet").mkdir()
    tally = Tally()
    origin = f"Attributes of {report.in_one_line(file.path.name)}"
    for done, divide in enumerate(file.divides(ids), start=1):
        tally.divides += 1
        tally.area += divide.area
        if not divide.has_attributes and ATTRIBUTES in file.layers and request.missing == "error":
            tally.problems.append(f"{divide.id}: no row in '{ATTRIBUTES}' (or --missing defaults)")
        ordinates = _ordinates(divide, tally)
        if kind == "cfe":
            values = cfe_values(divide, request.soil, tally)
            tally.began(request.soil_storage, values["wltsmc"] / values["maxsmc"])
            scheme = request.model.removeprefix("cfe_")
            storages = (request.soil_storage, request.gw_storage)
            text = cfe_text(divide.id, scheme, values, storages, ordinates, origin, tally.problems)
            _write(folder / kind / f"{divide.id}.yml", text)
        else:
            layers = _layers(divide, request, tally)
            if layers:
                table, psi = request.soil_table, request.initial_psi
                text = lgar_text(divide.id, layers, table, psi, ordinates, origin, tally.problems)
                _write(folder / kind / f"{divide.id}.yml", text)
        if choice is not None:
            _write(folder / "pet" / f"{divide.id}.yml", pet_text(divide, file.srs, choice, origin, tally))
        if watch is not None:
            watch(done, len(ids))
        if len(tally.problems) > _ENOUGH_PROBLEMS:
            break
    if tally.problems:
        raise ConfigError(file.path, shortened(tally.problems))
    return tally


def _ordinates(divide: Divide, tally: Tally) -> tuple[float, ...]:
    text = divide.attributes.get(giuh.COLUMN)
    how = "given" if text is not None else "null" if giuh.COLUMN in divide.attributes else "missing"
    rule = f"JSON, hours and shares; else {list(giuh.DEFAULT)}"
    tally.count("giuh_ordinates", giuh.COLUMN, rule, divide.id, how)
    if text is None:
        return giuh.DEFAULT
    try:
        return giuh.ordinates(text)
    except ValueError as error:
        tally.problems.append(f"{divide.id}: {giuh.COLUMN}: {error}")
        return giuh.DEFAULT


def _layers(divide: Divide, request: Request, tally: Tally) -> list[Layer]:
    if request.textures is not None:
        layers = request.textures.get(divide.id)
        if layers is None:
            tally.problems.append(f"{divide.id}: no texture is given")
            return []
        tally.count("soil", "sand, silt, clay", "ROSETTA 3 of the given textures", divide.id, "given")
        return layers
    name = soil_class(divide, request.soil, tally, needed=True)
    return [layer_of_class(name, request.soil_table)] if name else []


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
