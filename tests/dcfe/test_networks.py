import dataclasses

import numpy as np
import pytest
import torch

from dcfe.bounds import bounds_of
from dcfe.networks import ParameterNetwork, PointParameters
from ngen_bmi.errors import ParameterError
from tests.dcfe.learning_cases import BOUNDS, problem

DATA, _ = problem(basins=7)


def seed(number):
    return torch.Generator().manual_seed(number)


def with_prior(data, **values):
    changed = {
        name: torch.as_tensor(value, dtype=torch.float64).expand(len(data.ids)) for name, value in values.items()
    }
    return dataclasses.replace(data, parameters=data.parameters | changed)


def test_a_network_is_the_formula_of_a_perceptron():
    network = ParameterNetwork(BOUNDS, DATA, hidden=(5, 4), activation="tanh", generator=seed(3))
    x = DATA.attributes.numpy()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    for layer in network.layers:
        x = np.tanh(x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    logits = x @ network.head.weight.detach().numpy().T + network.head.bias.detach().numpy()
    expected = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(network.shares(DATA).detach().numpy(), expected, rtol=1e-13)
    given = network(DATA)
    np.testing.assert_allclose(given["Kn"].detach().numpy(), expected[:, 0], rtol=1e-13)  # its bounds are 0 and 1


def test_without_hidden_layers_the_logits_are_linear_in_the_attributes():
    network = ParameterNetwork(BOUNDS, DATA, hidden=(), generator=seed(3))
    logits = torch.logit(network.shares(DATA)).detach().numpy()
    design = np.column_stack((DATA.attributes.numpy(), np.ones(len(DATA.ids))))
    residual = logits - design @ np.linalg.lstsq(design, logits, rcond=None)[0]
    assert np.ptp(logits, axis=0).min() > 0.01
    np.testing.assert_allclose(residual, 0.0, atol=1e-12)


def test_what_is_not_learned_is_held():
    given = ParameterNetwork(BOUNDS, DATA)(DATA)
    assert set(given) == set(DATA.parameters)
    assert all(given[name] is DATA.parameters[name] for name in given if name not in BOUNDS.names)
    assert given["Kn"].shape == (7,)
    assert given["Kn"].requires_grad


def test_other_basins_are_normalised_as_the_training_basins_were():
    network = ParameterNetwork(BOUNDS, DATA.basins([0, 1, 2, 3]), generator=seed(4))
    together = network.shares(DATA)
    torch.testing.assert_close(network.shares(DATA.basins([5])), together[[5]], rtol=1e-14, atol=0)


def test_units_of_attributes_do_not_matter():
    changed = dataclasses.replace(DATA, attributes=1e6 * DATA.attributes + 5.0)
    one, two = (ParameterNetwork(BOUNDS, data, generator=seed(4)).shares(data) for data in (DATA, changed))
    torch.testing.assert_close(one, two, rtol=1e-9, atol=0)


def test_an_attribute_that_never_varies_does_no_harm():
    table = DATA.attributes.clone()
    table[:, 1] = 0.1
    network = ParameterNetwork(BOUNDS, dataclasses.replace(DATA, attributes=table), generator=seed(4))
    assert network.normaliser.scale[1] == 1.0
    assert bool(torch.isfinite(network.shares(DATA)).all())
    one = ParameterNetwork(BOUNDS, DATA.basins([2]), generator=seed(4))
    assert bool(torch.isfinite(one.shares(DATA.basins([2]))).all())


def test_learning_starts_at_the_priors_of_each_basin():
    data = with_prior(DATA, Kn=torch.linspace(0.05, 0.9, 7), slope=0.3)
    given = ParameterNetwork(BOUNDS, data, start="priors")(data)
    torch.testing.assert_close(given["Kn"], data.parameters["Kn"], rtol=1e-12, atol=0)
    torch.testing.assert_close(given["slope"], data.parameters["slope"], rtol=1e-12, atol=0)


def test_learning_starts_at_given_values():
    given = ParameterNetwork(BOUNDS, DATA, start={"Kn": 0.2, "slope": 0.7})(DATA)
    torch.testing.assert_close(given["Kn"], torch.full((7,), 0.2, dtype=torch.float64), rtol=1e-12, atol=0)
    torch.testing.assert_close(given["slope"], torch.full((7,), 0.7, dtype=torch.float64), rtol=1e-12, atol=0)


def test_a_start_outside_the_bounds_is_an_error():
    with pytest.raises(ParameterError, match=r"Kn = 2 is outside its bounds 0 to 1[\s\S]*slope = -1"):
        ParameterNetwork(BOUNDS, DATA, start={"Kn": 2.0, "slope": -1.0})
    with pytest.raises(ParameterError, match="slope is missing"):
        ParameterNetwork(BOUNDS, DATA, start={"Kn": 0.5})
    with pytest.raises(ParameterError, match="Kn = 3 is outside its bounds"):
        ParameterNetwork(BOUNDS, DATA, start="priors")(with_prior(DATA, Kn=3.0))
    with pytest.raises(ValueError, match="start is 'anywhere'; expected 'centre', 'priors'"):
        ParameterNetwork(BOUNDS, DATA, start="anywhere")


def test_weights_come_from_the_generator_alone():
    first, again, other = (ParameterNetwork(BOUNDS, DATA, generator=seed(n)).shares(DATA) for n in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    torch.manual_seed(7)
    assert torch.equal(ParameterNetwork(BOUNDS, DATA).shares(DATA), ParameterNetwork(BOUNDS, DATA).shares(DATA))


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "silu"])
def test_gradients_reach_every_weight(activation):
    network = ParameterNetwork(BOUNDS, DATA, activation=activation)
    sum(network(DATA)[name].sum() for name in BOUNDS.names).backward()
    assert all(bool((weight.grad != 0.0).any()) for weight in network.parameters())


def test_dropout_is_only_for_training_and_comes_from_the_generator():
    network = ParameterNetwork(BOUNDS, DATA, dropout=0.5)
    shares = []
    for number in (1, 1, 2):
        network.generator = seed(number)
        shares.append(network.shares(DATA))
    assert torch.equal(shares[0], shares[1])
    assert not torch.equal(shares[0], shares[2])
    network.eval()
    assert torch.equal(network.shares(DATA), network.shares(DATA))
    torch.testing.assert_close(network.shares(DATA), ParameterNetwork(BOUNDS, DATA).shares(DATA), rtol=0, atol=0)


def test_dropout_keeps_the_mean_of_what_it_thins():
    values = torch.full((200_000,), 3.0, dtype=torch.float64)
    dropout = ParameterNetwork(BOUNDS, DATA, dropout=0.25).dropout
    thinned = dropout(values, seed(1))
    assert sorted(thinned.unique().tolist()) == [0.0, 4.0]
    assert float(thinned.mean()) == pytest.approx(3.0, abs=0.02)


def test_bad_attributes_are_named():
    table = DATA.attributes.clone()
    table[2, 1], table[4, 0] = torch.nan, torch.inf
    broken = dataclasses.replace(DATA, attributes=table)
    with pytest.raises(
        ValueError, match=r"2 attributes are not numbers[\s\S]*b of basin basin-2 is nan[\s\S]*a of basin"
    ):
        ParameterNetwork(BOUNDS, broken)
    with pytest.raises(ValueError, match="b of basin basin-2 is nan"):
        ParameterNetwork(BOUNDS, DATA).shares(broken)


def test_other_attributes_than_those_learned_from():
    other = dataclasses.replace(DATA, attribute_names=("a", "c", "b"))
    with pytest.raises(ValueError, match="the data have the attributes a, c, b; this network learned from a, b, c"):
        ParameterNetwork(BOUNDS, DATA)(other)


def test_settings_that_make_no_network():
    with pytest.raises(ValueError, match="activation is 'sine'; expected one of tanh"):
        ParameterNetwork(BOUNDS, DATA, activation="sine")
    with pytest.raises(ValueError, match="dropout is 1.0; expected 0 to below 1"):
        ParameterNetwork(BOUNDS, DATA, dropout=1.0)
    nothing = dataclasses.replace(DATA, attribute_names=(), attributes=DATA.attributes[:, :0])
    with pytest.raises(ValueError, match="a network needs attributes"):
        ParameterNetwork(BOUNDS, nothing)


def test_learned_values_may_be_combinations():
    def combine(learned, parameters):
        return {"satdk": learned["slope"] * parameters["satdk"], "Kn": learned["Kn"]}

    network = ParameterNetwork(BOUNDS, DATA, combine=combine)
    given, learned = network(DATA), network.learned(DATA)
    assert torch.equal(given["satdk"], learned["slope"] * DATA.parameters["satdk"])
    assert given["slope"] is DATA.parameters["slope"]


def test_combinations_start_at_what_priors_stand_for():
    class Halves:
        def __call__(self, learned, parameters):
            return {"Kn": 0.5 * learned["Kn"], "slope": learned["slope"]}

        def priors(self, parameters):
            return {"Kn": 2.0 * parameters["Kn"], "slope": parameters["slope"]}

    data = with_prior(DATA, Kn=torch.linspace(0.05, 0.4, 7), slope=0.3)
    given = ParameterNetwork(BOUNDS, data, start="priors", combine=Halves())(data)
    torch.testing.assert_close(given["Kn"], data.parameters["Kn"], rtol=1e-12, atol=0)


def test_a_learned_value_that_no_model_knows():
    with pytest.raises(ValueError, match="surprise is learned but is no raw parameter"):
        ParameterNetwork(BOUNDS, DATA, combine=lambda learned, parameters: {"surprise": learned["Kn"]})(DATA)


def test_point_parameters_belong_to_their_basins():
    data = with_prior(DATA, Kn=torch.linspace(0.05, 0.9, 7), slope=0.3)
    points = PointParameters(BOUNDS, data, start="priors")
    torch.testing.assert_close(points(data)["Kn"], data.parameters["Kn"], rtol=1e-12, atol=0)
    part = data.basins([4, 1])
    torch.testing.assert_close(points(part)["Kn"], data.parameters["Kn"][[4, 1]], rtol=1e-12, atol=0)
    points(part)["Kn"].sum().backward()
    assert points.values.grad[:, 0].nonzero()[:, 0].tolist() == [1, 4]
    with pytest.raises(ValueError, match="basins stranger were not learned"):
        points(dataclasses.replace(part, ids=("basin-4", "stranger")))


def test_random_starts_are_spread_over_the_bounds_and_seeded():
    many, _ = problem(basins=400, steps=2)
    bounds = bounds_of(["satdk", "Kn"])
    one, same, other = (PointParameters(bounds, many, "random", generator=seed(n)).shares(many) for n in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert float(one.detach().min()) == pytest.approx(0.01)
    np.testing.assert_allclose(
        np.quantile(one.detach().numpy(), [0.25, 0.5, 0.75], axis=0).mean(axis=1), [0.25, 0.5, 0.75], atol=0.04
    )
