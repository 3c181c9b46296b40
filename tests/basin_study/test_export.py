"""Calibrated parameters in files: the harness runs them, and finds the calibrated hydrograph to the last bit."""

import json

import numpy as np
import pytest

pytest.importorskip("cf_units")
pytest.importorskip("pandas")
pytest.importorskip("spotpy")
pytest.importorskip("xarray")

from basin_study.calibrate import Study, calibrate_all
from basin_study.cfe_model import MM_H_PER_M_S
from basin_study.dataset import PET, PRECIPITATION, DataError
from basin_study.evaluate import best_of, read_records
from basin_study.export import export
from basin_study.records import Task, write_record
from basin_study.study_file import load_study
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config import load_config
from cfe_bmi.config_model import parameters_without_effect
from lgar_bmi.config import load_config as load_lgar
from ngen_harness import run

STUDY = """
data: {kind: synthetic, options: {basins: 4, years: 2, start: 1999-10-01}}
basins: [synthetic-0001, synthetic-0004]
periods:
  calibration: {start: 2000-01-01, end: 2000-10-01}
  test: {start: 2000-10-01, end: 2001-10-01}
warmup_days: 60
models:
  cfe_classic: {soil: classic, partitioning: [schaake]}
  cfe_ode: {soil: ode, partitioning: [xinanjiang], space: nwm}
  lgar: {kind: lgar, basins: [synthetic-0004]}
calibration: {evaluations: 12}
output: out
"""

DISCHARGE = {"cfe": "Q_OUT", "lgar": "total_discharge"}
BASINS = {"cfe_classic": 2, "cfe_ode": 2, "lgar": 1}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):  # type: ignore[no-untyped-def]
    """A calibrated study, its best calibrations, and the folders that were written."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yaml").write_text(STUDY)
    settings = load_study(folder / "study.yaml")
    tasks, progress = calibrate_all(settings, workers=0)
    assert (progress.done, progress.failures) == (5, [])
    folders = export(settings, tasks)
    assert folders == [settings.output / "configs" / model for model in BASINS]
    return Study(settings), read_records(settings, tasks), folders


def write_forcing(path, data, kind):  # type: ignore[no-untyped-def]
    """Forcing of a basin as ngen reads it, with every digit."""
    rain, pet = (data[name].values[0] for name in (PRECIPITATION, PET))
    unit, pet = ("m s-1", pet / MM_H_PER_M_S) if kind == "cfe" else ("mm h-1", pet)
    times = np.datetime_as_string(data["time"].values.astype("datetime64[s]"))
    rows = zip((t.replace("T", " ") for t in times), rain.tolist(), pet.tolist(), strict=True)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"time,precip_rate[mm h-1],PET[{unit}]\n" + "".join(f"{t},{p!r},{e!r}\n" for t, p, e in rows))
    return times


def hydrographs(catchments, times, kind, folder):  # type: ignore[no-untyped-def]
    """Discharge [mm h-1] of every basin, by the harness."""
    for entry in catchments.values():
        entry["formulations"][0]["params"]["output_variables"] = [DISCHARGE[kind]]
    start, end = (str(times[k]).replace("T", " ") for k in (0, -1))
    time = {"start_time": start, "end_time": end, "output_interval": 3600}
    path = folder / "realization.json"
    path.write_text(json.dumps({"catchments": catchments, "time": time}))
    results = run(path, output=folder / "ngen")
    return {basin: 1000.0 * results.catchments[basin].values[:, 0] for basin in catchments}


@pytest.mark.parametrize("name", BASINS)
def test_the_harness_reproduces_the_calibrated_hydrograph_bit_for_bit(name, exported, tmp_path, monkeypatch):
    study, records, folders = exported
    settings = study.settings.model(name)
    folder = next(folder for folder in folders if folder.name == name)
    best = {basin: task for (basin, model), task in best_of(records).items() if model == name}
    assert len(best) == BASINS[name]
    expected = {}
    monkeypatch.chdir(folder)  # paths are relative to it
    for basin, task in best.items():
        model = study.model(settings, task.scheme, basin, "calibration")
        expected[basin] = model.flow(records[task]["shares"])
        assert expected[basin].max() > 10.0 * np.median(expected[basin])
        times = write_forcing(folder / "forcing" / f"{basin}.csv", study.data(basin, "calibration"), settings.kind)

    def section():  # type: ignore[no-untyped-def]
        return json.loads((folder / "model_params.json").read_text())["catchments"]

    # the base configuration with model_params
    assert set(section()) == set(best)
    found = hydrographs(section(), times, settings.kind, tmp_path)
    for basin in best:
        np.testing.assert_array_equal(found[basin], expected[basin])

    # the calibrated configuration
    calibrated = section()
    for basin, entry in calibrated.items():
        params = entry["formulations"][0]["params"]
        params["init_config"] = f"{basin}.yml"
        del params["model_params"]  # ngen refuses an empty one
    found = hydrographs(calibrated, times, settings.kind, tmp_path)
    for basin in best:
        np.testing.assert_array_equal(found[basin], expected[basin])

    # without model_params the base configuration gives something else
    base = section()
    for entry in base.values():
        del entry["formulations"][0]["params"]["model_params"]
    found = hydrographs(base, times, settings.kind, tmp_path)
    for basin in best:
        assert np.abs(found[basin] - expected[basin]).max() > 0.01 * expected[basin].max()


def test_configurations_have_every_digit_of_the_records_and_the_schemes_of_the_model(exported):
    study, records, folders = exported
    for (basin, name), task in best_of(records).items():
        folder = next(folder for folder in folders if folder.name == name)
        section = json.loads((folder / "model_params.json").read_text())["catchments"]
        params = section[basin]["formulations"][0]["params"]["model_params"]
        if name == "lgar":
            column = load_lgar(folder / f"{basin}.yml")
            by_name = {f"van_genuchten_alpha_{k}": soil.alpha for k, soil in enumerate(column.soils, 1)}
            by_name |= {f"van_genuchten_n_{k}": soil.n for k, soil in enumerate(column.soils, 1)}
            by_name |= {f"hydraulic_conductivity_{k}": soil.ks for k, soil in enumerate(column.soils, 1)}
            by_name |= column.parameters._asdict()
            assert set(params) < set(by_name)
            assert all(value == by_name[key] for key, value in params.items())
            assert sorted(params.values()) == sorted(records[task]["parameters"].values())
            assert not column.ignored
            continue
        config, given = load_config(folder / f"{basin}.yml"), study.config(basin)
        assert config.name == basin
        assert config.options.soil_scheme == (name == "cfe_ode")
        assert not config.ignored
        # refkdt is of the NWM space, and Xinanjiang's partitioning has no use for it
        assert ("refkdt" in records[task]["parameters"]) == (name == "cfe_ode")
        assert set(params) == set(records[task]["parameters"]) - {"refkdt"}
        before = load_config(folder / "uncalibrated" / f"{basin}.yml")
        assert before.options == config.options
        unused = parameters_without_effect(config.options)
        for key in set(CfeParameters._fields) - unused:
            assert getattr(before.parameters, key) == getattr(given.parameters, key)
            assert getattr(config.parameters, key) == params.get(key, getattr(given.parameters, key))
        for key in ("soil_storage", "gw_storage", "giuh_ordinates", "lateral", "forcing"):
            assert getattr(config, key) == getattr(given, key)


def test_the_same_records_give_the_same_bytes(exported):
    study, records, folders = exported

    def contents():  # type: ignore[no-untyped-def]
        files = [path for folder in folders for path in sorted(folder.rglob("*.yml")) + [folder / "model_params.json"]]
        return {path: path.read_bytes() for path in files}

    before = contents()
    assert len(before) == 2 * 5 + 3
    export(study.settings, list(records))
    assert contents() == before


def test_a_basin_whose_name_is_a_path_is_refused(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY)
    settings = load_study(tmp_path / "study.yaml")
    task = Task("../elsewhere", "cfe_classic", "schaake")
    space = settings.model("cfe_classic").space
    shares = [0.5] * len(space)
    result = {
        "parameters": dict(zip(space.names, space.values(shares).tolist(), strict=True)),
        "shares": shares,
        "objective": 0.5,
        "trace": [[1, 0.5]],
        "evaluations": 1,
        "refused": 0,
    }
    write_record(task, settings.output, settings.fingerprint, result)
    with pytest.raises(DataError, match=r"basin '\.\./elsewhere': is no name of a file"):
        export(settings, [task])


def test_exporting_before_calibrating_says_what_to_do(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY)
    settings = load_study(tmp_path / "study.yaml")
    with pytest.raises(DataError, match="nothing has been calibrated"):
        export(settings, [Task("synthetic-0001", "cfe_classic", "schaake")])


def test_models_without_a_configuration_of_their_own_are_left_out_and_said(tmp_path, caplog):
    path = tmp_path / "study.yaml"
    path.write_text(
        "data: {kind: synthetic, options: {basins: 1, years: 1}}\n"
        "periods:\n"
        "  calibration: {start: 1998-10-01, end: 1998-10-08}\n"
        "  test: {start: 1998-10-08, end: 1998-10-15}\n"
        "warmup_days: 0\n"
        "models: {soil: {kind: richards, evaluations: 10}}\n"
    )
    settings = load_study(path)
    (task,) = settings.tasks(("synthetic-0001",))
    space = settings.models[0].space
    values = space.values([0.5] * len(space)).tolist()
    result = {"parameters": dict(zip(space.names, values, strict=True)), "shares": [0.5] * len(space)}
    result |= {"objective": 0.5, "trace": [[1, 0.5]], "evaluations": 1, "refused": 0}
    write_record(task, settings.output, settings.fingerprint, result)
    assert export(settings, [task]) == []
    assert "soil: no configurations are written for models of kind richards" in caplog.text
