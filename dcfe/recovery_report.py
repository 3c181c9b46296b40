"""The experiment that the 2023 report left open: four attributes to refkdt and satdk of one basin, beside ours.

The data of one basin show ``refkdt * satdk`` through Schaake's scheme, and ``satdk`` by itself only through
percolation: where the soil never drains there is a valley of pairs that are all equally good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cfe_bmi.ensemble import simulate
from dcfe.bounds import Bounds, Scale, bounds_of
from dcfe.cfe_runner import CfeRunner
from dcfe.data import LearningData
from dcfe.identifiability import Identifiability, Noise, analyse
from dcfe.losses import Term
from dcfe.networks import ParameterNetwork
from dcfe.plain_run import plain_run
from dcfe.recovery_settings import WARMUP
from dcfe.recovery_single import choose_basin
from dcfe.scores import scores
from dcfe.simulate import evaluate
from dcfe.synthetic import YEAR, SyntheticBasins, SyntheticSettings, generate
from dcfe.training import train
from dcfe.training_settings import TrainingSettings

_Array = NDArray[np.float64]

TABLE_S3 = {"slope": 0.2, "vcmx25": 55.0, "mfsno": 2.5, "cwpvt": 0.18}
"""The report's four attributes, with values of a usual basin: with one basin they are constants, whatever they are."""

LEARNED = ("refkdt", "satdk")
RANGES = {"refkdt": (0.1, 4.0), "satdk": (1e-6, 7.26e-4)}

GRID = 41


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    name : str
    hidden : tuple of int
    scale : {"linear", "log"}
        Of the bounds of satdk.
    settings : TrainingSettings
    """

    name: str
    hidden: tuple[int, ...]
    scale: Scale
    settings: TrainingSettings


def recipes(epochs: int) -> tuple[Recipe, Recipe]:
    """The report's recipe, as far as dCFE's code tells it, and ours."""
    report = TrainingSettings(loss=(Term(epsilon=0.0),), learning_rate=1e-2, epochs=30, warmup=WARMUP, clip=None)
    ours = TrainingSettings(
        # the errors are relative: logarithms weigh all flows as the errors do
        loss=(Term(), Term(transform="log")),
        learning_rate=0.03,
        schedule="cosine",
        epochs=epochs,
        warmup=WARMUP,
        clip=None,
    )
    return Recipe("report", (256, 256), "linear", report), Recipe("ours", (32,), "log", ours)


@dataclass(frozen=True)
class ReportResult:
    """What came out for one basin.

    Attributes
    ----------
    basin : str
    aridity : float
    drains : float
        Share of the steps in which the soil percolates.
    truth : dict of str to float
    paths : dict of str to list of array, shape (epochs + 1, 2)
        By recipe, for each start: refkdt and satdk before training and at its end.
    nse : dict of str to list of float
        Against the discharge without errors.
    refkdt, satdk : array
        Axes of the surface.
    surface : array, shape (satdk, refkdt)
        1 - NSE.
    information : Identifiability
    """

    basin: str
    aridity: float
    drains: float
    truth: dict[str, float]
    paths: dict[str, list[_Array]]
    nse: dict[str, list[float]]
    refkdt: _Array
    satdk: _Array
    surface: _Array
    information: Identifiability

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON."""
        true = self.truth["refkdt"], self.truth["satdk"]
        found = self.information
        return {
            "basin": self.basin,
            "aridity": self.aridity,
            "percolates": self.drains,
            "truth": self.truth,
            "condition": float(found.condition[0]),
            "predicted_deviation": dict(zip(found.names, found.together[0].tolist(), strict=True)),
            "predicted_deviation_of_product": float(found.combination_deviation("schaake_coefficient")[0]),
            "recipes": {
                name: {
                    "nse": float(np.median(self.nse[name])),
                    "refkdt": [float(path[-1, 0]) for path in paths],
                    "satdk": [float(path[-1, 1]) for path in paths],
                    "error_refkdt": float(np.median([abs(p[-1, 0] / true[0] - 1.0) for p in paths])),
                    "error_satdk": float(np.median([abs(p[-1, 1] / true[1] - 1.0) for p in paths])),
                    "error_product": float(
                        np.median([abs(p[-1, 0] * p[-1, 1] / (true[0] * true[1]) - 1.0) for p in paths])
                    ),
                }
                for name, paths in self.paths.items()
            },
        }

    def text(self) -> str:
        """Summary as a table."""
        s = self.summary()
        lines = [
            f"{self.basin} (aridity {self.aridity:.2f}, percolates in {100 * self.drains:.1f} % of the steps): "
            f"refkdt {self.truth['refkdt']:.3g}, satdk {self.truth['satdk']:.3g} m s-1, "
            f"condition number {s['condition']:.3g}, predicted deviation [share of bounds]: "
            + ", ".join(f"{name} {value:.2g}" for name, value in s["predicted_deviation"].items()),
            f"{'recipe':10} median NSE   median relative error of: refkdt   satdk   refkdt * satdk",
        ]
        for name, x in s["recipes"].items():
            lines.append(
                f"{name:10} {x['nse']:10.4f} {100 * x['error_refkdt']:30.1f} % {100 * x['error_satdk']:6.1f} % "
                f"{100 * x['error_product']:10.1f} %"
            )
        return "\n".join(lines)


def run_report(dry: bool, seed: int = 0, starts: int = 5, epochs: int = 400, noise: float = 0.05) -> ReportResult:
    """Learn refkdt and satdk of one basin by both recipes, from several initial networks.

    Parameters
    ----------
    dry : bool
        A dry basin whose soil never drains, rather than a wet one.
    seed, starts, epochs : int
    noise : float
        Relative error of the observations.
    """
    basins = generate(SyntheticSettings(basins=60, steps=YEAR, seed=seed, noise=noise))
    chosen, coverage = choose_basin(basins, ("slope", *LEARNED), dry)
    one = _one_basin(basins, chosen)
    truth = {name: value[chosen : chosen + 1] for name, value in basins.truth.items()}
    true_q = torch.as_tensor(basins.outputs["q_out"][chosen : chosen + 1, WARMUP:])
    paths: dict[str, list[_Array]] = {}
    nse: dict[str, list[float]] = {}
    for recipe in recipes(epochs):
        paths[recipe.name], nse[recipe.name] = [], []
        bounds = bounds_of(LEARNED, RANGES, {"satdk": recipe.scale})
        for start in range(starts):
            generator = torch.Generator().manual_seed(seed * 1000 + start)
            learner = ParameterNetwork(bounds, one, recipe.hidden, generator=generator)
            _spread(learner, generator)
            before = _values(learner, one)
            train(one, learner, recipe.settings)
            paths[recipe.name].append(np.stack([before, _values(learner, one)]))
            simulated = evaluate(learner, one, CfeRunner(), WARMUP)["q_out"]
            nse[recipe.name].append(float(scores(simulated, true_q)["nse"][0]))
    bounds = Bounds({name: basins.bounds.by_name[name] for name in LEARNED})
    refkdt, satdk, surface = _surface(one, truth, true_q)
    return ReportResult(
        basin=one.ids[0],
        aridity=float(basins.data.attributes[chosen, basins.data.attribute_names.index("aridity")]),
        drains=float(coverage.open_share("slope")[chosen]),
        truth={name: float(truth[name][0]) for name in LEARNED},
        paths=paths,
        nse=nse,
        refkdt=refkdt,
        satdk=satdk,
        surface=surface,
        information=analyse(one, bounds, truth, Noise(noise or 0.05, 1e-7), warmup=WARMUP),
    )


def _one_basin(basins: SyntheticBasins, chosen: int) -> LearningData:
    """One basin with the report's attributes, everything known but what is learned."""
    one = basins.data.basins([chosen])
    return replace(
        one,
        attribute_names=tuple(TABLE_S3),
        attributes=torch.tensor([list(TABLE_S3.values())], dtype=torch.float64),
        parameters={name: torch.as_tensor(value[chosen : chosen + 1].copy()) for name, value in basins.truth.items()},
    )


def _spread(learner: ParameterNetwork, generator: torch.Generator) -> None:
    """Start anywhere in the bounds: a new network gives the middle of them."""
    with torch.no_grad():
        learner.head.bias.add_(torch.randn(len(LEARNED), generator=generator, dtype=torch.float64), alpha=1.5)


def _values(learner: ParameterNetwork, data: LearningData) -> _Array:
    with torch.no_grad():
        learned = learner.learned(data)
    return np.array([float(learned[name][0]) for name in LEARNED])


def _surface(one: LearningData, truth: dict[str, _Array], true_q: torch.Tensor) -> tuple[_Array, _Array, _Array]:
    """1 - NSE over a grid of both parameters."""
    refkdt, satdk = np.geomspace(*RANGES["refkdt"], GRID), np.geomspace(*RANGES["satdk"], GRID)
    count = GRID * GRID
    values = {name: np.full(count, value[0]) for name, value in truth.items()}
    values["refkdt"], values["satdk"] = np.tile(refkdt, GRID), np.repeat(satdk, GRID)
    p, state, forcing, ordinates = plain_run(one, values)
    q = torch.from_numpy(simulate(p, state, forcing, one.options, ordinates=ordinates).outputs["q_out"][:, WARMUP:])
    nse = scores(q, true_q.expand(count, -1))["nse"].numpy()
    return refkdt, satdk, 1.0 - nse.reshape(GRID, GRID)
