"""Synthetic CAMELS: the same basin every time, drier along the gradient, with the errors that it says."""

import numpy as np
import pytest

pytest.importorskip("xarray")
pytest.importorskip("scipy")

from basin_study.dataset import DataError, Period, check_dataset
from basin_study.sources import BasinSource, open_source
from basin_study.synthetic_climate import climate_of, place_in_gradient
from basin_study.synthetic_truth import basin_of, unit_hydrograph
from cfe_bmi.parameters import problems_of


@pytest.fixture(scope="module")
def source():
    return open_source("synthetic", basins=6, years=1)


def test_a_basin_is_the_same_whatever_else_is_asked_for(source):
    assert isinstance(source, BasinSource)
    one = source.read("synthetic-0003")
    check_dataset(one)
    alone = open_source("synthetic", basins=3, years=1)
    again = alone.read("synthetic-0003")
    assert one.identical(again)
    both = source.attributes().sel(basin=["synthetic-0003"])
    assert both.identical(alone.attributes().sel(basin=["synthetic-0003"]))
    other = open_source("synthetic", basins=3, years=1, seed=1).read("synthetic-0003")
    assert not np.array_equal(one["precipitation"].values, other["precipitation"].values)


def test_what_is_kept_cannot_be_changed_from_outside(source):
    before = source.read("synthetic-0001")["streamflow"].values.copy()
    source.read("synthetic-0001")["streamflow"][:] = 0.0
    np.testing.assert_array_equal(source.read("synthetic-0001")["streamflow"].values, before)


def test_the_gradient_is_filled_evenly():
    places = sorted(place_in_gradient(k) for k in range(63))
    np.testing.assert_allclose(places, np.arange(1, 64) / 64)
    aridity = np.array([climate_of(k, 0).aridity for k in range(300)])
    assert 0.2 < aridity.min() < 0.21
    assert 4.8 < aridity.max() < 5.0
    assert abs((aridity > 1.0).mean() - 0.5) < 0.02
    climate = climate_of(7, 0)
    np.testing.assert_allclose(climate.pet / climate.rain, climate.aridity, rtol=1e-14)


def test_dry_basins_give_less_of_their_rain(source):
    ratios = {}
    for basin in source.basins():
        data = source.read(basin)
        rain, flow = data["precipitation"].values.sum(), data["true_streamflow"].values.sum()
        assert 0.0 <= flow < rain
        ratios[float(data["aridity"][0])] = flow / rain
    by_aridity = [ratios[key] for key in sorted(ratios)]
    assert by_aridity[0] > 0.5
    assert by_aridity[0] > by_aridity[2] > by_aridity[-1]


def test_errors_have_a_mean_of_one():
    made = open_source("synthetic", basins=1, noise=0.5, gaps=False)
    # without its correction the mean would be 1.118
    assert abs(made._observed(0, np.ones(200000)).mean() - 1.0) < 0.05


def test_flow_follows_the_rain_of_its_own_hours_and_basin(source):
    wet = [source.read(basin) for basin in ("synthetic-0002", "synthetic-0004")]
    rain = [data["precipitation"].values[0] for data in wet]
    flow = wet[0]["true_streamflow"].values[0]
    later = [np.corrcoef(rain[0][:8000], flow[lag : 8000 + lag])[0, 1] for lag in (3, 500)]
    assert later[0] > 0.3 > later[1] + 0.1
    assert abs(np.corrcoef(rain[0] > 0.0, rain[1] > 0.0)[0, 1]) < 0.1


def test_errors_have_the_spread_they_say():
    plain = open_source("synthetic", basins=1, years=4, noise=0.3, gaps=False).read("synthetic-0001")
    true, seen = plain["true_streamflow"].values[0], plain["streamflow"].values[0]
    there = true > 1e-9
    assert there.sum() > 5000
    factors = seen[there] / true[there]
    assert abs(factors.std() - 0.3) < 0.04
    logs = np.log(factors)
    assert 0.3 < np.corrcoef(logs[:-1], logs[1:])[0, 1] < 0.7
    exact = open_source("synthetic", basins=1, years=1, noise=0.0, gaps=False).read("synthetic-0001")
    np.testing.assert_array_equal(exact["streamflow"].values, exact["true_streamflow"].values)
    assert exact.attrs["observed_share"] == 1.0


def test_observations_are_missing_at_times(source):
    shares = [source.read(basin).attrs["observed_share"] for basin in source.basins()]
    assert min(shares) < 1.0
    assert np.mean(shares) > 0.5
    for basin in source.basins():
        data = source.read(basin)
        assert data.attrs["observed_share"] == np.isfinite(data["streamflow"].values).mean()


def test_periods(source):
    data = source.read("synthetic-0002", Period("1999-01-01", "1999-02-01"))
    assert data.sizes["time"] == 31 * 24
    with pytest.raises(DataError, match="period 1990-10-01 to 1999-10-01 is not covered; the data have 1998-10-01"):
        source.read("synthetic-0002", Period("1990-10-01", "1999-10-01"))
    with pytest.raises(DataError, match="no basin 'synthetic-0007' among 6"):
        source.read("synthetic-0007")


def test_base_parameters_can_be_run_and_follow_the_soil(source):
    many = open_source("synthetic", basins=40)
    conductivity = set()
    for basin in many.basins():
        config = many.cfe_config(basin)
        assert problems_of(config.parameters) == []
        assert config.parameters.maxsmc == many.attributes()["soil_porosity"].sel(basin=basin)
        assert abs(sum(config.giuh_ordinates) - 1.0) < 1e-12
        conductivity.add(config.parameters.satdk)
    assert len(conductivity) == 7


def test_the_truth_has_a_crust_only_where_it_is_dry():
    ratio = {}
    for aridity in (0.5, 4.0):
        soils = [basin_of(k, 0, aridity)[1].soils for k in range(200)]
        ratio[aridity] = np.exp(np.mean([np.log(s[0].ks / s[1].ks) for s in soils]))
    assert 0.8 < ratio[0.5] < 1.25
    assert ratio[4.0] < 0.4


def test_unit_hydrographs_are_slower_in_large_flat_basins():
    small, large = unit_hydrograph(30.0, 60.0), unit_hydrograph(1800.0, 4.0)
    assert abs(small.sum() - 1.0) < 1e-12
    assert small @ np.arange(small.size) < large @ np.arange(large.size)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"basins": 0}, "basins is 0; expected a whole number of at least 1"),
        ({"years": 2.5}, "years is 2.5"),
        ({"start": "1998-01-01"}, "expected a first of October"),
        ({"noise": -1.0, "seed": -1}, "2 problems"),
        ({"path": "."}, "a path is given"),
        ({"basin": 3}, "no option 'basin'; did you mean basins"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(DataError, match=message):
        open_source("synthetic", **options)
