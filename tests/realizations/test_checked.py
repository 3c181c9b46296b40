"""ngen-arid check has nothing to say against the project's own realizations."""

import json

import pytest

from ngen_arid import example_basin
from ngen_harness import check
from tests.paths import REALIZATIONS, ROOT, shared

pytest.importorskip("cf_units")

BASIN = REALIZATIONS / "example_basin"
GAUGE = ("data", "ngen", "gauge_01073000")


@pytest.fixture(scope="module")
def forcing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forcing")
    example_basin.write_forcing(folder)
    return folder


@pytest.mark.parametrize("name", sorted(path.stem for path in BASIN.glob("*.json")))
def test_example_basin(name, forcing, tmp_path):
    realization = json.loads((BASIN / f"{name}.json").read_text())
    realization["global"]["forcing"]["path"] = str(forcing)
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(realization))
    found = check(path, catchments=BASIN / "catchments.geojson", nexus=BASIN / "nexuses.geojson", cwd=ROOT)
    assert found == []


@pytest.mark.parametrize("name", ["cfe_classic", "cfe_ode", "lgar", "richards"])
def test_phillipsburg(name):
    shared("data", "lgar", "forcing", "forcing_data_resampled_uniform_Phillipsburg.csv")
    site = REALIZATIONS / "phillipsburg"
    files = {"catchments": site / "catchments.geojson", "nexus": site / "nexuses.geojson"}
    assert check(site / f"{name}.json", **files, cwd=ROOT) == []


@pytest.mark.parametrize("name", ["cfe_classic", "cfe_ode"])
def test_gauge_01073000(name):
    hydrofabric = shared(*GAUGE, "gauge_01073000.gpkg")
    path = REALIZATIONS / "gauge_01073000" / f"{name}.json"
    assert check(path, catchments=hydrofabric, nexus=hydrofabric, cwd=ROOT) == []
