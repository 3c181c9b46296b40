"""Small data sets of one basin."""

from __future__ import annotations

import numpy as np

from basin_study.dataset import HOUR, PET, PRECIPITATION, STREAMFLOW, make_dataset
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import CfeOptions
from ngen_arid.__main__ import main

CONFIG = CfeConfig("example", "a", CfeOptions(), CAT_87, 0.5, 0.1, (0.06, 0.51, 0.28, 0.12, 0.03))


def weather(steps: int, seed: int = 0):  # type: ignore[no-untyped-def]
    """Storms and a daily cycle [mm h-1]."""
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(steps) < 0.05, rng.gamma(0.6, 6.0, steps), 0.0)
    pet = 0.5 * np.clip(np.sin(np.arange(steps) / 24.0 * 2.0 * np.pi), 0.0, None)
    return rain, pet


def basin_data(steps: int = 24 * 60, seed: int = 0, flow=None, start: str = "2000-01-01"):  # type: ignore[no-untyped-def]
    """One basin; its flow is drawn at random if it is not given."""
    rain, pet = weather(steps, seed)
    flow = np.random.default_rng(seed + 1).gamma(0.5, 0.2, steps) if flow is None else flow
    times = np.datetime64(start, "s") + np.arange(steps) * HOUR
    return make_dataset(["a"], times, {PRECIPITATION: rain[None], PET: pet[None], STREAMFLOW: np.asarray(flow)[None]})


def refused(path, capsys, *parts, command="calibrate", extra=("--workers", "0")):  # type: ignore[no-untyped-def]
    """The command fails with one message that has all parts, and leaves no result."""
    assert main([command, str(path), *(extra if command == "calibrate" else ())]) in (1, 2)
    message = capsys.readouterr().err
    for part in parts:
        assert part in message, message
    assert message.count(f"ngen-arid {command}: ") == 1, message
    left = path.parent / "out"
    assert not left.is_dir() or [p.name for p in left.rglob("*") if p.is_file()] == []
