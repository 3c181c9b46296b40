"""One basin as divides and as one catchment."""

import csv
import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from ngen_arid.__main__ import main
from ngen_arid.lumped_runs import REFERENCE, compare_lumped, scores
from ngen_bmi.errors import ConfigError
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.forcing import read_forcing
from ngen_config.geopackage import GeoPackage
from ngen_config.lag import delayed, distances
from ngen_config.lumped import LUMPED, mean_attributes, write_mean_forcing
from ngen_config.weather_files import write_csv_files, write_netcdf
from ngen_harness.hydrofabric import read_nexuses

END = "2012-07-02 23:00:00"


def divides_of(path):
    with GeoPackage(path) as file:
        return list(file.divides())


def nexuses_of(path):
    return {feature.id: feature.downstream for feature in read_nexuses(path)}


def test_way_to_the_outlet(basin):
    """Half of the own flowpath and all of those below it: cat-1 by way of flowpaths 3 and 6."""
    found = distances(divides_of(basin), nexuses_of(basin))
    assert found == pytest.approx(
        {
            "cat-1": 4.1 / 2 + 5.2 + 6.0,
            "cat-2": 3.0 / 2 + 5.2 + 6.0,
            "cat-3": 5.2 / 2 + 6.0,
            "cat-4": 2.2 / 2 + 6.0,
            "cat-5": 3.3 / 2 + 6.0,
            "cat-6": 6.0 / 2,
        }
    )


def test_a_loop_and_a_missing_length_are_told(basin):
    with closing(sqlite3.connect(basin)) as db:
        db.execute("UPDATE nexus SET toid = 'wb-3' WHERE id = 'nex-6'")
        db.commit()
    with pytest.raises(ConfigError, match="loop through cat-"):
        distances(divides_of(basin), nexuses_of(basin))
    with closing(sqlite3.connect(basin)) as db:
        db.execute("UPDATE divides SET lengthkm = NULL WHERE fid = 2")
        db.commit()
    with pytest.raises(ConfigError, match="lengthkm: missing for cat-2"):
        distances(divides_of(basin), nexuses_of(basin))


@pytest.mark.parametrize("hours", [0.0, 0.3, 1.0, 7.75])
def test_a_lag_keeps_the_volume_and_moves_the_centre(hours):
    flow = np.zeros(40)
    flow[5:9] = 1.0, 4.0, 2.0, 0.5
    late = delayed(flow, hours)
    steps = np.arange(40)
    assert late.sum() == pytest.approx(flow.sum())
    assert (steps * late).sum() / late.sum() == pytest.approx((steps * flow).sum() / flow.sum() + hours)
    assert delayed(flow, 100.0).sum() == 0.0


def test_means_are_weighted_by_area(tmp_path):
    rows = example_rows()[:2]
    rows[0]["mean.Zmax"], rows[1]["mean.Zmax"] = 30.0, None
    rows[1]["mode.ISLTYP"] = 9.0
    rows[0]["geom_mean.dksat_soil_layers_stag=2"] = 1e-4
    rows[1]["geom_mean.dksat_soil_layers_stag=2"] = 1e-6
    path = write_geopackage(tmp_path / "two.gpkg", rows, areas=(1.0, 3.0), lengths=(1.0, 1.0), down=(3, 3))
    means = mean_attributes(divides_of(path), None)
    assert means.area == 4.0
    assert means.attributes["mean.Zmax"] == pytest.approx((30.0 + 3 * 11.0) / 4), "what NULL stands for is averaged"
    assert means.attributes["geom_mean.dksat_soil_layers_stag=2"] == pytest.approx(10.0**-5.5)
    assert means.attributes["mean.slope_1km"] == pytest.approx((0.05 + 3 * 0.10) / 4)
    assert means.attributes["mode.ISLTYP"] == 9.0, "the class with the largest area"
    # (0.55, 0.25, 0.2) and three times (0.3, 0.5, 0.2)
    assert json.loads(means.attributes["giuh"]) == pytest.approx([0.3625, 0.4375, 0.2])


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_of_equal_values_is_that_value(seed, tmp_path):
    """Cgw of 0.0018 is the end of its usual range, a slope of 1 that of what is possible: round-off passes none."""
    areas = np.random.default_rng(seed).uniform(1.0, 20.0, 6)
    rows = [row | {"mean.Coeff": 0.0018, "mean.slope_1km": 1.0, "mean.elevation": 9e5} for row in example_rows()]
    rows = [row | {"geom_mean.dksat_soil_layers_stag=2": 1e-3} for row in rows]
    path = write_geopackage(tmp_path / "alike.gpkg", rows, areas=areas.tolist())
    found = mean_attributes(divides_of(path), None).attributes
    for name in ("mean.Coeff", "mean.slope_1km", "mean.elevation", "geom_mean.dksat_soil_layers_stag=2"):
        assert found[name] == rows[0][name], name


def test_mean_forcing_of_both_formats(tmp_path, table):
    pytest.importorskip("netCDF4")
    ids, values = table
    weights = {"cat-1": 1.0, "cat-3": 3.0}
    write_csv_files(tmp_path / "f", ids, START, values)
    write_netcdf(tmp_path / "f.nc", ids, START, values)
    for source in (tmp_path / "f", tmp_path / "f.nc"):
        means = write_mean_forcing(read_forcing(source, ids), weights, START, END, tmp_path / "mean")
        assert set(means) == set(values)
        for name, array in values.items():
            assert means[name] == pytest.approx((array[0] + 3.0 * array[2]) / 4.0, rel=1e-5, abs=1e-9), name
        back = read_forcing(tmp_path / "mean", [LUMPED])
        assert (back.start, back.end) == (START, END)
        assert back.rain() == "precip_rate"


@pytest.mark.parametrize("model", ["cfe_ode", "lgar"])
def test_divides_that_are_all_alike_are_their_lumped_basin(model, tmp_path, request_for, table):
    """Same soil, same weather: without the lag there is no difference to be had."""
    pytest.importorskip("cf_units")
    ids, values = table
    rows = [example_rows()[0]] * 6
    alike = {name: np.repeat(array[:1], 6, axis=0) for name, array in values.items()}
    alike["precip_rate"][:, 5:9] = 60.0 / 3600.0
    alike["APCP_surface"][:, 5:9] = 60.0
    write_csv_files(tmp_path / "alike", ids, START, alike)
    path = write_geopackage(tmp_path / "alike.gpkg", rows)
    request = request_for(geopackage=path, forcing=tmp_path / "alike", model=model)
    comparison = compare_lumped(request, celerity=1.0)
    added, lumped = comparison.flows["divides, no lag"], comparison.flows["lumped, no lag"]
    assert added.max() > 1.0
    assert lumped == pytest.approx(added, rel=1e-6, abs=1e-9)
    assert comparison.soil["lumped"] == pytest.approx(comparison.soil["divides"], rel=1e-6)
    assert comparison.rain_high == pytest.approx(comparison.rain_low)
    row = next(row for row in scores(comparison) if row["flow"] == "lumped, mean lag")
    assert row["volume"] == pytest.approx(1.0, abs=0.02)
    # 13.25 km at 1 m/s
    assert comparison.lag[2] == pytest.approx(13250.0 / 3600.0)
    assert comparison.flows[REFERENCE].max() < added.max(), "lags spread a flood"


def test_doubtful_units_are_told_here_too(tmp_path, forcing, caplog, request_for):
    pytest.importorskip("cf_units")
    rows = [row | {"geom_mean.dksat_soil_layers_stag=2": 3e-4} for row in example_rows()]
    path = write_geopackage(tmp_path / "tight.gpkg", rows)
    compare_lumped(request_for(geopackage=path, forcing=forcing), celerity=1.0)
    (said,) = [record.getMessage() for record in caplog.records if "3600" in record.getMessage()]
    assert said.startswith(f"{path}: geom_mean.dksat_soil_layers_stag=2 is 0.0003 to 0.0003 in all 6 divides")


@pytest.mark.parametrize(("celerity", "late"), [("0.001", "6 of 6"), ("0.05", "2 of 6"), ("1", None)])
def test_water_that_does_not_arrive_is_not_called_rain_in_the_soil(celerity, late, tmp_path, basin, table, capsys):
    """0.05 m s-1: lags of 17 to 74 h in a run of 48."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("cf_units")
    ids, values = table
    wet = {name: array.copy() for name, array in values.items()}
    wet["precip_rate"][:, 5:9] = 60.0 / 3600.0
    write_csv_files(tmp_path / "wet", ids, START, wet)
    words = ["lumped-vs-divides", str(basin), "--forcing", str(tmp_path / "wet"), "--model", "cfe_ode"]
    assert main([*words, "--output", str(tmp_path / "out"), "--celerity", celerity]) == 0
    said, told = capsys.readouterr()
    assert "rain went into the soil" not in said
    assert ("has not arrived within the run of 48 h" in said) == (celerity == "0.001")
    assert ("lumped, mean lag" in said) == (celerity != "0.001")
    assert ("longer than the run" in told) == (late is not None)
    if late:
        assert f"the lags of {late} divides" in told
        assert f"at {celerity} m s-1, are longer than the run of 48 h" in told


def test_without_runoff_the_soil_has_the_rain(tmp_path, basin, forcing, capsys):
    pytest.importorskip("matplotlib")
    pytest.importorskip("cf_units")
    for path in forcing.glob("*.csv"):
        head, *rows = path.read_text().splitlines()
        cells = [row.split(",") for row in rows]
        for row in cells:
            row[head.split(",").index("precip_rate")] = "0"
        path.write_text("\n".join([head, *map(",".join, cells)]) + "\n")
    words = ["lumped-vs-divides", str(basin), "--forcing", str(forcing), "--model", "lgar", "--output"]
    assert main([*words, str(tmp_path / "out"), "--celerity", "0.001"]) == 0
    assert "no flow: all rain went into the soil" in capsys.readouterr().out


def test_command_writes_tables_and_a_figure(tmp_path, basin, forcing, capsys):
    pytest.importorskip("matplotlib")
    pytest.importorskip("cf_units")
    words = ["lumped-vs-divides", str(basin), "--forcing", str(forcing), "--model", "cfe_classic", "--output"]
    assert main([*words, str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "70.4 km2; lags 0.83 to 3.68 h" in said
    assert (tmp_path / "out" / "lumped.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "out" / "scores.csv").open(newline="") as file:
        assert [row["flow"] for row in csv.DictReader(file)] == [
            "divides, no lag",
            "lumped, mean lag",
            "lumped, no lag",
        ]
    with (tmp_path / "out" / "flows.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 49
    assert main([*words, str(tmp_path / "out")]) == 1
    assert "not empty" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "slow"), "--celerity", "0"]) == 1
    assert "celerity" in capsys.readouterr().err
    assert main(["lumped-vs-divides", str(basin), "--model", "lgar", "--output", str(tmp_path / "none")]) == 1
    assert "--forcing: needed" in capsys.readouterr().err
    with closing(sqlite3.connect(basin)) as db:
        db.execute("UPDATE divides SET lengthkm = NULL WHERE fid = 2")
        db.commit()
    assert main([*words, str(tmp_path / "slow")]) == 1
    assert "lengthkm: missing for cat-2" in capsys.readouterr().err
    assert not (tmp_path / "slow").exists()
    assert not (tmp_path / "none").exists()
