"""``python -m pet_bmi``: a file in AORC's columns in, a table out."""

import csv
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT
from tests.pet_bmi.configs import pet, write
from tests.pet_bmi.test_aorc import HEADER, row


def test_command_runs_a_file_in_aorcs_columns(tmp_path: Path) -> None:
    config = write(tmp_path, pet())
    forcing = tmp_path / "weather.csv"
    forcing.write_text("\n".join((HEADER, *(row(f"2015-06-01 {h:02d}:00:00", 500.0) for h in range(3)))) + "\n")
    command = [sys.executable, "-m", "pet_bmi", config, str(forcing), "--output", str(tmp_path / "out.csv")]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert 5e-8 < float(rows[0]["water_potential_evaporation_flux"]) < 2e-7
    assert 200.0 < float(rows[0]["net_radiation"]) < 400.0
