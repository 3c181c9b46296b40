"""The command line: demo, compare, describe, and the table and figure they make."""

import csv
import math

import numpy as np
import pytest

from ngen_arid.__main__ import main
from ngen_arid.describe import describe
from ngen_arid.hydrograph import draw_hydrograph
from ngen_arid.water_balance import as_text, water_balances, write_csv
from ngen_harness import Ledger, RunResult, Series
from tests.paths import REALIZATIONS, ROOT

PNG = b"\x89PNG\r\n\x1a\n"


def result(hours=72, nexuses=True):
    times = np.datetime64("2012-10-01T00", "s") + np.arange(hours) * np.timedelta64(3600, "s")
    columns = ("RAIN_RATE", "ACTUAL_ET", "DIRECT_RUNOFF", "Q_OUT", "SOIL_STORAGE")
    values = np.zeros((hours, len(columns)))
    values[10] = (0.010, 0.002, 0.003, 0.004, 0.5)
    flows = {"nex-1": values[:, 3] * 100.0} if nexuses else {}
    ledger = Ledger(into=0.310, out=0.006, stored=0.304, leaked=0.0)
    return RunResult((), times, {"cat-1": Series(columns, values)}, flows, {"cat-1": {"CFE": ledger}})


def test_water_balance_reads_series_and_ledger():
    (balance,) = water_balances({"a": result()})
    assert balance.rain == pytest.approx(10.0)
    assert balance.evaporation == pytest.approx(2.0)
    assert balance.surface == pytest.approx(3.0)
    assert math.isnan(balance.lateral)  # not among the outputs
    assert balance.storage == pytest.approx(4.0)  # initial storage 0.300 m
    assert balance.imbalance == pytest.approx(0.0, abs=1e-12)


def test_water_balance_as_table_and_csv(tmp_path):
    balances = water_balances({"a": result(), "long_name": result()})
    lines = as_text(balances).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1, "columns are aligned"
    write_csv(balances, tmp_path / "b.csv")
    with (tmp_path / "b.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["a", "long_name"]
    assert float(rows[0]["rain[mm]"]) == 10.0
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


@pytest.mark.parametrize("nexuses", [True, False])
def test_hydrograph_is_a_png_even_of_a_dry_run(nexuses, tmp_path):
    dry = result(nexuses=nexuses)
    for series in dry.catchments.values():
        series.values[:] = 0.0
    for flow in dry.nexuses.values():
        flow[:] = 0.0
    draw_hydrograph({"wet": result(nexuses=nexuses), "dry": dry}, tmp_path / "h.png", "title")
    draw_hydrograph({"dry": dry}, tmp_path / "d.png", "title")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.png", "h.png"]
    assert (tmp_path / "h.png").read_bytes().startswith(PNG)
    assert (tmp_path / "d.png").stat().st_size > 10_000


def test_water_balance_of_lgar_has_its_names_and_no_base_flow():
    times = np.datetime64("2012-10-01T00", "s") + np.arange(2) * np.timedelta64(3600, "s")
    columns = ("precipitation", "actual_evapotranspiration", "giuh_runoff", "total_discharge", "soil_storage")
    values = np.array([[0.010, 0.002, 0.003, 0.003, 0.5], [0.0, 0.001, 0.001, 0.001, 0.5]])
    run = RunResult((), times, {"cat-1": Series(columns, values)}, {}, {})
    (balance,) = water_balances({"lgar": run})
    assert (balance.rain, balance.evaporation, balance.surface) == pytest.approx((10.0, 3.0, 4.0))
    assert math.isnan(balance.lateral)
    assert balance.runoff_ratio == pytest.approx(0.4)
    assert as_text([balance]).splitlines()[-1].split()[5:7] == ["-", "-"]


def test_demo_leaves_outputs_table_and_figure(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path), "--realizations", str(REALIZATIONS / "example_basin")]) == 0
    for name in ("cfe_classic", "cfe_ode", "cfe_classic_multi", "cfe_ode_multi", "lgar", "richards"):
        written = {path.name for path in (tmp_path / name).iterdir()}
        assert written == {"cat-1.csv", "cat-2.csv", "cat-3.csv", "nex-4_output.csv", "nex-5_output.csv"}
        assert len((tmp_path / name / "cat-1.csv").read_text().splitlines()) == 26281
    assert (tmp_path / "hydrograph.png").read_bytes().startswith(PNG)
    with (tmp_path / "water_balance.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18
    for row in rows:
        assert abs(float(row["imbalance[mm]"])) < 1e-7
        # the sandy catchments take all rain in by the Richards equation
        least = {"lgar": 1.0, "richards": 100.0 if row["catchment"] == "cat-2" else -1e-9}
        assert float(row["surface[mm]"]) > least.get(row["run"], 10.0)
    assert "cfe_ode_multi" in capsys.readouterr().out


def test_demo_outside_a_checkout_says_what_to_do(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path / "out"), "--realizations", str(tmp_path)]) == 1
    assert "--realizations" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_compare_reports_a_failure_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "bad.json").write_text("{")
    assert main(["compare", str(tmp_path / "bad.json"), "--output", str(tmp_path / "out")]) == 1
    assert "bad.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_compare_gives_each_run_a_name_of_its_own(tmp_path, capsys):
    basin = REALIZATIONS / "example_basin"
    same = [str(basin / "cfe_ode.json")] * 2
    assert main(["compare", *same, "--output", str(tmp_path / "out")]) == 1
    assert "name of its own" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_runs_of_different_periods_are_not_drawn_together(tmp_path):
    with pytest.raises(ValueError, match="different periods"):
        draw_hydrograph({"a": result(), "b": result(hours=48)}, tmp_path / "h.png", "title")
    assert not list(tmp_path.iterdir())


def test_missing_matplotlib_is_said_before_the_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ngen_arid.hydrograph.find_spec", lambda name: None)
    assert main(["compare", str(REALIZATIONS / "example_basin" / "cfe_ode.json"), "--output", str(tmp_path / "o")]) == 1
    assert "ngen-arid[plot]" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("component", "page"),
    [
        ("cfe_bmi.BmiCfe", "cfe_variables.md"),
        ("lgar_bmi.BmiLgar", "lgar_variables.md"),
        ("richards_bmi.BmiRichards", "richards_variables.md"),
        ("pet_bmi.BmiPet", "pet_variables.md"),
    ],
)
def test_describe_prints_the_table_that_the_documentation_shows(component, page, capsys):
    assert main(["describe", component]) == 0
    printed = capsys.readouterr().out
    assert printed == (ROOT / "docs" / page).read_text(), "run 'make figures'"


@pytest.mark.parametrize("name", ["nosuch.Module", "cfe_bmi.NoClass", "justaword", "math.pi"])
def test_describe_refuses_what_is_no_component(name, capsys):
    assert main(["describe", name]) == 1
    assert name in capsys.readouterr().err


def test_describe_shows_every_variable():
    from cfe_bmi import BmiCfe
    from lgar_bmi import BmiLgar

    for component in (BmiCfe, BmiLgar):
        text = describe(component.table)
        for variable in component.table:
            assert f"`{variable.name}`" in text
