"""Save and restore through BMI: ngen's four reserved variables (serialization protocol v0.2), for all components.

``set_value`` of `CREATE` takes a snapshot, `SIZE` and `STATE` give its length and its bytes, `FREE` drops it. To
restore, `SIZE` announces the length and `STATE` delivers the bytes. None of the names is published.

A component says what its variables do not show and what of its configuration has to be equal; everything else is here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import StateError
from ngen_bmi.grid import ScalarGridBmi
from ngen_bmi.state_payload import Payload, pack, unpack

logger = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]


class Reserved(NamedTuple):
    """Metadata of a reserved variable."""

    units: str
    type: str
    itemsize: int


CREATE = "ngen::serialization_create"
FREE = "ngen::serialization_free"
SIZE = "ngen::serialization_size"
STATE = "ngen::serialization_state"

RESERVED = {
    CREATE: Reserved("ngen::trigger", "int32", 4),
    FREE: Reserved("ngen::trigger", "int32", 4),
    SIZE: Reserved("bytes", "int64", 8),
    STATE: Reserved("ngen::opaque", "uint8", 1),
}
"""The protocol's names. ngen decides by the units alone whether a model takes part."""

_CLOCK = "clock"


class SerializableBmi(ScalarGridBmi):
    """A component whose whole state can be taken out and put back.

    All its variables belong to the state: outputs and inputs as they were last, parameters, the ledger of the mass
    balance. The hooks add what they do not show.
    """

    component_name: ClassVar[str]
    _parameters: frozenset[str]
    _values: dict[str, FloatArray]
    _time: float
    _ready: bool
    _restore_clock: bool = False

    def __init__(self) -> None:
        trigger = np.zeros(1, dtype=np.int32)
        self._exchange: dict[str, NDArray[Any]] = {CREATE: trigger, FREE: trigger, SIZE: np.zeros(1, dtype=np.int64)}
        self._hold()

    # --- hooks -------------------------------------------------------------------------------------------------

    def _state_fingerprint(self) -> dict[str, Any]:
        """What of the configuration has to be equal for a state to have a meaning: words and numbers by name."""
        return {}

    def _hidden_state(self) -> dict[str, NDArray[Any]]:
        """Everything besides the variables that a later step depends on, as numbers that a float64 holds."""
        return {}

    def _take_hidden_state(self, state: Mapping[str, FloatArray]) -> None:
        """Go on from what :meth:`_hidden_state` gave, now 1-D; the variables have their values already."""

    # --- the protocol ------------------------------------------------------------------------------------------

    def _hold(self, snapshot: NDArray[np.uint8] | None = None, announced: int = 0) -> None:
        """Keep a snapshot, or none; then its size is what has been announced."""
        self._exchange[STATE] = np.zeros(0, dtype=np.uint8) if snapshot is None else snapshot
        self._exchange[SIZE][0] = announced if snapshot is None else snapshot.size

    def _nbytes_of_state(self) -> int:
        """Bytes of the snapshot, or as many as have been announced: hosts size their arrays by it."""
        return int(self._exchange[SIZE][0])

    def _obey(self, name: str, src: Any) -> None:
        """Do what setting a reserved variable asks for."""
        if name == FREE:
            self._hold()
        elif name == SIZE:
            lengths = np.asarray(src).reshape(-1)
            if lengths.size != 1 or lengths[0] < 0:
                raise StateError(f"{self.component_name}: {SIZE} has to be one number of bytes, not {src!r}")
            self._hold(announced=int(lengths[0]))
        elif not self._ready:
            raise RuntimeError(f"{self.component_name}: {name} before initialize() or after finalize()")
        elif name == CREATE:
            self._hold(pack(self.component_name, self._state_fingerprint(), self._state()))
        else:
            try:
                self._restore(self._delivered(src))
            finally:
                self._hold()

    def _delivered(self, src: Any) -> Payload:
        """Bytes that have been delivered, as far as they can be judged without this model."""
        data = np.asarray(src)
        if data.dtype != np.uint8 or data.ndim != 1:
            raise StateError(
                f"{self.component_name}: {STATE} takes a 1-D array of uint8, not {data.ndim}-D of {data.dtype}"
            )
        announced = self._nbytes_of_state()
        if announced not in (0, data.size):
            raise StateError(
                f"{self.component_name}: {data.size} bytes of state come where {SIZE} announced {announced}"
            )
        try:
            return unpack(data.tobytes())
        except StateError as error:
            raise StateError(f"{self.component_name}: {error}") from error

    def _state(self) -> dict[str, NDArray[Any]]:
        """All arrays of the state; those of variables are the model's own."""
        state: dict[str, NDArray[Any]] = {_CLOCK: np.array([self._time])}
        state |= self._own_arrays()
        state |= {f"hidden {name}": values for name, values in self._hidden_state().items()}
        return state

    def _own_arrays(self) -> dict[str, FloatArray]:
        """The array of every variable, under the first of its names."""
        first = {id(values): name for name, values in reversed(self._values.items())}
        return {f"variable {first[id(values)]}": values for values in self._values.values()}

    def _restore(self, payload: Payload) -> None:
        """Take a state over; nothing is changed when it is refused."""
        sizes = {name: values.size for name, values in self._state().items()}
        problems = self._problems_with(payload, sizes)
        if problems:
            raise StateError(f"{self.component_name}: the state does not fit this model: {'; '.join(problems)}")
        arrays = payload.arrays
        own = self._own_arrays()
        # alike to the bit or not: NaN is a value here
        changed = [name for name, values in own.items() if values.tobytes() != arrays[name].tobytes()]
        for name, values in own.items():
            values[:] = arrays[name]
        self._take_hidden_state({name: arrays[f"hidden {name}"] for name in self._hidden_state()})
        if self._restore_clock:
            self._time = float(arrays[_CLOCK][0])
        parameters = [key for key in (name.removeprefix("variable ") for name in changed) if key in self._parameters]
        if parameters:
            logger.warning(
                "%s: restoring replaced the values of %s by those of the saved state",
                self.component_name,
                ", ".join(sorted(parameters)),
            )

    def _problems_with(self, payload: Payload, sizes: Mapping[str, int]) -> list[str]:
        """Say why a state is not one of this model's; empty when it is."""
        if payload.component != self.component_name:
            return [f"it is one of {payload.component}"]
        mine = json.loads(json.dumps(self._state_fingerprint()))
        problems = [
            f"{key} is {payload.fingerprint.get(key)} there and {mine.get(key)} here"
            for key in sorted({*mine, *payload.fingerprint})
            if payload.fingerprint.get(key) != mine.get(key)
        ]
        theirs = {name: values.size for name, values in payload.arrays.items()}
        problems += [
            f"{name.partition(' ')[2] or name} has {theirs.get(name, 0)} item(s) there and {sizes.get(name, 0)} here"
            for name in sorted({*theirs, *sizes})
            if theirs.get(name) != sizes.get(name)
        ]
        return problems and [*problems, "use the configuration (and model_params) that it was saved with"]

    # --- grids -------------------------------------------------------------------------------------------------

    def get_var_grid(self, name: str) -> int:
        """Grid of a variable: 0; the reserved variables are on none."""
        self._refuse_reserved(name)
        return super().get_var_grid(name)

    def get_var_location(self, name: str) -> str:
        """Location of a variable on its grid; the reserved variables have none."""
        self._refuse_reserved(name)
        return super().get_var_location(name)

    def _refuse_reserved(self, name: str) -> None:
        if name in RESERVED:
            raise KeyError(f"{self.component_name}: {name} is on no grid")
