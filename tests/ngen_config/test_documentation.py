"""What docs/configure.md shows is what the code does."""

import re
import shlex

import pytest

from ngen_arid.__main__ import main
from ngen_config.attributes import CENTROID, CFE_ATTRIBUTES, ELEVATION, SOIL_CLASS
from ngen_config.cfe import CONSTANTS
from tests.paths import ROOT

PAGE = (ROOT / "docs" / "configure.md").read_text(encoding="utf-8")


def rows():
    """Rows of the mapping: parameter -> cells."""
    part = PAGE[PAGE.index("## Mapping") : PAGE.index("### LGAR's soil")]
    return {
        cells[1].strip(" `"): [cell.strip() for cell in cells[2:-1]]
        for line in part.splitlines()
        if line.startswith("|") and len(cells := line.split("|")) == 7
    }


def test_the_mapping_is_that_of_the_code():
    table = rows()
    for attribute in CFE_ATTRIBUTES:
        column, unit, limits, null = table[attribute.parameter]
        divided = "" if attribute.divisor == 1.0 else f" / {attribute.divisor:g}"
        assert column == f"`{attribute.column}`{divided}"
        assert unit == attribute.unit
        assert limits == " to ".join(f"{limit:.12g}" for limit in attribute.limits)
        expected = "Noah's class" if attribute.default is None else f"{attribute.default:g}"
        assert null.removesuffix(" m") == expected
    assert table["soil class"][0] == f"`{SOIL_CLASS.column}`"
    assert table["PET: elevation"][0] == f"`{ELEVATION.column}` / {ELEVATION.divisor:g}"
    assert table["PET: place"][0] == ", ".join(f"`{name}`" for name in CENTROID)
    assert CONSTANTS == {
        "depth": 2.0,
        "alpha_fc": 0.33,
        "soil_expon": 1.0,
        "soil_expon_secondary": 1.0,
        "Klf": 0.01,
        "Kn": 0.03,
    }


def test_every_option_is_told(capsys):
    assert main(["configure", "--help"]) == 0
    options = set(re.findall(r"(--[a-z-]+)", capsys.readouterr().out)) - {"--help", "--cwd"}
    assert {option for option in options if option not in PAGE} == set()


def test_the_sequence_runs_as_it_is_written(tmp_path, monkeypatch, capsys):
    pytest.importorskip("cf_units")
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)[1]
    lines = block.strip().splitlines()
    assert len(lines) == 4
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "ngen-arid"
        assert main(words) == 0, line
    assert "nothing found" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"water_balance.csv", "hydrograph.png"} <= written
    assert len(list((tmp_path / "results" / "realization").glob("cat-*.csv"))) == 6
