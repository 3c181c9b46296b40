"""The first day of the run in the forcing: what ngen would refuse there is an error of `configure`."""

import pytest

from ngen_arid.__main__ import main
from ngen_bmi.errors import ConfigError
from ngen_config import configure
from ngen_config.example import START
from ngen_config.weather_files import write_csv_files, write_netcdf
from ngen_harness import check

TEMPERATURE = "TMP_2maboveground"
SECOND_DAY = "2012-07-02 00:00:00"


def with_rows(change):
    """Change the rows after the header, a list of texts."""

    def edit(text):
        head, *rows = text.splitlines()
        return "\n".join([head, *change(rows)]) + "\n"

    return edit


def with_cell(row, value):
    """Another temperature in a row."""

    def edit(text):
        lines = [line.split(",") for line in text.splitlines()]
        lines[1 + row][lines[0].index(TEMPERATURE)] = value
        return "\n".join(map(",".join, lines)) + "\n"

    return edit


REFUSED = {
    "header only": (with_rows(lambda rows: []), "has a header but no rows"),
    "byte-order mark": (lambda text: "\ufeff" + text, "begins with a byte-order mark"),
    "slashes": (lambda text: text.replace("2012-07-", "2012/07/"), "line 2: '2012/07/01 00:00:00' is not a time ngen"),
    "text": (with_cell(3, "abc"), "line 5 .2012-07-01 03:00:00., column 'TMP_2maboveground': 'abc' is not a number"),
    "empty cell": (with_cell(23, ""), "line 25 .2012-07-01 23:00:00., .* the cell is empty"),
    "later start": (with_rows(lambda rows: rows[5:]), "the forcing begins at 2012-07-01 05:00:00, after the start"),
    "gap": (
        with_rows(lambda rows: rows[:5] + rows[7:]),
        "line 7 is for 2012-07-01 07:00:00, expected .* 05.*read_aorc",
    ),
    "half hours": (lambda text: text.replace(":00:00,", ":30:00,"), "begins at 2012-07-01 00:30:00, after the start"),
    "end": (with_rows(lambda rows: rows[:20]), r"ends within the first hours of the run \(2012-07-01 00:00:00 to"),
    "cells": (with_rows(lambda rows: [rows[0] + ",1", *rows[1:]]), "line 2 has 11 cells; expected 10"),
}


@pytest.mark.parametrize("name", ["cat-1", "cat-3"])
@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_ngen_refuses(case, name, request_for, forcing):
    """In the first file, which says what there is, as in any other; `check` refuses the same."""
    good = configure(request_for(forcing=forcing, end=""))
    change, match = REFUSED[case]
    path = forcing / f"{name}.csv"
    path.write_text(change(path.read_text()), encoding="utf-8")
    findings = check(good.realization, catchments=request_for().geopackage, cwd=good.realization.parent)
    assert [finding for finding in findings if finding.severity != "works"], "ngen takes it"
    period = {"start": START, "end": "2012-07-02 23:00:00"}
    with pytest.raises(ConfigError, match=None if name == "cat-1" else match) as caught:
        configure(request_for(forcing=forcing, overwrite=True, **period))
    if name == "cat-3":
        (problem,) = caught.value.problems
        assert problem.startswith("cat-3.csv: ")


@pytest.mark.parametrize("kind", ["csv", "netcdf"])
@pytest.mark.parametrize(("hour", "refused"), [(3, False), (23, False), (24, True), (40, True)])
def test_values_are_looked_at_from_the_start_of_the_run(hour, refused, kind, tmp_path, request_for, table):
    """Weather before the run is never used; the run's first day begins where the run does."""
    ids, values = table
    wrong = values[TEMPERATURE].copy()
    wrong[2, hour] = 20.0
    spoilt = values | {TEMPERATURE: wrong}
    if kind == "netcdf":
        pytest.importorskip("netCDF4")
        path = write_netcdf(tmp_path / "f.nc", ids, START, spoilt)
    else:
        path = tmp_path / "f"
        write_csv_files(path, ids, START, spoilt)
    request = request_for(forcing=path, start=SECOND_DAY)
    if not refused:
        assert configure(request).divides == 6
        return
    when = f"2012-07-02 {hour - 24:02d}:00:00"
    with pytest.raises(ConfigError, match=f"cat-3.*'{TEMPERATURE}' is 20 K at {when}; expected 180 to 340 K"):
        configure(request)


def test_a_text_before_the_run_is_no_problem_and_after_its_end_neither(request_for, forcing):
    path = forcing / "cat-3.csv"
    text = path.read_text()
    path.write_text(with_cell(30, "abc")(with_cell(3, "abc")(text)))
    done = configure(request_for(forcing=forcing, start="2012-07-01 20:00:00", end="2012-07-02 05:00:00"))
    findings = check(done.realization, catchments=request_for().geopackage, cwd=done.realization.parent)
    assert not [finding for finding in findings if finding.severity == "abort"]


def test_the_file_that_lacks_a_column_is_named(basin, forcing, tmp_path, capsys):
    """By the first file the others are judged; the folder is not to blame."""
    path = forcing / "cat-1.csv"
    path.write_text(path.read_text().replace(TEMPERATURE, "warmth"))
    words = ["configure", str(basin), "--forcing", str(forcing), "--model", "cfe_ode", "--output", str(tmp_path / "r")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"ngen-arid configure: {path}: 1 problem")
    assert "no column TMP_2maboveground (land_surface_air__temperature): --pet penman_monteith needs it" in said
    assert "warmth" in said
    assert "land_surface_air__pressure" not in said, "names of the file, each once"


def test_lines_are_counted_from_the_beginning_of_the_file(request_for, forcing):
    """Rows before the run are passed over where the run's first row is where it should be, and read where it is not."""
    path = forcing / "cat-3.csv"
    good = path.read_text()
    path.write_text(with_cell(30, "abc")(good))
    with pytest.raises(ConfigError, match=r"line 32 \(2012-07-02 06:00:00\), column 'TMP_2maboveground': 'abc'"):
        configure(request_for(forcing=forcing, start=SECOND_DAY))
    path.write_text(with_rows(lambda rows: rows[:5] + rows[6:])(good))
    done = configure(request_for(forcing=forcing, start=SECOND_DAY))
    findings = check(done.realization, catchments=request_for().geopackage, cwd=done.realization.parent)
    assert not [finding for finding in findings if finding.severity == "abort"], "the gap is before the run"
    path.write_text(with_rows(lambda rows: rows[:5] + rows[6:30] + rows[32:])(good))
    with pytest.raises(ConfigError, match="line 31 is for 2012-07-02 08:00:00, expected 2012-07-02 06"):
        configure(request_for(forcing=forcing, start=SECOND_DAY, overwrite=True))
