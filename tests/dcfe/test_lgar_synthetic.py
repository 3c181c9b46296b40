"""Synthetic columns: seeded, valid, with runoff, and each by itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dcfe.bounds import Bounds
from dcfe.lgar_bounds import LEARNING_RANGES, layer_of, table_s2
from dcfe.lgar_synthetic import ColumnSettings, generate_columns, true_soils
from dcfe.lgar_synthetic_points import PROPERTIES, draw_points
from dcfe.lgar_synthetic_weather import dry_weather, poured
from dcfe.point_network import PointNetwork
from ngen_bmi.errors import ParameterError

SMALL = ColumnSettings(columns=8, points=4, steps=600, seed=5)


def shares(found):
    return found.bounds.shares({name: torch.from_numpy(values) for name, values in found.truth.items()}).numpy()


def same(a, b, rows=slice(None)):
    x, y = a.data, b.data
    tensors = [(x.points, y.points), (x.rain, y.rain), (x.pet, y.pet), (x.thickness, y.thickness)]
    tensors += [(x.initial_psi, y.initial_psi), *((x.observed[name], y.observed[name]) for name in x.observed)]
    return all(torch.equal(p, q[rows]) for p, q in tensors) and all(
        np.array_equal(a.truth[name], b.truth[name][rows]) for name in a.truth
    )


def test_the_same_seed_gives_the_same_columns_and_another_seed_others():
    assert same(generate_columns(SMALL), generate_columns(SMALL))
    assert not same(generate_columns(SMALL), generate_columns(replace(SMALL, seed=6)))


def test_a_column_does_not_change_with_the_number_of_columns():
    for unexplained in (0.0, 0.4):
        settings = replace(SMALL, unexplained=unexplained)
        assert same(generate_columns(replace(settings, columns=3)), generate_columns(settings), slice(3))


def test_truth_is_spread_within_the_bounds():
    found = generate_columns(replace(SMALL, columns=300, steps=2, points=10))
    places = shares(found)
    assert found.bounds.names == table_s2()
    assert 0.0 < places.min() < 0.1
    assert 0.9 < places.max() < 1.0
    assert (places.std(axis=0) > 0.12).all()
    for name, bound in found.bounds.by_name.items():
        low, high = LEARNING_RANGES[(layer_of(name) or (name,))[0]]
        assert low <= bound.low < bound.high <= high, name
    centre = found.bounds.shares(found.data.parameters)
    torch.testing.assert_close(centre, torch.full_like(centre, 0.5), rtol=1e-12, atol=0)
    assert set(found.data.parameters) == set(found.truth)


def test_water_is_balanced_and_most_but_not_all_columns_have_runoff():
    outputs = (
        "precipitation",
        "actual_evapotranspiration",
        "surface_runoff",
        "total_discharge",
        "percolation",
        "storage",
    )
    for seed in range(3):
        found = generate_columns(ColumnSettings(seed=seed, noise=0.0, observed=outputs))
        flow = found.outputs
        loss = flow["actual_evapotranspiration"] + flow["total_discharge"] + flow["percolation"]
        change = np.diff(flow["storage"], axis=1)
        np.testing.assert_allclose((flow["precipitation"] - loss)[:, 1:], change, rtol=0, atol=1e-12)
        with_runoff = flow["surface_runoff"].sum(axis=1) > 1e-4
        assert 30 < with_runoff.sum() < 60, seed
        assert flow["precipitation"].sum(axis=1).min() > 0.0


def test_points_are_soils_that_resemble_their_column_and_the_layer_above():
    points = draw_points(np.random.default_rng(1), 400, 10)
    np.testing.assert_allclose(points[..., :3].sum(axis=-1), 100.0, rtol=1e-13)
    assert points[..., :3].min() > 0.0
    between = points.mean(axis=1).std(axis=0)
    within = points.std(axis=1).mean(axis=0)
    assert (between > 1.5 * within).all()
    for k in range(len(PROPERTIES)):
        assert np.corrcoef(points[:, 0, 0, k], points[:, 0, 1, k])[0, 1] > 0.6
    assert np.corrcoef(points[:, 0, 0, 0], points[:, 0, 0, 2])[0, 1] < -0.5


def test_the_truth_is_one_function_of_properties_for_all_layers():
    points = draw_points(np.random.default_rng(2), 5, 3)
    same_layers = np.repeat(points[:, :, :1], 3, axis=2)
    bounds = generate_columns(replace(SMALL, columns=1, steps=1, ranges={})).bounds
    truth = true_soils(same_layers, bounds, SMALL)
    for field in ("alpha", "n", "ks", "theta_e", "theta_r"):
        # to rounding: elements at other places of an array may go through other instructions
        np.testing.assert_allclose(truth[f"{field}_1"], truth[f"{field}_3"], rtol=1e-13)
    own = true_soils(same_layers, bounds, replace(SMALL, unexplained=0.3))
    assert not np.allclose(own["n_1"], own["n_3"], rtol=1e-3)
    # points are averaged in the scale of the bounds: conductivities geometrically
    alone = [true_soils(points[:, [p]], bounds, SMALL) for p in range(3)]
    together = true_soils(points, bounds, SMALL)
    np.testing.assert_allclose(
        np.log(together["ks_2"]), np.mean([np.log(t["ks_2"]) for t in alone], axis=0), rtol=1e-12
    )
    np.testing.assert_allclose(together["n_2"], np.mean([t["n_2"] for t in alone], axis=0), rtol=1e-12)


def test_the_network_can_be_the_hidden_function():
    """Fitted to the truth itself, on some columns, it knows the others."""
    found = generate_columns(replace(SMALL, columns=120, steps=1, points=5, noise=0.0))
    bounds = Bounds({name: bound for name, bound in found.bounds.by_name.items() if name[-1] in "12x"})
    wanted = bounds.shares({name: torch.from_numpy(values) for name, values in found.truth.items()})
    seen, unseen = found.data.basins(list(range(90))), found.data.basins(list(range(90, 120)))
    net = PointNetwork(bounds, seen, hidden=(24,))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(400):
        optimiser.zero_grad()
        (net.shares(seen) - wanted[:90]).square().mean().backward()
        optimiser.step()
    error = (net.shares(unseen) - wanted[90:]).detach().square().mean()
    assert float(error / wanted[90:].var(dim=0).mean()) < 0.05


def test_noise_changes_only_the_observations():
    clean, noisy = generate_columns(replace(SMALL, noise=0.0)), generate_columns(replace(SMALL, noise=0.2))
    assert torch.equal(clean.data.rain, noisy.data.rain)
    for name, values in clean.outputs.items():
        assert np.array_equal(values, noisy.outputs[name])
        assert np.array_equal(values, clean.data.observed[name].numpy())
    factor = noisy.data.observed["storage"].numpy() / noisy.outputs["storage"]
    assert factor.mean() == pytest.approx(1.0, abs=5 * 0.2 / np.sqrt(factor.size))
    assert factor.std() == pytest.approx(0.2, abs=0.01)


def test_moistures_are_observed_by_their_depth():
    observed = ("soil_moisture_20", "storage", "soil_moisture_2")
    found = generate_columns(replace(SMALL, noise=0.0, observed=observed))
    assert tuple(found.data.observed) == observed
    shallow, deep = found.outputs["soil_moisture_2"], found.outputs["soil_moisture_20"]
    assert (shallow < found.truth["theta_e_1"][:, None] + 1e-12).all()
    assert (shallow.std(axis=1) > 0.0).all()
    assert not np.array_equal(shallow, deep)


def test_forcing_may_be_given():
    rain, pet = np.zeros((1, 50)), np.full((1, 50), 0.2)
    rain[0, 10] = 30.0
    found = generate_columns(SMALL, (rain, pet))
    assert found.data.rain.shape == (8, 50)
    assert found.data.rain[:, 10].tolist() == [30.0] * 8
    assert found.outputs["surface_runoff"][:, :10].max() == 0.0
    with pytest.raises(ValueError, match=r"rain has shape \(3, 50\) and pet \(1, 50\); expected the same, \(8 or 1"):
        generate_columns(SMALL, (np.zeros((3, 50)), pet))


def test_weather_is_dry_and_pours():
    rain, pet = dry_weather(40, 8760, 3)
    assert (pet.mean(axis=1) > rain.mean(axis=1)).mean() > 0.9
    assert 200.0 < np.median(rain.sum(axis=1)) < 700.0
    assert np.median(rain.max(axis=1)) > 25.0
    assert (rain > 0.0).mean() < 0.05
    series = np.random.default_rng(1).random((3, 25))
    np.testing.assert_allclose(poured(series).sum(axis=1), series.sum(axis=1), rtol=1e-14)
    assert ((poured(series, 5).reshape(3, 5, 5) > 0.0).sum(axis=2) == 1).all()


def test_settings_that_make_no_columns():
    with pytest.raises(ValueError) as caught:
        ColumnSettings(columns=0, unexplained=2.0, spread=0.0, noise=-1.0, observed=("q_out",))
    for text in ("columns is 0", "unexplained is 2.0", "spread is 0.0", "noise is -1.0", "q_out, which is no output"):
        assert text in str(caught.value)
    with pytest.raises(TypeError, match=r"observed is the string 'storage'; expected a sequence"):
        ColumnSettings(observed="storage")
    with pytest.raises(ParameterError, match="a range is given for n_4, which is not learned"):
        generate_columns(replace(SMALL, ranges={"n_4": (1.1, 2.0)}))
