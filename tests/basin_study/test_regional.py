"""Parameters from a network of attributes: what it learns, what it must not see, and that it can be resumed."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("torch")
pytest.importorskip("xarray")

from basin_study import regional_attributes, sources
from basin_study.calibrate import Study, calibrate_all
from basin_study.dataset import DataError
from basin_study.evaluate import evaluate
from basin_study.records import read_record
from basin_study.regional import fold_tasks, plan_of
from basin_study.regional_run import regional_records
from basin_study.study_file import load_study
from basin_study.study_settings import StudySettings
from tests.basin_study.told_source import CANDIDATES, RANGES, SPACE

TEXT = """
data: {{kind: told, path: {path}, options: {{{options}}}}}
periods:
  calibration: {{start: 2000-02-10, end: 2000-08-01}}
  test: {{start: 2000-09-20, end: 2000-11-20}}
warmup_days: 40
models:
  cfe_ode: {{soil: ode, partitioning: [schaake]}}
regional:
  told_ode: {{soil: ode, {regional}}}
compare: [[told_ode, cfe_ode]]
calibration: {{evaluations: 10, objective: {objective}, space: {space}}}
output: {output}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    kind = sources.SourceKind("tests.basin_study.told_source:ToldSource", "a folder", "")
    monkeypatch.setitem(sources.KINDS, "told", kind)
    monkeypatch.setattr(regional_attributes, "CANDIDATES", CANDIDATES)

    def write(  # type: ignore[no-untyped-def]
        output: str = "out", options: str = "", regional: str = "folds: 3, epochs: 3", objective: str = "kge"
    ) -> StudySettings:
        path = tmp_path / f"{output}.yaml"
        space = {name: list(bounds) for name, bounds in RANGES.items()}
        path.write_text(
            TEXT.format(
                output=output, options=options, regional=regional, objective=objective, space=space, path=tmp_path
            )
        )
        return load_study(path)

    return write


def shares_of(settings: StudySettings) -> dict[str, list[float]]:
    tasks = settings.tasks(Study(settings).basins())
    return {task.basin: record["shares"] for task, record in regional_records(settings, tasks).items()}


def folds_on_disk(settings: StudySettings) -> dict[str, bytes]:
    paths = [task.path(settings.output) for task in fold_tasks(settings.model("told_ode"))]
    return {path.name: path.read_bytes() for path in paths}


def loss_of(settings: StudySettings, fold: int) -> dict:  # type: ignore[type-arg]
    model = settings.model("told_ode")
    mark = settings.regional_fingerprint(model, Study(settings).basins())
    record = read_record(fold_tasks(model)[fold], settings.output, mark)
    assert record is not None
    return record


@pytest.mark.parametrize("hours", [1, 24])
def test_unseen_basins_do_better_than_with_the_median_of_the_others(study, hours):
    settings = study(f"learn{hours}", f"hours: {hours}", "folds: 3, epochs: 25, batch: 3, learning_rate: 0.03")
    tasks, progress = calibrate_all(settings, workers=0)
    assert not progress.failures
    now, model = Study(settings), settings.model("told_ode")
    basins = now.basins()
    plan = plan_of(now, model, basins)
    assert plan.attributes.names == ("warmth", "height")
    learned, truth = shares_of(settings), {basin: now.source.shares(basin) for basin in basins}
    gains, over_centre, scores = [], [], []
    for fold in range(3):
        unseen = plan.basins(fold)
        assert len(unseen) == 6
        # better than any calibration of the training basins could give
        median = np.median([truth[basin] for basin in basins if basin not in unseen], axis=0)
        for basin in unseen:
            # the truth began as the calibration period's runs do, later ones not
            run = now.model(model, "schaake", basin, "calibration")
            assert run.score(truth[basin]) > 0.999999
            own, others, centre = (run.score(x) for x in (learned[basin], median, np.full(len(SPACE), 0.5)))
            scores.append(own)
            gains.append(own - others)
            over_centre.append(own - centre)
    assert np.median(gains) > 0.2
    assert np.mean(np.array(gains) > 0.0) >= 0.8
    assert np.median(over_centre) > 0.2
    assert np.median(scores) > 0.7
    record = loss_of(settings, 0)
    assert record["loss"][-1] < 0.5 * record["loss"][0]


def test_a_basin_s_own_observations_do_not_reach_its_parameters(study):
    basin = "told-04"
    true, wrong = study("true"), study("wrong", f"wrong: {basin}")
    for settings in (true, wrong):
        calibrate_all(settings, workers=0)
    before, after = shares_of(true), shares_of(wrong)
    plan = plan_of(Study(true), true.model("told_ode"), Study(true).basins())
    place = dict(zip(plan.attributes.basins, plan.place.tolist(), strict=True))
    same = {b for b in before if before[b] == after[b]}
    assert same == {b for b in before if place[b] == place[basin]}
    assert basin in same
    # networks that saw the basin did change
    assert len(same) == 6 < len(before) == 18


def test_a_training_basin_is_never_one_of_the_fold(study):
    settings = study()
    calibrate_all(settings, workers=0)
    for fold in range(3):
        record = loss_of(settings, fold)
        assert not set(record["trained_on"]) & set(record["basins"])
        assert len(record["trained_on"]) == 12


def test_what_was_interrupted_gives_the_same_bytes(study):
    settings = study("killed")
    calibrate_all(settings, workers=0)
    whole = folds_on_disk(settings)
    for name in ("fold-1.json", "fold-3.json"):
        next(settings.output.rglob(name)).unlink()
    kept = next(settings.output.rglob("fold-2.json")).stat().st_mtime_ns
    tasks, progress = calibrate_all(settings, workers=0)
    assert progress.done == 12
    assert folds_on_disk(settings) == whole
    assert next(settings.output.rglob("fold-2.json")).stat().st_mtime_ns == kept
    assert calibrate_all(settings, workers=0)[1].done == 0


def test_scores_stand_beside_those_of_other_models(study):
    from basin_study.robustness import compare

    settings = study()
    tasks, _ = calibrate_all(settings, workers=0)
    tables = evaluate(settings, tasks)
    counts = tables.scores.groupby(["model", "period"]).size()
    assert counts.to_dict() == {(m, p): 18 for m in ("cfe_ode", "told_ode") for p in ("calibration", "test")}
    rows = tables.calibrations[tables.calibrations["model"] == "told_ode"].set_index("basin")
    scores = tables.scores[(tables.scores["model"] == "told_ode") & (tables.scores["period"] == "calibration")]
    np.testing.assert_allclose(rows["objective"][scores["basin"]], scores["kge"], rtol=1e-12)
    assert len(tables.parameters) == 2 * 18 * len(SPACE)
    aridity = Study(settings).source.attributes()["aridity"].to_series()
    found = compare(tables.scores, aridity, settings.compare, settings.seed)
    assert {(test.detailed, test.reference) for test in found} == {("told_ode", "cfe_ode")}
    assert found[0].comparisons[0].n == 18


def test_basins_without_observations_or_attributes(study):
    settings = study("gaps", "empty: told-02, unknown: told-07")
    tasks, progress = calibrate_all(settings, workers=0)
    learned = shares_of(settings)
    # no observations: not learned from, but told
    assert "told-02" in learned
    record = loss_of(settings, 0)
    assert "no observed streamflow" in record["left_out"]["told-02"]
    assert all("told-02" not in loss_of(settings, fold)["trained_on"] for fold in range(3))
    # no attributes: neither, and said so
    assert "told-07" not in learned
    reasons = {(f.task.basin, f.task.model): f.reason for f in progress.failures}
    assert set(reasons) == {("told-02", "cfe_ode"), ("told-07", "told_ode")}
    assert "no warmth of basin told-07" in reasons["told-07", "told_ode"]
    assert len(tasks) - len(progress.failures) == 2 * 18 - 2


def test_further_settings_of_the_model_leave_calibrations_alone(study):
    settings = study()
    calibrate_all(settings, workers=0)
    changed = study(regional="folds: 3, epochs: 4")
    assert changed.fingerprint == settings.fingerprint
    with pytest.raises(DataError, match="was made with other settings"):
        calibrate_all(changed, workers=0)


@pytest.mark.parametrize(
    ("regional", "problem"),
    [
        ("attributes: [warmth, hight]", "hight is not there; did you mean height"),
        ("attributes: [warmth, same, class]", "class is no number; same does not vary"),
        ("attributes: [warmth], folds: 10", "18 basins with attributes for 10 folds; expected at least 2 in each"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_before_any_work(study, regional, problem):
    settings = study(regional=regional)
    with pytest.raises(DataError, match="regional.told_ode") as error:
        calibrate_all(settings, workers=0)
    assert problem in str(error.value)
    assert not list(Path(settings.output).rglob("*.json"))


def test_combined_objectives_are_learned(study):
    settings = study("both", regional="folds: 3, epochs: 8, batch: 6", objective="{kge: 1, log_nse: 1, nse: 1}")
    calibrate_all(settings, workers=0)
    losses = loss_of(settings, 1)["loss"]
    assert losses[-1] < losses[0]
