"""Tables for people."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Columns of words, aligned: so many to the left, the rest to the right.

    Examples
    --------
    >>> print(aligned(("run", "mm"), [("a", "1.00"), ("longer", "10.00")]))
    run        mm
    ------  -----
    a        1.00
    longer  10.00
    """
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (headers, ["-" * width for width in widths], *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)
