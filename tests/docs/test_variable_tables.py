"""The committed tables of variables are what the code's own tables say."""

from importlib import import_module

import pytest

from ngen_arid.describe import describe
from tests.paths import ROOT

COMPONENTS = ("cfe_bmi.BmiCfe", "lgar_bmi.BmiLgar", "richards_bmi.BmiRichards", "pet_bmi.BmiPet")


@pytest.mark.parametrize("component", COMPONENTS)
def test_table_is_not_stale(component):
    module, name = component.split(".")
    page = ROOT / "docs" / f"{module.removesuffix('_bmi')}_variables.md"
    table = describe(getattr(import_module(module), name).table) + "\n"
    assert page.read_text(encoding="utf-8") == table, f"{page.name} is stale: ngen-arid describe {component}"


def test_every_component_of_the_project_has_a_table():
    pages = {page.name.removesuffix("_variables.md") for page in (ROOT / "docs").glob("*_variables.md")}
    packages = {page.parent.name.removesuffix("_bmi") for page in ROOT.glob("*_bmi/bmi.py")}
    assert pages == packages == {component.split("_")[0] for component in COMPONENTS}
