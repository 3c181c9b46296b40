"""ngen-arid profile: the run, its files, and what is refused."""

import csv
import re

import numpy as np
import pytest

from lgar_bmi import BmiLgar
from ngen_arid import example_basin
from ngen_arid.__main__ import main
from ngen_arid.column_run import front_paths, moisture_grid, run_column
from ngen_arid.profile import storm_states, window_around
from tests.paths import REALIZATIONS

PNG = b"\x89PNG\r\n\x1a\n"
CONFIG = REALIZATIONS / "example_basin" / "lgar" / "cat-2.yml"
BEGIN, HOURS = 19620, 240  # the storm of December 2014, with a day before and a week after it


@pytest.fixture(scope="module")
def forcing(tmp_path_factory):
    """Ten days of the example basin's weather with its largest storm."""
    folder = tmp_path_factory.mktemp("forcing")
    lines = example_basin.write_forcing(folder)[1].read_text().splitlines()
    path = folder / "storm.csv"
    path.write_text("\n".join((lines[0].replace("precip_rate", "precip_rate[mm s-1]"), *lines[BEGIN : BEGIN + HOURS])))
    return path


@pytest.fixture(scope="module")
def run(forcing):
    return run_column(CONFIG, forcing)


def dry_forcing(folder, hours=8, rain=0.0):
    path = folder / "dry.csv"
    rows = [f"2020-01-0{1 + hour // 24} {hour % 24:02d}:00:00,{rain},0.1" for hour in range(hours)]
    path.write_text("\n".join(("Time,P(mm/h),PET(mm/h)", *rows)) + "\n")
    return path


def test_a_run_keeps_the_fronts_of_every_step(run):
    """Water in the fronts of each state follows the fluxes of the steps."""
    stored = []
    for state in range(len(run.times)):
        layers = run.layers_of(state)
        assert sorted(set(layers.tolist())) == [0, 1, 2], "each layer has a front at its bottom"
        tops = np.concatenate(([0.0], run.depth[state, : run.size[state] - 1]))
        stored.append(np.sum((run.depth[state, : run.size[state]] - tops) * run.theta[state, : run.size[state]]))
        assert np.isnan(run.depth[state, run.size[state] :]).all()
    np.testing.assert_allclose(10.0 * np.diff(stored), run.infiltration - run.evapotranspiration, rtol=0, atol=1e-9)
    assert run.rain.sum() > 50.0
    assert run.runoff.sum() > 5.0
    assert len(run.times) == HOURS + 1
    assert run.layers == ("silty clay loam", "clay loam", "silty clay loam")


def test_files_are_figures_and_the_fronts(run, forcing, tmp_path, capsys):
    output = tmp_path / "new" / "folder"
    assert main(["profile", str(CONFIG), str(forcing), "--output", str(output), "--title", "A storm"]) == 0
    assert sorted(path.name for path in output.iterdir()) == ["fronts.csv", "fronts.png", "profiles.png"]
    for name in ("fronts.png", "profiles.png"):
        assert (output / name).read_bytes().startswith(PNG)
        assert (output / name).stat().st_size > 30_000
    with (output / "fronts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "front", "layer", "depth_cm", "theta", "psi_cm"]
    assert len(rows) == run.size.sum()
    initial = [(row["front"], row["layer"], float(row["depth_cm"]), float(row["psi_cm"])) for row in rows[:3]]
    assert initial == [("1", "1", 8.0, 3000.0), ("2", "2", 50.0, 3000.0), ("3", "3", 100.0, 3000.0)]
    last = rows[-1]
    assert last["time"] == str(run.times[-1]).replace("T", " ")
    assert float(last["theta"]) == pytest.approx(run.theta[-1, run.size[-1] - 1], rel=1e-8)
    printed = capsys.readouterr()
    assert f"rain {run.rain.sum():.1f}" in printed.out
    assert printed.err == "", "no progress bar off a terminal"


def test_animation_is_a_small_gif_with_a_frame_for_each_state(forcing, tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.setattr("ngen_arid.soil_figures._FRAMES", 12)
    arguments = ["profile", str(CONFIG), str(forcing), "--output", str(tmp_path), "--hours", "20,50", "--animate"]
    assert main(arguments) == 0
    content = (tmp_path / "profile.gif").read_bytes()
    with Image.open(tmp_path / "profile.gif") as image:
        assert image.n_frames == 12
    assert len(content) < 500_000
    monkeypatch.setattr("ngen_arid.soil_figures._GIF_BYTES", len(content) // 2)
    assert main(arguments) == 0
    with Image.open(tmp_path / "profile.gif") as image:
        assert 2 <= image.n_frames < 12, "frames are left out where the file would be too large"
    assert (tmp_path / "profile.gif").stat().st_size <= len(content) // 2


def test_times_are_chosen_before_at_and_after_the_storm(run):
    states = storm_states(run.rain, run.step_h)
    wet = np.flatnonzero(run.rain)
    assert states[0] == wet[0]
    assert run.rain[states[0]] > 0.0
    assert run.rain[states[1] - 1] == run.rain.max()
    assert states == sorted(set(states))
    assert states[-1] - states[-2] == 72
    assert storm_states(np.r_[np.zeros(9), 5.0], 1.0) == [9, 10], "no state after the end"
    assert storm_states(np.r_[5.0, np.zeros(999)], 0.5) == [0, 1, 13, 49, 193]
    # many small showers apart from each other are no storm
    assert storm_states(np.r_[np.tile([1.0, *[0.0] * 12], 9), 2.0, 2.0, np.zeros(200)], 1.0)[0] == 117


def test_the_window_stays_inside_the_run():
    assert window_around([0, 10], 12, 1.0) == (0, 12)
    assert window_around([100, 300], 1000, 1.0) == (80, 320)
    assert window_around([5], 100, 24.0) == (4, 6)


def test_fronts_are_followed_downwards(run):
    paths = front_paths(run, 0, HOURS)
    assert paths
    for path in paths:
        states, depths = zip(*path, strict=True)
        assert list(states) == list(range(states[0], states[-1] + 1))
        assert (np.diff(depths) > -1e-6).all()
    followed = {place for path in paths for place in path}
    for state in range(HOURS + 1):
        assert {(state, run.depth[state, i]) for i in run.moving(state)} <= followed
    born = [path for path in paths if path[0][1] == 0.0]
    assert born
    assert all(run.rain[path[0][0]] > 0.0 for path in born)


def test_moisture_over_time_and_depth_is_that_of_the_blocks(run):
    grid = moisture_grid(run, 100, 110, 50)
    assert grid.shape == (50, 10)
    for k, state in enumerate(range(101, 111)):
        assert grid[0, k] == run.theta[state, 0]
        assert grid[-1, k] == run.theta[state, run.size[state] - 1]
    assert set(np.unique(grid)) <= set(np.unique(run.theta))


@pytest.mark.parametrize("rain", [0.0, 400.0])
def test_dry_and_drowned_columns_are_drawn(rain, tmp_path):
    """Without rain there is no storm; with a flood all is saturated and suction has no logarithm."""
    assert main(["profile", str(CONFIG), str(dry_forcing(tmp_path, rain=rain)), "--output", str(tmp_path / "o")]) == 0
    assert len(list((tmp_path / "o").iterdir())) == 3


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ("0,9", "--hours: 9 is after the end"),
        ("0;9", "not a list of hours"),
        ("", "not a list of hours"),
        ("-1,3", "hours count from 0"),
        ("nan", "hours count from 0"),
        ("0,inf", "hours count from 0"),
        ("0,1,2,3,4,5,6,7,8", "at most 8"),
    ],
)
def test_hours_that_cannot_be_drawn_are_refused(hours, message, tmp_path, capsys):
    arguments = [
        "profile",
        str(CONFIG),
        str(dry_forcing(tmp_path)),
        "--output",
        str(tmp_path / "o"),
        f"--hours={hours}",
    ]
    assert main(arguments) in (1, 2)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_hours_are_states_of_the_run(tmp_path, capsys):
    forcing = dry_forcing(tmp_path)
    assert main(["profile", str(CONFIG), str(forcing), "--output", str(tmp_path / "o"), "--hours", "8,0,2.4"]) == 0
    assert "profiles: 2020-01-01 00:00:00, 2020-01-01 02:00:00, 2020-01-01 08:00:00" in capsys.readouterr().out


def test_what_is_wrong_with_the_input_is_said_and_nothing_is_written(tmp_path, capsys):
    forcing = dry_forcing(tmp_path)
    other = REALIZATIONS / "example_basin" / "cfe_ode" / "cat-1.yml"
    bad = tmp_path / "bad.csv"
    bad.write_text(forcing.read_text().replace("03:00:00,0.0,", "03:00:00,-1,"))
    short = tmp_path / "short.csv"
    short.write_text("Time,P(mm/h)\n2020-01-01 00:00:00,1.0\n")
    cases = {
        (tmp_path / "none.yml", forcing): "none.yml",
        (CONFIG, tmp_path / "none.csv"): "none.csv",
        (other, forcing): "model",
        (CONFIG, bad): "precipitation_rate",
        (CONFIG, short): "potential_evapotranspiration_rate",
    }
    for (config, rows), message in cases.items():
        assert main(["profile", str(config), str(rows), "--output", str(tmp_path / "o")]) == 1
        error = capsys.readouterr().err
        assert error.startswith("ngen-arid profile: ")
        assert message in error
        assert not (tmp_path / "o").exists()


def test_a_file_in_the_way_is_named(tmp_path, capsys):
    (tmp_path / "o").write_text("mine")
    assert main(["profile", str(CONFIG), str(dry_forcing(tmp_path)), "--output", str(tmp_path / "o")]) == 1
    assert "takes a folder" in capsys.readouterr().err
    assert (tmp_path / "o").read_text() == "mine"


def test_files_appear_together_or_not_at_all(tmp_path, capsys, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    output = tmp_path / "o"
    arguments = ["profile", str(CONFIG), str(dry_forcing(tmp_path)), "--output", str(output)]
    assert main(arguments) == 0
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    monkeypatch.setattr("ngen_arid.soil_figures.draw_fronts", fail)
    assert main([*arguments, "--hours", "1"]) == 1
    assert "No space left" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


def test_missing_matplotlib_is_said_before_the_run(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ngen_arid.hydrograph.find_spec", lambda name: None)
    monkeypatch.setattr(BmiLgar, "initialize", lambda *_: pytest.fail("ran"))
    assert main(["profile", str(CONFIG), str(dry_forcing(tmp_path)), "--output", str(tmp_path / "o")]) == 1
    assert "ngen-arid[plot]" in capsys.readouterr().err


def test_help_teaches(capsys):
    assert main(["profile", "--help"]) == 0
    text = capsys.readouterr().out
    for word in ("examples:", "--hours 0,12,24,48", "fronts.csv", "P(mm/h)"):
        assert re.search(re.escape(word), text)


def test_a_richards_column_is_drawn_by_its_cells(forcing, tmp_path, capsys):
    config = REALIZATIONS / "example_basin" / "richards" / "cat-2.yml"
    assert main(["profile", str(config), str(forcing), "--output", str(tmp_path), "--hours", "0,30"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.csv", "moisture.png", "profiles.png"]
    for name in ("moisture.png", "profiles.png"):
        assert (tmp_path / name).read_bytes().startswith(PNG)
        assert (tmp_path / name).stat().st_size > 30_000
    run = run_column(config, forcing)
    # water in the cells follows the fluxes
    tops = np.column_stack((np.zeros(len(run.times)), run.depth[:, :-1]))
    stored = 10.0 * np.sum((run.depth - tops) * run.theta, axis=1)
    np.testing.assert_allclose(np.diff(stored), run.infiltration - run.evapotranspiration, rtol=0, atol=1e-8)
    assert run.depth[0, -1] == run.bottoms[-1]
    assert set(run.bottoms) <= set(run.depth[0])
    assert front_paths(run, 0, HOURS) == []
    with (tmp_path / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "cell", "layer", "depth_cm", "theta", "psi_cm"]
    assert len(rows) == 2 * run.size[0]
    assert [row["layer"] for row in rows if row["time"] == rows[0]["time"]].count("1") == np.sum(
        run.depth[0] <= run.bottoms[0]
    )
    assert f"{run.size[0]} cells" in capsys.readouterr().out
