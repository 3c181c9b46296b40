"""The ensemble: bit for bit the BMI component, in any number of threads and blocks of time, with clear refusals."""

import numpy as np
import pytest

from cfe_bmi import BmiCfe
from cfe_bmi.config import load_config
from cfe_bmi.ensemble import EnsembleForcing, gather, initial_state, simulate
from cfe_bmi.ensemble_inputs import prepare
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import NASH, ODE, XINANJIANG, CfeOptions
from hydro_physics.threads import using_threads
from ngen_bmi.errors import ForcingError, ParameterError
from tests.cfe_bmi import configs

GIUH = (0.06, 0.51, 0.28, 0.12, 0.03)
STEPS = 300


def weather(catchments=1, steps=STEPS, seed=3):
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random((catchments, steps)) < 0.2, rng.gamma(0.7, 6.0, (catchments, steps)), 0.0)
    return rain, rng.uniform(0.0, 2e-7, (catchments, steps))


CONFIGS = {
    "classic": configs.cat_87(),
    "ode": configs.cat_87(soil_scheme="ode"),
    "ode_power": configs.cat_87({"soil_expon": 2.0, "soil_expon_secondary": 1.5}, soil_scheme="ode"),
    "xinanjiang_nash": configs.nash_87(configs.XINANJIANG, partitioning="xinanjiang"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_outputs_are_bit_for_bit_those_of_the_component(name, tmp_path):
    path = configs.write(tmp_path, CONFIGS[name])
    parameters, state, ordinates, options = gather([load_config(path)])
    rain, pet = weather()
    published = [v for v in BmiCfe().get_output_var_names() if v.isupper() and v not in ("GIUH_RUNOFF", "SURF_RUNOFF_SCHEME")]  # fmt: skip  # noqa: E501
    run = simulate(parameters, state, EnsembleForcing(rain, pet), options, published, ordinates)

    model = BmiCfe()
    model.initialize(path)
    for t in range(STEPS):
        configs.give(model, rain[0, t], pet[0, t])
        model.update()
        for output in published:
            assert configs.read(model, output) == run.outputs[output][0, t], (output, t)
    assert abs(run.imbalance).max() < 1e-14


def test_blocks_of_time_are_the_same_as_one_run():
    rain, pet = weather(4)
    p = CAT_87._replace(satdk=np.geomspace(1e-6, 1e-4, 4))
    options = CfeOptions(soil_scheme=ODE, surface_runoff=NASH)
    state = initial_state(p, 0.6, 0.1, surface=3, lateral=3)
    whole = simulate(p, state, EnsembleForcing(rain, pet), options, ("Q_OUT", "soil_storage"))
    parts = []
    for begin in range(0, STEPS, 70):
        block = EnsembleForcing(rain[:, begin : begin + 70], pet[:, begin : begin + 70])
        part = simulate(p, state, block, options, ("Q_OUT", "soil_storage"))
        state = part.state
        parts.append(part.outputs["Q_OUT"])
    np.testing.assert_array_equal(np.hstack(parts), whole.outputs["Q_OUT"])
    for a, b in zip(state, whole.state, strict=True):
        np.testing.assert_array_equal(a, b)


def test_arrays_of_any_layout_are_brought_into_one():
    """Compiled code is made for each order of memory, and for read-only arrays, anew."""
    rain, pet = weather(3, 4)
    state = initial_state(CAT_87, np.full(3, 0.6), 0.1, ordinates=5)
    state = state._replace(queue=np.asfortranarray(state.queue), lateral=np.asfortranarray(state.lateral))
    ordinates = np.broadcast_to(np.array(GIUH), (3, 5))
    transposed = EnsembleForcing(np.asfortranarray(rain), np.asfortranarray(pet))
    varying = {"satdk": np.asfortranarray(np.full((3, 4), CAT_87.satdk))}
    inputs = prepare(CAT_87, state, transposed, CfeOptions(), ("Q_OUT",), ordinates, varying=varying)
    for name, values in inputs._asdict().items():
        for array in values if name == "fields" else (values,):
            if isinstance(array, np.ndarray):
                assert array.flags.c_contiguous, name
                assert array.flags.writeable, name


def test_the_state_given_is_not_changed():
    rain, pet = weather(2)
    state = initial_state(CAT_87, np.array([0.6, 0.7]), 0.1, ordinates=5)
    before = [values.copy() for values in state]
    simulate(CAT_87, state, EnsembleForcing(rain, pet), ordinates=GIUH)
    for values, kept in zip(state, before, strict=True):
        np.testing.assert_array_equal(values, kept)


def test_results_do_not_depend_on_the_number_of_threads():
    rain, pet = weather(16)
    p = CAT_87._replace(b=np.linspace(2.0, 12.0, 16))
    state = initial_state(p, 0.6, 0.1, ordinates=5)
    runs = []
    for count in (1, 3):
        with using_threads(count):
            runs.append(simulate(p, state, EnsembleForcing(rain, pet), CfeOptions(soil_scheme=ODE), ordinates=GIUH))
    for run in runs[1:]:
        np.testing.assert_array_equal(run.outputs["q_out"], runs[0].outputs["q_out"])


def test_one_row_of_forcing_and_ordinates_serves_all():
    rain, pet = weather(3)
    p = CAT_87._replace(maxsmc=np.array([0.40, 0.45, 0.50]))
    state = initial_state(p, 0.6, 0.1, ordinates=5)
    shared = simulate(p, state, EnsembleForcing(rain[:1], pet[:1]), ordinates=GIUH)
    repeated = simulate(
        p,
        state,
        EnsembleForcing(np.repeat(rain[:1], 3, axis=0), np.repeat(pet[:1], 3, axis=0)),
        ordinates=np.repeat([GIUH], 3, axis=0),
    )
    np.testing.assert_array_equal(shared.outputs["q_out"], repeated.outputs["q_out"])
    assert len(np.unique(shared.outputs["q_out"].sum(axis=1))) == 3


def test_short_unit_hydrographs_are_filled_up(tmp_path):
    short = configs.cat_87(giuh_ordinates=[0.7, 0.3])
    paths = [configs.write(tmp_path, c, f"{i}.yml") for i, c in enumerate((short, configs.cat_87()))]
    parameters, state, ordinates, options = gather([load_config(path) for path in paths])
    assert ordinates.shape == (2, 5)
    rain, pet = weather(2)
    run = simulate(parameters, state, EnsembleForcing(rain, pet), options, ("Q_OUT",), ordinates)
    alone = gather([load_config(paths[0])])
    single = simulate(*alone[:2], EnsembleForcing(rain[:1], pet[:1]), alone[3], ("Q_OUT",), alone[2])
    np.testing.assert_allclose(run.outputs["Q_OUT"][0], single.outputs["Q_OUT"][0], rtol=1e-15)


def test_outputs_go_where_the_caller_says(tmp_path):
    rain, pet = weather(2)
    out = np.memmap(tmp_path / "out.dat", dtype=np.float64, mode="w+", shape=(2, 2, STEPS))
    state = initial_state(CAT_87, np.array([0.5, 0.6]), 0.1, ordinates=5)
    run = simulate(CAT_87, state, EnsembleForcing(rain, pet), outputs=("Q_OUT", "ACTUAL_ET"), ordinates=GIUH, out=out)
    assert np.shares_memory(run.outputs["ACTUAL_ET"], out)
    np.testing.assert_array_equal(out[0], simulate(CAT_87, state, EnsembleForcing(rain, pet), ordinates=GIUH).outputs["q_out"])  # fmt: skip  # noqa: E501


def test_rootzone_and_ice_forcing_are_used_with_their_options():
    rain, pet = weather(1)
    state = initial_state(CAT_87, 0.6, 0.1)
    plain = simulate(CAT_87, state, EnsembleForcing(rain, pet))
    dry_layer = EnsembleForcing(rain, pet, rootzone_moisture=np.full((1, STEPS), 0.05), rootzone_thickness=0.3)
    dry = simulate(CAT_87, state, dry_layer, CfeOptions(rootzone_et=1), ("et_from_soil",))
    assert dry.outputs["et_from_soil"].max() == 0.0
    ice = EnsembleForcing(rain, pet, ice_depth=np.full((1, STEPS), 0.3))
    frozen = simulate(CAT_87, state, ice, CfeOptions(frozen_soil=1))
    assert frozen.outputs["q_out"].sum() > 1.5 * plain.outputs["q_out"].sum()
    np.testing.assert_array_equal(simulate(CAT_87, state, ice).outputs["q_out"], plain.outputs["q_out"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1])
def test_refused_forcing_is_named_by_catchment_and_step(bad):
    rain, pet = weather(3)
    rain[1, 17] = bad
    with pytest.raises(ForcingError, match=r"1 of 3 catchments: catchment 1, step 17: .*precipitation_rate"):
        simulate(CAT_87, initial_state(CAT_87._replace(b=np.full(3, 4.0)), 0.6, 0.1), EnsembleForcing(rain, pet))


def test_refused_parameters_are_named_by_catchment():
    p = CAT_87._replace(slope=np.array([0.1, 1.5, 0.2]), wltsmc=np.array([0.066, 0.066, 0.40]))
    state = initial_state(p, 0.6, 0.1)
    with pytest.raises(ParameterError, match=r"2 of 3 catchments") as caught:
        simulate(p, state, EnsembleForcing(*weather(1)))
    assert "catchment 1: slope = 1.5" in str(caught.value)
    assert "catchment 2: the storage threshold" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rain": np.zeros((2, 5))}, r"forcing.rain has shape \(2, 5\); expected \(1 or 3"),
        ({"pet": np.zeros((1, 4))}, r"forcing.pet has shape \(1, 4\); expected \(1 or 3, 5\)"),
        ({"options": CfeOptions(rootzone_et=1)}, "rootzone_moisture"),
        ({"options": CfeOptions(frozen_soil=1)}, "ice_depth"),
        ({"options": CfeOptions(frozen_soil=1, partitioning=XINANJIANG)}, "ice_fraction"),
        ({"ordinates": (0.5, 0.4)}, "sum to 1"),
        ({"ordinates": (0.5, 0.5)}, r"queue has shape \(3, 1\)"),
        ({"out": np.zeros((1, 3, 4))}, r"out has shape"),
        ({"outputs": ("Q",)}, "no output 'Q'"),
        ({"options": CfeOptions(soil_scheme=7)}, r"options.soil_scheme is 7; expected one of \(0, 1\)"),
        ({"options": CfeOptions(surface_runoff=5)}, "options.surface_runoff is 5"),
        ({"options": CfeOptions(nash_substeps=0)}, "options.nash_substeps is 0"),
    ],
)
def test_shapes_and_names_are_checked(change, message):
    p = CAT_87._replace(b=np.full(3, 4.0))
    forcing = EnsembleForcing(change.pop("rain", np.zeros((1, 5))), change.pop("pet", np.zeros((1, 5))))
    with pytest.raises((ValueError, KeyError), match=message):
        simulate(p, initial_state(p, 0.6, 0.1), forcing, **change)


@pytest.mark.parametrize("bad", [np.nan, -1e-9, np.inf])
@pytest.mark.parametrize("name", ["soil", "groundwater", "lateral", "surface", "queue"])
def test_storages_that_cannot_be_are_refused(name, bad):
    p = CAT_87._replace(b=np.full(3, 4.0))
    state = initial_state(p, 0.6, 0.1)
    getattr(state, name)[1] = bad
    with pytest.raises(ValueError, match=rf"state.{name} of catchment 1 is"):
        simulate(p, state, EnsembleForcing(*weather(1)))


def test_catchments_with_different_schemes_cannot_be_gathered(tmp_path):
    paths = [configs.write(tmp_path, CONFIGS[name], f"{name}.yml") for name in ("classic", "ode")]
    with pytest.raises(ValueError, match=r"ode\.yml does not use the schemes of"):
        gather([load_config(path) for path in paths])


def test_ten_years_balance_in_every_scheme():
    rain, pet = weather(1, steps=87_600, seed=9)
    for soil_scheme in (0, ODE):
        for partitioning in (1, XINANJIANG):
            for surface_runoff in (1, NASH):
                options = CfeOptions(soil_scheme, partitioning, surface_runoff)
                state = initial_state(CAT_87, 0.6, 0.1, surface=2)
                run = simulate(CAT_87, state, EnsembleForcing(rain, pet), options)
                assert abs(run.imbalance).max() < 1e-10, options
