"""Soils of real basins by texture class."""

import pytest

pytest.importorskip("pandas")

from basin_study.dataset import DataError
from basin_study.soil_tables import SoilLayer, read_soil_classes, read_soil_layers
from tests.paths import shared

CLASSES = "gauge_id;sand_frac;soil_texture_class;soil_index\n1013500;27.8;silt loam;12\n5291000;1;unknown;0\n"
LAYERS = "location,a,b\nsoil_index_0_5,8,12\nsoil_index_5_15,8,7\nsoil_index_15_30,7,7\n"


def test_classes_are_names_and_unknown_ones_are_left_out(tmp_path):
    file = tmp_path / "classes.txt"
    file.write_text(CLASSES)
    assert read_soil_classes(file) == {"01013500": "silt loam"}
    file.write_text(CLASSES.replace("loam;12", "loam;3"))
    with pytest.raises(DataError, match="gauge 01013500: soil_index 3 is loam, soil_texture_class is 'silt loam'"):
        read_soil_classes(file)
    file.write_text(CLASSES.replace("loam;12", "loam;0"))
    with pytest.raises(DataError, match="gauge 01013500: soil_index '0': 0 is not a soil class"):
        read_soil_classes(file)


def test_layers_of_one_class_are_one(tmp_path):
    file = tmp_path / "layers.csv"
    file.write_text(LAYERS)
    assert read_soil_layers(file) == {
        "a": (SoilLayer("sandy loam", 0.0, 15.0), SoilLayer("sandy clay loam", 15.0, 30.0)),
        "b": (SoilLayer("silt loam", 0.0, 5.0), SoilLayer("sandy clay loam", 5.0, 30.0)),
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("soil_index_5_15", "soil_index_10_15", "row 'soil_index_10_15'; expected soil_index_5_BOTTOM"),
        ("8,7", "8,99", "row soil_index_5_15, b: 99 is not a soil class"),
        (LAYERS[13:], "", "no layers"),
    ],
)
def test_layers_that_cannot_be_used(tmp_path, old, new, message):
    file = tmp_path / "layers.csv"
    assert old in LAYERS
    file.write_text(LAYERS.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_soil_layers(file)


def test_real_tables():
    classes = read_soil_classes(shared("data", "camels_static", "camels_soil_class.txt"))
    assert len(classes) == 671 - 141
    assert classes["01013500"] == "silt loam"
    layers = read_soil_layers(shared("data", "little_washita", "soil_texture_index.csv"))
    assert layers["location_149"][-1] == SoilLayer("loam", 100.0, 200.0)
    assert [layer.bottom for layer in layers["location_134"]] == [30.0, 100.0, 200.0]
