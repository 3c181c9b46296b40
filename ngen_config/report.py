"""What was taken from where: the reports beside a realization."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from ngen_config.tally import Tally

_COLUMNS = ("parameter", "attribute", "rule", "divides_with_value", "divides_null", "divides_missing", "examples")


def as_csv(tally: Tally, constants: Mapping[str, str]) -> str:
    """Table of all parameters.

    Parameters
    ----------
    tally : Tally
    constants : mapping
        Parameter -> value that every divide has.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, source in tally.sources.items():
        writer.writerow(
            (name, source.attribute, source.rule, source.given, source.null, source.missing, " ".join(source.examples))
        )
    for name, value in constants.items():
        writer.writerow((name, "", f"for every divide: {value}", 0, 0, tally.divides, ""))
    return buffer.getvalue()


def as_text(tally: Tally, constants: Mapping[str, str], facts: Sequence[str]) -> str:
    """The same for people.

    Parameters
    ----------
    tally, constants
        See `as_csv`.
    facts : sequence of str
        What there is to say besides, a line each.
    """
    lines = [*facts, f"{tally.divides} divides, {tally.area:.3f} km2", ""]
    if tally.classes:
        lines.append("Soil classes (mode.ISLTYP, STATSGO order):")
        lines += [f"  {name}: {count}" for name, count in sorted(tally.classes.items())]
        lines.append("")
    lines.append("From the hydrofabric (divides with a value, NULL, missing):")
    for name, source in tally.sources.items():
        counts = f"{source.given}, {source.null}, {source.missing}"
        lines.append(f"  {name}: {source.attribute} ({counts}); {source.rule}")
        if source.examples:
            more = source.null + source.missing - len(source.examples)
            tail = f" and {more} more" if more > 0 else ""
            lines.append(f"    without a value: {', '.join(source.examples)}{tail}")
    lines += ["", "The same for every divide:", *(f"  {name}: {value}" for name, value in constants.items())]
    return "\n".join(lines) + "\n"


def defaulted(tally: Tally) -> list[str]:
    """Say which attributes had no value somewhere, a line each."""
    return [
        f"{name} ({source.attribute}): {source.null} NULL, {source.missing} missing; {source.rule}"
        for name, source in tally.sources.items()
        if source.null or source.missing
    ]


def in_one_line(name: str) -> str:
    r"""Name of a file as a comment or a line of a report can hold it: a file's name can have any character.

    >>> in_one_line("a\nb.gpkg")
    'a?b.gpkg'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in name)
