"""What forcing from any kind of file has in common: numbers by name and hour, converted as ngen does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from ngen_harness.context import RunContext
from ngen_harness.errors import UnitConversionError


class FileForcing(ABC):
    """The forcing of one catchment from a file.

    Parameters
    ----------
    path : str
        The file, as it should appear in messages.
    context : RunContext
        Simulated period and unit conversions.
    units : mapping
        Name in the file, or CSDMS name -> unit.
    """

    label: str

    def __init__(self, path: str, context: RunContext, units: Mapping[str, str]) -> None:
        self.path = path
        self._context = context
        self._start = context.start
        self._units = units

    @property
    def names(self) -> tuple[str, ...]:
        """Names that can be asked for: those of the file and their CSDMS equivalents."""
        return tuple(self._units)

    @abstractmethod
    def number(self, name: str, time: int, seconds: int) -> float:
        """Value of a variable over a period, in the file's own unit; parameters and errors as in `value`."""

    def value(self, name: str, time: int, seconds: int, units: str) -> float:
        """Value of a variable over a period.

        Parameters
        ----------
        name : str
            Name in the file or CSDMS name.
        time : int
            Begin of the period, seconds since 1970.
        seconds : int
            Length of the period.
        units : str
            Wanted unit.

        Returns
        -------
        float

        Raises
        ------
        ForcingError
            The file has no such variable, or no numbers for the period.
        UnitConversionError
            The unit cannot be converted; the exception carries the raw value.
        """
        value = self.number(name, time, seconds)
        try:
            return self._context.convert(value, self._units.get(name, ""), units)
        except UnitConversionError as error:
            error.provider = self.label
            raise

    def values(self, name: str, time: int, seconds: int, units: str) -> list[float]:
        """Give the same as `value`, as a list of one, for a variable with several items."""
        values = [self.number(name, time, seconds)]
        try:
            return self._context.convert_array(
                values, self._units.get(name, ""), units, f"{self.path}: '{name}' for an array"
            )
        except UnitConversionError as error:
            error.provider = self.label
            raise
