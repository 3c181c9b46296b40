"""HBV of hydrodl2, a differentiable model in PyTorch, where it is installed: a gradient against one of our twin.

Another model, daily, in float32: the ratio says what a step with its gradient costs in either way of making models
differentiable, for as many basins and steps.
"""

from __future__ import annotations

import torch
from hydrodl2 import load_model

from benchmarks.dcfe import gradient_work
from benchmarks.peers.pairing import Pair, hand_over, in_turn

STEPS, BASINS = 365, 100


def measure() -> tuple[list[Pair], list[str]]:
    """Time both, one thread."""
    torch.set_num_threads(1)
    model = load_model("hbv")()
    x = {"x_phy": torch.rand(STEPS, BASINS, 3)}
    raw = torch.rand(STEPS, BASINS, model.learnable_param_count, requires_grad=True)

    def theirs() -> None:
        model(x, raw)["streamflow"].sum().backward()

    ours = gradient_work(BASINS, STEPS)
    label = f"run and gradient, {BASINS} basins x {STEPS} steps, HBV against CFE"
    scale = 1e9 / STEPS / BASINS
    return [in_turn(label, "ns", theirs, ours, (scale, scale))], ["another model than ours: see benchmarks/peers"]


if __name__ == "__main__":
    hand_over(*measure())
