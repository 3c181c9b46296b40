"""``python -m lgar_bmi``: LASAM's forcing files, steps of five minutes, profiles of temperature."""

import csv
import subprocess
import sys

import numpy as np
import pytest

from lgar_bmi import BmiLgar
from lgar_bmi.__main__ import SYNONYMS
from ngen_bmi.driver import main, read_forcing, run
from ngen_bmi.errors import ForcingError
from tests.lgar_bmi import configs
from tests.lgar_bmi.test_frozen import NODES
from tests.paths import ROOT

FIVE_MINUTES = [f"2016-10-01 00:{5 * i:02d}:00" for i in range(6)]


def write_forcing(folder, times, header="#Time,P(mm/h),PET(mm/h)", rows=None):
    rows = rows or [(30.0, 0.1)] * len(times)
    lines = [f"{time},{','.join(map(str, row))}" for time, row in zip(times, rows, strict=True)]
    path = folder / "forcing.csv"
    path.write_text("\n".join((header, *lines)) + "\n")
    return str(path)


def test_command_runs_lasams_files(tmp_path):
    config = configs.write_text(tmp_path, configs.lasam(forcing_resolution="300[sec]"))
    forcing = write_forcing(tmp_path, FIVE_MINUTES)
    out = tmp_path / "out.csv"
    done = subprocess.run(
        [sys.executable, "-m", "lgar_bmi", str(config), forcing, "--output", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "6 steps of 300 s" in done.stdout
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"] for row in rows] == FIVE_MINUTES
    assert float(rows[0]["precipitation"]) == 0.0025
    model = BmiLgar()
    single = {name for name in model.get_output_var_names() if model.get_value_ptr(name).size == 1}
    assert set(rows[0]) == {"time", *single} - {"soil_depth_layers", "soil_moisture_at_depths"}


def test_rows_have_to_be_a_time_step_apart(tmp_path):
    model = BmiLgar()
    model.initialize(str(configs.write_text(tmp_path, configs.lasam(forcing_resolution="300[sec]"))))
    path = write_forcing(tmp_path, ["2016-10-01 00:00:00", "2016-10-01 01:00:00"])
    with pytest.raises(ForcingError, match=r"line 3: .* by the component's time step, 300 s"):
        read_forcing(path, model, SYNONYMS)


def test_items_of_a_profile_have_a_column_each(tmp_path):
    model = BmiLgar()
    model.initialize(str(configs.write(tmp_path, configs.column(**NODES))))
    names = [f"soil_temperature_profile_{i}" for i in (1, 2, 3, 4)]
    times = ["2016-10-01 00:00:00", "2016-10-01 01:00:00"]
    rows = [(30.0, 0.1, 271.0, 272.0, 273.0, 274.0), (30.0, 0.1, 281.0, 282.0, 283.0, 284.0)]
    path = write_forcing(tmp_path, times, ",".join(("Time,P(mm/h),PET(mm/h)", *names)), rows)
    _, inputs = read_forcing(path, model, SYNONYMS)
    np.testing.assert_array_equal(inputs["soil_temperature_profile"], [row[2:] for row in rows])
    results = run(model, inputs)
    assert results["surface_runoff"][0] > results["surface_runoff"][1]
    path = write_forcing(tmp_path, times, ",".join(("Time,P(mm/h),PET(mm/h)", *names[:3])), [row[:5] for row in rows])
    with pytest.raises(ForcingError, match="no column for soil_temperature_profile_4"):
        read_forcing(path, model, SYNONYMS)


def test_a_failed_column_is_a_message_and_no_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lgar_bmi.bmi.update_column", lambda *arguments: 2)
    config = configs.write_text(tmp_path, configs.lasam(forcing_resolution="300[sec]"))
    out = tmp_path / "out.csv"
    assert (
        main(BmiLgar(), "lgar", SYNONYMS, [str(config), write_forcing(tmp_path, FIVE_MINUTES), "--output", str(out)])
        == 1
    )
    assert "more wetting fronts" in capsys.readouterr().err
    assert not out.exists()
