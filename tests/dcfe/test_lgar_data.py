"""Learning data of columns: parts of them, and what does not fit together."""

import dataclasses

import numpy as np
import pytest
import torch

from dcfe import DifferentiableCfe
from dcfe.bounds import bounds_of
from dcfe.cfe_runner import CfeRunner
from dcfe.checkpoint import fingerprint
from dcfe.data import BasinData, LearningData
from dcfe.fisher import Noise
from dcfe.identifiability import analyse
from dcfe.lgar_bounds import lgar_bounds
from dcfe.lgar_data import columns_of, moisture_depth, parameter_names
from dcfe.lgar_fit import ColumnFit
from dcfe.lgar_identifiability import analyse_columns
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_seeds import seeds_of
from dcfe.losses import Loss, Term
from dcfe.networks import ParameterNetwork
from dcfe.training import TrainingSettings, train
from lgar_bmi.ensemble_setup import EnsembleTimes, check_columns, stack_columns
from tests.dcfe.learning_cases import problem
from tests.dcfe.lgar_learning_cases import columns, tensor


def test_parameters_are_the_seeds_without_the_factor_of_rain():
    assert set(seeds_of(3)) - set(parameter_names(3)) == {"rain_factor"}
    assert set(columns().parameters) == set(parameter_names(3))


def test_a_part_of_the_columns_has_its_rows_of_everything():
    data = columns()
    part = data.basins([3, 1])
    assert part.ids == ("column-3", "column-1")
    for name in ("attributes", "rain", "pet", "thickness", "initial_psi", "ordinates", "points"):
        assert torch.equal(getattr(part, name), getattr(data, name)[[3, 1]]), name
    assert torch.equal(part.observed["storage"], data.observed["storage"][[3, 1]])
    assert (part.options, part.stepping, part.start) == (data.options, data.stepping, data.start)
    without = columns(points=None, point_properties=())
    assert without.basins([0]).points is None


def test_a_part_of_the_steps_begins_later():
    data = columns()
    part = data.period(5, 20)
    assert torch.equal(part.rain, data.rain[:, 5:20])
    assert torch.equal(part.pet, data.pet[:, 5:20])
    assert torch.equal(part.observed["storage"], data.observed["storage"][:, 5:20])
    assert part.start == np.datetime64("2000-10-01T05:00")
    assert part.times[-1] == np.datetime64("2000-10-01T19:00")
    assert torch.equal(part.points, data.points)


def test_soils_of_columns_come_from_their_names():
    data = columns(basins=2)
    data.parameters["alpha_2"][1] = 0.07
    data.parameters["ponded_depth_max"][0] = 0.3
    found = columns_of(data.parameters, data.thickness)
    assert found.soils[1, 1].tolist() == [float(data.parameters[f"{f}_2"][1]) for f in ("theta_r", "theta_e")] + [
        0.07,
        float(data.parameters["n_2"][1]),
        float(data.parameters["ks_2"][1]),
    ]
    assert found.parameters.ponded_depth_max.tolist() == [0.3, 1.0]
    check_columns(stack_columns(found))


def test_names_of_moistures():
    known = {"soil_moisture_10": 10.0, "soil_moisture_0": 0.0, "soil_moisture_7.5": 7.5}
    assert {name: moisture_depth(name) for name in known} == known
    for name in ("soil_moisture_", "soil_moisture_10.0", "soil_moisture_ 1", "soil_moisture_-1", "soil_moisture_nan"):
        assert moisture_depth(name) is None, name


def test_moistures_may_be_observed_down_to_the_bottom():
    series = torch.zeros(4, 30, dtype=torch.float64)
    assert columns(observed={"soil_moisture_105": series, "total_discharge": series})
    thin = tensor([[10.0, 30.0, 60.0]] * 3 + [[1.0, 1.0, 1.0]])
    with pytest.raises(ValueError, match="soil_moisture_10 is deeper than column column-3, which ends at 3 cm"):
        columns(observed={"soil_moisture_10": series}, thickness=thin)


def test_everything_that_does_not_fit_is_said_at_once():
    good = columns()
    parameters = {name: value for name, value in good.parameters.items() if name not in ("n_2", "ks_3")}
    with pytest.raises(ValueError) as caught:
        columns(
            pet=good.pet[:, :7],
            parameters=parameters,
            observed={"runoff": good.rain},
            initial_psi=torch.ones(3, dtype=torch.float64),
            thickness=tensor([[10.0, 30.0, 60.0]] * 3 + [[10.0, -1.0, float("nan")]]),
            points=good.points[..., :2],
            stepping=EnsembleTimes(step=900.0),
        )
    for text in (
        "pet has shape (4, 7); expected (4, 30)",
        "initial_psi has shape (3,); expected (4,)",
        "points has shape (4, 5, 3, 2); expected (4, 5, 3, 5)",
        "parameters lacks ks_3, n_2",
        "thickness of column column-3, layer 2: thickness = -1 is outside its valid range",
        "thickness of column column-3, layer 3: thickness is not a number",
        "observed.runoff is no output of LGAR; expected one of precipitation,",
        "stepping.step is 900 s; expected 3600",
    ):
        assert text in str(caught.value), text
    with pytest.raises(ValueError, match=r"initial_psi of column column-2: initial_psi = -5 is outside"):
        columns(initial_psi=tensor([1.0, 2.0, -5.0, 3.0]))
    with pytest.raises(ValueError, match="points and point_properties go together"):
        columns(points=None)
    with pytest.raises(ValueError, match=r"thickness is torch.float32; expected float64"):
        columns(thickness=good.thickness.float())


def test_infinite_observations_are_refused_and_missing_ones_are_not():
    series = columns().observed["storage"].clone()
    series[1, 4] = float("nan")
    assert bool(columns(observed={"storage": series}).observed["storage"][1, 4].isnan())
    series[2, 7], series[3, 0] = float("inf"), -float("inf")
    with pytest.raises(ValueError) as caught:
        columns(observed={"storage": series, "total_discharge": torch.full_like(series, float("inf"))})
    for text in (
        "observed.storage of column-2, step 7, is inf; expected a number, or NaN where nothing was observed",
        "observed.storage of column-3, step 0, is -inf",
        "observed.total_discharge of column-0, step 9, is inf",
        "and 110 more of observed.total_discharge",
    ):
        assert text in str(caught.value), text
    data, _ = problem(basins=2, steps=3)
    with pytest.raises(ValueError, match="observed.q_out of basin-1, step 2, is inf"):
        dataclasses.replace(data, observed={"q_out": torch.tensor([[0.0] * 3, [0.0, 0.0, float("inf")]]).double()})


@pytest.mark.parametrize("warmup", [-1, 30, 31])
def test_a_warm_up_outside_the_period_is_refused(warmup):
    data, message = columns(), rf"the warm-up is {warmup} steps; expected 0 to 29"
    bounds = lgar_bounds(["ks_1"])
    with pytest.raises(ValueError, match=message):
        LgarRunner(("storage",))(data.parameters, data, warmup)
    with pytest.raises(ValueError, match=message):
        ColumnFit(data.basins([0]), bounds, Noise(), warmup)
    with pytest.raises(ValueError, match=message):
        analyse_columns(data, bounds, outputs=("storage",), warmup=warmup)
    basins, _ = problem(basins=2, steps=30)
    with pytest.raises(ValueError, match=message):
        CfeRunner(("q_out",))(basins.parameters, basins, warmup)
    with pytest.raises(ValueError, match=message):
        analyse(basins, bounds_of(["satdk"]), warmup=warmup)


def test_one_name_is_no_sequence_of_names():
    for refused in (
        lambda: LgarRunner("storage"),
        lambda: CfeRunner("storage"),
        lambda: DifferentiableCfe(outputs="storage"),
        lambda: analyse_columns(columns(), lgar_bounds(["ks_1"]), outputs="storage"),
        lambda: analyse(problem(basins=2, steps=3)[0], bounds_of(["satdk"]), outputs="storage"),
    ):
        with pytest.raises(TypeError, match=r"outputs is the string 'storage'; expected a sequence of names"):
            refused()


def runoff(parameters, data, warmup=0, through_warmup=True):
    """Stands in for LGAR: a share of the rain."""
    assert isinstance(data, BasinData)
    return {"surface_runoff": (parameters["ponded_depth_max"][:, None] * 1e-3 * data.rain)[:, warmup:]}


def test_the_learning_machinery_takes_columns(tmp_path):
    data = columns(basins=6, observed={})
    truth = 0.4 + 0.2 * torch.tanh(data.attributes[:, 0])
    data = dataclasses.replace(data, observed=runoff({"ponded_depth_max": truth}, data))
    learner = ParameterNetwork(lgar_bounds(["ponded_depth_max"]), data, (4,))
    settings = TrainingSettings(loss=(Term("surface_runoff"),), epochs=40, learning_rate=0.05)
    found = train(data, learner, settings, tmp_path, simulate=runoff, validation={"late": data.period(15, 30)})
    assert found.history[-1]["loss"] < 0.05 * found.history[0]["loss"]
    assert Loss((Term("surface_runoff"),)).target(data).observed_basins().all()


def test_columns_need_their_model():
    data = columns()
    learner = ParameterNetwork(lgar_bounds(["n_1"]), data, (2,))
    with pytest.raises(ValueError, match="the data are LgarLearningData, which CFE cannot run: give the model"):
        train(data, learner, TrainingSettings(loss=(Term("storage"),)))


def test_a_checkpoint_knows_soils_and_points():
    data = columns()
    learner = ParameterNetwork(lgar_bounds(["n_1"]), data, (2,))

    def mark(changed):
        generator = torch.Generator().manual_seed(1)
        return fingerprint(changed, learner, TrainingSettings(), {}, runoff, generator)["training data"]

    assert mark(data) == mark(columns())
    for name in ("points", "thickness", "initial_psi"):
        assert mark(dataclasses.replace(data, **{name: getattr(data, name) + 1.0})) != mark(data), name
    assert mark(dataclasses.replace(data, stepping=EnsembleTimes(substep=60.0))) != mark(data)


def test_fields_of_data_of_cfe_keep_their_order():
    names = [field.name for field in dataclasses.fields(LearningData)]
    assert names == [
        *("ids", "attribute_names", "attributes", "rain", "pet", "observed", "parameters", "ordinates"),
        *("soil_storage", "gw_storage", "options", "start", "lateral", "surface"),
    ]
    data, _ = problem(basins=2, steps=3)
    again = LearningData(*(getattr(data, name) for name in names))
    assert again.start == np.datetime64("2000-10-01T00:00")
    assert again.period(1, 3).start == np.datetime64("2000-10-01T01:00")
