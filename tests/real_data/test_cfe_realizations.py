"""The realizations for real data run, classic and ODE, and the water balance closes in every catchment."""

import json

import numpy as np
import pytest

from ngen_arid.water_balance import water_balances
from ngen_harness import run
from tests.paths import REALIZATIONS, ROOT, shared

SITES = {
    # folder: catchments file, its parts below shared or None for the realization's folder; ids; hours
    "phillipsburg": (None, ["cat-1"], 8760),
    "gauge_01073000": (
        ("data", "ngen", "gauge_01073000", "gauge_01073000.gpkg"),
        ["cat-11223", "cat-11224", "cat-11371", "cat-11410", "cat-11509"],
        720,
    ),
}


@pytest.fixture(params=sorted(SITES))
def site(request):
    return request.param


def run_site(site, scheme, output):
    catchments, _, _ = SITES[site]
    realization = REALIZATIONS / site / f"cfe_{scheme}.json"
    block = json.loads(realization.read_text())["global"]["forcing"]["path"]
    shared(*block.removeprefix("../shared/").split("/"))
    return run(
        realization,
        catchments=shared(*catchments) if catchments else REALIZATIONS / site / "catchments.geojson",
        output=output,
        cwd=ROOT,
        faithful_calls=False,
    )


def test_real_forcing_runs_with_closed_balance(site, tmp_path):
    _, ids, hours = SITES[site]
    balances = {}
    for scheme in ("classic", "ode"):
        result = run_site(site, scheme, tmp_path / scheme)
        assert sorted(result.catchments) == ids
        assert len(result.times) == hours
        assert {path.name for path in result.paths} >= {f"{name}.csv" for name in ids}
        for balance in water_balances({scheme: result}):
            balances[scheme, balance.catchment] = balance
            runoff = balance.surface + balance.lateral + balance.base
            assert abs(balance.imbalance) < 1e-7  # mm
            assert balance.rain == pytest.approx(balance.evaporation + runoff + balance.storage, abs=1e-6)
        for series in result.catchments.values():
            assert np.isfinite(series.values).all()
            aet, pet = (series.values[:, series.columns.index(name)] for name in ("ACTUAL_ET", "POTENTIAL_ET"))
            assert (aet <= pet * (1 + 1e-15)).all()
    for name in ids:
        # the same rain and nearly the same soil: the schemes differ in how fluxes compete, not in what comes in
        assert balances["classic", name].rain == balances["ode", name].rain
        assert balances["classic", name].evaporation != balances["ode", name].evaporation


def test_phillipsburg_gets_the_rain_of_the_file(tmp_path):
    path = shared("data", "lgar", "forcing", "forcing_data_resampled_uniform_Phillipsburg.csv")
    total = sum(float(line.split(",")[1]) for line in path.read_text().splitlines()[1:])
    (balance,) = water_balances({"classic": run_site("phillipsburg", "classic", tmp_path)})
    assert balance.rain == pytest.approx(total, rel=1e-12)
