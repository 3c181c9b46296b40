"""Refusals: what, where, when, and how to mend it."""

import json
import os

import numpy as np
import pytest

from ngen_arid.__main__ import main
from ngen_ensemble import Settings, run_ensemble
from ngen_harness import HarnessError, OutputError
from ngen_harness.errors import ForcingError

from .conftest import files_of


@pytest.fixture
def domain(make):
    made = make(count=4, hours=50)
    made.write_table()
    return made


def run(domain, path=None, name="output", **options):
    path = path or domain.write_realization(table="parameters.csv")
    return run_ensemble(path, cwd=domain.folder, output=domain.folder / name, **options)


def refused(domain, path=None, error=HarnessError, **options):
    with pytest.raises(error) as caught:
        run(domain, path, **options)
    return str(caught.value)


# ---- forcing


def test_catchment_without_forcing(domain):
    domain.write_forcing(ids=["cat-1", "cat-2"])
    catchments = domain.write_catchments()
    text = refused(domain, error=ForcingError, catchments=catchments)
    assert "no forcing for cat-3, cat-4 (2 catchments" in text
    assert not (domain.folder / "output").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("precip_rate", np.nan, "is nan mm h-1; expected 0 to 10000 (fill the gap"),
        ("precip_rate", -1.0, "is -3600 mm h-1; expected 0 to 10000 (mend the data"),
        ("PET", np.inf, "is inf m s-1; expected 0 to 0.001 (check the data and its unit"),
    ],
)
def test_bad_values(domain, name, value, said):
    domain.values[name][2, 17] = value
    domain.write_forcing()
    text = refused(domain, error=ForcingError)
    assert text.startswith("forcing.nc: cat-3 at 2012-10-01 17:00:00: ")
    assert said in text


def test_blocks_before_a_bad_value_are_kept_whole(domain, make, monkeypatch):
    for module in ("memory", "store", "run"):
        monkeypatch.setattr(f"ngen_ensemble.{module}.CHUNK_CATCHMENTS", 1)
    good = files_of(run(domain, name="good", settings=Settings(block=1)).path)
    domain.values["PET"][2, 49] = np.nan
    domain.write_forcing()
    refused(domain, error=ForcingError, settings=Settings(block=1))
    store = domain.folder / "output" / "catchments.zarr"
    marks = sorted(name for name in os.listdir(store / "imbalance") if name.isdecimal())
    assert marks == ["0", "1"]
    for name in ("imbalance/0", "imbalance/1", "Q_OUT/0.0", "Q_OUT/1.0"):
        assert (store / name).read_bytes() == good[name]
    assert not (store / "Q_OUT" / "2.0").exists()


def test_wrong_units_are_all_reported(domain):
    domain.units = {"precip_rate": "K", "PET": "furlong_"}
    domain.write_forcing()
    text = refused(domain, error=ForcingError)
    assert "precipitation_rate is wanted in 'mm h-1': the units are not compatible" in text
    assert "'PET' is in 'furlong_', but water_potential_evaporation_flux is wanted in 'm s-1': UDUNITS does not" in text


def test_period(domain):
    domain.write_forcing(hours=40)
    assert "the forcing ends at 2012-10-02 15:00:00, before the end" in refused(domain, error=ForcingError)
    domain.hours = 40
    domain.values = {key: values[:, :40] for key, values in domain.values.items()}
    domain.write_zarr()
    path = domain.write_realization("z.json", table="parameters.csv", forcing="forcing.zarr", hours=50)
    assert "hourly from 2012-10-01 00:00:00 to 2012-10-02 15:00:00" in refused(domain, path, ForcingError)


def test_forcing_that_is_not_there(domain):
    path = domain.write_realization(table="parameters.csv", variables_names_map={"Q_OUT": "flow"})
    assert "no forcing variable 'water_potential_evaporation_flux'" in refused(domain, path, ForcingError)
    path = domain.write_realization(table="parameters.csv", forcing="nothing.nc")
    assert "nothing.nc: no such forcing file" in refused(domain, path, ForcingError)
    path = domain.write_realization(table="parameters.csv", forcing="nothing.zarr")
    assert "nothing.zarr: no such forcing store" in refused(domain, path, ForcingError)


# ---- realization


def test_what_is_not_supported(domain):
    path = domain.write_realization(python_type="lgar_bmi.BmiLgar", table="parameters.csv", output_variables=["Q"])
    text = refused(domain, path)
    assert "python_type: 'lgar_bmi.BmiLgar' is not supported with --ensemble" in text
    assert "ngen-arid run without --ensemble does it" in text
    assert "output_variables: 'Q' is not among the results" in text
    document = json.loads(domain.write_realization().read_text())
    module = document["global"]["formulations"][0]
    document["global"]["formulations"][0] = {
        "name": "bmi_multi",
        "params": {
            "model_type_name": "two",
            "init_config": "",
            "main_output_variable": "Q_OUT",
            "modules": [module, module],
        },
    }
    path.write_text(json.dumps(document))
    assert "several modules (cfe_bmi.BmiCfe, cfe_bmi.BmiCfe) are not supported" in refused(domain, path)
    document = json.loads(domain.write_realization(table="parameters.csv").read_text())
    document["global"]["forcing"] = {"path": ".", "file_pattern": "{{id}}.csv", "provider": "CsvPerFeature"}
    path.write_text(json.dumps(document))
    assert "--ensemble reads one NetCDF file or Zarr store" in refused(domain, path)


def test_configurations_with_other_inputs(make):
    domain = make(count=2, hours=10, schemes=lambda k: {"frozen_soil": True} if k else {})
    domain.write_configs()
    text = refused(domain, domain.write_realization())
    assert "cat-2 (" in text
    assert "frozen_soil needs inputs beside rain and evaporation" in text


# ---- parameters


def test_problems_of_all_catchments(domain):
    domain.configs["cat-2"]["parameters"]["b"] = -1.0
    domain.configs["cat-4"]["parameters"]["wltsmc"] = 0.9
    domain.write_table()
    text = refused(domain)
    assert text.startswith("parameters.csv: ")
    assert "cat-2: b = -1 is outside its valid range 0.5 to 50 [1]" in text
    assert "cat-4: wltsmc = 0.9 is not below maxsmc" in text


def test_problems_of_all_columns(domain):
    domain.configs["cat-2"]["soil_scheme"] = "odd"
    domain.configs["cat-3"]["initial"]["soil_storage"] = 2.0
    domain.configs["cat-1"]["giuh_ordinates"] = [0.5, 0.2]
    for document in domain.configs.values():
        document["parameters"]["bb2"] = 1.0
        document["parameters"].pop("depth")
    domain.write_table()
    text = refused(domain)
    assert "soil_scheme: 'odd' is not known; expected one of classic, ode (1 of 4 catchments: cat-2)" in text
    assert "soil_storage: expected a share from 0 to 1 (1 of 4 catchments: cat-3)" in text
    assert "giuh_ordinates: they sum to 0.7" in text
    assert "bb2: is no column of CFE's table" in text
    assert "depth: missing; depth of the soil column [m] (4 of 4 catchments: cat-1, cat-2, cat-3, ...)" in text


def test_tables_that_cannot_be_read(domain):
    path = domain.folder / "parameters.csv"
    lines = path.read_text().splitlines()
    for text, said in (
        ("\n".join([*lines, lines[1]]), "catchment cat-1 has two rows"),
        ("\n".join([*lines, "cat-9,1"]), "row 6 has 2 cells"),
        (lines[0].replace("catchment", "id"), "expected a line of column names with 'catchment'"),
        ("\n".join(lines[:3]), "no row for cat-3, cat-4 (2 of 4 catchments)"),
    ):
        path.write_text(text + "\n")
        assert said in refused(domain)
    path.unlink()
    assert "parameters.csv: no such table" in refused(domain)


def test_units_of_a_table(domain, tmp_path):
    import netCDF4

    from ngen_arid.generated_domain import write_parameters

    path = write_parameters(domain.folder / "parameters.nc", 4, 1)
    realization = domain.write_realization(table="parameters.nc")
    run(domain, realization)
    with netCDF4.Dataset(str(path), "a") as file:
        file["satdk"].units = "cm h-1"
    text = refused(domain, realization, name="other")
    assert "satdk: its unit is 'cm h-1'; expected 'm s-1'" in text


# ---- the store


def test_another_run_is_refused_with_the_difference(domain):
    store = run(domain).path
    before = files_of(store)
    path = domain.write_realization(table="parameters.csv", python_type="cfe_bmi.BmiCfeOde", hours=40)
    text = refused(domain, path, OutputError)
    assert "component: was cfe_bmi.BmiCfe, is cfe_bmi.BmiCfeOde" in text
    assert "hours: was 50, is 40" in text
    assert "forcing" not in text.split("What differs:")[1]
    domain.configs["cat-1"]["parameters"]["refkdt"] += 1e-9
    domain.write_table()
    assert "parameters: was" in refused(domain, error=OutputError)
    os.utime(domain.folder / "forcing.nc", (1, 1))
    assert "forcing: was" in refused(domain, error=OutputError)
    assert "precision: was float64, is float32" in refused(domain, error=OutputError, float32=True)
    assert files_of(store) == before


def test_a_folder_that_is_no_store(domain):
    (domain.folder / "output" / "catchments.zarr").mkdir(parents=True)
    assert "is no store of an ensemble's run" in refused(domain, error=OutputError)


def test_chunks_without_water_are_there(domain):
    """0 is a result, and no missing value."""
    domain.values = {"precip_rate": np.zeros((4, 50)), "PET": domain.values["PET"]}
    domain.write_forcing()
    path = domain.write_realization(table="parameters.csv", output_variables=["RAIN_RATE"])
    store = run(domain, path).path
    assert np.frombuffer((store / "RAIN_RATE" / "0.0").read_bytes()).tolist() == [0.0] * 200


@pytest.mark.parametrize("begun", [True, False])
def test_two_runs_at_once(begun, domain):
    fcntl = pytest.importorskip("fcntl")
    folder = domain.folder / "output"
    if begun:
        run(domain)
    else:
        folder.mkdir()
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "another run is writing into it" in refused(domain, error=OutputError)
    finally:
        os.close(handle)
    assert begun or not list(folder.iterdir())


@pytest.mark.parametrize(
    ("lost", "said"), [("imbalance/.zarray", "no array imbalance"), (".zgroup", ".zgroup is missing")]
)
@pytest.mark.filterwarnings("ignore:Object at")
def test_a_store_that_lost_a_file(lost, said, domain):
    store = run(domain).path
    (store / lost).unlink()
    assert f"is damaged: {said}" in refused(domain, error=OutputError).replace("its file ", "")


def test_folder_that_cannot_be_written(domain):
    (domain.folder / "output").write_text("a file")
    assert "cannot write into the output folder" in refused(domain, error=OutputError)


@pytest.mark.slow
def test_errors_come_from_processes(domain, monkeypatch):
    pytest.importorskip("distributed")
    for module in ("memory", "store", "run"):
        monkeypatch.setattr(f"ngen_ensemble.{module}.CHUNK_CATCHMENTS", 2)
    domain.values["PET"][3, 49] = np.nan
    domain.write_forcing()
    text = refused(domain, error=ForcingError, settings=Settings(block=2, workers=2))
    assert text.startswith("forcing.nc: cat-4 at 2012-10-03 01:00:00: water_potential_evaporation_flux is nan m s-1")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(memory=0.1), "--memory 0.1 GB is too small: blocks of 4 catchments x 50 hours"),
        (Settings(memory=0.0), "--memory is 0; expected GB"),
        (Settings(block=0), "--block is 0"),
        (Settings(workers=-1), "workers is -1"),
    ],
)
def test_settings(domain, settings, said):
    assert said in refused(domain, settings=settings)
    assert not (domain.folder / "output").exists()


def test_no_scheduler(domain, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("ngen_harness.cluster.SCHEDULER_TIMEOUT", 1)
    text = refused(domain, settings=Settings(scheduler="tcp://127.0.0.1:9"))
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9'" in text


# ---- the command


def test_command(domain, capsys):
    path = domain.write_realization(table="parameters.csv")
    command = ["run", str(path), "--cwd", str(domain.folder), "--output", str(domain.folder / "o"), "--ensemble"]
    assert main(command) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "4 catchments x 50 hours: " in said.out
    assert "GB of memory at most" in said.out
    assert "largest imbalance of water over the run: " in said.out
    assert main([*command, "--faithful"]) == 2
    assert "--faithful does not go with --ensemble" in capsys.readouterr().err
    assert main(["run", str(path), "--block", "3"]) == 2
    assert "--block needs --ensemble" in capsys.readouterr().err
    domain.write_forcing(hours=3)
    assert main(command) == 1
    assert capsys.readouterr().err.startswith("ngen-arid run: forcing.nc: the forcing ends at")
