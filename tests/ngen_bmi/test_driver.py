"""The standalone driver: python -m cfe_bmi CONFIG FORCING."""

import csv
import subprocess
import sys

import numpy as np
import pytest

from cfe_bmi import BmiCfe
from cfe_bmi.__main__ import SYNONYMS
from ngen_bmi.driver import main, read_forcing, run
from ngen_bmi.errors import ForcingError
from tests.paths import REALIZATIONS, ROOT

CONFIG = str(REALIZATIONS / "example_basin" / "cfe_ode" / "cat-3.yml")
HOURS = [f"2020-01-01 {hour:02d}:00:00" for hour in range(5)]


@pytest.fixture
def component():
    model = BmiCfe()
    model.initialize(CONFIG)
    return model


@pytest.fixture
def write(tmp_path):
    def write_rows(header, *rows, times=HOURS):
        path = tmp_path / "forcing.csv"
        lines = [f"{time},{','.join(map(str, row))}" for time, row in zip(times, rows, strict=False)]
        path.write_text("\n".join((header, *lines)) + "\n")
        return path

    return write_rows


def test_units_in_the_header_are_converted(write, component):
    path = write("Time,P(mm/h),PET [mm/d],comment", (3.6, 8.64, "x"), (0.0, 0.0, "y"))
    times, inputs = read_forcing(path, component, SYNONYMS)
    assert times == HOURS[:2]
    rain, pet = inputs.values()
    np.testing.assert_allclose(rain, [3.6, 0.0], rtol=1e-15)
    np.testing.assert_allclose(pet, [1e-7, 0.0], rtol=1e-14)


def test_precip_rate_is_in_ngens_unit(write, component):
    _, inputs = read_forcing(write("time,precip_rate,PET[m s-1]", (0.001, 0.0)), component, SYNONYMS)
    np.testing.assert_allclose(next(iter(inputs.values())), [3.6])


def test_bmi_names_have_the_components_unit(write, component):
    rain, pet = component.get_input_var_names()
    _, inputs = read_forcing(write(f"time,{rain},{pet}", (2.0, 1e-8)), component, SYNONYMS)
    assert inputs[rain].tolist() == [2.0]
    assert inputs[pet].tolist() == [1e-8]


@pytest.mark.parametrize(
    ("header", "rows", "times", "message"),
    [
        ("time,P,PET[m s-1]", [(1, 0)], HOURS, "'P' has no unit"),
        ("time,P[mm/h]", [(1,)], HOURS, "no column for water_potential_evaporation_flux"),
        ("time,P[kg],PET[m s-1]", [(1, 0)], HOURS, "cannot convert 'kg' to 'mm h-1'"),
        ("time,P[mm/h],rain[mm/h],PET[m s-1]", [(1, 1, 0)], HOURS, "'P' and 'rain' are both"),
        ("date,P[mm/h],PET[m s-1]", [(1, 0)], HOURS, "one column 'time'"),
        ("time,P[mm/h],PET[m s-1]", [], HOURS, "no rows"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0), ("", 0)], HOURS, "line 3, column 'P': '' is not a number"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0), (1,)], HOURS, "line 3 has 2 cells"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0), (1, 0)], [HOURS[0], HOURS[2]], "line 3: .* by one hour"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0)], ["noon"], "'noon' is not a time"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0), (1, 0)], [HOURS[0], HOURS[1] + "+00:00"], "line 3: .* has a time zone"),
        ("time,P[mm/h],PET[m s-1]", [(1, 0), (1, 0)], [HOURS[0] + "+00:00", HOURS[1] + "+01:00"], "by one hour"),
    ],
)
def test_bad_forcing_is_named_with_its_line(write, component, header, rows, times, message):
    path = write(header, *rows, times=times)
    with pytest.raises(ForcingError, match=message) as caught:
        read_forcing(path, component, SYNONYMS)
    assert str(path) in str(caught.value)


def test_results_are_those_of_the_component(component):
    rain, pet = component.get_input_var_names()
    results = run(component, {rain: np.array([0.0, 20.0, 0.0]), pet: np.full(3, 1e-8)})
    assert results["RAIN_RATE"].tolist() == [0.0, 0.02, 0.0]
    other = BmiCfe()
    other.initialize(CONFIG)
    for t, amount in enumerate((0.0, 20.0, 0.0)):
        other.set_value(rain, np.array([amount]))
        other.set_value(pet, np.array([1e-8]))
        other.update()
        assert other.get_value("Q_OUT", np.zeros(1))[0] == results["Q_OUT"][t]


def test_command_writes_all_outputs(write, tmp_path):
    path = write("time,P[mm/h],PET[m s-1]", *[(2.0, 1e-8)] * 5)
    out = tmp_path / "out.csv"
    done = subprocess.run(
        [sys.executable, "-m", "cfe_bmi", CONFIG, str(path), "--output", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "5 hours" in done.stdout
    assert done.stderr == "", "no progress bar off a terminal"
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"] for row in rows] == HOURS
    assert set(rows[0]) == {"time", *BmiCfe().get_output_var_names()}


@pytest.mark.parametrize("value", ["nan", "-1"])
def test_refused_value_leaves_no_file(write, tmp_path, capsys, value):
    path = write("time,P[mm/h],PET[m s-1]", (1.0, 0.0), (value, 0.0))
    out = tmp_path / "out.csv"
    assert main(BmiCfe(), "cfe", SYNONYMS, [CONFIG, str(path), "--output", str(out)]) == 1
    message = capsys.readouterr().err
    assert "step at 3600 s" in message
    assert "precipitation_rate" in message
    assert [path.name for path in tmp_path.iterdir()] == ["forcing.csv"]


def test_unwritable_output_is_reported(write, tmp_path, capsys):
    path = write("time,P[mm/h],PET[m s-1]", (1.0, 0.0))
    assert main(BmiCfe(), "cfe", SYNONYMS, [CONFIG, str(path), "--output", str(tmp_path / "no" / "out.csv")]) == 1
    assert "no" in capsys.readouterr().err
