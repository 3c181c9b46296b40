"""Parameters of one soil in the other: what is run with what, and what is said about it."""

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")

import pandas as pd

from basin_study.calibrate import Study, calibrate_all
from basin_study.compensation import compensation_sections, pair_of, swaps, trial_distances
from basin_study.compensation_text import compensation_section, hidden_interval, hidden_share
from basin_study.evaluate import best_of, evaluate, read_records
from basin_study.study_file import load_study

STUDY = """
data: {{kind: synthetic, options: {{basins: 4, years: 4, start: 1998-10-01}}}}
basins: [synthetic-0001, synthetic-0004]
periods:
  calibration: {{start: 1999-10-01, end: 2000-10-01}}
  test: {{start: 2001-04-01, end: 2001-10-01}}
warmup_days: 180
models:
{models}
calibration: {{evaluations: 40, trials: 2}}
output: out
"""
BOTH = "  cfe_classic: {soil: classic}\n  cfe_ode: {soil: ode}\n"


@pytest.fixture
def study(tmp_path):  # type: ignore[no-untyped-def]
    def write(models: str = BOTH):  # type: ignore[no-untyped-def]
        path = tmp_path / "study.yaml"
        path.write_text(STUDY.format(models=models))
        return load_study(path)

    return write


def test_best_parameters_are_run_in_the_other_soil(study):
    settings = study()
    tasks, _ = calibrate_all(settings, workers=0)
    now, records = Study(settings), read_records(settings, tasks)
    table = swaps(now, records)
    assert len(table) == 2 * 2 * 2
    best, scores = best_of(records), evaluate(settings, tasks).scores
    for row in table.itertuples():
        task = best[row.basin, row.parameters_of]
        assert row.scheme == task.scheme
        of_own = scores[(scores["basin"] == row.basin) & (scores["model"] == row.parameters_of)]
        assert row.kge_own == of_own[of_own["period"] == row.period]["kge"].iloc[0]
        trials = [t for t in records if (t.basin, t.model, t.scheme) == (row.basin, row.run_in, row.scheme)]
        other = max(trials, key=lambda t: records[t]["objective"])
        model = now.model(settings.model(row.run_in), row.scheme, row.basin, row.period)
        assert row.kge_swapped == pytest.approx(model.score(records[task]["shares"]), rel=1e-12)
        assert row.kge_best == pytest.approx(model.score(records[other]["shares"]), rel=1e-12)
        assert row.scheme_effect == row.kge_swapped - row.kge_own
        change = np.subtract(records[other]["shares"], records[task]["shares"])
        assert row.distance == pytest.approx(np.sqrt(np.mean(change**2)))
        assert row.difference_satdk == pytest.approx(change[settings.models[0].space.names.index("satdk")])
    # the soils are not the same
    assert (table["scheme_effect"].abs() > 1e-6).all()
    # 2 basins, 2 models, 2 schemes
    assert len(trial_distances(records, ["cfe_classic", "cfe_ode"])) == 8
    sections, paths = compensation_sections(now, records)
    assert [path.name for path in paths] == ["compensation.csv"]
    written = pd.read_csv(paths[0], float_precision="round_trip")
    np.testing.assert_array_equal(written["kge_swapped"], table["kge_swapped"])
    assert len(sections) == 2
    assert "Trials of one and the same model are" in sections[0].text
    assert list(sections[1].table["parameter"]) == list(settings.models[0].space.names)


def test_models_that_differ_in_more_than_the_soil_are_no_pair(study):
    assert pair_of(study("  a: {soil: classic}\n  b: {soil: ode, algorithm: gradient}\n")) is None
    assert pair_of(study("  a: {soil: classic}\n  b: {soil: ode, space: nwm}\n")) is None
    pair = pair_of(study("  a: {soil: ode, evaluations: 9999}\n" + BOTH))
    assert [model.name for model in pair] == ["cfe_classic", "cfe_ode"]


def drawn(held: float, left: float, basins: int = 40) -> pd.DataFrame:
    """Effects of given sizes, with scatter."""
    rng = np.random.default_rng(1)
    rows = []
    for source, target in (("cfe_classic", "cfe_ode"), ("cfe_ode", "cfe_classic")):
        own = rng.uniform(0.3, 0.8, basins)
        swapped, best = own - held * rng.uniform(0.5, 1.5, basins), own + left * rng.uniform(-1.5, 1.5, basins)
        if held == left:
            best = own + rng.permutation(swapped - own)
        for period in ("calibration", "test"):
            rows.append(
                pd.DataFrame(
                    {
                        "basin": [f"{k:08d}" for k in range(basins)],
                        "parameters_of": source,
                        "run_in": target,
                        "scheme": "schaake",
                        "period": period,
                        "kge_own": own,
                        "kge_swapped": swapped,
                        "kge_best": best,
                        "scheme_effect": swapped - own,
                        "loss": best - swapped,
                        "calibrated_effect": best - own,
                        "distance": rng.uniform(0.2, 0.4, basins),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize(
    ("held", "left", "answer"),
    [
        (0.3, 0.01, "calibration hides 9"),
        (0.01, 0.3, "the effect of the scheme is the smaller one, and calibration has nothing to hide"),
        (0.1, 0.1, "it is not shown that calibration hides any of the effect"),
    ],
)
def test_the_words_follow_the_numbers(held, left, answer):
    section = compensation_section(drawn(held, left), [], 0)
    assert section.text.count(answer) == 2
    assert "with one trial" in section.text
    for _, line in section.table.iterrows():
        assert line["95 % from"] <= line["hidden"] <= line["to"]


def test_without_an_effect_nothing_is_hidden():
    rows = drawn(0.0, 0.1)
    assert np.isnan(hidden_share(rows))
    assert "there is no effect of the scheme to hide" in compensation_section(rows, [], 0).text


def test_what_is_hidden_of_nearly_nothing_is_bounded():
    """As 1 less the ratio to an effect of nearly nothing it was -85414 %, and said nothing."""
    rows = drawn(0.1, 0.05, basins=6)
    rows = rows[(rows["period"] == "test") & (rows["parameters_of"] == "cfe_ode")].copy()
    rows["scheme_effect"] = [0.0, 1e-5, 1e-5, 0.2, 0.2, 0.3]
    rows["calibrated_effect"] = [0.05, 0.05, 0.04, 0.03, 0.06, 0.04]
    low, high = hidden_interval(rows, 0)
    assert -1.0 <= low < -0.9 < 0.0 < hidden_share(rows) < high <= 1.0
    section = compensation_section(rows, [], 0)
    assert "it is not shown that calibration hides any of the effect (95 % interval -100 to " in section.text
    # where less is left than was held it is 1 less their ratio; the other way round it has the opposite sign
    part = hidden_share(rows)
    assert part == pytest.approx(1.0 - 0.045 / 0.100005)
    turned = rows.rename(columns={"scheme_effect": "calibrated_effect", "calibrated_effect": "scheme_effect"})
    assert hidden_share(turned) == pytest.approx(-part)
