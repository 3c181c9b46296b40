"""Metrics of a training, epoch by epoch: a CSV file and, when wanted, TensorBoard."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ngen_bmi.files import whole_file

FILE = "metrics.csv"


class TrainingLog:
    """Write one row for each epoch.

    Parameters
    ----------
    folder : Path
    columns : sequence of str
    history : sequence of mapping
        Rows of epochs that are already done; rows in the file beyond them are dropped, so that a resumed training
        leaves the same file as one in one go.
    tensorboard : bool
        Whether to write events for TensorBoard too, into ``folder/tensorboard``.

    Raises
    ------
    ModuleNotFoundError
        When TensorBoard is wanted but not installed.
    """

    def __init__(
        self,
        folder: Path,
        columns: Sequence[str],
        history: Sequence[Mapping[str, float]] = (),
        tensorboard: bool = False,
    ):
        self._events = _summary_writer(folder / "tensorboard", len(history)) if tensorboard else None
        with whole_file(folder / FILE) as path, path.open("w", newline="") as file:
            rows = csv.DictWriter(file, columns, lineterminator="\n")
            rows.writeheader()
            rows.writerows(history)
        self._file = (folder / FILE).open("a", newline="")
        self._rows = csv.DictWriter(self._file, columns, lineterminator="\n")

    def add(self, row: Mapping[str, float]) -> None:
        """Write the row of an epoch."""
        self._rows.writerow(row)
        self._file.flush()
        if self._events is not None:
            for name, value in row.items():
                if name != "epoch":
                    self._events.add_scalar(name, value, row["epoch"])

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._events is not None:
            self._events.close()


def _summary_writer(folder: Path, done: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ModuleNotFoundError(
            "events for TensorBoard need the package tensorboard: pip install tensorboard, or leave tensorboard out "
            "(metrics are in metrics.csv anyway)"
        ) from error
    # events of epochs that are done again would show twice
    return SummaryWriter(str(folder), purge_step=done + 1)
