"""Warnings that hold for many catchments are said once."""

import logging

import pytest

from ngen_arid.__main__ import main
from ngen_arid.console import configure_logging
from ngen_config.example import START, example_rows, write_geopackage

log = logging.getLogger("cfe_bmi.bmi")


@pytest.fixture
def told(capsys):
    """Log what is given, a list of texts, and return what is on stderr."""

    def tell(messages, **options):
        console = configure_logging(**options)
        for level, message in messages:
            log.log(level, "%s", message)
        console.finish()
        return capsys.readouterr().err.splitlines()

    yield tell
    logging.basicConfig(force=True)


def test_equal_warnings_are_told_once_with_their_number(told):
    lines = told([(logging.WARNING, f"/run/cfe/cat-{k}.yml: Cgw = 0.005 is large") for k in (7, 8, 12, 13, 14)])
    assert lines == [
        "WARNING: /run/cfe/cat-7.yml: Cgw = 0.005 is large",
        "WARNING: 5 catchments: Cgw = 0.005 is large: first cat-7, also cat-8, cat-12, cat-13, ...",
    ]


def test_values_that_differ_are_a_range(told):
    pairs = zip((7, 8, 9), ("3e-08", "9.1e-08", "1.2e-08"), strict=True)
    lines = told([(logging.WARNING, f"cfe/cat-{k}.yml: satdk = {v} is outside 1e-07 to 1") for k, v in pairs])
    assert lines[1:] == [
        "WARNING: 3 catchments: satdk = 1.2e-08 to 9.1e-08 is outside 1e-07 to 1: first cat-7, also cat-8, cat-9"
    ]


def test_what_differs_otherwise_or_is_no_warning_is_told_each_time(told):
    messages = [
        (logging.WARNING, "cat-1, step 3: frozen"),
        (logging.WARNING, "cat-1, step 4: frozen"),
        (logging.WARNING, "the forcing ends"),
        (logging.WARNING, "the forcing ends"),
        (logging.ERROR, "cat-1: broken"),
        (logging.ERROR, "cat-2: broken"),
    ]
    assert told(messages) == [f"{logging.getLevelName(level)}: {message}" for level, message in messages]


def test_one_catchment_has_no_summary(told):
    assert told([(logging.WARNING, "cat-1: dry")]) == ["WARNING: cat-1: dry"]
    assert told([(logging.WARNING, "cat-1: dry"), (logging.WARNING, "cat-2: dry")], quiet=True) == []


def test_check_says_once_what_holds_for_all_catchments(tmp_path, capsys):
    """The coefficient of groundwater that hydrofabric v2.2 has."""
    pytest.importorskip("cf_units")
    path = write_geopackage(tmp_path / "b.gpkg", [row | {"mean.Coeff": 0.005} for row in example_rows()])
    words = ["--catchments", str(path), "--cwd", str(tmp_path / "run")]
    configured = ["configure", str(path), "--model", "cfe_ode", "--start", START, "--end", START]
    assert main([*configured, "--output", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    main(["check", str(tmp_path / "run" / "realization.json"), *words])
    lines = [line for line in capsys.readouterr().err.splitlines() if "Cgw" in line]
    assert len(lines) == 2
    assert lines[0].endswith("cat-1.yml: Cgw = 0.005 is outside the usual range 1.8e-06 to 0.0018 [m h-1]")
    assert lines[1].startswith("WARNING: 6 catchments: Cgw = 0.005 is outside the usual range")
    assert lines[1].endswith("first cat-1, also cat-2, cat-3, cat-4, ...")
