"""Constant providers: values that stay what the realization says.

The Python counterpart of NOAA-OWP's SLoTH: ``model_params`` of the form ``"name(count,type,units,location)": value``
define outputs of that name, for models downstream whose inputs nobody else provides.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.base import ComponentBmi
from ngen_bmi.serialization import RESERVED
from ngen_bmi.variables import VariableTable

_SPECIFIER = re.compile(r"\s*(?P<name>[^(),]+?)\s*\((?P<body>[^()]*)\)\s*")


class BmiConstants(ComponentBmi):
    """Outputs that keep the values given as parameters.

    Notes
    -----
    The configuration file is not read (``/dev/null`` will do). All values are float64 whatever type is asked for, the
    only type that ngen takes everywhere.

    Examples
    --------
    >>> model = BmiConstants()
    >>> model.initialize("/dev/null")
    >>> model.set_value("pet(1,double,m s-1,node)", np.array([5e-8]))
    >>> model.get_output_var_names(), model.get_var_units("pet"), model.get_value("pet", np.zeros(1))
    (('pet',), 'm s-1', array([5.e-08]))
    """

    component_name = "constants"
    table = VariableTable(())

    def __init__(self) -> None:
        super().__init__()
        self._units: dict[str, str] = {}

    def _configure(self, config_file: str) -> None:
        pass

    def _advance(self) -> None:
        pass

    def get_value_ptr(self, name: str) -> NDArray[np.float64]:
        """Array of a constant; a specifier ``name(count,type,units,location)`` declares it on first sight."""
        if name not in self._values:
            if name in RESERVED:
                return self._exchange[name]
            self._declare(name)
        return self._values[name]

    def get_var_units(self, name: str) -> str:
        """Unit of a constant."""
        if name in RESERVED:
            return RESERVED[name].units
        self.get_value_ptr(name)
        return self._units.get(name, "m")  # without a declaration: the mass balance

    def _state_fingerprint(self) -> dict[str, Any]:
        return {f"unit of {name}": self._units[name] for name in self._output_names}

    def _store(self, name: str, where: Any, items: NDArray[np.float64]) -> None:
        if name in RESERVED:
            raise ValueError(f"constants: {name} can only be set as a whole")
        self.get_value_ptr(name)[where] = items

    def _declare(self, specifier: str) -> None:
        match = _SPECIFIER.fullmatch(specifier)
        if match is None:
            known = ", ".join(self._output_names) or "nothing yet"
            raise KeyError(
                f"constants: no variable {specifier!r}; declared: {known}. Declare one by setting a parameter "
                f"'name(count,type,units,location)', such as 'pet(1,double,m s-1,node)'"
            )
        parts = [part.strip() for part in match["body"].split(",")]
        if len(parts) != 4 or not parts[0].isdigit() or int(parts[0]) < 1:
            raise ValueError(f"constants: {specifier!r} is not of the form 'name(count,type,units,location)'")
        name, unit = match["name"], parts[2]
        if name in self._values:
            raise ValueError(f"constants: {name!r} is declared twice")
        values = np.zeros(int(parts[0]))
        # 'none' and '-' are what SLoTH users write; UDUNITS knows neither.
        for key in (name, specifier):
            self._values[key] = values
            self._units[key] = "1" if unit in ("", "-", "none") else unit
        self._output_names = (*self._output_names, name)
