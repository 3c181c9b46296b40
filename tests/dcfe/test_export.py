"""Learned parameters in files: what reads them runs as the twin did."""

import csv
import json

import numpy as np
import pytest
import torch

from cfe_bmi import BmiCfe
from cfe_bmi.config import load_config
from dcfe.bounds import bounds_of
from dcfe.cfe_runner import CfeRunner
from dcfe.combinations import CombinationMap
from dcfe.export import learned_names, write_configurations, write_model_params, write_table
from dcfe.learning_config import load_learning_config
from dcfe.learning_data import read_learning_set
from dcfe.networks import PointParameters
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi import configs
from tests.dcfe.learning_folder import BASINS, HOUR, write_all, write_config, write_series

torch.set_num_threads(1)

LEARNED = ("refkdt", "Kn", "Cgw", "max_gw_storage")
COLUMNS = "time,precip_rate[mm h-1],PET[m s-1]"
SCHEMES = {
    "classic": configs.cat_87(),
    "ode": configs.cat_87(soil_scheme="ode", nash_subsurface={"reservoirs": 3}),
    "nash": configs.nash_87(),
    "xinanjiang": configs.cat_87(configs.XINANJIANG, without=("refkdt",), partitioning="xinanjiang"),
    "power": configs.cat_87({"soil_expon": 2.5, "soil_expon_secondary": 1.5}, forcing={"nan": "zero"}),
}


def prepare(folder, given):
    """Configuration and data of basins with one CFE configuration, with storms that fill the soil."""
    write_all(folder)
    for row, basin in enumerate(BASINS):
        configs.write(folder / "configs", given, f"{basin}.yml")
        rng = np.random.default_rng(row)
        rain = 20.0 * (rng.random(480) < 0.1) * rng.random(480)
        write_series(folder / "forcing" / f"{basin}.csv", COLUMNS, rain, np.full(480, 3e-8))
    path = write_config(folder, data__attributes={"file": "attributes.csv", "columns": ["a"]})
    config = load_learning_config(path)
    return config, read_learning_set(config)


def learned(data, names=LEARNED, combine=None):
    """Parameters that differ from basin to basin in all their digits."""
    points = PointParameters(bounds_of(names), data, "random", combine, torch.Generator().manual_seed(5))
    with torch.no_grad():
        return points(data)


def discharge(model, data, row):
    """Run a component over the data's forcing."""
    found = []
    for rain, pet in zip(data.rain[row].tolist(), data.pet[row].tolist(), strict=True):
        configs.give(model, rain, pet)
        model.update()
        found.append(configs.read(model, "Q_OUT"))
    return np.array(found)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_exported_configuration_runs_as_the_twin_did(scheme, tmp_path):
    _, learning = prepare(tmp_path, SCHEMES[scheme])
    data = learning.data
    parameters = learned(data, [name for name in LEARNED if scheme != "xinanjiang" or name != "refkdt"])
    paths = write_configurations(tmp_path / "out", data, learning.configs, parameters)
    assert [path.name for path in paths] == [f"{basin}.yml" for basin in data.ids]
    expected = CfeRunner()(parameters, data)["q_out"].numpy()
    assert expected.max() > 1e-4
    for row, path in enumerate(paths):
        model = BmiCfe()
        model.initialize(str(path))
        np.testing.assert_allclose(discharge(model, data, row), expected[row], rtol=0.0, atol=1e-15)
        config, given = load_config(path), learning.configs[row]
        for name, value in config.parameters._asdict().items():
            assert value == float(parameters[name][row]) or name not in learned_names(parameters, data)
        assert (config.options, config.name, config.forcing) == (given.options, data.ids[row], given.forcing)
        assert (config.lateral, config.surface) == (given.lateral, given.surface)
        assert (config.soil_storage, config.gw_storage) == (given.soil_storage, given.gw_storage)


def test_model_params_set_in_the_given_configuration_run_as_the_twin_did(tmp_path):
    config, learning = prepare(tmp_path, SCHEMES["classic"])
    data = learning.data
    parameters = learned(data)
    names = learned_names(parameters, data)
    assert names == ("refkdt", "Kn", "max_gw_storage", "Cgw")
    write_model_params(tmp_path / "params.json", config, data, learning.configs, parameters, names)
    found = json.loads((tmp_path / "params.json").read_text())["catchments"]
    assert tuple(found) == data.ids
    expected = CfeRunner()(parameters, data)["q_out"].numpy()
    for row, basin in enumerate(data.ids):
        params = found[basin]["formulations"][0]["params"]
        assert tuple(params["model_params"]) == names
        model = BmiCfe()
        model.initialize(params["init_config"])
        for name in sorted(params["model_params"]):  # as ngen does it
            model.set_value(name, np.array([params["model_params"][name]]))
        np.testing.assert_array_equal(discharge(model, data, row), expected[row])


def test_the_section_completes_an_ngen_realization(tmp_path):
    pytest.importorskip("cf_units")
    from ngen_harness import run

    config, learning = prepare(tmp_path, SCHEMES["classic"])
    data = learning.data
    parameters = learned(data)
    names = learned_names(parameters, data)
    write_model_params(tmp_path / "params.json", config, data, learning.configs, parameters, names)
    realization = json.loads((tmp_path / "params.json").read_text())
    last = data.times[-1]
    realization["time"] = {
        "start_time": str(data.start).replace("T", " ") + ":00",
        "end_time": str(last).replace("T", " ") + ":00",
        "output_interval": 3600,
    }
    for entry in realization["catchments"].values():
        entry["formulations"][0]["params"]["output_variables"] = ["Q_OUT"]
    (tmp_path / "realization.json").write_text(json.dumps(realization))
    results = run(tmp_path / "realization.json", output=tmp_path / "ngen")
    expected = CfeRunner()(parameters, data)["q_out"].numpy()
    assert len(results.times) == expected.shape[1]
    for row, basin in enumerate(data.ids):
        np.testing.assert_array_equal(results.catchments[basin].values[:, 0], expected[row])
    assert last - data.start == (expected.shape[1] - 1) * HOUR


def test_the_table_has_learned_values_priors_and_combinations(tmp_path):
    _, learning = prepare(tmp_path, SCHEMES["classic"])
    data = learning.data
    parameters = learned(data, ("refkdt",))
    write_table(tmp_path / "p.csv", data, parameters, ("schaake_coefficient", "refkdt"))
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["basin"] for row in rows] == list(data.ids)
    for row, refkdt in zip(rows, parameters["refkdt"].tolist(), strict=True):
        assert float(row["refkdt[1]"]) == refkdt
        assert float(row["refkdt_prior[1]"]) == 3.0
        assert float(row["schaake_coefficient[m s-1]"]) == refkdt * 3.38e-6
        assert float(row["schaake_coefficient_prior[m s-1]"]) == 3.0 * 3.38e-6


def test_carriers_of_combinations_count_as_learned(tmp_path):
    _, learning = prepare(tmp_path, SCHEMES["classic"])
    data = learning.data
    combine = CombinationMap(("schaake_coefficient",))
    raw = combine({"schaake_coefficient": torch.full((3,), 6.76e-6, dtype=torch.float64)}, data.parameters)
    assert learned_names({**data.parameters, **raw}, data) == ("refkdt",)


def test_parameters_that_cfe_refuses_name_the_basin(tmp_path):
    _, learning = prepare(tmp_path, SCHEMES["classic"])
    data = learning.data
    parameters = {**data.parameters, "wltsmc": torch.tensor([0.066, 0.43, 0.066], dtype=torch.float64)}
    with pytest.raises(ConfigError, match=r"learned parameters of basin cat-2.*\n.*storage threshold"):
        write_configurations(tmp_path / "out", data, learning.configs, parameters)
