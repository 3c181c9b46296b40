"""What a finished task leaves behind: one JSON file, whole or not at all.

A task that has a record is not done again. Records hold nothing that changes from run to run, no times and no machine:
the same study gives the same bytes, whenever it was interrupted. A record also says which study it belongs to, so that
results of another one are refused rather than mixed in.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basin_study.dataset import DataError
from basin_study.versions import calibration_versions
from ngen_bmi.files import whole_file

VERSION = 1
FOLDER = "tasks"


class WriteError(DataError):
    """A record cannot be written, as on a full disk."""


@dataclass(frozen=True, order=True)
class Task:
    """One calibration: a basin, a model with its scheme, a trial.

    Attributes
    ----------
    basin, model, scheme : str
        The scheme is the surface partitioning of CFE; empty for models without a choice.
    trial : int
    """

    basin: str
    model: str
    scheme: str = ""
    trial: int = 0

    @property
    def name(self) -> str:
        """Name in messages."""
        return f"{self.basin} {self.variant}"

    @property
    def variant(self) -> str:
        """Model, scheme and trial."""
        return ".".join(part for part in (self.model, self.scheme, str(self.trial)) if part)

    def seed(self, base: int) -> int:
        """Seed of the task's random numbers: the same whatever else is in the study."""
        text = f"{base}/{self.basin}/{self.model}/{self.scheme}/{self.trial}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") % (2**31)

    def path(self, output: Path) -> Path:
        """Place of the record."""
        return output / FOLDER / self.variant / f"{self.basin}.json"


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Short text that is the same for the same settings."""
    return hashlib.sha256(canonical(settings).encode()).hexdigest()[:16]


def canonical(content: Any) -> str:
    """JSON with sorted keys and every digit; numbers that are not finite are null."""
    return json.dumps(_finite(content), sort_keys=True, indent=1, allow_nan=False) + "\n"


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def write_record(task: Task, output: Path, study: str, result: Mapping[str, Any]) -> Path:
    """Write what a task found; the file appears whole or not at all.

    Raises
    ------
    WriteError
        When it cannot be written.
    """
    path = task.path(output)
    content = {
        "version": VERSION,
        "study": study,
        "task": _task_fields(task),
        "result": dict(result),
        "check": fingerprint(result),
        "versions": calibration_versions(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            partial.write_text(canonical(content), encoding="utf-8")
    except OSError as error:
        raise WriteError(
            f"{path}: cannot be written ({error.strerror or error}): mend that, and run the same command again, which "
            f"goes on with what is not done"
        ) from error
    return path


def _task_fields(task: Task) -> dict[str, Any]:
    return {"basin": task.basin, "model": task.model, "scheme": task.scheme, "trial": task.trial}


def read_record(task: Task, output: Path, study: str) -> dict[str, Any] | None:
    """What a task found; None when it has not been done.

    Raises
    ------
    DataError
        When the file is damaged, or belongs to another study or task.
    """
    path = task.path(output)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}): delete it, and the task is done again") from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is no JSON ({error}): delete it, and the task is done again") from error
    if not isinstance(content, dict) or not isinstance(content.get("result"), dict):
        raise DataError(f"{path}: is no record of a task: delete it, and the task is done again")
    if content.get("version") != VERSION or content.get("task") != _task_fields(task):
        raise DataError(f"{path}: is a record of another version or task: delete it, and the task is done again")
    # records of before there was one have none
    if content.get("check", fingerprint(content["result"])) != fingerprint(content["result"]):
        raise DataError(f"{path}: was changed after it was written: delete it, and the task is done again")
    if content.get("study") != study:
        raise DataError(
            f"{path}: was made with other settings (study {content.get('study')}, now {study}): choose another output "
            f"folder, or begin anew with --restart"
        )
    return dict(content["result"])


def versions_of(paths: Iterable[Path]) -> list[str]:
    """Versions of packages that records were made with, each once; records that do not say are left out."""
    found = {json.loads(path.read_text(encoding="utf-8")).get("versions", "") for path in paths}
    return sorted(found - {""})


def undone(tasks: Iterable[Task], output: Path, study: str) -> list[Task]:
    """Tasks without a record.

    Raises
    ------
    DataError
        Naming all records that cannot be used.
    """
    missing, problems = [], []
    for task in tasks:
        try:
            if read_record(task, output, study) is None:
                missing.append(task)
        except DataError as error:
            problems.append(str(error))
    if problems:
        more = f" and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise DataError("\n  - ".join(("results that cannot be used" + more + ":", *problems[:10])))
    return missing


def delete_records(output: Path) -> None:
    """Delete all records of an output folder, and nothing else."""
    for path in sorted((output / FOLDER).glob("*/*.json")):
        path.unlink()
