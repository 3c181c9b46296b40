"""What the filters of a study leave out: as a table beside the results, and as a section of the report."""

from __future__ import annotations

from pathlib import Path

from basin_study.evaluate import write_table
from basin_study.report_html import Section
from basin_study.selection import Selection

SELECTION_FILE = "selection.csv"
SHOWN = 20
"""Basins that are named in a row of the report; the file names all."""


def write_selection(selection: Selection, output: Path) -> list[Path]:
    """Write the table of filters; without filters there is none, nor one of a former run.

    Returns
    -------
    list of Path
        Of what was written.
    """
    path = output / SELECTION_FILE
    if not selection.steps:
        path.unlink(missing_ok=True)
        return []
    output.mkdir(parents=True, exist_ok=True)
    return [write_table(selection.table(), path)]


def selection_sections(selection: Selection) -> list[Section]:
    """Table of filters with the basins that each leaves out; nothing without filters."""
    if not selection.steps:
        return []
    table = selection.table()
    table["basins removed"] = [_named(list(step.removed)) for step in selection.steps]
    text = (
        f"Filters of the study file, one after the other: {len(selection.basins)} of {selection.steps[0].before} "
        f"basins stay. All that are left out are named in {SELECTION_FILE}."
    )
    return [Section("Which basins", text, table)]


def _named(basins: list[str]) -> str:
    more = f" and {len(basins) - SHOWN} more" if len(basins) > SHOWN else ""
    return ", ".join(basins[:SHOWN]) + more
