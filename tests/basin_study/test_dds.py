"""The search that spotpy does for us."""

import random

import numpy as np
import pytest

pytest.importorskip("spotpy")

from basin_study.dds import SAMPLES, Recorder, dds


def bowl(x):  # type: ignore[no-untyped-def]
    return -float(((x - 0.3) ** 2).sum())


def test_it_finds_the_top_and_counts():
    found = dds(bowl, 6, 300, seed=4)
    assert found.evaluations == 300
    assert found.best == bowl(found.shares) > -0.01
    assert ((found.shares >= 0.0) & (found.shares <= 1.0)).all()
    counts, values = zip(*found.trace, strict=True)
    assert list(values) == sorted(values)
    assert values[-1] == found.best
    assert list(counts) == sorted(counts)
    # far better than as many random points
    random_best = max(bowl(x) for x in np.random.default_rng(0).random((300, 6)))
    assert found.best > random_best / 5.0


def test_the_same_seed_gives_the_same_search_and_another_one_another():
    a, b, c = (dds(bowl, 3, 50, seed=seed) for seed in (1, 1, 2))
    assert a.trace == b.trace
    np.testing.assert_array_equal(a.shares, b.shares)
    assert a.trace != c.trace


def test_it_does_not_depend_on_what_was_drawn_before():
    """spotpy estimates bounds that it is not given, from unseeded random numbers."""
    found = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        found.append(dds(bowl, 3, 50, seed=1).shares)
    np.testing.assert_array_equal(*found)


def test_it_leaves_the_random_numbers_of_others_alone_and_prints_nothing(capsys):
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    dds(bowl, 2, 20, seed=1)
    got = np.random.rand(), random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    assert got == (np.random.rand(), random.random())  # noqa: NPY002
    assert capsys.readouterr().out == ""


def test_it_begins_where_it_is_told_and_counts_refusals():
    points = []

    def objective(x):  # type: ignore[no-untyped-def]
        points.append(x.copy())
        return -1e9 if x[0] > 0.5 else bowl(x)

    found = dds(objective, 2, 40, seed=0, start=[0.2, 0.9], refused_below=-1e9)
    np.testing.assert_array_equal(points[0], [0.2, 0.9])
    assert len(points) == found.evaluations == 40
    assert found.refused == sum(p[0] > 0.5 for p in points) > 0


def test_too_few_evaluations_are_refused():
    with pytest.raises(ValueError, match="5 evaluations; expected at least 10"):
        dds(bowl, 2, 5, seed=0)


@pytest.mark.parametrize("evaluations", [30, 99, 100, 101, 460])
def test_every_kth_point_and_the_best_one_are_kept(evaluations):
    seen = []

    def objective(x):  # type: ignore[no-untyped-def]
        seen.append((bowl(x), x.copy()))
        return seen[-1][0]

    found = dds(objective, 3, evaluations, seed=5)
    every = -(-evaluations // 99)
    best = max(range(evaluations), key=lambda k: seen[k][0])
    kept = sorted({*range(every - 1, evaluations, every), best})
    assert len(found.samples) == len(kept) <= SAMPLES
    for (objective_there, *shares), k in zip(found.samples, kept, strict=True):
        assert objective_there == pytest.approx(seen[k][0], rel=5e-6)
        np.testing.assert_allclose(shares, seen[k][1], atol=5.1e-5)
        assert [round(share, 4) for share in shares] == shares
    assert max(sample[0] for sample in found.samples) == pytest.approx(found.best, rel=5e-6)
    assert found.samples == dds(bowl, 3, evaluations, seed=5).samples


def test_refused_points_are_kept_too_and_no_points_are_no_samples():
    found = dds(lambda x: -1e9 if x[0] > 0.5 else bowl(x), 2, 40, seed=0, refused_below=-1e9)
    assert sum(sample[0] == -1e9 for sample in found.samples) == found.refused > 0
    assert Recorder(bowl, -1e9).result().samples == []
