"""Find the soil of one column by least squares, with LGAR's exact tangents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from dcfe.bounds import Bounds
from dcfe.fisher import Noise, slopes_of
from dcfe.lgar_data import LgarLearningData, columns_of, moisture_depth
from dcfe.lgar_tangents import tangents_of_lgar
from dcfe.simulate import check_warmup
from lgar_bmi.ensemble import EnsembleForcing, initial_state
from lgar_bmi.ensemble_setup import ordinate_rows
from lgar_bmi.variables import MOISTURES

_Array = NDArray[np.float64]

EDGE = 1e-3
"""Share of the bounds that places keep away from their ends."""


class Fit(NamedTuple):
    """A fitted column.

    Attributes
    ----------
    values : dict of str to float
        Parameters that were looked for.
    cost : float
        Half the sum of squared errors over their deviations, those from the observed values also where others were
        searched with: costs of several starts compare.
    runs : int
        Runs of LGAR.
    converged : bool
        Whether the last search ended by itself: a further step would have changed hardly anything. False where its runs
        were used up: values and cost are then of the best place so far, and more runs may find a better one. A search
        that ended by itself is at a local minimum, or where nothing has a gradient: neither need be the truth.
    """

    values: dict[str, float]
    cost: float
    runs: int
    converged: bool


class ColumnFit:
    """Least squares for one column: errors of its outputs over their deviations.

    Parameters
    ----------
    data : LgarLearningData
        One column, with the observations; what is not looked for is as in its parameters. NaN where nothing was
        observed.
    bounds : Bounds
        What is looked for.
    noise : Noise
        Deviations of the observations' errors, from the observed values or, as :meth:`search` says, the simulated ones.
    warmup : int
        Steps that are not compared.

    Raises
    ------
    ValueError
        When there is not one column, nothing is looked for, nothing was observed, the warm-up leaves nothing, or errors
        to expect are 0 where the observed value is.
    """

    def __init__(self, data: LgarLearningData, bounds: Bounds, noise: Noise, warmup: int = 0):
        if len(data.ids) != 1:
            raise ValueError(f"there are {len(data.ids)} columns; a fit is of one")
        check_warmup(warmup, data.rain.shape[1])
        problems = [] if len(bounds) else ["bounds has no parameter; expected what is to be looked for"]
        if not data.observed:
            problems.append("data.observed has no output; expected what is to be compared")
        if problems:
            raise ValueError(f"fit of column {data.ids[0]}:\n  - " + "\n  - ".join(problems))
        self.data, self.bounds, self.warmup = data, bounds, warmup
        self.outputs = tuple(data.observed)
        self.depths = {name: depth for name in self.outputs if (depth := moisture_depth(name)) is not None}
        observed = np.stack([data.observed[name][0, warmup:].numpy() for name in self.outputs])
        self.known = np.isfinite(observed)
        if not self.known.any():
            raise ValueError(f"column {data.ids[0]}: nothing was observed of {', '.join(self.outputs)}")
        self.observed = observed[self.known]
        self.noise = noise
        self.deviation = self._deviation_of(self.observed, "observed")
        self.fixed = {name: values.numpy() for name, values in data.parameters.items()}
        self.shares = data.ordinates.numpy()
        self._last: tuple[bytes, _Array, _Array] | None = None

    def errors(self, places: _Array) -> _Array:
        """Errors over their deviations, at places in the bounds, shape (observations,)."""
        return self._run(places)[0]

    def slopes(self, places: _Array) -> _Array:
        """Their derivatives, shape (observations, parameters)."""
        return self._run(places)[1]

    def search(self, start: _Array, most_runs: int = 60, rounds: int = 0) -> Fit:
        """Look for the least sum of squares from a start, places in the bounds, by a trust region.

        Parameters
        ----------
        start : array, shape (parameters,)
        most_runs : int
            Of each search, 1 or more.
        rounds : int
            0 or more.
            Further searches, each from where the last one ended, with deviations from the values simulated there.
            Deviations from observed values give an observation more weight if its error made it small, so that errors
            that multiply pull the simulation down, by twice their variance.

        Returns
        -------
        Fit

        Raises
        ------
        ValueError
            When the start or the numbers of runs and rounds cannot be used, or errors to expect are 0 where a simulated
            value is.
        ParameterError, ForcingError, RuntimeError
            As in :func:`dcfe.lgar_tangents.tangents_of_lgar`.
        """
        from scipy.optimize import least_squares

        places, cost, runs, converged = np.asarray(start, dtype=np.float64), 0.0, 0, False
        self._check_search(places, most_runs, rounds)
        of_observed = self.deviation
        try:
            for turn in range(rounds + 1):
                inside = np.clip(places, 2.0 * EDGE, 1.0 - 2.0 * EDGE)
                found = least_squares(
                    *(self.errors, inside, self.slopes),
                    bounds=(EDGE, 1.0 - EDGE),
                    max_nfev=most_runs,
                    xtol=1e-12,
                    ftol=1e-12,
                )
                places, runs, converged = found.x, runs + int(found.nfev), bool(found.status > 0)
                if turn == 0:
                    cost = float(found.cost)
                if turn < rounds:
                    simulated = self.observed + found.fun * self.deviation
                    self._weigh(self._deviation_of(simulated, "simulated"))
        finally:
            self._weigh(of_observed)
        values = self.bounds.values(torch.as_tensor(places))
        return Fit({name: float(value) for name, value in values.items()}, cost, runs, converged)

    def _check_search(self, start: _Array, most_runs: int, rounds: int) -> None:
        problems = []
        if start.shape != (len(self.bounds),):
            problems.append(
                f"start has shape {start.shape}; expected ({len(self.bounds)},), a place for each parameter"
            )
        elif not np.isfinite(start).all():
            problems.append(f"start is {start.tolist()}; expected places in the bounds, 0 to 1")
        if most_runs < 1:
            problems.append(f"most_runs is {most_runs}; expected 1 or more")
        if rounds < 0:
            problems.append(f"rounds is {rounds}; expected 0 or more")
        if problems:
            raise ValueError(f"fit of column {self.data.ids[0]}:\n  - " + "\n  - ".join(problems))

    def _deviation_of(self, values: _Array, kind: str) -> _Array:
        """Deviations of errors at values, those that are known in a row; refused where there are none."""
        deviation = self.noise.relative * np.abs(values) + self.noise.absolute
        exact = ~(deviation > 0.0)
        if exact.any():
            outputs = np.nonzero(self.known)[0][exact]
            raise ValueError(
                f"fit of column {self.data.ids[0]}: the noise is {self.noise.relative:g} of the value plus 0, which is "
                "nothing where the value is 0: give Noise an absolute part, in the unit of the output\n  - "
                + "\n  - ".join(
                    f"{kind} {self.outputs[k]} is 0 in {int((outputs == k).sum())} steps" for k in np.unique(outputs)
                )
            )
        return deviation

    def _weigh(self, deviation: _Array) -> None:
        """Take other deviations; errors that are remembered are over the last ones."""
        self.deviation, self._last = deviation, None

    def _run(self, places: _Array) -> tuple[_Array, _Array]:
        key = places.tobytes()
        if self._last is not None and self._last[0] == key:
            return self._last[1:]
        values = self.bounds.values(torch.as_tensor(places))
        parameters: Mapping[str, _Array] = self.fixed | {name: value.numpy()[None] for name, value in values.items()}
        data = self.data
        columns = columns_of(parameters, data.thickness.numpy())
        length = ordinate_rows(self.shares, data.stepping.step).shape[1]
        run = tangents_of_lgar(
            columns,
            initial_state(columns, data.initial_psi.numpy(), length, data.stepping),
            EnsembleForcing(data.rain.numpy(), data.pet.numpy()),
            self.bounds.names,
            data.options,
            [name for name in self.outputs if name not in self.depths],
            self.shares,
            data.stepping,
            tuple(self.depths.values()),
        )
        along = slopes_of(self.bounds, {name: parameters[name] for name in self.bounds.names})[0]
        series, slopes_of_series = dict(run.outputs), dict(run.tangents)
        for place, name in enumerate(self.depths):
            series[name] = run.outputs[MOISTURES.name][..., place]
            slopes_of_series[name] = run.tangents[MOISTURES.name][:, :, place]
        simulated = np.stack([series[name][0, self.warmup :] for name in self.outputs])
        tangents = np.stack([slopes_of_series[name][0, self.warmup :] for name in self.outputs])
        errors = (simulated[self.known] - self.observed) / self.deviation
        slopes = tangents[self.known] * along / self.deviation[:, None]
        self._last = (key, errors, slopes)
        return errors, slopes
