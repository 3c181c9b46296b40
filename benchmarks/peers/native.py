"""Call compiled BMI models without a compiler: C ones by their struct of functions, C++ ones by their virtual table.

The loops over time are compiled, too, and call the functions by their addresses. So nothing of Python is in the peers'
time: what is measured is what a C program would measure.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SLOTS = 64
C_BMI = (
    "data", "initialize", "update", "update_until", "finalize",
    "get_component_name", "get_input_item_count", "get_output_item_count", "get_input_var_names",
    "get_output_var_names",
    "get_var_grid", "get_var_type", "get_var_units", "get_var_itemsize", "get_var_nbytes", "get_var_location",
    "get_current_time", "get_start_time", "get_end_time", "get_time_units", "get_time_step",
    "get_value", "get_value_ptr", "get_value_at_indices", "set_value", "set_value_at_indices",
)  # fmt: skip
"""Members of NOAA-OWP's ``struct Bmi`` (bmi.h: bmi-c 2.0 and get_var_location), as far as they are used here."""

CPP_BMI = (
    "destroy", "delete", "Initialize", "Update", "UpdateUntil", "Finalize",
    "GetComponentName", "GetInputItemCount", "GetOutputItemCount", "GetInputVarNames", "GetOutputVarNames",
    "GetVarGrid", "GetVarType", "GetVarUnits", "GetVarItemsize", "GetVarNbytes", "GetVarLocation",
    "GetCurrentTime", "GetStartTime", "GetEndTime", "GetTimeUnits", "GetTimeStep",
    "GetValue", "GetValuePtr",
)  # fmt: skip
"""Virtual functions of ``bmi::Bmi`` (bmi.hxx 2.0) in the order of declaration, after the two that destructors take."""


def library(path: str) -> ctypes.CDLL:
    """Load a shared library.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is not there")
    return ctypes.CDLL(str(Path(path).resolve()))


def function(address: int, arguments: int) -> Callable[..., int]:
    """A C function of addresses that returns an address or an int; compiled code can call it."""
    return ctypes.CFUNCTYPE(ctypes.c_size_t, *[ctypes.c_size_t] * arguments)(address)


def at(address: int) -> NDArray[np.float64]:
    """The double at an address, as an array of one item."""
    return np.ctypeslib.as_array((ctypes.c_double * 1).from_address(address))


class CModel:
    """A model behind NOAA-OWP's C struct.

    Parameters
    ----------
    register : callable
        Such as ``register_bmi_cfe``: fills the struct.
    config : Path
    """

    def __init__(self, register: Callable[..., object], config: Path):
        self._table = (ctypes.c_size_t * SLOTS)()
        self.address = ctypes.addressof(self._table)
        register(ctypes.c_void_p(self.address))
        text = ctypes.create_string_buffer(str(config).encode())
        if self.call("initialize", ctypes.addressof(text)) & 0xFFFFFFFF:
            raise RuntimeError(f"the library does not take {config.name}")
        # what the struct's first member points to
        self.data = self._table[0]

    def slot(self, name: str) -> int:
        """Address of a function."""
        return int(self._table[C_BMI.index(name)])

    def call(self, name: str, *arguments: int) -> int:
        """Call a function of the struct."""
        return function(self.slot(name), 1 + len(arguments))(self.address, *arguments)

    def pointer(self, name: str) -> NDArray[np.float64]:
        """Where the model keeps a variable."""
        text, found = ctypes.create_string_buffer(name.encode()), ctypes.c_size_t()
        if self.call("get_value_ptr", ctypes.addressof(text), ctypes.addressof(found)) & 0xFFFFFFFF:
            raise RuntimeError(f"the library has no variable {name}")
        return at(found.value)


class _String(ctypes.Structure):
    """``std::string`` of GNU's C++ library: where, how long, and room for short ones or the capacity."""

    _fields_ = (("where", ctypes.c_size_t), ("length", ctypes.c_size_t), ("room", ctypes.c_size_t * 2))


def string(text: str) -> _String:
    """A C++ string; its memory is of malloc, so that the callee may keep it."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_size_t
    raw = text.encode() + b"\0"
    where = libc.malloc(ctypes.c_size_t(len(raw)))
    ctypes.memmove(where, raw, len(raw))
    return _String(where, len(raw) - 1, (ctypes.c_size_t * 2)(len(raw) - 1, 0))


class CppModel:
    """A model behind ``bmi::Bmi``, made by the library's ``bmi_model_create`` as ngen does.

    By the Itanium C++ ABI (Linux, GNU's and LLVM's compilers with GNU's library): a class passed by value is passed by
    the address of a copy.
    """

    def __init__(self, loaded: ctypes.CDLL, config: Path):
        create = loaded.bmi_model_create
        create.restype = ctypes.c_size_t
        self.address = int(create())
        self._table = ctypes.c_size_t.from_address(self.address).value
        given = string(str(config))
        function(self.slot("Initialize"), 2)(self.address, ctypes.addressof(given))

    def slot(self, name: str) -> int:
        """Address of a virtual function."""
        place = self._table + CPP_BMI.index(name) * ctypes.sizeof(ctypes.c_size_t)
        return int(ctypes.c_size_t.from_address(place).value)

    def pointer(self, name: str) -> NDArray[np.float64]:
        """Where the model keeps a variable."""
        given = string(name)
        return at(function(self.slot("GetValuePtr"), 2)(self.address, ctypes.addressof(given)))
