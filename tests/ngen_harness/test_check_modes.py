"""The check for an ngen of 2025, and with Python components in place of compiled modules."""

import json

import pytest

from ngen_arid.__main__ import main
from ngen_harness import HarnessError, check

from .conftest import RAIN, module_block, multi_block
from .test_compiled import case  # noqa: F401

pytest.importorskip("cf_units")


@pytest.fixture
def look(basin):
    def look(version="2025", **options):
        (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
        findings = check("realization.json", catchments="catchments.geojson", version=version, **options)
        return [(str(finding.severity), finding.code) for finding in findings]

    return look


@pytest.fixture
def old(basin):
    """The basin without blocks that the older ngen does not know."""
    basin.realization["output_root"] = basin.realization.pop("output")["root"]
    return basin


def test_unknown_version(look):
    with pytest.raises(HarnessError, match="version is '2024'"):
        look("2024")


@pytest.mark.parametrize(("unit", "expected"), [("m", []), ("mm", [("silent", "main-unit")])])
def test_2025_main_output_in_another_unit(look, old, model, unit, expected):
    model.make("Tiny", outputs={"Q": unit, "T": "degC"})
    assert look() == expected
    assert ("silent", "main-unit") not in look("2026")


def test_2025_does_not_know_newer_blocks(look, basin):
    basin.realization["output"] = {"root": "./out/", "catchment": {"enabel": True}}
    basin.params["mass_balance"] = {"check": True}
    assert look() == [("silent", "realization")] * 2  # both are ignored, and nothing inside is looked at
    assert {code for _, code in look("2026")} == {"realization", "mass-missing", "mass-tolerance"}


def test_2025_precision_and_headers(look, old):
    old.params.update(output_precision=3, output_header_fields=["a", "b"])
    assert look() == [("silent", "no-effect"), ("silent", "headers")]
    old.formulation(multi_block(module_block(), output_precision=3, output_variables=["Q"], output_header_fields=["a"]))
    assert look() == []
    assert ("silent", "no-effect") in look("2026")


def test_2025_arrays_are_passed_on_raw(look, old, model):
    model.make("Tiny", inputs={RAIN: "m"}, sizes={RAIN: 2, "layers": 3}, copies={})
    assert ("silent", "unit-raw") in look()
    assert ("abort", "unit-array") in look("2026")


def test_replaced_modules_are_looked_at(look, case):  # noqa: F811
    basin, params, component = case
    assert look("2026") == [("works", "not-checked")]
    assert look("2026", substitute=True).count(("works", "realization")) == 1
    basin.params["modules"][1]["params"]["model_params"] = {"nope": 1}
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    findings = check("realization.json", catchments="catchments.geojson", substitute=True)
    assert ("abort", "parameter") in [(str(finding.severity), finding.code) for finding in findings]
    assert any(finding.why.endswith(f"is replaced by {component}") for finding in findings)


def test_the_command(old, model, capsys):
    model.make("Tiny", outputs={"Q": "mm", "T": "degC"})
    (old.folder / "realization.json").write_text(json.dumps(old.realization))
    command = ["check", "realization.json", "--catchments", "catchments.geojson", "--json"]
    for options, expected in (((), "2026"), (("--ngen", "2025"), "2025")):
        main([*command, *options])
        codes = [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]]
        assert ("main-unit" in codes) == (expected == "2025")


def test_the_command_substitutes(case, capsys):  # noqa: F811
    basin, _, component = case
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    command = ["check", "realization.json", "--catchments", "catchments.geojson"]
    main([*command, "--substitute"])
    assert f"is replaced by {component}" in capsys.readouterr().out
    main(command)
    assert "ngen_harness cannot load" in capsys.readouterr().out
