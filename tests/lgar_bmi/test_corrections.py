"""Corrections of fronts that merged, crossed, reached the bottom or dried out: each conserves water and is counted."""

import numpy as np
import pytest

from hydro_physics.van_genuchten import moisture
from lgar_bmi.column import CAPACITY, capacity, copy_fronts, remove_front, surface_front
from lgar_bmi.corrections import correct_fronts, cross_layers, join_dry_over_wet, merge_fronts, reach_bottom
from lgar_bmi.events import BOTTOM, DRY_OVER_WET, EVENTS, LAYER_CROSSING, RESTLESS, SATURATION
from lgar_bmi.exchange import block_margin
from lgar_bmi.movement import move_fronts
from lgar_bmi.placing import LOST, PENDING, PERCOLATION, REJECTED, deepen_saturated_block, restore_water
from lgar_bmi.substep import remove_redundant
from tests.lgar_bmi.reference import SYNTH_1, SYNTH_2, Model, model, place

THREE = (10.0, 30.0, 25.0)
S1, S2, S3 = SYNTH_1


def three(**options: int) -> Model:
    return model(SYNTH_1, THREE, 500.0, **options)


def corrected(m: Model) -> np.ndarray:
    books = np.zeros(4)
    correct_fronts(m.fronts, m.column, m.options, m.events, books)
    return books


def counted(m: Model) -> dict[str, int]:
    return {name: int(count) for name, count in zip(EVENTS, m.events, strict=False) if count}


def is_proper(m: Model) -> bool:
    """Fronts in order, wetter above drier in a layer, one suction in blocks that span layers."""
    rows = m.rows()
    for above, below in zip(rows, rows[1:], strict=False):
        if above[2] > below[2] or (above[0] == below[0] and above[3] <= below[3]):
            return False
        if above[1] == 1 and (below[0] != above[0] + 1 or above[4] != below[4]):
            return False
    return [row[2] for row in rows if row[1] == 1] == m.column.bottom.tolist()


def test_merged_front_holds_the_water_of_both() -> None:
    m = three()
    place(m, (0, 7.0, 20.0), (0, 6.0, 60.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    before = m.storage
    theta = [moisture(psi, S1) for psi in (20.0, 60.0, 500.0)]
    depth = (7.0 * (theta[0] - theta[1]) + 6.0 * (theta[1] - theta[2])) / (theta[0] - theta[2])
    books = corrected(m)
    assert m.rows()[0] == (0, 0, pytest.approx(depth, rel=1e-14), theta[0], 20.0)
    assert m.size == 4
    assert m.storage == pytest.approx(before, abs=1e-14)
    assert counted(m) == {"merge": 1}
    assert not books.any()


def test_front_merges_with_all_that_it_overtook() -> None:
    m = three()
    place(m, (0, 9.0, 20.0), (0, 6.0, 60.0), (0, 6.5, 90.0), (0, 7.0, 200.0), (0, 10.0, 500.0), (1, 40.0, 500.0))
    m.fronts.size[0] = 7
    m.fronts.layer[6], m.fronts.at_bottom[6], m.fronts.depth[6], m.fronts.psi[6] = 2, 1, 65.0, 500.0
    m.fronts.theta[6] = moisture(500.0, S3)
    before = m.storage
    corrected(m)
    assert m.size == 4
    assert counted(m) == {"merge": 3}
    assert m.storage == pytest.approx(before, abs=1e-13)
    assert is_proper(m)


@pytest.mark.parametrize("lgar_c", [0, 1])
def test_merged_pair_that_dried_at_the_surface_is_not_thrown_out_of_the_column(lgar_c: int) -> None:
    """A front that dried below the one it overtook, yet not below the next: the formula alone gives a depth above 0."""
    m = three(lgar_c=lgar_c)
    place(m, (0, 9.0, 61.5), (0, 1.65, 60.0), (0, 1.6, 62.0), (0, 3.8, 300.0), (0, 10.0, 500.0), (1, 40.0, 500.0))
    m.fronts.size[0] = 7
    m.fronts.layer[6], m.fronts.at_bottom[6], m.fronts.depth[6], m.fronts.psi[6] = 2, 1, 65.0, 500.0
    m.fronts.theta[6] = moisture(500.0, S3)
    before = m.storage
    books = corrected(m)
    if lgar_c:
        assert m.storage + books[LOST] == pytest.approx(before, abs=1e-6)
        return
    assert m.fronts.depth[0] > 0.0
    assert is_proper(m)
    assert m.storage + books[REJECTED] == pytest.approx(before, abs=1e-13)


@pytest.mark.parametrize("lgar_c", [0, 1])
def test_front_crosses_into_the_next_layer_with_its_water_and_suction(lgar_c: int) -> None:
    m = three(lgar_c=lgar_c)
    place(m, (0, 13.0, 40.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    before = m.storage
    m.fronts.speed[0] = 7.0
    beyond = 3.0 * (moisture(40.0, S1) - moisture(500.0, S1)) / (moisture(40.0, S2) - moisture(500.0, S2))
    books = corrected(m)
    rows = m.rows()
    assert rows[0] == (0, 1, 10.0, moisture(40.0, S1), pytest.approx(40.0, rel=1e-12))
    assert rows[1][:3] == (1, 0, pytest.approx(10.0 + beyond, rel=1e-12))
    assert rows[1][3] == pytest.approx(moisture(40.0, S2), rel=1e-13)
    assert m.fronts.speed[:2].tolist() == [0.0, 7.0]
    assert m.size == 4
    assert counted(m) == {"layer_crossing": 1}
    assert m.storage == pytest.approx(before, abs=1e-12)
    assert not books.any()


def test_front_crosses_two_layers_at_once() -> None:
    m = three()
    place(m, (0, 300.0, 1.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    # a front far too deep: what it holds beyond the layer goes on down
    m.fronts.depth[0] = 10.0 + 40.0
    before = m.storage
    books = corrected(m)
    assert m.events[LAYER_CROSSING] == 2
    assert is_proper(m)
    assert m.storage + books[REJECTED] == pytest.approx(before, abs=1e-12)


def test_front_that_finds_the_next_layer_as_wet_ends_there() -> None:
    """No depth of a front conserves water when the next layer is at the same suction (mass lost after crossing)."""
    m = three()
    place(m, (0, 12.0, 40.0), (0, 10.0, 30.0), (1, 40.0, 30.0), (2, 65.0, 30.0))
    m.fronts.theta[1] = moisture(45.0, S1)
    before = m.storage
    books = corrected(m)
    assert m.size == 3
    assert is_proper(m)
    assert m.storage + books[REJECTED] == pytest.approx(before, abs=1e-12)


def test_lgar_c_crossing_without_a_contrast_stays_finite() -> None:
    m = three(lgar_c=1)
    place(m, (0, 12.0, 40.0), (0, 10.0, 30.0), (1, 40.0, 40.0), (2, 65.0, 40.0))
    m.fronts.theta[1] = moisture(45.0, S1)
    books = np.zeros(4)
    cross_layers(m.fronts, m.column, m.options, m.events, books)
    assert m.events[LAYER_CROSSING] >= 1
    assert np.isfinite(m.fronts.depth[: m.size]).all()
    assert np.isfinite(books).all()


def test_front_at_the_bottom_ends_and_its_water_stays() -> None:
    m = three()
    place(m, (0, 10.0, 100.0), (1, 40.0, 100.0), (2, 66.0, 100.0), (2, 65.0, 500.0))
    before = m.storage
    books = corrected(m)
    assert m.size == 3
    assert m.events[BOTTOM] == 1
    assert is_proper(m)
    assert m.storage == pytest.approx(before, abs=1e-12)
    assert not books.any()
    assert m.rows()[2][4] < 100.0


def test_lgar_c_lets_what_passed_the_bottom_percolate() -> None:
    m = three(lgar_c=1)
    place(m, (0, 10.0, 100.0), (1, 40.0, 100.0), (2, 66.0, 100.0), (2, 65.0, 500.0))
    before = m.storage
    books = np.zeros(4)
    reach_bottom(m.fronts, 2, m.column, m.options, books)
    assert books[PERCOLATION] == pytest.approx(moisture(100.0, S3) - moisture(500.0, S3), rel=1e-12)
    assert books[PENDING] == 0.0
    assert m.storage + books[PERCOLATION] == pytest.approx(before, abs=1e-12)


def test_block_that_dried_below_the_next_joins_it() -> None:
    m = three()
    place(m, (0, 4.0, 300.0), (0, 7.0, 60.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    before = m.storage
    mean = (4.0 * moisture(300.0, S1) + 3.0 * moisture(60.0, S1)) / 7.0
    books = corrected(m)
    rows = m.rows()
    assert len(rows) == 4
    assert rows[0][2:4] == (7.0, pytest.approx(mean, rel=1e-13))
    assert counted(m) == {"dry_over_wet": 1}
    assert m.storage == pytest.approx(before, abs=1e-13)
    assert not books.any()


def test_several_blocks_that_dried_join_one_after_the_other_and_count_nothing_twice() -> None:
    """Repeated dry over wet in one sub-step: nothing of it is taken for evaporation."""
    m = three()
    place(m, (0, 2.0, 600.0), (0, 4.0, 300.0), (0, 7.0, 60.0), (0, 10.0, 800.0), (1, 40.0, 800.0), (2, 65.0, 800.0))
    before = m.storage
    books = corrected(m)
    assert m.events[DRY_OVER_WET] == 2
    assert m.size == 4
    assert m.storage == pytest.approx(before, abs=1e-13)
    assert not books.any()


def test_dry_block_that_spans_layers_joins_the_block_below_it() -> None:
    m = three()
    place(m, (0, 10.0, 700.0), (1, 20.0, 700.0), (1, 30.0, 50.0), (1, 40.0, 900.0), (2, 65.0, 900.0))
    before = m.storage
    books = corrected(m)
    rows = m.rows()
    assert len(rows) == 4
    assert rows[0][4] == rows[1][4]
    assert rows[1][2] == 30.0
    assert 50.0 < rows[0][4] < 700.0
    assert m.storage == pytest.approx(before, abs=1e-12)
    assert not books.any()


def test_lgar_c_joins_one_block_more_below_a_moving_front() -> None:
    """Q3: fronts at layers' bottoms below are pulled in, so that the moving front disappears."""
    states = {}
    for lgar_c in (0, 1):
        m = three(lgar_c=lgar_c)
        place(m, (0, 3.0, 300.0), (0, 7.0, 60.0), (0, 10.0, 900.0), (1, 25.0, 900.0), (1, 40.0, 5000.0))
        m.fronts.size[0] = 6
        m.fronts.layer[5], m.fronts.at_bottom[5], m.fronts.depth[5], m.fronts.psi[5] = 2, 1, 65.0, 5000.0
        m.fronts.theta[5] = moisture(5000.0, S3)
        before = m.storage
        books = np.zeros(4)
        join_dry_over_wet(m.fronts, m.column, m.options, m.events, books)
        assert m.storage + books[LOST] == pytest.approx(before, abs=1e-9)
        states[lgar_c] = m.rows()
    assert states[0][0][2] == 7.0
    assert states[0][1][4] == 900.0
    assert len(states[0]) == 5
    # one block down to 25 cm, whose upper front is gone
    assert len(states[1]) == 4
    assert [row[2] for row in states[1][:2]] == [10.0, 25.0]
    assert states[1][0][4] == states[1][1][4] != 900.0


def test_restored_block_may_begin_above_and_end_below_its_front() -> None:
    m = three()
    place(m, (0, 5.0, 20.0), (0, 10.0, 200.0), (1, 40.0, 200.0), (2, 50.0, 200.0), (2, 65.0, 900.0))
    target = m.storage + 1.0
    for i in (1, 2, 3):
        changed = three()
        place(changed, (0, 5.0, 20.0), (0, 10.0, 200.0), (1, 40.0, 200.0), (2, 50.0, 200.0), (2, 65.0, 900.0))
        missing = restore_water(changed.fronts, i, target, changed.column, changed.options)
        assert missing == 0.0
        assert changed.storage == pytest.approx(target, abs=1e-12)
        rows = changed.rows()
        assert rows[0][4] == 20.0
        assert rows[1][4] == rows[2][4] == rows[3][4] < 200.0
        assert rows[4][4] == 900.0


def test_restored_block_says_what_it_cannot_hold() -> None:
    m = three()
    place(m, (0, 5.0, 20.0), (0, 10.0, 200.0), (1, 40.0, 200.0), (2, 65.0, 200.0))
    room = 5.0 * (S1.theta_e - moisture(200.0, S1)) + 30.0 * (S2.theta_e - moisture(200.0, S2))
    room += 25.0 * (S3.theta_e - moisture(200.0, S3))
    missing = restore_water(m.fronts, 2, m.storage + room + 0.25, m.column, m.options)
    assert missing == pytest.approx(0.25, abs=1e-12)
    assert [row[4] for row in m.rows()] == [20.0, 0.0, 0.0, 0.0]


def test_saturated_block_pushes_its_front_down() -> None:
    m = three()
    place(m, (0, 10.0, 0.0), (1, 20.0, 0.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    target = m.storage + 0.5
    books = np.zeros(4)
    deepen_saturated_block(m.fronts, target, m.column, m.options, m.events, books)
    corrected(m)
    assert m.events[SATURATION] == 1
    assert m.rows()[1][2] == pytest.approx(20.0 + 0.5 / (S2.theta_e - moisture(500.0, S2)), rel=1e-13)
    assert m.storage == pytest.approx(target, abs=1e-12)


@pytest.mark.parametrize("lgar_c", [0, 1])
def test_saturated_column_sends_water_back_and_lgar_c_calls_it_evaporation(lgar_c: int) -> None:
    """Q9."""
    m = model(SYNTH_2, THREE, 0.0, lgar_c=lgar_c)
    books = np.zeros(4)
    deepen_saturated_block(m.fronts, m.storage + 0.3, m.column, m.options, m.events, books)
    assert m.storage == pytest.approx(10.0 * 0.41 + 30.0 * 0.43 + 25.0 * 0.45, rel=1e-14)
    expected = [0.0, 0.0, 0.3, 0.0] if lgar_c else [0.0, 0.3, 0.0, 0.0]
    assert books.tolist() == pytest.approx(expected, abs=1e-13)


def test_front_that_separates_nothing_is_removed() -> None:
    m = three()
    place(m, (0, 4.0, 60.0), (0, 7.0, 60.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    before = m.storage
    remove_redundant(m.fronts, m.column)
    assert [row[2] for row in m.rows()] == [7.0, 10.0, 40.0, 65.0]
    assert m.storage == pytest.approx(before, abs=1e-14)
    remove_redundant(m.fronts, m.column)
    assert m.size == 4


def test_removal_lets_blocks_that_span_layers_share_a_suction_again() -> None:
    m = three()
    place(m, (0, 10.0, 60.0), (1, 20.0, 60.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    remove_front(m.fronts, 1, m.column)
    assert [row[4] for row in m.rows()] == [500.0] * 3
    assert m.rows()[0][3] == moisture(500.0, S1)
    # from below upwards, through as many layers as there are
    place(m, (0, 10.0, 60.0), (1, 40.0, 60.0), (2, 50.0, 60.0), (2, 65.0, 500.0))
    remove_front(m.fronts, 2, m.column)
    assert [row[4] for row in m.rows()] == [500.0] * 3


def random_proper_column(rng: np.random.Generator) -> Model:
    layers = int(rng.integers(1, 4))
    soils = [(*SYNTH_1, *SYNTH_2)[k] for k in rng.integers(0, 6, layers)]
    m = model(soils, 10 ** rng.uniform(0.3, 1.7, layers), 1000.0, capillary_drive=1)
    rows: list[tuple[int, float, float]] = []
    psi = 10 ** rng.uniform(0, 2)
    for layer in range(layers):
        top = m.column.bottom[layer] - m.column.thickness[layer]
        for depth in np.sort(rng.uniform(top, m.column.bottom[layer], int(rng.integers(0, 4)))):
            rows.append((layer, depth, psi))
            psi *= 10 ** rng.uniform(0.01, 1)
        rows.append((layer, m.column.bottom[layer], psi))
    place(m, *rows)
    return m


def test_movement_and_corrections_conserve_water_whatever_the_velocities() -> None:
    """Random columns whose fronts move up to 30 cm at once while the surface gains or loses any amount it can."""
    rng = np.random.default_rng(11)
    for case in range(4000):
        m = random_proper_column(rng)
        assert is_proper(m)
        rows = m.rows()
        before = m.storage
        surface = surface_front(m.fronts)
        margin = block_margin(m.fronts, surface, m.column)
        room = capacity(m.column) - before
        gain = rng.choice([0.0, rng.uniform(-1.0, 0.0) * margin, rng.uniform(0.0, 1.0) * room])
        for i in range(m.size):
            m.fronts.speed[i] = 0.0 if m.fronts.at_bottom[i] else 10 ** rng.uniform(-2, 1.5)
        copy_fronts(m.fronts, m.work.old)
        short = move_fronts(m.fronts, m.work.old, surface, gain, 1.0, m.column, m.options)
        target = before + gain + short
        books = np.zeros(4)
        deepen_saturated_block(m.fronts, target, m.column, m.options, m.events, books)
        correct_fronts(m.fronts, m.column, m.options, m.events, books)
        assert short >= 0.0
        assert m.events[RESTLESS] == 0
        assert m.storage + books[REJECTED] == pytest.approx(target, abs=1e-11), (case, rows, gain)
        assert books[[PERCOLATION, LOST, PENDING]].tolist() == [0.0] * 3
        assert is_proper(m), (case, rows, gain)
        assert m.size <= CAPACITY


def test_merge_without_anything_to_merge_changes_nothing() -> None:
    m = three()
    place(m, (0, 4.0, 60.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    rows = m.rows()
    books = np.zeros(4)
    merge_fronts(m.fronts, m.column, m.options, m.events, books)
    cross_layers(m.fronts, m.column, m.options, m.events, books)
    join_dry_over_wet(m.fronts, m.column, m.options, m.events, books)
    assert m.rows() == rows
    assert not m.events.any()
    assert not books.any()


def test_faint_fronts_merge_and_cross_like_any_other() -> None:
    """A contrast of 1e-5 is one: nothing is joined with its neighbour for being faint."""
    m = three()
    place(m, (0, 7.0, 499.0), (0, 6.0, 499.5), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    assert 0.0 < m.fronts.theta[0] - m.fronts.theta[2] < 1e-4
    before = m.storage
    corrected(m)
    assert counted(m) == {"merge": 1}
    assert m.rows()[0][4] == 499.0
    place(m, (0, 10.5, 499.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    m.events[:] = 0
    before = m.storage
    corrected(m)
    assert counted(m) == {"layer_crossing": 1}
    assert m.rows()[1][:2] == (1, 0)
    assert m.storage == pytest.approx(before, abs=1e-13)
