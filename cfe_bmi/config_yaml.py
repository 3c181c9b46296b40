"""CFE configurations in YAML."""

from __future__ import annotations

from pathlib import Path

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import (
    GW_STORAGE,
    PARTITIONING,
    SOIL_SCHEMES,
    SOIL_STORAGE,
    SURFACE_RUNOFF,
    CfeConfig,
    checked,
    parameters_without_effect,
    required_parameters,
)
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import GIUH, NASH, CfeOptions
from ngen_bmi.config import Section, load_yaml
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.unit_hydrograph import read_ordinates


def load_yaml_config(path: str | Path) -> CfeConfig:
    """Read a YAML configuration (see the user guide for the keys).

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    problems: list[str] = []
    top = Section(load_yaml(path), problems)
    top.choice("model", ("cfe",), "cfe")
    options = _options(top)

    given = top.section("parameters", required=True)
    required = required_parameters(options)
    unused = parameters_without_effect(options)
    values: dict[str, float] = {}
    ignored = []
    for variable in PARAMETERS:
        value = given.quantity(variable, required=variable.name in required)
        if value is None:
            values[variable.name] = variable.default if variable.default is not None else 0.0
        else:
            values[variable.name] = value
            if variable.name in unused:
                ignored.append(f"parameters.{variable.name}: has no effect with the chosen schemes")
    given.finish()

    initial = top.section("initial", required=True)
    soil = initial.quantity(SOIL_STORAGE, required=True)
    groundwater = initial.quantity(GW_STORAGE, required=True)
    lateral = initial.quantities("nash_storage_subsurface", "m")
    surface = initial.quantities("nash_storage_surface", "m") if options.surface_runoff == NASH else None
    initial.finish()

    cascade = top.section("nash_subsurface")
    n_lateral = cascade.integer("reservoirs", len(lateral) if lateral else 2, 1, 20)
    cascade.finish()
    n_surface = 1
    if options.surface_runoff == NASH:
        cascade = top.section("nash_surface")
        n_surface = cascade.integer("reservoirs", len(surface) if surface else 2, 1, 20)
        options = options._replace(nash_substeps=cascade.integer("substeps", 10, 1, 1000))
        cascade.finish()
    for key, storages, count in (("subsurface", lateral, n_lateral), ("surface", surface, n_surface)):
        if storages is not None and len(storages) != count:
            problems.append(
                f"initial.nash_storage_{key}: has {len(storages)} values for {count} reservoir(s) of nash_{key}"
            )

    ordinates: tuple[float, ...] = (1.0,)
    if options.surface_runoff == GIUH:
        ordinates = read_ordinates(top)

    bottoms: tuple[float, ...] = ()
    layer = 0
    if options.rootzone_et:
        rootzone = top.section("rootzone", required=True)
        bottoms = rootzone.quantities("layer_bottoms", "m") or ()
        layer = rootzone.integer("supply_layer", None, 1, max(len(bottoms), 1)) - 1
        rootzone.finish()
    policy = ForcingPolicy.read(top.section("forcing"))
    restore_clock = top.flag("restore_clock")
    name = top.text("name", Path(path).stem)
    top.finish()

    if problems:
        raise ConfigError(path, problems)
    return checked(
        CfeConfig(
            source=str(path),
            name=name,
            options=options,
            parameters=CfeParameters(**values),
            soil_storage=soil if soil is not None else 0.0,
            gw_storage=groundwater if groundwater is not None else 0.0,
            giuh_ordinates=ordinates,
            lateral=lateral or (0.0,) * n_lateral,
            surface=surface or (0.0,) * n_surface,
            layer_bottoms=bottoms,
            supply_layer=layer,
            forcing=policy,
            restore_clock=restore_clock,
            ignored=tuple(ignored),
        )
    )


def _options(top: Section) -> CfeOptions:
    return CfeOptions(
        soil_scheme=SOIL_SCHEMES[top.choice("soil_scheme", tuple(SOIL_SCHEMES))],
        partitioning=PARTITIONING[top.choice("partitioning", tuple(PARTITIONING))],
        surface_runoff=SURFACE_RUNOFF[top.choice("surface_runoff", tuple(SURFACE_RUNOFF))],
        rootzone_et=int(top.flag("rootzone_et")),
        frozen_soil=int(top.flag("frozen_soil")),
    )
