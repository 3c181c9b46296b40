"""AORC's columns in files that are not what they should be, and a real one from the semi-arid West."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from ngen_bmi.errors import ForcingError
from pet_bmi.aorc import read_aorc
from pet_bmi.coefficients import PetParameters
from pet_bmi.ensemble import simulate
from pet_bmi.state import PetOptions
from tests.paths import shared

HEADER = (
    "time,DLWRF_surface,DSWRF_surface,PRES_surface,SPFH_2maboveground,TMP_2maboveground,"
    "UGRD_10maboveground,VGRD_10maboveground"
)


def row(time: str, shortwave: float) -> str:
    return f"{time},300,{shortwave},90000,0.006,290,3,4"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "weather.csv"
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def test_even_rows_are_taken_as_they_are_in_both_spellings_of_time(tmp_path: Path) -> None:
    for times in (("2015-12-01 00:00:00", "2015-12-01 01:00:00"), ("2015/12/01 00:00:00", "2015/12/01 01:00:00")):
        read = read_aorc(write(tmp_path, row(times[0], 100.0), row(times[1], 200.0)))
        assert read.start == np.datetime64("2015-12-01T00:00")
        assert read.notes == ()
        np.testing.assert_array_equal(read.forcing.shortwave, [[100.0, 200.0]])
        np.testing.assert_array_equal(read.forcing.wind_y, [[4.0, 4.0]])


def test_uneven_rows_are_interpolated_and_rows_out_of_order_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        row("2015-12-01 00:30:00", 0.0),
        row("2015-12-01 02:00:00", 150.0),
        row("2015-12-01 01:00:00", 999.0),
        row("2015-12-01 02:00:00", 999.0),
        row("2015-12-01 04:00:00", 350.0),
    )
    read = read_aorc(path)
    assert read.start == np.datetime64("2015-12-01T01:00")
    np.testing.assert_allclose(read.forcing.shortwave, [[50.0, 150.0, 250.0, 350.0]])
    assert read.notes == (
        "2 row(s) not later than those before left out, such as line 4",
        "2 of 4 steps interpolated between the rows around them",
    )


def test_absent_columns(tmp_path: Path) -> None:
    header = "time,DSWRF_surface,SPFH_2maboveground,TMP_2maboveground"
    path = write(tmp_path, *(f"2015-12-01 {h:02d}:00:00,400,0.006,290" for h in range(5)), header=header)
    read = read_aorc(path)
    assert read.forcing.pressure is None
    assert read.forcing.longwave is None
    assert np.isnan(read.forcing.wind_x).all()
    assert len(read.notes) == 4
    options = PetOptions(longwave=1, pressure=1, missing_wind=1)
    run = simulate(PetParameters(elevation=100.0, latitude=40.0), None, read.forcing, options, start=read.start)
    assert (run.outputs["potential_evaporation"] > 0.0).all()
    with pytest.raises(ForcingError, match="no column TMP_2maboveground"):
        read_aorc(write(tmp_path, "2015-12-01 00:00:00,1,2", header="time,DSWRF_surface,SPFH_2maboveground"))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((row("2015-12-01 00:00:00", 1.0), row("2015-12-01 05:00:00", 1.0)), "no row for 5 hours"),
        ((row("yesterday", 1.0),), "line 2: 'yesterday' is not a time"),
        (("2015-12-01 00:00:00,1",), "line 2 has 2 cells"),
        ((row("2015-12-01 00:00:00", 1.0).replace("290", "warm"),), "line 2, column 'TMP_2maboveground'"),
        ((), "header and a row"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(rows: tuple[str, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(ForcingError, match="weather.csv") as caught:
        read_aorc(write(tmp_path, *rows))
    assert words in str(caught.value)


def test_an_empty_cell_is_missing_and_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, row("2015-12-01 00:00:00", 1.0).replace("290", ""), row("2015-12-01 01:00:00", 1.0))
    packed = tmp_path / "weather.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    read = read_aorc(packed)
    assert np.isnan(read.forcing.temperature[0, 0])
    with pytest.raises(ForcingError, match="step 0: land_surface_air__temperature is not a number"):
        simulate(PetParameters(), None, read.forcing)


@pytest.fixture(scope="module")
def laramie():
    path = shared("data", "ngen", "forcing_laramie", "Laramie_14Jun09_to_15Apr12.csv.gz")
    return read_aorc(path, longest_gap_s=8 * 3600.0)


SITE = PetParameters(elevation=2184.0, latitude=41.31, longitude=-105.59)


def annual(laramie, year: int, options: PetOptions) -> float:
    """Millimetres of a calendar year."""
    pet = simulate(SITE, None, laramie.forcing, options, start=laramie.start).outputs["potential_evaporation"][0]
    times = laramie.start + np.arange(pet.size) * np.timedelta64(3600, "s")
    return 3.6e6 * pet[times.astype("datetime64[Y]") == np.datetime64(str(year), "Y")].sum()


def test_laramie_is_read_onto_an_even_axis(laramie) -> None:
    """Its clock jumps four times, stands still once, and runs on half hours for a spring."""
    assert laramie.start == np.datetime64("2009-06-14T20:00")
    assert laramie.forcing.temperature.shape == (1, 24866)
    assert laramie.notes == (
        "3 row(s) not later than those before left out, such as line 14364",
        "1159 of 24866 steps interpolated between the rows around them",
    )
    assert all(np.isfinite(values).all() for values in laramie.forcing)


@pytest.mark.parametrize("year", [2010, 2011])
def test_laramie_evaporates_as_much_as_wyoming_is_known_to(laramie, year: int) -> None:
    """Evaporation of free water in Wyoming is 30 to about 50 inches a year (Curtis and Grimes 2004, chapter 10).

    Pressure is by elevation, since the file's jumps to that of the sea level. Longwave radiation is calculated: the
    file's is as strong as that of a sky which is nearly as warm as the air, and gives 200 mm more.
    """
    calculated = annual(laramie, year, PetOptions(longwave=1, pressure=1))
    assert 30 * 25.4 < calculated < 50 * 25.4
    assert calculated == pytest.approx(1110.0, abs=6.0)
    given = annual(laramie, year, PetOptions(pressure=1))
    assert 190.0 < given - calculated < 230.0
    # of the surface's own emission at the temperature of the air
    sky = laramie.forcing.longwave / (5.67e-8 * laramie.forcing.temperature**4)
    assert 0.95 < sky.mean() < 1.0
