import re

import numpy as np
import pytest

from ngen_harness.context import RunContext, to_epoch
from ngen_harness.errors import ForcingError, UnitConversionError
from ngen_harness.forcing import CsvForcing, NullForcing, find_forcing_file
from ngen_harness.forcing_file import WELL_KNOWN, split_header

START = to_epoch("2015-12-01 00:00:00")
HOURS = [f"2015-12-01 0{hour}:00:00" for hour in range(3)]
RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"


def rows(*values, times=HOURS):
    return "".join(f"{time},{value}\n" for time, value in zip(times, values, strict=True))


@pytest.fixture
def load(tmp_path):
    """Write a forcing file and read it for the three hours."""

    def load_text(text, hours=3):
        (tmp_path / "f.csv").write_text(text)
        return CsvForcing("f.csv", RunContext(START, START + (hours - 1) * 3600, tmp_path))

    return load_text


def at(forcing, name, hour=0, units="", seconds=3600):
    return forcing.value(name, START + hour * 3600, seconds, units)


def test_values_by_hour(load):
    forcing = load("time,P\n" + rows(1.0, 2.5, -3e-7))
    assert [at(forcing, "P", hour) for hour in range(3)] == [1.0, 2.5, -3e-7]


def test_rows_outside_the_simulation_do_not_count(load):
    before = "2015-11-30 23:00:00,9\n"
    after = "2015-12-01 03:00:00,7\nsoon after,8\n".replace("soon after", "2015-12-01 03:10:00")
    forcing = load("time,P\n" + before + rows(1, 2, 3) + after)
    assert [at(forcing, "P", hour) for hour in range(3)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("name", sorted(WELL_KNOWN))
def test_known_columns_have_a_unit_and_a_csdms_name(load, name):
    canonical, units = WELL_KNOWN[name]
    forcing = load(f"time,{name}\n" + rows(1, 2, 3))
    assert set(forcing.names) == {name, canonical}
    assert at(forcing, name, 1, units) == at(forcing, canonical, 1, units) == 2.0
    with pytest.raises(UnitConversionError) as caught:
        at(forcing, canonical, 1, "mol")
    assert caught.value.source == units
    assert caught.value.provider == "CsvPerFeatureProvider"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("P(mm/h)", ("P", "mm/h")),
        ("P (mm h^-1)", ("P", "mm h^-1")),
        ("T [K]", ("T", "K")),
        ("T[K]", ("T", "K")),
        ("f(x)(m)", ("f(x)", "m")),
        ("plain", ("plain", "")),
        ("odd]", ("odd]", "")),
        ("empty[]", ("empty", "")),
    ],
)
def test_units_in_the_header(header, expected):
    assert split_header(header) == expected


def test_header_units_override_the_default(load):
    forcing = load("Time,RAINRATE (mm h^-1)\n" + rows(3.6, 2, 3))
    assert at(forcing, RAIN, 0, "mm h-1") == 3.6


def test_another_alias_finds_the_column_but_has_no_unit(load):
    forcing = load("time,RAINRATE\n" + rows(1, 2, 3))
    assert at(forcing, "precip_rate", 0, "-") == 1.0
    with pytest.raises(UnitConversionError):
        at(forcing, "precip_rate", 0, "mm s^-1")


def test_a_column_with_a_csdms_name_has_no_default_unit(load):
    forcing = load(f"time,{RAIN}\n" + rows(1, 2, 3))
    with pytest.raises(UnitConversionError):
        at(forcing, RAIN, 0, "mm h-1")


def test_time_column_may_be_anywhere_and_lines_may_end_in_crlf(load):
    text = "P, time ,T\n" + "".join(f"{hour},{time},{hour + 10}\n" for hour, time in enumerate(HOURS))
    forcing = load(text.replace("\n", "\r\n"))
    assert (at(forcing, "P", 2), at(forcing, "T", 2)) == (2.0, 12.0)


def test_sums_and_means_over_several_hours(load):
    forcing = load("time,precip_rate,T\n" + "".join(f"{t},{h + 1},{h + 10}\n" for h, t in enumerate(HOURS)))
    assert at(forcing, RAIN, 0, "mm s^-1", seconds=7200) == 3.0
    assert at(forcing, "precip_rate", 0, "mm s^-1", seconds=7200) == 1.5
    assert at(forcing, "T", 0, seconds=7200) == 10.5
    # half an hour late: half of each hour
    assert forcing.value("T", START + 1800, 3600, "") == 10.5
    # ngen does not clip the first hour when less than an hour is wanted
    assert at(forcing, "T", 0, seconds=300) == 120.0


def test_after_the_last_hour_the_last_value_repeats(load):
    forcing = load("time,T\n" + rows(1, 2, 3))
    assert at(forcing, "T", 3) == 3.0
    assert at(forcing, "T", 2, seconds=7200) == 3.0


def test_before_the_first_hour_is_an_error(load):
    with pytest.raises(ForcingError, match="before the simulation begins"):
        at(load("time,T\n" + rows(1, 2, 3)), "T", -1)


def test_unknown_variable_suggests_a_name(load):
    with pytest.raises(ForcingError, match=r"f.csv: no forcing variable 'precip_rat'.*did you mean 'precip_rate'"):
        at(load("time,precip_rate\n" + rows(1, 2, 3)), "precip_rat")


@pytest.mark.parametrize("word", ["nan", "NaN", "inf"])
def test_a_number_that_is_not_finite_is_handed_over_with_a_warning(load, word, caplog):
    forcing = load("time,P,T\n" + "".join(f"{t},{h},{word if h else 1}\n" for h, t in enumerate(HOURS)))
    assert at(forcing, "P", 1) == 1.0  # only columns in use matter
    assert not caplog.records
    assert at(forcing, "T", 0) == 1.0
    assert not np.isfinite(at(forcing, "T", 1))
    (record,) = caplog.records
    assert re.search(r"'T' is (nan|inf) at 2015-12-01 01:00:00 \(2 of 3 hours", record.getMessage())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the forcing file is empty"),
        ("\n\n", "the forcing file is empty"),
        ("time,P\n", "a header but no rows"),
        ("hour,P\n" + rows(1, 2, 3), "line 1 has no column 'time' or 'Time'"),
        ("time,Time,P\n", "line 1 has 2 columns 'time' or 'Time'"),
        ("time,P,\n", "line 1: column 3 has no name"),
        ("time,P,P\n", "'P' and 'P' are both 'P'"),
        ("time,precip_rate,RAINRATE [mm/h]\n", f"'precip_rate' and 'RAINRATE \\[mm/h\\]' are both '{RAIN}'"),
        ("time,P\n" + rows(1, "", 3), r"line 3 \(2015-12-01 01:00:00\), column 'P': the cell is empty"),
        ("time,P\n" + rows(1, "x", 3), r"line 3 \(2015-12-01 01:00:00\), column 'P': 'x' is not a number"),
        ("time,P\n" + rows(1, "1_0", 3), "column 'P': '1_0' is not a number"),
        ("time,P\n" + rows(1, "2,3", 3), "line 3 has 3 cells; expected 2"),
        ("time,P\n2015-12-01T00:00:00,1\n", "line 2: '2015-12-01T00:00:00' is not a time ngen can read"),
        ("time,P\n2015/12/01 00:00:00,1\n", "line 2: '2015/12/01 00:00:00' is not a time ngen can read"),
        (
            "time,P\n" + rows(1, 3, times=HOURS[::2]),
            "line 3 is for 2015-12-01 02:00:00, expected 2015-12-01 01:00:00: the rows must be hourly",
        ),
        (
            "time,P\n" + rows(1, 2, times=[HOURS[0], "2015-12-01 00:15:00"]),
            "line 3 is for 2015-12-01 00:15:00, expected 2015-12-01 01:00:00",
        ),
        ("time,P\n" + rows(1, 1, times=[HOURS[0]] * 2), "line 3 is for 2015-12-01 00:00:00, expected"),
        ("time,P\n" + rows(1, 2, times=HOURS[:2]), "ends at 2015-12-01 01:00:00, before the end of the simul"),
        ("time,P\n" + rows(2, 3, times=HOURS[1:]), "begins at 2015-12-01 01:00:00, after the start of the sim"),
    ],
)
def test_bad_files_are_refused_with_file_line_and_time(load, text, message):
    with pytest.raises(ForcingError, match="f.csv: .*" + message):
        load(text)


def test_missing_or_unreadable_file(tmp_path):
    context = RunContext(START, START, tmp_path)
    with pytest.raises(ForcingError, match=r"gone.csv: no such forcing file"):
        CsvForcing("gone.csv", context)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ForcingError, match=r"binary.csv: cannot read the forcing file"):
        CsvForcing("binary.csv", context)


def test_null_provider_refuses_every_request():
    with pytest.raises(ForcingError, match="'P' is wanted, but forcing.provider is NullForcingProvider"):
        NullForcing().values("P", START, 3600, "m")


def test_the_file_of_a_catchment():
    names = ["cat-1_2015.csv", "cat-12_2015.csv", "notes.txt"]
    assert find_forcing_file("dir", "{{id}}_.*csv", "cat-1", names, "f") == "dir/cat-1_2015.csv"
    assert find_forcing_file("dir/", ".*{{id}}_.*", "cat-12", names, "f") == "dir/cat-12_2015.csv"
    with pytest.raises(ForcingError, match=r"cat-9: no file in dir/ matches f.file_pattern"):
        find_forcing_file("dir", ".*{{id}}.*", "cat-9", names, "f")
    with pytest.raises(ForcingError, match=r"cat-1: 2 files in dir/ match .*cat-12_2015.csv, cat-1_2015.csv"):
        find_forcing_file("dir", ".*{{id}}.*csv", "cat-1", names, "f")
    with pytest.raises(ForcingError, match="is not a regular expression"):
        find_forcing_file("dir", "*{{id}}*", "cat-1", names, "f")
