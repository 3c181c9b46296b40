"""Dotty plots show every sampled point of the records that they are given."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.figures_dotty import dots_of, dotty
from basin_study.figures_style import NothingToDraw, caption_of
from basin_study.records import Task
from basin_study.spaces import report_space, space_of
from tests.basin_study import result_cases as cases

SPACE = report_space()


def records(points: int = 40):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    return {
        Task(basin, "cfe_ode", scheme): {
            "samples": [[float(0.8 - rng.exponential(0.3)), *rng.random(9).tolist()] for _ in range(points)]
        }
        for basin in ("b", "a", "c")
        for scheme in ("schaake", "xinanjiang")
    }


def marks(figure):  # type: ignore[no-untyped-def]
    return {c.get_gid(): c.get_offsets().data for axis in figure.axes for c in axis.collections if c.get_gid()}


def test_samples_come_from_records_of_the_basins_that_are_asked_for():
    found = dots_of(records() | {Task("a", "old"): {}}, ["a", "b"])
    assert [(d.task.basin, d.task.scheme) for d in found] == [
        (basin, scheme) for basin in ("a", "b") for scheme in ("schaake", "xinanjiang")
    ]
    first = records()[Task("a", "cfe_ode", "schaake")]["samples"]
    np.testing.assert_array_equal(found[0].objectives, [s[0] for s in first])
    np.testing.assert_array_equal(found[0].shares, [s[1:] for s in first])


def test_every_point_is_there_or_at_the_edge_and_the_best_is_marked():
    own = records()
    figure = dotty(dots_of(own, ["a", "b"]), "cfe_ode", SPACE, "kge", ["b", "a"])
    found = marks(figure)
    assert len(found) == 2 * 9 * 3
    low = figure.axes[0].get_ylim()[0]
    below = 0
    for basin in ("a", "b"):
        samples = np.array([s for task, r in own.items() if task.basin == basin for s in r["samples"]])
        values = SPACE.values(samples[:, 1:])
        best = np.argmax(samples[:, 0])
        for k, name in enumerate(SPACE.names):
            seen, under = found[f"{basin} {name}"], found[f"{basin} {name} below"]
            assert len(seen) + len(under) == 80
            limit = under[0, 1]
            assert (under[:, 1] == limit).all()
            assert low < limit
            inside = samples[:, 0] >= limit
            np.testing.assert_allclose(
                np.sort(seen, axis=0), np.sort(np.c_[values[inside, k], samples[inside, 0]], axis=0), rtol=1e-12
            )
            np.testing.assert_allclose(np.sort(under[:, 0]), np.sort(values[~inside, k]), rtol=1e-12)
            np.testing.assert_allclose(found[f"{basin} {name} best"], [[values[best, k], samples[best, 0]]], rtol=1e-12)
        below += int((~inside).sum())
        assert f"{basin} n = 80, {int((~inside).sum())} below" in caption_of(figure)
    # a tenth of all points
    assert below == 16
    assert [axis.get_xscale() == "log" for axis in figure.axes] == [r.log for r in SPACE.ranges]
    assert r"$K_{lf}$ [m h-1]" in [axis.get_xlabel() for axis in figure.axes]


def test_axes_have_the_bounds_of_the_space_and_units():
    figure = dotty(dots_of(records(), ["a"]), "cfe_ode", SPACE, "kge")
    for axis, r in zip(figure.axes, SPACE.ranges, strict=True):
        low, high = axis.get_xlim()
        assert low < r.low < r.high < high
        assert axis.get_xlabel().endswith("[-]" if r.unit == "1" else f"[{r.unit}]")


def test_the_axis_never_begins_below_the_limit_and_refused_points_are_counted():
    space = space_of("two", {"b": (1.0, 8.0), "slope": (0.0, 1.0)})
    samples = [[-1e9, 0.5, 0.5], *([-50.0 - k, 0.1, 0.2] for k in range(20)), [0.3, 0.9, 0.9]]
    figure = dotty(dots_of({Task("a", "m"): {"samples": samples}}, ["a"]), "m", space, "kge")
    assert "a n = 21, 20 below -1, drawn at the edge, 1 refused, not drawn" in caption_of(figure)
    assert -1.2 < figure.axes[0].get_ylim()[0] < -1.0
    # a search that stayed at one height has an axis too
    flat = dotty(dots_of({Task("a", "m"): {"samples": [[0.5, 0.1, 0.2]] * 9}}, ["a"]), "m", space, "kge")
    low, high = flat.axes[0].get_ylim()
    assert high - low >= 0.2


def test_where_even_the_best_is_below_the_limit_it_is_still_shown():
    space = space_of("one", {"b": (1.0, 8.0)})
    figure = dotty(dots_of({Task("a", "m"): {"samples": [[-7.0, 0.1], [-9.0, 0.4]]}}, ["a"]), "m", space, "kge")
    low, high = figure.axes[0].get_ylim()
    assert low < -7.0 < high


def test_without_samples_there_is_a_reason():
    for own in ({}, {Task("a", "m"): {"samples": [[-1e9, 0.1]]}}, {Task("a", "other"): {"samples": [[0.1, 0.1]]}}):
        with pytest.raises(NothingToDraw, match="dotty plots of m: its records keep no sampled points"):
            dotty(dots_of(own, ["a"]), "m", space_of("one", {"b": (1.0, 8.0)}), "kge")


def test_a_report_has_them(tmp_path):
    from basin_study.report_study import write_study_report

    results = cases.results(tmp_path, 6, ("cfe_classic", "cfe_ode"))
    basins = list(results.hydrographs)
    renamed = {Task(basins[0], "cfe_ode", t.scheme): r for t, r in records().items() if t.basin == "a"}
    more = cases.StudyResults(**{**vars(results), "dots": dots_of(renamed, basins)})
    path = write_study_report(more, tmp_path / "out")
    assert (path.parent / "figures" / "dotty_cfe_ode.png").exists()
    assert not (path.parent / "figures" / "dotty_cfe_classic.png").exists()
    text = path.read_text(encoding="utf-8")
    assert "Dotty plots of cfe_ode" in text
    assert "Not shown: dotty plots of cfe_classic: its records keep no sampled points" in text
