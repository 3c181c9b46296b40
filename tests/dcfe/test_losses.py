import dataclasses
import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from dcfe import row_blocks
from dcfe.losses import KINDS, TRANSFORMS, Loss, Term
from dcfe.scores import scores
from tests.dcfe.learning_cases import problem, with_gaps, with_observed

DATA, _ = problem(basins=5, steps=60)
GAPS = with_gaps(DATA, 0.2)
CASES = list(itertools.product(KINDS, TRANSFORMS))


def simulated(data=DATA, seed=8):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: values.nan_to_num(1e-3) * (0.6 + torch.rand(values.shape, generator=generator, dtype=torch.float64))
        + 1e-5
        for name, values in DATA.observed.items()
    }


def by_numpy(term, sim, obs, deviations):
    """Losses of each basin by the formulas in the literature."""
    found = []
    for s, o in zip(sim.numpy(), obs.numpy(), strict=True):
        seen = np.isfinite(o)
        s, o = s[seen], o[seen]
        s, o = (changed(term.transform, x, o.mean()) for x in (s, o))
        if term.kind == "nse":
            found.append(np.mean((s - o) ** 2) / (deviations[len(found)] + term.epsilon * np.median(deviations)) ** 2)
            continue
        spread = s.std() / o.std() if term.kind == "kge" else stats.variation(s) / stats.variation(o)
        parts = (stats.pearsonr(s, o).statistic - 1.0, spread - 1.0, s.mean() / o.mean() - 1.0)
        found.append(np.sqrt(np.sum(np.square(parts))))
    return np.array(found)


def changed(transform, values, mean):
    return {"none": lambda x: x, "sqrt": np.sqrt, "log": np.log}[transform](
        values if transform == "none" else values + 0.01 * mean
    )


def deviations_of(term, obs):
    rows = [o[np.isfinite(o)] for o in obs.numpy()]
    return np.array([changed(term.transform, o, o.mean()).std() for o in rows])


@pytest.mark.parametrize(("kind", "transform"), CASES)
@pytest.mark.parametrize("data", [DATA, GAPS], ids=["whole", "gaps"])
def test_losses_are_the_formulas(kind, transform, data):
    term = Term(kind=kind, transform=transform, epsilon=0.07)
    expected = by_numpy(term, simulated()["q_out"], data.observed["q_out"], deviations_of(term, data.observed["q_out"]))
    loss = Loss((term,)).target(data)
    np.testing.assert_allclose(loss.targets[0].losses(simulated()["q_out"]).numpy(), expected, rtol=1e-11)
    assert float(loss(simulated())) == pytest.approx(expected.mean(), rel=1e-11)


@pytest.mark.parametrize(("kind", "transform"), CASES)
@pytest.mark.parametrize("data", [DATA, GAPS], ids=["whole", "gaps"])
def test_gradients_of_losses(kind, transform, data):
    target = Loss((Term(kind=kind, transform=transform),)).target(data)
    # in units where the steps of finite differences are small beside the values
    series = (1e3 * simulated()["q_out"]).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: target.targets[0].losses(1e-3 * x), series, rtol=1e-6, atol=1e-9)


def test_without_epsilon_the_loss_is_one_minus_nse():
    target = Loss((Term(epsilon=0.0),)).target(GAPS)
    found = scores(simulated()["q_out"], GAPS.observed["q_out"])["nse"]
    torch.testing.assert_close(target.targets[0].losses(simulated()["q_out"]), 1.0 - found, rtol=1e-13, atol=0)


def test_terms_of_several_outputs_are_added_with_their_weights():
    terms = (
        Term("q_out", weight=2.0),
        Term("actual_et", "kge", weight=0.5),
        Term("q_out", transform="log", weight=0.1),
    )
    loss = Loss(terms)
    assert loss.outputs == ("q_out", "actual_et")
    alone = [float(Loss((term,)).target(GAPS)(simulated())) for term in terms]
    assert float(loss.target(GAPS)(simulated())) == pytest.approx(sum(alone), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_windows_keep_the_variance_of_the_whole_period(kind):
    loss = Loss((Term(kind=kind),))
    rows, first, last = torch.tensor([3, 0]), 10, 45
    part = loss.target(GAPS).part(rows, first, last)
    window = GAPS.basins(rows).period(first, last)
    series = simulated()["q_out"][rows, first:last]
    term = part.targets[0].term
    deviations = deviations_of(term, GAPS.observed["q_out"])
    expected = by_numpy(
        dataclasses.replace(term, epsilon=0.0), series, window.observed["q_out"], deviations[rows.numpy()]
    )
    if kind == "nse":
        expected *= (deviations[rows.numpy()] / (deviations[rows.numpy()] + term.epsilon * np.median(deviations))) ** 2
    np.testing.assert_allclose(part.targets[0].losses(series).numpy(), expected, rtol=1e-12)


def test_the_warm_up_is_left_out():
    loss = Loss((Term(), Term(kind="kge")))
    late = {name: values[:, 20:] for name, values in simulated().items()}
    expected = loss.target(GAPS.period(20, 60))(late)
    assert float(loss.target(GAPS, warmup=20)(late)) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize(("kind", "transform"), CASES)
def test_a_basin_without_observations_adds_nothing(kind, transform):
    loss = Loss((Term(kind=kind, transform=transform),))
    q = DATA.observed["q_out"].clone()
    q[2] = torch.nan
    series = simulated()["q_out"].requires_grad_()
    target = loss.target(with_observed(DATA, q_out=q))
    assert target.observed_basins().tolist() == [True, True, False, True, True]
    found = target({"q_out": series})
    others = [0, 1, 3, 4]
    expected = loss.target(DATA.basins(others))({"q_out": series[others]})
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-13)
    found.backward()
    assert bool((series.grad[2] == 0.0).all())
    assert bool((series.grad[others] != 0.0).any(dim=1).all())


def test_a_basin_may_lack_one_output_only():
    et = DATA.observed["actual_et"].clone()
    et[1:] = torch.nan
    target = Loss((Term("q_out"), Term("actual_et"))).target(with_observed(DATA, actual_et=et))
    assert target.observed_basins().all()
    first, second = (t.losses(simulated()[t.term.output]) for t in target.targets)
    assert float(target(simulated())) == pytest.approx(float(first.mean() + second[0]), rel=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 0.1 / 3.0])
def test_observations_that_never_vary_do_not_explode(kind, level):
    q = DATA.observed["q_out"].clone()
    q[1] = level
    series = simulated()["q_out"].requires_grad_()
    target = Loss((Term(kind=kind),)).target(with_observed(DATA, q_out=q))
    loss = target({"q_out": series})
    loss.backward()
    assert float(loss.detach()) < 1e6
    assert bool(torch.isfinite(series.grad).all())
    assert target.observed_basins().tolist() == [True, kind == "nse", True, True, True]


def test_nothing_to_learn_from_is_an_error():
    nothing = torch.full_like(DATA.observed["q_out"], torch.nan)
    with pytest.raises(ValueError, match="no basin has an observation of q_out after the warm-up"):
        Loss().target(with_observed(DATA, q_out=nothing))
    early = DATA.observed["q_out"].clone()
    early[:, 30:] = torch.nan
    part = Loss().target(with_observed(DATA, q_out=early)).part(None, 30, 60)
    with pytest.raises(ValueError, match="no basin has observations of q_out in these steps"):
        part({"q_out": simulated()["q_out"][:, 30:]})


def test_what_does_not_fit_the_loss_is_told_at_once():
    q = DATA.observed["q_out"].clone()
    q[3, 5] = -1.0
    with pytest.raises(
        ValueError, match=r"the loss compares soil_storage, but observed is q_out, actual_et[\s\S]*basin-3"
    ) as e:
        Loss((Term("soil_storage"), Term(transform="log"), Term())).target(with_observed(DATA, q_out=q))
    assert "q_out of basin basin-3 was observed below 0 (-1), where there is no log" in str(e.value)


def test_outputs_that_the_model_does_not_give_are_named():
    target = Loss((Term("q_out"), Term("actual_et", weight=0.5))).target(DATA)
    series = torch.zeros_like(DATA.rain)
    with pytest.raises(KeyError, match="the loss compares actual_et, but the model gives runoff, q_out:"):
        target({"runoff": series, "q_out": series})
    with pytest.raises(KeyError, match="the loss compares q_out, actual_et, but the model gives nothing"):
        target({})


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"simulated q_out has shape \(5, 60\), the observations \(5, 40\)"):
        Loss().target(DATA, warmup=20)(simulated())


@pytest.mark.parametrize(("kind", "transform"), CASES)
def test_a_perfect_fit_has_loss_0_and_a_finite_gradient(kind, transform):
    series = DATA.observed["q_out"].clone().requires_grad_()
    loss = Loss((Term(kind=kind, transform=transform),)).target(DATA)({"q_out": series})
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-12)
    assert bool(torch.isfinite(series.grad).all())


@pytest.mark.parametrize("kind", ["kge", "kge2012"])
@pytest.mark.parametrize("level", [0.0, 0.25, 0.1 / 3.0])
def test_a_simulation_that_never_varies_has_no_correlation(kind, level):
    series = torch.full_like(DATA.observed["q_out"], level).requires_grad_()
    losses = Loss((Term(kind=kind),)).target(DATA).targets[0].losses(series)
    bias = level / DATA.observed["q_out"].mean(dim=1) - 1.0
    torch.testing.assert_close(losses.detach(), (2.0 + bias.square()).sqrt(), rtol=1e-12, atol=0)
    losses.sum().backward()
    assert float(series.grad.abs().max()) < 1e4  # and not the slope of a correlation of round-off


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_rows_change_nothing(kind, monkeypatch):
    found = []
    for size in (1, 150, 10**6):
        monkeypatch.setattr(row_blocks, "VALUES_IN_BLOCK", size)
        series = simulated()["q_out"].requires_grad_()
        loss = Loss((Term(kind=kind, transform="sqrt"),)).target(GAPS)({"q_out": series})
        loss.backward()
        found.append((loss.detach(), series.grad, *scores(series.detach(), GAPS.observed["q_out"]).values()))
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_scores_are_the_formulas():
    sim, obs = simulated()["q_out"], GAPS.observed["q_out"]
    found = scores(sim, obs)
    assert set(found) == {"nse", "kge", "kge2012", "correlation", "bias"}
    for kind in ("kge", "kge2012"):
        np.testing.assert_allclose(1.0 - found[kind].numpy(), by_numpy(Term(kind=kind), sim, obs, None), rtol=1e-12)
    for row in range(len(DATA.ids)):
        seen = torch.isfinite(obs[row])
        s, o = sim[row][seen].numpy(), obs[row][seen].numpy()
        assert float(found["nse"][row]) == pytest.approx(
            1.0 - np.sum((s - o) ** 2) / np.sum((o - o.mean()) ** 2), rel=1e-12
        )
        assert float(found["correlation"][row]) == pytest.approx(np.corrcoef(s, o)[0, 1], rel=1e-12)
        assert float(found["bias"][row]) == pytest.approx(s.mean() / o.mean() - 1.0, rel=1e-12)


def test_scores_that_are_not_defined_are_nan():
    obs = DATA.observed["q_out"].clone()
    obs[0], obs[1], obs[2] = torch.nan, 0.0, 0.1 / 3.0
    found = scores(simulated()["q_out"], obs)
    assert [name for name in found if not bool(torch.isnan(found[name][0]))] == []
    assert [name for name in found if not bool(torch.isnan(found[name][1]))] == []
    assert [name for name in found if not bool(torch.isnan(found[name][2]))] == ["bias"]
    assert all(bool(torch.isfinite(values[3:]).all()) for values in found.values())


def test_terms_that_make_no_sense():
    with pytest.raises(ValueError, match="kind is 'rmse'.*transform is 'cube'.*weight is 0.*epsilon is -1"):
        Term(kind="rmse", transform="cube", weight=0, epsilon=-1)
    with pytest.raises(ValueError, match="at least one term"):
        Loss(())
