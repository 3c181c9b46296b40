"""Evapotranspiration that the sun could not make is flagged, whatever its sum over the year."""

import numpy as np
import pytest

pytest.importorskip("xarray")

from basin_study.dataset import make_dataset
from basin_study.screen import screen_basin
from basin_study.screen_evaporation import evaporation_over_limit, solar_limit
from basin_study.sources import open_source
from pet_bmi.sun import extraterrestrial_radiation
from tests.paths import shared

HOURS = 2 * 8766
TIMES = np.datetime64("2001-10-01", "s") + np.arange(HOURS) * np.timedelta64(3600, "s")
MONTH = TIMES.astype("datetime64[M]").astype(np.int64) % 12


def evaporation(moved=0):
    """Half of what the sun could evaporate at 35 degrees north, `moved` months later than it is."""
    return 0.5 * solar_limit(35.0)[(MONTH - moved) % 12]


def flags(pet, latitude=35.0):
    data = make_dataset(
        ["a"],
        TIMES,
        {"precipitation": np.full((1, HOURS), 0.1), "potential_evapotranspiration": pet[None]},
        attributes={"latitude": [latitude]},
    )
    return set(screen_basin(data).flags) - {"no observations"}


@pytest.mark.parametrize("latitude", [-55.0, -20.0, 0.0, 35.0, 60.0])
def test_one_day_stands_for_its_month(latitude):
    days = np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]")
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    radiation = [
        extraterrestrial_radiation(np.radians(latitude), float(day + 1), 0.0, np.pi) for day in range(len(days))
    ]
    means = np.bincount(month, radiation) / np.bincount(month)
    np.testing.assert_allclose(solar_limit(latitude) * 2.45e6 / 3600.0, means, rtol=0.03)


def test_most_is_in_june_in_the_north_and_in_december_in_the_south():
    north, south = solar_limit(40.0), solar_limit(-40.0)
    assert north.argmax() == 5
    assert south.argmax() == 11


def test_a_season_that_follows_the_sun_has_no_flag_and_one_that_does_not_has():
    assert flags(evaporation()) == set()
    assert evaporation_over_limit(TIMES, evaporation(), 35.0) == pytest.approx(0.5)
    assert flags(evaporation(moved=6)) == {"evaporation"}
    # the same water in the year
    assert evaporation().sum() == pytest.approx(evaporation(moved=6).sum(), rel=0.01)


def test_half_a_year_is_right_in_the_south_and_wrong_in_the_north():
    southern = 0.5 * solar_limit(-35.0)[MONTH]
    assert flags(southern, latitude=-35.0) == set()
    assert flags(southern, latitude=35.0) == {"evaporation"}


def test_millimetres_of_a_day_taken_as_those_of_an_hour_are_found():
    assert flags(24.0 * evaporation()) == {"evaporation"}


def test_without_a_latitude_or_whole_months_nothing_is_said():
    assert flags(evaporation(moved=6), latitude=np.nan) == set()
    assert np.isnan(evaporation_over_limit(TIMES[: 24 * 20], evaporation()[: 24 * 20], 35.0))


def test_polar_night_has_no_evaporation():
    assert evaporation_over_limit(TIMES, 0.5 * solar_limit(80.0)[MONTH], 80.0) == pytest.approx(0.5)
    assert evaporation_over_limit(TIMES, np.full(HOURS, 1e-3), 80.0) == np.inf


def test_little_washitas_evapotranspiration_is_out_of_season():
    source = open_source("little_washita", shared("data", "little_washita"))
    found = screen_basin(source.read(source.basins()[0]))
    assert "evaporation" in found.flags
    assert 1.2 < found.evaporation_over_limit < 1.6


def test_the_basins_of_camels_have_what_the_sun_can_make():
    folder = shared("data", "camels_daily_sample")
    source = open_source("camels_daily", folder)
    for basin in source.basins()[:4]:
        assert 0.2 < screen_basin(source.read(basin)).evaporation_over_limit < 0.8, basin
