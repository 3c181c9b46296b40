"""What docs/pet.md shows can be used as it stands."""

import json
import re
from pathlib import Path

import pytest

from pet_bmi.config import load_config
from pet_bmi.config_text import known_keys
from pet_bmi.parameters import PARAMETERS
from tests.paths import REALIZATIONS, ROOT

PAGE = ROOT / "docs" / "pet.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)


def test_the_configuration_is_read_and_all_of_it_acts(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    path = tmp_path / "shown.yml"
    path.write_text(text)
    config = load_config(path)
    assert config.ignored == ()
    assert config.warnings() == []


def test_every_parameter_and_every_key_of_the_text_is_told() -> None:
    page = PAGE.read_text()
    for variable in PARAMETERS:
        assert variable.name in page
    for key in known_keys():
        assert f"`{key.removesuffix('_length')}" in page


@pytest.mark.parametrize("name", ["pet_cfe", "pet_lgar"])
def test_the_realization_shown_is_the_one_that_is_run(name: str) -> None:
    (text,) = blocks("json")
    shown = json.loads(text)["params"]["modules"]
    real = json.loads((REALIZATIONS / "aorc_basin" / f"{name}.json").read_text())
    modules = real["global"]["formulations"][0]["params"]["modules"]
    assert modules[0] == shown[0]
    if name == "pet_lgar":
        assert shown[1]["params"].items() <= modules[1]["params"].items()


@pytest.mark.parametrize("path", sorted((REALIZATIONS / "aorc_basin" / "pet").glob("*.yml")), ids=lambda p: p.stem)
def test_configurations_of_the_basin_say_nothing_in_vain(path: Path) -> None:
    config = load_config(path)
    assert config.name == path.stem
    assert config.ignored == ()
    assert config.warnings() == []
