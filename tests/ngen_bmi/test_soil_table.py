"""LASAM's soil files: what is read, and every line that is refused."""

from pathlib import Path

import numpy as np
import pytest

from hydro_physics.soil_classes import ALPHABETICAL_ORDER, CARSEL_PARRISH_1988, STATSGO_ORDER
from ngen_bmi.errors import ConfigError
from ngen_bmi.soil_table import SoilTable, read_soil_table
from tests.lgar_bmi.configs import SOILS, random_soil
from tests.paths import shared

HEADER = "name theta_r theta_e alpha n Ks\n"
NUMBERS = "0.05 0.41 0.03 1.6 2.5"


def table_of(folder: Path, text: str) -> SoilTable:
    path = folder / "soils.dat"
    path.write_bytes(text.encode())
    return read_soil_table(path)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError, match=r"soils\.dat: \d+ problem") as caught:
        table_of(folder, text)
    return caught.value.problems


def classes(order: tuple[str, ...]) -> str:
    rows = (f'"{name.capitalize()}" ' + " ".join(map(str, CARSEL_PARRISH_1988[name])) for name in order)
    return HEADER + "\n".join(rows)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_names_and_numbers(tmp_path: Path) -> None:
    table = table_of(tmp_path, SOILS)
    assert table.names == ("upper", "middle one", "lower-most")
    assert table.soils[1] == (0.07, 0.43, 0.02, 1.4, 0.5)
    assert table.soils[2].alpha == 0.01
    assert len(table) == 3
    assert table.row(3) == ("lower-most", table.soils[2])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("loam " + NUMBERS, "loam"),
        ("  loam\t" + NUMBERS.replace(" ", " \t  ") + "  ", "loam"),
        ("'Silty-clay loam'  " + NUMBERS, "Silty-clay loam"),
        ("silty clay loam " + NUMBERS, "silty clay loam"),
        ('"Silt-loam"' + "\t        " + NUMBERS, "Silt-loam"),
        ('"plot 7" ' + NUMBERS, "plot 7"),
        ("S1-1 " + NUMBERS, "S1-1"),
        ("argilla_è " + NUMBERS, "argilla_è"),
    ],
)
def test_spellings_of_a_line(tmp_path: Path, line: str, name: str) -> None:
    table = table_of(tmp_path, HEADER + line)
    assert (table.names, table.soils[0].ks) == ((name,), 2.5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\n  \t\n"])
def test_line_ends_and_blank_lines(tmp_path: Path, end: str) -> None:
    assert len(table_of(tmp_path, SOILS.replace("\n", end))) == 3


def test_seeded_soils_are_read_to_the_last_digit(tmp_path: Path) -> None:
    rng = np.random.default_rng(16)
    soils = [random_soil(rng) for _ in range(40)]
    text = HEADER + "\n".join(f"soil-{k} " + "\t".join(map(repr, soil)) for k, soil in enumerate(soils))
    assert table_of(tmp_path, text).soils == tuple(soils)


def test_logarithms_are_left_as_they_are(tmp_path: Path) -> None:
    assert table_of(tmp_path, HEADER + "a 0.05 0.4 -2.0 1.5 -1.0").soils[0] == (0.05, 0.4, -2.0, 1.5, -1.0)


@pytest.mark.parametrize(("file", "rows"), [("vG_default_params.dat", 18), ("vG_default_params_synth_1.dat", 15)])
def test_shipped_files(file: str, rows: int) -> None:
    """Rows 7 and 11 have a blank in their names, for which LGAR-C repeats rows 6 and 10."""
    table = read_soil_table(shared("data", "lgar", "vG", file))
    assert len(table) == rows
    assert table.names[6] == "Sandy-clay loam"
    assert table.soils[6] == table.named("sandy clay loam") == (0.06, 0.38, 0.02, 1.33, 0.54)
    assert table.soils[6] != table.soils[5]


def test_soils_by_name(tmp_path: Path) -> None:
    table = table_of(tmp_path, SOILS)
    assert table.named("MIDDLE_ONE") == table.named("lower most")._replace(
        theta_r=0.07, theta_e=0.43, alpha=0.02, n=1.4, ks=0.5
    )
    with pytest.raises(ValueError, match=r"soils\.dat; known: upper, middle one, lower most; did you mean upper\?"):
        table.named("uper")
    twice = table_of(tmp_path, SOILS + f"Upper {NUMBERS}\n")
    with pytest.raises(ValueError, match="'upper' is the name of more than one row"):
        twice.named("upper")


@pytest.mark.parametrize("number", [0, -1, 4])
def test_rows_that_are_not_there(tmp_path: Path, number: int) -> None:
    with pytest.raises(ValueError, match=rf"{number} is not a row of .*soils\.dat, which has 3 soils"):
        table_of(tmp_path, SOILS).row(number)


# --- doubts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [ALPHABETICAL_ORDER, tuple(sorted(ALPHABETICAL_ORDER))])
def test_a_single_number_in_an_alphabetical_table_is_doubted(tmp_path: Path, order: tuple[str, ...]) -> None:
    table = table_of(tmp_path, classes(order))
    (doubt,) = table.doubts_about_order((1,))
    assert doubt == ("type 1 is row 1 = Clay in this table; ISLTYP of the hydrofabric is in STATSGO order (1 = Sand)")
    assert table.doubts_about_order((7,)) == []
    assert table.doubts_about_order((1, 2)) == []


def test_site_rows_after_the_classes_are_doubted_where_statsgo_has_no_soil(tmp_path: Path) -> None:
    rows = "".join(f"\nP-{k} {NUMBERS}" for k in range(1, 9))
    table = table_of(tmp_path, classes(ALPHABETICAL_ORDER) + rows)
    assert table.doubts_about_order((14,)) == [
        "type 14 is row 14 = P-2 in this table; ISLTYP of the hydrofabric is in STATSGO order (14 = Water)"
    ]
    assert table.doubts_about_order((17,)) == []


def test_tables_in_statsgo_order_and_others_are_not_doubted(tmp_path: Path) -> None:
    assert table_of(tmp_path, classes(STATSGO_ORDER)).doubts_about_order((1,)) == []
    assert table_of(tmp_path, SOILS).doubts_about_order((1,)) == []


def test_names_that_lgar_c_does_not_read_are_doubted(tmp_path: Path) -> None:
    table = table_of(tmp_path, SOILS)
    assert table.doubts_about_names((1, 3)) == []
    (doubt,) = table.doubts_about_names((2, 1, 2))
    assert doubt.startswith("type 2 is 'middle one': LGAR-C does not read names with a blank")


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("loam", "expected a name and 5 numbers, found 'loam'"),
        (NUMBERS, f"expected a name and 5 numbers, found '{NUMBERS}'"),
        ("loam 0.05 0.41 0.03 1.6", "expected a name and 5 numbers"),
        ("loam 0.05 0.41 0.03 1.6 fast", "expected numbers, found Ks = 'fast' in 'loam"),
        ("loam 0.05 0,41 0.03 nan 2.5", "expected numbers, found theta_e = '0,41', n = 'nan'"),
        ("loam 0.05 0.41 0.03 1_6 2.5", "expected numbers, found n = '1_6'"),
        ("loam 0.05 0.41 inf 1.6 2.5", "expected numbers, found alpha = 'inf'"),
        (f"loam {NUMBERS} 0.5", "has more than 5 numbers (a name that ends in one needs quotes)"),
        (f'"" {NUMBERS}', "has no name"),
        (f"loam {NUMBERS} # measured", "expected numbers, found"),
    ],
)
def test_lines_that_are_no_soil(tmp_path: Path, line: str, problem: str) -> None:
    (found,) = problems(tmp_path, f"{HEADER}good {NUMBERS}\n{line}\n")
    assert found.startswith(f"line 3: {problem}")


def test_every_bad_line_is_reported(tmp_path: Path) -> None:
    found = problems(tmp_path, f"{HEADER}a 1 2\n\nb {NUMBERS}\nc x y z u v\n")
    assert [problem.split(":")[0] for problem in found] == ["line 2", "line 5"]


def test_a_file_without_a_header_would_lose_its_first_soil(tmp_path: Path) -> None:
    assert problems(tmp_path, f"loam {NUMBERS}\nclay {NUMBERS}\n") == (
        "line 1: is a soil, expected a header (LASAM skips the first line)",
    )


def test_files_that_are_none(tmp_path: Path) -> None:
    assert problems(tmp_path, "") == ("the file is empty",)
    assert problems(tmp_path, HEADER) == ("has no soils after its header",)
    with pytest.raises(ConfigError, match=r"none\.dat: 1 problem\n  - the file cannot be read"):
        read_soil_table(tmp_path / "none.dat")
    (tmp_path / "binary.dat").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_soil_table(tmp_path / "binary.dat")
