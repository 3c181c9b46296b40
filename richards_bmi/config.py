"""Configurations of Richards columns: YAML, one file a column.

What LGAR's configurations have too means the same here (layers, soils, suctions, ponding, unit hydrograph, forcing).
The rest::

    initial: hydrostatic      # in place of initial_psi: at rest over water_table_depth
    bottom: water_table       # or no_flow (when not given), or free_drainage
    water_table_depth: 300 cm # below the surface; may be deeper than the column
    roots: {profile: uniform, depth: 30 cm}       # or linear, exponential
    grid: {cell: 1 cm, surface_cell: 0.1 cm, growth: 1.3}
    solver: {tolerance: 1e-3 cm, shortest: 1e-5 s, longest: 3600 s}
    outputs: {depths: [5 cm, 25 cm]}              # of moisture and suction
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from ngen_bmi.column_config import FORCING_STEP, INITIAL_PSI
from ngen_bmi.config import Section, load_yaml
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.soil_layers import read_layers
from ngen_bmi.soil_parameters import COLUMN_PARAMETERS
from ngen_bmi.unit_hydrograph import read_ordinates
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.config_model import BOTTOMS, RichardsConfig, checked
from richards_bmi.grid_settings import GRID_VARIABLES, SOLVER_VARIABLES, GridSettings, SolverSettings
from richards_bmi.options import WATER_TABLE, RichardsOptions
from richards_bmi.parameters import WATER_TABLE_DEPTH
from richards_bmi.roots import ROOT_DEPTH, ROOT_PROFILES

__all__ = ["RichardsConfig", "load_config"]

_OF_LGAR = {
    "substeps": "sub-steps always follow the error; use solver: {tolerance, shortest, longest}",
    "capillary_drive": "suction and conductivity of the soils say it all; leave it out",
    "compatibility": "there is no other program to agree with; leave it out",
    "free_drainage": "use bottom: free_drainage, or bottom: no_flow for none",
    "reservoirs": "all water goes through the soil; leave them out, or use model: lgar",
    "frozen_soil": "soils are not frozen here; leave it out, or use model: lgar",
}
"""Keys of LGAR that mean nothing here, and what to do instead."""


def load_config(path: str | Path) -> RichardsConfig:
    """Read a configuration.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    if Path(path).suffix.lower() not in (".yml", ".yaml"):
        raise ConfigError(
            path, ["the file does not end in .yml or .yaml; Richards columns are configured in YAML only"]
        )
    problems: list[str] = []
    ignored: list[str] = []
    top = Section(load_yaml(path), problems)
    top.choice("model", ("richards",), "richards")
    for key, remedy in _OF_LGAR.items():
        if top.content.pop(key, None) is not None:
            problems.append(f"{key}: is of LGAR and has no meaning here: {remedy}")
    options = RichardsOptions(
        bottom=BOTTOMS[top.choice("bottom", tuple(BOTTOMS), "no_flow")],
        pet_affects_precipitation=int(top.flag("pet_affects_precipitation")),
    )
    hydrostatic = top.choice("initial", ("uniform", "hydrostatic"), "uniform") == "hydrostatic"
    layers = read_layers(top, path)
    profile, depth = _roots(top)
    grid = top.section("grid")
    cells = GridSettings(*(grid.value(variable) for variable in GRID_VARIABLES))
    grid.finish()
    solver = top.section("solver")
    limits = SolverSettings(*(solver.value(variable) for variable in SOLVER_VARIABLES))
    solver.finish()
    depths = _depths(top)
    forcing = top.section("forcing")
    step = forcing.value(FORCING_STEP)
    policy = ForcingPolicy.read(forcing)

    config = RichardsConfig(
        source=str(path),
        name=top.text("name", Path(path).stem),
        options=options,
        parameters=RichardsParameters(
            **{variable.name: top.value(variable) for variable in COLUMN_PARAMETERS},
            water_table_depth=_water_table(top, options, hydrostatic, ignored),
        ),
        soils=layers.soils,
        soil_names=layers.names,
        thickness=layers.thickness,
        root_profile=profile,
        root_depth=depth,
        initial_psi=_initial_psi(top, hydrostatic),
        hydrostatic=hydrostatic,
        grid=cells,
        solver=limits,
        forcing_step=step,
        giuh_ordinates=read_ordinates(top),
        moisture_depths=depths,
        forcing=policy,
        restore_clock=top.flag("restore_clock"),
        ignored=(*ignored, *layers.ignored),
        doubts=layers.doubts,
    )
    top.finish()
    return checked(config, problems)


def _initial_psi(top: Section, hydrostatic: bool) -> float:
    if not hydrostatic:
        return top.value(INITIAL_PSI)
    if top.has(INITIAL_PSI.name):
        top.value(INITIAL_PSI)
        top.problems.append("initial_psi: given with initial: hydrostatic, which is another start; give one of them")
    return 0.0


def _water_table(top: Section, options: RichardsOptions, hydrostatic: bool, ignored: list[str]) -> float:
    name = WATER_TABLE_DEPTH.name
    if options.bottom != WATER_TABLE and not hydrostatic:
        if top.has(name):
            ignored.append(f"{name}: has no effect; bottom is not water_table and initial is not hydrostatic")
    elif not top.has(name):
        because = "bottom: water_table" if options.bottom == WATER_TABLE else "initial: hydrostatic"
        top.problems.append(f"{name}: missing; {because} needs the depth of the water table [cm]")
        return math.nan
    return top.value(WATER_TABLE_DEPTH)


def _roots(top: Section) -> tuple[int, float]:
    """Profile and depth; they have no default, for where water is taken from decides how much runs off."""
    content = top.content.get("roots")
    if not isinstance(content, Mapping):
        top.used.add("roots")
        if "roots" not in top.empty:
            found = "missing" if content is None else f"expected profile and depth, found {content!r}"
            top.problems.append(
                f"roots: {found}; write roots: {{profile: {' | '.join(ROOT_PROFILES)}, depth: ... cm}}: where "
                f"evapotranspiration takes its water from"
            )
        return ROOT_PROFILES["uniform"], math.nan
    roots = top.section("roots")
    profile = ROOT_PROFILES[roots.choice("profile", tuple(ROOT_PROFILES))]
    depth = roots.value(ROOT_DEPTH)
    roots.finish()
    return profile, depth


def _depths(top: Section) -> tuple[float, ...]:
    outputs = top.section("outputs")
    depths = outputs.quantities("depths", "cm")
    of_lgar = outputs.quantities("moisture_depths", "cm")
    if outputs.has("depths") and outputs.has("moisture_depths"):
        top.problems.append("outputs: depths and moisture_depths are names of the same list; give one of them")
    outputs.finish()
    return depths or of_lgar or ()
