"""How well simulated series fit observed ones, basin by basin."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dcfe.row_blocks import row_blocks
from dcfe.torch_threads import torch_threads

ROUND_OFF = 1e-24
"""Variance, as a share of the squared mean, of a series whose numbers are all the same."""


def centred(observed: Tensor, mask: Tensor | None, count: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Observations less their mean (0 where there is none), their variance and their mean."""
    count = count.clamp(min=1.0)
    mean = observed.sum(dim=1) / count
    anomaly = observed - mean[:, None]
    if mask is not None:
        anomaly *= mask
    return anomaly, torch.linalg.vector_norm(anomaly, dim=1).square() / count, mean


def _root(values: Tensor) -> Tensor:
    """Square root whose gradient at 0 is 0 rather than infinite."""
    positive = values > 0.0
    return torch.where(positive, torch.where(positive, values, 1.0).sqrt(), 0.0)


def efficiency(
    mean: Tensor,
    variance: Tensor,
    covariance: Tensor,
    observed_mean: Tensor,
    observed_variance: Tensor,
    kind: Literal["kge", "kge2012"],
) -> Tensor:
    """Kling-Gupta efficiency of moments, each of shape (basins,).

    A simulation that does not vary has no correlation: it is taken as 0, without a gradient. Where observations do not
    vary or their mean is 0 the result has no meaning, but is finite.

    Parameters
    ----------
    mean, variance, covariance : tensor
        Of the simulation, and of simulation with observations.
    observed_mean, observed_variance : tensor
    kind : {"kge", "kge2012"}
        Gupta et al. (2009), or Kling et al. (2012).
    """
    observed_variance = torch.where(observed_variance > 0.0, observed_variance, 1.0)
    observed_mean = torch.where(observed_mean != 0.0, observed_mean, 1.0)
    varies = variance > ROUND_OFF * mean.square()
    deviation = _root(torch.where(varies, variance, 0.0))
    safe = torch.where(varies, deviation, 1.0)
    correlation = torch.where(varies, covariance / (safe * observed_variance.sqrt()), 0.0)
    bias = mean / observed_mean
    spread = deviation / observed_variance.sqrt()
    if kind == "kge2012":
        spread = torch.where(bias != 0.0, spread / torch.where(bias != 0.0, bias, 1.0), 0.0)
    return 1.0 - _root((correlation - 1.0).square() + (spread - 1.0).square() + (bias - 1.0).square())


def scores(simulated: Tensor, observed: Tensor) -> dict[str, Tensor]:
    """Scores of each basin over the steps that were observed.

    Parameters
    ----------
    simulated, observed : tensor, shape (basins, steps)
        Observations may be NaN.

    Returns
    -------
    dict of str to tensor, shape (basins,)
        ``nse`` (Nash and Sutcliffe 1970), ``kge`` (Gupta et al. 2009), ``kge2012`` (Kling et al. 2012), ``correlation``
        and ``bias`` (relative error of the mean); NaN where a score is not defined.
    """
    parts = []
    with torch.no_grad(), torch_threads(1):
        for rows in row_blocks(observed):
            parts.append(_scores(simulated[rows], observed[rows]))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _scores(simulated: Tensor, observed: Tensor) -> dict[str, Tensor]:
    mask = torch.isfinite(observed)
    count = mask.sum(dim=1).to(observed.dtype)
    known = torch.where(mask, observed, 0.0)
    anomaly, variance, mean = centred(known, mask, count)
    simulated = torch.where(mask, simulated, 0.0)
    simulated_anomaly, simulated_variance, simulated_mean = centred(simulated, mask, count)
    errors = torch.linalg.vector_norm(simulated - known, dim=1).square() / count.clamp(min=1.0)
    covariance = torch.linalg.vecdot(simulated_anomaly, anomaly, dim=1) / count.clamp(min=1.0)
    moments = (simulated_mean, simulated_variance, covariance, mean, variance)
    varies = (count > 0) & (variance > ROUND_OFF * mean.square())
    found = {
        "nse": (1.0 - errors / variance, varies),
        "kge": (efficiency(*moments, "kge"), varies & (mean != 0.0)),
        "kge2012": (efficiency(*moments, "kge2012"), varies & (mean != 0.0)),
        "correlation": (covariance / (variance * simulated_variance).sqrt(), varies & (simulated_variance > 0.0)),
        "bias": (simulated_mean / mean - 1.0, mean != 0.0),
    }
    return {name: torch.where(defined, values, torch.nan) for name, (values, defined) in found.items()}
