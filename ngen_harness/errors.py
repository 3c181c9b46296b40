"""Everything that can go wrong in a run, as exceptions with messages a user can act on.

Every message names the file, the key or the catchment and time, says what was expected and how to fix it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# A mistake in a global block comes back once for each catchment: a few are enough to see it.
_SHOWN = 20


FAILURES = (Exception, SystemExit)
"""What a model can raise to fail: a model that exits would otherwise end the whole run without a word."""


class HarnessError(Exception):
    """Base class of all errors raised by `ngen_harness`."""


class RealizationError(HarnessError):
    """The realization file cannot be used; all problems found in it are listed.

    Parameters
    ----------
    path : str
        The realization file.
    problems : sequence of str
        One sentence for each problem, beginning with the JSON path it is about.
    """

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{path}: {count} problem{'s' if count != 1 else ''} in the realization"
        shown = [f"  - {problem}" for problem in self.problems[:_SHOWN]]
        if count > _SHOWN:
            shown.append(f"  ... and {count - _SHOWN} more")
        super().__init__("\n".join([head, *shown]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it again from its parts, in another process."""
        return type(self), (self.path, self.problems), {"args": self.args}


class HydrofabricError(HarnessError):
    """The catchment or nexus file is missing, malformed or lacks something."""


class ForcingError(HarnessError):
    """A forcing file is missing, malformed, incomplete, or does not offer a variable."""


class ModelError(HarnessError):
    """A model cannot be created, or what it reports about itself cannot be used by ngen."""


class SimulationError(HarnessError):
    """A time step of one catchment failed; the original exception is the cause."""


class MassBalanceError(HarnessError):
    """The mass balance of a model does not close, or its mass variables cannot be trusted."""


class CheckpointError(HarnessError):
    """The state of a model cannot be saved or restored."""


class OutputError(HarnessError):
    """The output folder cannot be written, or the requested files cannot be laid out."""


class UnitConversionError(HarnessError):
    """Two unit strings cannot be converted into each other (the value is passed on as it is).

    Attributes
    ----------
    value : float
        The unconverted value.
    source, target : str
        The two unit strings.
    provider : str
        Who provided the value; filled in by the provider.
    """

    def __init__(self, reason: str, value: float, source: str, target: str) -> None:
        super().__init__(f"{reason} (from '{source}' to '{target}')")
        self.reason = reason
        self.value = value
        self.source = source
        self.target = target
        self.provider = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it again from its parts, in another process."""
        return type(self), (self.reason, self.value, self.source, self.target), {"provider": self.provider}
