"""Figures of scores show the numbers of the tables, and count those that they cannot show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.dataset import DataError
from basin_study.figures_data import medians_along
from basin_study.figures_pairs import better_models, differences
from basin_study.figures_scores import against_aridity, cumulative, distributions
from basin_study.figures_style import NothingToDraw, caption_of, looks, png_of
from hydro_physics.skill import KGE_OF_MEAN_FLOW
from tests.basin_study import result_cases as cases

BASINS = cases.attributes(60)
SCORES = cases.scores(BASINS)
ARIDITY = dict(zip(BASINS["basin"].values.tolist(), BASINS["aridity"].values.tolist(), strict=True))


def of(score, model, period="test", table=SCORES):  # type: ignore[no-untyped-def]
    """Scores of a model by basin, as a plain dict."""
    rows = table[(table["model"] == model) & (table["period"] == period)]
    return dict(zip(rows["basin"], rows[score], strict=True))


def marked(axis, gid):  # type: ignore[no-untyped-def]
    """Places of the points that carry a name."""
    return np.concatenate([np.empty((0, 2)), *(c.get_offsets() for c in axis.collections if c.get_gid() == gid)])


@pytest.mark.parametrize(("panel", "score"), [(0, "kge"), (1, "nse")])
@pytest.mark.parametrize("model", cases.MODELS)
def test_every_score_is_at_its_aridity_and_the_low_ones_at_the_edge(panel, score, model):
    figure = against_aridity(SCORES, BASINS, models=cases.MODELS)
    axis = figure.axes[panel]
    known = {b: v for b, v in of(score, model).items() if np.isfinite(v) and np.isfinite(ARIDITY[b])}
    inside = sorted((ARIDITY[b], v) for b, v in known.items() if v >= -1.0)
    below = sorted((ARIDITY[b], -1.0) for b, v in known.items() if v < -1.0)
    np.testing.assert_array_equal(sorted(map(tuple, marked(axis, model))), inside)
    assert sorted(map(tuple, marked(axis, f"{model} below"))) == below
    assert f"{model} n = {len(known)}, 2 without a score (NaN)" in caption_of(figure)
    if below:
        assert f"1 without known aridity, {len(below)} below -1" in caption_of(figure)


def test_lines_are_at_aridity_1_and_at_the_scores_of_the_mean_flow():
    figure = against_aridity(SCORES, BASINS)
    for axis, benchmark in zip(figure.axes, (KGE_OF_MEAN_FLOW, 0.0), strict=True):
        lines = {line.get_gid(): line for line in axis.lines}
        assert set(lines["arid"].get_xdata()) == {1.0}
        assert set(lines["benchmark"].get_ydata()) == {benchmark}


def test_medians_along_are_those_of_groups_of_neighbours():
    rng = np.random.default_rng(0)
    x, y = rng.random(37), rng.random(37)
    order = np.argsort(x)
    places, medians = medians_along(x, y)
    assert places.size == 3
    assert medians[0] == np.median(y[order[:13]])
    assert medians[2] == np.median(y[order[25:]])
    assert medians_along(x[:19], y[:19])[0].size == 0


@pytest.mark.parametrize("model", cases.MODELS)
def test_cumulative_curves_are_shares_of_the_basins_that_have_a_score(model):
    figure = cumulative(SCORES, models=cases.MODELS)
    values = np.array([v for v in of("kge", model).values() if np.isfinite(v)])
    (line,) = [line for line in figure.axes[0].lines if line.get_label() == model]
    x, share = line.get_data()
    np.testing.assert_array_equal(x, np.sort(values))
    np.testing.assert_allclose(share, [np.mean(values <= v) for v in x], rtol=1e-14)
    assert "the models' basins differ" in caption_of(figure)


def test_boxes_are_medians_of_humid_and_arid_basins_with_their_numbers():
    figure = distributions(SCORES, BASINS, models=cases.MODELS)
    axis = figure.axes[0]
    for model in cases.MODELS:
        drawn = [line.get_ydata()[0] for line in axis.lines if line.get_gid() == f"{model} median"]
        found = {b: v for b, v in of("kge", model).items() if np.isfinite(v)}
        humid = [v for b, v in found.items() if ARIDITY[b] <= 1.0]
        arid = [v for b, v in found.items() if ARIDITY[b] > 1.0]
        np.testing.assert_allclose(drawn, [np.median(humid), np.median(arid)], rtol=1e-14)
        texts = [text.get_text() for text in axis.texts]
        assert texts.count(str(len(humid))) >= 1
        assert texts.count(str(len(arid))) >= 1
        points = sorted(y for _, y in marked(axis, model))
        np.testing.assert_array_equal(points, sorted(v for v in humid + arid if v >= -1.0))


def test_differences_are_those_of_the_basins_of_both_models():
    figure = differences(SCORES, BASINS, ("cfe_classic", "cfe_ode"))
    first, second = of("nse", "cfe_classic"), of("nse", "cfe_ode")
    gains = {b: second[b] - first[b] for b in first if np.isfinite(second[b] - first[b]) and np.isfinite(ARIDITY[b])}
    inside = sorted((ARIDITY[b], g) for b, g in gains.items() if abs(g) <= 0.5)
    axis = figure.axes[1]
    np.testing.assert_array_equal(sorted(map(tuple, marked(axis, "gain"))), inside)
    assert len(marked(axis, "beyond")) == len(gains) - len(inside) > 0
    arid = [g for b, g in gains.items() if ARIDITY[b] > 1.0]
    assert f"{sum(g > 0 for g in arid)} of {len(arid)} arid" in axis.get_title(loc="left")


def test_differences_need_basins_of_both():
    table = SCORES[(SCORES["model"] != "cfe_ode") | (SCORES["basin"] == "none")]
    with pytest.raises(NothingToDraw, match="of 0 basins that both were evaluated in"):
        differences(table, BASINS, ("cfe_classic", "cfe_ode"))


def test_a_model_keeps_its_colour_when_another_one_is_missing():
    alone = SCORES[SCORES["model"] == "cfe_ode"]
    axis = against_aridity(alone, BASINS, models=cases.MODELS).axes[0]
    (points,) = [c for c in axis.collections if c.get_gid() == "cfe_ode"]
    from matplotlib.colors import to_rgb

    assert tuple(points.get_facecolor()[0][:3]) == to_rgb(looks(cases.MODELS)["cfe_ode"].colour)


@pytest.mark.parametrize("number", [1, 2])
def test_one_or_two_basins_and_one_model_can_be_drawn(number):
    basins = cases.attributes(number)
    table = cases.scores(basins, ("cfe_ode",), gaps=False)
    for figure in (against_aridity(table, basins), cumulative(table), distributions(table, basins)):
        assert f"cfe_ode n = {number}" in caption_of(figure)
        assert png_of(figure)[0].startswith(b"\x89PNG")


def test_what_cannot_be_drawn_says_why():
    nothing = SCORES.assign(kge=np.nan)
    with pytest.raises(NothingToDraw, match="no KGE in the test period: 132 scores are NaN"):
        cumulative(nothing)
    unknown = BASINS.assign(aridity=("basin", np.full(60, np.nan)))
    with pytest.raises(NothingToDraw, match="126 basins have no known aridity"):
        against_aridity(SCORES, unknown)
    with pytest.raises(NothingToDraw, match="validation period: nothing was evaluated"):
        distributions(SCORES, BASINS, period="validation")


def test_tables_that_cannot_be_used_are_refused():
    with pytest.raises(DataError, match="no column kge; it has basin"):
        cumulative(SCORES.drop(columns="kge"))
    with pytest.raises(DataError, match=f"cfe_classic, period test: basin {cases.basin_names(1)[0]} more than once"):
        cumulative(pd.concat([SCORES, SCORES.head(2)]))
    with pytest.raises(DataError, match="model lgar; expected one of cfe_classic, cfe_ode"):
        cumulative(SCORES, models=("cfe_classic", "cfe_ode"))
    with pytest.raises(DataError, match="no aridity; there are"):
        against_aridity(SCORES, BASINS.drop_vars("aridity"))


def test_basins_without_both_scores_have_no_better_model():
    verdicts = better_models(SCORES, ("cfe_classic", "cfe_ode"))
    lost = {b for m in ("cfe_classic", "cfe_ode") for b, v in of("kge", m).items() if not np.isfinite(v)}
    assert len(lost) == 2
    assert set(verdicts.index) == set(of("kge", "cfe_ode")) - lost


def test_a_score_without_bounds_stretches_no_axis_and_is_marked():
    table = SCORES.copy()
    dry = BASINS["basin"].values[int(np.nanargmax(BASINS["aridity"].values))]
    rows = (table["basin"] == dry) & (table["model"] == "cfe_ode")
    table.loc[rows, ["kge", "nse", "bounded_kge", "bounded_nse"]] = [-1e5, -1e9, -1.0, -1.0]
    pair, scaled = ("cfe_classic", "cfe_ode"), ("bounded_kge", "bounded_nse")
    assert table.loc[rows, "kge"].notna().all()
    for draw in (
        lambda t: against_aridity(t, BASINS),
        lambda t: distributions(t, BASINS),
        cumulative,
        lambda t: differences(t, BASINS, pair),
        lambda t: differences(t, BASINS, pair, scaled),
    ):
        usual, wild = draw(SCORES), draw(table)
        for a, b in zip(usual.axes, wild.axes, strict=True):
            assert (a.get_xlim(), a.get_ylim()) == (b.get_xlim(), b.get_ylim())
        assert "drawn at the edge" in caption_of(wild)
        assert "edge" in "".join(text.get_text() for text in wild.findobj(lambda artist: artist.get_gid() == "notes"))


def test_bounded_differences_are_those_that_are_tested():
    figure = differences(SCORES, BASINS, ("cfe_classic", "cfe_ode"), ("bounded_kge", "bounded_nse"))
    first, second = of("kge", "cfe_classic"), of("kge", "cfe_ode")
    gains = {b: second[b] / (2.0 - second[b]) - first[b] / (2.0 - first[b]) for b in first}
    shown = sorted((ARIDITY[b], g) for b, g in gains.items() if abs(g) <= 0.5 and np.isfinite(ARIDITY[b]))
    np.testing.assert_allclose(sorted(map(tuple, marked(figure.axes[0], "gain"))), shown, rtol=0.0, atol=1e-14)
    assert "bounded KGE" in figure.axes[0].get_ylabel()
