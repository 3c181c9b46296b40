"""Tables of results such as a study writes, drawn at random with a seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from basin_study.bounded import bounded
from basin_study.execute import Failure
from basin_study.figures_search import Trace
from basin_study.lgar_space import lgar_space
from basin_study.objective import Objective
from basin_study.records import Task
from basin_study.report_choice import choose_basins
from basin_study.report_html import Section
from basin_study.report_study import StudyResults
from basin_study.scoring import COLUMNS
from basin_study.spaces import report_space
from basin_study.study_settings import DEFAULT_PERIODS, DataSettings, ModelSettings, StudySettings

MODELS = ("cfe_classic", "cfe_ode", "lgar")
CFE_NAMES = ("b", "maxsmc", "satdk", "slope", "max_gw_storage", "expon", "Cgw", "Klf", "Kn")
LGAR_NAMES = ("alpha_1", "n_1", "ks_1", "ponded_depth_max", "a", "frac_slow")


def basin_names(number: int) -> list[str]:
    """Gauges with leading zeros."""
    return [f"{1013500 + 7919 * i:08d}" for i in range(number)]


def attributes(number: int = 60, seed: int = 0, coordinates: bool = True) -> xr.Dataset:
    """Basins over a gradient of aridity; the last one's is unknown when there are more than three."""
    rng = np.random.default_rng(seed)
    aridity = np.exp(rng.uniform(np.log(0.25), np.log(4.5), number))
    if number > 3:
        aridity[-1] = np.nan
    nothing = np.full(number, np.nan)
    columns = {
        "aridity": aridity,
        "frac_snow": rng.uniform(0.0, 0.4, number),
        "latitude": rng.uniform(28.0, 48.0, number) if coordinates else nothing,
        "longitude": rng.uniform(-122.0, -70.0, number) if coordinates else nothing,
        "area": rng.uniform(20.0, 1900.0, number),
        "elevation": nothing,
    }
    return xr.Dataset({k: (("basin",), v) for k, v in columns.items()}, coords={"basin": basin_names(number)})


def scores(basins: xr.Dataset, models: Sequence[str] = MODELS, seed: int = 1, gaps: bool = True) -> pd.DataFrame:
    """Scores that fall with aridity; LGAR in every fifth basin only. With `gaps` two NaN and a few very low ones."""
    rng = np.random.default_rng(seed)
    rows = []
    names = [str(basin) for basin in basins["basin"].values]
    quality = 0.75 - 0.35 * np.log(np.nan_to_num(basins["aridity"].values, nan=1.0) / 0.25) / np.log(4.0)
    for m, model in enumerate(models):
        for i, basin in enumerate(names):
            if model == "lgar" and i % 5:
                continue
            for period in ("calibration", "test"):
                kge = min(0.95, quality[i] + 0.03 * m + 0.15 * rng.standard_normal())
                nse = min(0.93, kge - 0.1 + 0.1 * rng.standard_normal())
                if gaps and i % 20 == 7:
                    kge, nse = kge - 3.0, nse - 9.0
                if gaps and i in (10, 20):
                    kge = nse = np.nan
                row = dict.fromkeys(COLUMNS, 0.5) | {"kge": kge, "nse": nse, "log_nse": nse, "nnse": 1.0 / (2.0 - nse)}
                row |= {"bounded_kge": bounded(kge), "bounded_nse": bounded(nse)}
                scheme = "" if model == "lgar" else ("schaake", "xinanjiang")[(i + m) % 2]
                rows.append({"basin": basin, "model": model, "scheme": scheme, "period": period} | row)
    return pd.DataFrame(rows)


def parameters(table: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """Shares that often end at a bound."""
    rng = np.random.default_rng(seed)
    rows = []
    for basin, model, scheme in table[["basin", "model", "scheme"]].drop_duplicates().itertuples(index=False):
        for name in LGAR_NAMES if model == "lgar" else CFE_NAMES:
            share = float(np.clip(rng.beta(0.6, 0.9) * 1.1 - 0.05, 0.0, 1.0))
            rows.append(
                {
                    "basin": basin,
                    "model": model,
                    "scheme": scheme,
                    "parameter": name,
                    "value": 3.0 * share,
                    "share": share,
                }
            )
    return pd.DataFrame(rows)


def calibrations(table: pd.DataFrame, seed: int = 3) -> pd.DataFrame:
    """Two schemes of CFE, of which one is chosen."""
    rng = np.random.default_rng(seed)
    rows = []
    for basin, model, chosen in table[["basin", "model", "scheme"]].drop_duplicates().itertuples(index=False):
        for scheme in ("",) if model == "lgar" else ("schaake", "xinanjiang"):
            rows.append(
                {
                    "basin": basin,
                    "model": model,
                    "scheme": scheme,
                    "trial": 0,
                    "objective": float(rng.uniform(0.2, 0.9)),
                    "evaluations": 40 if model == "lgar" else 500,
                    "refused": int(rng.integers(0, 3)),
                    "chosen": scheme == chosen,
                }
            )
    return pd.DataFrame(rows)


def trace(evaluations: int, seed: int) -> list[list[float]]:
    """Improvements of one calibration, the first of which had no meaning."""
    rng = np.random.default_rng(seed)
    steps, best = [[1, -1e9]], -1e9
    for k in range(2, evaluations + 1):
        value = 0.85 - 2.5 * k**-0.6 * rng.random() - 0.2 * rng.random()
        if value > best:
            best = float(value)
            steps.append([k, best])
    return steps


def flows(models: Sequence[str] = MODELS, days: int = 365, hours: int = 1, seed: int = 4) -> pd.DataFrame:
    """Storms through a linear reservoir, observed with gaps and noise [mm h-1]."""
    rng = np.random.default_rng(seed)
    steps = days * 24 // hours
    rain = np.where(rng.random(steps) < 0.03 * hours, rng.gamma(0.7, 3.0, steps), 0.0)

    def reservoir(rate: float, share: float) -> np.ndarray:
        flow, stored = np.empty(steps), 5.0
        for t in range(steps):
            stored += share * rain[t] * hours
            flow[t] = rate * stored
            stored -= flow[t] * hours
        return flow

    observed = reservoir(0.01, 0.4) * np.exp(0.1 * rng.standard_normal(steps))
    observed[steps // 3 : steps // 3 + steps // 20] = np.nan
    frame = pd.DataFrame(
        {
            "time": np.datetime64("2009-10-01", "ns") + np.arange(steps) * np.timedelta64(hours, "h"),
            "precipitation": rain,
            "observed": observed,
        }
    )
    for m, model in enumerate(models):
        frame[model] = reservoir(0.008 + 0.004 * m, 0.42 - 0.04 * m)
    return frame


def settings(folder: Path, models: Sequence[str] = MODELS) -> StudySettings:
    """Settings of a study file that is never read."""
    kinds = {
        "cfe_classic": ModelSettings("cfe_classic", "cfe", "classic", ("schaake", "xinanjiang"), report_space(), 500),
        "cfe_ode": ModelSettings("cfe_ode", "cfe", "ode", ("schaake", "xinanjiang"), report_space(), 500),
        "lgar": ModelSettings("lgar", "lgar", "", (), lgar_space(), 40, basins=tuple(basin_names(60)[::5])),
    }
    return StudySettings(
        source=folder / "study.yaml",
        name="generated <tables>",
        data=DataSettings("synthetic", None, {"seed": 7}),
        basins=(),
        periods=dict(DEFAULT_PERIODS),
        warmup=8760,
        models=tuple(kinds[name] for name in models),
        compare=(),
        trials=1,
        seed=11,
        objective=Objective.of("kge"),
        output=folder / "results",
    )


def results(
    folder: Path, number: int = 60, models: Sequence[str] = MODELS, coordinates: bool = True, gaps: bool = True
) -> StudyResults:
    """Everything that a report is made of."""
    basins = attributes(number, coordinates=coordinates)
    table = scores(basins, models, gaps=gaps)
    names = [str(basin) for basin in basins["basin"].values]
    chosen = choose_basins(table, basins, models)
    budgets = {model: 40 if model == "lgar" else 500 for model in models}
    return StudyResults(
        settings=settings(folder, models),
        basins=names,
        scores=table,
        parameters=parameters(table),
        calibrations=calibrations(table),
        attributes=basins,
        traces=[
            Trace(model, trace(budgets[model], 100 * m + i), budgets[model])
            for m, model in enumerate(models)
            for i in range(number if model != "lgar" else -(-number // 5))
        ],
        hydrographs={basin: flows(models, days=150, seed=i) for i, basin in enumerate(chosen)},
        reasons=chosen,
        failures=[Failure(Task(names[0], "lgar", "", 1), "ConfigError: layers & <depths> do not fit")],
        sections=[
            Section(
                "Test of the hypothesis",
                "Paired differences of KGE, cfe_ode less cfe_classic.\n\nArid: an aridity above 1.",
                pd.DataFrame(
                    {
                        "group": ["humid", "arid"],
                        "n": [25, 32],
                        "median_difference": [0.031, 0.062],
                        "p_value": [0.21, 0.00004],
                        "detectable": [0.08, np.nan],
                    }
                ),
            )
        ],
        verdict="The data do not decide: see the test below.",
    )
