"""ngen-arid columns: LGAR and Richards over one forcing file."""

import csv

import numpy as np
import pytest

from ngen_arid import example_basin
from ngen_arid.__main__ import main
from ngen_arid.column_run import run_column
from ngen_arid.columns import columns
from ngen_arid.columns_run import parse_run
from tests.paths import REALIZATIONS

PNG = b"\x89PNG\r\n\x1a\n"
BASIN = REALIZATIONS / "example_basin"
LGAR, RICHARDS = (str(BASIN / model / "cat-2.yml") for model in ("lgar", "richards"))
BEGIN, HOURS = 19620, 96  # the storm of December 2014, with a day before it


@pytest.fixture(scope="module")
def forcing(tmp_path_factory):
    """Four days of the example basin's weather with its largest storm."""
    folder = tmp_path_factory.mktemp("forcing")
    lines = example_basin.write_forcing(folder)[1].read_text().splitlines()
    path = folder / "storm.csv"
    path.write_text("\n".join((lines[0].replace("precip_rate", "precip_rate[mm s-1]"), *lines[BEGIN : BEGIN + HOURS])))
    return path


def test_runs_are_tabulated_and_drawn(forcing, tmp_path, capsys):
    output = tmp_path / "new" / "folder"
    arguments = ["columns", str(forcing), "--output", str(output), "--hours", "90", "--depths", "5,30"]
    arguments += ["--run", "LGAR, deep", LGAR, "--run", "Richards", RICHARDS, "roots.depth=20 cm"]
    assert main(arguments) == 0
    assert sorted(path.name for path in output.iterdir()) == ["columns.csv", "columns.png"]
    assert (output / "columns.png").read_bytes().startswith(PNG)
    assert (output / "columns.png").stat().st_size > 30_000
    with (output / "columns.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["LGAR, deep", "Richards"]
    for row in rows:
        water = {name.removesuffix("[mm]"): float(value) for name, value in row.items() if name.endswith("[mm]")}
        assert water["rain"] > 50.0
        assert water["infiltration"] + water["runoff"] + water["ponded"] == pytest.approx(water["rain"], abs=1e-6)
        lost = water["AET"] + water["percolation"]
        assert water["infiltration"] - lost == pytest.approx(water["storage"], abs=1e-6)
        assert abs(water["imbalance"]) < 1e-9
    printed = capsys.readouterr()
    assert "90 steps from" in printed.out
    assert len({len(line) for line in printed.out.splitlines()[2:6]}) == 1, "columns are aligned"
    assert printed.err == "", "no progress bar off a terminal"


def test_a_run_is_the_columns_own_and_changes_concern_only_it(forcing, tmp_path):
    runs = [
        parse_run(["as it is", LGAR]),
        parse_run(["other law", LGAR, "infiltration=talsma_parlange"]),
        parse_run(["more roots", RICHARDS, "roots={profile: linear, depth: 80 cm}"]),
        parse_run(["as configured", RICHARDS]),
    ]
    as_it_is, other_law, more_roots, as_configured = columns(runs, forcing, tmp_path, depths=(5.0,))
    alone = run_column(LGAR, forcing)
    np.testing.assert_allclose(as_it_is.fluxes["infiltration"], alone.infiltration, rtol=0, atol=1e-12)
    np.testing.assert_allclose(as_it_is.moisture[:, 0], alone.theta[1:, 0], rtol=0, atol=0.2)
    assert as_it_is.moisture.shape == (HOURS, 1)
    totals = [float(run.fluxes["infiltration"].sum()) for run in (as_it_is, other_law, more_roots, as_configured)]
    assert len(set(totals)) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--run", "a"], "expected LABEL CONFIG"),
        (["--run", "a", LGAR, "infiltration"], "'infiltration' is not KEY=VALUE"),
        (["--run", "a", LGAR, "layers=[1"], "the value of layers is not YAML"),
        (["--run", "a", LGAR, "--run", "a", RICHARDS], "several runs are called a"),
        (["--run", "a", LGAR, "--hours", "1000"], "--hours 1000"),
        (["--run", "a", RICHARDS, "capillary_drive=exact"], f"{RICHARDS}, run 'a': 1 problem"),
        (["--run", "a", str(BASIN / "cfe_ode" / "cat-2.yml")], "model: cfe; expected one of lgar, richards"),
        (["--run", "a", "nowhere.yml"], "nowhere.yml"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(words, message, forcing, tmp_path, capsys):
    output = tmp_path / "results"
    assert main(["columns", str(forcing), "--output", str(output), *words]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("ngen-arid columns: ")
    assert message in printed
    assert not output.exists()


def test_too_many_depths_are_wrong_usage(forcing, tmp_path, capsys):
    arguments = ["columns", str(forcing), "--output", str(tmp_path), "--run", "a", LGAR, "--depths", "1,2,3,4,5"]
    assert main(arguments) == 2
    assert "at most 4" in capsys.readouterr().err
