"""``ngen-arid configure`` as people use it: folders, files of theirs, lists of ids, an end from outside."""

import os
import subprocess
import sys

import pytest

from ngen_arid.__main__ import main
from ngen_config import weather_files
from ngen_config.example import START
from tests.paths import ROOT


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_generated_replaces_nothing_unasked(tmp_path, basin, capsys):
    """Files of one's own have the names of the example's: basin.gpkg, forcing/cat-1.csv."""
    pytest.importorskip("netCDF4")
    mine = tmp_path / "mine"
    (mine / "forcing").mkdir(parents=True)
    for name in ("basin.gpkg", "forcing/cat-1.csv", "f.nc"):
        (mine / name).write_text("years of work")
    before = contents(mine)
    assert main(["configure", "--example", str(mine)]) == 1
    for name in ("forcing", "f.nc"):
        said = capsys.readouterr().err
        assert "--overwrite" in said
        assert weather_files.main([str(basin), str(mine / name), "--days", "1"]) == 1
    assert "f.nc: 1 problem" in capsys.readouterr().err
    assert contents(mine) == before
    for name in ("forcing", "f.nc"):
        assert weather_files.main([str(basin), str(mine / name), "--days", "1", "--overwrite"]) == 0
    assert (mine / "basin.gpkg").read_text() == "years of work"
    assert (mine / "f.nc").read_bytes() != b"years of work"
    assert (mine / "forcing" / "cat-1.csv").read_text().startswith("time,")
    assert weather_files.main([str(basin), str(mine / "forcing.nc"), "--days", "1"]) == 0, "a new one needs no word"


def test_the_current_folder_is_a_folder(tmp_path, basin, monkeypatch, capsys):
    """A folder without a name of its own: ``.``, ``..`` and what ends with them."""
    words = ["configure", str(basin), "--model", "cfe_ode", "--start", START, "--end", START, "--output"]
    for number, output in enumerate((".", "./", "..", "new/..", "new/.")):
        here = tmp_path / str(number) / "here"
        here.mkdir(parents=True)
        monkeypatch.chdir(here)
        where = (here / output).resolve()
        if output == "..":
            assert main([*words, output]) == 1
            assert "not empty" in capsys.readouterr().err
        assert main([*words, output, *(["--overwrite"] if output == ".." else [])]) == 0, output
        assert (where / "realization.json").is_file()
        assert not list((tmp_path / str(number)).rglob("*.partial"))
    assert main([*words, "/", "--overwrite"]) == 1
    assert "root of the file system" in capsys.readouterr().err


def test_termination_leaves_nothing_half_written(tmp_path, basin):
    """SIGTERM, as schedulers send it, in the middle of the writing."""
    code = (
        "import os, signal, sys\n"
        "import ngen_config\n"
        "c = sys.modules['ngen_config.configure']\n"
        "from ngen_arid.__main__ import main\n"
        "write, count = c._write, []\n"
        "def kill(path, text):\n"
        "    write(path, text)\n"
        "    count.append(path)\n"
        "    if len(count) == 3:\n"
        "        assert path.exists()\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "c._write = kill\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["configure", str(basin), "--model", "cfe_ode", "--start", START, "--end", START, "--output", "run"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 143, done.stderr
    assert done.stderr == "ngen-arid: terminated; what was not finished was not written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["basin.gpkg"]


def test_the_ids_that_are_written_are_those_that_a_run_reads(tmp_path, basin, forcing, capsys):
    """``catchments.txt`` for --catchment-ids, by its name."""
    pytest.importorskip("cf_units")
    run = tmp_path / "run"
    words = ["configure", str(basin), "--forcing", str(forcing), "--model", "cfe_ode", "--output", str(run)]
    assert main([*words, "--catchments", "cat-2,cat-4"]) == 0
    basis = [str(run / "realization.json"), "--catchments", str(basin), "--cwd", str(run), "--catchment-ids"]
    assert main(["check", *basis, str(run / "catchments.txt")]) == 0
    (tmp_path / "lines.txt").write_bytes(b"\xef\xbb\xbfcat-2\r\ncat-4\r\n\r\n")
    capsys.readouterr()
    for number, file in enumerate((run / "catchments.txt", tmp_path / "lines.txt")):
        results = tmp_path / str(number)
        assert main(["run", *basis, str(file), "--output", str(results)]) == 0
        assert capsys.readouterr().out.startswith("2 catchments,")
        assert {path.name for path in results.glob("cat-*.csv")} == {"cat-2.csv", "cat-4.csv"}
    (tmp_path / "empty.txt").write_text("\n")
    assert main(["run", *basis, str(tmp_path / "empty.txt")]) == 2, "all catchments would be another run"
    assert "empty.txt: has no ids" in capsys.readouterr().err
    many = ",".join(f"cat-{k}" for k in range(1000, 1100))  # longer than a file name can be
    assert main([*words, "--catchments", many, "--overwrite"]) == 1
    assert "cat-1000 is not in the file" in capsys.readouterr().err
