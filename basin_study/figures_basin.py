"""Figures of one basin: hydrograph under its rain, flow duration curves, and where the water went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.dataset import DataError
from basin_study.figures_style import OBSERVED, RAIN, NothingToDraw, describe, looks, new_figure
from basin_study.signatures import flow_duration_curve
from dcfe.figure_style import BLUE, GREY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_Array = NDArray[Any]

FIXED = ("time", "precipitation", "observed")
"""Columns of a hydrograph's table; every other one is the flow of a model [mm h-1]."""

HOURS_PER_YEAR = 8766.0
DAILY_FROM = 120
"""Length of hourly series, in days, from which on daily means are drawn."""

_EVENT_BEFORE, _EVENT_AFTER = 3, 7
"""Days shown around the largest observed flow."""

_FAR, _CUT = 5.0, 2.5
"""A model whose flow is more than so many times the largest observed one is cut off there: else it is all one sees."""

_DECADES = 1e-4
"""The least flow of a duration curve, as a share of the largest."""

TERMS = {
    "runoff": ("runoff", "#56B4E9"),
    "surface": ("surface runoff", "#56B4E9"),
    "lateral": ("lateral flow", "#009E73"),
    "base": ("base flow", BLUE),
    "evaporation": ("evapotranspiration", "#E69F00"),
    "storage": ("gain of storage", "#CC79A7"),
    "rest": ("rain less runoff: evapotranspiration,\ngain of storage, error of the data", "#CCCCCC"),
}
"""Terms of a water balance, as in :class:`ngen_arid.water_balance.WaterBalance`: text and colour."""


def _models(frame: pd.DataFrame, basin: str, models: Sequence[str]) -> dict[str, Any]:
    """Appearance of the models of a frame, which is checked."""
    missing = [name for name in FIXED if name not in frame.columns]
    if missing:
        raise DataError(f"hydrograph of basin {basin}: no column {', '.join(missing)}; expected {', '.join(FIXED)}")
    there = [str(name) for name in frame.columns if name not in FIXED]
    unknown = [name for name in there if models and name not in models]
    if unknown:
        raise DataError(f"hydrograph of basin {basin}: model {', '.join(unknown)}; expected {', '.join(models)}")
    if len(frame) < 2:
        raise NothingToDraw(f"hydrograph of basin {basin}: {len(frame)} time steps")
    return {name: look for name, look in looks(tuple(models) or there).items() if name in there}


def _step_hours(frame: pd.DataFrame) -> float:
    times = frame["time"].to_numpy(dtype="datetime64[s]")
    return float(np.median(np.diff(times)) / np.timedelta64(3600, "s"))


def hydrograph(frame: pd.DataFrame, basin: str, models: Sequence[str] = ()) -> Figure:
    """Rain from above and flow below, and the largest observed flow in detail.

    Parameters
    ----------
    frame : DataFrame
        ``time``, ``precipitation`` and ``observed`` [mm h-1], NaN where nothing was observed, and the flow of each
        model [mm h-1]; steps of hours or days.
    basin : str
    models : sequence of str
        All of the study, which fixes their colours.

    Raises
    ------
    DataError
        When columns are missing.
    NothingToDraw
        When there are fewer than two steps.
    """
    appearance = _models(frame, basin, models)
    hours = _step_hours(frame)
    whole, coarse = _coarse(frame, hours)
    cut: list[str] = []
    with new_figure(11.0, 4.8) as figure:
        axes = figure.subplots(2, 2, height_ratios=(1, 2.6), width_ratios=(2.3, 1), sharex="col")
        for column, (part, step) in enumerate(((whole, coarse), (_event(frame, hours), hours))):
            rain, flow = axes[:, column]
            times = part["time"].to_numpy(dtype="datetime64[ns]")
            rain.bar(times, part["precipitation"], width=step / 24.0, color=RAIN, align="edge", lw=0)
            rain.invert_yaxis()
            flow.plot(times, part["observed"], color=OBSERVED, lw=1.4 if column else 1.1, label="observed")
            for name, look in appearance.items():
                flow.plot(times, part[name], color=look.colour, ls=look.line, lw=1.4 if column else 1.0, label=name)
            flow.set_ylim(bottom=0.0)
            cut += _cut_off(flow, part, list(appearance))
            _dates(flow, 4 if column else 8)
        kind = "daily means" if coarse > hours else "hourly" if hours == 1.0 else f"means of {hours:g} h"
        axes[0, 0].set(ylabel="rain\n[mm h⁻¹]", title=f"whole period, {kind}")
        axes[0, 1].set_title("around the largest observed flow" + (", hourly" if hours == 1.0 else ""))
        axes[1, 0].set_ylabel("flow [mm h⁻¹]")
        figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside upper center", ncols=1 + len(appearance))
        gaps = int(frame["observed"].isna().sum())
        notes = [
            f"n = {len(frame)} steps of {hours:g} h"
            + (f"; {gaps} without an observation, drawn as gaps" if gaps else "")
            + ("; days with fewer than 12 observed hours are gaps" if gaps and coarse > hours else ""),
            f"cut off: {', '.join(dict.fromkeys(cut))}" if cut else "",
        ]
        describe(figure, f"Rain and flow of basin {basin}", notes)
    return figure


def _cut_off(axis: Any, part: pd.DataFrame, models: Sequence[str]) -> list[str]:
    """End the axis of flow where models leave the observed flow far behind; their names and largest flows."""
    seen = float(part["observed"].max())
    largest = {name: float(part[name].max()) for name in models}
    if not (seen > 0.0 and any(value > _FAR * seen for value in largest.values())):
        return []
    axis.set_ylim(top=_CUT * seen)
    return [f"{name} (up to {value:.2g} mm h⁻¹)" for name, value in largest.items() if value > _CUT * seen]


def _coarse(frame: pd.DataFrame, hours: float) -> tuple[pd.DataFrame, float]:
    """Daily means of a long series, and the length of the steps [h]."""
    if hours >= 24.0 or len(frame) * hours < DAILY_FROM * 24.0:
        return frame, hours
    days = frame.set_index("time").resample("D")
    means, observed = days.mean(), days["observed"].count()
    means["observed"] = means["observed"].where(observed >= 12.0 / hours)
    return means.reset_index(), 24.0


def _event(frame: pd.DataFrame, hours: float) -> pd.DataFrame:
    """Days around the largest observed flow, or around the largest flow of a model when nothing was observed."""
    flows = frame["observed"] if frame["observed"].notna().any() else frame.drop(columns=list(FIXED)).max(axis=1)
    peak = int(np.nanargmax(flows.to_numpy())) if flows.notna().any() else 0
    per_day = max(1, round(24.0 / hours))
    longer = 3 if hours >= 24.0 else 1
    return frame.iloc[max(0, peak - longer * _EVENT_BEFORE * per_day) : peak + longer * _EVENT_AFTER * per_day + 1]


def _dates(axis: Any, most: int) -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=3, maxticks=most)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def duration_curves(frame: pd.DataFrame, basin: str, models: Sequence[str] = ()) -> Figure:
    """Flow duration curves of observations and models over the steps that were observed.

    Parameters
    ----------
    frame, basin, models
        As for :func:`hydrograph`.

    Raises
    ------
    NothingToDraw
        When nothing was observed, or no flow is above 0.
    """
    appearance = _models(frame, basin, models)
    seen = frame[frame["observed"].notna()]
    top = float(np.nanmax(seen[["observed", *appearance]].to_numpy())) if len(seen) else 0.0
    if not top > 0.0:
        raise NothingToDraw(f"flow duration of basin {basin}: {'no flow' if len(seen) else 'nothing was observed'}")
    exceedances = np.linspace(0.0, 1.0, 501)
    floor = _DECADES * top
    with new_figure(5.4, 4.4) as figure:
        axis = figure.subplots()
        low, least = [], top
        lines = [("observed", OBSERVED, "-")] + [(name, look.colour, look.line) for name, look in appearance.items()]
        for name, colour, line in lines:
            flow = seen[name].to_numpy(dtype=np.float64)
            curve = flow_duration_curve(flow, exceedances)
            least = min(least, float(np.min(curve, where=curve >= floor, initial=top)))
            axis.plot(100.0 * exceedances, np.where(curve >= floor, curve, np.nan), color=colour, ls=line, label=name)
            share = float(np.mean(flow < floor))
            low += [f"{name} {100.0 * share:.1f} %"] if share > 0.0 else []
        axis.set_yscale("log")
        axis.set(xlim=(0.0, 100.0), ylim=(0.7 * least, 1.5 * top))
        axis.set(xlabel="share of time that a flow is exceeded [%]", ylabel="flow [mm h⁻¹]")
        axis.grid(color="#EEEEEE", lw=0.8)
        axis.legend(loc="best")
        notes = [f"n = {len(seen)} observed steps of {len(frame)}"]
        notes += [f"flows below {floor:.1e} mm h⁻¹, not drawn: {', '.join(low)} of the time"] if low else []
        describe(figure, f"Flow duration curves of basin {basin} over the steps that were observed", notes)
    return figure


def water_balance(frame: pd.DataFrame, basin: str) -> pd.DataFrame:
    """Rain, runoff and the rest of observations and models [mm yr-1].

    Parameters
    ----------
    frame, basin
        As for :func:`hydrograph`. Runoff is the mean over the steps that were observed, of models too; rain is the
        mean over all.

    Returns
    -------
    DataFrame
        ``run``, ``rain``, ``runoff``, ``rest`` = rain less runoff.

    Raises
    ------
    NothingToDraw
        When nothing was observed.
    """
    import pandas as pd

    names = ["observed", *_models(frame, basin, ())]
    seen = frame[frame["observed"].notna()]
    if seen.empty:
        raise NothingToDraw(f"water balance of basin {basin}: nothing was observed")
    rain = HOURS_PER_YEAR * float(frame["precipitation"].mean())
    runoff = HOURS_PER_YEAR * seen[names].mean().to_numpy()
    return pd.DataFrame({"run": names, "rain": rain, "runoff": runoff, "rest": rain - runoff})


def water_balance_bars(balances: pd.DataFrame, what: str, unit: str = "mm yr⁻¹", note: str = "") -> Figure:
    """Bars of where the water went, beside a line of the rain.

    Parameters
    ----------
    balances : DataFrame
        ``run``, ``rain``, and any terms of :data:`TERMS` as columns; a row for each run. From :func:`water_balance`,
        or from outputs of models. Terms that are NaN are left out of a bar and counted.
    what : str
        Basin or group of basins.
    unit : str
        Of the terms.
    note : str
        For the caption.

    Raises
    ------
    DataError
        When `run`, `rain` or all terms are missing.
    """
    terms = [name for name in TERMS if name in balances.columns]
    missing = [name for name in ("run", "rain") if name not in balances.columns]
    if missing or not terms:
        raise DataError(f"water balance of {what}: no column {', '.join(missing) or ' or '.join(TERMS)}")
    places = np.arange(len(balances))
    above, below = np.zeros(len(balances)), np.zeros(len(balances))
    with new_figure(6.8, 1.6 + 0.42 * len(balances)) as figure:
        axis = figure.subplots()
        for name in terms:
            values = np.nan_to_num(balances[name].to_numpy(dtype=np.float64))
            left = np.where(values >= 0.0, above, below)
            text, colour = TERMS[name]
            axis.barh(places, values, left=left, height=0.62, color=colour, label=text, gid=name)
            above += np.maximum(values, 0.0)
            below += np.minimum(values, 0.0)
        rain = balances["rain"].to_numpy(dtype=np.float64)
        axis.vlines(rain, places - 0.4, places + 0.4, color=OBSERVED, lw=1.8, label="rain")
        axis.axvline(0.0, color=GREY, lw=0.8)
        axis.set_yticks(places, [str(run) for run in balances["run"]])
        axis.invert_yaxis()
        axis.set_xlabel(f"water [{unit}]")
        figure.legend(loc="outside right upper", fontsize=8)
        gaps = int(balances[[*terms, "rain"]].isna().to_numpy().sum())
        notes = [note, f"{gaps} terms are unknown (NaN) and left out" if gaps else ""]
        describe(figure, f"Water balance of {what}; the line is the rain", notes)
    return figure
