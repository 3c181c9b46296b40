"""What a catchment hands on: its main output in metres, and the titles of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ngen_harness.context import log
from ngen_harness.errors import UnitConversionError

if TYPE_CHECKING:
    from ngen_harness.formulation import ModuleFormulation


def main_response(name: str, module: ModuleFormulation) -> float:
    """Read the main output in metres; the raw value, with a warning, if its unit is not a length.

    ngen of 2025 takes the raw value in any case; it says nothing, we do.

    Parameters
    ----------
    name : str
        The main output.
    module : ModuleFormulation
        The module that has it.
    """
    if not module.context.mode.main_output_is_converted:
        value, units = module.raw(name)
        if units != "m":
            module.context.warn_once(
                ("main output", module.label, name),
                f"{module.catchment_id}: {module.label}: main output '{name}' is in '{units}'; this version of ngen "
                "takes the number for metres per step",
            )
        return value
    try:
        return module.value(name, 0, 0, "m")
    except UnitConversionError as error:
        module.warn_units("main output", name, name, error)
        return error.value


def column_titles(headers: tuple[str, ...] | None, variables: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Column titles: as configured if there are as many as columns, else the variables' names."""
    if headers is None:
        return variables
    if len(headers) != len(variables):
        log.warning(
            "%s.output_header_fields has %d fields, but there are %d output variables: ignored",
            where,
            len(headers),
            len(variables),
        )
        return variables
    return headers
