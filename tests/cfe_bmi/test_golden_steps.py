"""Six steps of catchment 87 against numbers printed by the C library (NOAA-OWP/cfe a349a95, %.17g).

The tables and the set-up are those of the project's CFE specification, section "Golden values (from the C library)".
"""

from pathlib import Path
from typing import Any

import pytest

from tests.cfe_bmi.configs import FORCING, XINANJIANG, cat_87, component, give, imbalance, nash_87, read

COLUMNS = (
    "INFILTRATION_EXCESS",
    "DIRECT_RUNOFF",
    "NASH_LATERAL_RUNOFF",
    "DEEP_GW_TO_CHANNEL_FLUX",
    "ACTUAL_ET",
    "SOIL_STORAGE",
    "GW_STORAGE",
)

# fmt: off
SCHAAKE_GIUH = (
    (0, 0, 0, 2.0113566233139646e-05, 0.00035999999999999997, 0.51313153326078331, 0.031238158515858754),
    (0.0012412297210434419, 7.4473783262606511e-05, 0, 2.010501391456782e-05, 7.2000000000000002e-05,
     0.52092301425221998, 0.031228816418822157),
    (0.00012676488107320671, 0.00064063305059654772, 6.1184039141227359e-07, 2.0097034505770966e-05, 0,
     0.52284972415199393, 0.031220098245203762),
    (0, 0.00041219441123949922, 1.983044092917613e-06, 2.0088685875676015e-05, 0.00043199999999999998,
     0.52155561252810756, 0.031210974709618797),
    (0.0067293217087902556, 0.00058820103575312626, 4.1130566384191933e-06, 2.0085287320138017e-05, 0,
     0.53846452970509218, 0.031207260132731996),
    (0, 0.0034844027488431187, 6.9245155177431103e-06, 2.0081350909586897e-05, 0.00054000000000000001,
     0.53661203106352073, 0.031202957272617061),
)
XINANJIANG_NASH = (
    (0, 0, 0, 2.0113566233139646e-05, 0.00035999999999999997, 0.51313153326078331, 0.031238158515858754),
    (0.00039985951067351278, 0, 0, 2.010525352664552e-05, 7.2000000000000002e-05, 0.52174298961887755,
     0.031229078186860913),
    (0.00016179415088341708, 0, 6.1184039141227359e-07, 2.0097497346304064e-05, 0, 0.52361489831505825,
     0.031220603987250746),
    (0, 0, 2.0024233570326315e-06, 2.0089474757377237e-05, 0.00043199999999999998, 0.52267324935499515,
     0.031211836899591207),
    (0.0013853596388504891, 0.00013004513013636736, 4.1687320593795825e-06, 2.0087914719753683e-05, 0,
     0.54476029952487359, 0.031210131875349593),
    (0, 0.00011380465671927411, 7.0407147255641715e-06, 2.0085921349631099e-05, 0.00054000000000000001,
     0.54327156241846941, 0.031207953143873871),
)
# fmt: on


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param(cat_87(), SCHAAKE_GIUH, id="schaake-giuh"),
        pytest.param(nash_87(XINANJIANG, partitioning="xinanjiang"), XINANJIANG_NASH, id="xinanjiang-nash"),
    ],
)
def test_six_steps_equal_the_c_library(
    tmp_path: Path, config: dict[str, Any], expected: tuple[tuple[float, ...], ...]
) -> None:
    model = component(tmp_path, config)
    for (rain, pet), row in zip(FORCING, expected, strict=True):
        give(model, rain, pet)
        model.update()
        for name, value in zip(COLUMNS, row, strict=True):
            assert abs(read(model, name) - value) <= 1e-15, name
        assert read(model, "RAIN_RATE") == rain / 1000.0
        assert abs(imbalance(model)) <= 1e-15
