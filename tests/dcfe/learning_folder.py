"""A folder with everything that learning reads: few basins, few days."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from tests.cfe_bmi import configs

BASINS = ("cat-1", "cat-2", "cat-3", "cat-4")
START = np.datetime64("2000-10-01T00:00", "m")
HOUR = np.timedelta64(60, "m")
HOURS = 20 * 24

CONFIG: dict[str, Any] = {
    "data": {
        "catchments": "configs/{id}.yml",
        "forcing": "forcing/{id}.csv",
        "attributes": "attributes.csv",
        "observed": {"q_out": {"file": "observed/{id}.csv", "unit": "mm h-1"}},
    },
    "periods": {
        "train": {"start": "2000-10-05", "end": "2000-10-11"},
        "test": {"start": "2000-10-11", "end": "2000-10-19"},
    },
    "basins": {"train": ["cat-1", "cat-2"], "test": ["cat-3"]},
    "training": {"warmup_days": 2, "epochs": 2},
}


def config(**changes: Any) -> dict[str, Any]:
    """The configuration with changes, such as ``data__forcing="x"``; None takes a key out."""
    changed = copy.deepcopy(CONFIG)
    for path, value in changes.items():
        *sections, key = path.split("__")
        section = changed
        for name in sections:
            section = section.setdefault(name, {})
        if value is None:
            section.pop(key)
        else:
            section[key] = value
    return changed


def write_config(folder: Path, content: dict[str, Any] | str | None = None, **changes: Any) -> Path:
    """Write LEARNING.yaml."""
    path = folder / "LEARNING.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content or config(**changes), sort_keys=False)
    path.write_text(text)
    return path


def times(count: int = HOURS, start: np.datetime64 = START) -> list[str]:
    """Hours as files hold them."""
    return [str(time).replace("T", " ") + ":00" for time in start + np.arange(count) * HOUR]


def series(row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rain [mm h-1], potential evapotranspiration [m s-1] and discharge [mm h-1] of a basin."""
    rng = np.random.default_rng(row)
    rain = np.round(rng.exponential(4.0, HOURS) * (rng.random(HOURS) < 0.2), 3)
    return rain, np.full(HOURS, 1e-8 * (row + 1)), np.round(rng.exponential(0.1, HOURS), 5)


def write_series(path: Path, header: str, *columns: Any, start: np.datetime64 = START) -> None:
    """Write columns beside the time."""
    cells = [[f"{x!r}" if isinstance(x, float) else x for x in np.asarray(column).tolist()] for column in columns]
    rows = zip(times(len(cells[0]), start), *cells, strict=True)
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")


def write_all(folder: Path) -> Path:
    """Write all files; returns the path of LEARNING.yaml."""
    for name in ("configs", "forcing", "observed"):
        (folder / name).mkdir()
    for row, basin in enumerate(BASINS):
        given = configs.cat_87({"refkdt": 2.0 + row / 10})
        given["giuh_ordinates"] = [[0.5, 0.5], [0.25, 0.5, 0.25]][row % 2]
        configs.write(folder / "configs", given, f"{basin}.yml")
        rain, pet, flow = series(row)
        write_series(folder / "forcing" / f"{basin}.csv", "time,P(mm/h),PET[m s-1]", rain, pet)
        write_series(folder / "observed" / f"{basin}.csv", "time,flow", flow)
    lines = [f"{basin},{row},{row / 10},{10.0 * (row + 1)},word" for row, basin in enumerate(BASINS)]
    (folder / "attributes.csv").write_text("\n".join(["id,a,b,area,kind", *lines]) + "\n")
    return write_config(folder, data__attributes={"file": "attributes.csv", "columns": ["a", "b"]})
