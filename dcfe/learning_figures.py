"""Figures of a run of learning: course of training, scores, hydrographs, and the truth where it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dcfe.combinations import COMBINATIONS, combination_values
from dcfe.evaluation import Evaluation
from dcfe.export import UNITS
from dcfe.learning_data import LearningSet
from dcfe.learning_files import STORAGES
from dcfe.training import TrainingResult
from ngen_bmi.files import whole_file

# Okabe and Ito's colours, which colour-blind readers can tell apart
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_OBSERVED = "#444444"
_LOWEST_NSE = -1.0
"""Scores below stand at the left edge of the figure."""
_PANELS = 4
_COLUMNS = 4
_DECADES_FOR_LOG = 1.5


def draw_all(
    folder: Path, learning: LearningSet, evaluation: Evaluation, training: TrainingResult, names: Sequence[str]
) -> list[Path]:
    """Draw what there is to draw.

    Parameters
    ----------
    folder : Path
        Receives ``training.png``, ``nse.png``, ``hydrographs_<output>.png``, and with a known truth
        ``parameters.png``.
    learning : LearningSet
    evaluation : Evaluation
    training : TrainingResult
    names : sequence of str
        Learned parameters and combinations.

    Returns
    -------
    list of Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "training.png", folder / "nse.png"]
    draw_training(paths[0], training)
    draw_scores(paths[1], evaluation)
    for output in learning.data.observed:
        paths.append(folder / f"hydrographs_{output}.png")
        draw_hydrographs(paths[-1], learning, evaluation, output)
    known = [name for name in names if getattr(COMBINATIONS.get(name), "carrier", name) in learning.truth]
    if known:
        paths.append(folder / "parameters.png")
        draw_parameters(paths[-1], learning, evaluation.parameters, known)
    return paths


@contextmanager
def _figure(path: Path, rows: int, columns: int, size: tuple[float, float]) -> Iterator[tuple[Any, Any]]:
    """Give a figure and its axes, shape (rows, columns), and save it at the end."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    with rc_context(style):  # type: ignore[arg-type]
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(rows, columns, squeeze=False)
        with whole_file(path) as partial:
            figure.savefig(partial, dpi=150, format="png")


def draw_training(path: Path, training: TrainingResult) -> None:
    """Draw the losses of training and validation over the epochs."""
    epochs = [row["epoch"] for row in training.history]
    with _figure(path, 1, 1, (6.0, 3.4)) as (_, axes):
        axis = axes[0, 0]
        names = [name for name in training.history[0] if name == "loss" or name.endswith("_loss")]
        for name, colour in zip(names, _COLOURS, strict=False):
            values = np.array([row[name] for row in training.history])
            known = np.isfinite(values)
            label = "training" if name == "loss" else name.removesuffix("_loss").replace("_", ": ", 1)
            axis.plot(np.array(epochs)[known], values[known], color=colour, lw=1.4, label=label)
        if training.best_epoch != epochs[-1]:
            axis.axvline(training.best_epoch, color=_OBSERVED, lw=0.8, ls=":", label="weights kept")
        axis.set_yscale("log")
        axis.set_xlabel("epoch")
        axis.set_ylabel("loss")
        axis.legend()


def draw_scores(path: Path, evaluation: Evaluation) -> None:
    """Draw the distribution of the Nash-Sutcliffe efficiency over basins, for each output."""
    main = [score for score in evaluation.scores if score.parameters == evaluation.main]
    outputs = list(dict.fromkeys(score.output for score in main))
    with _figure(path, 1, len(outputs), (5.2 * len(outputs), 3.8)) as (_, axes):
        for axis, output in zip(axes[0], outputs, strict=True):
            pairs = dict.fromkeys((score.group, score.period) for score in main)
            for index, (group, period) in enumerate(pairs):
                chosen = [s for s in main if (s.group, s.period, s.output) == (group, period, output)]
                values = np.sort([s.values["nse"] for s in chosen if s.values["nse"] == s.values["nse"]])
                if not values.size:
                    continue
                shares = np.arange(1, values.size + 1) / values.size
                label = f"{group} basins, {period} period: {np.median(values):.3f}"
                style = ("-", "--", ":")[index // len(_COLOURS) % 3]
                x = np.concatenate(([_LOWEST_NSE], np.clip(values, _LOWEST_NSE, 1.0)))
                y = np.concatenate(([0.0], shares))
                axis.step(x, y, where="post", color=_COLOURS[index % len(_COLOURS)], ls=style, lw=1.6, label=label)
            axis.set_xlim(_left_edge(main, output), 1.0)
            axis.set_ylim(0.0, 1.0)
            axis.set_xlabel(f"NSE of {output}")
            axis.set_ylabel("share of basins below")
            axis.legend(title="median", loc="upper left")


def _left_edge(scores: Sequence[Any], output: str) -> float:
    """Where the axis begins: somewhat below the least score, but not below the lowest that is shown."""
    values = [s.values["nse"] for s in scores if s.output == output and s.values["nse"] == s.values["nse"]]
    lowest = max(min(values, default=0.0), _LOWEST_NSE)
    return max(lowest - 0.15 * (1.0 - lowest) - 1e-3, _LOWEST_NSE)


def draw_hydrographs(path: Path, learning: LearningSet, evaluation: Evaluation, output: str) -> None:
    """Draw observed and simulated series of a few basins in the last period, from the worst NSE to the best.

    Basins that were not learned from come first, if there are some.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    period = list(learning.periods)[-1]
    group = next(name for name in ("test", "validate", "train") if name in learning.basins)
    chosen = [
        score
        for score in evaluation.scores
        if (score.group, score.period, score.output) == (group, period, output)
        and score.parameters == evaluation.main
        and score.values["nse"] == score.values["nse"]
    ]
    chosen.sort(key=lambda score: score.values["nse"])
    picks = np.unique(np.linspace(0, len(chosen) - 1, _PANELS).round().astype(int)) if chosen else ()
    shown = [chosen[pick] for pick in picks]
    first, last = learning.periods[period]
    first = max(first, learning.warmup)
    times = learning.data.times[first:last]
    label = f"{output} [mm]" if output in STORAGES else f"{output} [mm d⁻¹]"
    with _figure(path, max(len(shown), 1), 1, (9.0, 1.9 * max(len(shown), 1))) as (figure, axes):
        for axis, score in zip(axes[:, 0], shown, strict=True):
            row = learning.data.ids.index(score.basin)
            simulated = evaluation.outputs[evaluation.main][output][row, first:last].numpy()
            observed = learning.data.observed[output][row, first:last].numpy()
            days = times[: len(times) // 24 * 24 : 24]
            axis.plot(days, _daily(observed, output), color=_OBSERVED, lw=1.6, alpha=0.55, label="observed")
            axis.plot(days, _daily(simulated, output), color=_COLOURS[1], lw=1.0, label="learned")
            kge = score.values["kge"]
            axis.set_title(f"{score.basin}: NSE {score.values['nse']:.3f}, KGE {kge:.3f}", fontsize=9, loc="left")
            axis.set_ylabel(label)
            axis.margins(x=0.0)
            locator = AutoDateLocator(maxticks=10)
            axis.xaxis.set_major_locator(locator)
            axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))
            axis.label_outer()
        if shown:
            axes[0, 0].legend(loc="upper right", ncols=2)
        figure.suptitle(f"{group} basins, {period} period, daily", fontsize=10)


def _daily(values: NDArray[np.float64], output: str) -> NDArray[np.float64]:
    """Means of storages [mm] and sums of fluxes [mm d-1] over whole days; NaN where an hour is missing."""
    days = values[: len(values) // 24 * 24].reshape(-1, 24)
    return 1000.0 * (days.mean(axis=1) if output in STORAGES else days.sum(axis=1))


def draw_parameters(path: Path, learning: LearningSet, parameters: Mapping[str, Tensor], names: Sequence[str]) -> None:
    """Draw learned against true parameters, with their correlations, of logarithms where the axes have them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    # what the truth does not tell is right as it is held
    truth = combination_values(names, {**learning.data.parameters, **learning.truth})
    found = combination_values(names, parameters)
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    groups = learning.basins
    with _figure(path, rows, columns, (2.7 * columns, 2.7 * rows + 0.3)) as (figure, axes):
        for axis in axes.flat[len(names) :]:
            axis.set_visible(False)
        for axis, name in zip(axes.flat, names, strict=False):
            true, learned = truth[name].numpy(), found[name].numpy()
            both = np.concatenate((true, learned))
            log = both.min() > 0.0 and np.log10(both.max() / both.min()) > _DECADES_FOR_LOG
            notes = []
            for (group, basins), colour in zip(groups.items(), _COLOURS, strict=False):
                x, y = true[basins], learned[basins]
                axis.plot(x, y, "o", ms=3.0, alpha=0.7, mew=0.0, color=colour, label=f"{group} basins")
                notes.append(f"{_correlation(x, y, log):.2f}")
            if log:
                axis.set(xscale="log", yscale="log")
                subs = (1.0, 3.0) if both.max() / both.min() < 100.0 else (1.0,)
                for side in (axis.xaxis, axis.yaxis):
                    side.set_major_locator(LogLocator(subs=subs))
                    side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
                    side.set_minor_formatter(NullFormatter())
            axis.axline((both.min(), both.min()), (both.max(), both.max()), color=_OBSERVED, lw=0.8, ls="--")
            axis.set_title(f"{name} [{UNITS[name]}]\nr = {', '.join(notes)}", fontsize=9)
        figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(groups))
        figure.supxlabel("true", fontsize=9)
        figure.supylabel("learned", fontsize=9)


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64], log: bool) -> float:
    """Correlation, of logarithms where wanted; NaN when there is none."""
    a, b = (np.log(x), np.log(y)) if log else (x, y)
    if len(a) < 2 or a.std() <= 1e-9 * abs(a.mean()) or b.std() <= 1e-9 * abs(b.mean()):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
