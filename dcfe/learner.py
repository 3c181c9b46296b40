"""What every learner of parameters has in common: from shares of the bounds to raw parameters of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from dcfe.bounds import Bounds
from dcfe.data import BasinData

Start = Literal["centre", "priors"] | Mapping[str, float]
"""Where learning starts: the centre of the bounds, each basin's own ``data.parameters``, or given values."""

MARGIN = 0.01
"""Share of the bounds from which a start keeps away."""

HOURS = 24


class Combine(Protocol):
    """Make raw parameters of learned values, such as combinations of several raw parameters.

    To start at priors it also needs a method ``priors(parameters)``, which gives the learned values that raw parameters
    of shape (basins,) stand for; without one the learned values are taken as raw parameters.
    """

    def __call__(self, learned: Mapping[str, Tensor], parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Raw parameters that replace the held ones.

        Parameters
        ----------
        learned : mapping of str to tensor, shape (basins,) or (basins, days)
        parameters : mapping of str to tensor, shape (basins,) or (basins, 1)
            What is held, shaped to broadcast with `learned`.
        """


class Learner(nn.Module):
    """Base of what gives parameters for basins; subclasses say where in its bounds each learned one is.

    Parameters
    ----------
    bounds : Bounds
        What is learned.
    start : "centre", "priors" or mapping of str to float
        Where learning starts.
    combine : callable, optional
        From learned values to raw parameters; without it the learned values are raw parameters.

    Attributes
    ----------
    generator : torch.Generator or None
        Source of random numbers in training; set by the trainer.
    """

    def __init__(self, bounds: Bounds, start: Start = "centre", combine: Combine | None = None):
        super().__init__()
        if isinstance(start, str) and start not in ("centre", "priors"):
            raise ValueError(f"start is {start!r}; expected 'centre', 'priors' or values by name")
        self.bounds = bounds
        self.start = start if isinstance(start, str) else dict(start)
        self.combine = combine
        self.generator: torch.Generator | None = None
        if not isinstance(start, str):
            self.start_logits({})  # values outside their bounds are found now rather than in training

    def extra_repr(self) -> str:
        """Bounds and start, as part of the module's text."""
        return f"bounds={self.bounds.by_name}, start={self.start}"

    def start_logits(self, parameters: Mapping[str, Tensor]) -> Tensor:
        """Logits at which learning starts: scalar 0, shape (learned,) or (basins, learned)."""
        if self.start == "centre":
            return torch.zeros((), dtype=torch.float64)
        if self.start == "priors":
            values = getattr(self.combine, "priors", dict)(parameters)
        else:
            values = {name: torch.as_tensor(x, dtype=torch.float64) for name, x in self.start.items()}  # type: ignore[union-attr]
        return torch.logit(self.bounds.shares(values, MARGIN))

    def shares(self, data: BasinData) -> Tensor:
        """Place of each learned value in its bounds, 0 to 1: shape (basins, learned) or (basins, days, learned)."""
        raise NotImplementedError

    def learned(self, data: BasinData) -> dict[str, Tensor]:
        """Learned values, each of shape (basins,) or (basins, days)."""
        return self.bounds.values(self.shares(data))

    def forward(self, data: BasinData) -> dict[str, Tensor]:
        """Every raw parameter: the learned ones, and those of `data` for the rest.

        Returns
        -------
        dict of str to tensor, shape (basins,) or (basins, steps)
        """
        learned = self.learned(data)
        daily = any(value.dim() == 2 for value in learned.values())
        if self.combine is not None:
            held = {name: value[:, None] for name, value in data.parameters.items()} if daily else data.parameters
            learned = self.combine(learned, held)
        if daily:
            learned = {name: hold_days(value, data.rain.shape[1]) for name, value in learned.items()}
        unknown = set(learned) - set(data.parameters)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} is learned but is no raw parameter: give `combine`")
        return {**data.parameters, **learned}


def seeded(seed: int = 0) -> torch.Generator:
    """Source of random numbers that gives the same ones every time."""
    return torch.Generator().manual_seed(seed)


def hold_days(values: Tensor, steps: int) -> Tensor:
    """Hold values of shape (basins, days) through the hours of their days: shape (basins, steps)."""
    held = values[:, :, None].expand(-1, -1, HOURS)
    return held.reshape(len(values), -1)[:, :steps]


class Normaliser(nn.Module):
    """Centre and scale columns by the mean and standard deviation of the training basins.

    Parameters
    ----------
    values : tensor, shape (rows, columns)
        What to take mean and standard deviation of; a column that does not vary is only centred.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, values: Tensor):
        super().__init__()
        spread = values.std(dim=0, correction=0)
        # rounding lets the deviation of equal numbers differ from 0
        flat = spread <= 1e-12 * values.abs().amax(dim=0)
        self.register_buffer("mean", values.mean(dim=0))
        self.register_buffer("scale", torch.where(flat, torch.ones_like(spread), spread))

    def forward(self, values: Tensor) -> Tensor:
        """Normalised values, shape (..., columns)."""
        return (values - self.mean) / self.scale


class SeededDropout(nn.Module):
    """Dropout whose random numbers come from the trainer's generator, so that a resumed training is the same.

    Parameters
    ----------
    rate : float
        Share of values that are set to 0, in training only.
    """

    def __init__(self, rate: float):
        super().__init__()
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"dropout is {rate}; expected 0 to below 1")
        self.rate = rate

    def forward(self, values: Tensor, generator: torch.Generator | None) -> Tensor:
        """Values with some of them 0 and the rest scaled up."""
        if not self.training or self.rate == 0.0:
            return values
        kept = torch.rand(values.shape, generator=generator, dtype=values.dtype) >= self.rate
        return values * kept / (1.0 - self.rate)


def checked_attributes(data: BasinData, names: tuple[str, ...]) -> Tensor:
    """Attributes of basins after a look at their names and values.

    Raises
    ------
    ValueError
        Naming attributes and basins.
    """
    if data.attribute_names != names:
        raise ValueError(
            f"the data have the attributes {', '.join(data.attribute_names)}; this network learned from "
            f"{', '.join(names)}: give the same ones in the same order"
        )
    bad = ~torch.isfinite(data.attributes)
    if bool(bad.any()):
        listed = [
            f"{names[column]} of basin {data.ids[row]} is {float(data.attributes[row, column])}"
            for row, column in bad.nonzero()[:10].tolist()
        ]
        raise ValueError(
            f"{int(bad.sum())} attributes are not numbers; fill them or leave the basin or attribute out:\n  - "
            + "\n  - ".join(listed)
        )
    return data.attributes
