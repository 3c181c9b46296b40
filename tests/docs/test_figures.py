"""Every figure of the documentation has a command that makes it, and a page that shows it."""

import re
import shlex

import pytest

from dcfe import lgar_recovery, recovery
from ngen_arid.__main__ import build_parser
from tests.docs.code_blocks import PAGES
from tests.paths import ROOT

FIGURES = ROOT / "docs" / "figures"
_ROW = re.compile(r"^\| `(?P<figure>[\w.]+\.png)` \| `(?P<command>[^`]+)`", re.M)
LISTED = [
    (match["figure"], match["command"])
    for match in _ROW.finditer((ROOT / "docs" / "reproducibility.md").read_text(encoding="utf-8"))
]


def recipe(target: str) -> list[str]:
    """Commands of a target of the Makefile, each on one line, without what makes them a path of the environment."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    block = re.search(rf"^{target}:[^\n]*\n((?:\t[^\n]*\n)+)", text, flags=re.M)[1]
    return [line.strip().removeprefix("$(BIN)/") for line in block.splitlines()]


def parsed(command: str) -> None:
    """Let the command's own parser read its options; it ends the process where one is unknown."""
    program, *words = shlex.split(command)
    if program == "ngen-arid":
        build_parser().parse_args(words)
    elif words[:2] in (["-m", "dcfe.recovery"], ["-m", "dcfe.lgar_recovery"]):
        module = recovery if words[1] == "dcfe.recovery" else lgar_recovery
        module.build_parser().parse_args(words[2:])


def test_every_figure_is_listed_once():
    names = [figure for figure, _ in LISTED]
    assert sorted(names) == sorted(path.name for path in FIGURES.iterdir())


@pytest.mark.parametrize(("figure", "command"), LISTED)
def test_its_command_makes_it(figure, command):
    if not command.startswith("make "):
        parsed(command)
        return
    lines = recipe(command.removeprefix("make "))
    copies = [number for number, line in enumerate(lines) if line.endswith(f" docs/figures/{figure}")]
    assert len(copies) == 1
    # what is copied is in the folder that an earlier line writes; make demo is what make figures begins with
    folder = lines[copies[0]].split()[1].rpartition("/")[0]
    assert folder == "output/demo" or any(f"--output {folder}" in line for line in lines[: copies[0]])


@pytest.mark.parametrize("target", ["figures", "figures-real"])
def test_options_of_the_recipes_exist(target):
    for line in recipe(target):
        parsed(line.partition(" > ")[0])


@pytest.mark.parametrize("figure", [figure for figure, _ in LISTED])
def test_a_page_shows_it(figure):
    assert [page for page in PAGES if f"figures/{figure})" in page.read_text(encoding="utf-8")]


def test_pages_show_nothing_else():
    shown = {name for page in PAGES for name in re.findall(r"figures/([\w.]+)\)", page.read_text(encoding="utf-8"))}
    assert shown == {figure for figure, _ in LISTED}
