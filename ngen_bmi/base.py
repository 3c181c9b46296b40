"""Base class of components whose variables are values of one catchment.

It answers every BMI call that does not depend on the physics, as ngen needs it: metadata by dictionary look-up, 1-D
float64 arrays whose identity never changes, getters that fill ``dest``, setters that copy. A component adds its
variable table and a few hooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.clock import ClockBmi
from ngen_bmi.forcing_policy import Mending
from ngen_bmi.serialization import RESERVED, STATE, SerializableBmi
from ngen_bmi.variables import Variable, VariableTable

FloatArray = NDArray[np.float64]

_ALL = slice(None)

#: Names of ngen's mass-balance protocol, in the order of the ledger: not published in the name lists.
MASS_BALANCE = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")


class ComponentBmi(ClockBmi, SerializableBmi):
    """A BMI component for one catchment.

    Attributes
    ----------
    component_name : str
    table : VariableTable
        All variables, parameters included: the class's, or an instance's own once its configuration is known
        (:meth:`_use_table`).

    Notes
    -----
    ngen hands parameters over after ``initialize``, one by one in alphabetical order, and only warns when
    ``set_value`` raises: values are therefore taken as they come and judged, alone and in combination, at the next
    ``update``.
    """

    component_name: ClassVar[str]
    table: VariableTable
    _parameters: frozenset[str]
    _published: frozenset[str]
    _forcing: frozenset[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._sort_names(cls, cls.table)

    def __init__(self) -> None:
        super().__init__()
        self._block = np.zeros(len(self.table.variables) + len(MASS_BALANCE))
        self._values: dict[str, FloatArray] = {}
        for index, variable in enumerate(self.table):
            shared = self._values.get(variable.shares)
            self._bind(variable, self._block[index : index + 1] if shared is None else shared)
        for index, name in enumerate(MASS_BALANCE, start=len(self.table.variables)):
            self._values[name] = self._block[index : index + 1]
        self._ledger = self._block[len(self.table.variables) :]
        self._input_names = self.table.names("input")
        self._output_names = self.table.names("output")
        self._time = 0.0
        self._ready = False

    @staticmethod
    def _sort_names(owner: ComponentBmi | type[ComponentBmi], table: VariableTable) -> None:
        """Keep which names are parameters, outputs, and neither: forcing, which may be set at any time."""
        owner._parameters = table.all_names("parameter")
        owner._published = table.all_names("output")
        owner._forcing = table.all_names("input") - owner._parameters - owner._published

    def _bind(self, variable: Variable, values: FloatArray) -> None:
        """Let all names of a variable answer with one array."""
        for name in (variable.name, *variable.aliases):
            self._values[name] = values

    def _sized(self, variable: Variable, size: int) -> FloatArray:
        """Array of a variable, another one if it has not got this size."""
        if self._values[variable.name].size != size:
            self._bind(variable, np.empty(size))
        return self._values[variable.name]

    def _use_table(self, table: VariableTable) -> None:
        """Answer for the variables of `table` from now on; arrays of variables that it keeps stay what they are.

        Variables that it adds have no array before they are bound.
        """
        self.table = table
        self._sort_names(self, table)
        self._values = {
            name: values for name, values in self._values.items() if name in table.by_name or name in MASS_BALANCE
        }

    # --- hooks -------------------------------------------------------------------------------------------------

    def _configure(self, config_file: str) -> None:
        """Read the configuration and set parameters and initial storages."""
        raise NotImplementedError

    def _parameter_was_set(self) -> None:
        """Note that derived values are out of date."""

    def _where(self) -> str:
        """Name the catchment, its configuration and the time, for messages."""
        raise NotImplementedError

    def _advance(self) -> None:
        """Do one step; raise without changing any state when an input or parameter is refused."""
        raise NotImplementedError

    def _mend_inputs(self, policy: Mending, places: Iterable[tuple[str, int]], kinds: Mapping[str, str]) -> None:
        """Apply a forcing policy to every input that is out of its range; changes nothing when it raises.

        Parameters
        ----------
        policy : Mending
        places : iterable of (str, int)
            Inputs, and which item of each is used.
        kinds : mapping
            What :meth:`Mending.mend` calls an input; the others are "other".
        """
        where = self._where()
        mended = []
        for name, item in places:
            variable = self.table.by_name[name]
            value = float(self._values[name][item])
            if variable.problem_with(value):
                mended.append((name, item, policy.mend(variable, value, kinds.get(name, "other"), where)))
        for name, item, value in mended:
            self._values[name][item] = value

    # --- control -----------------------------------------------------------------------------------------------

    def initialize(self, config_file: str) -> None:
        """Read the configuration file; afterwards the component stands at its start time.

        Parameters
        ----------
        config_file : str
            Path, absolute or relative to the working directory; relative paths inside it are relative to the file.
        """
        self._time = 0.0
        self._ready = False
        self._hold()
        self._configure(str(config_file))
        self._ready = True

    def update(self) -> None:
        """Advance by one step."""
        if not self._ready:
            raise RuntimeError(f"{self.component_name}: update() before initialize() or after finalize()")
        self._advance()
        self._time += self.time_step_s

    def update_until(self, time: float) -> None:
        """Advance to `time`, a whole number of steps ahead.

        Parameters
        ----------
        time : float
            In seconds since the start.

        Raises
        ------
        ValueError
            When `time` lies in the past or between two steps.
        """
        steps = (time - self._time) / self.time_step_s
        count = round(steps) if np.isfinite(steps) else -1
        if count < 0 or abs(steps - count) > 1e-9 * max(1.0, count):
            raise ValueError(
                f"{self.component_name}: cannot update from {self._time:.15g} s to {time:.15g} s: "
                f"the difference has to be a whole number of {self.time_step_s:g} s steps, not negative"
            )
        for _ in range(count):
            self.update()

    def finalize(self) -> None:
        """End; may be called any number of times."""
        self._ready = False
        self._hold()

    # --- names and metadata ------------------------------------------------------------------------------------

    def get_component_name(self) -> str:
        """Name of the component."""
        return self.component_name

    def get_input_item_count(self) -> int:
        """Count of the inputs that this configuration uses."""
        return len(self._input_names)

    def get_output_item_count(self) -> int:
        """Count of outputs."""
        return len(self._output_names)

    def get_input_var_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the inputs that this configuration uses."""
        return self._input_names

    def get_output_var_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the outputs."""
        return self._output_names

    def get_var_type(self, name: str) -> str:
        """Type string of a variable: ``float64``, the only one that ngen takes everywhere, but for the reserved."""
        if name in RESERVED:
            return RESERVED[name].type
        self.get_value_ptr(name)
        return "float64"

    def get_var_units(self, name: str) -> str:
        """UDUNITS string of a variable or parameter."""
        unit = self.table.units.get(name)
        if unit is None:
            if name in RESERVED:
                return RESERVED[name].units
            self.get_value_ptr(name)
            return "m"  # the mass balance
        return unit

    def get_var_itemsize(self, name: str) -> int:
        """Size of one item [byte]."""
        return self.get_value_ptr(name).itemsize

    def get_var_nbytes(self, name: str) -> int:
        """Size of the variable [byte]."""
        return self._nbytes_of_state() if name == STATE else self.get_value_ptr(name).nbytes

    # --- values ------------------------------------------------------------------------------------------------

    def get_value_ptr(self, name: str) -> FloatArray:
        """Return the variable's own array: 1-D, float64, the same object for life (not so the reserved variables').

        Raises
        ------
        KeyError
            When there is no such variable; the message lists those that exist.
        """
        try:
            return self._values[name]
        except KeyError:
            if name in RESERVED:
                return self._exchange[name]
            raise self._unknown(name) from None

    def get_value(self, name: str, dest: NDArray[Any]) -> NDArray[Any]:
        """Fill `dest` with the variable's values and return it."""
        dest[...] = self.get_value_ptr(name)
        return dest

    def get_value_at_indices(self, name: str, dest: NDArray[Any], inds: NDArray[Any]) -> NDArray[Any]:
        """Fill `dest` with the items at `inds` and return it."""
        dest[...] = self.get_value_ptr(name)[inds]
        return dest

    def set_value(self, name: str, src: NDArray[Any]) -> None:
        """Copy `src` into an input or parameter.

        Raises
        ------
        ValueError
            When the number of items is not the variable's, or the variable is an output.
        StateError
            When bytes are not a state of this model.
        """
        values = self._values.get(name) if name in self._forcing else None
        if values is not None and getattr(src, "shape", None) == values.shape:
            values[:] = src  # nearly all calls
            return
        if name in RESERVED:
            self._obey(name, src)
            return
        values = self.get_value_ptr(name)
        if getattr(src, "shape", None) != values.shape:
            src = np.asarray(src, dtype=np.float64).reshape(-1)
            if src.size != values.size:
                raise ValueError(f"{self.component_name}: {name} has {values.size} item(s), not {src.size}")
        self._store(name, _ALL, src)

    def set_value_at_indices(self, name: str, inds: NDArray[Any], src: NDArray[Any]) -> None:
        """Copy `src` into the items at `inds`."""
        self._store(name, inds, np.asarray(src, dtype=np.float64))

    def _store(self, name: str, where: Any, items: NDArray[Any]) -> None:
        if name in RESERVED:
            raise ValueError(f"{self.component_name}: {name} can only be set as a whole")
        if name in self._published or name in MASS_BALANCE:
            raise ValueError(f"{self.component_name}: {name} is an output and cannot be set")
        self.get_value_ptr(name)[where] = items
        if name in self._parameters:
            self._parameter_was_set()

    def _unknown(self, name: str) -> KeyError:
        known = ", ".join((*self.table.by_name, *MASS_BALANCE))
        return KeyError(f"{self.component_name} has no variable {name!r}; it has {known}")
