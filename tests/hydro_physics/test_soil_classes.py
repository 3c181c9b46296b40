"""Texture classes: their published values, their names and their numbers."""

import pytest

from hydro_physics.soil_classes import (
    ALPHABETICAL_ORDER,
    CARSEL_PARRISH_1988,
    LASAM,
    ROSETTA_2001,
    SOIL_TABLES,
    STATSGO_ORDER,
    class_of_number,
    did_you_mean,
    plain_name,
    soil_of_class,
)
from hydro_physics.van_genuchten import moisture
from ngen_bmi.soil_parameters import problems_of_soils
from ngen_bmi.soil_table import read_soil_table
from tests.paths import shared

# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SOIL_TABLES)
def test_every_table_has_the_twelve_classes_with_values_that_the_model_takes(table: str) -> None:
    assert set(SOIL_TABLES[table]) == set(STATSGO_ORDER) == set(ALPHABETICAL_ORDER)
    assert problems_of_soils(tuple(SOIL_TABLES[table].values())) == []


@pytest.mark.parametrize("table", SOIL_TABLES)
def test_tables_tell_coarse_from_fine(table: str) -> None:
    """Sand conducts best and holds least at the wilting point; a mistyped row would break the order."""
    soils = SOIL_TABLES[table]
    assert max(soils, key=lambda name: soils[name].ks) == "sand"
    dry = {name: moisture(15000.0, soil) for name, soil in soils.items()}
    assert sorted(dry, key=lambda name: dry[name])[:2] in (["sand", "loamy sand"], ["loamy sand", "sand"])
    assert all(dry[name] > 0.1 for name in ("clay", "silty clay", "sandy clay"))


def test_carsel_and_parrish_are_the_values_that_lasam_ships_for_hydrus() -> None:
    table = read_soil_table(shared("data", "lgar", "vG", "vG_default_params_HYDRUS.dat"))
    assert len(table) == 12
    for name, soil in zip(table.names, table.soils, strict=True):
        assert soil_of_class(name, "carsel_parrish_1988") == pytest.approx(soil, rel=2e-4)


@pytest.mark.parametrize(
    ("file", "order"),
    [("vG_params_stat_nom_ordered.dat", STATSGO_ORDER), ("vG_default_params.dat", ALPHABETICAL_ORDER)],
)
def test_lasam_classes_and_their_two_orders(file: str, order: tuple[str, ...]) -> None:
    table = read_soil_table(shared("data", "lgar", "vG", file))
    assert tuple(plain_name(name) for name in table.names[:12]) == order
    for name, soil in zip(order, table.soils, strict=False):
        assert LASAM[name] == soil


def test_lasam_classes_are_rosettas_with_two_decimals() -> None:
    """So the source of LASAM's numbers is known, and what their rounding costs."""
    for name, soil in LASAM.items():
        full = ROSETTA_2001[name]
        for rounded, value in zip(soil[:4], full[:4], strict=True):
            assert abs(rounded - value) <= 0.005 * (1.0 + 1e-9), name
        assert soil.ks == pytest.approx(full.ks, rel=0.08)
    assert LASAM["silt loam"].alpha / ROSETTA_2001["silt loam"].alpha == pytest.approx(1.98, abs=0.01)


def test_rosetta_in_the_units_of_the_model() -> None:
    """Against 14.75 cm/d and 1.496 1/m, as others quote the clay of USDA-ARS's page."""
    clay = ROSETTA_2001["clay"]
    assert clay.ks * 24.0 == pytest.approx(14.757, abs=1e-3)
    assert clay.alpha * 100.0 == pytest.approx(1.496, abs=1e-3)
    assert clay.n == pytest.approx(1.253, abs=1e-3)


# --- names and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["silty clay loam", "Silty-clay loam", "SILTY_CLAY_LOAM", "  silty   clay\tloam ", '"Silty-Clay-Loam"']
)
def test_spellings_of_a_class(name: str) -> None:
    assert soil_of_class(name, "carsel_parrish_1988") is CARSEL_PARRISH_1988["silty clay loam"]


@pytest.mark.parametrize(("name", "meant"), [("sandy laom", "sandy loam"), ("silty loam", "silt loam"), ("mud", None)])
def test_unknown_class_lists_the_classes(name: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match="is not a soil of carsel_parrish_1988; known: sand, loamy sand") as caught:
        soil_of_class(name, "carsel_parrish_1988")
    for known in STATSGO_ORDER:
        assert known in str(caught.value)
    assert str(caught.value).endswith(f"; did you mean {meant}?" if meant else "clay")


def test_unknown_table_lists_the_tables() -> None:
    with pytest.raises(ValueError, match=r"known: carsel_parrish_1988, .*; did you mean carsel_parrish_1988\?"):
        soil_of_class("sand", "carsel_parish")
    assert did_you_mean("zzz", SOIL_TABLES) == ""


def test_class_numbers_mean_other_soils_in_other_orders() -> None:
    assert [class_of_number(k, "statsgo") for k in (1, 7, 12)] == ["sand", "sandy clay loam", "clay"]
    assert [class_of_number(k, "alphabetical") for k in (1, 7, 12)] == ["clay", "sandy clay loam", "silt loam"]
    same = [k for k in range(1, 13) if class_of_number(k, "statsgo") == class_of_number(k, "alphabetical")]
    assert same == [7]


@pytest.mark.parametrize(
    ("number", "order", "reason"),
    [
        (0, "statsgo", "0 is not a soil class of the statsgo order, 1 to 12"),
        (-1, "alphabetical", "-1 is not a soil class"),
        (13, "alphabetical", "1 to 12$"),
        (14, "statsgo", "14 is water, for which there is no soil model"),
        (1, "usda", "'usda' is not an order of soil classes; known: statsgo, alphabetical"),
    ],
)
def test_numbers_that_are_no_class(number: int, order: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        class_of_number(number, order)
