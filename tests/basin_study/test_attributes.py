"""Attributes of CAMELS, of Table S3, and lists of gauges."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.attribute_tables import require_attributes
from basin_study.camels_attributes import read_basin_list, read_camels_attributes, read_static_attributes
from basin_study.dataset import DataError
from tests.basin_study.daily_files import write_attributes
from tests.paths import shared


def test_all_real_tables():
    table = read_camels_attributes(shared("data", "camels_attributes_v2.0"))
    assert table.sizes["basin"] == 671
    assert (table["aridity"].values > 1.0).sum() == 235
    row = table.sel(basin="01013500")
    assert float(row["area"]) == 2252.7
    assert str(row["huc_02"].values) == "01"
    assert np.isnan(float(row["root_depth_50"]))
    assert table["soil_conductivity"].attrs["units"] == "cm h-1"
    assert (
        float(read_camels_attributes(shared("data", "camels_attributes_v2.0"), "area_geospa_fabric")["area"][0]) > 2300
    )


def test_real_static_table_and_lists():
    folder = shared("data", "camels_static")
    table = read_static_attributes(folder / "lumped_soil_attributes_516.csv")
    gauges = read_basin_list(folder / "camels_basin_list_516.txt")
    assert set(table["basin"].values) == set(gauges)
    assert len(gauges) == 516
    np.testing.assert_allclose(table["latitude"].sel(basin="01022500"), 44.79691)
    lost = read_basin_list(folder / "semiarid_subset_of_CAMELS.txt")
    assert len(lost) == 54
    assert lost[0] == "06332515"


def test_tables_that_do_not_belong_together_are_refused(tmp_path):
    with pytest.raises(DataError, match="aridity of gauge 01013500 is 1.4, pet_mean / p_mean is 1.5"):
        read_camels_attributes(write_attributes(tmp_path, ["01013500"], aridity=1.4))


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("clim", "frac_snow", "snow", "no attribute frac_snow in camels_clim.txt, camels_topo.txt"),
        ("clim", "gauge_id", "gauge", "no column gauge_id"),
        ("clim", ";2.0;", ";two;", "p_mean of gauge 01013500 is 'two'; expected a number or NA"),
        ("topo", "05291000", "01013500", "gauge 01013500 is there more than once"),
    ],
)
def test_bad_tables_are_refused(tmp_path, table, old, new, message):
    folder = write_attributes(tmp_path, ["01013500", "05291000"])
    file = folder / f"camels_{table}.txt"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        read_camels_attributes(folder)


def test_missing_attributes_are_named_with_their_basins(tmp_path):
    folder = write_attributes(tmp_path, ["01013500", "05291000"])
    file = folder / "camels_clim.txt"
    file.write_text(file.read_text().replace("05291000;2.0;3.0;0.1", "05291000;2.0;3.0;NA"))
    table = read_camels_attributes(folder)
    with pytest.raises(DataError) as error:
        require_attributes(table, ["frac_snow", "glaciers", "area"], ["01013500", "05291000", "9"])
    text = str(error.value)
    assert "no frac_snow of basin 05291000, 9" in text
    assert "no attribute glaciers" in text
    assert "no area of basin 9" in text


def test_lists_that_cannot_be_used(tmp_path):
    file = tmp_path / "list.txt"
    with pytest.raises(DataError, match="no list of basins"):
        read_basin_list(file)
    file.write_text("gauge_id\n")
    with pytest.raises(DataError, match="no basins in the list"):
        read_basin_list(file)
    file.write_text("1013500\n01013500\n")
    with pytest.raises(DataError, match="01013500 more than once"):
        read_basin_list(file)
