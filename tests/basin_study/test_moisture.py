"""Simulated against observed soil moisture: scores, runs at depths, and the section of the report."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")

import pandas as pd

from basin_study.attribute_tables import attribute_dataset
from basin_study.calibrate import Study, calibrate_all
from basin_study.cfe_model import CfeModel
from basin_study.dataset import SERIES, cut, make_dataset
from basin_study.evaluate import read_records
from basin_study.flags import add_observation_attributes
from basin_study.lgar_model import INITIAL_PSI, OPTIONS, TIMES, LgarModel
from basin_study.lgar_space import lgar_space
from basin_study.moisture import moisture_depths, moisture_scores, moisture_sections, moisture_table
from basin_study.moisture_report import moisture_figure
from basin_study.objective import Objective
from basin_study.report import make_report
from basin_study.richards_model import RichardsModel
from basin_study.sources import KINDS, SourceKind
from basin_study.spaces import SPACES
from basin_study.study_file import load_study
from cfe_bmi.ensemble import EnsembleForcing as CfeForcing
from cfe_bmi.ensemble import initial_state as cfe_state
from cfe_bmi.ensemble import simulate as cfe_simulate
from cfe_bmi.state import ODE, CfeOptions
from lgar_bmi.ensemble import EnsembleForcing, initial_state, simulate
from tests.basin_study.study_cases import CONFIG, basin_data

DEPTHS = (5.0, 25.0, 45.0)
KGE = Objective.of("kge")
HOURS = 24 * 200


def rng_moisture(hours: int = HOURS, seed: int = 1) -> np.ndarray:
    return 0.25 + 0.02 * np.cumsum(np.random.default_rng(seed).normal(0.0, 0.1, hours)) / 5.0


def test_scores_are_those_of_numpy_over_observed_hours():
    observed, simulated = rng_moisture(), 0.05 + rng_moisture(seed=2)
    observed[100:400] = np.nan
    known = np.isfinite(observed)
    a, b = simulated[known], observed[known]
    found = moisture_scores(simulated, observed)
    assert found["correlation"] == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-10)
    assert found["bias"] == pytest.approx(a.mean() - b.mean(), rel=1e-10)
    assert found["ubrmse"] == pytest.approx(np.sqrt(np.mean(((a - a.mean()) - (b - b.mean())) ** 2)), rel=1e-9)
    distance = np.hypot(np.hypot(found["correlation"] - 1.0, a.std() / b.std() - 1.0), a.mean() / b.mean() - 1.0)
    assert found["kge"] == pytest.approx(1.0 - distance, rel=1e-9)
    assert found["observed_share"] == known.mean()
    assert found["mean_observed"] == pytest.approx(b.mean())


def test_a_shift_of_the_whole_is_bias_alone():
    observed = rng_moisture()
    found = moisture_scores(observed + 0.1, observed)
    assert found["bias"] == pytest.approx(0.1)
    assert found["ubrmse"] < 1e-8
    assert found["correlation"] == pytest.approx(1.0)
    assert found["anomaly_correlation"] == pytest.approx(1.0)


def test_anomalies_leave_the_season_out():
    hours = np.arange(24 * 730)
    season = 0.1 * np.sin(2.0 * np.pi * hours / 8760.0)
    quick = 0.02 * np.sign(np.sin(2.0 * np.pi * hours / 72.0))
    found = moisture_scores(0.25 + season - quick, 0.25 + season + quick)
    assert found["correlation"] > 0.8
    assert found["anomaly_correlation"] < -0.9


def test_what_has_no_meaning_is_nan():
    simulated = rng_moisture()
    constant = moisture_scores(simulated, np.full(HOURS, 0.3))
    assert all(np.isnan(constant[name]) for name in ("correlation", "kge", "anomaly_correlation"))
    assert constant["bias"] == pytest.approx(simulated.mean() - 0.3)
    assert constant["ubrmse"] == pytest.approx(simulated.std())
    nothing = moisture_scores(simulated, np.full(HOURS, np.nan))
    assert nothing["observed_share"] == 0.0
    assert all(np.isnan(value) for name, value in nothing.items() if name != "observed_share")
    still = moisture_scores(np.full(HOURS, 0.3), simulated)
    assert still["correlation"] == 0.0
    assert still["anomaly_correlation"] == 0.0
    few = np.where(np.arange(HOURS) < 100, simulated, np.nan)
    assert np.isnan(moisture_scores(simulated, few)["anomaly_correlation"])


def test_columns_give_the_moisture_of_the_ensemble_at_depths():
    data = basin_data(24 * 40)
    m = LgarModel(CONFIG, data, lgar_space(), 240, KGE)
    shares = np.full(len(m.space), 0.4)
    column = m.column(shares)
    forcing = EnsembleForcing(data["precipitation"].values, data["potential_evapotranspiration"].values)
    state = initial_state(column, INITIAL_PSI, 5, TIMES)
    run = simulate(column, state, forcing, OPTIONS, ("soil_storage",), CONFIG.giuh_ordinates, TIMES, DEPTHS)
    found = m.moisture(shares, DEPTHS)
    np.testing.assert_array_equal(found, run.outputs["soil_moisture_at_depths"][0])
    # from depths all the way down the water of the column comes back
    middles = np.arange(0.25, 200.0, 0.5)
    stored = m.moisture(shares, middles).mean(axis=1) * 2.0
    np.testing.assert_allclose(stored, run.outputs["soil_storage"][0], rtol=5e-3)


def test_columns_agree_on_how_wet_the_soil_is():
    lgar, richards = (kind(CONFIG, basin_data(24 * 60), lgar_space(), 240, KGE) for kind in (LgarModel, RichardsModel))
    shares = np.full(len(lgar.space), 0.4)
    a, b = (m.moisture(shares, DEPTHS)[240:] for m in (lgar, richards))
    assert a.shape == b.shape == (24 * 50, 3)
    assert np.corrcoef(a[:, 0], b[:, 0])[0, 1] > 0.6
    assert np.abs(a.mean(axis=0) - b.mean(axis=0)).max() < 0.1


@pytest.mark.parametrize("scheme", [0, ODE])
def test_the_bucket_has_its_mean_moisture_at_every_depth(scheme):
    data = basin_data(24 * 40)
    options = CfeOptions(soil_scheme=scheme)
    m = CfeModel(CONFIG, options, data, SPACES["report"](), 240, KGE)
    shares = np.full(len(m.space), 0.4)
    before = m.score(shares)
    found = m.moisture(shares, DEPTHS)
    p = m.parameters(shares)
    forcing = CfeForcing(data["precipitation"].values, data["potential_evapotranspiration"].values / 3.6e6)
    state = cfe_state(p, CONFIG.soil_storage, CONFIG.gw_storage, ordinates=5, lateral=len(CONFIG.lateral))
    run = cfe_simulate(p, state, forcing, m.options, ("soil_storage",), CONFIG.giuh_ordinates)
    for k in range(3):
        np.testing.assert_allclose(found[:, k], run.outputs["soil_storage"][0] / p.depth, rtol=1e-12)
    assert found.max() <= p.maxsmc
    # a run for moisture leaves nothing behind
    assert m.score(shares) == before


DAYS = 120
TRUTH = np.full(len(lgar_space()), 0.45)


class WetSource:
    """Two basins with soil moisture of LGAR at two depths; constant at one of them, missing, or not there."""

    def __init__(self, moisture: str = "true"):  # type: ignore[no-untyped-def]
        self.name, self.moisture = "wet", moisture

    def basins(self):  # type: ignore[no-untyped-def]
        return ("wet-1", "wet-2")

    def attributes(self):  # type: ignore[no-untyped-def]
        return attribute_dataset(self.basins(), {"area": [100.0, 90.0], "aridity": [1.5, 0.5]}, source=self.name)

    def cfe_config(self, basin):  # type: ignore[no-untyped-def]
        return CONFIG

    def read(self, basin, period=None):  # type: ignore[no-untyped-def]
        data = basin_data(24 * DAYS, seed=int(basin[-1]))
        series = {str(name): data[name].values for name in SERIES}
        units = {}
        wet = LgarModel(CONFIG, data, lgar_space(), 240, KGE).moisture(TRUTH, (45.0, 5.0))
        for at, depth in zip(wet.T, (45, 5), strict=True):
            at[2000:2050] = np.nan
            if self.moisture == "missing" or (depth, self.moisture) == (45, "constant"):
                at[:] = np.nan if self.moisture == "missing" else 0.3
            if self.moisture != "none":
                series[f"soil_moisture_{depth}cm"] = at[np.newaxis]
                units[f"soil_moisture_{depth}cm"] = ("m3 m-3", "soil moisture")
        data = make_dataset([basin], data["time"].values, series, {}, self.name, "UTC", units)
        return add_observation_attributes(cut(data, period) if period else data, hours=1)


STUDY = """
data: {kind: synthetic}
periods:
  calibration: {start: 2000-01-11, end: 2000-02-20}
  test: {start: 2000-03-11, end: 2000-04-20}
warmup_days: 10
models:
  cfe_ode: {soil: ode, partitioning: [schaake]}
  lgar: {kind: lgar}
  richards: {kind: richards, basins: [wet-2]}
calibration: {evaluations: 10}
compare: [[lgar, cfe_ode]]
output: out
"""
MODELS = ("cfe_ode", "lgar", "richards")


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "synthetic", SourceKind("tests.basin_study.test_moisture:WetSource", "nothing", ""))
        path = tmp_path_factory.mktemp("wet") / "study.yaml"
        path.write_text(STUDY)
        settings = load_study(path)
        tasks, progress = calibrate_all(settings, workers=0)
        assert not progress.failures
        yield settings, read_records(settings, tasks)


@pytest.fixture
def study(calibrated):  # type: ignore[no-untyped-def]
    """Study over other observations of moisture; what was calibrated by flow stays the same."""

    def make(moisture: str = "true"):  # type: ignore[no-untyped-def]
        settings, records = calibrated
        now = Study(settings)
        now.source = WetSource(moisture)
        return now, records

    return make


def test_a_study_compares_moisture_at_every_depth(study):
    now, records = study()
    table, series = moisture_table(now, records)
    # both periods at both depths, in two basins for two models, in one for the third
    assert len(table) == 2 * 2 * (2 + 2 + 1)
    assert list(table["depth"].unique()) == [5.0, 45.0]
    basin = table[(table["basin"] == "wet-1") & (table["period"] == "test") & (table["depth"] == 5.0)]
    found = basin.set_index("model").loc["lgar"]
    task = next(t for t in records if (t.basin, t.model) == ("wet-1", "lgar"))
    model = now.model(now.settings.model("lgar"), "", "wet-1", "test")
    at = model.moisture(records[task]["shares"], (5.0,))[240:, 0]
    truth = now.data("wet-1", "test")["soil_moisture_5cm"].values[0, 240:]
    known = np.isfinite(truth)
    assert 0 < (~known).sum() < known.size
    assert found["bias"] == pytest.approx(at[known].mean() - truth[known].mean(), rel=1e-9)
    assert found["correlation"] == pytest.approx(np.corrcoef(at[known], truth[known])[0, 1], rel=1e-9)
    # the truth itself fits, but for the start, which the warm-up has not all forgotten
    assert moisture_scores(model.moisture(TRUTH, (5.0,))[240:, 0], truth)["correlation"] > 0.95
    frame = series["wet-1"]["test"]
    np.testing.assert_array_equal(frame["observed", 5.0].to_numpy(), truth)
    np.testing.assert_array_equal(frame["lgar", 5.0].to_numpy(), at)


def test_the_report_shows_it(calibrated):
    settings, _ = calibrated
    paths = make_report(settings)
    written = pd.read_csv(settings.output / "moisture.csv")
    assert settings.output / "moisture.csv" in paths
    assert set(written["model"]) == set(MODELS)
    text = (settings.output / "report.html").read_text(encoding="utf-8")
    assert "Soil moisture" in text
    assert "The soil of cfe_ode is one bucket" in text
    for basin in ("wet-1", "wet-2"):
        assert (settings.output / "figures" / f"moisture_{basin}.png").stat().st_size > 10000


def test_constant_and_missing_observations_do_not_stop_it(study, tmp_path):
    now, records = study("constant")
    sections, _ = moisture_sections(now, records, MODELS, tmp_path / "figures")
    assert "wet-1, 45 cm: no observation that varies" in sections[0].text
    assert "wet-1, 5 cm, test period: correlations of" in sections[0].text
    assert len(sections[0].figures) == 2


def test_without_any_observation_there_is_a_reason_in_place_of_the_figure(study, tmp_path):
    now, records = study("missing")
    sections, paths = moisture_sections(now, records, MODELS, tmp_path / "figures")
    assert pd.read_csv(paths[0])["correlation"].isna().all()
    assert sections[0].figures == ()
    assert sections[0].missing[0] == "soil moisture of basin wet-1: nothing was observed"


def test_data_without_moisture_have_no_section(study, tmp_path):
    now, records = study("none")
    assert moisture_depths(now.data("wet-1", "test")) == {}
    assert moisture_sections(now, records, MODELS, tmp_path / "figures") == ([], [])
    assert not (tmp_path / "figures").exists()


def test_the_figure_has_a_row_for_each_depth_and_a_column_for_each_period():
    times = pd.date_range("2000-01-01", periods=24 * 60, freq="h")
    columns = {(name, depth): rng_moisture(len(times)) for name in ("observed", "lgar") for depth in DEPTHS}
    frame = pd.DataFrame(columns, index=times)
    figure = moisture_figure({"calibration": frame, "test": frame[: 24 * 30]}, "a", ["cfe", "lgar"])
    assert len(figure.axes) == 6
    assert [line.get_label() for line in figure.axes[0].lines] == ["lgar", "observed"]
    assert figure.axes[2].get_ylabel().startswith("25 cm")
