"""Places, textures, weather and folders."""

import builtins
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import lgar_bmi.config
from hydro_physics.soil_classes import ROSETTA_2001
from ngen_bmi.errors import ConfigError
from ngen_config import configure
from ngen_config.albers import Albers, latitude_longitude
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.folder import whole_folder
from ngen_config.geopackage import GeoPackage, middle_of_box
from ngen_config.texture import read_textures, soils_of_texture
from ngen_config.weather import places, weather

HEADER = "divide_id,sand,silt,clay,thickness\n"


def test_albers_of_snyders_worked_example():
    """Snyder (1987), page 292: Clarke's ellipsoid of 1866, 35 degrees north, 75 degrees west."""
    clarke = Albers(6378206.4, 0.00676866, (29.5, 45.5), (23.0, -96.0))
    latitude, longitude = latitude_longitude(1885472.7, 1535925.0, clarke)
    assert latitude == pytest.approx(35.0, abs=1e-6)
    assert longitude == pytest.approx(-75.0, abs=1e-6)


def test_albers_refuses_what_is_off_the_map():
    assert latitude_longitude(0.0, 0.0) == pytest.approx((23.0, -96.0))
    with pytest.raises(ValueError, match="not a point of the projection"):
        latitude_longitude(0.0, 3e7)


@pytest.mark.parametrize(
    ("name", "texture"),
    [("loam", (40, 40, 20)), ("sand", (92, 5, 3)), ("silt loam", (20, 65, 15)), ("clay", (22, 20, 58))],
)
def test_units_of_rosetta_by_published_class_means(name, texture):
    """A missing logarithm, or cm/d for cm/h (1.4 decades), would be far off; classes spread by less than half one."""
    pytest.importorskip("rosetta")
    (soil,) = soils_of_texture([texture], version=1)
    mean = ROSETTA_2001[name]
    assert abs(np.log10(soil.ks / mean.ks)) < 0.35
    assert abs(np.log10(soil.alpha / mean.alpha)) < 0.35
    assert abs(np.log10(soil.n / mean.n)) < 0.06
    assert soil.theta_e == pytest.approx(mean.theta_e, abs=0.04)


def test_layers_of_texture(tmp_path, request_for):
    pytest.importorskip("rosetta")
    (tmp_path / "t.csv").write_text(
        "divide_id,sand,silt,clay,bulk_density,thickness\ncat-1,65,25,10,1.5,30\ncat-1,40,40,20,,170\ncat-2,20,20,60,,\n"
    )
    layers = read_textures(tmp_path / "t.csv")
    request = request_for(model="lgar", textures=layers, catchments=["cat-1", "cat-2"])
    configure(request)
    first, second = (lgar_bmi.config.load_config(request.output / "lgar" / f"cat-{k}.yml") for k in (1, 2))
    assert first.thickness == (30.0, 170.0)
    assert second.thickness == (200.0,)
    assert first.soils == (layers["cat-1"][0].soil, layers["cat-1"][1].soil)
    assert first.soils[0].ks > first.soils[1].ks > 0.1
    with pytest.raises(ConfigError, match="cat-3: no texture is given"):
        configure(request_for(model="lgar", textures=layers, overwrite=True))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("divide_id,sand,silt\n", "no column clay"),
        (HEADER + "cat-1,0.4,0.4,0.2,10\n", "is it a share, not %"),
        (HEADER + "cat-1,40,40,40,10\n", "sum to 120"),
        (HEADER + "cat-1,40,x,20,10\n", "line 2: silt = 'x'"),
        (HEADER + "cat-1,40,40,20,-5\n", "thickness = '-5'"),
        (HEADER, "has no rows"),
        ("divide_id,sand,silt,clay,colour\n", "unknown column 'colour'"),
    ],
)
def test_bad_textures(text, match, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ConfigError, match=match):
        read_textures(tmp_path / "t.csv")


def test_rosetta_is_named_where_it_is_missing(monkeypatch):
    plain = builtins.__import__

    def without(name, *rest, **more):
        if name == "rosetta":
            raise ModuleNotFoundError(name)
        return plain(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'ngen-arid\[soil\]'"):
        soils_of_texture([(40, 40, 20)])


def test_box_of_a_geometry():
    assert middle_of_box(None) is None
    assert middle_of_box(b"XX" + bytes(60)) is None
    assert middle_of_box(b"GP\x00\x01" + bytes(60)) is None, "a header without a box"


def test_weather_is_that_of_the_columns(table):
    ids, values = table
    assert len(ids) == 6
    rain = values["precip_rate"]
    assert (rain >= 0.0).all()
    assert 3600.0 * rain == pytest.approx(values["APCP_surface"])
    limits = {
        "DLWRF_surface": (150, 500),
        "DSWRF_surface": (0, 1200),
        "PRES_surface": (7e4, 9e4),
        "TMP_2maboveground": (270, 320),
        "SPFH_2maboveground": (0.001, 0.03),
    }
    for name, (low, high) in limits.items():
        assert values[name].min() >= low, name
        assert values[name].max() <= high, name


def test_storms_hit_some_and_miss_others(basin):
    with GeoPackage(basin) as file:
        where = places(file)
    month = weather(where, START, 720)["APCP_surface"]
    assert np.array_equal(month, weather(where, START, 720)["APCP_surface"])
    assert not np.array_equal(month, weather(where, START, 720, seed=1)["APCP_surface"])
    assert 5.0 < month.sum(axis=1).mean() < 400.0
    assert month.sum(axis=1).std() > 0.0


def test_thousands_of_divides_in_bounded_memory(tmp_path, request_for):
    """Divides are read one by one: what is kept is their names."""
    count = 3000
    rows = [example_rows()[0]] * count
    file = write_geopackage(
        tmp_path / "many.gpkg", rows, areas=[1.0] * count, lengths=[1.0] * count, down=[count + 1] * count
    )
    tracemalloc.start()
    done = configure(request_for(geopackage=file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.divides == count
    assert peak < 6e6, f"{peak / count:.0f} bytes for each divide"


def test_folder_is_whole_or_not_at_all(tmp_path):
    def write_half():
        with whole_folder(tmp_path / "run") as folder:
            (folder / "realization.json").write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_replacement_that_fails_leaves_what_was_there(error, tmp_path, monkeypatch):
    run = tmp_path / "run"
    run.mkdir()
    (run / "realization.json").write_text("old")
    (run / "report.txt").write_text("old")
    plain = Path.rename

    def rename(self, target):
        if self.name == "report.txt" and self.parent.name.endswith(".partial"):
            raise error("disk full")
        return plain(self, target)

    def replace():
        with whole_folder(run) as folder:
            (folder / "realization.json").write_text("new")
            (folder / "report.txt").write_text("new")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(error, match="disk full"):
            replace()
    assert {path.name: path.read_text() for path in run.iterdir()} == {"realization.json": "old", "report.txt": "old"}
    assert list(tmp_path.iterdir()) == [run]
    replace()
    assert {path.read_text() for path in run.iterdir()} == {"new"}
