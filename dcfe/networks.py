"""Networks from basin attributes to parameters, and parameters without a network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from dcfe.bounds import Bounds
from dcfe.data import BasinData
from dcfe.learner import MARGIN, Combine, Learner, Normaliser, SeededDropout, Start, checked_attributes, seeded

Activation = Literal["tanh", "relu", "gelu", "silu"]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "silu": nn.functional.silu,
}


def seeded_linear(inputs: int, outputs: int, generator: torch.Generator, zero: bool = False) -> nn.Linear:
    """Linear layer in float64 whose weights are uniform within ``1 / sqrt(inputs)``, or all 0."""
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs, dtype=torch.float64)  # type: ignore[assignment]
    reach = 0.0 if zero else 1.0 / math.sqrt(max(inputs, 1))
    with torch.no_grad():
        for values in (layer.weight, layer.bias):
            values.uniform_(-reach, reach, generator=generator)
    return layer


def hidden_problem(hidden: Sequence[int]) -> str | None:
    """Say what is wrong with the sizes of hidden layers, if anything.

    >>> hidden_problem((24, 0))
    'hidden is (24, 0); expected sizes of layers, 1 or more each'
    """
    if all(isinstance(size, int) and size >= 1 for size in hidden):
        return None
    return f"hidden is {tuple(hidden)}; expected sizes of layers, 1 or more each"


class ParameterNetwork(Learner):
    """Static parameters of a basin as a function of its attributes: a multi-layer perceptron.

    Parameters
    ----------
    bounds : Bounds
        What is learned.
    data : BasinData
        The training basins: their attributes give the mean and standard deviation of the normalisation.
    hidden : sequence of int
        Sizes of the hidden layers; none of them makes a linear model (in the scale of the bounds, before the sigmoid).
    activation : {"tanh", "relu", "gelu", "silu"}
    dropout : float
        Share of the hidden values dropped in training.
    start : "centre", "priors" or mapping of str to float
        Where learning starts. ``priors``: the network learns how far, in logits, a basin is from its own
        ``data.parameters``; with it, and with given values, the last layer starts at 0.
    combine : callable, optional
        From learned values to raw parameters.
    generator : torch.Generator, optional
        Source of the initial weights; without it they are the same every time.
    """

    def __init__(
        self,
        bounds: Bounds,
        data: BasinData,
        hidden: Sequence[int] = (64, 64),
        activation: Activation = "tanh",
        dropout: float = 0.0,
        start: Start = "centre",
        combine: Combine | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__(bounds, start, combine)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; expected one of {', '.join(ACTIVATIONS)}")
        if problem := hidden_problem(hidden):
            raise ValueError(problem)
        if not data.attribute_names:
            raise ValueError("a network needs attributes: give some, or learn parameters of each basin as points")
        generator = generator or seeded()
        self.attribute_names = data.attribute_names
        self.activation = activation
        self.normaliser = Normaliser(checked_attributes(data, data.attribute_names))
        self.dropout = SeededDropout(dropout)
        sizes = (len(data.attribute_names), *hidden)
        self.layers = nn.ModuleList(seeded_linear(a, b, generator) for a, b in itertools.pairwise(sizes))
        self.head = seeded_linear(sizes[-1], len(bounds), generator, zero=start != "centre")

    def extra_repr(self) -> str:
        """Attributes and activation, as part of the module's text."""
        return f"{super().extra_repr()}, attributes={self.attribute_names}, activation={self.activation}"

    def shares(self, data: BasinData) -> Tensor:
        """Where in its bounds each learned value is: shape (basins, learned)."""
        x = self.normaliser(checked_attributes(data, self.attribute_names))
        for layer in self.layers:
            x = self.dropout(ACTIVATIONS[self.activation](layer(x)), self.generator)
        return torch.sigmoid(self.head(x) + self.start_logits(data.parameters))


class PointParameters(Learner):
    """Parameters of each basin by themselves, without a network: calibration by gradients.

    Parameters
    ----------
    bounds : Bounds
        What is learned.
    data : BasinData
        The basins; parameters of others cannot be asked for.
    start : "centre", "priors", "random" or mapping of str to float
        Where learning starts; ``random`` is uniform in the scale of the bounds.
    combine : callable, optional
        From learned values to raw parameters.
    generator : torch.Generator, optional
        Source of a random start; without it the start is the same every time.
    """

    def __init__(
        self,
        bounds: Bounds,
        data: BasinData,
        start: Start | Literal["random"] = "centre",
        combine: Combine | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__(bounds, "centre" if start == "random" else start, combine)
        self.rows = {name: row for row, name in enumerate(data.ids)}
        shape = (len(data.ids), len(bounds))
        if start == "random":
            shares = torch.rand(shape, generator=generator or seeded(), dtype=torch.float64)
            logits = torch.logit(shares.clamp(MARGIN, 1.0 - MARGIN))
        else:
            logits = self.start_logits(data.parameters).expand(shape).clone()
        self.values = nn.Parameter(logits)

    def shares(self, data: BasinData) -> Tensor:
        """Where in its bounds each learned value is: shape (basins, learned)."""
        unknown = [name for name in data.ids if name not in self.rows]
        if unknown:
            raise ValueError(
                f"basins {', '.join(unknown[:5])} were not learned: point parameters belong to their basins; "
                f"a network of attributes can tell other basins' parameters"
            )
        index = torch.tensor([self.rows[name] for name in data.ids])
        return torch.sigmoid(self.values[index])
