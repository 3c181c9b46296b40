"""Input that cannot be used: one clear error each, and nothing half-written."""

import shutil
import sqlite3
from contextlib import closing

import pytest
import yaml

from ngen_arid.__main__ import main
from ngen_bmi.errors import ConfigError
from ngen_config import Request, configure
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.forcing import read_forcing
from ngen_config.geopackage import GeoPackage
from ngen_config.realization import MODELS
from ngen_config.request import NO_PET
from ngen_config.weather import places
from ngen_config.weather_files import write_csv_files, write_netcdf


def spoil(path, *statements):
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def refused(request, match):
    """The error, once it is sure that nothing was left behind."""
    before = sorted(request.output.parent.iterdir())
    with pytest.raises(ConfigError, match=match) as caught:
        configure(request)
    assert sorted(request.output.parent.iterdir()) == before, "something half-written is left"
    return caught.value


def test_no_file_and_no_geopackage(tmp_path, request_for):
    refused(request_for(geopackage=tmp_path / "gone.gpkg"), r"gone\.gpkg.*\n.*No such file")
    (tmp_path / "text.gpkg").write_text("divide_id,areasqkm\n")
    refused(request_for(geopackage=tmp_path / "text.gpkg"), "is no GeoPackage")
    (tmp_path / "broken.gpkg").write_bytes(b"SQLite format 3\0" + bytes(200))
    refused(request_for(geopackage=tmp_path / "broken.gpkg"), r"broken\.gpkg")
    spoil(tmp_path / "other.gpkg", "CREATE TABLE divides (divide_id TEXT)")
    refused(request_for(geopackage=tmp_path / "other.gpkg"), "no table gpkg_contents")


@pytest.mark.parametrize(
    ("statement", "match"),
    [
        ("DROP TABLE divides", "no layer 'divides'.*divide-attributes, nexus"),
        ('DROP TABLE "divide-attributes"', "no layer 'divide-attributes'.*--missing defaults"),
        ("ALTER TABLE divides RENAME areasqkm TO size", "no column areasqkm"),
        ("ALTER TABLE divides RENAME divide_id TO name", "no column divide_id"),
        ('ALTER TABLE "divide-attributes" RENAME "mean.Zmax" TO zmax', r"no column mean\.Zmax"),
        ("DELETE FROM divides", "is empty"),
        ("UPDATE divides SET divide_id = 'cat-1'", "row 2: cat-1 appears twice"),
        ("UPDATE divides SET divide_id = 'wb-4' WHERE fid = 4", "row 4: divide_id is 'wb-4'"),
        ("UPDATE divides SET divide_id = NULL WHERE fid = 4", "row 4: divide_id is None"),
        *(
            (f"UPDATE divides SET divide_id = {spelt} WHERE fid = 4", f"layer 'divides', row 4: divide_id is {shown}")
            for spelt, shown in (
                ("'cat-'", "'cat-'"),
                ("'cat-2\"'", "'cat-2\"'"),
                ("'cat-4' || char(10)", r"'cat-4\\n'"),
                ("'cat-../../evil'", "'cat-../../evil'"),
                ("'cat-4.5'", "'cat-4.5'"),
                ("'cat-\u0664'", "'cat-\u0664'"),
            )
        ),
        ("UPDATE divides SET areasqkm = -1 WHERE fid = 2", "cat-2: areasqkm is -1.0"),
        ("UPDATE divides SET areasqkm = NULL WHERE fid = 2", "cat-2: areasqkm is None"),
        ('DELETE FROM "divide-attributes" WHERE fid = 5', "cat-5: no row in 'divide-attributes'"),
        (
            "UPDATE \"divide-attributes\" SET divide_id = 'cat-1' WHERE fid = 2",
            "two rows for cat-1",
        ),
        (
            "UPDATE gpkg_geometry_columns SET srs_id = 4326 WHERE table_name = 'nexus'",
            "layer 'nexus' is in EPSG:4326 by gpkg_geometry_columns, but in EPSG:5070 by gpkg_contents",
        ),
        (
            "UPDATE gpkg_contents SET srs_id = 4326 WHERE table_name = 'divides'",
            "layer 'divides' is in EPSG:5070 by gpkg_geometry_columns, but in EPSG:4326 by gpkg_contents",
        ),
    ],
)
def test_layers_and_columns(statement, match, basin, request_for):
    spoil(basin, statement)
    refused(request_for(), match)


@pytest.mark.parametrize("without", ["DROP TABLE gpkg_geometry_columns", "UPDATE gpkg_contents SET srs_id = NULL", ""])
def test_layers_in_different_coordinates(without, basin, request_for):
    """By whichever table says it; the standard lets gpkg_contents leave it out."""
    spoil(
        basin,
        "UPDATE gpkg_contents SET srs_id = 4326 WHERE table_name = 'nexus'",
        "UPDATE gpkg_geometry_columns SET srs_id = 4326 WHERE table_name = 'nexus'",
        *([without] if without else []),
    )
    refused(request_for(), r"different coordinate systems \(divides in EPSG:5070, nexus in EPSG:4326\)")


@pytest.mark.parametrize("model", ["cfe_classic", "lgar"])
def test_every_missing_attribute_is_named(model, basin, request_for):
    names = ("mode.ISLTYP",) if model == "lgar" else ("mean.slope_1km", "mode.Expon")
    spoil(basin, *(f'ALTER TABLE "divide-attributes" DROP COLUMN "{name}"' for name in names))
    error = refused(request_for(model=model), "no column")
    assert len(error.problems) == len(names)
    for name, problem in zip(names, error.problems, strict=True):
        assert f"layer 'divide-attributes': no column {name}: use hydrofabric v2.2" in problem


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("mean.Zmax", 0.05, r"cat-2: mean\.Zmax is 0\.05; expected 1 to 100000 \[mm\]: is it in another unit"),
        ("mean.smcmax_soil_layers_stag=2", 43.0, "expected 0.01 to 1"),
        ("geom_mean.dksat_soil_layers_stag=2", 1.9, r"\[m s-1\]"),
        ("geom_mean.dksat_soil_layers_stag=2", 3600.0 * 9.74e-7, r"expected 0 to 0\.001 \[m s-1\]: is it in another"),
        ("mean.slope_1km", 87.0, "mean.slope_1km is 87"),
        ("mode.Expon", "three", "mode.Expon is 'three'"),
        ("mean.smcwlt_soil_layers_stag=2", 0.43, "not above the storage at the wilting point"),
        ("giuh", "[0.5, 0.2]", "cat-2: giuh: the shares sum to 0.7"),
        ("giuh", '[{"v": 0, "frequency": 1.0}]', "v = 0 is not the number of an hour"),
        ("giuh", "none", "is no JSON text"),
    ],
)
def test_values_in_another_unit_and_no_values(column, value, match, tmp_path, request_for):
    rows = example_rows()
    rows[1][column] = value
    request = request_for(geopackage=write_geopackage(tmp_path / "odd.gpkg", rows))
    error = refused(request, match)
    assert all("cat-2" in problem for problem in error.problems)


@pytest.mark.parametrize("model", ["cfe_ode", "lgar"])
@pytest.mark.parametrize("number", [17.0, 0.0, -9999.0, 2.5, "loam"])
def test_unknown_soil_class(number, model, tmp_path, request_for):
    """CFE takes nothing from the class where no attribute is NULL, and refuses it nevertheless."""
    rows = example_rows()
    rows[4]["mode.ISLTYP"] = number
    request = request_for(geopackage=write_geopackage(tmp_path / "odd.gpkg", rows), model=model)
    error = refused(
        request, r"cat-5: mode\.ISLTYP is .*; expected the number of a class: 1 sand, 2 loamy sand, .*12 clay"
    )
    assert len(error.problems) == 1
    assert "16 other, land ice" in error.problems[0]
    assert "unit" not in error.problems[0]


def test_unknown_name_of_a_soil_class(request_for):
    refused(request_for(model="lgar", soil="gravel"), "'gravel' is not a soil of rosetta_2001")


def test_all_problems_are_told_at_once(tmp_path, request_for):
    rows = example_rows()
    for row in rows:
        row["mean.Zmax"] = 0.05
        row["mean.slope_1km"] = 87.0
    error = refused(request_for(geopackage=write_geopackage(tmp_path / "odd.gpkg", rows)), "12 problems")
    assert len(error.problems) == 12


def test_catchments_that_are_not_there(request_for):
    error = refused(request_for(catchments=["cat-2", "cat-77", "wb-1"]), "cat-77 is not in the file")
    assert "wb-1 is not in the file" in error.problems
    assert "for example cat-1, cat-2, cat-3" in error.problems[-1]
    refused(request_for(catchments=[]), "no catchment is named")


def test_catchment_without_forcing(tmp_path, request_for, forcing, table):
    (forcing / "cat-3.csv").unlink()
    error = refused(request_for(forcing=forcing), "cat-3: no forcing file")
    assert len(error.problems) == 1
    # a subset that has it is configured
    assert configure(request_for(forcing=forcing, catchments=["cat-1"], output=tmp_path / "one")).divides == 1
    pytest.importorskip("netCDF4")
    ids, values = table
    write_netcdf(tmp_path / "f.nc", ids[:5], START, {name: array[:5] for name, array in values.items()})
    refused(request_for(forcing=tmp_path / "f.nc"), "cat-6: no forcing, it is not in 'ids'")


def test_forcing_that_cannot_be_used(tmp_path, request_for, forcing, table):
    ids, values = table
    refused(request_for(forcing=tmp_path / "gone"), "no such folder")
    (tmp_path / "text.nc").write_text("nothing")
    pytest.importorskip("netCDF4")
    refused(request_for(forcing=tmp_path / "text.nc"), "cannot be read as NetCDF")
    write_csv_files(tmp_path / "dry", ids, START, {k: v for k, v in values.items() if k != "precip_rate"})
    refused(request_for(forcing=tmp_path / "dry"), r"no rain: expected precip_rate \(APCP_surface is in 'kg m\^-2'\)")
    write_csv_files(tmp_path / "calm", ids, START, {k: v for k, v in values.items() if "GRD" not in k})
    refused(request_for(forcing=tmp_path / "calm"), "land_surface_wind__x_component.*--pet penman_monteith needs it")
    refused(request_for(forcing=forcing, pet=NO_PET), "no potential evapotranspiration.*--pet-column")
    refused(request_for(forcing=forcing, pet=NO_PET, pet_column="EVAP"), r"\(EVAP\)")
    (forcing / "cat-1.csv").write_text("time,precip_rate\n2012/07/01 00:00,0\n")
    refused(request_for(forcing=forcing), "is not a time like")
    (forcing / "cat-1.csv").write_text("")
    refused(request_for(forcing=forcing), "column time")


def test_period_outside_the_forcing(request_for, forcing):
    refused(request_for(forcing=forcing, start="2012-06-30 23:00:00"), "before the forcing begins")
    refused(request_for(forcing=forcing, end="2012-07-03 00:00:00"), "after the last hour of the forcing")
    refused(request_for(forcing=forcing, start="2012-07-02 00:30:00", end="2012-07-02 10:30:00"), "between two hours")
    refused(request_for(start="yesterday"), "expected a time like")
    refused(request_for(end="2012-06-01 00:00:00"), "is before the start")
    refused(request_for(end=""), "--end: needed")


def test_longer_file_names_are_found_and_doubles_refused(forcing):
    for path in list(forcing.iterdir()):
        path.rename(path.with_name(f"{path.stem}_2012.csv"))
    found = read_forcing(forcing, ["cat-1", "cat-2"])
    assert found.pattern == "{{id}}[^0-9].*csv"
    (forcing / "cat-2_2013.csv").write_text("time\n")
    with pytest.raises(ConfigError, match="cat-2: several files: cat-2_2012.csv, cat-2_2013.csv"):
        read_forcing(forcing, ["cat-1", "cat-2"])


def test_pet_needs_a_place_in_coordinates_that_are_known(tmp_path, basin, request_for, table):
    ids, values = table
    write_csv_files(tmp_path / "less", ids, START, {k: v for k, v in values.items() if k != "DLWRF_surface"})
    tables = ("gpkg_geometry_columns", "gpkg_contents")
    spoil(basin, *(f"UPDATE {table} SET srs_id = 4326" for table in tables))
    error = refused(request_for(forcing=tmp_path / "less"), "EPSG:4326; only EPSG:5070")
    assert len(error.problems) == 6
    spoil(
        basin,
        *(f"UPDATE {table} SET srs_id = 5070" for table in tables),
        'UPDATE "divide-attributes" SET centroid_x = NULL, "mean.elevation" = NULL',
        "UPDATE divides SET geom = NULL WHERE fid = 1",
    )
    error = refused(request_for(forcing=tmp_path / "less"), "cat-1: no centroid_x, centroid_y and no box")
    assert "cat-6: mean.elevation is null: PET needs the elevation" in error.problems


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("centroid_x = -111.5, centroid_y = 41.8", r"centroid_y is -111\.5, 41\.8; .*probably degrees: reproject"),
        ("centroid_x = centroid_x / 1000, centroid_y = centroid_y / 1000", "is -1196, 1100; .*probably kilometres"),
        ("centroid_x = centroid_y, centroid_y = centroid_x", "x and y are probably exchanged"),
        ("centroid_y = 9e6", "another coordinate system, or outside the contiguous"),
        ("centroid_y = 3e7", "another coordinate system, or outside the contiguous"),
    ],
)
def test_places_that_the_coordinates_of_the_file_do_not_have(change, match, tmp_path, basin, request_for, table):
    """Degrees in a file that says metres would be 23 degrees north, 96 west, for all divides."""
    ids, values = table
    write_csv_files(tmp_path / "less", ids, START, {k: v for k, v in values.items() if k != "DLWRF_surface"})
    spoil(basin, f'UPDATE "divide-attributes" SET {change} WHERE fid = 2')
    error = refused(request_for(forcing=tmp_path / "less"), match)
    (problem,) = error.problems
    assert problem.startswith("layer 'divide-attributes', cat-2: centroid_x, centroid_y is ")
    with GeoPackage(basin) as file, pytest.raises(ConfigError, match=match):
        places(file)
    spoil(
        basin,
        'UPDATE "divide-attributes" SET centroid_x = NULL WHERE fid = 2',
        "UPDATE divides SET geom = NULL WHERE fid = 2",
    )
    with GeoPackage(basin) as file:
        assert places(file)[1].latitude == 35.0, "no place at all is no wrong place"


def test_a_file_is_no_folder(tmp_path, request_for):
    (tmp_path / "run").write_text("mine")
    refused(request_for(), "is a file; expected a folder")
    assert (tmp_path / "run").read_text() == "mine"


def test_initial_state_out_of_range(request_for):
    refused(request_for(soil_storage=1.5), "--soil-storage: .*1.5")
    refused(request_for(gw_storage=-0.1), "--gw-storage: ")
    refused(request_for(initial_psi=float("nan")), "--initial-psi: ")


@pytest.mark.parametrize("model", ["cfe_ode", "lgar"])
@pytest.mark.parametrize("name", ["a\nevil: [.gpkg", 'it\'s "mine".gpkg', "bell\x07.gpkg", "# {x}.gpkg"])
def test_any_name_of_a_geopackage_gives_yaml(name, model, tmp_path, request_for, forcing):
    """It stands in a comment of every configuration."""
    path = write_geopackage(tmp_path / name, example_rows())
    done = configure(request_for(geopackage=path, model=model, forcing=forcing))
    files = sorted(done.realization.parent.glob("*/cat-*.yml"))
    assert len(files) == 12
    for file in files:
        assert set(yaml.safe_load(file.read_text())) & {"parameters", "layers"}
        assert "evil" not in yaml.safe_load(file.read_text())
    assert (done.realization.parent / "report.txt").read_text().splitlines()[0].endswith("2012-07-02 23:00:00")


def test_a_file_without_nexuses_runs_without_them(basin, forcing, tmp_path, capsys):
    """What it lacks is said by configure, by check, and by what cannot do without."""
    pytest.importorskip("cf_units")
    spoil(basin, "DROP TABLE nexus", "DELETE FROM gpkg_contents WHERE table_name = 'nexus'")
    words = [str(basin), "--forcing", str(forcing), "--model", "lgar", "--output"]
    assert main(["configure", *words, str(tmp_path / "run")]) == 0
    assert "doubtful: the file has no layer 'nexus', which ngen takes" in capsys.readouterr().err
    assert "leave out --nexus" in (tmp_path / "run" / "report.txt").read_text()
    checked = ["check", str(tmp_path / "run" / "realization.json"), "--catchments", str(basin), "--cwd"]
    checked.append(str(tmp_path / "run"))
    assert main([*checked, "--nexus", str(basin)]) == 2
    said = " ".join(capsys.readouterr().out.split())  # it is wrapped
    assert "this GeoPackage has no layer 'nexus', but divides, divide-attributes" in said
    assert "without a file of nexuses (--nexus) the catchments' toid names them" in said
    assert "no such table" not in said
    assert main(checked) == 0
    pytest.importorskip("matplotlib")
    assert main(["lumped-vs-divides", *words, str(tmp_path / "both")]) == 1
    assert "has no layer 'nexus': without it the ways of the lags are not known" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "words", "match"),
    [
        ("lgar", "--soil-storage 0.4", "--soil-storage: has no effect here: it is CFE's; lgar has --initial-psi"),
        ("lgar", "--soil-storage 0.05", "--soil-storage: has no effect"),  # the default, said aloud
        ("lgar", "--gw-storage 0.1", "--gw-storage: has no effect"),
        ("lgar", "--texture t.csv --soil-table lasam", "--soil-table: has no effect here: the soils are those of"),
        ("lgar", "--texture t.csv --soil loam", "--soil: has no effect here: the soils are those of --texture"),
        ("cfe_ode", "--initial-psi 300", "--initial-psi: has no effect here: it is LGAR's; cfe_ode has --soil-storage"),
        ("cfe_classic", "--texture t.csv", "--texture: has no effect here: it is LGAR's, not cfe_classic's"),
        ("cfe_classic", "--soil-table lasam", "--soil-table: has no effect"),
        ("cfe_ode", "--pet-column ETP", "--pet-column: has no effect here: --pet penman_monteith calculates it; give"),
    ],
)
def test_options_without_effect(model, words, match, basin, tmp_path, capsys):
    given = ["--model", model, "--output", str(tmp_path / "run"), "--start", START, "--end", START, *words.split()]
    for command in ("configure", "lumped-vs-divides"):
        assert main([command, str(basin), *given]) == 1
        assert match in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_options_that_are_not_given_have_the_defaults_of_a_request(basin, tmp_path):
    """They are None on the command line, so that one can tell."""
    for model in ("cfe_ode", "lgar"):
        words = ["configure", str(basin), "--model", model, "--start", START, "--end", START, "--output"]
        assert main([*words, str(tmp_path / "by_command")]) == 0
        configure(Request(basin, tmp_path / "by_request", model, start=START, end=START))
        kind = MODELS[model]
        one, other = (tmp_path / f"by_{how}" / kind / "cat-1.yml" for how in ("command", "request"))
        assert one.read_text() == other.read_text()
        for how in ("command", "request"):
            shutil.rmtree(tmp_path / f"by_{how}")
