"""The ensemble: the same numbers as the component's, for many catchments at once, in blocks or whole."""

from pathlib import Path

import numpy as np
import pytest

from ngen_arid import aorc_weather
from ngen_bmi.errors import ForcingError, ParameterError
from pet_bmi.aorc import COLUMNS
from pet_bmi.coefficients import PetParameters
from pet_bmi.ensemble import EnsembleForcing, initial_state, simulate
from pet_bmi.state import PetFluxes, PetOptions
from pet_bmi.variables import HUMIDITY, LONGWAVE, PRESSURE, SHORTWAVE, TEMPERATURE, WIND_X, WIND_Y
from tests.pet_bmi.configs import by_clock, component, give, outputs, pet

HOURS = 120
START = np.datetime64("2012-10-01T00:00")
NAMES = dict(
    zip(
        EnsembleForcing._fields,
        (TEMPERATURE, HUMIDITY, PRESSURE, SHORTWAVE, LONGWAVE, WIND_X, WIND_Y),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def forcing():
    table = aorc_weather.weather()
    return EnsembleForcing(*(table[COLUMNS[field]][:, :HOURS] for field in EnsembleForcing._fields))


def sites(**others):
    elevations = np.array(aorc_weather.ELEVATIONS)
    return PetParameters(elevation=elevations, latitude=31.8, longitude=-110.5, **others)


@pytest.mark.parametrize(
    "method", ["penman_monteith", "priestley_taylor", "combination", "aerodynamic", "energy_balance"]
)
@pytest.mark.parametrize("clock", [False, True])
def test_is_the_component(method: str, clock: bool, forcing: EnsembleForcing, tmp_path: Path) -> None:
    start = {"start_time": "2012-10-01 00:00:00"}
    config = by_clock(method=method) | start if clock else pet(method=method)
    models = [
        component(tmp_path, config | {"parameters": {**config.get("parameters", {}), "elevation": f"{z} m"}})
        for z in aorc_weather.ELEVATIONS
    ]
    options = models[0]._config.options
    run = simulate(sites(), None, forcing, options, PetFluxes._fields, start=START)
    for b, model in enumerate(models):
        for t in range(HOURS):
            give(model, {name: getattr(forcing, field)[b, t] for field, name in NAMES.items()})
            model.update()
            expected = [run.outputs[name][b, t] for name in PetFluxes._fields]
            assert list(outputs(model).values()) == expected, (b, t)
        assert run.state.clearness[b] == model._memory[0]
    assert run.outputs["potential_evaporation"].max() > 1e-8


def test_blocks_of_time_are_the_whole(forcing: EnsembleForcing) -> None:
    options = PetOptions(longwave=1)
    whole = simulate(sites(), None, forcing, options, start=START)
    cut = 37
    first = simulate(sites(), None, EnsembleForcing(*(v[:, :cut] for v in forcing)), options, start=START)
    kept = first.state.clearness.copy()
    rest = EnsembleForcing(*(v[:, cut:] for v in forcing))
    second = simulate(sites(), first.state, rest, options, start=START + np.timedelta64(cut, "h"))
    both = [run.outputs["potential_evaporation"] for run in (first, second)]
    np.testing.assert_array_equal(np.concatenate(both, axis=1), whole.outputs["potential_evaporation"])
    np.testing.assert_array_equal(first.state.clearness, kept)


def test_one_row_serves_all_and_unused_weather_may_be_absent(forcing: EnsembleForcing) -> None:
    row = EnsembleForcing(*(v[0] for v in forcing))._replace(longwave=None, pressure=None)
    out = np.empty((1, 3, HOURS))
    options = PetOptions(longwave=1, pressure=1)
    run = simulate(sites(), initial_state(sites(), 3), row, options, start=START, out=out)
    assert np.shares_memory(run.outputs["potential_evaporation"], out)
    alone = simulate(PetParameters(*(np.atleast_1d(v)[-1] for v in sites())), None, row, options, start=START)
    np.testing.assert_array_equal(out[0, 2], alone.outputs["potential_evaporation"][0])


def test_any_of_the_weather_may_differ_between_catchments(forcing: EnsembleForcing) -> None:
    one = EnsembleForcing(*(v[:1] for v in forcing))
    run = simulate(PetParameters(), None, one._replace(shortwave=forcing.shortwave))
    assert run.outputs["potential_evaporation"].shape == (3, HOURS)
    alone = simulate(PetParameters(), None, one._replace(shortwave=forcing.shortwave[2:]))
    np.testing.assert_array_equal(run.outputs["potential_evaporation"][2:], alone.outputs["potential_evaporation"])


def test_missing_wind(forcing: EnsembleForcing) -> None:
    gap = forcing.wind_x.copy()
    gap[1, 7] = np.nan
    with pytest.raises(ForcingError, match="catchment 1, step 7: land_surface_wind__x"):
        simulate(sites(), None, forcing._replace(wind_x=gap))
    run = simulate(sites(), None, forcing._replace(wind_x=gap), PetOptions(missing_wind=1), ("wind_speed_2m",))
    assert run.outputs["wind_speed_2m"][1, 7] == pytest.approx(2.0)


def test_what_does_not_fit_is_refused(forcing: EnsembleForcing) -> None:
    with pytest.raises(ParameterError, match="catchment 2"):
        simulate(sites(albedo=np.array([0.2, 0.2, 1.2])), None, forcing)
    with pytest.raises(ValueError, match="longwave is missing"):
        simulate(sites(), None, forcing._replace(longwave=None))
    with pytest.raises(ValueError, match="start"):
        simulate(sites(), None, forcing, PetOptions(longwave=1))
    with pytest.raises(ValueError, match="parameters are for 2 catchments, the forcing is for 3"):
        simulate(PetParameters(albedo=np.array([0.2, 0.3])), None, forcing)
    with pytest.raises(ValueError, match="shortwave has shape"):
        simulate(sites(), None, forcing._replace(shortwave=forcing.shortwave[:, 1:]))
    with pytest.raises(ValueError, match="clearness"):
        simulate(sites(), initial_state(sites(), 2), forcing)
    with pytest.raises(KeyError, match="nosuch"):
        simulate(sites(), None, forcing, outputs=("nosuch",))
