"""Python of the documentation runs, and so does every shell block that a newcomer would type.

A shell block is marked ``<!-- run -->``, or ``<!-- run after: make demo -->`` where it needs what this makes. A
block that cannot be run says why in front of it: ``<!-- not run: WHY -->``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ngen_arid.example_basin import write_forcing
from tests.docs.code_blocks import DEMO, all_blocks, blocks_of
from tests.paths import REALIZATIONS, ROOT

BLOCKS = all_blocks()
PYTHON = [block for block in BLOCKS if block.language == "python"]
SHELL = [block for block in BLOCKS if block.language == "sh" and block.is_run]


def environment(programs: Path) -> dict[str, str]:
    """Return an environment in which ``ngen-arid`` and ``python`` are those of this checkout, put into a folder."""
    programs.mkdir(parents=True)
    for name, arguments in (("python", ""), ("ngen-arid", " -m ngen_arid")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    path = os.pathsep.join((str(programs), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_runs(block, tmp_path, monkeypatch):
    if block.reason:
        pytest.skip(block.reason)
    monkeypatch.chdir(tmp_path)
    # lines as in the page, for the traceback
    exec(compile("\n" * (block.line - 1) + block.code, block.page, "exec"), {"__name__": "__main__"})


@pytest.fixture(scope="module")
def weather(tmp_path_factory):
    """Weather of the example basin, as ``make demo`` makes it."""
    folder = tmp_path_factory.mktemp("weather") / "forcing"
    write_forcing(folder)
    return folder


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_runs(block, tmp_path, request):
    work = tmp_path / "work"
    shutil.copytree(REALIZATIONS, work / "realizations", ignore=shutil.ignore_patterns("forcing", "studies"))
    shutil.copytree(ROOT / "examples", work / "examples")
    if block.mark == DEMO:
        shutil.copytree(request.getfixturevalue("weather"), work / "realizations" / "example_basin" / "forcing")
        (work / "output").mkdir()
    result = subprocess.run(
        ["sh", "-euc", block.code],
        cwd=work,
        env=environment(work / ".venv" / "bin"),  # the README calls them by their place
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, f"{block}\n{result.stdout}{result.stderr}"


def test_marks_are_known_and_some_blocks_run():
    odd = [f"{b}: {b.mark}" for b in BLOCKS if b.mark and not b.is_run and not b.reason]
    assert odd == []
    assert sum(not block.reason for block in PYTHON) >= 2
    assert len(SHELL) >= 12


def test_every_shell_block_runs_or_says_why_not():
    shells = [block for block in BLOCKS if block.language in ("sh", "bash", "shell", "console")]
    assert {block.language for block in shells} == {"sh"}
    assert [str(block) for block in shells if not block.mark] == []


def test_blocks_are_found():
    page = "text\n\n<!-- run -->\n```sh\na\nb\n```\n\n```python\nc\n```\n<!-- not run: slow -->\n\n```python\nd\n```\n"
    found = blocks_of(page, "page")
    assert [(b.language, b.code, b.mark, b.line) for b in found] == [
        ("sh", "a\nb\n", "run", 5),
        ("python", "c\n", "", 10),
        ("python", "d\n", "not run: slow", 15),
    ]
    assert found[2].reason == "slow"
