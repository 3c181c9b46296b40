"""Basin selection: each filter with what it leaves out."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.attribute_tables import attribute_dataset
from basin_study.camels_attributes import read_basin_list, read_camels_attributes
from basin_study.dataset import DataError, Period
from basin_study.selection import select_basins, with_observations
from basin_study.sources import open_source
from tests.basin_study.daily_files import daily_folder
from tests.paths import shared

PERIOD = Period("1999-12-20", "2000-01-20")


def table():
    values = {
        "area": [100.0, 2500.0, 300.0, 400.0, 2000.0],
        "area_gages2": [100.0, 2500.0, 300.0, 400.0, 2000.0],
        "area_geospa_fabric": [110.0, 3000.0, 269.0, 401.0, 2000.0],
    }
    return attribute_dataset(["a", "b", "c", "d", "e"], values, source="table")


def test_filters_come_one_after_the_other_and_count():
    selection = select_basins(table(), listed=["a", "b", "e", "z"])
    assert selection.basins == ("a", "e")
    rows = selection.table()
    assert rows["filter"].tolist() == ["area discrepancy", "area", "list of gauges"]
    assert rows[["before", "removed", "left"]].to_numpy().tolist() == [[5, 2, 3], [3, 0, 3], [3, 1, 2]]
    # too large as well, but already left out
    assert selection.steps[0].removed == {"b": "0.200", "c": "0.103"}
    assert rows["basins removed"].tolist() == ["b c", "", "d"]


def test_filters_can_be_left_out_or_moved():
    assert select_basins(table(), largest_discrepancy=None, largest_area=None).basins == ("a", "b", "c", "d", "e")
    assert select_basins(table(), ["d", "c"], largest_discrepancy=0.2, largest_area=350.0).basins == ("c",)


def test_an_attribute_that_is_missing_is_no_reason_to_keep_or_leave_out():
    broken = table()
    broken["area_geospa_fabric"][3] = np.nan
    with pytest.raises(
        DataError, match="table: 2 problems\n.*gages2 of basin x\n.*no area_geospa_fabric of basin d, x"
    ):
        select_basins(broken, ["a", "d", "x"], largest_area=None)


def test_data_that_fail_or_are_scarce_leave_basins_out(tmp_path):
    gauges = ("01013500", "05291000", "06221400")
    source = open_source("camels_daily", daily_folder(tmp_path, gauges))
    forcing = next(tmp_path.rglob("05291000_lump*"))
    forcing.write_text(forcing.read_text().replace("1999 12 25", "1999 12 24"))
    flow = next(tmp_path.rglob("06221400_stream*"))
    flow.write_text("\n".join(flow.read_text().splitlines()[-15:]))
    start = select_basins(source.attributes(), gauges)
    selection = with_observations(start, source, PERIOD, 0.9)
    assert selection.basins == ("01013500",)
    failed, scarce = selection.steps[-2:]
    assert "1999-12-24 is there twice" in failed.removed["05291000"]
    # the last 15 of 45 days from the 18th on begin on the 17th: 3 of 31 days
    assert scarce.removed == {"06221400": f"{3 / 31:.3f}"}


def test_the_real_671_basins():
    attributes = read_camels_attributes(shared("data", "camels_attributes_v2.0"))
    listed = read_basin_list(shared("data", "camels_static", "camels_basin_list_516.txt"))
    selection = select_basins(attributes, listed=listed)
    assert [(step.before, step.left) for step in selection.steps] == [(671, 609), (609, 558), (558, 513)]
    # three gauges of the published list have areas that differ by more than a tenth in these tables
    assert set(listed) - set(selection.basins) == {"01162500", "01466500", "02300700"}
