"""Real text configurations, hundreds of them: read without a change, and run two days with a closed balance."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cfe_bmi import BmiCfe
from cfe_bmi.config import load_config
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi.configs import give, imbalance, outputs

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"

FOLDERS = {
    "517 CAMELS basins": DATA / "cfe_configs_517",
    "gauge 01073000": DATA / "ngen" / "gauge_01073000" / "CFE",
    "hydrofabric": DATA / "hydrofabric" / "cat_config" / "CFE",
}

if not FOLDERS["517 CAMELS basins"].is_dir():
    pytest.skip("the real configurations (shared/data) are not there", allow_module_level=True)


THRESHOLD_BELOW_WILTING_POINT = {"06623800", "10336660", "12117000"}
"""Basins with a satpsi so small that drainage would begin in a soil drier than its wilting point: refused."""


def files(name: str) -> list[Path]:
    return sorted(path for path in FOLDERS[name].iterdir() if path.suffix in (".txt", ".ini"))


@pytest.mark.parametrize("name", FOLDERS)
def test_all_are_read_and_keep_their_water_for_two_days(name: str) -> None:
    rng = np.random.default_rng(48)
    forcing = list(zip(rng.exponential(4.0, 48) * (rng.random(48) < 0.5), rng.uniform(0.0, 2e-7, 48), strict=True))
    ignored: Counter[str] = Counter()
    assert files(name)
    for path in files(name):
        if path.name[:8] in THRESHOLD_BELOW_WILTING_POINT:
            continue
        model = BmiCfe()
        model.initialize(str(path))
        ignored.update(line.split(":")[0] for line in model._config.ignored)
        for rain, pet in forcing:
            give(model, rain, pet)
            model.update()
            assert abs(imbalance(model)) <= 1e-13, path.name
        values = outputs(model)
        assert np.isfinite(list(values.values())).all(), path.name
        assert values["Q_OUT"] > 0.0, path.name
    assert not ignored


def test_three_basins_without_a_meaning_are_refused_with_the_reason() -> None:
    refused = {}
    for path in files("517 CAMELS basins"):
        try:
            load_config(path)
        except ConfigError as error:
            refused[path.name[:8]] = error.problems
    assert set(refused) == THRESHOLD_BELOW_WILTING_POINT
    for basin, problems in refused.items():
        assert len(problems) == 1, basin
        assert "the storage threshold" in problems[0]
        assert "wilting point" in problems[0]
