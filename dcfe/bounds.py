"""Map what a network gives, shares between 0 and 1, into the physical bounds of parameters, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from cfe_bmi.parameters import PARAMETERS
from ngen_bmi.errors import ParameterError
from ngen_bmi.variables import Variable, VariableTable

Scale = Literal["linear", "log"]
DECADES_FOR_LOG = 2.0


@dataclass(frozen=True)
class Bound:
    """Range of one parameter and how shares are spread over it.

    Attributes
    ----------
    low, high : float
        In the parameter's unit.
    scale : {"linear", "log"}
        ``log``: equal shares are equal factors.
    """

    low: float
    high: float
    scale: Scale = "linear"

    def value(self, share: Tensor) -> Tensor:
        """Value at a share of the range, never outside it; any shape."""
        if self.scale == "log":
            start = math.log(self.low)
            value = torch.exp(start + share * (math.log(self.high) - start))
        else:
            value = self.low + share * (self.high - self.low)
        # a unit of the last place beyond the bound may already be invalid
        return value.clamp(self.low, self.high)

    def share(self, value: Tensor) -> Tensor:
        """Share of the range at a value; any shape."""
        if self.scale == "log":
            return torch.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Bounds:
    """Ranges of the parameters that are learned, in their order.

    Attributes
    ----------
    by_name : dict of str to Bound
    """

    by_name: dict[str, Bound]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def values(self, shares: Tensor) -> dict[str, Tensor]:
        """Physical values of shares.

        Parameters
        ----------
        shares : tensor, shape (..., parameters)
            Between 0 and 1.

        Returns
        -------
        dict of str to tensor, shape (...)
        """
        columns = shares.unbind(-1)
        return {name: bound.value(x) for (name, bound), x in zip(self.by_name.items(), columns, strict=True)}

    def shares(self, values: Mapping[str, Tensor], margin: float = 0.0) -> Tensor:
        """Shares of physical values; the inverse of :meth:`values`.

        Parameters
        ----------
        values : mapping of str to tensor
            One for each parameter, of shapes that broadcast; more names do not matter.
        margin : float
            Distance to keep from 0 and 1, where the slope of a sigmoid is so small that nothing is learned.

        Returns
        -------
        tensor, shape (..., parameters)

        Raises
        ------
        ParameterError
            When values are missing or outside their bounds, naming all of them.
        """
        problems = [f"{name} is missing" for name in self.by_name if name not in values]
        columns = []
        for name, bound in self.by_name.items():
            if name in values:
                value = torch.as_tensor(values[name], dtype=torch.float64)
                outside = ~((value >= bound.low) & (value <= bound.high))
                if bool(outside.any()):
                    problems.append(
                        f"{name} = {float(value[outside].flatten()[0]):g} is outside its bounds "
                        f"{bound.low:g} to {bound.high:g}: widen the bounds, or start from another value"
                    )
                columns.append(bound.share(value).clamp(margin, 1.0 - margin))
        if problems:
            raise ParameterError("values inside the bounds of learning", problems)
        return torch.stack(torch.broadcast_tensors(*columns), dim=-1)


def bounds_of(
    names: Iterable[str],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scales: Mapping[str, Scale] | None = None,
    table: Sequence[Variable] = PARAMETERS,
) -> Bounds:
    """Bounds of parameters from the table of a model.

    Parameters
    ----------
    names : iterable of str
        Parameters to learn, by name or alias.
    ranges : mapping of str to (float, float), optional
        Bounds that replace the table's calibration ranges.
    scales : mapping of str to {"linear", "log"}, optional
        Scales that replace the rule: ``log`` where the bounds are positive and span two decades or more.
    table : sequence of Variable

    Raises
    ------
    ParameterError
        Listing every name, range and scale that cannot be used.

    Examples
    --------
    >>> bounds_of(["satdk", "b"]).by_name
    {'satdk': Bound(low=1e-07, high=0.000726, scale='log'), 'b': Bound(low=2.0, high=15.0, scale='linear')}
    """
    known = VariableTable(tuple(table)).by_name
    ranges, scales = dict(ranges or {}), dict(scales or {})
    names = tuple(names)
    problems = [
        f"{what} is given for {name}, which is not learned"
        for what, given in (("a range", ranges), ("a scale", scales))
        for name in given
        if name not in names
    ]
    found: dict[str, Bound] = {}
    for name in names:
        variable = known.get(name)
        if variable is None:
            problems.append(f"{name} is not a parameter; expected one of {', '.join(v.name for v in table)}")
        elif variable.name in found:
            other = "is named twice" if name == variable.name else f"is another name of {variable.name}, named already"
            problems.append(f"{name} {other}")
        else:
            bound = _bound(variable, ranges.get(name), scales.get(name))
            if isinstance(bound, Bound):
                found[variable.name] = bound
            else:
                problems.append(bound)
    if not names:
        problems.append("there is no parameter to learn")
    if problems:
        raise ParameterError("parameters to learn", problems)
    return Bounds(found)


def _bound(variable: Variable, given: tuple[float, float] | None, scale: Scale | None) -> Bound | str:
    """Bound of one parameter, or what is wrong with it."""
    limits = given or variable.calibration
    if limits is None:
        return f"{variable.name} has no calibration range: give it a range"
    low, high = (float(limit) for limit in limits)
    if not (low < high and math.isfinite(low) and math.isfinite(high)):
        return f"{variable.name}: the range {low:g} to {high:g} is empty or not finite"
    for limit in (low, high):
        problem = variable.problem_with(limit)
        if problem:
            return f"bound {problem}"
    if scale not in (None, "linear", "log"):
        return f"{variable.name}: scale {scale!r} is not known; expected 'linear' or 'log'"
    if scale == "log" and low <= 0.0:
        return f"{variable.name}: a log scale needs a lower bound above 0, not {low:g}"
    if scale is None:
        wide = low > 0.0 and math.log10(high / low) >= DECADES_FOR_LOG
        scale = "log" if wide else "linear"
    return Bound(low, high, scale)
