"""LGAR configurations in YAML."""

from __future__ import annotations

from pathlib import Path

from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.config_model import (
    CAPILLARY_DRIVES,
    COMPATIBILITY,
    FREE_DRAINAGE,
    INFILTRATION,
    SUBSTEP,
    SUBSTEP_METHODS,
    TOLERANCE,
    LgarConfig,
    checked,
    incomplete_reservoirs,
)
from lgar_bmi.options import ADAPTIVE, GREEN_AMPT, LgarOptions
from lgar_bmi.parameters import FAST_RESERVOIR, PARAMETERS, SLOW_RESERVOIR
from ngen_bmi.column_config import FORCING_STEP, INITIAL_PSI
from ngen_bmi.config import Section, load_yaml
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.soil_layers import read_layers
from ngen_bmi.unit_hydrograph import read_ordinates
from ngen_bmi.variables import Variable

_OF_RESERVOIRS = ("spf_factor", *FAST_RESERVOIR, *SLOW_RESERVOIR)
_LENGTH = Variable("length", SUBSTEP.unit, "parameter", SUBSTEP.meaning, SUBSTEP.default, SUBSTEP.valid)


def load_yaml_config(path: str | Path) -> LgarConfig:
    """Read a YAML configuration (see the user guide for the keys).

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    problems: list[str] = []
    ignored: list[str] = []
    top = Section(load_yaml(path), problems)
    top.choice("model", ("lgar",), "lgar")
    options = _options(top)
    layers = read_layers(top, path)
    parameters = _parameters(top, options, ignored)

    substeps = top.section("substeps")
    method = SUBSTEP_METHODS[substeps.choice("method", tuple(SUBSTEP_METHODS), "fixed")]
    if method != ADAPTIVE and substeps.has("tolerance"):
        ignored.append("substeps.tolerance: has no effect with fixed sub-steps")
    substep = substeps.value(_LENGTH)
    tolerance = substeps.value(TOLERANCE)
    substeps.finish()

    outputs = top.section("outputs")
    depths = outputs.quantities("moisture_depths", "cm") or ()
    outputs.finish()
    frozen = top.section("frozen_soil")
    nodes = frozen.quantities("temperature_nodes", "cm") or ()
    if "frozen_soil" in top.content and not frozen.has("temperature_nodes"):
        problems.append("frozen_soil.temperature_nodes: missing; depths of the nodes of the soil temperature [cm]")
    frozen.finish()
    forcing = top.section("forcing")
    step = forcing.value(FORCING_STEP)
    policy = ForcingPolicy.read(forcing)

    config = LgarConfig(
        source=str(path),
        name=top.text("name", Path(path).stem),
        options=options._replace(substeps=method),
        parameters=parameters,
        soils=layers.soils,
        soil_names=layers.names,
        thickness=layers.thickness,
        initial_psi=top.value(INITIAL_PSI),
        substep=substep,
        tolerance=tolerance,
        forcing_step=step,
        giuh_ordinates=read_ordinates(top),
        moisture_depths=depths,
        temperature_nodes=nodes,
        forcing=policy,
        restore_clock=top.flag("restore_clock"),
        ignored=(*ignored, *layers.ignored),
        doubts=layers.doubts,
    )
    top.finish()
    return checked(config, problems)


def _options(top: Section) -> LgarOptions:
    lgar_c = COMPATIBILITY[top.choice("compatibility", tuple(COMPATIBILITY), "none")]
    drive = top.choice("capillary_drive", tuple(CAPILLARY_DRIVES), "lgar-c" if lgar_c else "exact")
    law = INFILTRATION[top.choice("infiltration", tuple(INFILTRATION), "green_ampt")]
    if lgar_c and law != GREEN_AMPT:
        top.problems.append("infiltration: compatibility: lgar-c knows green_ampt alone; leave out one of the two keys")
    drains, to_reservoir = FREE_DRAINAGE[top.choice("free_drainage", tuple(FREE_DRAINAGE), "none")]
    return LgarOptions(
        capillary_drive=CAPILLARY_DRIVES[drive],
        lgar_c=lgar_c,
        free_drainage=drains,
        drainage_to_reservoir=to_reservoir,
        pet_affects_precipitation=int(top.flag("pet_affects_precipitation")),
        infiltration=law,
    )


def _parameters(top: Section, options: LgarOptions, ignored: list[str]) -> LgarParameters:
    reservoirs = top.section("reservoirs")
    values: dict[str, float] = {}
    given = []
    for variable in PARAMETERS:
        section = reservoirs if variable.name in _OF_RESERVOIRS else top
        values[variable.name] = section.value(variable)
        if any(section.has(name) for name in (variable.name, *variable.aliases)):
            given.append(variable.name)
    top.problems.extend(incomplete_reservoirs(given, "reservoirs."))
    if "spf_factor" in given and values["frac_to_CR"] == 0.0:
        ignored.append("reservoirs.spf_factor: has no effect, frac_to_CR is 0")
    if set(SLOW_RESERVOIR) & set(given) and values["frac_to_CR"] == 0.0 and not options.drainage_to_reservoir:
        ignored.append("reservoirs.frac_slow: has no effect, no water goes to the reservoirs")
    reservoirs.finish()
    return LgarParameters(**values)
