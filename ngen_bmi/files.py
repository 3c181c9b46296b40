"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path; the file written there takes the final name when the block ends without an error.

    Whatever goes wrong, a file that was there before stays as it was and nothing is left of the new one.

    Parameters
    ----------
    path : str or Path
        Final name.

    Raises
    ------
    OSError
        Naming the final file.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror or error}", str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
