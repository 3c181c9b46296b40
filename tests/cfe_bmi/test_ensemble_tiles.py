"""Catchments in tiles, eight at a time, against the same catchments one by one: the same bits, the same refusals."""

from typing import Any

import numpy as np
import pytest

from cfe_bmi import ensemble_inputs
from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.lanes import LANES
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.state import CLASSIC, ODE, SCHAAKE, XINANJIANG, CfeOptions
from hydro_physics.jit import JIT_ENABLED
from hydro_physics.threads import using_threads
from ngen_bmi.errors import ForcingError

pytestmark = pytest.mark.skipif(not JIT_ENABLED, reason="tiles are for compiled code")

STEPS = 200
SCHEMES = {
    "classic, Schaake": CfeOptions(CLASSIC, SCHAAKE),
    "ODE, Schaake": CfeOptions(ODE, SCHAAKE),
    "classic, Xinanjiang": CfeOptions(CLASSIC, XINANJIANG),
    "ODE, Xinanjiang": CfeOptions(ODE, XINANJIANG),
    "ODE, Schaake, frozen, root zone": CfeOptions(ODE, SCHAAKE, frozen_soil=1, rootzone_et=1),
    "classic, Xinanjiang, frozen": CfeOptions(CLASSIC, XINANJIANG, frozen_soil=1),
}


def parameters(rng: np.random.Generator, count: int) -> CfeParameters:
    """Soils from clay to sand, wet and dry, some with a threshold above saturation."""
    return CAT_87._replace(
        satdk=10.0 ** rng.uniform(-8.0, -3.7, count),
        slope=rng.uniform(0.0, 1.0, count),
        maxsmc=rng.uniform(0.3, 0.55, count),
        b=rng.uniform(2.0, 12.0, count),
        satpsi=10.0 ** rng.uniform(-1.5, -0.1, count),
        depth=rng.uniform(0.5, 2.5, count),
        refkdt=rng.uniform(0.5, 4.0, count),
        Klf=10.0 ** rng.uniform(-3.0, -0.5, count),
        Kn=rng.uniform(0.0, 1.0, count),
        max_gw_storage=rng.uniform(0.01, 0.3, count),
        Cgw=10.0 ** rng.uniform(-5.0, -2.0, count),
        expon=rng.uniform(1.0, 8.0, count),
        x_Xinanjiang_shape_parameter=rng.uniform(0.1, 1.5, count),
        urban_decimal_fraction=rng.uniform(0.0, 0.5, count),
    )


def case(options: CfeOptions, count: int, steps: int = STEPS, seed: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    given = parameters(rng, count)
    shares = rng.dirichlet(np.ones(6), count)
    wet = rng.random((count, steps)) < 0.2
    forcing = EnsembleForcing(
        rain=np.where(wet, rng.gamma(0.7, 8.0, (count, steps)), 0.0),
        pet=np.clip(rng.normal(1e-8, 6e-8, (count, steps)), 0.0, None),
        ice_depth=np.clip(rng.normal(0.0, 0.05, (count, steps)), 0.0, None),
        ice_fraction=rng.uniform(0.0, 0.3, (count, steps)),
        rootzone_moisture=rng.uniform(0.05, 0.3, (count, steps)),
        rootzone_thickness=0.3,
    )
    state = initial_state(given, rng.uniform(0.1, 1.0, count), rng.uniform(0.0, 0.5, count), ordinates=6)
    return {"parameters": given, "state": state, "forcing": forcing, "options": options, "ordinates": shares}


def one_by_one(monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(ensemble_inputs, "LEAST_TILED", 10**9)
        return simulate(**arguments)


def same(a: Any, b: Any) -> bool:
    arrays = [*a.outputs.values(), *a.state, a.imbalance], [*b.outputs.values(), *b.state, b.imbalance]
    return all(x.shape == y.shape and np.array_equal(x, y) for x, y in zip(*arrays, strict=True))


@pytest.mark.parametrize("name", SCHEMES)
def test_same_bits_for_all_outputs(name, monkeypatch):
    given = case(SCHEMES[name], 2 * LANES + 5)  # the last tile is not full
    tiles = simulate(**given, outputs=CfeOutputs._fields)
    assert same(tiles, one_by_one(monkeypatch, **given, outputs=CfeOutputs._fields))
    assert abs(tiles.imbalance).max() < 1e-12
    assert (tiles.outputs["q_out"].max(axis=1) > 0.0).all()


def test_soils_cross_their_threshold_and_rain_meets_wet_soils(monkeypatch):
    # the steps that tiles cannot do in one piece are among those compared above
    given = case(SCHEMES["ODE, Xinanjiang"], LANES)
    storage = simulate(**given, outputs=("soil_storage",)).outputs["soil_storage"]
    from cfe_bmi.ensemble_setup import derive_rows

    threshold = derive_rows(given["parameters"]).soil_threshold[:, None]
    crossed = (storage[:, 1:] > threshold) != (storage[:, :-1] > threshold)
    assert crossed.sum() > 20


@pytest.mark.parametrize("steps", [0, 1, 63, 64, 65])
def test_any_number_of_steps(steps, monkeypatch):
    given = case(CfeOptions(), LANES, steps)
    assert same(simulate(**given), one_by_one(monkeypatch, **given))


def test_one_row_of_forcing_and_of_ordinates_for_all(monkeypatch):
    given = case(CfeOptions(), LANES + 1)
    given["forcing"] = EnsembleForcing(given["forcing"].rain[:1], given["forcing"].pet)
    given["ordinates"] = given["ordinates"][0]
    assert same(simulate(**given), one_by_one(monkeypatch, **given))


@pytest.mark.parametrize("gaps", ["every other step", "backwards", "Fortran order", "part of a longer period"])
def test_outputs_with_gaps_between_them(gaps, monkeypatch):
    """Unchecked stores would go elsewhere."""
    given = case(CfeOptions(), LANES + 1) | {"outputs": ("q_out", "storage")}
    expected = one_by_one(monkeypatch, **given)
    shape = (2, LANES + 1, STEPS)
    whole, out = {
        "every other step": lambda a: (a, a[:, :, : 2 * STEPS : 2]),
        "backwards": lambda a: (a, a[:, :, STEPS - 1 :: -1]),
        "Fortran order": lambda a: (a, a.reshape(-1)[: np.prod(shape)].reshape(shape[::-1]).transpose(2, 1, 0)),
        "part of a longer period": lambda a: (a, a[:, :, 10 : 10 + STEPS]),
    }[gaps](np.full((2, LANES + 1, 2 * STEPS), -9.0))
    assert same(simulate(**given, out=out), expected)
    out[...] = -9.0
    assert (whole == -9.0).all(), "nothing is written beside them"


def test_outputs_that_may_not_be_written():
    given = case(CfeOptions(), LANES)
    out = np.zeros((1, LANES, STEPS))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        simulate(**given, out=out)


def test_forcing_that_may_not_be_written(tmp_path, monkeypatch):
    """As of a memory map of a file."""
    given = case(CfeOptions(), LANES + 1)
    np.save(tmp_path / "rain.npy", given["forcing"].rain)
    mapped = np.load(tmp_path / "rain.npy", mmap_mode="r")
    expected = simulate(**given)
    given["forcing"] = given["forcing"]._replace(rain=mapped)
    assert same(simulate(**given), expected)
    assert same(one_by_one(monkeypatch, **given), expected)


def test_same_bits_with_any_number_of_threads_and_in_blocks_of_time():
    given = case(CfeOptions(ODE), 5 * LANES + 3)
    whole = simulate(**given)
    with using_threads(3):
        assert same(whole, simulate(**given))
    forcing = given.pop("forcing")
    state, parts = given.pop("state"), []
    for block in (slice(0, 70), slice(70, None)):
        run = simulate(**given, state=state, forcing=EnsembleForcing(forcing.rain[:, block], forcing.pet[:, block]))
        state = run.state
        parts.append(run.outputs["q_out"])
    assert np.array_equal(np.hstack(parts), whole.outputs["q_out"])


def test_states_on_the_way(monkeypatch):
    given = case(CfeOptions(), LANES + 4)
    found = []
    for least in (1, 10**9):
        monkeypatch.setattr(ensemble_inputs, "LEAST_TILED", least)
        inputs = ensemble_inputs.prepare(
            given["parameters"], given["state"], given["forcing"], CfeOptions(), ("q_out",), given["ordinates"]
        )
        trails = np.full((LANES + 4, 30, inputs.storages.shape[1]), np.nan)
        ensemble_inputs.run(inputs, None, 7, trails)
        found.append(trails)
    assert np.array_equal(*found, equal_nan=True)
    assert np.isfinite(found[0][:, : -(-STEPS // 7)]).all()


@pytest.mark.parametrize("bad", [np.nan, -1.0, 1e9])
def test_bad_forcing_is_refused_in_the_same_words(bad, monkeypatch):
    given = case(CfeOptions(), 2 * LANES)
    given["forcing"].rain[LANES + 3, 150] = bad
    given["forcing"].rain[LANES + 7, 20] = bad
    messages = []
    for run in (simulate, lambda **arguments: one_by_one(monkeypatch, **arguments)):
        with pytest.raises(ForcingError) as caught:
            run(**given)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert f"catchment {LANES + 3}" in messages[0]
    assert "150" in messages[0]
