"""Call a Python BMI model exactly as ngen's Python adapter does: same methods, same order, same arrays.

ngen asks for type and size of a variable again and again, also within one read. That costs time, but a model
may answer differently from step to step, and a model's author wants to see what ngen will do. `CachedModel`
leaves the repeated questions out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.errors import ModelError

# (type, item size) -> array type, for inputs, parameters and whole arrays.
_ARRAY_TYPES = {
    ("int", 2): "int16",
    ("int16", 2): "int16",
    ("int", 4): "int32",
    ("int32", 4): "int32",
    ("int", 8): "int64",
    ("int64", 8): "int64",
    ("longlong", 8): "int64",
    **{(name, 4): "float32" for name in ("float", "float32", "np.float32", "numpy.float32")},
    **{(name, 4): "float32" for name in ("np.single", "numpy.single")},
    **{(name, 8): "float64" for name in ("float", "float64", "np.float64", "numpy.float64")},
}

# What a scalar output may be; ngen's second, shorter table.
_SCALAR_INTEGERS = {2: "int16", 4: "int32", 8: "int64"}
_SCALAR_REALS = {4: "float32", 8: "float64"}
_SCALAR_REAL_NAMES = ("float", "float16", "float32", "float64")


class BmiModel:
    """A BMI model and the calls ngen makes on it.

    Parameters
    ----------
    bmi : object
        The model; needs the methods listed in the guide, no base class.
    label : str
        ``model_type_name`` of the realization, for messages.
    """

    def __init__(self, bmi: Any, label: str) -> None:
        self.bmi = bmi
        self.label = label
        self._array_types: dict[tuple[str, int], np.dtype[Any]] = {}
        self._scalar_types: dict[tuple[str, int], np.dtype[Any]] = {}

    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in the model's order."""
        bmi = self.bmi
        count = int(bmi.get_input_item_count())
        names = tuple(bmi.get_input_var_names())
        if count < len(names):
            self._miscounted(count, len(names), "input")
        return names

    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs, in the model's order."""
        bmi = self.bmi
        count = int(bmi.get_output_item_count())
        names = tuple(bmi.get_output_var_names())
        if count < len(names):
            self._miscounted(count, len(names), "output")
        return names

    def describe_input(self, name: str) -> tuple[int, str]:
        """Ask for the number of items and the unit of an input."""
        bmi = self.bmi
        item_size = int(bmi.get_var_itemsize(name))
        units = str(bmi.get_var_units(name))
        self._array_type(name, str(bmi.get_var_type(name)), item_size)
        return int(bmi.get_var_nbytes(name)) // item_size, units

    def describe_parameter(self, name: str) -> int:
        """Ask for the number of items of a parameter."""
        bmi = self.bmi
        item_size = int(bmi.get_var_itemsize(name))
        total = int(bmi.get_var_nbytes(name))
        self._array_type(name, str(bmi.get_var_type(name)), item_size)
        return total // item_size

    def set_value(self, name: str, values: float | Sequence[float]) -> None:
        """Hand values to the model in a fresh array of the type it reports.

        Parameters
        ----------
        name : str
            Variable.
        values : float or sequence of float
            One number, or as many as the variable has items.
        """
        bmi = self.bmi
        item_size = int(bmi.get_var_itemsize(name))
        dtype = self._array_type(name, str(bmi.get_var_type(name)), item_size)
        count = int(bmi.get_var_nbytes(name)) // int(bmi.get_var_itemsize(name))
        array = np.empty(count, dtype)
        self._fill(array, name, values)
        bmi.set_value(name, array)

    def read(self, name: str) -> float:
        """Read the first item of an output."""
        bmi = self.bmi
        get_type, get_size = bmi.get_var_type, bmi.get_var_itemsize
        # Look the answers up as they are, which is quick for texts and integers; convert anything else.
        asked = get_type(name), get_size(name)
        if asked not in self._scalar_types:
            asked = str(asked[0]), int(asked[1])
            self._check_scalar(name, *asked)
        get_type(name)
        get_size(name)
        bmi.get_input_item_count()
        bmi.get_input_var_names()
        kind = get_type(name)
        dtype = self._scalar_types.get(asked)
        if dtype is None or kind != asked[0]:
            dtype = self._scalar_type(name, str(kind), asked[1])
        target = np.zeros(1, dtype)
        bmi.get_value_at_indices(name, target, np.zeros(1, np.int32))
        return float(target.item())

    def read_array(self, name: str) -> list[float]:
        """Read all items of an output."""
        bmi = self.bmi
        total = int(bmi.get_var_nbytes(name))
        item_size = int(bmi.get_var_itemsize(name))
        self._array_type(name, str(bmi.get_var_type(name)), item_size)
        array = self.read_pointer(name)
        count = total // item_size
        if array.size < count:
            raise ModelError(
                f"{self.label}: get_value_ptr('{name}') has {array.size} items, but get_var_nbytes and "
                f"get_var_itemsize say {count}"
            )
        return [float(item) for item in array[:count]]

    def scalar_type(self, name: str) -> np.dtype[Any]:
        """Type of the array in which an output is read; an error if ngen cannot read it."""
        kind, item_size = str(self.bmi.get_var_type(name)), int(self.bmi.get_var_itemsize(name))
        return self._scalar_type(name, kind, item_size)

    def read_pointer(self, name: str) -> NDArray[Any]:
        """Read a variable through ``get_value_ptr``; must be a 1-D array."""
        bmi = self.bmi
        item_size = int(bmi.get_var_itemsize(name))
        self._array_type(name, str(bmi.get_var_type(name)), item_size)
        array = np.asarray(bmi.get_value_ptr(name))
        if array.ndim != 1:
            raise ModelError(
                f"{self.label}: get_value_ptr('{name}') returns an array with {array.ndim} dimensions; "
                "ngen needs exactly 1"
            )
        return array

    def units(self, name: str) -> str:
        """Ask for the unit of a variable."""
        return str(self.bmi.get_var_units(name))

    def _miscounted(self, count: int, names: int, what: str) -> None:
        raise ModelError(
            f"{self.label}: get_{what}_item_count() is {count}, but get_{what}_var_names() has {names} "
            "names; ngen would write past the end of its buffer"
        )

    def _array_type(self, name: str, kind: str, item_size: int) -> np.dtype[Any]:
        """Array type for inputs, parameters and whole arrays, or an error that says what ngen understands."""
        try:
            return self._array_types[kind, item_size]
        except KeyError:
            pass
        if (kind, item_size) not in _ARRAY_TYPES:
            known = sorted({type_name for type_name, size in _ARRAY_TYPES if size == item_size})
            hint = f"with {item_size} bytes ngen knows {', '.join(known)}" if known else "use float64 with 8 bytes"
            raise ModelError(
                f"{self.label}: variable '{name}': get_var_type is '{kind}' and get_var_itemsize "
                f"{item_size}, "
                f"which ngen cannot map to a C++ type; {hint}"
            )
        dtype = self._array_types[kind, item_size] = np.dtype(_ARRAY_TYPES[kind, item_size])
        return dtype

    def _check_scalar(self, name: str, kind: str, item_size: int) -> str:
        """C++ type that a scalar output is read into."""
        sizes = _SCALAR_INTEGERS if kind == "int" else _SCALAR_REALS if kind in _SCALAR_REAL_NAMES else {}
        if item_size not in sizes:
            raise ModelError(
                f"{self.label}: output '{name}': get_var_type is '{kind}' and get_var_itemsize {item_size}; ngen "
                "reads scalar outputs only as float64 or float32 (it aborts: no logic for converting variable "
                f"type {kind}): report 'float64' with 8 bytes"
            )
        return sizes[item_size]

    def _scalar_type(self, name: str, kind: str, item_size: int) -> np.dtype[Any]:
        """Type of the array in which an output is read."""
        try:
            return self._scalar_types[kind, item_size]
        except KeyError:
            pass
        wanted = np.dtype(self._check_scalar(name, kind, item_size))
        created = np.dtype(kind)
        if not np.can_cast(created, wanted, "safe"):
            raise ModelError(
                f"{self.label}: output '{name}': get_var_type is '{kind}', which numpy takes for {created}, but "
                f"get_var_itemsize is {item_size}; ngen cannot cast that safely: report 'float64' with 8 bytes"
            )
        self._scalar_types[kind, item_size] = wanted
        return wanted

    def _fill(self, array: NDArray[Any], name: str, values: float | Sequence[float]) -> None:
        """Copy values into the array, truncating reals for an integer variable as C does."""
        if array.dtype.kind == "f":
            array[:] = values
            return
        limits = np.iinfo(array.dtype)
        numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
        if not np.all((numbers > limits.min - 1.0) & (numbers < limits.max + 1.0)):
            raise ModelError(f"{self.label}: {values} does not fit into '{name}', which is {array.dtype}")
        array[:] = numbers.astype(array.dtype)


class CachedModel(BmiModel):
    """The same without repeated questions about names, types, sizes and units.

    Right for models whose metadata do not change after the first step, which is all sensible models.
    """

    def __init__(self, bmi: Any, label: str) -> None:
        super().__init__(bmi, label)
        self._inputs: tuple[str, ...] | None = None
        self._outputs: tuple[str, ...] | None = None
        self._described: dict[str, tuple[int, str]] = {}
        self._units: dict[str, str] = {}
        self._shapes: dict[str, tuple[np.dtype[Any], int]] = {}
        self._targets: dict[str, NDArray[Any]] = {}
        self._first = np.zeros(1, np.int32)

    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, asked once."""
        if self._inputs is None:
            self._inputs = super().input_names()
        return self._inputs

    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs, asked once."""
        if self._outputs is None:
            self._outputs = super().output_names()
        return self._outputs

    def describe_input(self, name: str) -> tuple[int, str]:
        """Items and unit of an input, asked once."""
        if name not in self._described:
            self._described[name] = super().describe_input(name)
        return self._described[name]

    def units(self, name: str) -> str:
        """Ask for the unit of a variable, once."""
        if name not in self._units:
            self._units[name] = super().units(name)
        return self._units[name]

    def set_value(self, name: str, values: float | Sequence[float]) -> None:
        """Hand values to the model; type and size asked once."""
        if name not in self._shapes:
            bmi = self.bmi
            item_size = int(bmi.get_var_itemsize(name))
            dtype = self._array_type(name, str(bmi.get_var_type(name)), item_size)
            self._shapes[name] = (dtype, int(bmi.get_var_nbytes(name)) // item_size)
        dtype, count = self._shapes[name]
        array = np.empty(count, dtype)
        self._fill(array, name, values)
        self.bmi.set_value(name, array)

    def read(self, name: str) -> float:
        """Read the first item of an output; its type asked once."""
        target = self._targets.get(name)
        if target is None:
            kind, item_size = str(self.bmi.get_var_type(name)), int(self.bmi.get_var_itemsize(name))
            target = self._targets[name] = np.zeros(1, self._scalar_type(name, kind, item_size))
        # A model that does not fill the array must give 0 as in ngen, not the value of the step before.
        target[0] = 0
        self.bmi.get_value_at_indices(name, target, self._first)
        return float(target.item())
