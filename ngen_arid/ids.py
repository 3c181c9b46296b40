"""Ids on the command line: a list, or a file that has them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def ids_of(text: str) -> str:
    """Ids separated by commas, of a text that has them or of a file that does.

    Parameters
    ----------
    text : str
        Ids separated by commas, ``all``, or the name of a file with ids in lines or separated by commas.

    Raises
    ------
    argparse.ArgumentTypeError
        The file cannot be read, or has no ids.

    Examples
    --------
    >>> ids_of("cat-1, cat-2")
    'cat-1,cat-2'
    """
    source = ""
    if os.path.isfile(text):  # pathlib's raises an error for a list longer than a file name can be
        source = text
        try:
            text = Path(text).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise argparse.ArgumentTypeError(f"{source}: cannot be read: {error}") from error
    names = [name for line in text.splitlines() for part in line.split(",") if (name := part.strip())]
    if source and not names:
        raise argparse.ArgumentTypeError(f"{source}: has no ids; expected ids separated by commas, or one in a line")
    return ",".join(names)
