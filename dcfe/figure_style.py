"""What the figures of the recovery experiments share; they can be read in grey and by the colour-blind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ngen_bmi.files import whole_file

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "axes.titlesize": 9,
}
BLUE, ORANGE, GREY, BLACK = "#0072B2", "#D55E00", "#9A9A9A", "#000000"

TEXTS = {
    "b": "b",
    "satpsi": r"$\psi_s$ (satpsi)",
    "satdk": r"$K_s$ (satdk)",
    "slope": "slope",
    "maxsmc": r"$\theta_s$ (maxsmc)",
    "wltsmc": r"$\theta_w$ (wltsmc)",
    "alpha_fc": r"$\alpha_{fc}$",
    "refkdt": "refkdt",
    "Klf": r"$K_{lf}$",
    "Kn": r"$K_n$",
    "max_gw_storage": r"$G_{max}$",
    "Cgw": r"$C_{gw}$",
    "expon": "expon",
    "schaake_coefficient": r"refkdt $\cdot$ $K_s$ (Schaake)",
    "percolation_coefficient": r"$K_s$ $\cdot$ slope (percolation)",
    "groundwater_exponent": r"expon / $G_{max}$",
    "base_flow_rate": r"$C_{gw}$ $\cdot$ expon / $G_{max}$",
    "threshold_share": r"$T$ / $S_{max}$",
    "soil_threshold": r"threshold $T$",
    "available_storage": r"$T - S_{wp}$",
    "drainable_storage": r"$S_{max} - T$",
}
"""Names of parameters and combinations in figures."""


def pyplot() -> Any:
    """Matplotlib without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def save(plt: Any, figure: Any, path: Path) -> None:
    """Write a figure as PNG, whatever the ending of the file, and close it."""
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=150, format="png")
    plt.close(figure)
