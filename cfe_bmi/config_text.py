"""CFE configurations in NOAA-OWP's ``key=value[unit]`` text, in all the spellings in use.

Read as CFE 2.x reads them, with three differences: the order of the lines does not matter, blanks around values do
not, and what has no effect is reported. Besides CFE's keys there is ``soil_scheme=classic|ode``, which CFE ignores.
"""

from __future__ import annotations

from pathlib import Path

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import (
    GW_STORAGE,
    SOIL_SCHEMES,
    SOIL_STORAGE,
    CfeConfig,
    checked,
    parameters_without_effect,
    required_parameters,
)
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import GIUH, NASH, SCHAAKE, XINANJIANG, CfeOptions
from ngen_bmi.errors import ConfigError
from ngen_bmi.text_config import TextConfig
from ngen_bmi.unit_hydrograph import scaled_ordinates

_PARTITIONING = {"schaake": SCHAAKE, "1": SCHAAKE, "xinanjiang": XINANJIANG, "2": XINANJIANG}
_SURFACE_RUNOFF = {"giuh": GIUH, "1": GIUH, "nash_cascade": NASH, "2": NASH}

_TEXT_NAMES: dict[str, tuple[str, ...]] = {
    "depth": ("soil_params.depth", "soil_params.D"),
    "b": ("soil_params.b", "soil_params.bb"),
    "satdk": ("soil_params.satdk",),
    "satpsi": ("soil_params.satpsi",),
    "slope": ("soil_params.slope", "soil_params.slop"),
    "maxsmc": ("soil_params.smcmax", "soil_params.maxsmc"),
    "wltsmc": ("soil_params.wltsmc",),
    "soil_expon": ("soil_params.expon",),
    "soil_expon_secondary": ("soil_params.expon_secondary",),
    "refkdt": ("refkdt", "soil_params.refkdt"),
    "alpha_fc": ("alpha_fc", "soil_params.alpha_fc"),
    "Klf": ("K_lf",),
    "Kn": ("K_nash_subsurface", "K_nash"),
}
"""Names in the text of the parameters that are not called there as they are here."""

_HOUSEKEEPING = {"num_timesteps", "verbosity", "DEBUG"}

_NO_PERCENTAGE = "; it is a share of the maximum, not a percentage or a depth"


def load_text_config(path: str | Path) -> CfeConfig:
    """Read a text configuration.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    text = TextConfig.read(path, unit_note=" (CFE in C does not look at units)")
    problems = text.problems
    options = CfeOptions(
        soil_scheme=text.word(("soil_scheme",), SOIL_SCHEMES, 0),
        partitioning=text.word(
            ("surface_water_partitioning_scheme", "surface_partitioning_scheme"), _PARTITIONING, None
        ),
        surface_runoff=text.word(("surface_runoff_scheme",), _SURFACE_RUNOFF, GIUH),
        rootzone_et=int(text.flag("is_aet_rootzone")),
        frozen_soil=int(text.flag("is_sft_coupled")),
    )
    required = required_parameters(options)
    unused = parameters_without_effect(options)
    values: dict[str, float] = {}
    for variable in PARAMETERS:
        names = _TEXT_NAMES.get(variable.name, (variable.name,))
        given = [name for name in names if name in text.pairs]
        value = text.number(variable, names, required=variable.name in required)
        if given and variable.name in unused:
            text.ignored.append(f"{given[0]}: has no effect with the chosen schemes")
        values[variable.name] = (variable.default or 0.0) if value is None else value

    soil = text.number(SOIL_STORAGE, ("soil_storage",), required=True, when_above=_NO_PERCENTAGE)
    groundwater = text.number(GW_STORAGE, ("gw_storage",), required=True, when_above=_NO_PERCENTAGE)

    lateral = text.numbers("nash_storage_subsurface", "m") or text.numbers("nash_storage", "m")
    n_lateral = text.integer("N_nash_subsurface", 2, 1, 20)
    if len(lateral) < 2:
        if lateral:
            text.doubts.append("nash_storage_subsurface: a list of one value is not used (as in CFE)")
        lateral = (0.0,) * n_lateral

    surface: tuple[float, ...] = (0.0,)
    ordinates: tuple[float, ...] = (1.0,)
    if options.surface_runoff == NASH:
        surface = text.numbers("nash_storage_surface", "m")
        n_surface = text.integer("N_nash_surface", len(surface) or 2, 1, 20)
        surface = surface or (0.0,) * n_surface
        if len(surface) != n_surface:
            problems.append(f"nash_storage_surface: has {len(surface)} values for N_nash_surface={n_surface}")
        options = options._replace(nash_substeps=text.integer("nsubsteps_nash_surface", 10, 1, 1000))
    else:
        missing = "giuh_ordinates" not in text.pairs
        read = text.numbers("giuh_ordinates", "1")
        if read:
            ordinates = scaled_ordinates(read, problems)
        elif missing:
            problems.append("giuh_ordinates: missing; the shares of runoff that leave in the 1st, 2nd, ... hour")
    if min((*lateral, *surface)) < 0.0:
        problems.append("nash_storage: initial storages cannot be negative")

    bottoms: tuple[float, ...] = ()
    layer = 0
    if options.rootzone_et:
        bottoms = text.numbers("soil_layer_depths", "m")
        if "max_rootzone_layer" not in text.pairs:
            problems.append("max_rootzone_layer: missing; the index, from 0, of the layer that feeds evaporation")
        layer = text.integer("max_rootzone_layer", 0, 0, max(len(bottoms) - 1, 0))

    taken = text.take("forcing_file")
    if taken is not None and taken[1] != "BMI":
        text.doubts.append(f"forcing_file: {taken[1]!r} is not read, forcing comes through BMI")
    for key in text.pairs:
        if key not in _HOUSEKEEPING:
            text.doubts.append(f"{key}: not a key that is used")

    if problems:
        raise ConfigError(path, problems)
    return checked(
        CfeConfig(
            source=str(path),
            name=Path(path).stem,
            options=options,
            parameters=CfeParameters(**values),
            soil_storage=soil if soil is not None else 0.0,
            gw_storage=groundwater if groundwater is not None else 0.0,
            giuh_ordinates=ordinates,
            lateral=lateral,
            surface=surface,
            layer_bottoms=bottoms,
            supply_layer=layer,
            ignored=tuple(text.ignored),
            doubts=tuple(text.doubts),
        )
    )
