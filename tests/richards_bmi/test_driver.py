"""``python -m richards_bmi``: a forcing file in, a table out, or a message and no file."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ngen_bmi.driver import main
from richards_bmi import BmiRichards
from richards_bmi.__main__ import SYNONYMS
from richards_bmi.outputs import STUCK
from tests.paths import ROOT
from tests.richards_bmi import configs

FIVE_MINUTES = [f"2016-10-01 00:{5 * i:02d}:00" for i in range(6)]


def files(folder: Path, **top: Any) -> list[str]:
    """Arguments: a configuration in steps of five minutes, forcing for it, and where the table is wanted."""
    config = configs.write(folder, configs.column(forcing={"step": "300 s"}, **top))
    forcing = folder / "forcing.csv"
    forcing.write_text("\n".join(["#Time,P(mm/h),PET(mm/h)", *(f"{time},30.0,0.1" for time in FIVE_MINUTES), ""]))
    return [str(config), str(forcing), "--output", str(folder / "out.csv")]


def test_command_runs_a_forcing_file(tmp_path: Path) -> None:
    arguments = files(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "richards_bmi", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "6 steps of 300 s" in done.stdout
    with Path(arguments[-1]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"] for row in rows] == FIVE_MINUTES
    assert float(rows[0]["precipitation"]) == 0.0025
    rain, entered, ran_off = (
        sum(float(row[name]) for row in rows) for name in ("precipitation", "infiltration", "surface_runoff")
    )
    assert entered + ran_off == pytest.approx(rain, rel=1e-9)
    assert float(rows[-1]["soil_storage"]) > float(rows[0]["soil_storage"])


def test_a_failed_column_is_a_message_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("richards_bmi.bmi.update_column", lambda *arguments: STUCK)
    arguments = files(tmp_path)
    assert main(BmiRichards(), "richards", SYNONYMS, arguments) == 1
    assert "no sub-step down to the shortest" in capsys.readouterr().err
    assert not Path(arguments[-1]).exists()
