"""Which calibrations of a study failed and why, kept for its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from basin_study.dataset import DataError
from basin_study.execute import Failure
from basin_study.records import Task, canonical
from ngen_bmi.files import whole_file

FAILURES_FILE = "failures.json"


def write_failures(output: Path, failures: Sequence[Failure]) -> None:
    """Keep what failed and why, for the report."""
    output.mkdir(parents=True, exist_ok=True)
    rows = [{**vars(failure.task), "reason": failure.reason} for failure in failures]
    with whole_file(output / FAILURES_FILE) as partial:
        partial.write_text(canonical(rows), encoding="utf-8")


def read_failures(output: Path) -> list[Failure]:
    """What failed in the last run that had something to do."""
    path = output / FAILURES_FILE
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Failure(Task(r["basin"], r["model"], r["scheme"], r["trial"]), r["reason"]) for r in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read ({error}): delete it") from error
