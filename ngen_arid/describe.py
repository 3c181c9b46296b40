"""``ngen-arid describe``: inputs, outputs and parameters of a component, as a Markdown table."""

from __future__ import annotations

import argparse
import math
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ngen_bmi.variables import Variable, VariableTable

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Print the variables of a component of this project: name, unit, meaning, default, the range outside which it is
refused, and the range outside which it is warned about.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "describe",
        help="print a component's variables",
        description=_DESCRIPTION,
        epilog="examples:  ngen-arid describe cfe_bmi.BmiCfe;  ngen-arid describe lgar_bmi.BmiLgar",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("component", metavar="MODULE.CLASS", help="such as cfe_bmi.BmiCfe")
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    module, _, name = arguments.component.rpartition(".")
    try:
        table = getattr(import_module(module), name).table
    except (ImportError, ValueError, AttributeError) as error:
        print(f"ngen-arid describe: {arguments.component} is not a component: {error}", file=sys.stderr)
        return 1
    print(describe(table))
    return 0


def describe(table: VariableTable) -> str:
    """Markdown tables of a component's inputs, outputs and parameters."""
    parts = []
    for title, role in (("Inputs", "input"), ("Outputs", "output"), ("Parameters", "parameter")):
        variables = [variable for variable in table if variable.role == role]
        headers = ["name", "unit", "meaning"]
        if role != "output":
            headers.append("valid")
        if role == "parameter":
            headers += ["usual", "default", "also called"]
        rows = [headers, *([_cell(variable, header) for header in headers] for variable in variables)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(headers))]
        rows.insert(1, ["-" * width for width in widths])
        lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
        parts.append("\n".join((f"## {title}", "", *lines)))
    return "\n\n".join(parts)


def _cell(variable: Variable, header: str) -> str:
    match header:
        case "name":
            return f"`{variable.name}`"
        case "unit":
            return variable.unit
        case "meaning":
            return variable.meaning
        case "valid":
            return _range(variable.valid)
        case "usual":
            return _range(variable.calibration) if variable.calibration else ""
        case "default":
            return "" if variable.default is None else f"{variable.default:g}"
        case _:
            return ", ".join(f"`{alias}`" for alias in variable.aliases)


def _range(bounds: tuple[float, float]) -> str:
    return " to ".join("any" if math.isinf(bound) else f"{bound:g}" for bound in bounds)
