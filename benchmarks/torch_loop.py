"""CFE's step (classic soil, Schaake, unit hydrograph) as a plain PyTorch loop: the peer that the twin is timed against.

Vectorised over catchments, branches as selections, coefficients derived once: what somebody would write who knows
PyTorch well. The twin's results are compared with it in the same run, so that both do the same work.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def derive(p: dict[str, Tensor]) -> dict[str, Tensor]:
    """Coefficients of an hourly step from raw parameters, shape (catchments,)."""
    omega = p["alpha_fc"] * 101325.0 / 9810.0 - 0.5
    e = 1.0 - 1.0 / p["b"]
    spread = ((omega + p["depth"]) ** e - omega**e) / e
    return {
        "top": p["maxsmc"] * p["depth"],
        "wilting": p["wltsmc"] * p["depth"],
        "threshold": p["maxsmc"] * p["satpsi"] ** (1.0 / p["b"]) * spread,
        "percolation": p["satdk"] * p["slope"] * 3600.0,
        "lateral": p["Klf"],
        "share": 1.0 - torch.exp(-p["refkdt"] * p["satdk"] / 2e-6 / 24.0),
        "gw_top": p["max_gw_storage"],
        "gw_rate": p["Cgw"],
        "gw_power": p["expon"] / p["max_gw_storage"],
        "nash": p["Kn"],
    }


def simulate(
    p: dict[str, Tensor], rain: Tensor, pet: Tensor, soil: Tensor, groundwater: Tensor, ordinates: Sequence[float]
) -> Tensor:
    """Discharge [m per step], shape (catchments, steps); rain and demand in m per step."""
    c = derive(p)
    zero = torch.zeros_like(soil)
    first, second = zero, zero
    excesses, others = [], []
    for p_t, demand in zip(rain.unbind(1), pet.unbind(1), strict=True):
        wet = torch.minimum(p_t, demand)
        p_t, demand = p_t - wet, demand - wet
        stress = ((soil - c["wilting"]) / (c["threshold"] - c["wilting"])).clamp(0.0, 1.0)
        soil = soil - torch.minimum(stress * demand, soil)
        room = (c["top"] - soil).clamp(min=0.0)
        capacity = room * c["share"]
        total = p_t + capacity
        infiltration = torch.where(total > 0.0, p_t * capacity / torch.where(total > 0.0, total, 1.0), 0.0)
        infiltration = torch.minimum(infiltration, torch.minimum(p_t, room))
        soil = soil + infiltration
        above = (soil - c["threshold"]).clamp(min=0.0)
        fullness = above / (c["top"] - c["threshold"])
        percolation = torch.minimum(c["percolation"] * fullness, above)
        lateral = torch.minimum(c["lateral"] * fullness, above - percolation)
        percolation = torch.minimum(percolation, c["gw_top"] - groundwater)
        soil = soil - percolation - lateral
        groundwater = groundwater + percolation
        base = torch.minimum(c["gw_rate"] * torch.expm1(c["gw_power"] * groundwater), groundwater)
        groundwater = groundwater - base
        out_first, out_second = c["nash"] * first, c["nash"] * second
        first, second = first - out_first + lateral, second - out_second + out_first
        excesses.append(p_t - infiltration)
        others.append(base + out_second)
    excess = torch.stack(excesses, dim=1)
    direct = sum(
        share * torch.nn.functional.pad(excess, (k, 0))[:, : excess.shape[1]] for k, share in enumerate(ordinates)
    )
    return direct + torch.stack(others, dim=1)
