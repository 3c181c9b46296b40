"""The example basin: its weather is the seeded generator's, its realizations run, alone and in bmi_multi."""

import json

import numpy as np
import pytest

from ngen_arid import example_basin
from ngen_arid.water_balance import water_balances
from ngen_harness import run
from tests.paths import REALIZATIONS, ROOT

BASIN = REALIZATIONS / "example_basin"
DAYS = 120
LGAR = ["lgar", "lgar_frozen_multi"]
RICHARDS = ["richards", "richards_multi"]


@pytest.fixture(scope="module")
def forcing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forcing")
    example_basin.write_forcing(folder)
    return folder


@pytest.fixture
def shortened(forcing, tmp_path):
    """Copy of a realization that runs a wet winter, with the forcing made for the test."""

    def shorten(name):
        realization = json.loads((BASIN / f"{name}.json").read_text())
        realization["global"]["forcing"]["path"] = str(forcing)
        realization["time"]["end_time"] = str(np.datetime64("2012-10-01T00") + np.timedelta64(24 * DAYS - 1, "h"))
        realization["time"]["end_time"] = realization["time"]["end_time"].replace("T", " ") + ":00:00"
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(realization))
        return path

    return shorten


@pytest.mark.parametrize("name", ["cfe_classic", "cfe_ode", "cfe_classic_multi", "cfe_ode_multi", *LGAR, *RICHARDS])
def test_realization_runs_and_balances(name, shortened, tmp_path):
    result = run(
        shortened(name),
        catchments=BASIN / "catchments.geojson",
        nexus=BASIN / "nexuses.geojson",
        output=tmp_path / "out",
        cwd=ROOT,
    )
    assert sorted(result.catchments) == ["cat-1", "cat-2", "cat-3"]
    assert sorted(result.nexuses) == ["nex-4", "nex-5"]
    assert {path.name for path in result.paths} == {
        *(f"cat-{i}.csv" for i in (1, 2, 3)),
        "nex-4_output.csv",
        "nex-5_output.csv",
    }
    for balance in water_balances({name: result}):
        assert abs(balance.imbalance) < 1e-9
        runoff = balance.surface if name in (*LGAR, *RICHARDS) else balance.surface + balance.lateral + balance.base
        if name in RICHARDS:  # deep percolation leaves, and has no place in the table of all models
            series = result.catchments[balance.catchment]
            runoff += 1000.0 * series.values[:, series.columns.index("percolation")].sum()
        assert balance.rain == pytest.approx(balance.evaporation + runoff + balance.storage, abs=1e-8)


def test_schemes_share_water_above_the_threshold_differently(shortened, tmp_path):
    """In gravelly cat-3 percolation is fast: classic gives it precedence, the ODE scheme does not."""
    lateral = {}
    for scheme in ("classic", "ode"):
        result = run(shortened(f"cfe_{scheme}"), output=tmp_path / scheme, cwd=ROOT,
                     catchments=BASIN / "catchments.geojson", catchment_ids="cat-3")  # fmt: skip
        (balance,) = water_balances({scheme: result})
        lateral[scheme] = balance.lateral
    assert lateral["ode"] > 1.02 * lateral["classic"] > 0.0


def test_frozen_soil_gets_its_temperatures_from_the_provider(shortened, tmp_path):
    """The same columns take less water when frozen, all calls made as ngen makes them or not."""
    runoff = {}
    for label, name, faithful in (("thawed", "lgar", False), ("frozen", LGAR[1], True), ("fast", LGAR[1], False)):
        result = run(shortened(name), output=tmp_path / label, cwd=ROOT, faithful_calls=faithful,
                     catchments=BASIN / "catchments.geojson")  # fmt: skip
        runoff[label] = {
            catchment: series.values[:, series.columns.index("surface_runoff")].sum()
            for catchment, series in result.catchments.items()
        }
        if label == "frozen":
            columns = result.catchments["cat-1"].columns
            moistures = result.catchments["cat-1"].values[:, columns.index("soil_moisture_at_depths")]
            assert 0.05 < moistures.min() < moistures.max() < 0.44
    # the sands of cat-3 take all rain even so
    assert all(runoff["frozen"][catchment] > runoff["thawed"][catchment] for catchment in ("cat-1", "cat-2"))
    assert runoff["fast"] == runoff["frozen"]


def test_weather_is_semi_arid_and_always_the_same():
    rain, pet = example_basin.rain(), example_basin.evaporation()
    np.testing.assert_array_equal(rain, example_basin.rain())
    assert not np.array_equal(rain, example_basin.rain(seed=1))
    assert rain.shape == pet.shape == (3, 26280)
    assert (rain >= 0.0).all()
    assert (pet >= 0.0).all()
    aridity = pet.sum(axis=1) / rain.sum(axis=1)
    assert ((aridity > 3.0) & (aridity < 6.0)).all()
    assert ((rain > 0.0).mean(axis=1) < 0.06).all()
    night = np.arange(26280) % 24 == 1
    assert pet[:, night].max() == 0.0


def test_forcing_files_are_made_anew(tmp_path):
    """Files of an earlier seed do not stay."""
    old = [path.read_bytes() for path in example_basin.write_forcing(tmp_path, seed=1)]
    paths = example_basin.write_forcing(tmp_path)
    assert [path.name for path in paths] == ["cat-1.csv", "cat-2.csv", "cat-3.csv"]
    assert all(path.read_bytes() != content for path, content in zip(paths, old, strict=True))
    assert sorted(tmp_path.iterdir()) == paths
    header, first, *_ = paths[0].read_text().splitlines()
    assert header == "time,precip_rate,PET[mm/h]"
    assert first.startswith("2012-10-01 00:00:00,")


def test_realizations_are_what_ngen_reads():
    """Rules of ngen that our harness would forgive or that only the real ngen enforces."""
    for path in sorted(REALIZATIONS.glob("*/*.json")):
        realization = json.loads(path.read_text())
        text = json.dumps(realization)
        for empty in ("{}", "[]", "null"):
            assert f": {empty}" not in text, f"{path}: ngen reads {empty} as an empty string and aborts"
        assert set(realization["time"]) == {"start_time", "end_time", "output_interval"}
        (formulation,) = realization["global"]["formulations"]
        modules = formulation["params"].get("modules", [formulation])
        for module in modules:
            params = module["params"]
            assert params["uses_forcing_file"] is False
            assert {"model_type_name", "init_config", "main_output_variable", "python_type"} <= set(params)
            assert params["init_config"]
