"""``python -m benchmarks.table FILE.json``: results as tables in Markdown, for the documentation and release notes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.common import number
from benchmarks.limits import fractions
from benchmarks.record import Row, read, rows_of

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
WHERE = ("catchments", "steps", "threads")


def group_of(row: Row) -> str:
    """What comes before the last slash of the name.

    >>> from benchmarks.record import Timing
    >>> group_of(Row("cfe/ensemble/classic", "ns", Timing(1, 1, 1), {}))
    'cfe/ensemble'
    """
    return row.name.rpartition("/")[0]


def markdown(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table."""
    lines = ["| " + " | ".join(headers) + " |", "| " + " | ".join("---" for _ in headers) + " |"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _line(row: Row) -> list[str]:
    others = ", ".join(f"{key} {value}" for key, value in row.conditions.items() if key not in WHERE)
    case = row.name.rpartition("/")[2] + (f" ({others})" if others else "")
    spread = f"{number(row.timing.least)} to {number(row.timing.most)}" if row.timing.repetitions > 1 else ""
    where = [str(row.conditions.get(key, "")) for key in WHERE]
    return [case, *where, number(row.timing.median), spread, "" if row.unit == "1" else row.unit]


def page(results: dict[str, Any], *prefixes: str) -> str:
    """Return all figures whose names begin with one of `prefixes`, or simply all, a table for each group."""
    project, machine = results["project"], results["machine"]
    commit = (project["commit"] or "no commit")[:10] + (" and changes" if project["changed"] else "")
    hardware = f"{machine['processor']} ({machine['architecture']}), {machine['cores']} cores"
    hardware += f", {machine['memory_gib']} GiB" if machine["memory_gib"] else ""
    others = ("processor", "architecture", "cores", "memory_gib", "system")
    software = ", ".join(f"{key} {value}" for key, value in machine.items() if key not in others and value)
    lines = [f"ngen-arid {project['version']} ({commit}), {project['date']}, {results['effort']} run."]
    lines += [f"{hardware}; {machine['system']}, {software}."]
    chosen = [row for row in rows_of(results) if row.name.startswith(prefixes or "")]
    rows = [row for row in chosen if not row.name.startswith("limits/fraction/")]
    for group, members in groupby(sorted(rows, key=group_of), key=group_of):
        headers = (group, *WHERE, "median", "least to most", "unit")
        lines += ["", *markdown(headers, map(_line, members))]
    found = fractions(rows_of(results)) if not prefixes or "limits" in prefixes else []
    if found:
        lines += [
            "",
            "Fraction of the limit (time for exponentials and bytes alone, over the time taken), one core:",
            "",
        ]
        lines += markdown(
            ("CFE", "basins", "steps", "ns", "with numpy's exp", "with the compiler's exp"),
            ([c, f"{n}", f"{s}", number(t), f"{a:.0%}", f"{b:.0%}"] for c, n, s, t, a, b in found),
        )
    return "\n".join(lines) + "\n"


def put_into(path: Path, text: str) -> None:
    """Replace what stands between the two marks of a page.

    Raises
    ------
    ValueError
        When the page has not both marks.
    """
    old = path.read_text(encoding="utf-8")
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: expected a line {BEGIN} and a line {END} below it")
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--prefix", nargs="+", default=[], help="only names that begin so, such as cfe/ensemble")
    parser.add_argument("--into", type=Path, help=f"a page; replaces what is between {BEGIN} and {END}")
    arguments = parser.parse_args()
    try:
        text = page(read(arguments.file), *arguments.prefix)
        if arguments.into:
            put_into(arguments.into, text)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not arguments.into:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
