"""Attributes and forcing in another unit than they are said to be in."""

import csv

import numpy as np
import pytest

from ngen_arid.__main__ import main
from ngen_bmi.errors import ConfigError
from ngen_config import configure
from ngen_config.attributes import CFE_ATTRIBUTES, NOAH_SOILS
from ngen_config.doubts import LOW_COAST, PERMEABLE
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.request import NO_PET
from ngen_config.weather_files import write_csv_files, write_netcdf
from ngen_harness import check

DKSAT = "geom_mean.dksat_soil_layers_stag=2"
TEMPERATURE = "TMP_2maboveground"


def without_longwave(folder, table):
    """Forcing with which PET needs elevations."""
    ids, values = table
    write_csv_files(folder, ids, START, {k: v for k, v in values.items() if k != "DLWRF_surface"})
    return folder


def basin_of(path, column, values):
    rows = example_rows()
    for row, value in zip(rows, values, strict=True):
        row[column] = value
    return write_geopackage(path, rows)


# ---- attributes of all divides together

WET = {"soil_storage": 0.6}
"""A start that is not doubtful by itself."""


@pytest.mark.parametrize(
    ("metres", "factor", "doubtful"),
    [
        ((1450, 1500, 1600, 1700, 1800, 1900), 1.0, True),  # in metres
        ((1450, 1500, 1600, 1700, 1800, 1900), 100.0, False),
        ((3, 8, 12, 30, 31, 44), 1.0, True),
        ((-2, 8, 12, 30, 31, 46), 100.0, False),  # a coast
        ((-80, -70, -60, 100, 500, 900), 100.0, False),  # Death Valley
    ],
)
def test_elevation_in_metres_is_told_and_no_error(metres, factor, doubtful, tmp_path, request_for, table):
    path = basin_of(tmp_path / "b.gpkg", "mean.elevation", [factor * z for z in metres])
    done = configure(request_for(geopackage=path, forcing=without_longwave(tmp_path / "less", table), **WET))
    assert [line.startswith("mean.elevation is ") for line in done.doubts] == ([True] if doubtful else [])
    report = (done.realization.parent / "report.txt").read_text()
    assert ("Doubtful: mean.elevation" in report) == doubtful
    if doubtful:
        low, high = min(metres), max(metres)
        assert f"is {low} to {high} in all 6 divides" in done.doubts[0]
        assert f"{low / 100:g} to {high / 100:g} m above the sea" in done.doubts[0]
        assert "multiply the column by 100" in done.doubts[0]


def test_elevation_is_not_judged_where_it_is_not_read(tmp_path, request_for, forcing):
    path = basin_of(tmp_path / "b.gpkg", "mean.elevation", [1900.0] * 6)
    assert configure(request_for(geopackage=path, forcing=forcing, **WET)).doubts == []


def test_no_mountain_in_metres_is_a_coast_in_centimetres():
    assert LOW_COAST > 4421.0


def test_conductivity_in_metres_an_hour(tmp_path, request_for):
    """Every class of the table is beyond the limit; tighter soils, as in the Logan River, are told all together."""
    limit = next(a for a in CFE_ATTRIBUTES if a.parameter == "satdk").limits[1]
    soils = [soil[1] for soil in NOAH_SOILS.values()]
    assert max(soils) < PERMEABLE < limit < 3600.0 * min(soils)
    tight = np.linspace(6e-8, 2.5e-7, 6)
    path = basin_of(tmp_path / "b.gpkg", DKSAT, [3600.0 * k for k in tight])
    done = configure(request_for(geopackage=path, **WET))
    assert len(done.doubts) == 1
    assert done.doubts[0].startswith(f"{DKSAT} is 0.000216 to 0.0009 in all 6 divides")
    assert "divide the column by 3600" in done.doubts[0]
    path = basin_of(tmp_path / "c.gpkg", DKSAT, list(tight))
    assert configure(request_for(geopackage=path, overwrite=True, **WET)).doubts == []


def test_command_says_what_is_doubtful(tmp_path, capsys):
    path = basin_of(tmp_path / "b.gpkg", DKSAT, [2e-4] * 6)
    words = ["configure", str(path), "--model", "cfe_ode", "--start", START, "--end", START]
    assert main([*words, "--output", str(tmp_path / "run")]) == 0
    assert f"doubtful: {DKSAT} is 0.0002 to 0.0002 in all 6 divides" in capsys.readouterr().err


# ---- forcing

WRONG = [
    ("TMP_2maboveground", lambda x: x - 273.15, "K", "180 to 340 K", "degC"),
    ("TMP_2maboveground", lambda x: 1.8 * (x - 273.15) + 32.0, "K", "180 to 340 K", "degF"),
    ("PRES_surface", lambda x: x / 100.0, "Pa", "30000 to 120000 Pa", "hPa"),
    ("PRES_surface", lambda x: x / 1000.0, "Pa", "30000 to 120000 Pa", "kPa"),
    ("SPFH_2maboveground", lambda x: 1000.0 * x, "kg kg-1", "0 to 0.1 kg kg-1", "g kg-1"),
    ("DSWRF_surface", lambda x: 3.6 * x, "W m-2", "0 to 1600 W m-2", "kJ m-2 h-1"),
    ("precip_rate", lambda x: 0.0 * x + 12.0, "mm s^-1", "0 to 2.77778 mm s^-1", "mm h-1"),
]


def changed(table, column, wrong, rows=slice(None)):
    ids, values = table
    spoilt = {name: array.copy() for name, array in values.items()}
    spoilt[column][rows] = wrong(spoilt[column][rows])
    return ids, spoilt


@pytest.mark.parametrize(("column", "wrong", "unit", "limits", "likely"), WRONG)
@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_forcing_in_another_unit_is_refused(column, wrong, unit, limits, likely, kind, tmp_path, request_for, table):
    """One catchment has it, and it is not the first."""
    pytest.importorskip("cf_units")
    ids, values = changed(table, column, wrong, 3)
    path = tmp_path / ("spoilt" if kind == "csv" else "spoilt.nc")
    if kind == "csv":
        write_csv_files(path, ids, START, values)
    else:
        pytest.importorskip("netCDF4")
        write_netcdf(path, ids, START, values)
    with pytest.raises(ConfigError) as caught:
        configure(request_for(forcing=path))
    (problem,) = caught.value.problems
    hour = np.flatnonzero(
        (values[column][3] > float(limits.split()[2])) | (values[column][3] < float(limits.split()[0]))
    )
    when = f"2012-07-01 {hour[0]:02d}:00:00"
    place = "cat-4.csv" if kind == "csv" else "cat-4"
    assert problem.startswith(f"{place}: '{column}' is {values[column][3, hour[0]]:.4g}"[:-2])
    assert f" {unit} at {when}; expected {limits}" in problem
    assert f"if it is in {likely}, and ngen converts it" in problem
    assert str(path) in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_unit_in_the_header_is_converted_and_no_error(tmp_path, request_for, table):
    """What the message advises."""
    pytest.importorskip("cf_units")
    ids, values = changed(table, TEMPERATURE, lambda x: x - 273.15)
    values[f"{TEMPERATURE}[degC]"] = values.pop(TEMPERATURE)
    write_csv_files(tmp_path / "celsius", ids, START, values)
    request = request_for(forcing=tmp_path / "celsius")
    done = configure(request)
    findings = check(done.realization, catchments=request.geopackage, cwd=request.output)
    assert [finding.code for finding in findings if finding.code != "output-root"] == []


def test_evaporation_of_the_forcing_is_looked_at(tmp_path, request_for, table):
    pytest.importorskip("cf_units")
    ids, values = table
    given = {"precip_rate": values["precip_rate"], "PET[m s-1]": np.full_like(values["precip_rate"], 0.3)}
    write_csv_files(tmp_path / "pet", ids, START, given)
    for model in ("cfe_ode", "lgar"):
        with pytest.raises(ConfigError, match=r"cat-1\.csv: 'PET' is 0\.3 m s-1 .*if it is in mm h-1"):
            configure(request_for(forcing=tmp_path / "pet", pet=NO_PET, model=model))


@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_check_finds_a_later_hour_that_ends_the_run(kind, tmp_path, request_for, table):
    """The second day is beyond what configure looks at; two catchments have it."""
    pytest.importorskip("cf_units")
    ids, values = table
    spoilt = {name: array.copy() for name, array in values.items()}
    spoilt[TEMPERATURE][1:3, 30:] -= 273.15
    path = tmp_path / ("spoilt" if kind == "csv" else "spoilt.nc")
    if kind == "csv":
        write_csv_files(path, ids, START, spoilt)
    else:
        pytest.importorskip("netCDF4")
        write_netcdf(path, ids, START, spoilt)
    request = request_for(forcing=path)
    done = configure(request)
    findings = check(done.realization, catchments=request.geopackage, cwd=request.output)
    found = [finding for finding in findings if finding.code == "forcing-range"]
    assert {finding.severity for finding in found} == {"abort"}
    assert sorted(name for finding in found for name in finding.where.catchments) == ["cat-2", "cat-3"]
    for finding in found:
        assert finding.where.variable == TEMPERATURE
        assert "K at 2012-07-02 06:00:00; expected 180 to 340 K (18 such hours)" in finding.why
        assert "PET (BMI Py) refuses it" in finding.why
        assert "degC" in finding.fix
        assert (f"write '{TEMPERATURE}[degC]' into the header" in finding.fix) == (kind == "csv")


def test_check_leaves_negative_values_to_the_components_policy(tmp_path, request_for, table):
    """Shortwave radiation a little below 0 at night is common, and a configuration may take it for 0."""
    pytest.importorskip("cf_units")
    ids, values = table
    spoilt = {name: array.copy() for name, array in values.items()}
    spoilt["DSWRF_surface"][0][spoilt["DSWRF_surface"][0] == 0.0] = -0.2
    spoilt["precip_rate"][1, 40] = -9999.0
    write_csv_files(tmp_path / "f", ids, START, spoilt)
    request = request_for(forcing=tmp_path / "f")
    done = configure(request)
    findings = check(done.realization, catchments=request.geopackage, cwd=request.output)
    found = {finding.where.catchments: finding for finding in findings if finding.code == "forcing-range"}
    assert found[("cat-1",)].severity == "works"
    assert found[("cat-2",)].severity == "abort"
    assert "usually marks a missing value" in found[("cat-2",)].fix


# ---- columns


def rewrite(path, change):
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(change(rows))


def drop(name):
    return lambda rows: [[cell for cell, title in zip(row, rows[0], strict=True) if title != name] for row in rows]


def retitle(old, new):
    return lambda rows: [[new if cell == old else cell for cell in rows[0]], *rows[1:]]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (drop("PRES_surface"), "no column PRES_surface"),
        (drop("UGRD_10maboveground"), "no column UGRD_10maboveground"),
        (retitle("PRES_surface", "pressure"), "no column PRES_surface, a column pressure"),
        (retitle("PRES_surface", "PRES_surface[hPa]"), "PRES_surface in 'hPa' where others have 'Pa'"),
        (drop("time"), "no column time"),
        (retitle("PRES_surface", "Time"), "several columns of time"),
    ],
)
def test_files_with_other_columns_are_named(change, match, request_for, forcing):
    for name in ("cat-3", "cat-5"):
        rewrite(forcing / f"{name}.csv", change)
    with pytest.raises(ConfigError) as caught:
        configure(request_for(forcing=forcing))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["cat-3.csv", "cat-5.csv"]
    assert all(match in problem for problem in caught.value.problems)
    assert "have the columns of cat-1.csv" in caught.value.problems[0]


def test_a_column_that_no_file_has_is_named(request_for, forcing):
    for path in forcing.glob("*.csv"):
        rewrite(path, drop("TMP_2maboveground"))
    with pytest.raises(ConfigError, match=r"no column TMP_2maboveground \(land_surface_air__temperature\): --pet penm"):
        configure(request_for(forcing=forcing))


def test_the_order_of_columns_does_not_matter(request_for, forcing):
    rewrite(forcing / "cat-4.csv", lambda rows: [row[::-1] for row in rows])
    assert configure(request_for(forcing=forcing)).divides == 6


def test_an_empty_file_is_named(request_for, forcing):
    (forcing / "cat-4.csv").write_text("")
    with pytest.raises(ConfigError, match=r"cat-4\.csv: no column"):
        configure(request_for(forcing=forcing))
