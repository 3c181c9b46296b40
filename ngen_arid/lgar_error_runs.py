"""Both models over the cases, and how far apart they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import lgar_bmi.ensemble as lgar
import richards_bmi.ensemble as richards
from hydro_physics.soil_classes import CARSEL_PARRISH_1988 as SOILS
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble_setup import ordinate_rows
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, TALSMA_PARLANGE, LgarOptions
from ngen_arid.lgar_error_cases import STEP_H, Case
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.grid_settings import GridSettings, SolverSettings

VARIANTS = {
    "exact drive": LgarOptions(EXACT, substeps=ADAPTIVE),
    "closed-form drive": LgarOptions(CLOSED_FORM, substeps=ADAPTIVE),
    "exact drive, talsma_parlange": LgarOptions(EXACT, substeps=ADAPTIVE, infiltration=TALSMA_PARLANGE),
}

FIELD_CAPACITY, WILTING_POINT, ROOT_DEPTH = 340.9, 15495.0, 30.0
"""[cm]."""

QUANTITIES = ("infiltration", "surface_runoff", "actual_evapotranspiration")

UNCERTAIN = 0.01
"""A solution of the Richards equation that a finer one contradicts by more than this share is named."""

_LGAR_SUBSTEP = 60.0
_STEP_S = 3600.0 * STEP_H
_CELLS = 300.0
"""Into how many of the thickest cells a deep column is cut."""

_Array = NDArray[Any]


class Accuracy(NamedTuple):
    """How finely the Richards equation is solved, as factors on what the map is made with."""

    cell: float = 1.0
    tolerance: float = 1.0


MAP, FINER = Accuracy(), Accuracy(0.5, 0.1)


class Result(NamedTuple):
    """A case, and what both models make of it.

    Attributes
    ----------
    case : Case
    richards : array, shape (3,)
        Totals of `QUANTITIES` [cm].
    lgar : dict of str to array, shape (3,)
        Of each variant.
    """

    case: Case
    richards: _Array
    lgar: dict[str, _Array]

    def error(self, variant: str, quantity: str = QUANTITIES[0]) -> float:
        """LGAR's total over that of the Richards equation, less one; NaN where that one is less than 0.1 % of rain."""
        k = QUANTITIES.index(quantity)
        least = 1e-3 * float(self.case.rain.sum()) * STEP_H / 10.0
        return float(self.lgar[variant][k] / self.richards[k] - 1.0) if self.richards[k] > least else math.nan


def tolerance_of(case: Case) -> float:
    """Error that a sub-step may make: a power of ten, about 3e-5 to 3e-4 of the rain [cm]."""
    total = float(case.rain.sum()) * STEP_H / 10.0
    return 10.0 ** min(math.floor(math.log10(3e-4 * total)), -3)


def batches(cases: Sequence[Case]) -> list[list[int]]:
    """Indices of cases that run in one call: those of the same storm and tolerance, and of as many layers."""
    found: dict[tuple[str, float, int], list[int]] = {}
    for k, case in enumerate(cases):
        found.setdefault((case.storm.name, tolerance_of(case), len(case.soils)), []).append(k)
    return list(found.values())


def run_richards(cases: Sequence[Case], accuracy: Accuracy = MAP) -> _Array:
    """Totals of one batch by the Richards equation, shape (cases, 3) [cm]."""
    parameters = RichardsParameters(FIELD_CAPACITY, WILTING_POINT, 0.0, 1e4)
    columns = [
        richards.EnsembleColumn(
            [SOILS[name] for name in case.soils],
            case.thickness,
            parameters,
            ROOT_DEPTH,
            grid=GridSettings(accuracy.cell * max(1.0, sum(case.thickness) / _CELLS), accuracy.cell * 0.05, 1.2),
        )
        for case in cases
    ]
    state = richards.initial_state(columns, [case.psi for case in cases], step=_STEP_S)
    run = richards.simulate(
        columns,
        state,
        richards.EnsembleForcing(*_forcing(cases)),
        outputs=QUANTITIES,
        times=richards.EnsembleTimes(_STEP_S, SolverSettings(accuracy.tolerance * tolerance_of(cases[0]))),
    )
    return _totals(run.outputs)


def run_lgar(cases: Sequence[Case], options: LgarOptions) -> _Array:
    """Totals of one batch by LGAR, shape (cases, 3) [cm]."""
    columns = lgar.EnsembleColumns(
        np.array([[SOILS[name] for name in case.soils] for case in cases]),
        np.array([case.thickness for case in cases]),
        LgarParameters(FIELD_CAPACITY, WILTING_POINT, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
    )
    times = lgar.EnsembleTimes(_STEP_S, _LGAR_SUBSTEP, tolerance_of(cases[0]))
    # the unit hydrograph of four quarters of an hour changes no total
    state = lgar.initial_state(columns, [case.psi for case in cases], ordinate_rows((1.0,), _STEP_S).shape[1], times)
    run = lgar.simulate(columns, state, lgar.EnsembleForcing(*_forcing(cases)), options, QUANTITIES, times=times)
    return _totals(run.outputs)


def _forcing(cases: Sequence[Case]) -> tuple[_Array, _Array]:
    return np.array([case.rain for case in cases]), np.array([case.storm.pet for case in cases])


def _totals(outputs: dict[str, _Array]) -> _Array:
    return np.column_stack([100.0 * outputs[name].sum(axis=1) for name in QUANTITIES])


def run_cases(cases: Sequence[Case], done: Callable[[int], object] = lambda count: None) -> list[Result]:
    """Run everything.

    Parameters
    ----------
    cases : sequence of Case
    done : callable
        Told how many cases were run, batch after batch.
    """
    results: dict[int, Result] = {}
    for batch in batches(cases):
        part = [cases[k] for k in batch]
        reference = run_richards(part)
        found = {name: run_lgar(part, options) for name, options in VARIANTS.items()}
        for i, k in enumerate(batch):
            results[k] = Result(cases[k], reference[i], {name: totals[i] for name, totals in found.items()})
        done(len(batch))
    return [results[k] for k in range(len(cases))]


def changes(results: Sequence[Result], which: Sequence[int], done: Callable[[int], object] = lambda n: None) -> _Array:
    """Relative error of infiltration by the Richards equation, told from half the cells and a tenth of the tolerance.

    Parameters
    ----------
    results : sequence of Result
    which : sequence of int
        Which of them are run again.
    done : callable
        Told how many cases were run.

    Returns
    -------
    array, shape (len(which),)
    """
    again = [results[k].case for k in which]
    found = np.empty(len(again))
    for batch in batches(again):
        finer = run_richards([again[i] for i in batch], FINER)[:, 0]
        found[batch] = [results[which[i]].richards[0] / total - 1.0 for i, total in zip(batch, finer, strict=True)]
        done(len(batch))
    return found
