"""What a report shows of soil moisture: a table, words computed from it, and a figure for each basin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basin_study.figures_style import OBSERVED, NothingToDraw, caption_of, describe, looks, new_figure, save_figure
from basin_study.report_html import Picture, Section

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_HEADS = {
    "basin": "basin",
    "period": "period",
    "depth": "depth [cm]",
    "model": "model",
    "correlation": "correlation",
    "anomaly_correlation": "of anomalies",
    "bias": "bias [m³ m⁻³]",
    "ubrmse": "ubRMSE [m³ m⁻³]",
    "kge": "KGE",
    "mean_observed": "observed mean",
    "observed_share": "observed share",
}


def moisture_section(
    table: pd.DataFrame,
    models: Sequence[str],
    bucket: Sequence[str],
    pictures: Sequence[Picture] = (),
    missing: Sequence[str] = (),
) -> Section:
    """Section of a report.

    Parameters
    ----------
    table : DataFrame
        As from :func:`basin_study.moisture.moisture_table`.
    models : sequence of str
        All of the study, in its order.
    bucket : sequence of str
        Those whose soil is one bucket.
    pictures, missing : sequence
        Figures, and why others are not there.
    """
    import pandas as pd

    there = [model for model in models if model in set(table["model"])]
    ordered = table.assign(model=pd.Categorical(table["model"], there, ordered=True))
    ordered = ordered.sort_values(["basin", "period", "depth", "model"], ascending=[True, False, True, True])
    text = (
        "Models were calibrated by flow alone. Correlation is that of hourly values, 'of anomalies' that of deviations "
        "from a moving mean of 35 days; bias is simulated less observed; ubRMSE is the root mean squared difference "
        "without the bias. "
    )
    if flat := [model for model in there if model in bucket]:
        text += f"The soil of {', '.join(flat)} is one bucket: its mean moisture is compared with every depth. "
    text += "\n\n" + " ".join(_best_of_test(ordered))
    shown = ordered[list(_HEADS)].astype({"model": str}).rename(columns=_HEADS)
    return Section("Soil moisture", text, shown, tuple(pictures), tuple(missing))


def _best_of_test(table: pd.DataFrame) -> list[str]:
    """Sentences: which model follows the moisture best at each depth in the test period."""
    sentences = []
    for (basin, depth), rows in table[table["period"] == "test"].groupby(["basin", "depth"], sort=True):
        known = rows.dropna(subset=["correlation"])
        if known.empty:
            sentences.append(f"Basin {basin}, {depth:g} cm: no observation that varies in the test period.")
            continue
        high = known.loc[known["correlation"].idxmax()]
        near = known.loc[known["ubrmse"].idxmin()]
        sentences.append(
            f"Basin {basin}, {depth:g} cm, test period: correlations of {known['correlation'].min():.2f} to "
            f"{high['correlation']:.2f} ({high['model']}), the least ubRMSE {near['ubrmse']:.3f} ({near['model']})."
        )
    return sentences


def draw_moisture(
    series: Mapping[str, Mapping[str, pd.DataFrame]], models: Sequence[str], bucket: Sequence[str], folder: Path
) -> tuple[list[Picture], list[str]]:
    """Draw and save the figures of basins; also reasons for those that there are not."""
    pictures, missing = [], []
    for basin, periods in series.items():
        name = f"moisture_{basin}"
        try:
            figure = moisture_figure(periods, basin, models, bucket)
        except NothingToDraw as error:
            missing.append(str(error))
            continue
        content = save_figure(figure, folder, name)
        pictures.append(Picture(content, caption_of(figure), f"{folder.name}/{name}.png, {name}.pdf"))
    return pictures, missing


def moisture_figure(
    periods: Mapping[str, pd.DataFrame], basin: str, models: Sequence[str], bucket: Sequence[str] = ()
) -> Figure:
    """Daily means of observed and simulated moisture: a row for each depth, a column for each period.

    Parameters
    ----------
    periods : mapping of str to DataFrame
        Hourly, with the columns (``observed`` or model, depth in cm) [m3 m-3].
    basin : str
    models : sequence of str
        All of the study, which fixes their colours.
    bucket : sequence of str
        Models whose soil is one bucket.

    Raises
    ------
    NothingToDraw
        When nothing was observed in any period.
    """
    observed = {name: frame["observed"] for name, frame in periods.items()}
    if not any(frame.notna().to_numpy().any() for frame in observed.values()):
        raise NothingToDraw(f"soil moisture of basin {basin}: nothing was observed")
    depths = list(next(iter(observed.values())).columns)
    appearance = looks(tuple(models))
    with new_figure(11.0, 1.6 + 2.1 * len(depths)) as figure:
        axes = figure.subplots(
            len(depths),
            len(periods),
            sharex="col",
            sharey="row",
            squeeze=False,
            width_ratios=[len(frame) for frame in periods.values()],
        )
        for column, (period, frame) in enumerate(periods.items()):
            days = frame.resample("D").mean()
            for row, depth in enumerate(depths):
                axis = axes[row, column]
                for model in (name for name in models if (name, depth) in days.columns):
                    look = appearance[model]
                    axis.plot(days.index, days[model, depth], color=look.colour, ls=look.line, lw=1.1, label=model)
                axis.plot(days.index, days["observed", depth], color=OBSERVED, lw=1.3, label="observed")
                if column == 0:
                    axis.set_ylabel(f"{depth:g} cm\n[m³ m⁻³]")
                if row == 0:
                    axis.set_title(f"{period} period")
            _dates(axes[-1, column])
        handles: dict[str, Any] = {}
        for axis in axes.flat:
            handles |= {str(label): handle for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
        order = ["observed", *(name for name in models if name in handles)]
        figure.legend(
            [handles[name] for name in order], order, loc="outside upper center", ncols=len(order), handlelength=3.0
        )
        flat = [model for model in models if model in bucket and model in handles]
        notes = [
            "n = "
            + "; ".join(
                f"{period}: {', '.join(f'{int(frame[d].notna().sum())} hours at {d:g} cm' for d in depths)}"
                for period, frame in observed.items()
            ),
            f"{', '.join(flat)}: mean of the whole soil, the same line at every depth" if flat else "",
        ]
        describe(figure, f"Soil moisture of basin {basin}, daily means", notes)
    return figure


def _dates(axis: Any) -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
