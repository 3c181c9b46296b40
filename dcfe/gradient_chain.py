"""The gradient chain: which parameter reaches which flux, and where a gate that never opens cuts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcfe.bounds import Bounds
from dcfe.coverage import Coverage
from dcfe.data import LearningData
from dcfe.identifiability import slopes_of
from dcfe.plain_run import plain_run
from dcfe.recovery_field import coverage_of
from dcfe.recovery_settings import WARMUP
from dcfe.tangents import sensitivities

_Array = NDArray[np.float64]

FLUXES = {
    "infiltration": "infiltration",
    "actual_et": "evapotranspiration",
    "direct_runoff": "direct runoff",
    "nash_lateral_runoff": "lateral runoff",
    "soil_to_gw_flux": "percolation",
    "deep_gw_to_channel_flux": "base flow",
    "q_out": "discharge",
}
"""Outputs whose derivatives are shown, and their labels."""


@dataclass(frozen=True)
class GradientChain:
    """Strength of every link between a parameter and a flux of one basin.

    Attributes
    ----------
    basin : str
    aridity : float
    parameters, fluxes : tuple of str
    strength : array, shape (parameters, fluxes)
        Norm over the steps of the flux's derivative to the parameter's place in its bounds, over the norm of the
        discharge; exactly 0 where there is no gradient.
    coverage : Coverage
        Of this basin.
    """

    basin: str
    aridity: float
    parameters: tuple[str, ...]
    fluxes: tuple[str, ...]
    strength: _Array
    coverage: Coverage

    def text(self) -> str:
        """Table of the links."""
        lines = [f"{self.basin} (aridity {self.aridity:.2f})"]
        lines.append(f"{'':16}" + "".join(f"{FLUXES[name]:>20}" for name in self.fluxes) + f"{'gates open':>16}")
        for k, name in enumerate(self.parameters):
            cells = "".join(f"{x:20.2g}" if x > 0.0 else f"{'-':>20}" for x in self.strength[k])
            lines.append(f"{name:16}{cells}{100.0 * self.coverage.open_share(name)[0]:14.1f} %")
        return "\n".join(lines)


def gradient_chain(
    data: LearningData, truth: dict[str, _Array], bounds: Bounds, basin: int, fluxes: Sequence[str] = tuple(FLUXES)
) -> GradientChain:
    """Strength of the links in one basin after the warm-up.

    Parameters
    ----------
    data : LearningData
    truth : dict of str to array, shape (basins,)
        Every raw parameter.
    bounds : Bounds
        Parameters to show.
    basin : int
        Index.
    fluxes : sequence of str
        Outputs.
    """
    one = data.basins([basin])
    values = {name: value[basin : basin + 1] for name, value in truth.items()}
    p, state, forcing, ordinates = plain_run(one, values)
    found = sensitivities(
        p, state, forcing, one.options, bounds.names, tuple(dict.fromkeys((*fluxes, "q_out"))), ordinates
    )
    slopes = slopes_of(bounds, values)[0]
    scale = float(np.linalg.norm(found.outputs["q_out"][0, WARMUP:])) or 1.0
    strength = np.stack(
        [np.linalg.norm(found.tangents[name][0, WARMUP:], axis=0) * np.abs(slopes) / scale for name in fluxes], axis=1
    )
    return GradientChain(
        basin=one.ids[0],
        aridity=float(one.attributes[0, one.attribute_names.index("aridity")]),
        parameters=bounds.names,
        fluxes=tuple(fluxes),
        strength=strength,
        coverage=coverage_of(one, values, one.options),
    )
