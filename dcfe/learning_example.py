"""A complete small example of learning: synthetic basins, whose true parameters are known, as files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.config_write import configuration_text
from dcfe.synthetic import RANGES, YEAR, SyntheticBasins, SyntheticSettings, generate
from ngen_bmi.files import whole_file

NAME = "LEARNING.yaml"
FORCING_HEADER = ("time", "precip_rate[mm h-1]", "PET[m s-1]")
"""Columns that both ngen and the standalone driver of CFE read."""

LEARNED = ("refkdt", "slope", "Klf", "Kn", "max_gw_storage", "Cgw")
"""Parameters to learn. The configurations hold true values of the others, as if soil maps had told them."""


_CONFIGURATION = """\
# Learn parameters of CFE from attributes of basins, hourly forcing and observed discharge.
# Run it:  ngen-arid learn {name}
# The basins are synthetic: true parameters are known (truth.csv), and the configurations have those that are not
# learned. Paths begin in this file's folder.

data:
  catchments: configs/{{id}}.yml        # CFE, YAML or NOAA-OWP's text: schemes, unit hydrograph, values to hold
  forcing: forcing/{{id}}.csv           # time, rain and potential evapotranspiration, hour by hour
  attributes: attributes.csv          # or {{file: ..., id: gauge_id, columns: [p_mean, ...], area: area_km2}}
  observed:
    q_out:                            # an output of CFE; several may be given
      file: observed/{{id}}.csv
      column: discharge
      unit: mm h-1                    # mm h-1, mm, m (per hour), or m3 s-1 with attributes.area; storages: m, mm
  truth: truth.csv                    # only where true parameters are known

periods:                              # from start up to, but not including, end
  train: {{start: {train}, end: {middle}}}
  test: {{start: {middle}, end: {end}}}

basins: {{train: 0.75, test: 0.25, seed: 0}}    # shares drawn at random, or lists of names

learn:
  mode: static                        # static, dynamic (day by day), operational_average (dynamic only in training)
  network: {{kind: mlp, hidden: [32, 32]}}      # mlp, linear, lstm (for the other modes), point (each basin alone)
  parameters:                         # names, with bounds or without; or the word identifiable
{parameters}
training:
  loss:                               # or one word: nse, kge, kge2012
    - {{output: q_out, kind: nse}}
    - {{output: q_out, kind: nse, transform: sqrt, weight: 0.5}}
  epochs: 150
  learning_rate: 0.01
  schedule: cosine
  warmup_days: 90                     # run before what is compared
  seed: 0

output: results
"""


def write_example(folder: Path, basins: int = 40, years: int = 2, seed: int = 0) -> Path:
    """Write an example into a folder that is empty or does not exist.

    Parameters
    ----------
    folder : Path
    basins : int
        At least 4.
    years : int
        At least 2: the first to learn from, the last to test with.
    seed : int

    Returns
    -------
    Path
        The configuration.

    Raises
    ------
    ValueError
        When there are too few basins or years.
    FileExistsError
        When there is something in the folder.
    """
    if basins < 4 or years < 2:
        raise ValueError(f"{basins} basins over {years} years are too few; expected at least 4 over 2")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not an empty folder: give another one")
    synthetic = generate(SyntheticSettings(basins=basins, steps=years * YEAR, seed=seed))
    for name in ("configs", "forcing", "observed"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    data = synthetic.data
    times = [str(time).replace("T", " ") + ":00" for time in data.times]
    for row, basin in enumerate(data.ids):
        _write_configuration(folder / "configs" / f"{basin}.yml", synthetic, row)
        forcing = zip(times, _cells(data.rain[row].numpy(), 9), _cells(data.pet[row].numpy(), 9), strict=True)
        _write_rows(folder / "forcing" / f"{basin}.csv", FORCING_HEADER, forcing)
        observed = _cells(1000.0 * data.observed["q_out"][row].numpy(), 6)
        _write_rows(folder / "observed" / f"{basin}.csv", ("time", "discharge"), zip(times, observed, strict=True))
    rows = ((basin, *_cells(values, 9)) for basin, values in zip(data.ids, data.attributes.numpy(), strict=True))
    _write_rows(folder / "attributes.csv", ("basin", *data.attribute_names), rows)
    truth = np.array([synthetic.truth[name] for name in RANGES]).T
    rows = ((basin, *_cells(values, 9)) for basin, values in zip(data.ids, truth, strict=True))
    _write_rows(folder / "truth.csv", ("basin", *RANGES), rows)
    path = folder / NAME
    with whole_file(path) as partial:
        partial.write_text(_configuration(synthetic), encoding="utf-8")
    return path


def _configuration(synthetic: SyntheticBasins) -> str:
    times = synthetic.data.times
    bounds = synthetic.bounds.by_name
    lines = [
        f"    {name}: {{bounds: [{bound.low!r}, {bound.high!r}], scale: {bound.scale}}}\n"
        for name, bound in ((name, bounds[name]) for name in LEARNED)
    ]
    middle = times[0] + (len(times) - YEAR) * np.timedelta64(60, "m")
    end = times[-1] + np.timedelta64(60, "m")
    days = {key: str(time)[:10] for key, time in (("train", times[0]), ("middle", middle), ("end", end))}
    return _CONFIGURATION.format(name=NAME, parameters="".join(lines), **days)


def _write_configuration(path: Path, synthetic: SyntheticBasins, row: int) -> None:
    data = synthetic.data
    truth = {name: float(values[row]) for name, values in synthetic.truth.items()}
    values = {name: float(data.parameters[name][row]) if name in LEARNED else truth[name] for name in truth}
    config = CfeConfig(
        source="the synthetic basins",
        name=data.ids[row],
        options=data.options,
        parameters=CfeParameters(**values),
        soil_storage=float(data.soil_storage[row]),
        gw_storage=float(data.gw_storage[row]),
        giuh_ordinates=tuple(data.ordinates[row].tolist()),
        lateral=(0.0,) * data.lateral,
        surface=(0.0,) * data.surface,
    )
    with whole_file(path) as partial:
        partial.write_text(configuration_text(data.ids[row], config, values, "Learned parameters"), encoding="utf-8")


def _cells(values: np.ndarray, digits: int) -> list[str]:
    return [f"{value:.{digits}g}" for value in values.tolist()]


def _write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
