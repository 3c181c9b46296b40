"""ngen's behaviour in Python: realization, forcing, formulations, simulation, outputs.

Use `run` and `check` from Python, or ``ngen-arid run`` and ``ngen-arid check`` from a shell.
"""

from ngen_harness.checking import Finding, Place, Severity, check
from ngen_harness.errors import (
    CheckpointError,
    ForcingError,
    HarnessError,
    HydrofabricError,
    MassBalanceError,
    ModelError,
    OutputError,
    RealizationError,
    SimulationError,
    UnitConversionError,
)
from ngen_harness.mass_balance import Ledger
from ngen_harness.outputs import Series
from ngen_harness.simulation import RunResult, run

__all__ = [
    "CheckpointError",
    "Finding",
    "ForcingError",
    "HarnessError",
    "HydrofabricError",
    "Ledger",
    "MassBalanceError",
    "ModelError",
    "OutputError",
    "Place",
    "RealizationError",
    "RunResult",
    "Series",
    "Severity",
    "SimulationError",
    "UnitConversionError",
    "check",
    "run",
]
