"""Parameters that differ from step to step: the same bits as step by step with the parameters of each."""

import numpy as np
import pytest

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.state import NASH, ODE, XINANJIANG, CfeOptions
from ngen_bmi.errors import ParameterError

COUNT, STEPS = 3, 40
ORDINATES = (0.5, 0.3, 0.2)
OUTPUTS = CfeOutputs._fields
SCHEMES = {
    "classic": CfeOptions(),
    "ode": CfeOptions(ODE),
    "classic xinanjiang nash": CfeOptions(0, XINANJIANG, NASH, rootzone_et=1, frozen_soil=1),
    "ode nash": CfeOptions(ODE, surface_runoff=NASH, frozen_soil=1),
}


def weather(seed=1):
    rng = np.random.default_rng(seed)
    shape = (COUNT, STEPS)
    rain = np.where(rng.random(shape) < 0.3, rng.gamma(0.8, 8.0, shape), 0.0)
    return EnsembleForcing(
        rain, rng.uniform(0.0, 2e-7, shape), np.full(shape, 0.1), np.full(shape, 0.2), np.full(shape, 0.2), 0.1
    )


def changing(exponents, seed=2):
    """Every parameter changes, maximum storages too: water above them has to go somewhere."""
    rng = np.random.default_rng(seed)
    varying = {
        name: value * rng.uniform(0.9, 1.0, (COUNT, STEPS))
        for name, value in CAT_87._asdict().items()
        if not name.startswith("soil_expon")
    }
    if exponents:
        varying |= {name: rng.uniform(1.1, 3.0, (COUNT, STEPS)) for name in ("soil_expon", "soil_expon_secondary")}
    return varying


def start():
    return initial_state(CAT_87._replace(b=np.full(COUNT, 4.05)), 0.97, 0.95, ordinates=3, surface=2)


def at_step(forcing, t):
    return EnsembleForcing(*(field[:, t : t + 1] for field in forcing[:5]), forcing.rootzone_thickness)


@pytest.mark.parametrize("exponents", [False, True], ids=["linear", "exponents"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_run_is_the_chain_of_its_steps(scheme, exponents):
    forcing, varying, options = weather(), changing(exponents), SCHEMES[scheme]
    whole = simulate(CAT_87, start(), forcing, options, OUTPUTS, ORDINATES, varying=varying)
    state = start()
    for t in range(STEPS):
        p = CfeParameters(**(CAT_87._asdict() | {name: values[:, t] for name, values in varying.items()}))
        part = simulate(p, state, at_step(forcing, t), options, OUTPUTS, ORDINATES)
        state = part.state
        for name in OUTPUTS:
            np.testing.assert_array_equal(whole.outputs[name][:, t], part.outputs[name][:, 0], err_msg=f"{name}, {t}")
    for name, a, b in zip(state._fields, whole.state, state, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert np.abs(whole.imbalance).max() < 1e-14


def test_the_changes_are_seen():
    """Else the test above would compare what never changes."""
    forcing, varying = weather(), changing(exponents=True)
    whole = simulate(CAT_87, start(), forcing, CfeOptions(ODE), ordinates=ORDINATES, varying=varying)
    constant = CfeParameters(**(CAT_87._asdict() | {name: values[:, 0] for name, values in varying.items()}))
    once = simulate(constant, start(), forcing, CfeOptions(ODE), ordinates=ORDINATES)
    assert np.abs(whole.outputs["q_out"] - once.outputs["q_out"]).max() > 1e-4


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_does_not_change_is_as_if_constant(scheme):
    forcing, options = weather(), SCHEMES[scheme]
    constant = simulate(CAT_87, start(), forcing, options, OUTPUTS, ORDINATES)
    same = {name: np.full((1, STEPS), value) for name, value in CAT_87._asdict().items()}
    # a value that varying ones replace does not count
    other = CAT_87._replace(satdk=1e-4, soil_expon=3.0)
    run = simulate(other, start(), forcing, options, OUTPUTS, ORDINATES, varying=same)
    for name in OUTPUTS:
        np.testing.assert_array_equal(run.outputs[name], constant.outputs[name], err_msg=name)


@pytest.mark.parametrize("name", ["b", "satdk", "Kn"])
def test_one_row_serves_all_catchments(name):
    row = changing(exponents=False)[name][:1]
    one = simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying={name: row})
    all_rows = simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying={name: np.repeat(row, COUNT, axis=0)})
    np.testing.assert_array_equal(one.outputs["q_out"], all_rows.outputs["q_out"])


def varying_with(name, catchment, step, bad):
    values = np.full((COUNT, STEPS), getattr(CAT_87, name))
    values[catchment, step] = bad
    return {name: values}


@pytest.mark.parametrize(
    ("name", "step", "bad", "message"),
    [
        ("Kn", 17, 1.5, r"1 of 3 catchments.*\n.*catchment 2, step 17: Kn.*1\.5"),
        ("Kn", 0, -0.1, r"1 of 3 catchments.*\n.*catchment 2, step 0: Kn.*-0\.1"),
        ("b", 39, np.nan, r"1 of 3 catchments.*\n.*catchment 2, step 39: b"),
        ("wltsmc", 17, 0.4, r"1 of 3 catchments.*\n.*catchment 2, step 17: the storage threshold"),
        ("maxsmc", 17, 0.05, r"catchment 2, step 17: .*threshold"),
        ("wltsmc", 0, 0.4, r"catchment 2: the storage threshold"),
    ],
)
def test_refusals_name_catchment_and_step(name, step, bad, message):
    with pytest.raises(ParameterError, match=message):
        simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying=varying_with(name, 2, step, bad))


def test_a_value_that_is_replaced_need_not_be_valid():
    run = simulate(
        CAT_87._replace(Kn=np.nan), start(), weather(), ordinates=ORDINATES, varying={"Kn": np.full((1, STEPS), 0.1)}
    )
    assert np.isfinite(run.outputs["q_out"]).all()


def test_other_shapes_and_names_are_refused():
    with pytest.raises(ValueError, match=r"b has shape \(3, 39\); expected \(1 or 3, 40\)"):
        simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying={"b": np.full((3, 39), 4.0)})
    with pytest.raises(ValueError, match=r"b has shape \(2, 40\); expected \(1 or 3, 40\)"):
        simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying={"b": np.full((2, 40), 4.0)})
    with pytest.raises(KeyError, match="bexp"):
        simulate(CAT_87, start(), weather(), ordinates=ORDINATES, varying={"bexp": np.full((1, 40), 4.0)})
