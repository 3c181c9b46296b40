"""From a generated hydrofabric to a run directory."""

import csv
import json

import numpy as np
import pytest

import cfe_bmi.config
import lgar_bmi.config
import pet_bmi.config
from cfe_bmi.state import ODE
from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from ngen_arid.__main__ import main
from ngen_bmi.errors import ConfigError
from ngen_config import configure
from ngen_config.attributes import NOAH_SOILS
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.request import NO_PET
from ngen_config.weather_files import write_csv_files, write_netcdf
from ngen_harness import check, run
from pet_bmi.config_model import METHODS

IDS = [f"cat-{k}" for k in range(1, 7)]


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def report(folder):
    with (folder / "report.csv").open(newline="") as file:
        return {row["parameter"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("model", ["cfe_classic", "cfe_ode", "lgar"])
def test_check_finds_nothing_in_what_is_written(model, request_for, forcing):
    pytest.importorskip("cf_units")
    request = request_for(model=model, forcing=forcing)
    done = configure(request)
    findings = check(done.realization, catchments=request.geopackage, nexus=request.geopackage, cwd=request.output)
    assert [finding for finding in findings if finding.code != "output-root"] == []
    document = json.loads(done.realization.read_text())
    assert document["time"] == {
        "start_time": START,
        "end_time": "2012-07-02 23:00:00",
        "output_interval": 3600,
    }


def test_values_of_cfe_are_those_of_the_attributes(request_for):
    request = request_for(model="cfe_ode")
    configure(request)
    for name, row in zip(IDS, example_rows(), strict=True):
        config = cfe_bmi.config.load_config(request.output / "cfe" / f"{name}.yml")
        assert config.options.soil_scheme == ODE
        assert config.name == name
        p = config.parameters
        assert (p.b, p.satdk, p.satpsi, p.maxsmc, p.wltsmc) == tuple(
            row[column]
            for column in (
                "mode.bexp_soil_layers_stag=2",
                "geom_mean.dksat_soil_layers_stag=2",
                "geom_mean.psisat_soil_layers_stag=2",
                "mean.smcmax_soil_layers_stag=2",
                "mean.smcwlt_soil_layers_stag=2",
            )
        )
        assert (p.slope, p.Cgw, p.expon) == (row["mean.slope_1km"], row["mean.Coeff"], row["mode.Expon"])
        zmax = row["mean.Zmax"]
        assert p.max_gw_storage == (0.011 if zmax is None else zmax / 1000.0), "Zmax is in mm"
        expected = (0.55, 0.25, 0.2) if row["giuh"] is None else (0.3, 0.5, 0.2)
        assert config.giuh_ordinates == expected


def test_soil_classes_are_names_in_statsgo_order(request_for):
    """1 is sand, not clay; LASAM's generators take the rows of an alphabetical table."""
    request = request_for(model="lgar", soil_table="carsel_parrish_1988")
    configure(request)
    names = ["sandy loam", "sandy loam", "loam", "silt loam", "clay loam", "sandy loam"]
    for name, soil in zip(IDS, names, strict=True):
        config = lgar_bmi.config.load_config(request.output / "lgar" / f"{name}.yml")
        assert config.soil_names == (soil,)
        assert config.soils == (CARSEL_PARRISH_1988[soil],)
        assert config.thickness == (200.0,)
    assert "sandy loam: 3" in (request.output / "report.txt").read_text()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_pet_has_a_configuration_without_surplus(method, request_for):
    request = request_for(pet=method)
    configure(request)
    config = pet_bmi.config.load_config(request.output / "pet" / "cat-1.yml")
    assert config.options.method == METHODS[method]
    assert config.ignored == ()
    assert config.warnings() == []


def test_what_the_forcing_lacks_is_calculated_from_place_and_elevation(tmp_path, request_for, table):
    ids, values = table
    absent = ("DLWRF_surface", "PRES_surface")
    write_csv_files(tmp_path / "less", ids, START, {k: v for k, v in values.items() if k not in absent})
    request = request_for(forcing=tmp_path / "less")
    done = configure(request)
    config = pet_bmi.config.load_config(request.output / "pet" / "cat-2.yml")
    assert config.parameters.elevation == pytest.approx(1810.0), "the attribute is in cm"
    # central New Mexico
    assert 31.0 < config.parameters.latitude < 34.0
    assert -110.0 < config.parameters.longitude < -107.0
    assert config.start_time.isoformat(" ") == START
    assert "longwave: fao56, since the forcing has none" in (request.output / "report.txt").read_text()
    pytest.importorskip("cf_units")
    result = run(done.realization, request.geopackage, output=tmp_path / "out", cwd=request.output)
    assert set(result.catchments) == set(IDS)


def test_csv_and_netcdf_give_the_same_run(tmp_path, request_for, forcing, table):
    pytest.importorskip("netCDF4")
    pytest.importorskip("cf_units")
    ids, values = table
    write_netcdf(tmp_path / "f.nc", ids, START, values)
    flows = []
    for name, source in (("a", forcing), ("b", tmp_path / "f.nc")):
        request = request_for(forcing=source, output=tmp_path / name)
        done = configure(request)
        result = run(done.realization, request.geopackage, output=tmp_path / f"{name}-out", cwd=request.output)
        flows.append(result.catchments["cat-1"].values[:, 0])
    assert flows[0].sum() > 0.0
    assert flows[1] == pytest.approx(flows[0], rel=1e-5)


def test_a_second_call_writes_the_same_bytes(request_for, forcing):
    request = request_for(model="lgar", forcing=forcing)
    configure(request)
    first = contents(request.output)
    configure(request_for(model="lgar", forcing=forcing, overwrite=True))
    assert contents(request.output) == first


def test_overwriting_leaves_nothing_older_and_nothing_else_alone(request_for):
    request = request_for()
    configure(request)
    (request.output / "outputs").mkdir()
    (request.output / "outputs" / "kept.csv").write_text("mine")
    with pytest.raises(ConfigError, match="not empty.*--overwrite"):
        configure(request)
    configure(request_for(model="lgar", pet=NO_PET, overwrite=True, catchments=["cat-2"]))
    assert sorted(contents(request.output)) == [
        "catchments.txt",
        "lgar/cat-2.yml",
        "outputs/kept.csv",
        "realization.json",
        "report.csv",
        "report.txt",
    ]


def test_null_and_missing_attributes_are_counted(tmp_path, request_for):
    rows = example_rows()
    rows[0]["mode.bexp_soil_layers_stag=2"] = None  # sandy loam
    rows[1]["mean.smcmax_soil_layers_stag=2"] = None
    rows[1]["mode.ISLTYP"] = 14.0  # water
    for row in rows:
        del row["mean.refkdt"]
    file = write_geopackage(tmp_path / "null.gpkg", rows)
    with pytest.raises(ConfigError, match=r"no column mean\.refkdt.*--missing defaults"):
        configure(request_for(geopackage=file))
    request = request_for(geopackage=file, missing="defaults")
    done = configure(request)
    first, second = (cfe_bmi.config.load_config(request.output / "cfe" / f"cat-{k}.yml").parameters for k in (1, 2))
    assert first.b == NOAH_SOILS["sandy loam"][0]
    assert second.maxsmc == NOAH_SOILS["loam"][3]
    assert first.refkdt == 3.0
    table = report(request.output)
    assert [table["b"][key] for key in ("divides_with_value", "divides_null", "examples")] == ["5", "1", "cat-1"]
    assert table["max_gw_storage"]["divides_null"] == "1"
    assert table["refkdt"]["divides_missing"] == "6"
    assert table["depth"]["rule"] == "for every divide: 2 m"
    assert {line.split()[0] for line in done.defaulted} == {"giuh_ordinates", "b", "maxsmc", "max_gw_storage", "refkdt"}


def test_a_class_without_soil_needs_a_stand_in(tmp_path, request_for):
    rows = example_rows()
    rows[2]["mode.ISLTYP"] = 14.0
    rows[3]["mode.ISLTYP"] = None
    file = write_geopackage(tmp_path / "water.gpkg", rows)
    with pytest.raises(ConfigError) as caught:
        configure(request_for(geopackage=file, model="lgar"))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["cat-3", "cat-4"]
    assert "water" in caught.value.problems[0]
    assert "NULL" in caught.value.problems[1]
    request = request_for(geopackage=file, model="lgar", soil="Sandy_Clay")
    configure(request)
    for name in ("cat-3", "cat-4"):
        assert lgar_bmi.config.load_config(request.output / "lgar" / f"{name}.yml").soil_names == ("sandy clay",)
    # CFE takes the stand-in where an attribute of the soil is NULL, too
    rows[2]["mean.smcwlt_soil_layers_stag=2"] = None
    request_cfe = request_for(
        geopackage=write_geopackage(tmp_path / "both.gpkg", rows), soil="Sandy_Clay", output=tmp_path / "cfe"
    )
    configure(request_cfe)
    config = cfe_bmi.config.load_config(request_cfe.output / "cfe" / "cat-3.yml")
    assert config.parameters.wltsmc == NOAH_SOILS["sandy clay"][4]
    assert "water -> sandy clay: 1" in (request.output / "report.txt").read_text()


def test_another_spelling_of_the_columns_is_read(tmp_path, request_for):
    """R writes dots where others write =."""
    rows = [{key.replace("=", "."): value for key, value in row.items()} for row in example_rows()]
    request = request_for(geopackage=write_geopackage(tmp_path / "dots.gpkg", rows))
    configure(request)
    config = cfe_bmi.config.load_config(request.output / "cfe" / "cat-1.yml")
    assert config.parameters.b == NOAH_SOILS["sandy loam"][0]


def test_command_line(tmp_path, capsys):
    assert main(["configure", "--example", str(tmp_path / "example")]) == 0
    first = contents(tmp_path / "example")
    assert main(["configure", "--example", str(tmp_path / "example"), "--overwrite"]) == 0
    assert contents(tmp_path / "example") == first, "the example is always the same"
    (tmp_path / "ids.txt").write_text("cat-1\ncat-3\n")
    basin, forcing, output = tmp_path / "example/basin.gpkg", tmp_path / "example/forcing", tmp_path / "run"
    words = ["configure", str(basin), "--forcing", str(forcing), "--model", "cfe_ode", "--output", str(output)]
    assert main([*words, "--catchments", str(tmp_path / "ids.txt")]) == 0
    assert sorted(path.name for path in (output / "cfe").iterdir()) == ["cat-1.yml", "cat-3.yml"]
    assert (output / "catchments.txt").read_text() == "cat-1,cat-3\n"
    said = capsys.readouterr()
    assert "2 catchments configured" in said.out
    assert main(words) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert main(["configure", str(basin)]) == 2


def test_initial_state(tmp_path, request_for):
    configure(request_for(soil_storage=0.4, gw_storage=0.2))
    config = cfe_bmi.config.load_config(tmp_path / "run" / "cfe" / "cat-1.yml")
    assert (config.soil_storage, config.gw_storage) == (0.4, 0.2)
    configure(request_for(model="lgar", initial_psi=500.0, output=tmp_path / "lgar"))
    assert lgar_bmi.config.load_config(tmp_path / "lgar" / "lgar" / "cat-1.yml").initial_psi == 500.0
    assert report(tmp_path / "run")["initial.soil_storage"]["rule"] == "for every divide: 0.4"


@pytest.mark.parametrize(("model", "column"), [("cfe_ode", "PET"), ("lgar", "PET"), ("lgar", "demand")])
def test_evaporation_of_the_forcing_needs_no_pet(model, column, tmp_path, request_for, table):
    pytest.importorskip("cf_units")
    ids, values = table
    hourly = np.full_like(values["precip_rate"], 0.25)
    write_csv_files(tmp_path / "f", ids, START, {"precip_rate": values["precip_rate"], f"{column}[mm h-1]": hourly})
    name = None if column == "PET" else column
    request = request_for(model=model, pet=NO_PET, forcing=tmp_path / "f", pet_column=name)
    done = configure(request)
    assert not (request.output / "pet").exists()
    assert check(done.realization, catchments=request.geopackage, cwd=request.output) == []
    result = run(done.realization, request.geopackage, output=tmp_path / "out", cwd=request.output)
    series = result.catchments["cat-1"]
    asked = series.values[
        :, series.columns.index("POTENTIAL_ET" if model == "cfe_ode" else "potential_evapotranspiration")
    ]
    # metres in an hour, but for LGAR's first step
    assert asked[1:] == pytest.approx(0.25e-3, rel=1e-6)


def test_a_start_below_the_wilting_point_is_told(tmp_path, request_for, capsys):
    """NGIAB's 0.05 of the pores is drier than that of most soils; it stays the default, and is said."""
    rows = example_rows()
    for row, wilting in zip(rows, (0.01, 0.04, 0.08, 0.09, 0.12, 0.16), strict=True):
        row |= {"mean.smcmax_soil_layers_stag=2": 0.4, "mean.smcwlt_soil_layers_stag=2": wilting}
    path = write_geopackage(tmp_path / "b.gpkg", rows)
    done = configure(request_for(geopackage=path))
    (doubt,) = done.doubts
    assert "begins with 0.05 of its pores full, below the wilting point in 5 of 6 divides (0.1 to 0.4 of" in doubt
    assert f"Doubtful: {doubt}" in (done.realization.parent / "report.txt").read_text().splitlines()
    part = configure(request_for(geopackage=path, soil_storage=0.25, overwrite=True))
    assert "in 2 of 6 divides (0.3 to 0.4 of" in part.doubts[0]
    assert configure(request_for(geopackage=path, soil_storage=0.41, overwrite=True)).doubts == []
    assert configure(request_for(geopackage=path, model="lgar", overwrite=True)).doubts == [], "LGAR has a suction"
    words = ["configure", str(path), "--model", "cfe_ode", "--start", START, "--end", START, "--output"]
    assert main([*words, str(tmp_path / "told")]) == 0
    assert "doubtful: the soil begins with 0.05" in (told := capsys.readouterr().err)
    assert "--soil-storage" in told
    assert main([*words, str(tmp_path / "wet"), "--soil-storage", "0.5"]) == 0
    assert "doubtful" not in capsys.readouterr().err
