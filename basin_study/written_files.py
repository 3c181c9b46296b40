"""Which files of a folder a report wrote itself, so that a later one can remove those that it no longer makes."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from basin_study.records import canonical
from ngen_bmi.files import whole_file

logger = logging.getLogger(__name__)

LIST_FILE = "written.json"


class WrittenFiles:
    """Names of files that were written into a folder, with a digest of their content, in a list beside them.

    A file that is not in the list, or is not any more what was written, belongs to somebody else and is never removed.

    Parameters
    ----------
    folder : Path
        Need not be there yet.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._path = folder / LIST_FILE
        self._listed = self._read()
        self._now: set[str] = set()

    def note(self, *names: str) -> None:
        """Remember files that have just been written; the list is kept at once, for a run may be killed."""
        for name in names:
            self._listed[name] = _digest(self._folder / name)
        self._now.update(names)
        self._write()

    def remove_others(self) -> list[Path]:
        """Remove files of former runs that were not written again in this one.

        Returns
        -------
        list of Path
            Of what was removed.
        """
        removed = []
        for name in sorted(set(self._listed) - self._now):
            path = self._folder / name
            if path.is_file() and _digest(path) == self._listed[name]:
                path.unlink()
                removed.append(path)
            del self._listed[name]
        if removed:
            logger.info("%s: removed %d files of a former report", self._folder, len(removed))
        if self._path.exists():
            self._write()
        return removed

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            logger.warning("%s: cannot be read (%s); figures of former reports stay", self._path, error)
            return {}
        found = content if isinstance(content, dict) else {}
        # names only: nothing outside of the folder is ever touched
        return {name: digest for name, digest in found.items() if Path(name).name == name}

    def _write(self) -> None:
        with whole_file(self._path) as partial:
            partial.write_text(canonical(self._listed), encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
