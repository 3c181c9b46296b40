"""The ensemble: bit for bit the BMI component, in any number of threads and blocks of time, with clear refusals."""

import numpy as np
import pytest

from hydro_physics.threads import using_threads
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.config import load_config
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, gather, initial_state, simulate
from lgar_bmi.events import EVENTS, FULL
from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.outputs import PUBLISHED, TOO_MANY_FRONTS
from ngen_bmi.errors import ForcingError, ParameterError
from tests.lgar_bmi import configs, running
from tests.lgar_bmi.test_bmi import VARIANTS
from tests.lgar_bmi.test_frozen import NODES

STEPS = 150
CONFIGS = VARIANTS | {
    "frozen": configs.column(substeps={"method": "adaptive"}, **NODES),
    "short steps": configs.column(forcing={"step": "600 s"}, substeps={"length": "150 s"}),
    "long steps": configs.column(forcing={"step": "10800 s"}),
    "one layer": configs.with_layers({"soil": "clay loam", "thickness": "50 cm"}),
}
COLUMNS = EnsembleColumns(np.array([[LOAM, LOAM], [CRUST, LOAM], [LOAM, CRUST]]), np.array([[10.0, 40.0]]), PARAMETERS)


def forcing(catchments=1, steps=STEPS, seed=3):
    rain, pet = np.stack([running.weather(steps, seed + b) for b in range(catchments)], axis=2).T.swapaxes(0, 1)
    return EnsembleForcing(np.ascontiguousarray(rain), np.ascontiguousarray(pet))


@pytest.mark.parametrize("name", CONFIGS)
def test_outputs_are_bit_for_bit_those_of_the_component(name, tmp_path):
    content = CONFIGS[name] | {"outputs": {"moisture_depths": {"value": [0.0, 12.0, 30.0], "unit": "cm"}}}
    path = configs.write(tmp_path, content)
    config = load_config(path)
    columns, state, ordinates, options, times = gather([config])
    weather = forcing()
    temperatures = None
    if config.temperature_nodes:
        temperatures = np.random.default_rng(2).uniform(272.8, 273.3, (1, STEPS, len(config.temperature_nodes)))
        weather = weather._replace(soil_temperature=temperatures, temperature_nodes=config.temperature_nodes)
    result = simulate(columns, state, weather, options, PUBLISHED, ordinates, times, config.moisture_depths)
    model = running.component(tmp_path, content)
    for t in range(STEPS):
        warmth = None if temperatures is None else temperatures[0, t]
        running.give(model, weather.rain[0, t], weather.pet[0, t], warmth)
        model.update()
        for output in PUBLISHED:
            assert running.read(model, output) == result.outputs[output][0, t], (output, t)
        moistures = model.get_value_ptr("soil_moisture_at_depths")
        np.testing.assert_array_equal(moistures, result.outputs["soil_moisture_at_depths"][0, t])
    assert abs(result.imbalance).max() < 1e-12
    assert result.events[0].tolist() == [running.read(model, f"front_{event}_count") for event in EVENTS]


@pytest.mark.parametrize("options", [LgarOptions(), LgarOptions(substeps=ADAPTIVE)])
def test_blocks_of_time_are_the_same_as_one_run(options):
    weather = forcing(3)
    nodes = (5.0, 25.0)
    temperatures = np.random.default_rng(2).uniform(272.8, 273.3, (1, STEPS, 2))
    state = initial_state(COLUMNS, [500.0, 1000.0, 3000.0], ordinates=2)
    shares = (0.7, 0.3)

    def block(begin, end):
        return EnsembleForcing(weather.rain[:, begin:end], weather.pet[:, begin:end], temperatures[:, begin:end], nodes)

    whole = simulate(COLUMNS, state, block(0, STEPS), options, ordinates=shares)
    parts = []
    for begin in range(0, STEPS, 37):
        part = simulate(COLUMNS, state, block(begin, begin + 37), options, ordinates=shares)
        state = part.state
        parts.append(part)
    discharge = np.hstack([part.outputs["total_discharge"] for part in parts])
    np.testing.assert_array_equal(discharge, whole.outputs["total_discharge"])
    for a, b in zip(state, whole.state, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(sum(part.events for part in parts), whole.events)


def test_the_state_given_is_not_changed():
    state = initial_state(COLUMNS, 1000.0)
    before = [values.copy() for values in state]
    simulate(COLUMNS, state, forcing(3))
    for values, kept in zip(state, before, strict=True):
        np.testing.assert_array_equal(values, kept)


def test_results_do_not_depend_on_the_number_of_threads():
    columns = COLUMNS._replace(thickness=np.linspace(10.0, 50.0, 24).reshape(12, 2), soils=[[LOAM, CRUST]])
    state = initial_state(columns, 1000.0)
    runs = []
    for count in (1, 3):
        with using_threads(count):
            runs.append(simulate(columns, state, forcing(12)))
    for run in runs[1:]:
        np.testing.assert_array_equal(run.outputs["total_discharge"], runs[0].outputs["total_discharge"])
    assert len(np.unique(runs[0].outputs["total_discharge"].sum(axis=1))) == 12


def test_one_row_serves_all():
    weather = forcing(1)
    state = initial_state(COLUMNS, 1000.0, ordinates=2)
    shared = simulate(COLUMNS, state, weather, ordinates=(0.7, 0.3))
    repeated = simulate(
        COLUMNS._replace(thickness=np.repeat(COLUMNS.thickness, 3, axis=0)),
        state,
        EnsembleForcing(np.repeat(weather.rain, 3, axis=0), np.repeat(weather.pet, 3, axis=0)),
        ordinates=np.repeat([(0.7, 0.3)], 3, axis=0),
    )
    np.testing.assert_array_equal(shared.outputs["total_discharge"], repeated.outputs["total_discharge"])


def test_catchments_that_can_be_gathered_give_what_each_gives_alone(tmp_path):
    contents = [configs.column(giuh_ordinates=[0.7, 0.3]), configs.column(initial_psi="200 cm")]
    read = [load_config(configs.write(tmp_path, content, f"{i}.yml")) for i, content in enumerate(contents)]
    columns, state, ordinates, options, times = gather(read)
    assert ordinates.shape == (2, 5)
    together = simulate(columns, state, forcing(1), options, ordinates=ordinates, times=times)
    for b, config in enumerate(read):
        columns, state, ordinates, options, times = gather([config])
        alone = simulate(columns, state, forcing(1), options, ordinates=ordinates, times=times)
        np.testing.assert_array_equal(together.outputs["total_discharge"][b], alone.outputs["total_discharge"][0])


@pytest.mark.parametrize("other", [VARIANTS["adaptive"], CONFIGS["short steps"], CONFIGS["one layer"]])
def test_catchments_that_differ_cannot_be_gathered(tmp_path, other):
    paths = [configs.write(tmp_path, content, f"{i}.yml") for i, content in enumerate((configs.column(), other))]
    with pytest.raises(ValueError, match=r"1\.yml does not have the options"):
        gather([load_config(path) for path in paths])


def test_outputs_go_where_the_caller_says(tmp_path):
    out = np.memmap(tmp_path / "out.dat", dtype=np.float64, mode="w+", shape=(2, 3, STEPS))
    state = initial_state(COLUMNS, 1000.0)
    run = simulate(COLUMNS, state, forcing(3), outputs=("soil_storage", "total_discharge"), out=out)
    assert np.shares_memory(run.outputs["soil_storage"], out)
    np.testing.assert_array_equal(out[1], simulate(COLUMNS, state, forcing(3)).outputs["total_discharge"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1])
@pytest.mark.parametrize(
    ("field", "name"), [("rain", "precipitation_rate"), ("pet", "potential_evapotranspiration_rate")]
)
def test_refused_forcing_is_named_by_catchment_and_step(field, name, bad):
    weather = forcing(3)
    getattr(weather, field)[1, 17] = bad
    with pytest.raises(ForcingError, match=rf"1 of 3 catchments: catchment 1, step 17: {name}"):
        simulate(COLUMNS, initial_state(COLUMNS, 1000.0), weather)


def test_refused_temperature_is_named_by_catchment_and_step():
    temperatures = np.full((1, STEPS, 2), 280.0)
    temperatures[0, 9, 1] = 0.0
    weather = forcing(3)._replace(soil_temperature=temperatures, temperature_nodes=(5.0, 25.0))
    with pytest.raises(ForcingError, match=r"3 of 3 catchments: catchment 0, step 9: soil_temperature_profile = 0"):
        simulate(COLUMNS, initial_state(COLUMNS, 1000.0), weather)


def test_a_column_that_failed_is_named(monkeypatch):
    def fail(*arguments):
        arguments[-1][1] = (TOO_MANY_FRONTS, 5)

    monkeypatch.setattr("lgar_bmi.ensemble.run_ensemble", fail)
    with pytest.raises(RuntimeError, match="1 of 3 catchments: catchment 1, step 5: there are more wetting fronts"):
        simulate(COLUMNS, initial_state(COLUMNS, 1000.0), forcing(3))
    assert FULL not in range(len(EVENTS))


def test_refused_parameters_are_named_by_catchment():
    soils = np.array(COLUMNS.soils)
    soils[1, 1, 0] = 0.5  # residual above saturated moisture
    columns = COLUMNS._replace(soils=soils, parameters=PARAMETERS._replace(frac_to_CR=np.array([0.0, 0.0, 0.3])))
    with pytest.raises(ParameterError, match="2 of 3 catchments") as caught:
        simulate(columns, initial_state(COLUMNS, 1000.0), forcing(3))
    assert "catchment 1: layer 2: theta_r = 0.5 (smcmin_2)" in str(caught.value)
    assert "catchment 2: frac_to_CR = 0.3" in str(caught.value)
    thin = COLUMNS._replace(thickness=np.array([[10.0, np.nan]]))
    with pytest.raises(ParameterError, match="catchment 0: layer 2: thickness is not a number"):
        simulate(thin, initial_state(COLUMNS, 1000.0), forcing(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rain": np.zeros((2, 5))}, r"forcing.rain has shape \(2, 5\); expected \(1 or 3"),
        ({"pet": np.zeros((1, 4))}, r"forcing.pet has shape \(1, 4\); expected \(1 or 3, 5\)"),
        ({"soil_temperature": np.zeros((1, 5, 2))}, "go together"),
        ({"soil_temperature": np.zeros((1, 5)), "temperature_nodes": (5.0, 25.0)}, r"soil_temperature has shape"),
        (
            {"soil_temperature": np.zeros((1, 5, 2)), "temperature_nodes": (5.0, 6.0)},
            "none is in layer 2 of catchment 0",
        ),
        ({"soil_temperature": np.zeros((1, 5, 2)), "temperature_nodes": (25.0, 5.0)}, "have to increase"),
        ({"ordinates": (0.5, 0.4)}, "sum to 1"),
        ({"ordinates": (0.5, 0.5)}, r"state.queue has shape \(3, 1\); expected \(3, 2\)"),
        ({"ordinates": ((1.0,), (1.0,))}, r"ordinates has shape \(2, 1\)"),
        ({"out": np.zeros((1, 3, 4))}, "out has shape"),
        ({"outputs": ("Q",)}, "no output 'Q'"),
        ({"outputs": "storage"}, "outputs is the string 'storage'; expected a sequence"),
        ({"options": LgarOptions(capillary_drive=7)}, r"options.capillary_drive is 7; expected one of \(0, 1, 2\)"),
        ({"options": LgarOptions(drainage_to_reservoir=1)}, "needs free_drainage"),
        ({"options": LgarOptions(infiltration=2)}, r"options.infiltration is 2; expected one of \(0, 1\)"),
        ({"options": LgarOptions(infiltration=1, lgar_c=1)}, "options.lgar_c knows that alone"),
        ({"times": EnsembleTimes(step=0.0)}, "times: step = 0"),
        ({"times": EnsembleTimes(step=5000.0)}, "neither divide an hour"),
        ({"moisture_depths": (60.0,)}, "moisture_depths"),
    ],
)
def test_shapes_and_names_are_checked(change, message):
    fields = {name: change.pop(name) for name in EnsembleForcing._fields if name in change}
    weather = EnsembleForcing(np.zeros((1, 5)), np.zeros((1, 5)))._replace(**fields)
    with pytest.raises((ValueError, KeyError, TypeError), match=message):
        simulate(COLUMNS, initial_state(COLUMNS, 1000.0), weather, **change)


def test_columns_have_to_fit_each_other():
    with pytest.raises(ValueError, match=r"columns.soils has shape \(3, 2, 5\) and columns.thickness \(1, 3\)"):
        initial_state(COLUMNS._replace(thickness=[[1.0, 2.0, 3.0]]), 1000.0)
    with pytest.raises(ValueError, match="3 columns of soils, 2 of thicknesses"):
        initial_state(COLUMNS._replace(thickness=np.ones((2, 2))), 1000.0)


@pytest.mark.parametrize("bad", [np.nan, -1e-9, np.inf])
@pytest.mark.parametrize("name", ["fronts", "frozen", "queue"])
def test_states_that_cannot_be_are_refused(name, bad):
    state = initial_state(COLUMNS, 1000.0)
    getattr(state, name)[1] = bad
    with pytest.raises(ValueError, match=rf"state.{name} of catchment 1 holds"):
        simulate(COLUMNS, state, forcing(3))


def test_a_state_of_other_layers_is_refused():
    """Of the same number of them: fronts stand at the bottoms that the state's own columns have."""
    columns = COLUMNS._replace(thickness=np.array([[10.0, 40.0], [10.0, 40.0], [12.5, 40.0]]))
    state = initial_state(columns, 1000.0)
    simulate(columns, state, forcing(3))
    with pytest.raises(
        ValueError, match=r"state.fronts of catchment 2: .* layer 1 stands at 12.5 cm; expected 10 cm, where"
    ):
        simulate(COLUMNS, state, forcing(3))
    state.front_integers[1, 1, 1] = 0
    with pytest.raises(
        ValueError, match=r"state.front_integers of catchment 1: no front, .* bottom of layer 2; expected one"
    ):
        simulate(columns, state, forcing(3))


@pytest.mark.parametrize(("name", "kind"), [("fronts", np.float32), ("queue", np.float32), ("front_integers", float)])
def test_a_state_of_fewer_digits_is_refused(name, kind):
    state = initial_state(COLUMNS, 1000.0)
    state = state._replace(**{name: getattr(state, name).astype(kind)})
    with pytest.raises(ValueError, match=rf"state.{name} is float\d\d; expected (float64|int64)"):
        simulate(COLUMNS, state, forcing(3))


@pytest.mark.parametrize("field", ["theta_e", "alpha", "n", "theta_r"])
def test_a_state_of_other_soils_is_refused(field):
    """Its moistures would not be those of the soils at its suctions: water from nowhere, and wrong derivatives."""
    run = simulate(COLUMNS, initial_state(COLUMNS, 1000.0), forcing(3))
    simulate(COLUMNS, run.state, forcing(3))
    soils = np.array(COLUMNS.soils, dtype=np.float64)
    soils[1, 0, VanGenuchtenSoil._fields.index(field)] *= 1.0 + 1e-6
    other = COLUMNS._replace(soils=soils)
    for state in (initial_state(COLUMNS, 1000.0), run.state):
        with pytest.raises(ValueError, match="state.fronts of catchment 1: front . has .* made for other"):
            simulate(other, state, forcing(3))
    # conductivity is none of the state's business
    soils = np.array(COLUMNS.soils, dtype=np.float64)
    soils[1, 0, VanGenuchtenSoil._fields.index("ks")] *= 2.0
    simulate(COLUMNS._replace(soils=soils), initial_state(COLUMNS, 1000.0), forcing(3))


def test_moistures_that_no_suction_has_are_refused():
    state = initial_state(COLUMNS, 1000.0)
    state.fronts[2, 1, 0] = 0.99
    with pytest.raises(ValueError, match=r"state.fronts of catchment 2: front 1 has a moisture of 0.99"):
        simulate(COLUMNS, state, forcing(3))
