"""A report removes what a former one wrote and it no longer makes, and nothing else."""

from __future__ import annotations

import hashlib
import json

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.report_study import write_study_report
from basin_study.written_files import WrittenFiles
from tests.basin_study import result_cases as cases


def test_figures_that_a_study_no_longer_makes_are_removed_and_those_of_others_stay(tmp_path):
    first = cases.results(tmp_path, 2, ("cfe_ode",))
    write_study_report(first, tmp_path)
    figures = tmp_path / "figures"
    old = {path.name for path in figures.iterdir()}
    basin = next(iter(first.hydrographs))
    own = {
        f"{kind}_{b}.{end}"
        for kind in ("hydrograph", "duration", "balance")
        for b in first.hydrographs
        for end in ("png", "pdf")
    }
    assert own < old
    # one of somebody else, and one of ours that somebody else has changed
    (figures / "hydrograph_own.png").write_bytes(b"mine")
    (figures / f"duration_{basin}.png").write_bytes(b"mine too")
    write_study_report(cases.StudyResults(**{**vars(first), "hydrographs": {}}), tmp_path)
    assert {path.name for path in figures.iterdir()} == (old - own) | {"hydrograph_own.png", f"duration_{basin}.png"}
    assert (figures / f"duration_{basin}.png").read_bytes() == b"mine too"


def test_a_list_of_written_files_is_trusted_for_its_own_folder_alone(tmp_path, caplog):
    folder = tmp_path / "figures"
    folder.mkdir()
    (tmp_path / "report.html").write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    (folder / "written.json").write_text(json.dumps({"../report.html": digest, str(tmp_path / "report.html"): digest}))
    assert WrittenFiles(folder).remove_others() == []
    assert (tmp_path / "report.html").exists()
    (folder / "written.json").write_text("{")
    assert WrittenFiles(folder).remove_others() == []
    assert "figures of former reports stay" in caplog.text
