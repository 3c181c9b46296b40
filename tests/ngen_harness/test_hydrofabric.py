import json
import sqlite3

import pytest

from ngen_harness.errors import HydrofabricError
from ngen_harness.hydrofabric import Feature, area_km2, drainage_order, read_catchments, read_nexuses


def geojson(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def feature(name, **properties):
    return {"type": "Feature", "id": name, "properties": properties}


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "basin.gpkg"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE divides (fid INTEGER, geom BLOB, divide_id TEXT, id TEXT, toid TEXT, areasqkm REAL, n INT)"
        )
        connection.executemany(
            "INSERT INTO divides VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(1, b"x", "cat-1", "wb-1", "nex-1", 1.5, 7), (2, b"x", "cat-2", "wb-2", "nex-2", 2.5, None)],
        )
        connection.execute("CREATE TABLE nexus (fid INTEGER, geom BLOB, id TEXT, toid TEXT)")
        connection.executemany(
            "INSERT INTO nexus VALUES (?, ?, ?, ?)", [(1, b"x", "nex-1", "wb-2"), (2, b"x", "nex-2", None)]
        )
    connection.close()
    return path


def test_geojson_in_file_order_with_typed_properties(tmp_path):
    path = geojson(tmp_path / "c.geojson", [feature("cat-2", areasqkm="3.5"), feature("cat-1", areasqkm=2)])
    features = read_catchments(path)
    assert [item.id for item in features] == ["cat-2", "cat-1"]
    assert [area_km2(item, "c") for item in features] == [3.5, 2.0]


def test_a_subset_keeps_the_file_order(tmp_path):
    path = geojson(tmp_path / "c.geojson", [feature("cat-3"), feature("cat-1"), feature("cat-2")])
    assert [item.id for item in read_catchments(path, ["cat-2", "cat-3"])] == ["cat-3", "cat-2"]


def test_geopackage(package):
    catchments = read_catchments(package)
    assert [item.id for item in catchments] == ["cat-1", "cat-2"]
    assert dict(catchments[0].properties) == {
        "fid": 1,
        "divide_id": "cat-1",
        "id": "wb-1",
        "toid": "nex-1",
        "areasqkm": 1.5,
        "n": 7,
    }
    assert "n" not in catchments[1].properties  # NULL
    assert [item.id for item in read_nexuses(package)] == ["nex-1", "nex-2"]


def test_nexuses_of_a_geopackage_drain_into_flowpaths(package):
    catchments = read_catchments(package)
    assert drainage_order(catchments, read_nexuses(package)) == ["cat-1", "cat-2"]
    assert drainage_order(catchments[::-1], read_nexuses(package)) == ["cat-1", "cat-2"]


def test_upstream_first_and_later_in_the_file_first():
    chain = [Feature("cat-1", {"toid": "nex-1"}), Feature("cat-2", {"toid": "nex-2"})]
    alone = Feature("cat-3", {"toid": "nex-3"})
    nexuses = [Feature("nex-1", {"toid": "cat-2"}), Feature("nex-2", {}), Feature("nex-3", {})]
    assert drainage_order([*chain, alone], nexuses) == ["cat-3", "cat-1", "cat-2"]
    assert drainage_order([alone, *chain], nexuses) == ["cat-1", "cat-3", "cat-2"]
    assert drainage_order([*chain, alone], []) == ["cat-3", "cat-2", "cat-1"]


def test_a_loop_is_an_error():
    catchments = [Feature("cat-1", {"toid": "nex-1"})]
    with pytest.raises(HydrofabricError, match="loop through"):
        drainage_order(catchments, [Feature("nex-1", {"toid": "cat-1"})])


@pytest.mark.parametrize("properties", [{}, {"areasqkm": "big"}, {"areasqkm": 0}, {"area_sqkm": True}])
def test_an_area_is_needed(properties):
    with pytest.raises(HydrofabricError, match=r"basin.geojson: catchment cat-7.*area"):
        area_km2(Feature("cat-7", properties), "basin.geojson")


def test_unknown_ids_are_named(tmp_path):
    path = geojson(tmp_path / "c.geojson", [feature("cat-1")])
    with pytest.raises(HydrofabricError, match=r"catchment id not in the file: cat-8 .*for example cat-1"):
        read_catchments(path, ["cat-1", "cat-8"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read it as GeoJSON"),
        ("[]", "FeatureCollection"),
        ('{"features": []}', "no catchment in the file"),
        ('{"features": [1]}', r"features\[0\] is not an object"),
        ('{"features": [{"properties": {}}]}', r"features\[0\] has no 'id'"),
        ('{"features": [{"id": "basin-1"}]}', "'basin-1' is no catchment id for ngen"),
        ('{"features": [{"id": "cat-1"}, {"id": "cat-1"}]}', "cat-1 appears twice"),
    ],
)
def test_malformed_geojson(tmp_path, text, message):
    path = tmp_path / "c.geojson"
    path.write_text(text)
    with pytest.raises(HydrofabricError, match=message):
        read_catchments(path)


def test_missing_file_and_missing_layer(tmp_path, package):
    with pytest.raises(HydrofabricError, match="no such file"):
        read_catchments(tmp_path / "nowhere.geojson")
    broken = tmp_path / "broken.gpkg"
    broken.write_text("not a database")
    with pytest.raises(HydrofabricError, match="cannot read the layer 'divides'"):
        read_catchments(broken)
    with sqlite3.connect(package) as connection:
        connection.execute("DROP TABLE nexus")
    connection.close()
    with pytest.raises(HydrofabricError, match="this GeoPackage has no layer 'nexus', but divides; without"):
        read_nexuses(package)
