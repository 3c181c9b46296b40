import pytest
import torch

from dcfe.batches import Batches, windows_of
from dcfe.losses import Loss, Term
from tests.dcfe.learning_cases import problem, with_observed

DATA, _ = problem(basins=7, steps=100)


def seed(number=1):
    return torch.Generator().manual_seed(number)


@pytest.mark.parametrize(
    ("steps", "warmup", "window"), [(100, 0, None), (100, 10, 24), (97, 0, 7), (30, 5, 100), (9, 8, 3)]
)
def test_windows_cover_every_step_once(steps, warmup, window):
    found = windows_of(steps, warmup, window)
    assert [t for first, last in found for t in range(first, last)] == list(range(warmup, steps))
    if len(found) > 1:
        assert all(window / 2 <= last - first < 1.5 * window for first, last in found)


@pytest.mark.parametrize("basins", [None, 1, 3, 7, 50])
@pytest.mark.parametrize("window", [None, 30])
def test_every_basin_is_once_in_every_window(basins, window):
    batches = Batches(DATA, Loss(), warmup=12, basins=basins, window=window)
    seen = []
    for batch in batches.epoch(seed()):
        assert len(batch.data.ids) <= (basins or 7)
        steps = batch.data.rain.shape[1]
        window_steps = batch.target.targets[0].observed.shape[1]
        assert steps - window_steps == 12
        for row, name in enumerate(batch.data.ids):
            index = DATA.ids.index(name)
            assert torch.equal(batch.data.rain[row], DATA.rain[index, batch.first : batch.first + steps])
            observed = DATA.observed["q_out"][index, batch.first + 12 : batch.first + steps]
            assert torch.equal(batch.target.targets[0].observed[row], observed)
            seen.append((name, batch.first + 12, batch.first + steps))
    assert sorted(seen) == sorted((name, *w) for name in DATA.ids for w in windows_of(100, 12, window))


def test_batches_are_of_even_sizes():
    sizes = [len(batch.data.ids) for batch in Batches(DATA, Loss(), basins=6).epoch(seed())]
    assert sorted(sizes) == [3, 4]


def test_order_changes_with_the_epoch_and_follows_from_the_seed():
    def order(batches, generator):
        return [(batch.data.ids, batch.first) for batch in batches.epoch(generator)]

    for batches in (Batches(DATA, Loss(), basins=2, window=20), Batches(DATA, Loss(), window=10)):
        generator = seed(1)
        first, second = order(batches, generator), order(batches, generator)
        assert first != second
        generator = seed(1)
        assert (order(batches, generator), order(batches, generator)) == (first, second)


def test_the_full_batch_is_the_data_themselves():
    (batch,) = Batches(DATA, Loss()).epoch(seed())
    assert batch.data is DATA


def test_basins_are_left_out_of_windows_without_observations(caplog):
    q = DATA.observed["q_out"].clone()
    q[2, :50] = torch.nan
    q[4] = torch.nan
    q[:, 75:] = torch.nan
    data = with_observed(DATA, q_out=q)
    for basins in (None, 3):
        seen = {(i, b.first) for b in Batches(data, Loss(), basins=basins, window=25).epoch(seed()) for i in b.data.ids}
        expected = {(i, first) for i in data.ids for first in (0, 25, 50) if i != "basin-4"}
        assert seen == expected - {("basin-2", 0), ("basin-2", 25)}
    assert "1 of 7 basins have no observations to learn from: basin-4" in caplog.text


def test_windows_in_which_a_loss_is_not_defined():
    q = DATA.observed["q_out"].clone()
    q[:, :50] = 0.2
    batches = Batches(with_observed(DATA, q_out=q), Loss((Term(kind="kge"),)), window=50)
    assert [batch.first for batch in batches.epoch(seed())] == [50]
    q[:] = 0.2
    with pytest.raises(ValueError, match="no basin has observations of q_out that a loss can be made of"):
        Batches(with_observed(DATA, q_out=q), Loss((Term(kind="kge"),)))


def test_a_warm_up_that_leaves_nothing():
    with pytest.raises(ValueError, match="the warm-up of 100 steps leaves nothing of 100 steps"):
        Batches(DATA, Loss(), warmup=100)
