"""The ensemble of Richards columns: the same bits as through BMI, in blocks of time, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from ngen_bmi.errors import ForcingError, ParameterError
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.config import load_config
from richards_bmi.ensemble import (
    EnsembleColumn,
    EnsembleForcing,
    EnsembleTimes,
    column_of,
    initial_state,
    simulate,
)
from richards_bmi.grid_settings import SolverSettings
from richards_bmi.options import FREE_DRAINAGE, NO_FLOW, WATER_TABLE, RichardsOptions
from tests.richards_bmi import configs
from tests.richards_bmi.running import component, give

HOURS = 120
OUTPUTS = ("infiltration", "surface_runoff", "actual_evapotranspiration", "percolation", "total_discharge", "storage")
ORDINATES = (0.5, 0.3, 0.2)
DEPTHS = (5.0, 20.0)
PARAMETERS = RichardsParameters(340.9, 15495.0, 0.0, 1e4)
LOAM = EnsembleColumn([CARSEL_PARRISH_1988["loam"]], [40.0], PARAMETERS, 20.0)


def forcing(seed: int, columns: int) -> EnsembleForcing:
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random((columns, HOURS)) < 0.15, rng.uniform(0.0, 40.0, (columns, HOURS)), 0.0)
    return EnsembleForcing(rain, rng.uniform(0.0, 0.6, (columns, HOURS)))


def files(folder: Path, bottom: str) -> list[Any]:
    """Two columns of different layers, cells, roots and ponds."""
    common = {
        "soil_table": "carsel_parrish_1988",
        "bottom": bottom,
        "giuh_ordinates": list(ORDINATES),
        "outputs": {"depths": [f"{depth:g} cm" for depth in DEPTHS]},
        **({"water_table_depth": "90 cm"} if bottom == "water_table" else {}),
    }
    first = configs.column(
        layers=[{"soil": "loam", "thickness": "15 cm"}, {"soil": "clay loam", "thickness": "30 cm"}],
        ponded_depth_max="1 cm",
        **common,
    )
    second = configs.column(
        layers=[{"soil": name, "thickness": "12 cm"} for name in ("silty clay loam", "sandy loam", "loam")],
        roots={"profile": "linear", "depth": "30 cm"},
        grid={"cell": "2 cm", "surface_cell": "0.2 cm"},
        **common,
    )
    return [first, second]


@pytest.mark.parametrize("bottom", ["no_flow", "free_drainage", "water_table"])
def test_an_ensemble_gives_the_same_bits_as_bmi_and_in_blocks(tmp_path: Path, bottom: str) -> None:
    contents = files(tmp_path, bottom)
    loaded = [load_config(configs.write(tmp_path, content, f"cat-{b}.yml")) for b, content in enumerate(contents)]
    columns = [column_of(config) for config in loaded]
    options = loaded[0].options
    weather = forcing(5, len(columns))
    state = initial_state(columns, [config.initial_psi for config in loaded], options, ordinates=ORDINATES)
    whole = simulate(columns, state, weather, options, OUTPUTS, ORDINATES, depths=DEPTHS)
    first = simulate(
        columns, state, EnsembleForcing(*(series[:, :47] for series in weather)), options, OUTPUTS, ORDINATES
    )
    rest = simulate(
        columns, first.state, EnsembleForcing(*(series[:, 47:] for series in weather)), options, OUTPUTS, ORDINATES
    )
    for name in OUTPUTS:
        np.testing.assert_array_equal(
            np.concatenate([first.outputs[name], rest.outputs[name]], axis=1), whole.outputs[name]
        )
    assert np.abs(whole.imbalance).max() < 1e-12
    assert whole.outputs["surface_runoff"].sum() > 0.0
    for b, content in enumerate(contents):
        model = component(tmp_path, content)
        for t in range(HOURS):
            give(model, weather.rain[b, t], weather.pet[b, t])
            model.update()
            for name in OUTPUTS[:-1]:
                assert model.get_value_ptr(name)[0] == whole.outputs[name][b, t]
            for name in ("soil_moisture_at_depths", "soil_suction_at_depths"):
                np.testing.assert_array_equal(model.get_value_ptr(name), whole.outputs[name][b, t])
        assert model.get_value_ptr("substep_count")[0] == whole.counts[b, 0]


def test_hydrostatic_columns_begin_at_rest_over_their_tables() -> None:
    table = LOAM._replace(parameters=PARAMETERS._replace(water_table_depth=100.0))
    state = initial_state([table], options=RichardsOptions(WATER_TABLE), hydrostatic=True)
    assert state.psi[-1] == 60.0
    assert state.psi[0] == pytest.approx(100.0, abs=0.06)


def run(columns: list[EnsembleColumn], **kwargs: Any) -> None:
    rain = kwargs.pop("rain", np.zeros((1, 2)))
    times = kwargs.pop("times", None)
    options = kwargs.pop("options", None)
    state = initial_state(columns, **kwargs)
    simulate(columns, state, EnsembleForcing(rain, np.zeros((1, rain.shape[1]))), options, times=times)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([LOAM, LOAM._replace(root_depth=90.0)], "catchment 1: root_depth: 90 cm is deeper"),
        ([LOAM._replace(root_profile=9)], "catchment 0: root_profile: 9 is not known"),
        ([LOAM._replace(thickness=[20.0, 20.0])], "catchment 0: there are 1 soils and 2 thicknesses"),
        ([LOAM, LOAM._replace(soils=[LOAM.soils[0]._replace(n=0.9)])], "catchment 1: layer 1: n"),
        ([], "there are no columns"),
    ],
)
def test_bad_columns_are_named(columns: list[EnsembleColumn], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        run(columns)


def test_bad_choices_times_states_and_forcing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"bottom: 7 is not known; expected one of 0 \(no_flow\)"):
        run([LOAM], options=RichardsOptions(bottom=7))
    with pytest.raises(ValueError, match="solver.tolerance"):
        run([LOAM], times=EnsembleTimes(solver=SolverSettings(tolerance=-1.0)))
    with pytest.raises(ValueError, match=r"state.psi has shape .* another bottom"):
        run([LOAM], options=RichardsOptions(bottom=FREE_DRAINAGE))
    with pytest.raises(ValueError, match="initial_psi"):
        run([LOAM], initial_psi=-5.0)
    with pytest.raises(ForcingError, match="catchment 0, step 1: .*precipitation_rate"):
        run([LOAM], rain=np.array([[0.0, -1.0]]))
    assert RichardsOptions().bottom == NO_FLOW


def test_a_column_that_is_stuck_is_named_with_step_and_depth() -> None:
    sand = EnsembleColumn([CARSEL_PARRISH_1988["sand"], CARSEL_PARRISH_1988["clay"]], [10.0, 30.0], PARAMETERS, 20.0)
    hourly = EnsembleTimes(solver=SolverSettings(shortest=3600.0))
    with pytest.raises(RuntimeError, match=r"1 of 2 catchments: catchment 1, step 1: no sub-step .* cm deep"):
        run([LOAM, sand], initial_psi=[300.0, 30000.0], rain=np.array([[0.0, 200.0]]), times=hourly)
