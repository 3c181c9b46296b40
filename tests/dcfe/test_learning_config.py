"""Configurations of learning: what they default to, and what is wrong with them."""

import numpy as np
import pytest

from dcfe.learning_config import load_learning_config
from dcfe.losses import Term
from ngen_bmi.errors import ConfigError
from tests.dcfe.learning_folder import config, write_config


def problems(folder, content=None, **changes):
    with pytest.raises(ConfigError) as caught:
        load_learning_config(write_config(folder, content, **changes))
    assert caught.value.source.endswith("LEARNING.yaml")
    return caught.value.problems


def test_a_minimal_configuration_has_sensible_defaults(tmp_path):
    text = """\
data:
  catchments: configs/*.yml
  forcing: forcing/{id}.csv
  attributes: attributes.csv
  observed:
    q_out: observed/{id}.csv
"""
    found = load_learning_config(write_config(tmp_path, text))
    assert found.data.catchments == ("configs/*.yml",)
    assert found.data.observed[0].pattern == "observed/{id}.csv"
    assert found.periods == {}
    assert found.basins.shares == {"train": 1.0}
    assert (found.learn.mode, found.learn.kind, found.learn.hidden) == ("static", "mlp", (64, 64))
    assert found.learn.parameters == ()
    assert found.training.loss == (Term("q_out", "nse"),)
    assert (found.training.warmup, found.training.epochs, found.training.optimiser) == (90 * 24, 300, "adam")
    assert found.output == tmp_path / "results"


def test_every_key_arrives(tmp_path):
    content = config(
        data__observed={
            "q_out": {"file": "q/{id}.csv", "column": "flow", "unit": "m3 s-1"},
            "soil_storage": {"file": "s/{id}.csv", "unit": "mm"},
        },
        data__attributes={"file": ["a.csv", "b.csv"], "id": "gauge", "columns": ["x", "y"], "area": "km2"},
        data__truth="truth.csv",
        periods__validate={"start": "2000-10-19 06:00", "end": "2000-10-20"},
        basins={"train": 0.5, "validate": 0.25, "test": 0.25, "seed": 3, "ungauged": ["cat-9"]},
        learn={
            "parameters": {
                "satdk": {"bounds": [1e-6, 1e-4], "scale": "log"},
                "Kn": None,
                "percolation_coefficient": {},
            },
            "mode": "operational_average",
            "start": "priors",
            "network": {"kind": "lstm", "hidden": [16], "dropout": 0.1},
        },
        training={
            "loss": [{"kind": "kge"}, {"output": "soil_storage", "transform": "log", "weight": 2, "epsilon": 0.1}],
            "learning_rate": 1e-3,
            "schedule": "constant",
            "epochs": 7,
            "basins_per_batch": 5,
            "window_days": 30,
            "warmup_days": 10,
            "gradient_through_warmup": False,
            "clip": 0.5,
            "weight_decay": 0.01,
            "validate_every": 2,
            "patience": 20,
            "checkpoint_every": 3,
            "seed": 9,
            "tensorboard": True,
        },
        output="out",
    )
    found = load_learning_config(write_config(tmp_path, content))
    assert [(o.output, o.pattern, o.column, o.unit) for o in found.data.observed] == [
        ("q_out", "q/{id}.csv", "flow", "m3 s-1"),
        ("soil_storage", "s/{id}.csv", "", "mm"),
    ]
    data = found.data
    assert (data.attributes, data.id_column, data.columns, data.area) == (
        ("a.csv", "b.csv"),
        "gauge",
        ("x", "y"),
        "km2",
    )
    assert found.periods["validate"] == (np.datetime64("2000-10-19T06:00"), np.datetime64("2000-10-20T00:00"))
    assert found.basins.shares == {"train": 0.5, "validate": 0.25, "test": 0.25}
    assert (found.basins.seed, found.basins.ungauged) == (3, ("cat-9",))
    assert found.learn.parameters == ("satdk", "Kn", "percolation_coefficient")
    assert (found.learn.ranges, found.learn.scales) == ({"satdk": (1e-6, 1e-4)}, {"satdk": "log"})
    assert (found.learn.mode, found.learn.kind, found.learn.hidden) == ("operational_average", "lstm", (16,))
    assert (found.learn.start, found.learn.dropout) == ("priors", 0.1)
    training = found.training
    assert training.loss == (Term("q_out", "kge"), Term("soil_storage", "nse", "log", 2.0, 0.1))
    assert (training.window, training.warmup, training.gradient_through_warmup) == (720, 240, False)
    assert (training.learning_rate, training.schedule, training.epochs) == (1e-3, "constant", 7)
    assert (training.clip, training.weight_decay, training.validate_every) == (0.5, 0.01, 2)
    assert (training.basins_per_batch, training.patience, training.checkpoint_every, training.seed) == (5, 20, 3, 9)
    assert found.output == tmp_path / "out"
    assert found.tensorboard


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"data": None}, "data: missing"),
        ({"data__catchments": None}, "data.catchments: missing"),
        ({"data__forcing": None}, "data.forcing: missing; a path with {id}"),
        ({"data__forcing": "forcing.csv"}, "data.forcing: 'forcing.csv' has no {id}"),
        ({"data__observed": None}, "data.observed: missing"),
        ({"data__observed": {}}, "data.observed: is empty"),
        (
            {"data__observed": {"flow": "a/{id}.csv"}},
            "data.observed.flow: is no output of CFE; expected one of rain_rate",
        ),
        ({"data__observed": {"q_out": {"file": "{id}", "unit": "cfs"}}}, "unit: 'cfs' is not known for q_out"),
        (
            {"data__observed": {"soil_storage": {"file": "{id}", "unit": "mm h-1"}}},
            "'mm h-1' is not known for soil_storage; expected one of m, mm",
        ),
        ({"data__attributes": None}, "data.attributes: missing; a network needs attributes"),
        ({"data__attributes": {"columns": ["a"]}}, "data.attributes.file: missing"),
        ({"data__area": 3}, "data.area: unknown key"),
        ({"periods": {"test": {"start": "2000-01-01", "end": "2001-01-01"}}}, "periods.train: missing"),
        (
            {"periods__train": {"start": "2001-01-01", "end": "2000-01-01"}},
            "periods.train.end: 2000-01-01T00:00 is not",
        ),
        ({"periods__train": {"start": "2001-01-01 00:30", "end": "2002-01-01"}}, "start: expected a full hour"),
        ({"periods__train": {"start": "soon", "end": "2002-01-01"}}, "periods.train.start: expected a time such as"),
        ({"periods__train": {"start": "2001-01-01"}}, "periods.train.end: missing"),
        ({"periods__later": {}}, "periods.later: unknown key"),
        ({"basins": {"train": 0.5, "test": 0.4}}, "basins.train: the shares"),
        ({"basins": {"train": 0, "test": 1}}, "basins.train: the shares"),
        ({"basins": {"test": 1.0}}, "basins.train: missing"),
        ({"basins": {"train": ["a"], "test": 0.5}}, "basins.train: is a list, but test is not"),
        ({"basins": {"train": ["a", "b"], "test": ["b"]}}, "basin b is in more than one group"),
        ({"basins": {"train": []}}, "basins.train: is empty"),
        ({"learn__parameters": ["satdk", "stadk"]}, "learn.parameters: stadk is neither a combination"),
        ({"learn__parameters": {"satdk": {"bounds": [1e-4, 1e-6]}}}, "learn.parameters: satdk: the range"),
        ({"learn__parameters": {"satdk": {"bounds": 3}}}, "learn.parameters.satdk.bounds: expected [LOWER, UPPER]"),
        ({"learn__parameters": {"b": {"bounds": [1, 90]}}}, "outside its valid range"),
        ({"learn__parameters": {"Kn": {"range": [0, 1]}}}, "learn.parameters.Kn.range: unknown key"),
        (
            {"learn__parameters": ["schaake_coefficient", "refkdt"]},
            "refkdt is learned, but schaake_coefficient needs it",
        ),
        ({"learn__parameters": ["depth"]}, "depth has no calibration range"),
        ({"learn__mode": "daily"}, "learn.mode: 'daily' is not known; expected one of static, dynamic"),
        ({"learn__network": {"kind": "lstm"}}, "lstm does not go with the mode static"),
        ({"learn__mode": "dynamic", "learn__network": {"kind": "mlp"}}, "mlp does not go with the mode dynamic"),
        ({"learn__network": {"kind": "linear", "hidden": [3]}}, "linear has no hidden layers"),
        ({"learn__network": {"hidden": []}}, "an mlp needs hidden layers"),
        ({"learn__network": {"hidden": 64}}, "learn.network.hidden: expected a list of whole numbers"),
        ({"learn__network": {"kind": "point"}}, "basins.test: parameters learned as points belong to their basins"),
        ({"training__loss": "rmse"}, "training.loss: 'rmse' is not known"),
        ({"training__loss": [{"output": "actual_et"}]}, "training.loss.1.output: 'actual_et' is not known"),
        ({"training__loss": [{"weight": 0}]}, "training.loss.1.weight: expected a number above 0"),
        ({"training__optimiser": "sgd"}, "training.optimiser: 'sgd' is not known"),
        ({"training__optimiser": "lbfgs", "training__window_days": 10}, "training: lbfgs needs full batches"),
        ({"training__patience": 5}, "training.patience: stopping early needs basins.validate or periods.validate"),
        ({"training__epochs": 2.5}, "training.epochs: expected a whole number"),
        ({"training__learning_rate": "fast"}, "training.learning_rate: expected a number"),
        ({"output": ["a"]}, "output: expected a word"),
        ({"outputs": "a"}, "outputs: unknown key"),
    ],
)
def test_a_problem_is_one_clear_line(changes, expected, tmp_path):
    found = problems(tmp_path, **changes)
    assert len([line for line in found if expected in line]) == 1, found
    assert len(found) == 1, found


def test_all_problems_come_at_once(tmp_path):
    found = problems(
        tmp_path,
        data__forcing="x",
        data__observed={"q_out": None},
        periods__train={"start": "x"},
        learn={"parameters": ["x"], "mode": "y"},
        training={"epochs": 0, "loss": "z"},
        extra=1,
    )
    keys = ("data.forcing", "data.observed.q_out", "periods.train.start", "periods.train.end", "learn.parameters")
    for key in (*keys, "learn.mode", "training.epochs", "training.loss", "extra"):
        assert any(line.startswith(f"{key}:") for line in found), (key, found)


def test_an_empty_range_hides_no_other(tmp_path):
    ranges = {"satdk": {"bounds": [1e-4, 1e-6]}, "b": {"bounds": [1, 90]}}
    found = problems(tmp_path, learn__parameters=ranges)
    assert [("satdk" in line, " b = 90" in line) for line in found] == [(True, False), (False, True)], found


def test_a_network_in_time_needs_no_attributes(tmp_path):
    found = load_learning_config(write_config(tmp_path, data__attributes=None, learn={"mode": "dynamic"}))
    assert (found.learn.kind, found.data.attributes) == ("lstm", ())


def test_points_need_neither_attributes_nor_other_basins(tmp_path):
    path = write_config(tmp_path, data__attributes=None, basins=None, learn={"network": {"kind": "point"}})
    assert load_learning_config(path).learn.kind == "point"


@pytest.mark.parametrize("text", ["", "- a", "data: [", "data: {forcing: a/{id}.csv}"])
def test_what_is_no_configuration_names_the_file(text, tmp_path):
    with pytest.raises(ConfigError, match=r"LEARNING\.yaml"):
        load_learning_config(write_config(tmp_path, text or " "))
