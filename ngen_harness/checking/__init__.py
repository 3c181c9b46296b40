"""Find everything in a realization at which ngen would abort or go wrong without a word, before a run."""

from ngen_harness.checking.checker import check
from ngen_harness.checking.findings import Finding, Place, Severity

__all__ = ["Finding", "Place", "Severity", "check"]
