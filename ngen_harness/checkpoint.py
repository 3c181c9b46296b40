"""Saving and restoring the state of one model: ngen's serialization protocol v0.2, seen from the framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.adapter import BmiModel
from ngen_harness.checkpoint_file import Record
from ngen_harness.config import ModuleConfig
from ngen_harness.context import HOUR, RunContext, log, to_text
from ngen_harness.errors import CheckpointError
from ngen_harness.serialization_config import RestoreConfig, SaveConfig

CREATE = "ngen::serialization_create"
FREE = "ngen::serialization_free"
SIZE = "ngen::serialization_size"
STATE = "ngen::serialization_state"

UNITS = {CREATE: "ngen::trigger", FREE: "ngen::trigger", SIZE: "bytes", STATE: "ngen::opaque"}
"""What a model has to answer, to the letter, to take part."""

_TYPES = {"int": {4: "int32", 8: "int64"}, "int32": {4: "int32"}, "int64": {8: "int64"}, "uint8": {1: "uint8"}}


class Checkpoint:
    """Saves and restores one model as its realization says.

    Parameters
    ----------
    model : BmiModel
        Initialized, with its parameters.
    config : ModuleConfig
        Says when, where and how strictly.
    catchment_id : str
        For messages, and for ``id_subset``.
    record_id : str
        Names the model in the file.
    context : RunContext
        The run.

    Raises
    ------
    CheckpointError
        With ``fatal``: the model does not take part in the protocol.
    """

    def __init__(
        self, model: BmiModel, config: ModuleConfig, catchment_id: str, record_id: str, context: RunContext
    ) -> None:
        self._model = model
        self._config = config.serialization
        self._catchment_id = catchment_id
        self._label = config.model_type_name
        self._context = context
        self._id = record_id
        self._save: SaveConfig | None = None
        self._restore: RestoreConfig | None = None
        self.restored: Record | None = None
        if self._config is None:
            return
        self._path = context.resolve(self._config.path)
        # ngen asks once for saving and once for restoring.
        if self._config.save is not None and self._attempt(self._config.save.fatal, "", self._check_support):
            self._save = self._config.save
        if self._config.restore is not None and self._attempt(self._config.restore.fatal, "", self._check_support):
            self._restore = self._config.restore

    def restore(self) -> None:
        """Give the model the state that the realization asks for, once, at the end of its set-up.

        Raises
        ------
        CheckpointError
            With ``fatal``: there is no such record, or the model refuses it.
        """
        wanted = self._restore
        if wanted is not None:
            self._attempt(wanted.fatal, "", lambda: self._deliver(wanted))

    def fitting(self) -> list[Record]:
        """Records that fit what is to be restored, none if nothing is; raises as `restore` does if none fits."""
        return [] if self._restore is None else self._fitting(self._restore)

    def save(self, step: int, steps: int) -> None:
        """Save the model's state if it is time to.

        Parameters
        ----------
        step : int
            The step that has just been done, from 0.
        steps : int
            How many the run has.

        Raises
        ------
        CheckpointError
            With ``fatal``: the model cannot give its state, or it cannot be written.
        """
        config = self._save
        if config is None or (step != steps - 1 if config.frequency < 0 else step % config.frequency):
            return
        timestamp = self._context.start + step * HOUR
        when = f", time step {step} ({to_text(timestamp)})"
        if not self._attempt(config.fatal, when, lambda: self._capture(step, timestamp)):
            self._save = None

    # ---- what it takes

    def _attempt(self, fatal: bool, when: str, work: Callable[[], None]) -> bool:
        """Do something; a failure is an error if it is fatal, else a warning and False."""
        try:
            work()
            return True
        except Exception as error:
            reason = str(error) if isinstance(error, CheckpointError) else f"{type(error).__name__}: {error}"
            message = f"catchment {self._catchment_id}{when}, model {self._label}: {reason}"
            if fatal:
                raise CheckpointError(message) from error
            log.warning("%s; going on without", message)
            return False

    def _check_support(self) -> None:
        for name, wanted in UNITS.items():
            try:
                units = self._model.units(name)
            except Exception as error:
                raise CheckpointError(
                    f"cannot be saved or restored, it does not offer {name} ({type(error).__name__}: {error}); "
                    f"{self._way_out()}"
                ) from error
            if units != wanted:
                raise CheckpointError(
                    f"cannot be saved or restored: {name} has the unit '{units}', expected '{wanted}'; "
                    f"{self._way_out()}"
                )

    def _way_out(self) -> str:
        where = self._config.where if self._config else "serialization"
        return f"set 'fatal' to false in {where}, or give the model a block of its own with 'check' false"

    def _capture(self, step: int, timestamp: int) -> None:
        """Take the model's bytes and append them to the file; what the model holds for it is always released."""
        self._set(CREATE, np.zeros(1, np.int32))
        try:
            size = self._size()
            payload = self._bytes(size)
            self._context.checkpoints.append(self._path, self._id, step, timestamp, payload)
        finally:
            self._set(FREE, np.zeros(1, np.int32))

    def _size(self) -> int:
        self._type(SIZE)
        sizes = np.asarray(self._model.bmi.get_value_ptr(SIZE))
        if sizes.shape != (1,) or sizes.dtype.kind != "i" or sizes[0] <= 0:
            raise CheckpointError(f"{SIZE} is {sizes!r} after {CREATE}; expected one positive number of bytes")
        return int(sizes[0])

    def _bytes(self, size: int) -> bytes:
        total = int(self._model.bmi.get_var_nbytes(STATE))
        self._type(STATE)
        state = np.asarray(self._model.bmi.get_value_ptr(STATE))
        if state.dtype != np.uint8 or state.shape != (size,) or total != size:
            raise CheckpointError(
                f"{STATE} is {state.dtype} of shape {state.shape} and get_var_nbytes is {total}; expected uint8 of "
                f"shape ({size},), as {SIZE} says"
            )
        return state.tobytes()

    def _deliver(self, wanted: RestoreConfig) -> None:
        record = self._find(wanted)
        payload = np.frombuffer(self._context.checkpoints.payload(self._path, record), np.uint8).copy()
        try:
            self._set(SIZE, np.array([payload.size], np.int64))
            self._set(STATE, payload)
        except CheckpointError:
            raise
        except Exception as error:
            raise CheckpointError(
                f"{self._path}: the model refuses the state of {record.id}, step {record.step} "
                f"({to_text(record.timestamp)}): {type(error).__name__}: {error}"
            ) from error
        self.restored = record

    def check_time(self, forcing: int) -> None:
        """See that the first step after restoring is the one after the state.

        Parameters
        ----------
        forcing : int
            The hour whose forcing the model gets first: it follows the model's clock [s since 1970].

        Raises
        ------
        CheckpointError
            Restoring has moved the clock, and the forcing would be that of another time.
        """
        record, start = self.restored, self._context.start
        if record is None or forcing == record.timestamp + HOUR:
            return
        what = f"{self._path}: the state of {record.id} is that after {to_text(record.timestamp)}"
        if forcing == start:
            self._context.warn_once(
                ("another date", self._path), f"{what}, but the simulation begins at {to_text(start)}"
            )
            return
        raise CheckpointError(
            f"{what}; restoring has also moved the model's clock, so that its first step gets the forcing of "
            f"{to_text(forcing)}: leave the clock as it is (restore_clock: false in components of ngen-arid), or begin "
            "when the first run did"
        )

    def _fitting(self, wanted: RestoreConfig) -> list[Record]:
        """Records that are asked for: by time, by step, or of the highest step."""
        if wanted.ids is not None and self._catchment_id not in wanted.ids:
            raise CheckpointError(f"there is nothing to restore: id_subset leaves out {self._catchment_id}; add it")
        records = self._context.checkpoints.records(self._path, self._id)
        if wanted.timestamp is not None:
            fitting, what = [r for r in records if r.timestamp == wanted.timestamp], f"timestamp {wanted.timestamp}"
        elif wanted.step is not None:
            fitting, what = [r for r in records if r.step == wanted.step], f"step {wanted.step}"
        else:
            highest = max((r.step for r in records), default=0)
            fitting, what = [r for r in records if r.step == highest], "any step"
            if fitting and highest > records[-1].step:
                self._context.warn_once(
                    ("latest", self._path),
                    f"{self._path}: 'latest' is the highest step, as in ngen: {self._id} goes on from step "
                    f"{fitting[0].step}, though step {records[-1].step} was saved after it, probably by another run; "
                    "give 'timestamp', or save each run in a file of its own",
                )
        if not fitting:
            steps = ", ".join(f"{r.step} ({r.timestamp})" for r in records[:10])
            raise CheckpointError(
                f"{self._path}: no saved state of {self._id} for {what}; there are steps (timestamps): "
                f"{steps or 'none'}"
            )
        return fitting

    def _find(self, wanted: RestoreConfig) -> Record:
        """Record that the model gets."""
        fitting = self._fitting(wanted)
        if len(fitting) > 1:
            message = (
                f"{self._path}: there are {len(fitting)} saved states of {self._id} for step {fitting[0].step}, of "
                "several runs, and ngen takes the first; give a 'timestamp' that only one has, or save each run in a "
                "file of its own"
            )
            if not self._context.mode.faithful:
                raise CheckpointError(message)
            self._context.warn_once(("several", self._path), message)
        return fitting[0]

    # ---- the calls

    def _type(self, name: str) -> np.dtype[Any]:
        """Type of the arrays that a reserved variable is exchanged in."""
        bmi = self._model.bmi
        item_size = int(bmi.get_var_itemsize(name))
        kind = str(bmi.get_var_type(name))
        if item_size not in _TYPES.get(kind, {}):
            raise CheckpointError(
                f"{name}: get_var_type is '{kind}' and get_var_itemsize {item_size}; expected int32 for the triggers, "
                f"int64 for the size, uint8 for the state"
            )
        return np.dtype(_TYPES[kind][item_size])

    def _set(self, name: str, values: NDArray[Any]) -> None:
        """Set a reserved variable, with the questions that ngen asks before; their answers change with the state."""
        bmi = self._model.bmi
        dtype = self._type(name)
        count = int(bmi.get_var_nbytes(name)) // int(bmi.get_var_itemsize(name))
        if count != values.size:
            raise CheckpointError(
                f"get_var_nbytes('{name}') means {count} items where {values.size} are to be set; expected as many as "
                f"{SIZE} has announced"
            )
        bmi.set_value(name, values.astype(dtype))
