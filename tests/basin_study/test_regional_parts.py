"""Attributes, data and limits that regional networks are made of."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("xarray")

import torch

from basin_study.attribute_tables import attribute_dataset
from basin_study.cfe_model import CfeModel
from basin_study.dataset import STREAMFLOW, DataError
from basin_study.descent import CfeGradient
from basin_study.objective import Objective
from basin_study.regional_attributes import Scale, regional_attributes
from basin_study.regional_data import BlockRunner, attributes_only, columns_of, learning_data, terms_of
from basin_study.regional_training import bounded_loss
from basin_study.regional_valid import ValidParameters
from basin_study.spaces import report_space
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import combination_problems
from cfe_bmi.state import ODE, CfeOptions
from dcfe.bounds import Bound, Bounds
from dcfe.losses import Loss
from tests.basin_study.study_cases import CONFIG, basin_data

NAMES = ["a", "b", "c", "d"]


def table(**columns):  # type: ignore[no-untyped-def]
    return attribute_dataset(NAMES, columns, source="table")


def test_default_attributes_are_those_that_all_listed_basins_have_and_that_vary():
    nan = np.nan
    found = regional_attributes(
        table(
            aridity=np.array([0.5, 1.0, 2.0, nan]),
            p_mean=np.array([1.0, nan, 3.0, nan]),
            frac_snow=np.zeros(4),
            soil_depth_statsgo=np.array([1.0, 1.2, 1.1, nan]),
        ),
        NAMES,
    )
    assert found.names == ("aridity", "soil_depth_statsgo")
    assert found.basins == ("a", "b", "c")
    assert list(found.without) == ["d"]
    assert "no aridity of basin d" in found.without["d"]
    np.testing.assert_array_equal(found.values[:, 0], [0.5, 1.0, 2.0])


def test_infinite_attributes_count_as_missing():
    found = regional_attributes(table(aridity=np.array([0.5, np.inf, 2.0, 1.0])), NAMES, ["aridity"])
    assert found.basins == ("a", "c", "d")
    assert "not finite" in found.without["b"]


def test_scale_comes_from_training_basins_alone():
    scale = Scale(np.array([[1.0, 10.0, -1.0], [2.0, 1000.0, 5.0]]))
    # the second spans a decade; beyond the training basins their range ends
    np.testing.assert_allclose(
        scale(np.array([[0.5, 100.0, 4.0], [3.0, 1e6, -8.0]])), [[1.0, np.log(100.0), 4.0], [2.0, np.log(1000.0), -1.0]]
    )


def test_parameters_without_meaning_are_moved_and_others_are_not():
    space = report_space()
    shares = np.random.default_rng(3).random((400, len(space)))
    values = {name: torch.tensor(column) for name, column in zip(space.names, space.values(shares).T, strict=True)}
    held = columns_of([CAT_87._replace(wltsmc=0.12)] * 400)
    valid = ValidParameters({r.name: r.high for r in space.ranges})
    moved = valid(values, held)

    def wrong(learned):  # type: ignore[no-untyped-def]
        rows = np.stack([({**held, **learned})[name].numpy() for name in CAT_87._fields], axis=1)
        return np.array([bool(combination_problems(type(CAT_87)(*row))) for row in rows.tolist()])

    before = wrong(values)
    assert 0.02 < before.mean() < 0.9
    assert not wrong(moved).any()
    same = np.all([(moved[name] == values[name]).numpy() for name in space.names], axis=0)
    assert same[~before].mean() > 0.9
    assert not same[before].any()
    for r in space.ranges:
        assert bool(((moved[r.name] >= r.low) & (moved[r.name] <= r.high)).all())
        if r.name not in ("b", "maxsmc"):
            assert torch.equal(moved[r.name], values[r.name])


@pytest.mark.parametrize("hours", [1, 24])
@pytest.mark.parametrize("objective", ["kge", "nse", "log_nse"])
def test_the_loss_of_a_basin_is_its_objective(hours, objective):
    data = basin_data(24 * 80)
    if hours == 24:
        daily = data[STREAMFLOW].values.reshape(-1, 24).mean(axis=1)
        daily[[50, 60]] = np.nan
        data[STREAMFLOW].values[:] = np.repeat(daily, 24)
        data.attrs |= {"observation_hours": 24, "observation_offset": 0}
    space, warmup = report_space(), 24 * 20 + 7
    model = CfeModel(CONFIG, CfeOptions(soil_scheme=ODE), data, space, warmup, Objective.of(objective))
    shares = np.array([0.4, 0.5, 0.6, 0.3, 0.4, 0.5, 0.4, 0.5, 0.5])
    learning, found = learning_data({"a": model}, {"a": CONFIG.parameters}, warmup)
    assert found == hours
    raw = {name: torch.tensor([value]) for name, value in zip(space.names, space.values(shares), strict=True)}
    outputs = BlockRunner(hours)({**learning.parameters, **raw}, learning, warmup)
    target = Loss(terms_of(model.objective)).target(learning, warmup)
    loss = 1.0 - model.score(shares)
    if hours == 1:
        assert float(target(outputs)) == pytest.approx(loss, rel=1e-9)
        assert float(bounded_loss(target, outputs)) == pytest.approx(2.0 * loss / (1.0 + loss), rel=1e-9)
    else:
        shifted = model.observations.first - warmup
        assert shifted == 17
        # it begins later, from the same storages: nearly the same flow, exactly the same comparison
        again = CfeModel(
            CONFIG, model.options, data.isel(time=slice(shifted, None)), space, warmup, Objective.of(objective)
        )
        assert again.observations.first == warmup
        assert float(target(outputs)) == pytest.approx(1.0 - again.score(shares), rel=1e-9)


def test_the_twin_of_a_search_agrees():
    model = CfeModel(CONFIG, CfeOptions(soil_scheme=ODE), basin_data(), report_space(), 240, Objective.of("kge"))
    shares = np.full(9, 0.5)
    assert CfeGradient(model)(shares)[0] == pytest.approx(model.score(shares), rel=1e-9)


def test_basins_of_other_hours_are_refused():
    daily = basin_data()
    daily[STREAMFLOW].values[:] = np.repeat(daily[STREAMFLOW].values.reshape(-1, 24).mean(axis=1), 24)
    daily.attrs |= {"observation_hours": 24}
    rest = (report_space(), 240, Objective.of("kge"))
    models = {name: CfeModel(CONFIG, CfeOptions(), d, *rest) for name, d in (("a", basin_data()), ("b", daily))}
    with pytest.raises(DataError, match="hours of an observation: basin a has 1, basin b 24"):
        learning_data(models, {name: CONFIG.parameters for name in models}, 240)


def test_unit_hydrographs_of_other_lengths_stand_together():
    short = CfeConfig("example", "b", CfeOptions(), CAT_87, 0.5, 0.1, (0.7, 0.3))
    rest = (basin_data(), report_space(), 240, Objective.of("kge"))
    models = {name: CfeModel(config, CfeOptions(), *rest) for name, config in (("a", CONFIG), ("b", short))}
    data, hours = learning_data(models, dict.fromkeys(models, CAT_87), 240)
    outputs = BlockRunner(hours)(data.parameters, data, 240)["q_out"]
    for row, model in enumerate(models.values()):
        flow = model.flow_of(np.array(CAT_87, dtype=np.float64))[240:]
        np.testing.assert_allclose(1000.0 * outputs[row].numpy(), flow, rtol=1e-9, atol=1e-15)


def test_one_basin_cannot_take_over_the_loss():
    flow = np.random.default_rng(0).gamma(0.5, 0.2, 24 * 60)
    rest = (report_space(), 240, Objective.of("kge"))
    usual = CfeModel(CONFIG, CfeOptions(), basin_data(flow=flow), *rest)
    dry = CfeModel(CONFIG, CfeOptions(), basin_data(flow=1e-6 * flow), *rest)
    data, _ = learning_data({"a": usual, "b": dry}, dict.fromkeys("ab", CAT_87), 240)
    target = Loss(terms_of(usual.objective)).target(data, 240)
    outputs = BlockRunner()(data.parameters, data, 240)
    assert float(target(outputs)) > 1e4
    assert float(bounded_loss(target, outputs)) < 2.0


def test_prediction_needs_attributes_alone():
    from dcfe.networks import ParameterNetwork

    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 5.0]])
    data = attributes_only(["a", "b", "c"], ("x", "y"), values, [CAT_87] * 3)
    network = ParameterNetwork(Bounds({"b": Bound(2.0, 15.0)}), data, (4,))
    assert network(data)["b"].shape == (3,)
