"""Synthetic basins: seeded, valid everywhere, with the weather, attributes and errors that were asked for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.ensemble_setup import check_parameters, stack_parameters
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import ODE, CfeOptions
from dcfe.synthetic import RANGES, SyntheticSettings, generate, true_parameters, truth_bounds, unit_hydrographs
from dcfe.synthetic_attributes import ATTRIBUTES, AttributeTable, camels_attributes, generate_attributes
from dcfe.synthetic_forcing import generate_weather

SMALL = SyntheticSettings(basins=12, steps=24 * 30, seed=5)


def same(a, b):
    return all(torch.equal(a.observed[k], b.observed[k]) for k in a.observed) and torch.equal(
        a.attributes, b.attributes
    )


def test_the_same_seed_gives_the_same_basins_and_another_seed_others():
    assert same(generate(SMALL).data, generate(SMALL).data)
    assert not same(generate(SMALL).data, generate(replace(SMALL, seed=6)).data)


def test_the_noise_changes_only_the_observations():
    clean, noisy = generate(replace(SMALL, noise=0.0)), generate(replace(SMALL, noise=0.2))
    assert torch.equal(clean.data.rain, noisy.data.rain)
    assert all(np.array_equal(clean.truth[name], noisy.truth[name]) for name in clean.truth)
    assert np.array_equal(clean.outputs["q_out"], clean.data.observed["q_out"].numpy())
    assert not np.array_equal(noisy.outputs["q_out"], noisy.data.observed["q_out"].numpy())


def test_errors_have_mean_one_and_the_wanted_deviation():
    found = generate(SyntheticSettings(basins=20, steps=2000, noise=0.2))
    flowing = found.outputs["q_out"] > 0.0
    factor = found.data.observed["q_out"].numpy()[flowing] / found.outputs["q_out"][flowing]
    count = factor.size
    assert abs(factor.mean() - 1.0) < 5.0 * 0.2 / np.sqrt(count)
    assert abs(factor.std() - 0.2) < 0.003


def test_observations_are_the_plain_ensemble_with_the_true_parameters_and_the_true_scheme():
    settings = replace(SMALL, noise=0.0, truth_options=CfeOptions(soil_scheme=ODE))
    found = generate(settings)
    p = CfeParameters(**found.truth)
    data = found.data
    state = initial_state(p, data.soil_storage.numpy(), data.gw_storage.numpy(), data.ordinates.shape[1])
    forcing = EnsembleForcing(data.rain.numpy(), data.pet.numpy())
    run = simulate(p, state, forcing, settings.truth_options, ordinates=data.ordinates.numpy())
    assert np.array_equal(run.outputs["q_out"], data.observed["q_out"].numpy())
    assert data.options == CfeOptions()
    assert not np.array_equal(generate(replace(settings, truth_options=None)).outputs["q_out"], run.outputs["q_out"])


def test_ranges_are_calibration_ranges_in_which_every_corner_is_valid():
    table = {variable.name: variable for variable in PARAMETERS}
    for name, (low, high) in RANGES.items():
        allowed = table[name].calibration or table[name].valid
        assert allowed[0] <= low < high <= allowed[1], name
    names = ("b", "satpsi", "maxsmc", "wltsmc", "alpha_fc")
    corners = np.array(np.meshgrid(*(RANGES[name] for name in names))).reshape(len(names), -1)
    held = {name: value[:1].numpy() for name, value in generate(SMALL).data.parameters.items()}
    p = CfeParameters(**(held | dict(zip(names, corners, strict=True))))
    check_parameters(stack_parameters(p))


def test_true_parameters_are_a_function_of_attributes_unless_a_share_is_unexplained():
    bounds = truth_bounds()
    table = generate_attributes(30, 1)
    twice = np.concatenate([table.values, table.values])
    explained = true_parameters(twice, bounds, SMALL)
    own = true_parameters(twice, bounds, replace(SMALL, unexplained=0.3))
    for name, bound in bounds.by_name.items():
        assert np.array_equal(explained[name][:30], explained[name][30:])
        assert not np.array_equal(own[name][:30], own[name][30:])
        assert ((explained[name] >= bound.low) & (explained[name] <= bound.high)).all()


def test_the_unexplained_share_is_a_share_of_the_variance():
    bounds = truth_bounds()
    values = generate_attributes(4000, 2).values

    def logits(share, spread=1.2):
        found = true_parameters(values, bounds, SyntheticSettings(basins=4000, unexplained=share, spread=spread))
        return torch.logit(bounds.shares({n: torch.as_tensor(x) for n, x in found.items()})).numpy()

    explained, mixed = logits(0.0), logits(0.3)
    for k in range(len(bounds)):
        assert np.corrcoef(explained[:, k], mixed[:, k])[0, 1] ** 2 == pytest.approx(0.7, abs=0.05)
    assert mixed.std(axis=0) == pytest.approx(explained.std(axis=0), abs=0.06)
    np.testing.assert_allclose(logits(0.3, 0.6), 0.5 * mixed, rtol=1e-9, atol=1e-12)


def test_weather_has_the_means_and_seasons_asked_for():
    means, pet = np.full(60, 3.0), np.full(60, 2.5)
    seasonality = np.repeat([-0.8, 0.8], 30)
    rain, evaporation = generate_weather(means, pet, seasonality, 4 * 8766, seed=3)
    assert rain.min() == 0.0
    assert evaporation.min() == 0.0
    assert rain.mean() * 24 == pytest.approx(3.0, rel=0.03)
    assert evaporation.mean() * 86400e3 == pytest.approx(2.5, rel=0.03)
    months = ((np.arange(4 * 8766) / 8766 * 12).astype(int) + 9) % 12  # the year begins with October
    summer = rain[:, np.isin(months, (5, 6, 7))].mean(axis=1) / rain[:, np.isin(months, (11, 0, 1))].mean(axis=1)
    assert np.median(summer[:30]) < 0.5
    assert np.median(summer[30:]) > 2.0
    assert evaporation[:, np.isin(months, (5, 6, 7))].mean() > 3.0 * evaporation[:, np.isin(months, (11, 0, 1))].mean()
    assert not evaporation.reshape(60, -1, 24)[:, :, :6].any()


def test_a_basins_weather_does_not_depend_on_the_others():
    ones = np.ones(5)
    many = generate_weather(3.0 * ones, 2.0 * ones, 0.0 * ones, 500, seed=1)
    few = generate_weather(3.0 * ones[:2], 2.0 * ones[:2], 0.0 * ones[:2], 500, seed=1)
    assert np.array_equal(many[0][:2], few[0])
    assert np.array_equal(many[1][:2], few[1])


def test_generated_attributes_are_like_those_of_camels():
    table = generate_attributes(3000, 0)
    columns = dict(zip(table.names, table.values.T, strict=True))
    assert np.median(columns["aridity"]) == pytest.approx(0.86, abs=0.03)  # of the 671 basins 0.855
    assert (columns["aridity"] > 2.0).mean() == pytest.approx(55 / 671, abs=0.02)
    assert (
        np.corrcoef(np.argsort(np.argsort(columns["aridity"])), np.argsort(np.argsort(columns["p_mean"])))[0, 1] < -0.8
    )
    assert np.array_equal(generate_attributes(10, 0).values, table.values[:10])


def test_unit_hydrographs_sum_to_one_and_are_quicker_where_it_is_steep():
    shares = unit_hydrographs(np.array([1.0, 200.0]))
    assert shares.sum(axis=1) == pytest.approx(1.0, abs=1e-14)
    assert shares[1, 0] > shares[0, 0]


def write_camels(folder, change=None):
    columns = {"clim": ATTRIBUTES[:4], "topo": ATTRIBUTES[4:5], "vege": ATTRIBUTES[5:6], "soil": ATTRIBUTES[6:9], "geol": ATTRIBUTES[9:]}  # fmt: skip  # noqa: E501
    for table, names in columns.items():
        rows = [";".join(("gauge_id", *names))]
        for k in range(3):
            values = [(change or {}).get((k, name), str(k + 1.5)) for name in names]
            rows.append(";".join((f"0101{k}", *values)))
        (folder / f"camels_{table}.txt").write_text("\n".join(rows) + "\n")


def test_camels_tables_are_read_and_drawn_from(tmp_path):
    write_camels(tmp_path, {(1, "aridity"): "0.75"})
    table = camels_attributes(tmp_path)
    assert table.ids == ("01010", "01011", "01012")
    assert table.values[1, ATTRIBUTES.index("aridity")] == 0.75
    assert len(camels_attributes(tmp_path, 2, seed=1).ids) == 2
    with pytest.raises(ValueError, match="4 basins were asked for"):
        camels_attributes(tmp_path, 4)


def test_camels_values_that_are_no_numbers_are_named(tmp_path):
    write_camels(tmp_path, {(2, "clay_frac"): "NA"})
    with pytest.raises(ValueError, match=r"clay_frac of basin 01012 is 'NA'"):
        camels_attributes(tmp_path)
    (tmp_path / "camels_geol.txt").write_text("gauge;geol_permeability\n")
    with pytest.raises(ValueError, match="no column gauge_id"):
        camels_attributes(tmp_path)


def test_settings_and_attributes_that_do_not_fit_are_refused_all_at_once():
    with pytest.raises(
        ValueError, match=r"(?s)basins is 0.*unexplained is 2.*spread is 0.*noise is -1.*priors has Ksat"
    ):
        SyntheticSettings(basins=0, unexplained=2, spread=0.0, noise=-1, priors={"Ksat": 1.0})
    table = generate_attributes(3)
    with pytest.raises(ValueError, match=r"shape \(3, 10\) for 3 basins; expected \(12, 10\)"):
        generate(SMALL, table)
    values = table.values.copy()
    values[1, 1] = np.nan
    with pytest.raises(ValueError, match="aridity of basin synthetic-0002 is nan"):
        generate(replace(SMALL, basins=3), table._replace(values=values))
    with pytest.raises(ValueError, match="lack p_seasonality"):
        generate(replace(SMALL, basins=1), AttributeTable(("a",), ("p_mean", "aridity"), np.ones((1, 2))))
