"""A realization over very many catchments: compiled loops over blocks, forcing and results in chunks.

Use `run_ensemble` from Python, or ``ngen-arid run REALIZATION --ensemble`` from a shell.
"""

from ngen_ensemble.run import EnsembleResult, run_ensemble
from ngen_ensemble.settings import EnsembleError, Settings

__all__ = ["EnsembleError", "EnsembleResult", "Settings", "run_ensemble"]
