"""What ngen asks of a BMI component, asked in its way: for any component of the project.

:class:`NgenAdapter` makes the calls of ngen's C++ adapter (``Bmi_Py_Adapter``, ``Bmi_Module_Formulation``), in its
order, with its type table and its demands on arrays; where ngen would abort it raises :class:`NgenAborts`. A
:class:`Component` says how to set one up; add it to ``COMPONENTS`` in ``test_conformance.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MASS_BALANCE = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")

NUMPY_TYPES = {"float64": np.float64, "float32": np.float32, "int32": np.int32, "int64": np.int64}
"""Type strings that ngen takes for inputs and parameters and that name what they mean."""

SCALAR_OUTPUT_TYPES = ("float64", "float32")
"""Type strings for which ngen's scalar output path has logic, whatever the item size."""


class NgenAborts(AssertionError):
    """Ngen would end the simulation here, or corrupt memory."""


@dataclass(frozen=True)
class Component:
    """How to set up a component and what drives it.

    Attributes
    ----------
    name : str
    factory : callable
        Without arguments, as ngen calls it.
    configure : callable
        Writes a configuration into a folder and returns its path.
    forcing : mapping
        For every input, the values of some steps (steps, items).
    parameters : mapping
        Some values to set after initialize.
    other_configuration : callable or None
        A configuration with other inputs or array lengths, to initialize a second time.
    time_step : float
        In seconds.
    """

    name: str
    factory: Callable[[], Any]
    configure: Callable[[Path], str]
    forcing: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    other_configuration: Callable[[Path], str] | None = None
    time_step: float = 3600.0
    mass_tolerance: float = 1e-12

    def __str__(self) -> str:
        return self.name


class NgenAdapter:
    """One formulation in ngen: construction, steps, output, shutdown."""

    def __init__(self, component: Component, folder: Path, parameters: Mapping[str, float] | None = None):
        self.model = component.factory()
        path = component.configure(folder)
        self.model.initialize(path)
        if str(self.model.get_time_units()) != "s":
            raise NgenAborts("the project's components count in seconds")
        # model_params is a property tree: alphabetical, one at a time, after initialize.
        for name in sorted(parameters or {}):
            self.set_parameter(name, (parameters or {})[name])
        self.start = float(self.model.get_start_time())
        self.outputs = self.names("output")
        self.units = {name: str(self.model.get_var_units(name)) for name in self.outputs}
        self.previous = self.probe_mass_balance()

    def names(self, kind: str) -> tuple[str, ...]:
        names = getattr(self.model, f"get_{kind}_var_names")()
        count = getattr(self.model, f"get_{kind}_item_count")()
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise NgenAborts(f"{kind} names are {names!r}, not a tuple of words")
        if int(count) != len(names):
            raise NgenAborts(f"{kind} count is {count} for {len(names)} names: ngen writes beyond its buffer")
        return names

    def numpy_type(self, name: str) -> tuple[type, int, int]:
        """Type, size and count of a variable, from get_var_itemsize, type, nbytes as SetValue asks for them."""
        itemsize = int(self.model.get_var_itemsize(name))
        type_name = str(self.model.get_var_type(name))
        nbytes = int(self.model.get_var_nbytes(name))
        if type_name not in NUMPY_TYPES:
            raise NgenAborts(f"{name}: no logic for the type {type_name!r}")
        if np.dtype(type_name).itemsize != itemsize or nbytes % itemsize:
            raise NgenAborts(f"{name}: {itemsize} bytes do not make a {type_name} ({nbytes} in all)")
        return NUMPY_TYPES[type_name], itemsize, nbytes // itemsize

    def set_parameter(self, name: str, value: float) -> None:
        kind, _, count = self.numpy_type(name)
        self.model.set_value(name, np.full(count, value, dtype=kind))

    def set_input(self, name: str, values: NDArray[np.float64]) -> None:
        self.model.get_var_itemsize(name)
        self.model.get_var_units(name)
        kind, _, count = self.numpy_type(name)
        if count not in (1, values.size):
            raise NgenAborts(f"{name}: mismatch in item count, {values.size} for {count}")
        fresh = np.array(values, dtype=kind)
        self.model.set_value(name, fresh)
        fresh[:] = np.nan  # the buffer is ngen's: it may be gone by the time of the update

    def read_scalar(self, name: str) -> float:
        """Value of an output: into a fresh array, the result of the call ignored."""
        type_name = str(self.model.get_var_type(name))
        if type_name not in SCALAR_OUTPUT_TYPES:
            raise NgenAborts(f"{name}: no logic for converting variable type {type_name!r}")
        dest = np.full(1, -999.25, dtype=type_name)
        self.model.get_value_at_indices(name, dest, np.array([0], dtype=np.int32))
        if dest[0] == -999.25:
            raise NgenAborts(f"{name}: get_value_at_indices did not fill dest")
        return float(dest[0])

    def read_pointer(self, name: str) -> NDArray[Any]:
        pointer = self.model.get_value_ptr(name)
        if not isinstance(pointer, np.ndarray) or pointer.ndim != 1:
            raise NgenAborts(f"{name}: array has incorrect number of dimensions")
        return pointer

    def probe_mass_balance(self) -> float | None:
        """Return in - out - stored - leaked, as the protocol reads it; None without the protocol."""
        values, units = [], set()
        for name in MASS_BALANCE:
            try:
                itemsize = int(self.model.get_var_itemsize(name))
            except KeyError:
                return None
            if str(self.model.get_var_type(name)) != "float64" or itemsize != 8:
                raise NgenAborts(f"{name}: ngen copies 8 bytes into a double")
            pointer = self.read_pointer(name)
            if pointer.shape != (1,) or pointer.dtype != np.float64:
                raise NgenAborts(f"{name}: {pointer.shape} items of {pointer.dtype} smash the stack")
            values.append(float(pointer[0]))
            units.add(str(self.model.get_var_units(name)))
        if len(units) != 1:
            raise NgenAborts(f"mass balance: inconsistent units {units}")
        return values[0] - values[1] - values[2] - values[3]

    def step(self, forcing: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
        """One step of an hour; returns the outputs."""
        now = float(self.model.get_current_time())
        self.model.get_end_time()
        for name in self.names("input"):
            self.set_input(name, forcing[name])
        if float(self.model.get_time_step()) == 3600.0:
            self.model.update()
        else:
            self.model.update_until(now + 3600.0)
        if float(self.model.get_current_time()) != now + 3600.0:
            raise NgenAborts(f"time went from {now} to {self.model.get_current_time()}")
        return {name: self.read_scalar(name) for name in self.names("output")}
