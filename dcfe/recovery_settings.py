"""Settings of the field recovery experiments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.state import ODE, CfeOptions
from dcfe.synthetic import RANGES, YEAR, SyntheticSettings

WARMUP = 90 * 24

LEARNED_COMBINATIONS = (
    "schaake_coefficient",
    "percolation_coefficient",
    "threshold_share",
    "maxsmc",
    "wltsmc",
    "Klf",
    "Kn",
    "max_gw_storage",
    "base_flow_rate",
    "expon",
)
"""What is learned where combinations are: as many numbers as the equations can tell apart."""


@dataclass(frozen=True)
class FieldSettings:
    """A field recovery experiment.

    Attributes
    ----------
    basins, years, seed : int
        The first year is learned from; the rest is held out.
    noise, unexplained, spread : float
        As in :class:`dcfe.synthetic.SyntheticSettings`.
    truth, learner : {"classic", "ode"}
        Soil schemes.
    learn : {"raw", "combinations"}
        What the network gives: every raw parameter that differs, or the combinations that the equations can tell
        apart, with the rest held at priors.
    share : float
        Of the basins that are learned from.
    epochs, basins_per_batch, learning_rate, weight_decay
        As in :class:`dcfe.training_settings.TrainingSettings`.
    hidden, dropout
        As in :class:`dcfe.networks.ParameterNetwork`.
    fisher : bool
        Also predict, from Fisher information at the truth, what can be recovered.
    """

    basins: int = 200
    years: int = 2
    seed: int = 0
    noise: float = 0.05
    unexplained: float = 0.0
    spread: float = 1.2
    truth: str = "classic"
    learner: str = "classic"
    learn: str = "raw"
    share: float = 0.8
    epochs: int = 300
    basins_per_batch: int | None = None
    learning_rate: float = 4e-3
    weight_decay: float = 0.0
    hidden: tuple[int, ...] = (64, 64)
    dropout: float = 0.0
    fisher: bool = True

    def synthetic(self) -> SyntheticSettings:
        """Settings of the basins."""
        # a high conductivity as prior lets slope, at most 1, carry every percolation coefficient
        priors = {"satdk": RANGES["satdk"][1]} if self.learn == "combinations" else {}
        return SyntheticSettings(
            basins=self.basins,
            steps=self.years * YEAR,
            seed=self.seed,
            noise=self.noise,
            unexplained=self.unexplained,
            spread=self.spread,
            options=options_of(self.learner),
            truth_options=options_of(self.truth),
            priors=priors,
        )


def options_of(scheme: str) -> CfeOptions:
    """Options of a soil scheme, by its name."""
    return CfeOptions(soil_scheme=ODE) if scheme == "ode" else CfeOptions()


def split(settings: FieldSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Basins to learn from and basins held out."""
    order = np.random.default_rng([settings.seed, 6]).permutation(settings.basins)
    count = round(settings.share * settings.basins)
    return np.sort(order[:count]), np.sort(order[count:])
