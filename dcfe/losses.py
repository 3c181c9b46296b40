"""Losses of simulated against observed series: per basin, then the mean over basins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from dcfe.data import BasinData
from dcfe.loss_kernels import Moments, SquaredErrors, transformed
from dcfe.scores import ROUND_OFF, centred, efficiency

Kind = Literal["nse", "kge", "kge2012"]
Transform = Literal["none", "sqrt", "log"]

KINDS = ("nse", "kge", "kge2012")
TRANSFORMS = ("none", "sqrt", "log")

OFFSET_SHARE = 0.01
"""Share of the mean observation added before roots and logarithms (Pushpalatha et al. 2012)."""


@dataclass(frozen=True)
class Term:
    """One term of a loss.

    Attributes
    ----------
    output : str
        Output of the model, with observations in ``BasinData.observed``.
    kind : {"nse", "kge", "kge2012"}
        ``nse``: mean squared error over ``(s + epsilon * median s)**2``, where s is the standard deviation of a basin's
        observations over the whole training period (Kratzert et al. 2019, eq. 1); ``1 - NSE`` when epsilon is 0.
        ``kge``: ``1 - KGE`` of Gupta et al. (2009), of correlation, ratio of standard deviations and ratio of means.
        ``kge2012``: with the ratio of the coefficients of variation (Kling et al. 2012).
    transform : {"none", "sqrt", "log"}
        Root or logarithm of both series plus a hundredth of the basin's mean observation: weight on low flow.
    weight : float
        Above 0.
    epsilon : float
        Keeps basins that hardly vary from taking over [share of the basins' median standard deviation].
    """

    output: str = "q_out"
    kind: Kind = "nse"
    transform: Transform = "none"
    weight: float = 1.0
    epsilon: float = 0.03

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value!r}; expected one of {', '.join(allowed)}"
            for name, value, allowed in (("kind", self.kind, KINDS), ("transform", self.transform, TRANSFORMS))
            if value not in allowed
        ]
        if not self.weight > 0.0:
            problems.append(f"weight is {self.weight}; expected above 0")
        if not self.epsilon >= 0.0:
            problems.append(f"epsilon is {self.epsilon}; expected 0 or above")
        if problems:
            raise ValueError(f"term of {self.output} in the loss: {'; '.join(problems)}")


@dataclass(frozen=True)
class TermTarget:
    """What one term compares with: prepared once, since observations do not change while parameters are learned.

    Attributes
    ----------
    term : Term
    observed : tensor, shape (basins, steps)
        Transformed; 0 where nothing was observed.
    mask : tensor of bool, shape (basins, steps), or None
        Where something was observed; None: everywhere.
    offset : tensor, shape (basins,)
        Added to simulated values before their transformation.
    scale : tensor, shape (basins,)
        Standard deviation to divide errors by; 0 where a basin has none.
    """

    term: Term
    observed: Tensor
    mask: Tensor | None
    offset: Tensor
    scale: Tensor

    def part(self, rows: Tensor | None, first: int, last: int) -> TermTarget:
        """Basins `rows` (None: all), steps from `first` up to but not including `last`."""
        pick = slice(None) if rows is None else rows
        mask = None if self.mask is None else self.mask[pick, first:last]
        if mask is not None and bool(mask.all()):
            mask = None
        return TermTarget(self.term, self.observed[pick, first:last], mask, self.offset[pick], self.scale[pick])

    @cached_property
    def count(self) -> Tensor:
        """Observations of each basin, shape (basins,)."""
        if self.mask is None:
            return torch.full_like(self.scale, self.observed.shape[1])
        return self.mask.sum(dim=1).to(self.scale.dtype)

    @cached_property
    def centred(self) -> tuple[Tensor, Tensor, Tensor]:
        """Observations less their mean, their variance and their mean."""
        return centred(self.observed, self.mask, self.count)

    @cached_property
    def usable(self) -> Tensor:
        """Whether the term is defined for a basin, shape (basins,)."""
        if self.term.kind == "nse":
            return (self.count > 0) & (self.scale > 0.0)
        _, variance, mean = self.centred
        # KGE divides by both; the variance of a constant series is round-off
        return (self.count > 0) & (variance > ROUND_OFF * mean.square()) & (mean != 0.0)

    def losses(self, simulated: Tensor) -> Tensor:
        """Loss of each basin, shape (basins,); any finite number where it is not usable.

        Parameters
        ----------
        simulated : tensor, shape (basins, steps)
        """
        term, count = self.term, self.count.clamp(min=1.0)
        if simulated.shape != self.observed.shape:
            raise ValueError(
                f"simulated {term.output} has shape {tuple(simulated.shape)}, "
                f"the observations {tuple(self.observed.shape)}"
            )
        if term.kind == "nse":
            sums = SquaredErrors.apply(simulated, self.observed, self.mask, term.transform, self.offset)
            return sums / (count * torch.where(self.usable, self.scale, 1.0).square())
        anomalies, variance, mean = self.centred
        found = Moments.apply(simulated, anomalies, self.mask, count, term.transform, self.offset)
        return 1.0 - efficiency(found[0], found[1], found[2], mean, variance, term.kind)


class Loss:
    """Weighted sum of terms, each the mean over the basins that have observations of it.

    Parameters
    ----------
    terms : sequence of Term
    """

    def __init__(self, terms: Sequence[Term] = (Term(),)):
        self.terms = tuple(terms)
        if not self.terms:
            raise ValueError("a loss needs at least one term")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs that are compared, each once."""
        return tuple(dict.fromkeys(term.output for term in self.terms))

    def target(self, data: BasinData, warmup: int = 0) -> LossTarget:
        """Prepare the observations of `data` from the step `warmup` on.

        Raises
        ------
        ValueError
            When an output of the loss was nowhere observed, or cannot be transformed; all of them at once.
        """
        targets, problems = [], []
        for term in self.terms:
            if term.output not in data.observed:
                known = ", ".join(data.observed) or "nothing"
                problems.append(f"the loss compares {term.output}, but observed is {known}")
            else:
                found = _prepare(term, data.observed[term.output][:, warmup:], data.ids)
                if isinstance(found, str):
                    problems.append(found)
                else:
                    targets.append(found)
        if problems:
            raise ValueError("observations do not fit the loss:\n  - " + "\n  - ".join(dict.fromkeys(problems)))
        return LossTarget(tuple(targets))


@dataclass(frozen=True)
class LossTarget:
    """A loss together with the observations of some basins and steps.

    Attributes
    ----------
    targets : tuple of TermTarget
        One for each term.
    """

    targets: tuple[TermTarget, ...]

    def part(self, rows: Tensor | None, first: int, last: int) -> LossTarget:
        """Basins `rows` (None: all), steps from `first` up to but not including `last`."""
        return LossTarget(tuple(target.part(rows, first, last) for target in self.targets))

    def observed_basins(self) -> Tensor:
        """Whether a basin adds to any term, shape (basins,)."""
        return torch.stack([target.usable for target in self.targets]).any(dim=0)

    def __call__(self, outputs: Mapping[str, Tensor]) -> Tensor:
        """Loss over all basins, a scalar.

        Parameters
        ----------
        outputs : mapping of str to tensor, shape (basins, steps)
            Without warm-up.

        Raises
        ------
        KeyError
            When an output of a term is not there; all of them at once.
        ValueError
            When no basin has observations.
        """
        absent = dict.fromkeys(t.term.output for t in self.targets if t.term.output not in outputs)
        if absent:
            raise KeyError(
                f"the loss compares {', '.join(absent)}, but the model gives {', '.join(outputs) or 'nothing'}: "
                f"have it give what is compared"
            )
        total: Tensor | None = None
        for target in self.targets:
            if bool(target.usable.any()):
                losses = target.losses(outputs[target.term.output])
                part = target.term.weight * losses[target.usable].mean()
                total = part if total is None else total + part
        if total is None:
            raise ValueError(
                f"no basin has observations of {' or '.join(dict.fromkeys(t.term.output for t in self.targets))} "
                f"in these steps that a loss can be made of: there is nothing to learn from"
            )
        return total


def _prepare(term: Term, observed: Tensor, ids: Sequence[str]) -> TermTarget | str:
    """Target of one term over the whole period, or what is wrong with the observations."""
    mask: Tensor | None = torch.isfinite(observed)
    assert mask is not None
    count = mask.sum(dim=1).to(observed.dtype)
    if not bool((count > 0).any()):
        return f"no basin has an observation of {term.output} after the warm-up"
    observed = torch.where(mask, observed, 0.0)
    offset = torch.zeros_like(count)
    if term.transform != "none":
        offset = OFFSET_SHARE * (observed.sum(dim=1) / count.clamp(min=1.0)).abs()
        # a basin that never flows has nothing to compare, but its logarithm has to exist
        offset = torch.where(offset > 0.0, offset, 1.0)
        low = torch.where(mask, observed, 0.0).amin(dim=1) + offset
        if bool((low <= 0.0).any()):
            row = int((low <= 0.0).nonzero()[0])
            return (
                f"{term.output} of basin {ids[row]} was observed below 0 ({float(low[row] - offset[row]):g}), where "
                f"there is no {term.transform}: mend the observations, or use transform 'none'"
            )
        observed = torch.where(mask, transformed(observed, term.transform, offset), 0.0)
    if bool(mask.all()):
        mask = None
    _, variance, mean = centred(observed, mask, count)
    deviation = torch.where(variance > ROUND_OFF * mean.square(), variance, 0.0).sqrt()
    known = count > 0
    scale = torch.where(known, deviation + term.epsilon * deviation[known].quantile(0.5), 0.0)
    return TermTarget(term, observed, mask, offset, scale)
