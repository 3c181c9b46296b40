"""Compiled modules of a realization: which Python component can take the place of one, and what to say if none can."""

from __future__ import annotations

from typing import NamedTuple

from ngen_harness.context import log
from ngen_harness.json_problems import Node, Problem

COMPILED = ("bmi_c", "bmi_c++", "bmi_fortran")
SLOTH = "ngen_bmi.constants.BmiConstants"


class _Known(NamedTuple):
    """A NOAA-OWP module by a word in its names, and its Python component."""

    word: str
    component: str


_KNOWN = (
    _Known("cfe", "cfe_bmi.BmiCfe"),
    _Known("lasam", "lgar_bmi.BmiLgar"),
    _Known("lgar", "lgar_bmi.BmiLgar"),
    _Known("pet", "pet_bmi.BmiPet"),
)


def stand_in(kind: str, node: Node) -> str | None:
    """Find the Python component for a compiled module.

    Parameters
    ----------
    kind : str
        One of `COMPILED`.
    node : Node
        The module's ``params``; problems are noted there.

    Returns
    -------
    str or None
        Its ``python_type``. Constants (SLoTH) are always replaced, models only if substitution is allowed; otherwise a
        problem says what to do.
    """
    keys = ("model_type_name", "library_file", "registration_function", "create_function")
    names = " ".join(str(node.value.get(key, "")) for key in keys).lower()
    if kind == "bmi_c++" and "sloth" in names:
        return SLOTH
    known = next((module for module in _KNOWN if module.word in names), None)
    label = node.value.get("model_type_name", "?")
    if known is not None:
        if node.problems.substitute:
            replaced = f"'{label}' ({kind}) is replaced by {known.component}"
            log.warning("%s: %s", node.where, replaced)
            node.problems.notes.append(Problem(node.where, replaced, "works"))
            return known.component
        advice = (
            f'use "name": "bmi_python" with "python_type": "{known.component}" instead, or let the harness do so '
            "(--substitute, in Python substitute=True)"
        )
    else:
        advice = "there is no Python component to take its place"
    node.problem(
        "library_file",
        f"'{label}' is a compiled module ({kind}), which ngen_harness cannot load; {advice}",
        "unsupported",
    )
    return None
