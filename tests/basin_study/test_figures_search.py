"""Figures of calibrations show their records."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.figures_search import Trace, objective_traces, parameter_shares
from basin_study.figures_style import NothingToDraw, caption_of
from basin_study.records import Task
from basin_study.report_study import traces_of
from tests.basin_study import result_cases as cases


def test_the_best_so_far_holds_until_the_next_improvement():
    trace = Trace("m", [[1, -1e9], [3, 0.2], [5, 0.6]], 6)
    np.testing.assert_array_equal(trace.best(), [np.nan, np.nan, 0.2, 0.2, 0.6, 0.6])


def test_the_line_is_the_median_of_calibrations():
    traces = [Trace("m", [[1, v], [3, v + 0.3]], 4) for v in (0.1, 0.2, 0.5)]
    figure = objective_traces(traces, "kge")
    (line,) = [line for line in figure.axes[0].lines if line.get_label() == "m"]
    np.testing.assert_allclose(line.get_ydata(), [0.2, 0.2, 0.5, 0.5], rtol=1e-14)
    assert "m n = 3" in caption_of(figure)


def test_calibrations_that_end_below_the_axis_are_counted():
    traces = [Trace("m", [[1, -5.0]], 4), Trace("m", [[1, -1e9]], 4), Trace("m", [[1, 0.5]], 4)]
    assert "m n = 3, 2 end below -1" in caption_of(objective_traces(traces, "kge"))


def test_searches_of_different_length_keep_their_best():
    figure = objective_traces([Trace("m", [[1, 0.1]], 2), Trace("m", [[1, 0.1], [4, 0.5]], 4)], "kge")
    (line,) = [line for line in figure.axes[0].lines if line.get_label() == "m"]
    np.testing.assert_allclose(line.get_ydata(), [0.1, 0.1, 0.1, 0.3], rtol=1e-14)


def test_without_calibrations_there_is_a_reason():
    with pytest.raises(NothingToDraw, match="no calibration"):
        objective_traces([], "kge")


def test_traces_come_from_records_in_the_order_of_tasks():
    records = {
        Task("b", "m"): {"trace": [[1, 0.3]], "evaluations": 10},
        Task("a", "m"): {"trace": [[1, 0.1]], "evaluations": 20},
    }
    assert traces_of(records) == [Trace("m", [[1, 0.1]], 20), Trace("m", [[1, 0.3]], 10)]


def test_every_share_of_every_parameter_is_shown_with_shares_at_the_bounds():
    table = cases.parameters(cases.scores(cases.attributes(20)))
    figure = parameter_shares(table, cases.MODELS)
    assert len(figure.axes) == 2  # CFE's parameters, and LGAR's
    for axis, models, names in zip(
        figure.axes, (cases.MODELS[:2], cases.MODELS[2:]), (cases.CFE_NAMES, cases.LGAR_NAMES), strict=True
    ):
        points = {c.get_gid(): c.get_offsets()[:, 0] for c in axis.collections if c.get_gid()}
        assert set(points) == {f"{model} {name}" for model in models for name in names}
        for model in models:
            for name in names:
                own = table[(table["model"] == model) & (table["parameter"] == name)]["share"]
                np.testing.assert_array_equal(points[f"{model} {name}"], np.sort(own))
        shares = [
            table[(table["model"] == model) & (table["parameter"] == name)]["share"]
            for model in models
            for name in names
        ]
        ends = [(100.0 * np.mean(x <= 0.01), 100.0 * np.mean(x >= 0.99)) for x in shares]
        assert any(low > 0.0 and high > 0.0 for low, high in ends)
        assert [text.get_text() for text in axis.texts] == [f"{low:.0f} / {high:.0f} %" for low, high in ends]
    assert "Basins: cfe_classic n = 20; cfe_ode n = 20; lgar n = 4" in caption_of(figure)


def test_unknown_shares_are_counted():
    table = cases.parameters(cases.scores(cases.attributes(4), ("cfe_ode",)))
    table.loc[3, "share"] = np.nan
    assert "1 values unknown (NaN)" in caption_of(parameter_shares(table))
    with pytest.raises(NothingToDraw, match="none of 36 values"):
        parameter_shares(table.assign(share=np.nan))
