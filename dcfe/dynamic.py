"""A recurrent network from forcing and attributes to parameters that change from day to day."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from dcfe.bounds import Bounds
from dcfe.data import BasinData
from dcfe.learner import HOURS, Combine, Learner, Normaliser, SeededDropout, Start, checked_attributes, seeded
from dcfe.networks import seeded_linear

Mode = Literal["static", "dynamic", "operational_average"]
MODES = ("static", "dynamic", "operational_average")


def daily_forcing(data: BasinData) -> Tensor:
    """Root of the rain [mm d-1]**0.5 and mean potential evapotranspiration [mm d-1] of each full day.

    Days count from the first step. The root keeps single storms from ruling the normalisation, which makes the unit of
    evapotranspiration immaterial: it is right for CFE's [m s-1].

    Returns
    -------
    tensor, shape (basins, full days, 2)
    """
    basins, steps = data.rain.shape
    days = steps // HOURS
    hourly = (x[:, : days * HOURS].reshape(basins, days, HOURS) for x in (data.rain, data.pet))
    rain, pet = (x.sum(dim=2) for x in hourly)
    millimetres_per_hour = 3.6e6
    return torch.stack((rain.sqrt(), pet * millimetres_per_hour), dim=2)


class DynamicParameterNetwork(Learner):
    """Parameters for each day from the days before it and the attributes of the basin, by an LSTM.

    The value of a day is held through its hours; it depends on the forcing of past days only. The memory starts empty
    with the first day of the data that are given.

    Parameters
    ----------
    bounds : Bounds
        What is learned.
    data : BasinData
        The training basins and period: they give mean and standard deviation of the normalisation.
    mode : {"dynamic", "static", "operational_average"}
        ``dynamic``: values for each day. ``static``: their mean over the days of the given data, one value per basin.
        ``operational_average``: ``dynamic`` in training and ``static`` in evaluation mode, which is what a model whose
        parameters cannot change, such as CFE in NextGen, can use. Means are taken in the scale of the bounds, so that
        those on a log scale are geometric.
    hidden : int
        Size of the LSTM's memory.
    dropout : float
        Share of the LSTM's outputs dropped in training.
    start : "centre", "priors" or mapping of str to float
        Where learning starts; other than from the centre, the last layer starts at 0.
    combine : callable, optional
        From learned values to raw parameters.
    generator : torch.Generator, optional
        Source of the initial weights; without it they are the same every time.
    """

    def __init__(
        self,
        bounds: Bounds,
        data: BasinData,
        mode: Mode = "dynamic",
        hidden: int = 64,
        dropout: float = 0.0,
        start: Start = "centre",
        combine: Combine | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__(bounds, start, combine)
        if mode not in MODES:
            raise ValueError(f"mode is {mode!r}; expected one of {', '.join(MODES)}")
        if data.rain.shape[1] < 2 * HOURS:
            raise ValueError(f"{data.rain.shape[1]} steps are too few: parameters by day need two days or more")
        generator = generator or seeded()
        self.mode = mode
        self._averaging: BasinData | None = None
        self.attribute_names = data.attribute_names
        self.attribute_normaliser = Normaliser(checked_attributes(data, data.attribute_names))
        self.forcing_normaliser = Normaliser(daily_forcing(data).flatten(0, 1))
        inputs = 2 + len(data.attribute_names)
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True, dtype=torch.float64)
        self._initialise(generator)
        self.dropout = SeededDropout(dropout)
        self.head = seeded_linear(hidden, len(bounds), generator, zero=start != "centre")

    def _initialise(self, generator: torch.Generator) -> None:
        reach = 1.0 / math.sqrt(self.lstm.hidden_size)
        with torch.no_grad():
            for weight in self.lstm.parameters():
                weight.uniform_(-reach, reach, generator=generator)
            # an open forget gate lets the first gradients reach far back (Gers et al. 2000)
            hidden = self.lstm.hidden_size
            self.lstm.get_parameter("bias_ih_l0")[hidden : 2 * hidden] = 3.0

    def extra_repr(self) -> str:
        """Mode and attributes, as part of the module's text."""
        return f"{super().extra_repr()}, mode={self.mode}, attributes={self.attribute_names}"

    def daily_shares(self, data: BasinData) -> Tensor:
        """Place of each learned value in its bounds, day by day: shape (basins, days, learned)."""
        basins, steps = data.rain.shape
        days = -(-steps // HOURS)
        past = self.forcing_normaliser(daily_forcing(data)[:, : days - 1])
        # before the first day there is nothing to know: 0 is the mean of normalised forcing
        past = torch.cat((past.new_zeros(basins, 1, past.shape[2]), past), dim=1)
        attributes = self.attribute_normaliser(checked_attributes(data, self.attribute_names))
        hidden, _ = self.lstm(torch.cat((past, attributes[:, None, :].expand(-1, days, -1)), dim=2))
        logits = self.head(self.dropout(hidden, self.generator))
        start = self.start_logits(data.parameters)
        return torch.sigmoid(logits + (start[:, None, :] if start.dim() == 2 else start))

    def average_over(self, data: BasinData) -> None:
        """Take means over the days of `data`, whatever period parameters are asked for.

        What is judged in one period is then what is learned in another and exported. Basins are found by their ids;
        without this, means are over the days of the data that parameters are asked for.
        """
        self._averaging = data

    def shares(self, data: BasinData) -> Tensor:
        """Place of each learned value in its bounds: shape (basins, days, learned), or (basins, learned) of means."""
        averaged = self.mode == "static" or (self.mode == "operational_average" and not self.training)
        if not averaged:
            return self.daily_shares(data)
        if self._averaging is not None:
            rows = {basin: row for row, basin in enumerate(self._averaging.ids)}
            unknown = [basin for basin in data.ids if basin not in rows]
            if unknown:
                raise ValueError(f"the days to average over are not those of {', '.join(unknown)}")
            data = self._averaging.basins([rows[basin] for basin in data.ids])
        return self.daily_shares(data).mean(dim=1)
