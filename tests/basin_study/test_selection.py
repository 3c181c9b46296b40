"""Basin selection: each filter with what it leaves out."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.attribute_tables import attribute_dataset
from basin_study.camels_attributes import read_basin_list, read_camels_attributes
from basin_study.dataset import DataError, Period
from basin_study.selection import select_basins, selected, with_observations
from basin_study.selection_report import SHOWN, selection_sections, write_selection
from basin_study.sources import open_source
from basin_study.study_settings import SelectionSettings
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


class Attributes:
    """A source that has attributes, and series that say how much of them is observed."""

    name = "table"

    def __init__(self):
        self.reads = []

    def attributes(self):
        return table()

    def read(self, basin, period=None):
        self.reads.append((basin, str(period)))
        return table().assign_attrs(observed_share={"a": 0.3, "d": 0.8, "e": 0.6}[basin])


PERIODS = {"calibration": Period("2000-10-01", "2001-10-01"), "test": Period("2003-10-01", "2004-10-01")}


@pytest.mark.parametrize(
    ("settings", "left", "filters"),
    [
        ({}, "abcde", []),
        ({"area_discrepancy": 0.1}, "ade", ["area discrepancy"]),
        ({"area_discrepancy": 0.005}, "de", ["area discrepancy"]),
        ({"max_area": 350.0}, "ac", ["area"]),
        ({"listed": ("a", "e", "z")}, "ae", ["list of gauges"]),
        (
            {"area_discrepancy": 0.1, "observed": {"calibration": 0.5, "test": 0.7}},
            "d",
            ["area discrepancy", "data", "observed share", "data", "observed share"],
        ),
    ],
)
def test_filters_of_a_study_file_are_those_of_the_report(settings, left, filters):
    source = Attributes()
    found = selected(SelectionSettings(**settings), source, list("abcde"), PERIODS)
    assert "".join(found.basins) == left
    assert [step.name for step in found.steps] == filters
    if "observed" in settings:
        # the second period is read for those that passed the first one
        assert source.reads == [(b, str(PERIODS["calibration"])) for b in "ade"] + [
            (b, str(PERIODS["test"])) for b in "de"
        ]
    else:
        assert source.reads == []


def test_a_list_alone_needs_no_attributes():
    # basin x has none
    assert selected(SelectionSettings(listed=("a", "x")), Attributes(), ["x", "b"], PERIODS).basins == ("x",)
    with pytest.raises(DataError, match="selection: table: 1 problems\n.*no area of basin x"):
        selected(SelectionSettings(max_area=1.0), Attributes(), ["x", "b"], PERIODS)


def test_filters_that_leave_nothing_say_what_each_did():
    with pytest.raises(DataError) as error:
        selected(SelectionSettings(area_discrepancy=0.1, max_area=50.0), Attributes(), list("abc"), PERIODS)
    assert str(error.value).splitlines() == [
        "selection: no basin is left:",
        "  - area discrepancy (|area_geospa_fabric - area_gages2| / area_gages2 <= 0.1): "
        "2 of 3 basins left out, 1 stay",
        "  - area (area <= 50 km2): 1 of 1 basins left out, 0 stay",
    ]


def test_what_is_left_out_is_a_table_beside_the_results_and_a_section(tmp_path):
    names = tuple(f"{k:03d}" for k in range(40))
    found = selected(SelectionSettings(listed=names[:10]), Attributes(), names, PERIODS)
    (path,) = write_selection(found, tmp_path / "out")
    assert path.read_text().splitlines() == [
        "filter,condition,before,removed,left,basins removed",
        f"list of gauges,in the list of 10,40,30,10,{' '.join(names[10:])}",
    ]
    (section,) = selection_sections(found)
    assert "10 of 40 basins stay" in section.text
    assert section.table["removed"].tolist() == [30]
    assert section.table["basins removed"][0].endswith(f"and {30 - SHOWN} more")
    # without filters there is neither, nor what a former run left
    nothing = selected(SelectionSettings(), Attributes(), names, PERIODS)
    assert write_selection(nothing, tmp_path / "out") == []
    assert not path.exists()
    assert selection_sections(nothing) == []
