"""The network from points to soils: what depends on what, what is missing, and what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from dcfe.lgar_bounds import layer_of, lgar_bounds, table_s2
from dcfe.losses import Term
from dcfe.point_network import PointNetwork
from dcfe.training import TrainingSettings, train
from tests.dcfe.learning_cases import problem
from tests.dcfe.lgar_learning_cases import columns

DATA = columns()
ALL = lgar_bounds(table_s2())


def seed(number):
    return torch.Generator().manual_seed(number)


def network(bounds=ALL, data=DATA, **settings):
    return PointNetwork(bounds, data, **({"hidden": (6, 5), "generator": seed(3)} | settings))


def with_points(values, data=DATA):
    return dataclasses.replace(data, points=values)


def without(places, data=DATA):
    points = data.points.clone()
    for place in places:
        points[place] = torch.nan
    return with_points(points, data)


@pytest.mark.parametrize("joint", [False, True])
def test_shapes_and_bounds(joint):
    given = network(joint=joint)(DATA)
    assert set(given) == set(DATA.parameters)
    for name, bound in ALL.by_name.items():
        assert given[name].shape == (4,)
        assert bool(((given[name] > bound.low) & (given[name] < bound.high)).all())
        assert float(given[name].detach().std()) > 0.0
    assert given["field_capacity"] is DATA.parameters["field_capacity"]


def test_a_network_is_the_formula_of_the_figure():
    net = network(hidden=(6,))
    x = DATA.points.numpy()
    x = (x - x.mean(axis=(0, 1, 2))) / x.std(axis=(0, 1, 2))
    hidden = np.tanh(x @ net.layers[0].weight.detach().numpy().T + net.layers[0].bias.detach().numpy())

    def head(layer, values):
        return 1.0 / (1.0 + np.exp(-(values @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())))

    soils = head(net.soil_head, hidden)  # columns, points, layers, fields
    given = {name: value.detach().numpy() for name, value in net(DATA).items()}
    np.testing.assert_allclose(given["n_2"], 1.05 + 1.95 * soils[:, :, 1, 1].mean(axis=1), rtol=1e-12)
    at_points = 0.01 * 5000.0 ** soils[:, :, 2, 2]
    np.testing.assert_allclose(given["ks_3"], np.exp(np.log(at_points).mean(axis=1)), rtol=1e-12)
    ponded = 2.0 * head(net.column_head, hidden[:, :, 0].mean(axis=1))[:, 0]
    np.testing.assert_allclose(given["ponded_depth_max"], ponded, rtol=1e-12)


@pytest.mark.parametrize("joint", [False, True])
def test_the_order_of_points_does_not_matter(joint):
    net = network(joint=joint)
    mixed = with_points(DATA.points[:, [3, 0, 4, 1, 2]])
    torch.testing.assert_close(net.shares(mixed), net.shares(DATA), rtol=1e-13, atol=0)


def test_a_layer_depends_on_its_own_properties_alone():
    changed = DATA.points.clone()
    changed[:, :, 1] += 5.0
    net = network()
    before, after = net(DATA), net(with_points(changed))
    for name in ALL.names:
        layer = (layer_of(name) or ("", 1))[1]
        assert torch.equal(before[name], after[name]) == (layer != 2), name
    net = network(joint=True)
    before, after = net(DATA), net(with_points(changed))
    assert all(not torch.equal(before[name], after[name]) for name in ALL.names)


def test_layers_with_the_same_properties_have_the_same_soil():
    same = with_points(DATA.points[:, :, :1].expand(-1, -1, 3, -1).clone())
    given = network()(same)
    for field in ("alpha", "n", "ks", "theta_e", "theta_r"):
        assert torch.equal(given[f"{field}_1"], given[f"{field}_3"])
    given = network(joint=True)(same)
    assert not torch.equal(given["alpha_1"], given["alpha_3"])


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_gradients_reach_every_weight(joint, activation):
    net = network(data=without([(0, 2)]), joint=joint, activation=activation)
    given = net(without([(0, 2)]))
    sum(given[name].sum() for name in ALL.names).backward()
    for name, weight in net.named_parameters():
        assert bool(torch.isfinite(weight.grad).all()), name
        assert bool((weight.grad != 0.0).any()), name
    heads = [net.soil_head.weight.grad, net.column_head.weight.grad]
    assert all(bool((gradient != 0.0).any(dim=1).all()) for gradient in heads)


@pytest.mark.parametrize(
    "names", [("alpha_1", "n_1", "ks_1"), ("ponded_depth_max",), ("ponded_depth_max", "ks_3", "n_1", "ks_1")]
)
@pytest.mark.parametrize("joint", [False, True])
def test_any_part_of_the_parameters_may_be_learned(names, joint):
    given = network(lgar_bounds(names), joint=joint)(DATA)
    for name in DATA.parameters:
        assert given[name].requires_grad == (name in names), name
        assert given[name].requires_grad or given[name] is DATA.parameters[name]
    start = {
        name: float(lgar_bounds(names).by_name[name].value(torch.tensor(0.3 + 0.1 * k))) for k, name in enumerate(names)
    }
    given = network(lgar_bounds(names), joint=joint, start=start)(DATA)
    for name in names:
        np.testing.assert_allclose(given[name].detach().numpy(), start[name], rtol=1e-6)


@pytest.mark.parametrize("joint", [False, True])
def test_learning_starts_at_the_priors_of_each_column(joint):
    parameters = DATA.parameters | {
        "ks_2": torch.linspace(0.1, 9.0, 4, dtype=torch.float64),
        "ponded_depth_max": torch.linspace(0.2, 1.8, 4, dtype=torch.float64),
    }
    data = dataclasses.replace(DATA, parameters=parameters)
    given = network(joint=joint, start="priors")(data)
    for name in ALL.names:
        torch.testing.assert_close(given[name], parameters[name], rtol=1e-12, atol=0)


@pytest.mark.parametrize("joint", [False, True])
def test_a_point_that_lacks_something_is_left_out(joint):
    kept = [0, 1, 3, 4]
    broken = without([(1, 2, 0, 3)])
    net = network(joint=joint)
    torch.testing.assert_close(
        net.shares(broken)[1], net.shares(with_points(DATA.points[:, kept]))[1], rtol=1e-13, atol=0
    )
    assert torch.equal(net.shares(broken)[[0, 2, 3]], net.shares(DATA)[[0, 2, 3]])
    everywhere = without([(row, 2) for row in range(4)])
    few = with_points(DATA.points[:, kept])
    one, two = network(data=everywhere, joint=joint), network(data=few, joint=joint)
    torch.testing.assert_close(one.normaliser.mean, two.normaliser.mean, rtol=1e-14, atol=0)
    torch.testing.assert_close(one.shares(everywhere), two.shares(few), rtol=1e-13, atol=0)


def test_weights_of_points_sum_to_one():
    shares, weights = network().point_shares(without([(1, 2, 0, 3), (1, 4)]))
    assert shares.shape == (4, 5, 15)
    assert weights[1].tolist() == pytest.approx([1 / 3, 1 / 3, 0.0, 1 / 3, 0.0])
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4, dtype=torch.float64))
    mean = (weights[:, :, None] * shares).sum(dim=1)
    torch.testing.assert_close(mean, network().shares(without([(1, 2), (1, 4)]))[:, :15], rtol=1e-13, atol=0)


def test_weights_come_from_the_generator_alone():
    first, again, other = (network(generator=seed(n)).shares(DATA) for n in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    torch.manual_seed(7)
    assert torch.equal(PointNetwork(ALL, DATA).shares(DATA), PointNetwork(ALL, DATA).shares(DATA))


def test_dropout_is_only_for_training():
    net = network(dropout=0.5)
    net.generator = seed(1)
    assert not torch.equal(net.shares(DATA), net.shares(DATA))
    net.eval()
    assert torch.equal(net.shares(DATA), network().shares(DATA))


def test_columns_without_points_are_named():
    nowhere = without([(1,), (3,)])
    with pytest.raises(ValueError, match=r"no point of column column-1, column-3 has all properties"):
        network(data=nowhere)
    with pytest.raises(ValueError, match=r"no point of column column-1, column-3 has all properties"):
        network().shares(nowhere)
    infinite = DATA.points.clone()
    infinite[2, 1, 0, 3] = torch.inf
    with pytest.raises(ValueError, match="ph of layer 1 at point 2 of column column-2 is infinite"):
        network(data=with_points(infinite))
    with pytest.raises(ValueError, match="the data have no points"):
        network(data=dataclasses.replace(DATA, points=None, point_properties=()))
    with pytest.raises(ValueError, match="the data have no points"):
        network().shares(problem()[0])


def test_settings_and_data_that_do_not_fit():
    with pytest.raises(ValueError, match=r"n_3: learned of layers that are not there; the columns have 2"):
        network(lgar_bounds(["n_3", "ks_1"]), columns(layers=2))
    with pytest.raises(ValueError, match="activation is 'sine'; expected one of tanh"):
        network(activation="sine")
    other = dataclasses.replace(DATA, point_properties=("silt", "clay", "sand", "ph", "om"))
    with pytest.raises(ValueError, match=r"silt, clay, sand, ph, om of 3 layers; this network learned from clay, silt"):
        network().shares(other)
    with pytest.raises(ValueError, match="of 2 layers; this network learned from"):
        network().shares(columns(layers=2))


def runoff(parameters, data, warmup=0, through_warmup=True):
    """Stands in for LGAR: less runs off a conductive soil."""
    return {"surface_runoff": (1e-3 * data.rain * (0.01 / parameters["ks_1"][:, None]) ** 0.3)[:, warmup:]}


def test_a_function_of_points_is_learned_for_unseen_columns():
    data = columns(basins=60, each=4)
    bounds = lgar_bounds(["ks_1"])
    share = torch.sigmoid(0.1 * (data.points[:, :, 0, 0] - data.points[:, :, 0, 2])).mean(dim=1)
    data = dataclasses.replace(data, observed=runoff({"ks_1": bounds.by_name["ks_1"].value(share)}, data))
    train_on, unseen = data.basins(list(range(40))), data.basins(list(range(40, 60)))
    learner = PointNetwork(bounds, train_on, hidden=(8,))
    before = learner.shares(unseen).detach()
    settings = TrainingSettings(loss=(Term("surface_runoff"),), epochs=150, learning_rate=0.03)
    train(train_on, learner, settings, simulate=runoff)
    error, first = ((x.detach()[:, 0] - share[40:]).square().mean().sqrt() for x in (learner.shares(unseen), before))
    assert float(error) < 0.2 * float(first)
