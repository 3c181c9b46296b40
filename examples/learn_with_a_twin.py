"""Learn with a twin: exact gradients lead from wrong parameters to the true ones, for four catchments at once.

The discharge is made by the model itself. Needs PyTorch (the extra ``learn``). For networks from attributes to
parameters see docs/learning.md.
"""

import sys

import numpy as np
import torch

from cfe_bmi.ensemble import EnsembleForcing
from cfe_bmi.examples import CAT_87
from dcfe import DifferentiableCfe

HOURS = 2000


def main() -> None:
    """Make discharge, then descend."""
    rng = np.random.default_rng(5)
    rain = np.where(rng.random((4, HOURS)) < 0.05, rng.gamma(0.7, 5.0, (4, HOURS)), 0.0)  # mm h-1
    forcing = EnsembleForcing(rain=rain, pet=np.full((1, HOURS), 4e-8))
    twin = DifferentiableCfe(outputs=("q_out",))

    def discharge(logarithms: torch.Tensor) -> torch.Tensor:
        satdk, klf = torch.exp(logarithms)
        parameters = CAT_87._asdict() | {"satdk": satdk, "Klf": klf}
        state = twin.initial_state(parameters, soil_storage=0.6, gw_storage=0.1)
        return twin(parameters, forcing, state).outputs["q_out"]

    true = torch.log(torch.tensor([[2e-6, 5e-6, 1e-5, 3e-5], [0.005, 0.01, 0.02, 0.04]], dtype=torch.float64))
    with torch.no_grad():
        observed = discharge(true)
    scale = observed.std(dim=1, keepdim=True)
    learned = torch.log(torch.full((2, 4), 5e-6, dtype=torch.float64))
    learned[1] = np.log(0.015)
    learned.requires_grad_()
    optimizer = torch.optim.Adam([learned], lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        loss = (((discharge(learned) - observed) / scale) ** 2).mean()
        loss.backward()
        optimizer.step()
    print(f"mean squared error over the variance: {loss.item():.2e}")
    for name, found, wanted in zip(("satdk", "Klf"), learned.detach().exp(), true.exp(), strict=True):
        print(f"  {name:5} learned", " ".join(f"{x:.3g}" for x in found), "true", " ".join(f"{x:.3g}" for x in wanted))
    if loss.item() > 1e-2:
        sys.exit("the twin should learn more than that")


if __name__ == "__main__":
    main()
