"""Simulated against observed soil moisture, in studies whose data have it.

Models are calibrated by flow alone, so moisture is a test of what they do inside. Columns (LGAR, Richards) give it at
the depth of the sensors. CFE's soil is one bucket: the mean of all of it is compared with every depth, for want of
anything else. Observations are compared with the state at the end of the hour that they are stamped with.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study, shares_array
from basin_study.dataset import DataError
from basin_study.evaluate import best_of, write_table
from basin_study.records import Task
from hydro_physics.skill import ROUND_OFF, kge_of, moments, observations_vary

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from basin_study.report_html import Section

logger = logging.getLogger(__name__)

MOISTURE_FILE = "moisture.csv"
PERIODS = ("calibration", "test")
SCORES = ("correlation", "bias", "ubrmse", "kge", "anomaly_correlation")
ANOMALY_DAYS = 35
"""Length of the moving mean that anomalies are deviations from, as in validations of satellite products (Entekhabi et
al. 2010, doi 10.1175/2010JHM1223.1, discuss the scores)."""

MAX_FIGURES = 3
"""Basins that are drawn."""

_NAME = re.compile(r"soil_moisture_(\d+(?:\.\d+)?)cm")
_Array = NDArray[Any]
Records = Mapping[Task, Mapping[str, Any]]


def moisture_depths(data: xr.Dataset) -> dict[float, str]:
    """Depths [cm] at which a data set has observed soil moisture, from the top, and the series of each.

    Series are called ``soil_moisture_25cm``; others are none of moisture.
    """
    names = [str(name) for name in data.data_vars]
    found = {float(match[1]): name for name in names if (match := _NAME.fullmatch(name))}
    return dict(sorted(found.items()))


def moisture_scores(simulated: _Array, observed: _Array) -> dict[str, float]:
    """Scores of hourly moisture [m3 m-3], shape (steps,), over the hours that were observed.

    Returns
    -------
    dict of str to float
        ``correlation``; ``bias``, mean of simulated less observed [m3 m-3]; ``ubrmse``, root mean squared difference
        after the bias is taken out [m3 m-3]; ``kge`` (Gupta et al. 2009), whose third term is the ratio of the
        means; ``anomaly_correlation``, correlation of what is left after a moving mean of :data:`ANOMALY_DAYS`;
        ``mean_observed`` [m3 m-3], ``observed_share``. NaN where a score has no meaning, such as correlations with
        observations that never vary; a simulation that never varies has a correlation of 0.

    Examples
    --------
    >>> found = moisture_scores(np.array([0.2, 0.3, 0.25, 0.3]), np.array([0.1, 0.2, np.nan, 0.2]))
    >>> round(found["bias"], 6), round(found["correlation"], 6), round(found["ubrmse"], 6)
    (0.1, 1.0, 0.0)
    """
    simulated, observed = (np.ascontiguousarray(x, dtype=np.float64) for x in (simulated, observed))
    m = moments(simulated, observed)
    terms = kge_of(m)
    bias = m.mean - m.observed_mean
    return {
        "correlation": terms.correlation,
        "bias": bias,
        # round-off may make the difference of two equal numbers negative
        "ubrmse": math.sqrt(max(0.0, m.error - bias * bias)) if m.number else math.nan,
        "kge": terms.kge,
        "anomaly_correlation": _anomaly_correlation(simulated, observed) if observations_vary(m) else math.nan,
        "mean_observed": m.observed_mean,
        "observed_share": m.number / max(1, observed.size),
    }


def _anomaly_correlation(simulated: _Array, observed: _Array) -> float:
    """Correlation of deviations from the moving means over the same hours, of which at least half were observed.

    NaN without such hours, 0 where the simulation does not deviate by more than round-off.
    """
    import pandas as pd

    hours = ANOMALY_DAYS * 24 + 1
    left = []
    for series in (np.where(np.isnan(observed), np.nan, simulated), observed):
        moving = pd.Series(series).rolling(hours, center=True, min_periods=hours // 2).mean()
        left.append(np.ascontiguousarray(series - moving.to_numpy()))
    m, least = moments(*left), ROUND_OFF * float(np.nanmean(observed)) ** 2
    if not m.observed_variance > least:
        return math.nan
    return m.covariance / math.sqrt(m.variance * m.observed_variance) if m.variance > least else 0.0


def simulated_moisture(
    study: Study, best: Mapping[tuple[str, str], Task], records: Records, basin: str, period: str
) -> tuple[xr.Dataset, dict[str, _Array]]:
    """Moisture of every calibrated model of a basin at the depths of its observations.

    Returns
    -------
    data : Dataset
        Of the basin and the period, the warm-up among it.
    simulated : dict of str to array, shape (steps, depths)
        By model [m3 m-3]; a model that cannot be run in the period is left out, with a warning.

    Raises
    ------
    DataError
        When the basin's data do not have the period.
    """
    data = study.data(basin, period)
    depths = tuple(moisture_depths(data))
    found = {}
    for settings in study.settings.models:
        task = best.get((basin, settings.name))
        if task is None:
            continue
        try:
            model = study.model(settings, task.scheme, basin, period)
            found[settings.name] = model.moisture(shares_array(dict(records[task])), depths)
        except (ValueError, RuntimeError) as error:
            logger.warning("%s, %s, soil moisture: %s", task.name, period, error)
    return data, found


def moisture_table(study: Study, records: Records) -> tuple[pd.DataFrame | None, dict[str, dict[str, pd.DataFrame]]]:
    """Scores of soil moisture of every basin, model, period and depth after the warm-up.

    Parameters
    ----------
    study : Study
    records : mapping of Task to dict
        Of the calibrations.

    Returns
    -------
    table : DataFrame or None
        ``basin``, ``model``, ``period``, ``depth`` [cm] and the scores of :func:`moisture_scores`; None when the data
        have no moisture, which is judged by the first basin that can be read: all basins of a source have the same
        series.
    series : dict
        By basin and period: DataFrames over time with the columns (``observed`` or model, depth), for the first
        :data:`MAX_FIGURES` basins.
    """
    import pandas as pd

    best = best_of(dict(records))  # type: ignore[arg-type]
    rows: list[dict[str, Any]] = []
    series: dict[str, dict[str, pd.DataFrame]] = {}
    for basin in sorted({basin for basin, _ in best}):
        for period in PERIODS:
            try:
                if not moisture_depths(study.data(basin, period)):
                    return None, {}
                data, found = simulated_moisture(study, best, records, basin, period)
            except DataError as error:
                logger.warning("basin %s, %s, soil moisture: %s", basin, period, error)
                continue
            first, depths = study.settings.warmup, moisture_depths(data)
            observed = {depth: data[name].values[0, first:] for depth, name in depths.items()}
            for model, values in found.items():
                for k, depth in enumerate(depths):
                    head = {"basin": basin, "model": model, "period": period, "depth": depth}
                    rows.append(head | moisture_scores(values[first:, k], observed[depth]))
            if found and (basin in series or len(series) < MAX_FIGURES):
                columns = {("observed", depth): observed[depth] for depth in depths} | {
                    (model, depth): values[first:, k]
                    for model, values in found.items()
                    for k, depth in enumerate(depths)
                }
                frame = pd.DataFrame(columns, index=pd.DatetimeIndex(data["time"].values[first:]))
                series.setdefault(basin, {})[period] = frame
    return (pd.DataFrame(rows) if rows else None), series


def moisture_sections(
    study: Study, records: Records, models: Sequence[str], figures: Path
) -> tuple[list[Section], list[Path]]:
    """Write the table of :func:`moisture_table` and its figures, for the report.

    Parameters
    ----------
    study : Study
    records : mapping of Task to dict
    models : sequence of str
        All of the study, which fixes their colours.
    figures : Path
        Folder of the figures.

    Returns
    -------
    sections : list of Section
        None when the data have no soil moisture.
    paths : list of Path
        Of the table written.
    """
    from basin_study.moisture_report import draw_moisture, moisture_section

    table, series = moisture_table(study, records)
    if table is None:
        return [], []
    path = study.settings.output / MOISTURE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(table, path)
    bucket = [m.name for m in study.settings.models if m.kind == "cfe"]
    pictures, missing = draw_moisture(series, models, bucket, figures)
    return [moisture_section(table, models, bucket, pictures, missing)], [path]
