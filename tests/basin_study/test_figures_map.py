"""The map marks each basin by the model that both scores prefer."""

from __future__ import annotations

import pandas as pd
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.figures_map import better_model_map
from basin_study.figures_pairs import better_models
from basin_study.figures_style import NothingToDraw, caption_of, png_of
from tests.basin_study import result_cases as cases

PAIR = ("cfe_classic", "cfe_ode")


def table(*rows):  # type: ignore[no-untyped-def]
    """Scores of both models for the first basins: (kge, nse) of the first, (kge, nse) of the second."""
    found = []
    for basin, pair in zip(cases.basin_names(len(rows)), rows, strict=True):
        for model, (kge, nse) in zip(PAIR, pair, strict=True):
            found.append({"basin": basin, "model": model, "period": "test", "kge": kge, "nse": nse})
    return pd.DataFrame(found)


FOUR = table(
    ((0.5, 0.4), (0.4, 0.3)),
    ((0.5, 0.4), (0.6, 0.5)),
    ((0.5, 0.4), (0.6, 0.3)),
    ((0.5, 0.4), (0.5, 0.5)),
)


def test_the_better_model_is_better_in_both_scores():
    assert better_models(FOUR, PAIR).tolist() == ["first", "second", "undetermined", "undetermined"]


def test_symbols_are_where_the_basins_are():
    basins = cases.attributes(4)
    figure = better_model_map(FOUR, basins, PAIR)
    places = {c.get_gid(): c.get_offsets().tolist() for c in figure.axes[0].collections if c.get_gid()}
    x, y = basins["longitude"].values, basins["latitude"].values
    assert places == {
        "first": [[x[0], y[0]]],
        "second": [[x[1], y[1]]],
        "undetermined": [[x[2], y[2]], [x[3], y[3]]],
    }
    assert "n = 4 of 4 basins" in caption_of(figure)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[0] == "cfe_classic better (1)"
    assert labels[1] == "cfe_ode better (1)"
    assert labels[2].endswith("(2)")


def test_symbols_are_those_of_the_report():
    from matplotlib.colors import to_rgb

    points = {c.get_gid(): c for c in better_model_map(FOUR, cases.attributes(4), PAIR).axes[0].collections}
    blue, orange, green = (points[kind].get_edgecolor()[0][:3] for kind in ("first", "second", "undetermined"))
    assert [tuple(c) for c in (blue, orange, green)] == [to_rgb(c) for c in ("#0072B2", "#D55E00", "#009E73")]


def test_basins_without_coordinates_or_scores_are_counted():
    scores = table(*[((0.5, 0.4), (0.4, 0.3))] * 3, ((float("nan"), 0.4), (0.4, 0.3)))
    basins = cases.attributes(4)
    basins["latitude"].values[1] = float("nan")
    caption = caption_of(better_model_map(scores, basins, PAIR))
    assert "n = 2 of 4 basins that both were evaluated in; 1 without a score (NaN); 1 without coordinates" in caption


def test_without_coordinates_there_is_a_reason_and_no_map():
    with pytest.raises(NothingToDraw, match="coordinates of the basins are unknown"):
        better_model_map(FOUR, cases.attributes(4, coordinates=False), PAIR)
    with pytest.raises(NothingToDraw, match="no basin has scores of both"):
        better_model_map(FOUR[FOUR["model"] == "cfe_ode"], cases.attributes(4), PAIR)


def test_one_basin_can_be_drawn():
    figure = better_model_map(FOUR.head(2), cases.attributes(1), PAIR)
    assert png_of(figure)[0].startswith(b"\x89PNG")
    west, east = figure.axes[0].get_xlim()
    assert east - west >= 1.0
