import dataclasses

import numpy as np
import pytest
import torch

from dcfe.bounds import bounds_of
from dcfe.dynamic import DynamicParameterNetwork, daily_forcing
from dcfe.training import TrainingSettings, train
from tests.dcfe.learning_cases import problem, reservoir

DATA, _ = problem(basins=4, steps=24 * 6 + 7)
BOUNDS = bounds_of(["Kn", "satdk"])


def network(mode="dynamic", **options):
    return DynamicParameterNetwork(BOUNDS, DATA, mode, hidden=5, **options)


def test_daily_forcing_by_hand():
    data, _ = problem(basins=1, steps=50)
    rain, pet = torch.zeros(1, 50, dtype=torch.float64), torch.zeros(1, 50, dtype=torch.float64)
    rain[0, 3], rain[0, 23], rain[0, 24], rain[0, 49] = 1.0, 3.0, 9.0, 100.0
    pet[0, :24] = 1e-8  # 0.864 mm d-1
    found = daily_forcing(dataclasses.replace(data, rain=rain, pet=pet))
    torch.testing.assert_close(
        found, torch.tensor([[[2.0, 0.864], [3.0, 0.0]]], dtype=torch.float64), rtol=1e-14, atol=0
    )


def test_values_are_held_through_the_hours_of_a_day():
    given = network()(DATA)["Kn"]
    assert given.shape == DATA.rain.shape
    days = network().learned(DATA)["Kn"]
    assert days.shape == (4, 7)
    for hour in (0, 23, 24, 24 * 6, 24 * 6 + 6):
        assert torch.equal(given[:, hour], days[:, hour // 24])
    assert len(given[0].unique()) == 7


@pytest.mark.parametrize("day", [0, 2, 4])
def test_a_day_changes_only_the_days_after_it(day):
    before = network()(DATA)["Kn"]
    for name in ("rain", "pet"):
        values = getattr(DATA, name).clone()
        values[:, 24 * day : 24 * day + 24] += 1e-7 if name == "pet" else 2.0
        after = network()(dataclasses.replace(DATA, **{name: values}))["Kn"]
        assert torch.equal(after[:, : 24 * (day + 1)], before[:, : 24 * (day + 1)])
        assert bool((after[:, 24 * (day + 1) :] != before[:, 24 * (day + 1) :]).all())


def test_hours_of_an_unfinished_day_change_nothing():
    rain = DATA.rain.clone()
    rain[:, 24 * 6 :] += 3.0
    assert torch.equal(network()(DATA)["Kn"], network()(dataclasses.replace(DATA, rain=rain))["Kn"])


def test_the_network_is_the_formula_of_an_lstm():
    net = network()
    weights = {name: value.detach().numpy() for name, value in net.lstm.named_parameters()}
    daily = daily_forcing(DATA).numpy()
    normal = (daily - daily.mean(axis=(0, 1))) / daily.std(axis=(0, 1))
    table = DATA.attributes.numpy()
    table = (table - table.mean(axis=0)) / table.std(axis=0)

    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    h = c = np.zeros((4, 5))
    for day in range(7):
        x = np.column_stack((normal[:, day - 1] if day else np.zeros((4, 2)), table))
        gates = (
            x @ weights["weight_ih_l0"].T
            + weights["bias_ih_l0"]
            + h @ weights["weight_hh_l0"].T
            + weights["bias_hh_l0"]
        )
        i, f, g, o = np.split(gates, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        shares = sigmoid(h @ net.head.weight.detach().numpy().T + net.head.bias.detach().numpy())
        np.testing.assert_allclose(net.daily_shares(DATA)[:, day].detach().numpy(), shares, rtol=1e-12)


def test_static_values_are_means_in_the_scale_of_the_bounds():
    daily = network("dynamic").learned(DATA)
    static = network("static")(DATA)
    assert static["Kn"].shape == (4,)
    torch.testing.assert_close(static["Kn"], daily["Kn"].mean(dim=1), rtol=1e-12, atol=0)
    torch.testing.assert_close(static["satdk"], daily["satdk"].log().mean(dim=1).exp(), rtol=1e-12, atol=0)


def test_the_operational_average_is_dynamic_only_in_training():
    net = network("operational_average")
    assert torch.equal(net(DATA)["Kn"], network("dynamic")(DATA)["Kn"])
    net.eval()
    assert torch.equal(net(DATA)["Kn"], network("static")(DATA)["Kn"])
    always = network("dynamic").eval()
    assert always(DATA)["Kn"].shape == DATA.rain.shape


def test_means_can_be_over_the_days_of_a_period_whichever_is_asked_for():
    """As exported: early stopping in another period, or on some of the basins, judges what will be used."""
    net = network("operational_average").eval()
    first = DATA.period(0, DATA.rain.shape[1] // 2)
    expected = net(first)["Kn"]
    assert not torch.equal(net(DATA)["Kn"], expected)
    net.average_over(first)
    assert torch.equal(net(DATA)["Kn"], expected)
    torch.testing.assert_close(net(DATA.basins([2, 0]))["Kn"], expected[[2, 0]], rtol=1e-12, atol=0)
    assert net.train()(DATA)["Kn"].shape == DATA.rain.shape
    net.eval().average_over(first.basins([1]))
    with pytest.raises(ValueError, match=f"not those of {DATA.ids[0]}, {DATA.ids[2]}"):
        net(DATA.basins([0, 1, 2]))


def test_learning_starts_at_the_priors_every_day():
    prior = {"Kn": torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)}
    data = dataclasses.replace(DATA, parameters=DATA.parameters | prior)
    given = network(start="priors")(data)["Kn"]
    torch.testing.assert_close(given, prior["Kn"][:, None].expand_as(given), rtol=1e-12, atol=0)


def test_combinations_work_day_by_day():
    def combine(learned, parameters):
        return {"refkdt": learned["Kn"] * parameters["refkdt"]}

    net = network(combine=combine)
    given = net(DATA)
    expected = net.learned(DATA)["Kn"] * DATA.parameters["refkdt"][:, None]
    assert torch.equal(given["refkdt"][:, ::24], expected)


def test_dropout_comes_from_the_generator():
    net = network(dropout=0.4)
    shares = []
    for number in (1, 1, 2):
        net.generator = torch.Generator().manual_seed(number)
        shares.append(net.shares(DATA))
    assert torch.equal(shares[0], shares[1])
    assert not torch.equal(shares[0], shares[2])


def test_parameters_that_follow_the_rain_are_learned():
    data, _ = problem(basins=4, steps=24 * 8)
    wet = data.rain.reshape(4, 8, 24).sum(dim=2).roll(1, dims=1)
    wet[:, 0] = 0.0
    truth = data.parameters | {"Kn": (0.1 + 0.02 * wet.clamp(max=20.0)).repeat_interleave(24, dim=1)}
    data = dataclasses.replace(data, observed={"q_out": reservoir(truth, data)["q_out"]})
    losses = {}
    for mode in ("dynamic", "static"):
        net = DynamicParameterNetwork(bounds_of(["Kn"]), data, mode, hidden=6)
        settings = TrainingSettings(epochs=60, learning_rate=0.05)
        losses[mode] = train(data, net, settings, simulate=reservoir).history[-1]["loss"]
    assert losses["dynamic"] < 0.1 * losses["static"]


def test_settings_that_make_no_network():
    with pytest.raises(ValueError, match="mode is 'hourly'; expected one of static, dynamic, operational_average"):
        network("hourly")
    with pytest.raises(ValueError, match="47 steps are too few"):
        DynamicParameterNetwork(BOUNDS, DATA.period(0, 47))
