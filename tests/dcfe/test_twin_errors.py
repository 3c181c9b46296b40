"""Bad input gives one clear error, that says what, where and what was expected."""

import subprocess
import sys
import textwrap

import pytest
import torch

from cfe_bmi.ensemble import EnsembleForcing
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import NASH, XINANJIANG, CfeOptions
from dcfe import DifferentiableCfe
from ngen_bmi.errors import ForcingError, ParameterError

STEPS = 6


def arguments(count=3):
    """Parameters, forcing, state and ordinates of a run that works."""
    parameters = {name: torch.full((count,), value, dtype=torch.float64) for name, value in CAT_87._asdict().items()}
    forcing = EnsembleForcing(
        torch.full((count, STEPS), 2.0, dtype=torch.float64), torch.zeros(1, STEPS, dtype=torch.float64)
    )
    state = DifferentiableCfe().initial_state(parameters, 0.5, 0.1, ordinates=3, surface=2)
    return parameters, forcing, state, torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)


def run(parameters=None, forcing=None, state=None, ordinates=None, options=None, outputs=("q_out",)):
    usual = arguments()
    given = (parameters, forcing, state, ordinates)
    return DifferentiableCfe(options, outputs)(*(b if a is None else a for a, b in zip(given, usual, strict=True)))


def with_parameter(name, values):
    return arguments()[0] | {name: torch.as_tensor(values, dtype=torch.float64)}


def varying(step=4, catchment=1, good=3.38e-6, bad=float("nan")):
    values = torch.full((3, STEPS), good, dtype=torch.float64)
    values[catchment, step] = bad
    return values


def test_the_arguments_work():
    assert run().outputs["q_out"].shape == (3, STEPS)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("satdk", [1e-6, float("nan"), 1e-6], r"1 of 3 catchments.*\n.*catchment 1: satdk"),
        ("satdk", [1e-6, 1e-6, float("inf")], r"1 of 3 catchments.*\n.*catchment 2: satdk"),
        ("Kn", [1.5, 0.1, -0.1], r"2 of 3 catchments.*\n.*catchment 0: Kn.*1\.5.*\n.*catchment 2: Kn.*-0\.1"),
        ("wltsmc", [0.066, 0.4, 0.066], r"catchment 1: the storage threshold .* is not above .* wilting point"),
        ("satdk", varying(), r"1 of 3 catchments.*\n.*catchment 1, step 4: satdk"),
        ("slope", varying(5, 2, 0.1, 1.1), r"1 of 3 catchments.*\n.*catchment 2, step 5: slope.*1\.1"),
        ("wltsmc", varying(3, 1, 0.066, 0.4), r"1 of 3 catchments.*\n.*catchment 1, step 3: the storage threshold"),
        ("wltsmc", varying(0, 1, 0.066, 0.4), r"1 of 3 catchments.*\n.*catchment 1: the storage threshold"),
    ],
)
def test_parameters_without_a_meaning_name_catchment_and_step(name, values, message):
    with pytest.raises(ParameterError, match=message):
        run(with_parameter(name, values))


@pytest.mark.parametrize(
    ("name", "shape"), [("b", (2,)), ("b", (3, 5)), ("b", (2, STEPS)), ("b", (STEPS, 3)), ("b", (3, STEPS, 1))]
)
def test_a_parameter_of_another_shape_names_both_shapes(name, shape):
    with pytest.raises(ValueError, match=r"shape .*expected") as error:
        run(with_parameter(name, torch.full(shape, 4.0)))
    assert f"parameters['{name}'] has shape {shape}" in str(error.value)
    assert f"(3, {STEPS}) for the state's 3 catchments and {STEPS} steps" in str(error.value)


@pytest.mark.parametrize("name", ["rain", "pet", "ice_depth", "rootzone_moisture"])
@pytest.mark.parametrize("shape", [(2, STEPS), (3, STEPS - 1), (3, STEPS, 1)])
def test_forcing_of_another_shape_names_both_shapes(name, shape):
    forcing = arguments()[1]._replace(**{name: torch.zeros(shape, dtype=torch.float64)})
    with pytest.raises(ValueError, match=r"has shape .*; expected") as error:
        run(forcing=forcing)
    assert str(shape) in str(error.value)


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("groundwater", (1,), r"\(3,\)"),
        ("groundwater", (3, 1), r"\(3,\)"),
        ("lateral", (2,), r"\(3, 2\)"),
        ("lateral", (1, 2), r"\(3, 2\)"),
        ("lateral", (3, 0), r"\(3, 1\)"),
        ("surface", (2, 2), r"\(3, 2\)"),
        ("queue", (3, 4), r"\(3, 3\)"),
        ("queue", (1, 3), r"\(3, 3\)"),
        ("queue", (), r"\(3, 1\)"),
    ],
)
def test_a_state_of_another_shape_names_both_shapes(name, shape, expected):
    state = arguments()[2]._replace(**{name: torch.zeros(shape, dtype=torch.float64)})
    with pytest.raises(ValueError, match=rf"has shape .*; expected .*{expected}") as error:
        run(state=state)
    assert name in str(error.value)
    assert str(shape) in str(error.value)


def test_all_of_a_state_with_too_few_rows_is_refused():
    """Compiled code does not look: it would read the storages of other catchments, or what lies behind them."""
    one = arguments(1)[2]
    with pytest.raises(ValueError, match=r"parameters\['depth'\] has shape \(3,\); .* for the state's 1 catchments"):
        run(state=one)
    with pytest.raises(ValueError, match=r"state\.groundwater has shape \(1,\); expected \(3,\)"):
        run(state=one._replace(soil=torch.zeros(3, dtype=torch.float64), queue=torch.zeros(3, 3, dtype=torch.float64)))
    with pytest.raises(ValueError, match=r"state\.soil has shape \(\); expected \(1,\)"):
        run(arguments(1)[0], arguments(1)[1], one._replace(soil=torch.tensor(0.3, dtype=torch.float64)))


@pytest.mark.parametrize("shape", [(2,), (4,), (2, 3), (3, 2)])
def test_ordinates_that_do_not_fit_name_both_shapes(shape):
    ordinates = torch.full(shape, 1.0 / shape[-1], dtype=torch.float64)
    with pytest.raises(ValueError, match=r"has shape .*, the ordinates .*; expected"):
        run(ordinates=ordinates)


@pytest.mark.parametrize("ordinates", [[0.5, 0.3, 0.1], [1.2, -0.1, -0.1], [float("nan"), 0.5, 0.5]])
def test_ordinates_that_are_not_shares_are_refused(ordinates):
    with pytest.raises(ValueError, match="sum to 1"):
        run(ordinates=ordinates)


@pytest.mark.parametrize("what", ["parameter", "forcing", "state", "ordinates"])
def test_float32_is_refused_with_the_way_out(what):
    parameters, forcing, state, ordinates = arguments()
    given = {
        "parameter": {"parameters": parameters | {"b": parameters["b"].float()}},
        "forcing": {"forcing": forcing._replace(pet=forcing.pet.float())},
        "state": {"state": state._replace(lateral=state.lateral.float())},
        "ordinates": {"ordinates": ordinates.float()},
    }[what]
    name = {"parameter": r"parameters\['b'\]", "forcing": r"forcing\.pet", "state": r"state\.lateral"}.get(what, what)
    with pytest.raises(TypeError, match=rf"{name} is torch.float32; .* float64.*\.double\(\)"):
        run(**given)


def test_an_unknown_parameter_names_those_there_are():
    with pytest.raises(KeyError, match=r"CFE has no parameter K_sat, bexp; it has depth, b, satdk"):
        run(arguments()[0] | {"bexp": 4.0, "K_sat": 1e-6})


def test_missing_parameters_are_all_named():
    parameters = {name: value for name, value in arguments()[0].items() if name not in ("depth", "Kn", "refkdt")}
    with pytest.raises(ValueError, match="parameters lack depth, Kn, which have no default"):
        run(parameters)
    with pytest.raises(ValueError, match="parameters lack depth, Kn, which have no default"):
        DifferentiableCfe().initial_state(parameters, 0.5, 0.1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", ["rain", "pet"])
def test_refused_forcing_names_catchment_and_step(name, bad):
    values = torch.zeros(3, STEPS, dtype=torch.float64)
    values[2, 4] = bad
    with pytest.raises(ForcingError, match=r"1 of 3 catchments: catchment 2, step 4: "):
        run(forcing=arguments()[1]._replace(**{name: values}))


def test_forcing_that_the_schemes_need_is_named():
    with pytest.raises(ValueError, match=r"need forcing\.ice_fraction"):
        run(options=CfeOptions(partitioning=XINANJIANG, frozen_soil=1))
    with pytest.raises(ValueError, match=r"need forcing\.rootzone_moisture"):
        run(options=CfeOptions(rootzone_et=1))


def test_an_unknown_output_names_those_there_are():
    with pytest.raises(KeyError, match=r"CFE has no output 'discharge'; it has rain_rate, .*q_out"):
        run(outputs=("q_out", "discharge"))


def test_an_option_that_is_no_scheme_is_named():
    with pytest.raises(ValueError, match=r"options\.surface_runoff is 3; expected one of"):
        run(options=CfeOptions(surface_runoff=NASH + 1))


@pytest.mark.parametrize("bad", [-1e-9, float("nan"), float("inf")])
def test_a_storage_below_0_names_its_catchment(bad):
    state = arguments()[2]
    soil = state.soil.clone()
    soil[1] = bad
    with pytest.raises(ValueError, match=r"state\.soil of catchment 1 is"):
        run(state=state._replace(soil=soil))


def run_python(code):
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr


def test_without_pytorch_only_the_twin_is_missing():
    run_python(
        """
        import sys
        sys.modules["torch"] = None
        import dcfe
        from dcfe.tangents import sensitivities
        try:
            from dcfe import DifferentiableCfe
        except ImportError as error:
            assert "DifferentiableCfe needs PyTorch" in str(error) and "'learn'" in str(error), error
        else:
            raise AssertionError("imported without PyTorch")
        """
    )


def test_components_never_import_pytorch():
    run_python(
        """
        import sys
        import cfe_bmi.ensemble, cfe_bmi.bmi, dcfe, dcfe.tangents
        assert "torch" not in sys.modules
        """
    )
