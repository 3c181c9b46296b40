"""Sources by name, and basins put together."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.csv_series import read_series
from basin_study.dataset import DataError, make_dataset
from basin_study.sources import KINDS, open_source, read_many


class TwoBasins:
    """Two basins whose hours overlap by `common`."""

    name = "two"

    def __init__(self, common):
        self.common = common

    def basins(self):
        return ("a", "b")

    def read(self, basin, period=None):
        first = np.datetime64("2000-01-01", "s") + (basin == "b") * (48 - self.common) * np.timedelta64(3600, "s")
        series = {name: np.ones((1, 48)) for name in ("precipitation", "potential_evapotranspiration")}
        data = make_dataset([basin], first + np.arange(48) * np.timedelta64(3600, "s"), series, source=basin)
        data.attrs["observation_hours"] = 24
        return data


def test_basins_together_have_the_hours_that_all_have():
    data = read_many(TwoBasins(10))
    assert dict(data.sizes) == {"basin": 2, "time": 10}
    assert data.attrs["observation_hours"] == 24
    assert "source" not in data.attrs
    with pytest.raises(DataError, match="the basins have no hours in common"):
        read_many(TwoBasins(0))
    with pytest.raises(DataError, match="two: no basins"):
        read_many(TwoBasins(10), [])


def test_every_kind_has_a_class():
    for kind in KINDS:
        with pytest.raises(DataError, match=f"data of kind {kind}: .*no option 'nonsense'"):
            open_source(kind, nonsense=1)
    with pytest.raises(DataError, match="no kind 'camels'; known: camels_daily"):
        open_source("camels")


def test_importing_needs_no_library_of_the_extra():
    code = (
        "import sys\n"
        "for name in ('xarray', 'pandas', 'scipy', 'netCDF4', 'pyet', 'matplotlib', 'spotpy', 'torch'):\n"
        "    sys.modules[name] = None\n"
        "import basin_study.sources, basin_study.selection, basin_study.screen, basin_study.cfe_configs\n"
        + "".join(f"import {kind.home.split(':')[0]}\n" for kind in KINDS.values())
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["2000-01-01 00:30:00,1", "2000-01-01 01:30:00,1"],
            "time 2000-01-01T00:30:00, the first, is not a whole hour",
        ),
        (["2000-01-01 00:00:00,1", "2000-01-01 00:30:00,1"], "2000-01-01T00:30:00 is not a whole hour later"),
        (["2000-01-01 01:00:00,1", "2000-01-01 00:00:00,1"], "2000-01-01T00:00:00 is out of order"),
    ],
)
def test_times_between_hours_are_refused_even_where_gaps_are_fine(tmp_path, rows, message):
    file = tmp_path / "series.csv"
    file.write_text("\n".join(["time,q", *rows]) + "\n")
    with pytest.raises(DataError, match=message):
        read_series(file, "time", ("q",), gaps=True)


def test_offsets_from_utc_are_applied(tmp_path):
    file = tmp_path / "series.csv"
    file.write_text("time,q\n2000-01-01 00:00:00-06:00,1\n2000-01-01 01:00:00-06:00,\n")
    table = read_series(file, "time", ("q",))
    assert str(table.index[0]) == "2000-01-01 06:00:00"
    assert np.isnan(table["q"].iloc[1])
