"""A network from soil properties at points to the soils of columns: the report's Figure 3.

It is a pedotransfer function, the same for all layers and points of all columns; what it finds for the points of a
column is averaged.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dcfe.bounds import Bounds
from dcfe.data import BasinData
from dcfe.learner import Combine, Learner, Normaliser, SeededDropout, Start, seeded
from dcfe.lgar_bounds import layer_of
from dcfe.lgar_data import LgarLearningData
from dcfe.networks import ACTIVATIONS, Activation, hidden_problem, seeded_linear

LISTED = 10


class PointNetwork(Learner):
    """Parameters of columns as the mean over points of a function of soil properties.

    Properties of a layer at a point, normalised by their mean and standard deviation over training columns, points and
    layers, go through one multi-layer perceptron to places in the bounds of that layer's learned parameters. The mean
    over points is taken of these places, so that it is geometric where a bound is logarithmic. Learned parameters that
    belong to no layer, such as the ponded depth, come from the mean over points of the hidden values of the top layer.

    Parameters
    ----------
    bounds : Bounds
        What is learned: any of :func:`dcfe.lgar_bounds.table_s2`, of any layers.
    data : LgarLearningData
        The training columns, with points.
    hidden : sequence of int
        Sizes of the hidden layers; none of them makes a linear model.
    activation : {"tanh", "relu", "gelu", "silu"}
    dropout : float
        Share of the hidden values dropped in training.
    joint : bool
        Properties of all layers of a point go in together, and each layer has outputs of its own.
    start : "centre", "priors" or mapping of str to float
        Where learning starts; other than from the centre, the last layers start at 0.
    combine : callable, optional
        From learned values to raw parameters.
    generator : torch.Generator, optional
        Source of the initial weights; without it they are the same every time.

    Raises
    ------
    ValueError
        When the data have no points, a column has none with all properties, a layer is learned that is not there, or a
        hidden layer has no size.

    Notes
    -----
    A point that lacks a property (NaN) in any layer is left out of its column's mean.
    """

    def __init__(
        self,
        bounds: Bounds,
        data: LgarLearningData,
        hidden: Sequence[int] = (32, 32),
        activation: Activation = "tanh",
        dropout: float = 0.0,
        joint: bool = False,
        start: Start = "centre",
        combine: Combine | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__(bounds, start, combine)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; expected one of {', '.join(ACTIVATIONS)}")
        if problem := hidden_problem(hidden):
            raise ValueError(problem)
        generator = generator or seeded()
        points, there = checked_points(data)
        self.properties, self.soil_layers = data.point_properties, data.layers
        self.activation, self.joint = activation, joint
        self.normaliser = Normaliser(points[there].flatten(0, 1))
        self.dropout = SeededDropout(dropout)
        sizes = (len(self.properties) * (self.soil_layers if joint else 1), *hidden)
        self.layers = nn.ModuleList(seeded_linear(a, b, generator) for a, b in itertools.pairwise(sizes))
        self._place_outputs()
        zero = start != "centre"
        self.soil_head = seeded_linear(sizes[-1], self._outputs, generator, zero) if self._outputs else None
        self.column_head = seeded_linear(sizes[-1], len(self._of_column), generator, zero) if self._of_column else None

    def _place_outputs(self) -> None:
        """Find which output, of which layer, each learned parameter of a layer is."""
        places = [layer_of(name) for name in self.bounds.names]
        absent = [
            name
            for name, place in zip(self.bounds.names, places, strict=True)
            if place is not None and not 1 <= place[1] <= self.soil_layers
        ]
        if absent:
            raise ValueError(
                f"{', '.join(absent)}: learned of layers that are not there; the columns have {self.soil_layers}, "
                f"counted from 1"
            )
        fields = list(dict.fromkeys(place[0] for place in places if place is not None))
        self._of_soil = [k for k, place in enumerate(places) if place is not None]
        self._of_column = [k for k, place in enumerate(places) if place is None]
        found = [place for place in places if place is not None]
        if self.joint:
            self._outputs = len(found)
            self._layer, self._field = [0] * len(found), list(range(len(found)))
        else:
            self._outputs = len(fields)
            self._layer, self._field = [layer - 1 for _, layer in found], [fields.index(field) for field, _ in found]

    def extra_repr(self) -> str:
        """Properties, activation and kind of network, as part of the module's text."""
        kind = f"properties={self.properties}, soil_layers={self.soil_layers}, joint={self.joint}"
        return f"{super().extra_repr()}, {kind}, activation={self.activation}"

    def point_shares(self, data: BasinData) -> tuple[Tensor, Tensor]:
        """Places in their bounds of the layers' learned parameters at points, and the points' weights in the mean.

        Returns
        -------
        shares : tensor, shape (basins, points, learned of layers)
            In the order of the bounds; without meaning where the weight is 0.
        weights : tensor, shape (basins, points)
            They sum to 1.
        """
        hidden, weights = self._hidden(data)
        return self._soil_shares(hidden, data), weights

    def shares(self, data: BasinData) -> Tensor:
        """Where in its bounds each learned value is: shape (basins, learned)."""
        hidden, weights = self._hidden(data)
        found: list[tuple[int, Tensor]] = []
        if self.soil_head is not None:
            mean = (weights[:, :, None] * self._soil_shares(hidden, data)).sum(dim=1)
            found += zip(self._of_soil, mean.unbind(-1), strict=True)
        if self.column_head is not None:
            top = (weights[:, :, None] * hidden[:, :, 0]).sum(dim=1)
            logits = self.column_head(top) + self._start(data, self._of_column)
            found += zip(self._of_column, torch.sigmoid(logits).unbind(-1), strict=True)
        return torch.stack([share for _, share in sorted(found, key=lambda item: item[0])], dim=-1)

    def _hidden(self, data: BasinData) -> tuple[Tensor, Tensor]:
        """Hidden values, shape (basins, points, layers or 1, hidden), and the weights of points."""
        points, there = checked_points(data)
        assert isinstance(data, LgarLearningData)
        if data.point_properties != self.properties or data.layers != self.soil_layers:
            raise ValueError(
                f"the points have {', '.join(data.point_properties)} of {data.layers} layers; this network learned "
                f"from {', '.join(self.properties)} of {self.soil_layers}: give the same ones in the same order"
            )
        weights = there.to(points.dtype)
        weights = weights / weights.sum(dim=1, keepdim=True)
        # what is missing has to be a number: 0 times NaN is none, and neither is its gradient
        x = torch.where(there[:, :, None, None], self.normaliser(points), 0.0)
        if self.joint:
            x = x.flatten(2)[:, :, None]
        for layer in self.layers:
            x = self.dropout(ACTIVATIONS[self.activation](layer(x)), self.generator)
        return x, weights

    def _soil_shares(self, hidden: Tensor, data: BasinData) -> Tensor:
        if self.soil_head is None:
            return hidden.new_zeros(*hidden.shape[:2], 0)
        logits = self.soil_head(hidden)[:, :, self._layer, self._field]
        start = self._start(data, self._of_soil)
        return torch.sigmoid(logits + (start[:, None] if start.dim() == 2 else start))

    def _start(self, data: BasinData, chosen: list[int]) -> Tensor:
        start = self.start_logits(data.parameters)
        return start[..., chosen] if start.dim() else start


def checked_points(data: BasinData) -> tuple[Tensor, Tensor]:
    """Properties at points, and which points have all of them.

    Returns
    -------
    points : tensor, shape (basins, points, layers, properties)
    there : tensor of bool, shape (basins, points)

    Raises
    ------
    ValueError
        When there are no points, naming the columns without any, and infinite properties.
    """
    points = data.points if isinstance(data, LgarLearningData) else None
    if points is None:
        raise ValueError("the data have no points with soil properties, which this network learns from: give `points`")
    assert isinstance(data, LgarLearningData)
    infinite = torch.isinf(points).nonzero()
    problems = [
        f"{data.point_properties[k]} of layer {layer + 1} at point {point + 1} of column {data.ids[row]} is infinite"
        for row, point, layer, k in infinite[:LISTED].tolist()
    ]
    there = torch.isfinite(points).flatten(2).all(dim=2)
    empty = [data.ids[row] for row in (~there.any(dim=1)).nonzero()[:, 0].tolist()]
    if empty:
        more = f" and {len(empty) - LISTED} more" if len(empty) > LISTED else ""
        problems.append(
            f"no point of column {', '.join(empty[:LISTED])}{more} has all properties of all layers: give it one, or "
            f"leave the column out"
        )
    if problems:
        raise ValueError("soil properties at points:\n  - " + "\n  - ".join(problems))
    return points, there
