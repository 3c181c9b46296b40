"""LGAR at Phillipsburg: the column of the site and its year, where the data is beside the checkout."""

import json

import numpy as np
import pytest

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.config import load_config
from ngen_arid.compare import compare
from ngen_arid.water_balance import water_balances
from ngen_bmi.soil_table import read_soil_table
from ngen_harness import run
from richards_bmi.config import load_config as load_richards
from tests.paths import REALIZATIONS, ROOT, shared

SITE = REALIZATIONS / "phillipsburg"
FORCING = ("data", "lgar", "forcing", "forcing_data_resampled_uniform_Phillipsburg.csv")


def test_column_is_the_published_one():
    config = load_config(SITE / "lgar.yml")
    table = read_soil_table(shared("data", "lgar", "vG", "vG_default_params.dat"))
    assert config.soils == tuple(VanGenuchtenSoil(*table.named(name)) for name in ("P-1", "P-2", "P-3"))
    published = load_config_of_lgar_c()
    assert config.thickness == tuple(published["layer_thickness"])
    for name in ("ponded_depth_max", "wilting_point_psi"):
        assert [getattr(config.parameters, name)] == published[name]
    assert [config.parameters.field_capacity] == published["field_capacity_psi"]
    assert [config.initial_psi] == published["initial_psi"]
    assert not config.warnings()
    assert not config.ignored


def load_config_of_lgar_c():
    lines = shared("data", "lgar", "configs", "config_lasam_Phillipsburg.txt").read_text().splitlines()
    pairs = (line.partition("[")[0].split("=") for line in lines if "[cm]" in line)
    return {key: [float(number) for number in value.split(",")] for key, value in pairs}


def test_realization_differs_from_that_of_cfe_only_in_the_model():
    """The same period, forcing and place, so that their results can be laid beside each other."""
    cfe, lgar = (json.loads((SITE / name).read_text()) for name in ("cfe_ode.json", "lgar.json"))
    assert lgar["time"] == cfe["time"]
    assert lgar["global"]["forcing"] == cfe["global"]["forcing"]
    assert lgar["output"] != cfe["output"]
    assert load_config(SITE / "lgar.yml").giuh_ordinates == pytest.approx((0.3, 0.4, 0.2, 0.1))


def test_the_year_runs_and_balances(tmp_path):
    path = shared(*FORCING)
    total = sum(float(line.split(",")[1]) for line in path.read_text().splitlines()[1:])
    result = run(
        SITE / "lgar.json",
        catchments=SITE / "catchments.geojson",
        nexus=SITE / "nexuses.geojson",
        output=tmp_path,
        cwd=ROOT,
        faithful_calls=False,
    )
    assert len(result.times) == 8760
    (balance,) = water_balances({"lgar": result})
    assert balance.rain == pytest.approx(total, rel=1e-12)
    assert abs(balance.imbalance) < 1e-7
    assert balance.rain == pytest.approx(balance.evaporation + balance.surface + balance.storage, abs=1e-6)
    series = result.catchments["cat-1"]
    values = {name: series.values[:, series.columns.index(name)] for name in series.columns}
    assert (values["actual_evapotranspiration"] <= values["potential_evapotranspiration"] * (1 + 1e-12)).all()
    assert values["ponded_depth"].max() == pytest.approx(0.02, abs=1e-12), "the site's surface holds 2 cm back"
    # 171 mm in an hour run off, but not more than that and the other cloudburst
    assert 100.0 < balance.surface < 160.0
    assert np.count_nonzero(values["surface_runoff"]) < 20


def test_the_richards_column_is_that_of_lgar():
    lgar, richards = load_config(SITE / "lgar.yml"), load_richards(SITE / "richards.yml")
    for name in ("soils", "thickness", "initial_psi", "giuh_ordinates", "forcing_step"):
        assert getattr(richards, name) == getattr(lgar, name)
    for name in ("field_capacity", "wilting_point_psi", "ponded_depth_max"):
        assert getattr(richards.parameters, name) == getattr(lgar.parameters, name)
    assert not richards.warnings()
    assert not richards.ignored
    realizations = [json.loads((SITE / f"{model}.json").read_text()) for model in ("lgar", "richards")]
    assert realizations[0]["time"] == realizations[1]["time"]
    assert realizations[0]["global"]["forcing"] == realizations[1]["global"]["forcing"]


def test_weeks_of_richards_run_and_balance(tmp_path):
    shared(*FORCING)
    realization = json.loads((SITE / "richards.json").read_text())
    realization["time"]["end_time"] = "2016-10-25 23:00:00"
    realization["global"]["forcing"]["path"] = str(shared(*FORCING))
    path = tmp_path / "richards.json"
    path.write_text(json.dumps(realization))
    result = run(path, catchments=SITE / "catchments.geojson", nexus=SITE / "nexuses.geojson", output=tmp_path / "out",
                 cwd=ROOT, faithful_calls=False)  # fmt: skip
    assert len(result.times) == 600
    (balance,) = water_balances({"richards": result})
    assert balance.rain > 0.0
    assert abs(balance.imbalance) < 1e-9
    assert balance.rain == pytest.approx(balance.evaporation + balance.surface + balance.storage, abs=1e-8)
    assert balance.evaporation > 1.0


def test_models_share_a_table_and_a_figure(tmp_path, capsys):
    shared(*FORCING)
    names = ("cfe_ode", "lgar")
    status = compare(
        [SITE / f"{name}.json" for name in names], tmp_path, catchments=SITE / "catchments.geojson",
        nexus=SITE / "nexuses.geojson", cwd=ROOT, title="Phillipsburg"
    )  # fmt: skip
    assert status == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if " cat-1 " in line] == list(names)
    assert (tmp_path / "hydrograph.png").stat().st_size > 30_000
