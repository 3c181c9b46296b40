"""The harness against cases recorded with the real ngen: files byte by byte, BMI calls line by line.

Needs the recorded cases next to the checkout (shared/reference/ngen); skipped without them.
"""

import importlib
import json
import logging
import shutil
import sys
from pathlib import Path

import pytest

from ngen_harness import (
    ForcingError,
    HydrofabricError,
    MassBalanceError,
    ModelError,
    RealizationError,
    SimulationError,
    run,
)

ROOT = Path(__file__).resolve().parents[2].parent
REFERENCE = ROOT / "shared" / "reference" / "ngen"
CASES = sorted(path.name for path in (REFERENCE / "cases").glob("*/") if (path / "run.json").is_file())

if not CASES:
    pytest.skip("the recorded ngen cases (shared/reference/ngen) are not there", allow_module_level=True)

# ngen runs these, but what it does is undefined (it reads past a buffer, or what it never set): refused in any mode.
UNDEFINED = {
    "forcing_iso_times": (ForcingError, "'2015-12-01T00:00:00' is not a time ngen can read"),
    "mass_float32": (MassBalanceError, "must be float64 of shape"),
    "param_list_short": (ModelError, "model_params.apar has 2 values, but the variable has 3 items"),
    "param_scalar_to_array": (ModelError, "model_params.apar has 1 value, but the variable has 3 items"),
}

# ngen runs these and silently computes something wrong: refused, unless the mode is faithful.
REFUSED = {
    "forcing_duplicate_canonical": (ForcingError, "both 'atmosphere_water__liquid_equivalent"),
}

# ngen aborts, and we do so before the first model call, or at least earlier than ngen: our calls are the beginning of
# ngen's. In the faithful mode we fail when ngen does.
EARLIER = {
    "forcing_gap_row": (ForcingError, "line 3 is for 2015-12-01 02:00:00, expected 2015-12-01 01:00:00"),
    "forcing_too_short": (ForcingError, "the forcing ends at 2015-12-30 23:00:00"),
    "output_catchment_netcdf": (RealizationError, "output.catchment.format"),
    "real_area_missing": (HydrofabricError, "cat-27 has neither the property 'areasqkm' nor 'area_sqkm'"),
    "real_empty_output_variables": (RealizationError, "output_variables: is empty"),
    "real_no_global_unlisted": (RealizationError, "catchments.cat-52: is missing"),
    "time_interval_300": (RealizationError, "time.output_interval: an output_interval of 300 s"),
    "time_layer0_15min": (RealizationError, "layers: is not supported"),
    "time_layer1_900": (RealizationError, "layers: is not supported"),
    "time_start_half_hour": (ForcingError, "line 3 is for 2015-12-17 14:00:00, expected 2015-12-17 13:30:00"),
}


BAD_INDEX = "bad index 2 for "

# The same, in the faithful mode.
FAITHFUL_ABORTS = {
    "forcing_gap_row": (SimulationError, BAD_INDEX + "P"),
    "forcing_too_short": (SimulationError, BAD_INDEX + "atmosphere_water__liquid_equivalent_precipitation_rate"),
    "output_catchment_netcdf": (RealizationError, "output.catchment.format: only csv catchment files are supported"),
    "real_area_missing": (HydrofabricError, "cat-27 has neither the property 'areasqkm' nor 'area_sqkm'"),
    "real_empty_output_variables": (SimulationError, "'' is not an output of probe (BMI Py)"),
    "real_no_global_unlisted": (RealizationError, "catchments.cat-52: is missing"),
    "time_interval_300": (SimulationError, "after time step 0 (2015-12-17 13:00:00): the output_interval does not fit"),
    "time_layer0_15min": (SimulationError, "after time step 0 (2015-12-17 13:00:00): ngen aborts ('Can not add water"),
    "time_layer1_900": (SimulationError, "after time step 2 (2015-12-17 13:30:00): ngen aborts ('Can not release"),
    "time_start_half_hour": (SimulationError, BAD_INDEX + "atmosphere_water__liquid_equivalent_precipitation_rate"),
}

NOT_AN_OUTPUT = "'nope' is not an output of probe (BMI Py); it has Q, T"
NO_SCALAR = "ngen reads scalar outputs only as float64 or float32"
NO_TIME_UNIT = "which is not a unit of time for ngen"
OFFERED_TWICE = "is already offered by"

# ngen aborts and so do we, after the same model calls: our error and a part of its text.
ABORTS = {
    "arr_input_0": (SimulationError, "IndexError: index 0 is out of bounds for axis 0 with size 0"),
    "error_init_runtime": (ModelError, "RuntimeError: boom in init"),
    "error_init_value": (ModelError, "ValueError: bad value in init"),
    "error_update": (SimulationError, "ValueError: bad update"),
    "error_update_first": (SimulationError, "KeyError: 'storage'"),
    "forcing_begins_late": (ForcingError, "begins at 2015-12-01 00:00:00, after the start of the simulation"),
    "forcing_empty_cell": (ForcingError, "line 2 (2015-12-01 00:00:00), column 'P': the cell is empty"),
    "forcing_missing_input": (SimulationError, "no forcing variable 'nosuchforcing'"),
    "forcing_null_provider": (SimulationError, "forcing.provider is NullForcingProvider"),
    "mass_fatal": (MassBalanceError, "ngen::mass_stored (0.499) - ngen::mass_leaked (0) = 0.001"),
    "multi_array_mismatch": (
        SimulationError,
        "input 'ARR' has 4 items, but its provider m0 (BMI Py) gives 3",
    ),
    "multi_duplicate_output": (ModelError, f"output 'PQ' of m1 (BMI Py) {OFFERED_TWICE} m0 (BMI Py)"),
    "multi_error_in_second": (SimulationError, "model m1: ValueError: second module failed"),
    "multi_input_missing": (ModelError, "input 'zzz' of m0 (BMI Py) (module 0) is offered neither by"),
    "multi_output_by_native_name": (ModelError, "output_variables: PQ not offered by any module"),
    "multi_output_shadows_forcing": (ModelError, f"{OFFERED_TWICE} CsvPerFeatureProvider"),
    "output_main_unknown": (SimulationError, NOT_AN_OUTPUT),
    "output_variables_unknown": (SimulationError, NOT_AN_OUTPUT),
    "real_allow_exceed_int": (RealizationError, "allow_exceed_end_time: is the number 1; expected true or"),
    "real_catchments_no_forcing": (RealizationError, "catchments.cat-27.forcing: is missing"),
    "real_empty_model_params": (RealizationError, "model_params: is an empty object"),
    "real_id_in_init_config": (RealizationError, "cannot read './cat-27/cat-27.json'"),
    "real_import_bad_module_path": (ModelError, "module_path: './nosuchdir' is not an existing folder"),
    "real_import_no_class": (ModelError, "module 'probe_bmi' has no attribute 'Nope'"),
    "real_import_no_dot": (RealizationError, "expected '<python_module>.<python_class>'"),
    "real_init_config_empty": (RealizationError, "cannot read ''"),
    "real_init_config_missing_file": (RealizationError, "cannot read './missing.json'"),
    "real_name_bmi_py": (RealizationError, "did you mean 'bmi_python'?"),
    "real_no_main_output": (RealizationError, "main_output_variable: is missing"),
    "real_no_python_type": (RealizationError, "python_type: is missing"),
    "real_no_time": (RealizationError, "time: is missing"),
    "real_uses_forcing_file_true": (RealizationError, "uses_forcing_file: was removed from ngen"),
    "time_end_short": (SimulationError, "after the model's end time 7200 (s)"),
    "time_iso_T": (RealizationError, "start_time: is '2015-12-17T13:00:00'; expected 'YYYY-mm-dd HH:MM:SS'"),
    "time_units_dash": (ModelError, NO_TIME_UNIT),
    "time_units_foo": (ModelError, NO_TIME_UNIT),
    "time_units_none": (ModelError, NO_TIME_UNIT),
    "time_units_one": (ModelError, NO_TIME_UNIT),
    "type_input_float64_itemsize4": (SimulationError, "which ngen cannot map to a C++ type"),
    "type_output_bool": (SimulationError, NO_SCALAR),
    "type_output_class_float": (SimulationError, NO_SCALAR),
    "type_output_double": (SimulationError, NO_SCALAR),
    "type_output_float16": (SimulationError, NO_SCALAR),
    "type_output_float_itemsize4": (SimulationError, "ngen cannot cast that safely"),
    "type_output_int32": (SimulationError, NO_SCALAR),
    "type_output_int_itemsize4": (SimulationError, "ngen cannot cast that safely"),
    "type_output_np.float64": (SimulationError, NO_SCALAR),
}


class Case:
    """A recorded case, copied to a folder of its own."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        shutil.copytree(REFERENCE / "cases" / name, folder, dirs_exist_ok=True)
        (folder / "out").mkdir()
        self.expected = json.loads((folder / "expected.json").read_text())
        self.arguments = json.loads((folder / "run.json").read_text())
        self.log = folder / "made.log"

    def path(self, text):
        return ROOT / text if text.startswith("shared/") else self.folder / text

    def run(self, faithful):
        arguments = self.arguments
        return run(
            "realization.json",
            catchments=self.path(arguments["catchments"]),
            catchment_ids=arguments["catchment_ids"],
            nexus=self.path(arguments["nexus"]),
            nexus_ids=arguments["nexus_ids"],
            progress=False,
            faithful=faithful,
        )

    def calls(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def recorded_calls(self):
        name = self.expected["bmi_calls"]
        return (self.folder / name).read_text().splitlines() if name else []

    def written(self):
        """Files that a run has left behind."""
        inputs = {path.relative_to(REFERENCE / "cases" / self.name) for path in self.inputs()}
        inputs |= {Path("made.log")}
        files = {path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()}
        return {path for path in files - inputs if "__pycache__" not in path.parts}

    def inputs(self):
        return [path for path in (REFERENCE / "cases" / self.name).rglob("*") if path.is_file()]


@pytest.fixture
def case(request, tmp_path, monkeypatch):
    """A case in its folder, with the probe model importable and nothing left over from other cases."""
    known = set(sys.modules)
    case = Case(request.param, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_LOG", str(case.log))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [*map(str, map(case.path, case.arguments["pythonpath"])), *sys.path])
    importlib.invalidate_caches()
    yield case
    for name in set(sys.modules) - known:
        module = sys.modules[name]
        if str(getattr(module, "__file__", None) or "").startswith((str(tmp_path), str(REFERENCE))) or (
            getattr(module, "__file__", None) is None and hasattr(module, "__path__")
        ):
            del sys.modules[name]


KNOWN = {*UNDEFINED, *REFUSED, *EARLIER, *ABORTS}
RUNS = [name for name in CASES if name not in KNOWN]


def in_modes(default, faithful):
    """Parameters for a case and the mode it runs in."""
    return [
        *(pytest.param(name, False, id=f"{name}-default") for name in default),
        *(pytest.param(name, True, id=f"{name}-faithful") for name in faithful),
    ]


def test_every_case_is_expected_in_both_modes():
    assert set(FAITHFUL_ABORTS) == set(EARLIER)
    assert set(CASES) >= KNOWN


@pytest.mark.parametrize("name", [*RUNS, *REFUSED])
def test_every_other_case_is_one_that_ngen_runs(name):
    expected = json.loads((REFERENCE / "cases" / name / "expected.json").read_text())
    assert expected["aborts"] is False


@pytest.mark.parametrize("name", list(UNDEFINED))
def test_what_is_refused_in_any_mode_is_undefined_in_ngen(name):
    expected = json.loads((REFERENCE / "cases" / name / "expected.json").read_text())
    assert "a harness should refuse this" in expected["note"]
    assert {"not_to_be_matched", "undefined_values"} & set(expected)


@pytest.mark.parametrize(("case", "faithful"), in_modes(RUNS, [*RUNS, *REFUSED]), indirect=["case"])
def test_run_writes_ngens_files_and_makes_ngens_calls(case, faithful, caplog):
    with caplog.at_level(logging.WARNING):
        case.run(faithful)
    assert case.calls() == case.recorded_calls()
    assert case.written() == {Path(path) for path in case.expected["outputs"]}
    for path, expected in case.expected["outputs"].items():
        assert (case.folder / path).read_bytes() == (case.folder / expected).read_bytes()
    assert_same_conditions(case, caplog.messages)


@pytest.mark.parametrize(("case", "faithful"), in_modes(ABORTS, [*ABORTS, *FAITHFUL_ABORTS]), indirect=["case"])
def test_abort_is_an_error_after_the_same_calls(case, faithful, caplog):
    error, text = {**ABORTS, **FAITHFUL_ABORTS}[case.name]
    with pytest.raises(error) as caught, caplog.at_level(logging.WARNING):
        case.run(faithful)
    assert case.expected["aborts"] is True
    assert text in str(caught.value)
    assert case.calls() == case.recorded_calls()
    assert case.written() == set()
    for piece in case.expected["error_contains"]:
        if piece.startswith("at timestep"):
            # "at timestep 1 (2015-12-17 14:00:00) at feature id cat-27"
            _, _, step, day, hour, *_, catchment = piece.split()
            assert f"catchment {catchment}, time step {step} {day} {hour}, model " in str(caught.value)
        if faithful and "error_contains" not in case.expected.get("not_to_be_matched", ()):
            assert piece in str(caught.value)
    assert_same_conditions(case, caplog.messages)


@pytest.mark.parametrize("case", list(EARLIER), indirect=True)
def test_abort_that_we_see_coming(case):
    error, text = EARLIER[case.name]
    with pytest.raises(error) as caught:
        case.run(faithful=False)
    assert text in str(caught.value)
    made = case.calls()
    assert made == case.recorded_calls()[: len(made)]
    assert case.written() == set()


@pytest.mark.parametrize(("case", "faithful"), in_modes([*REFUSED, *UNDEFINED], UNDEFINED), indirect=["case"])
def test_what_ngen_silently_corrupts_is_refused(case, faithful):
    error, text = {**REFUSED, **UNDEFINED}[case.name]
    with pytest.raises(error) as caught:
        case.run(faithful)
    assert text in str(caught.value)
    assert case.written() == set()


def assert_same_conditions(case, messages):
    """Every condition ngen warns about is reported, and nothing is reported that ngen does not mind."""
    text = "\n".join(messages)
    expected = case.expected["warnings_contain"]
    found = {key for key, words in CONDITIONS.items() if words in text}
    recorded = {key for key in CONDITIONS if any(key in message for message in expected)}
    if "warnings_contain" in case.expected.get("not_to_be_matched", ()):
        return
    assert found == recorded, messages


# A piece of ngen's warning, and the piece of ours that reports the same condition.
CONDITIONS = {
    "Unit conversion failure": "unit conversion failure",
    "broadcasting variable": "all items are set to it",
    "configured output headers": "output_header_fields has",
    "Cannot pass parameter of type": "which ngen cannot pass to a model",
    "Exception setting parameter value": "set_value of the parameter",
    "Skipping parameter": "skipped, as ngen does",
    "Mass balance check failed": "mass balance check failed",
    "tolerance value 'NaN'": "disables the mass balance check",
    "incosistent units": "inconsistent units",
    "keys are deprecated": "deprecated",
    "Forcing data ends before": "the forcing ends before the end of the simulation",
}
