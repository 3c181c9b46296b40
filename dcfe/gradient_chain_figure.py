"""Figure of gradient chains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcfe.figure_style import BLACK, ORANGE, STYLE, TEXTS, pyplot, save
from dcfe.gradient_chain import FLUXES, GradientChain


def draw_chain(chains: Sequence[GradientChain], path: Path) -> None:
    """Draw which parameter reaches which flux, and where closed gates cut the chain, as PNG."""
    plt = pyplot()
    with plt.rc_context(STYLE):
        rows = len(chains[0].parameters)
        figure, axes = plt.subplots(
            1,
            len(chains),
            figsize=(5.6 * len(chains), 0.33 * rows + 2.1),
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis, chain in zip(axes[0], chains, strict=True):
            image = _chain(plt, axis, chain)
        axes[0, 0].set_yticks(range(rows), [TEXTS.get(name, name) for name in chains[0].parameters])
        figure.colorbar(
            image, ax=axes[0].tolist(), shrink=0.9,
            label="norm of the gradient (per range of the parameter)\nover the norm of discharge",
        )  # fmt: skip
        save(plt, figure, path)


def _short(value: float) -> str:
    """One digit, without an exponent."""
    return f"{float(f'{value:.1g}'):g}"


def _chain(plt: Any, axis: Any, chain: GradientChain) -> Any:
    from matplotlib.colors import LogNorm

    strength = np.where(chain.strength > 0.0, chain.strength, np.nan)
    image = axis.imshow(strength, norm=LogNorm(1e-3, 100.0), cmap="cividis_r", aspect="auto")
    rows, columns = strength.shape
    for k in range(rows):
        dead = chain.coverage.open_share(chain.parameters[k])[0] == 0.0
        for j in range(columns):
            if np.isnan(strength[k, j]):
                axis.add_patch(
                    plt.Rectangle((j - 0.5, k - 0.5), 1, 1, fc="#F2F2F2" if not dead else "white", ec="#BBBBBB", lw=0.4,
                                  hatch="////" if dead else "")
                )  # fmt: skip
            else:
                dark = strength[k, j] > 0.3
                axis.text(j, k, _short(strength[k, j]), ha="center", va="center", fontsize=7,
                          color="white" if dark else "black")  # fmt: skip
        share = 100.0 * chain.coverage.open_share(chain.parameters[k])[0]
        text = "closed" if dead else f"{share:.0f} %" if share >= 0.5 else f"{share:.1g} %"
        axis.text(columns - 0.35, k, text, va="center", fontsize=8, color=ORANGE if dead else BLACK,
                  fontweight="bold" if dead else "normal")  # fmt: skip
    axis.text(columns - 0.35, -0.6, "gate open\n[steps]", fontsize=8, va="bottom")
    axis.set_xticks(
        range(columns), [FLUXES[name] for name in chain.fluxes], rotation=40, ha="right", rotation_mode="anchor"
    )
    axis.set_xlim(-0.5, columns + 0.75)
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)
    closed = chain.coverage.closed(0)
    axis.set_title(f"aridity {chain.aridity:.1f}; no gradient: {', '.join(closed) or 'none'}", loc="left", pad=8)
    return image
