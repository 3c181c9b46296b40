"""PET before CFE and LGAR in ngen's bmi_multi: our own realizations, and the one that the real ngen ran."""

import json

import numpy as np
import pytest

from ngen_arid import aorc_weather
from ngen_arid.water_balance import water_balances
from ngen_harness import check, run
from pet_bmi.aorc import read_aorc
from pet_bmi.coefficients import PetParameters
from pet_bmi.ensemble import simulate
from pet_bmi.state import PetOptions
from tests.paths import REALIZATIONS, ROOT, shared

BASIN = REALIZATIONS / "aorc_basin"
HYDROFABRIC = REALIZATIONS / "example_basin"
PET = "water_potential_evaporation_flux"
DAYS = 120


@pytest.fixture(scope="module")
def forcing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forcing")
    assert aorc_weather.main([str(folder)]) == 0
    return folder


@pytest.fixture
def shortened(forcing, tmp_path):
    """Copy of a realization that runs a winter, with the forcing made for the test."""

    def shorten(name):
        realization = json.loads((BASIN / f"{name}.json").read_text())
        realization["global"]["forcing"]["path"] = str(forcing)
        end = np.datetime64("2012-10-01T00") + np.timedelta64(24 * DAYS - 1, "h")
        realization["time"]["end_time"] = str(end).replace("T", " ") + ":00:00"
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(realization))
        return path

    return shorten


@pytest.mark.parametrize("name", ["pet_cfe", "pet_lgar"])
def test_our_realizations_run_and_balance_and_hand_pet_on(name, shortened, forcing, tmp_path):
    hydrofabric = {"catchments": HYDROFABRIC / "catchments.geojson", "nexus": HYDROFABRIC / "nexuses.geojson"}
    result = run(shortened(name), **hydrofabric, output=tmp_path / "out", cwd=ROOT)
    assert sorted(result.catchments) == ["cat-1", "cat-2", "cat-3"]
    received = "POTENTIAL_ET" if name == "pet_cfe" else "potential_evapotranspiration"
    for catchment, series in result.catchments.items():
        flux = series.values[:, series.columns.index(PET)]
        assert 150.0 < flux.sum() * 3.6e6 < 500.0  # mm of October to January
        np.testing.assert_allclose(series.values[:, series.columns.index(received)], 3600.0 * flux, atol=1e-15)
        weather = read_aorc(forcing / f"{catchment}.csv").forcing
        alone = simulate(PetParameters(), None, weather).outputs["potential_evaporation"][0]
        np.testing.assert_allclose(flux, alone[: flux.size], rtol=1e-12)
    for balance in water_balances({name: result}):
        assert abs(balance.imbalance) < 1e-9


@pytest.mark.parametrize("name", ["pet_cfe", "pet_lgar"])
def test_check_has_nothing_to_say(name, shortened):
    pytest.importorskip("cf_units")
    hydrofabric = {"catchments": HYDROFABRIC / "catchments.geojson", "nexus": HYDROFABRIC / "nexuses.geojson"}
    assert check(shortened(name), **hydrofabric, cwd=ROOT) == []


def test_generated_weather_is_semi_arid_and_always_the_same():
    weather, again = aorc_weather.weather(), aorc_weather.weather()
    for name in aorc_weather.COLUMNS:
        np.testing.assert_array_equal(weather[name], again[name])
        assert weather[name].shape == (3, 26280)
        assert np.isfinite(weather[name]).all()
    assert not np.array_equal(weather["DSWRF_surface"], aorc_weather.weather(seed=1)["DSWRF_surface"])
    assert weather["DSWRF_surface"].min() == 0.0
    assert 900.0 < weather["DSWRF_surface"].max() < 1200.0
    rain = weather["APCP_surface"].sum(axis=1)
    np.testing.assert_allclose(weather["precip_rate"].sum(axis=1) * 3600.0, rain)
    columns = ("TMP_2maboveground", "SPFH_2maboveground", "PRES_surface", "DSWRF_surface", "DLWRF_surface",
               "UGRD_10maboveground", "VGRD_10maboveground")  # fmt: skip
    from pet_bmi.ensemble import EnsembleForcing

    pet = simulate(PetParameters(), None, EnsembleForcing(*(weather[name] for name in columns)))
    aridity = 3.6e6 * pet.outputs["potential_evaporation"].sum(axis=1) / rain
    assert ((aridity > 2.5) & (aridity < 7.0)).all()


@pytest.mark.parametrize("variant", ["schaake_giuh", "xinanjiang_nash"])
def test_the_realization_that_ngen_ran_runs_unchanged(variant, tmp_path):
    """Compiled SLoTH, PET and CFE replaced, text configurations as they are; PET is ours, not the module's."""
    folder = shared("reference", "ngen", "runs", variant)
    realization = json.loads((folder / "realization.json").read_text())
    realization["global"]["forcing"]["path"] = str(shared("data", "ngen", "forcing"))
    (tmp_path / "realization.json").write_text(json.dumps(realization))
    result = run(
        tmp_path / "realization.json",
        catchments=shared("data", "ngen", "catchment_data.geojson"),
        nexus=shared("data", "ngen", "nexus_data.geojson"),
        output=tmp_path / "out",
        cwd=folder,
        substitute=True,
    )
    for catchment, method, monthly in (("cat-27", 5, 37.5), ("cat-52", 3, 41.7), ("cat-67", 1, 53.9)):
        series = result.catchments[catchment]
        flux = series.values[:, series.columns.index(PET)]
        (path,) = shared("data", "ngen", "forcing").glob(f"{catchment}_*.csv")
        alone = simulate(PetParameters(albedo=0.22), None, read_aorc(path).forcing, PetOptions(method=method))
        np.testing.assert_allclose(flux, alone.outputs["potential_evaporation"][0], rtol=1e-12)
        assert flux.sum() * 3.6e6 == pytest.approx(monthly, abs=0.05)
        potential, actual = (series.values[:, series.columns.index(f"{kind}_ET")] for kind in ("POTENTIAL", "ACTUAL"))
        np.testing.assert_allclose(potential, 3600.0 * flux, rtol=1e-14)
        assert 0.3 * potential.sum() < actual.sum() <= potential.sum()
