"""The output folder of a study at work: writable before anything is computed, one run at a time, no litter."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basin_study.dataset import DataError
from ngen_bmi.files import whole_file

logger = logging.getLogger(__name__)

_PARTIAL = re.compile(r"\..+\.(\d+)\.partial")
"""Names that :func:`ngen_bmi.files.whole_file` gives, with the process that writes."""


@contextmanager
def work_in(output: Path) -> Iterator[None]:
    """Hold an output folder, made if it is not there, for the only run that calibrates in it.

    The system lets go of the folder when the process ends, however it ends: nothing is left that would have to be
    deleted by hand after a kill.

    Raises
    ------
    DataError
        When files cannot be made in the folder, or another run holds it.
    """
    _try_out(output)
    handle = _held(output)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _try_out(output: Path) -> None:
    trial = output / ".trial"
    try:
        output.mkdir(parents=True, exist_ok=True)
        with whole_file(trial) as partial:
            partial.write_bytes(bytes(4096))
        trial.unlink()
    except OSError as error:
        raise DataError(
            f"output {output}: no file can be written there ({error.strerror or error}): choose another output folder, "
            f"or mend its permissions or free space"
        ) from error


def _held(output: Path) -> int | None:
    """Open folder with a lock on it; None where there are no such locks."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return None
    handle = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DataError(
            f"output {output}: another run is calibrating in this folder: wait for its end, or choose another output"
        ) from error
    except OSError as error:
        # some network file systems have no locks of folders; records are whole and the same whoever writes them
        logger.debug("%s cannot be locked: %s", output, error)
        os.close(handle)
        return None
    return handle


def sweep(folder: Path, *patterns: str) -> None:
    """Delete what processes that are no more were writing when they were killed.

    Parameters
    ----------
    folder : Path
    *patterns : str
        Of the files in it to look at, such as ``*/.*``.
    """
    for pattern in patterns:
        for path in folder.glob(pattern):
            found = _PARTIAL.fullmatch(path.name)
            if found and not _alive(int(found[1])):
                path.unlink(missing_ok=True)


def sweep_results(output: Path) -> None:
    """Delete what a killed evaluation or report was writing; see :func:`sweep`."""
    sweep(output, ".*", "figures/.*", "configs/**/.*")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
