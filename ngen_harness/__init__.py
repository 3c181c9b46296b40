"""ngen's behaviour in Python: realization, forcing, formulations, simulation, outputs.

Use `run` from Python, or ``ngen-arid run`` from a shell.
"""

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
    "ForcingError",
    "HarnessError",
    "HydrofabricError",
    "Ledger",
    "MassBalanceError",
    "ModelError",
    "OutputError",
    "RealizationError",
    "RunResult",
    "Series",
    "SimulationError",
    "UnitConversionError",
    "run",
]
