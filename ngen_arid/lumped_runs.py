"""The same basin as divides and as one catchment: run both, add the divides up, compare."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydro_physics.skill import kge, nse
from ngen_arid.water_balance import column_of
from ngen_bmi.errors import ConfigError
from ngen_bmi.files import whole_file
from ngen_config.configure import configure
from ngen_config.forcing import read_forcing
from ngen_config.geopackage import NEXUS, GeoPackage
from ngen_config.lag import delayed, distances
from ngen_config.lumped import LUMPED, write_lumped, write_mean_forcing
from ngen_config.request import Request
from ngen_harness import RunResult, run
from ngen_harness.context import HOUR, to_epoch
from ngen_harness.hydrofabric import read_nexuses

log = logging.getLogger(__name__)

REFERENCE = "divides, lagged"
UNLAGGED = "divides, no lag"
_SECONDS = 3600.0


@dataclass(frozen=True)
class Comparison:
    """Both runs of a basin.

    Attributes
    ----------
    times : array of datetime64, shape (steps,)
    flows : dict of str to array, shape (steps,)
        Flow at the outlet [m3 s-1]: divides added up with and without the lag, lumped with and without the mean lag.
    rain, rain_low, rain_high : array, shape (steps,)
        Mean of the basin, and the least and largest of its divides [mm].
    soil : dict of str to array, shape (steps,)
        Water in the soil, mean of the basin [mm]: ``divides`` and ``lumped``.
    totals : dict of str to dict
        ``divides`` and ``lumped`` -> rain, evaporation, runoff of the period, and gain of the soil [mm].
    lag : tuple of float
        Shortest, mean (by area) and longest lag [h].
    area : float
        [km2]
    """

    times: NDArray[np.datetime64]
    flows: dict[str, NDArray[np.float64]]
    rain: NDArray[np.float64]
    rain_low: NDArray[np.float64]
    rain_high: NDArray[np.float64]
    soil: dict[str, NDArray[np.float64]]
    totals: dict[str, dict[str, float]]
    lag: tuple[float, float, float]
    area: float


def compare_lumped(
    request: Request, celerity: float, watch: Callable[[int, int], None] | None = None, workers: int = 1
) -> Comparison:
    """Configure and run a basin both ways.

    Parameters
    ----------
    request : Request
        With a forcing; its output gets ``divides``, ``lumped``, each a run directory with outputs.
    celerity : float
        Speed of the lag [m s-1].
    watch : function, optional
        See `ngen_config.configure.configure`.
    workers : int
        Processes that share the divides.

    Raises
    ------
    ConfigError, HarnessError
        Something cannot be used.
    """
    if request.forcing is None:
        raise ConfigError("forcing", ["--forcing: needed, both run with it"])
    if not celerity > 0.0:
        raise ConfigError("celerity", [f"{celerity:g} m s-1; expected more than 0"])
    if request.textures is not None:
        raise ConfigError("texture", ["--texture: textures are not averaged here; use soil classes"])
    output = request.output
    with GeoPackage(request.geopackage) as file:
        if NEXUS not in file.layers:
            raise ConfigError(file.path, [f"has no layer '{NEXUS}': without it the ways of the lags are not known"])
        ids = file.ids() if request.catchments is None else list(request.catchments)
        divides = list(file.divides(ids))
        nexuses = {feature.id: feature.downstream for feature in read_nexuses(request.geopackage)}
        # rather now than after the runs
        way = distances(divides, nexuses)
        lags = {name: 1000.0 * length / celerity / _SECONDS for name, length in way.items()}
        for doubt in configure(replace(request, output=output / "divides"), watch).doubts:
            log.warning("%s: %s", request.geopackage, doubt)
        weights = {divide.id: divide.area for divide in divides}
        forcing = read_forcing(request.forcing, ids)
        start, end = request.start or forcing.start, request.end or forcing.end
        _warn_of_late(lags, celerity, (to_epoch(end) - to_epoch(start)) // HOUR + 1)
        (output / "lumped").mkdir(parents=True, exist_ok=True)
        basin = output / "lumped" / "lumped.gpkg"
        write_lumped(file, ids, request.soil, basin)
    write_mean_forcing(forcing, weights, start, end, output / "lumped" / "forcing")
    lumped = replace(
        request,
        geopackage=basin,
        output=output / "lumped" / "run",
        forcing=output / "lumped" / "forcing",
        start=start,
        end=end,
        catchments=None,
    )
    configure(lumped)
    many = _run(replace(request, output=output / "divides"), ids, workers)
    one = _run(lumped, [LUMPED], 1)
    return _compared(many, one, weights, lags)


def _warn_of_late(lags: dict[str, float], celerity: float, hours: int) -> None:
    """Say it where water cannot arrive within the run: a celerity in another unit, or a run that is too short."""
    late = [name for name, lag in lags.items() if lag >= hours]
    if late:
        log.warning(
            "the lags of %d of %d divides, up to %.0f h at %g m s-1, are longer than the run of %d h: their water does "
            "not arrive within it; --celerity is in m s-1 (rivers have 0.3 to 3), or let the run be longer",
            *(len(late), len(lags), max(lags.values()), celerity, hours),
        )


def _run(request: Request, ids: list[str], workers: int) -> RunResult:
    return run(
        request.output / "realization.json",
        request.geopackage,
        ids,
        nexus=request.geopackage,
        cwd=request.output,
        faithful_calls=False,
        workers=workers,
    )


def _compared(many: RunResult, one: RunResult, weights: dict[str, float], lags: dict[str, float]) -> Comparison:
    area = sum(weights.values())
    steps = len(many.times)
    added, lagged, soil, evaporation = (np.zeros(steps) for _ in range(4))
    rains = {name: _column(many, name, "RAIN_RATE") for name in weights}
    for name, size in weights.items():
        flow = _column(many, name, "Q_OUT") * size * 1e3 / _SECONDS
        added += flow
        lagged += delayed(flow, lags[name])
        soil += size / area * _column(many, name, "SOIL_STORAGE")
        evaporation += size / area * _column(many, name, "ACTUAL_ET")
    mean_lag = sum(weights[name] * lags[name] for name in weights) / area
    lumped = _column(one, LUMPED, "Q_OUT") * area * 1e3 / _SECONDS
    rain = np.asarray(sum(weights[name] / area * rains[name] for name in weights))
    table = np.array(list(rains.values()))
    lumped_soil = _column(one, LUMPED, "SOIL_STORAGE")
    to_depth = _SECONDS / (area * 1e3)
    return Comparison(
        times=many.times,
        flows={
            REFERENCE: lagged,
            UNLAGGED: added,
            "lumped, mean lag": delayed(lumped, mean_lag),
            "lumped, no lag": lumped,
        },
        rain=rain,
        rain_low=table.min(axis=0),
        rain_high=table.max(axis=0),
        soil={"divides": soil, "lumped": lumped_soil},
        totals={
            "divides": _totals(rain, evaporation, added * to_depth, soil),
            "lumped": _totals(
                _column(one, LUMPED, "RAIN_RATE"), _column(one, LUMPED, "ACTUAL_ET"), lumped * to_depth, lumped_soil
            ),
        },
        lag=(min(lags.values()), mean_lag, max(lags.values())),
        area=area,
    )


def _totals(
    rain: NDArray[np.float64], evaporation: NDArray[np.float64], runoff: NDArray[np.float64], soil: NDArray[np.float64]
) -> dict[str, float]:
    return {
        "rain": float(rain.sum()),
        "evaporation": float(evaporation.sum()),
        "runoff": float(runoff.sum()),
        "gain of the soil": float(soil[-1] - soil[0]),
    }


def _column(result: RunResult, name: str, column: str) -> NDArray[np.float64]:
    """Output of a catchment [mm]."""
    values = column_of(result.catchments[name], column)
    if values is None:
        raise ConfigError(name, [f"the run has no output {column}"])
    return 1000.0 * values


def why_no_scores(comparison: Comparison) -> str:
    """Why there is nothing to score: no water came to the outlet of the divides; empty where some did."""
    if comparison.flows[REFERENCE].any():
        return ""
    if not comparison.flows[UNLAGGED].any():
        return "no flow: all rain went into the soil, there is nothing to score"
    hours, (low, _, high) = len(comparison.times), comparison.lag
    return (
        f"no flow at the outlet: what ran off has not arrived within the run of {hours} h, with lags of {low:.1f} to "
        f"{high:.1f} h (--celerity), there is nothing to score"
    )


def scores(comparison: Comparison) -> list[dict[str, float | str]]:
    """Every flow against the divides with their lags: NSE, KGE with its parts, volume and peak as ratios."""
    reference = comparison.flows[REFERENCE]
    rows: list[dict[str, float | str]] = []
    for label, flow in comparison.flows.items():
        if label == REFERENCE:
            continue
        parts = kge(flow, reference)
        top = float(reference.max())
        rows.append(
            {
                "flow": label,
                "NSE": nse(flow, reference),
                "KGE": float(parts[0]),
                "correlation": float(parts[1]),
                "variability": float(parts[2]),
                "volume": float(parts[3]),
                "peak": float(flow.max()) / top if top > 0.0 else float("nan"),
                "peak_later_h": float(int(np.argmax(flow)) - int(np.argmax(reference))),
            }
        )
    return rows


def write_tables(comparison: Comparison, output: Path) -> None:
    """Write ``flows.csv`` and ``scores.csv``."""
    labels = list(comparison.flows)
    with whole_file(output / "flows.csv") as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time", "rain [mm]", *(f"{label} [m3 s-1]" for label in labels)])
        for t, time in enumerate(comparison.times):
            row = [comparison.rain[t], *(comparison.flows[label][t] for label in labels)]
            writer.writerow([str(time).replace("T", " "), *(f"{value:.9g}" for value in row)])
    rows = scores(comparison)
    with whole_file(output / "scores.csv") as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        for score in rows:
            table.writerow({key: value if isinstance(value, str) else f"{value:.6g}" for key, value in score.items()})
