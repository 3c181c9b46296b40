"""What docs/study.md says of study files and spaces is what the code does."""

import re

import pytest
import yaml

from basin_study.descent import GRADIENT_COST
from basin_study.lgar_space import lgar_space
from basin_study.selection import LARGEST_AREA, LARGEST_DISCREPANCY, SMALLEST_OBSERVED_SHARE
from basin_study.spaces import SPACES
from basin_study.study_file import load_study
from tests.paths import ROOT

TEXT = (ROOT / "docs" / "study.md").read_text()


def table(name):  # type: ignore[no-untyped-def]
    """Rows of the table of a space."""
    lines = TEXT.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(f"| `{name}`") and "log |" in line)
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def rows_of(space):  # type: ignore[no-untyped-def]
    return [[f"`{r.name}`", r.unit, f"{r.low:g}", f"{r.high:g}", "yes" if r.log else ""] for r in space.ranges]


@pytest.mark.parametrize("name", SPACES)
def test_tables_of_spaces_are_those_of_the_code(name):
    assert table(name) == rows_of(SPACES[name]())


def test_layers_of_lgar_have_the_bounds_of_the_first_one():
    rows = rows_of(lgar_space())
    assert table("lgar") == [row for row in rows if row[0][-2] not in "23"]
    for layer in "23":
        assert [[row[0].replace(f"_{layer}", "_1"), *row[1:]] for row in rows if row[0][-2] == layer] == rows[:3]


def test_the_study_file_has_the_defaults(tmp_path):
    text = re.search(r"```yaml\n(data:.*?)```", TEXT, re.S)[1]
    (tmp_path / "given.yaml").write_text(text)
    (tmp_path / "short.yaml").write_text("data: {kind: synthetic}\n")
    given, short = load_study(tmp_path / "given.yaml"), load_study(tmp_path / "short.yaml")
    assert given.fingerprint == short.fingerprint
    assert (given.basins, given.output) == (short.basins, short.output)
    assert (given.selection, given.screen) == (short.selection, short.screen)
    for name, period in short.periods.items():
        assert given.periods[name].bounds == period.bounds
    more = re.search(r"```yaml\n(models:.*?)```", TEXT, re.S)[1]
    (tmp_path / "more.yaml").write_text(yaml.safe_dump({"data": {"kind": "synthetic"}} | yaml.safe_load(more)))
    assert load_study(tmp_path / "more.yaml").model("lgar").evaluations == 40


def test_filters_of_the_document_can_be_read(tmp_path):
    text = re.search(r"```yaml\n(selection:.*?)```", TEXT, re.S)[1]
    (tmp_path / "study.yaml").write_text("data: {kind: synthetic}\n" + text)
    (tmp_path / "gauges.txt").write_text("01013500\n")
    found = load_study(tmp_path / "study.yaml").selection
    assert (found.area_discrepancy, found.max_area) == (LARGEST_DISCREPANCY, LARGEST_AREA)
    assert found.observed == dict.fromkeys(("calibration", "test"), SMALLEST_OBSERVED_SHARE)


def test_the_cost_of_a_gradient_is_said():
    assert f"A run with its gradient counts as {GRADIENT_COST} runs" in TEXT
