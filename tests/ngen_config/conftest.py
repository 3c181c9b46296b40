"""A generated hydrofabric with two days of generated weather."""

import pytest

from ngen_config import Request
from ngen_config.example import START, example_rows, write_geopackage
from ngen_config.geopackage import GeoPackage
from ngen_config.weather import places, weather
from ngen_config.weather_files import write_csv_files


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """Weather of the six divides."""
    path = write_geopackage(tmp_path_factory.mktemp("weather") / "basin.gpkg", example_rows())
    with GeoPackage(path) as file:
        where = places(file)
    return [place.id for place in where], weather(where, START, 48)


@pytest.fixture
def basin(tmp_path):
    """A GeoPackage of the test's own."""
    return write_geopackage(tmp_path / "basin.gpkg", example_rows())


@pytest.fixture
def forcing(tmp_path, table):
    ids, values = table
    write_csv_files(tmp_path / "forcing", ids, START, values)
    return tmp_path / "forcing"


@pytest.fixture
def request_for(tmp_path, basin):
    """Make a request for the basin, by default for CFE."""

    def make(**changes):
        given = {"geopackage": basin, "output": tmp_path / "run", "model": "cfe_classic"}
        if "forcing" not in changes:
            given |= {"start": START, "end": "2012-07-02 23:00:00"}
        return Request(**(given | changes))

    return make
