"""Run directories from real GeoPackages: against the golden configurations of NGIAB, and through the harness."""

from dataclasses import replace

import numpy as np
import pytest

import cfe_bmi.config
import lgar_bmi.config
from cfe_bmi.parameters import PARAMETERS
from ngen_config import Request, configure
from ngen_config.geopackage import GeoPackage
from ngen_config.weather import places, weather
from ngen_config.weather_files import write_csv_files, write_netcdf
from ngen_harness import check, run
from tests.paths import shared

START, END = "2012-07-01 00:00:00", "2012-07-03 23:00:00"


@pytest.fixture
def logan():
    """88 divides, v2.2."""
    return shared("data", "hydrofabric", "gage-10109001_subset.gpkg")


@pytest.fixture
def gauge():
    """Five divides of an older hydrofabric, without attributes, and their real AORC forcing."""
    return shared("data", "ngen", "gauge_01073000")


def test_every_parameter_of_the_golden_configurations(logan, tmp_path):
    """Equal to the last digit, all of them: the differences in docs/configure.md are none in values."""
    configure(Request(logan, tmp_path / "run", "cfe_classic", start=START, end=END))
    golden = sorted(shared("data", "hydrofabric", "cat_config", "CFE").glob("cat-*.ini"))
    assert len(golden) == 88
    for path in golden:
        theirs = cfe_bmi.config.load_config(path)
        ours = cfe_bmi.config.load_config(tmp_path / "run" / "cfe" / f"{path.stem}.yml")
        for variable in PARAMETERS:
            pair = (getattr(theirs.parameters, variable.name), getattr(ours.parameters, variable.name))
            assert pair[0] == pair[1], (path.name, variable.name)
        for name in ("options", "soil_storage", "gw_storage", "giuh_ordinates", "lateral", "surface"):
            assert getattr(theirs, name) == getattr(ours, name), (path.name, name)


def test_soil_classes_of_the_88_divides(logan, tmp_path):
    """63 divides are class 4, 25 are class 6: silt loam and loam in STATSGO order (loamy sand and sandy clay in the
    alphabetical one)."""
    configure(Request(logan, tmp_path / "run", "lgar", start=START, end=END))
    names = [lgar_bmi.config.load_config(path).soil_names for path in (tmp_path / "run" / "lgar").iterdir()]
    assert (names.count(("silt loam",)), names.count(("loam",))) == (63, 25)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cfe_ode", "lgar"])
def test_three_days_of_the_88_divides(model, logan, tmp_path):
    pytest.importorskip("cf_units")
    pytest.importorskip("netCDF4")
    with GeoPackage(logan) as file:
        where = places(file)
    assert len(where) == 88
    # Logan, Utah
    assert all(41.5 < place.latitude < 42.5 and -112.0 < place.longitude < -111.0 for place in where)
    write_netcdf(tmp_path / "f.nc", [place.id for place in where], START, weather(where, START, 72))
    request = Request(logan, tmp_path / "run", model, forcing=tmp_path / "f.nc")
    done = configure(request)
    assert check(done.realization, catchments=logan, nexus=logan, cwd=request.output) == []
    result = run(done.realization, logan, nexus=logan, cwd=request.output, faithful_calls=False)
    assert len(result.catchments) == 88
    assert len(result.times) == 72
    for series in result.catchments.values():
        assert np.isfinite(series.values).all()
    for ledgers in result.ledgers.values():
        for ledger in ledgers.values():
            assert abs(ledger.into - ledger.out - ledger.stored - ledger.leaked) < 1e-9


def test_real_forcing_of_five_divides_in_both_formats(gauge, tmp_path):
    pytest.importorskip("cf_units")
    pytest.importorskip("netCDF4")
    file = gauge / "gauge_01073000.gpkg"
    base = Request(file, tmp_path / "csv", "cfe_ode", forcing=gauge / "forcing", missing="defaults")
    base = replace(base, start="2015-12-01 00:00:00", end="2015-12-04 23:00:00")
    flows = {}
    for request in (base, replace(base, output=tmp_path / "nc", forcing=gauge / "forcing.nc")):
        done = configure(request)
        assert check(done.realization, catchments=file, cwd=request.output) == []
        result = run(done.realization, file, cwd=request.output)
        flows[request.output.name] = result.catchments
    assert len(flows["csv"]) == 5
    for name, series in flows["csv"].items():
        assert series.values[:, -1] == pytest.approx(flows["nc"][name].values[:, -1], rel=1e-3, abs=1e-9)


def test_a_hydrofabric_without_attributes_is_refused_unless_defaults_are_asked_for(gauge, tmp_path):
    file = gauge / "gauge_01073000.gpkg"
    request = Request(file, tmp_path / "run", "lgar", forcing=gauge / "forcing")
    with pytest.raises(ValueError, match="no layer 'divide-attributes'.*--missing defaults"):
        configure(request)
    with pytest.raises(ValueError, match="soil class missing.*--soil"):
        configure(replace(request, missing="defaults"))
    assert configure(replace(request, missing="defaults", soil="sandy loam")).divides == 5
    assert list(tmp_path.iterdir()) == [tmp_path / "run"]


def test_written_csv_weather_is_read_back(logan, tmp_path):
    with GeoPackage(logan) as file:
        where = places(file, ["cat-2861379", "cat-2861380"])
    write_csv_files(tmp_path / "f", [place.id for place in where], START, weather(where, START, 24))
    request = Request(
        logan, tmp_path / "run", "cfe_ode", forcing=tmp_path / "f", catchments=["cat-2861380", "cat-2861379"]
    )
    done = configure(request)
    assert done.divides == 2
    ids = (tmp_path / "run" / "catchments.txt").read_text().strip()
    assert check(done.realization, catchments=logan, catchment_ids=ids, cwd=request.output) == []
