"""The check against cases recorded with the real ngen: what aborted there is found, before any update.

Needs the recorded cases next to the checkout (shared/reference/ngen); skipped without them.
"""

import json

import pytest

from ngen_harness import Severity, check
from tests.reference.test_ngen_cases import CASES, REFERENCE, case  # noqa: F401

# The reason is inside update, or in what only updates make: nobody can see it without a time step.
ONLY_IN_UPDATE = {
    "arr_input_0": "the model fails on the empty array in update (that it gets one is found)",
    "error_update": "raised by the second update",
    "error_update_first": "raised by the first update",
    "mass_fatal": "the imbalance grows from 0 with the updates",
    "multi_error_in_second": "raised by the second update of the second module",
}

# Case -> code of the finding, and a part of what it says.
ABORTS = {
    "error_init_runtime": ("initialize", "RuntimeError: boom in init"),
    "error_init_value": ("initialize", "ValueError: bad value in init"),
    "forcing_begins_late": ("forcing-begins-late", "begins at 2015-12-01 00:00:00, after the start"),
    "forcing_empty_cell": ("forcing-cell", "line 2 (2015-12-01 00:00:00), column 'P': the cell is empty"),
    "forcing_gap_row": ("forcing-too-few-rows", "has 2 rows from 2015-12-01 00:00:00"),
    "forcing_missing_input": ("no-provider", "nobody offers 'nosuchforcing'"),
    "forcing_null_provider": ("no-provider", "NullForcingProvider"),
    "forcing_too_short": ("forcing-ends-early", "ends at 2015-12-30 23:00:00"),
    "multi_array_mismatch": ("item-mismatch", "has 4 items, but m0 (BMI Py) gives 3"),
    "multi_duplicate_output": ("duplicate-output", "output 'PQ' of m1 (BMI Py) is already offered by m0 (BMI Py)"),
    "multi_input_missing": ("no-provider", "nobody offers 'zzz'"),
    "multi_output_by_native_name": ("unknown-output", "'PQ' goes by 'the_rain'"),
    "multi_output_shadows_forcing": (
        "duplicate-output",
        "'APCP_surface' of m0 (BMI Py) is already offered by the forcing",
    ),
    "output_catchment_netcdf": ("realization", "only csv catchment files"),
    "output_main_unknown": ("unknown-output", "'nope' is not an output"),
    "output_variables_unknown": ("unknown-output", "'nope' is not an output"),
    "real_allow_exceed_int": ("realization", "is the number 1"),
    "real_area_missing": ("area", "neither the property 'areasqkm' nor 'area_sqkm'"),
    "real_catchments_no_forcing": ("realization", "is missing; every entry needs its own"),
    "real_empty_model_params": ("realization", "is an empty object"),
    "real_empty_output_variables": ("realization", "is empty; ngen takes that for a list with one empty name"),
    "real_id_in_init_config": ("init-config", "cannot read './cat-27/cat-27.json'"),
    "real_import_bad_module_path": ("import", "'./nosuchdir' is not an existing folder"),
    "real_import_no_class": ("import", "module 'probe_bmi' has no attribute 'Nope'"),
    "real_import_no_dot": ("realization", "is 'probe_bmi'"),
    "real_init_config_empty": ("init-config", "cannot read ''"),
    "real_init_config_missing_file": ("init-config", "cannot read './missing.json'"),
    "real_name_bmi_py": ("realization", "did you mean 'bmi_python'?"),
    "real_no_global_unlisted": ("no-configuration", "no 'global' block to fall back to"),
    "real_no_main_output": ("realization", "is missing"),
    "real_no_python_type": ("realization", "is missing"),
    "real_no_time": ("realization", "is missing"),
    "real_uses_forcing_file_true": ("realization", "was removed from ngen and cannot be true"),
    "time_end_short": ("end-time", "2 of 3 steps are possible"),
    "time_interval_300": ("realization", "an output_interval of 300 s"),
    "time_iso_T": ("realization", "is '2015-12-17T13:00:00'"),
    "time_layer0_15min": ("realization", "ngen aborts at the nexus"),
    "time_layer1_900": ("realization", "ngen aborts at the nexus"),
    "time_start_half_hour": ("forcing-too-few-rows", "has 2 rows from 2015-12-17 13:30:00"),
    "time_units_dash": ("time-units", "'-'"),
    "time_units_foo": ("time-units", "'foo'"),
    "time_units_none": ("time-units", "'none'"),
    "time_units_one": ("time-units", "'1'"),
    "type_input_float64_itemsize4": ("input-type", "get_var_type is 'float64' and get_var_itemsize 4"),
    "type_output_bool": ("output-type", "get_var_type is 'bool'"),
    "type_output_class_float": ("output-type", "get_var_type is '<class 'float'>'"),
    "type_output_double": ("output-type", "get_var_type is 'double'"),
    "type_output_float16": ("output-type", "get_var_type is 'float16'"),
    "type_output_float_itemsize4": ("output-type", "ngen cannot cast that safely"),
    "type_output_int32": ("output-type", "get_var_type is 'int32'"),
    "type_output_int_itemsize4": ("output-type", "ngen cannot cast that safely"),
    "type_output_np.float64": ("output-type", "get_var_type is 'np.float64'"),
}

# Cases in which ngen goes on with something else than what was meant.
SILENT = {
    "arr_input_0": {"empty-input"},
    "arr_input_3": {"broadcast"},
    "forcing_csdms_column_no_units": {"unit-raw"},
    "forcing_duplicate_canonical": {"forcing-duplicate-column"},
    "forcing_gap_row": {"forcing-not-hourly"},
    "forcing_iso_times": {"forcing-time-format"},
    "mass_float32": {"mass-type"},
    "mass_frequency_minus1": {"realization"},
    "mass_tolerance_nan": {"realization"},
    "mass_units_differ": {"mass-units"},
    "multi_alias_both": {"forcing-echo"},
    "multi_array_to_scalar": {"array-to-scalar"},
    "multi_duplicate_output": {"main-unit", "unit-raw"},
    "multi_headers_mismatch": {"headers"},
    "multi_output_shadows_forcing": {"main-unit"},
    "multi_reversed_no_default": {"main-unit"},
    "output_headers_mismatch": {"headers"},
    "param_bool": {"parameter-skipped"},
    "param_hydrofabric_default_name": {"parameter-skipped"},
    "param_hydrofabric_list": {"parameter-skipped"},
    "param_hydrofabric_missing": {"parameter-skipped"},
    "param_list_short": {"parameter-length"},
    "param_null": {"parameter-skipped"},
    "param_object": {"parameter-skipped"},
    "param_real_to_int32": {"parameter-cut"},
    "param_scalar_to_array": {"parameter-length"},
    "param_set_raises": {"parameter-skipped"},
    "real_id_in_model_type_name": {"placeholder"},
    "real_unknown_keys": {"no-effect"},
    "time_interval_1800": {"realization"},
    "time_start_half_hour": {"forcing-not-hourly"},
    "type_input_float64_itemsize4": {"broadcast"},
    **{f"unit_main_output_{unit}": {"main-unit"} for unit in ("dash", "empty", "foo", "m_h-1", "m_s-1")},
    **{f"unit_rain_{unit}": {"unit-raw"} for unit in ("kg_m-2_s-1", "m", "mm", "one", "percent")},
    "unit_temp_C": {"unit-coulomb", "unit-raw"},
}

WORKS = {
    "mass_default_tolerance": {"mass-tolerance"},
    "multi_init_config_ignored": {"no-effect"},
    "multi_reversed_no_default": {"look-back"},
    "output_legacy_root": {"realization"},
    "real_catchments_block": {"unused-catchment"},
    "real_catchments_no_forcing": {"unused-catchment"},
    "real_no_global_unlisted": {"unused-catchment"},
    "real_names_map_output_native": {"native-name"},
    "real_unknown_keys": {"realization"},
    "time_end_short_allowed": {"end-time"},
    "unit_main_output_foo": {"unit-unknown"},
    **{f"unit_rain_{unit}": {"unit-none"} for unit in ("dash", "dimensionless", "unitless")},
}


def codes(findings, severity):
    return {finding.code for finding in findings if finding.severity == severity}


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_check_finds_what_ngen_made_of_the_case(case):  # noqa: F811
    arguments = case.arguments
    findings = check(
        "realization.json",
        catchments=case.path(arguments["catchments"]),
        catchment_ids=arguments["catchment_ids"],
        nexus=case.path(arguments["nexus"]),
        nexus_ids=arguments["nexus_ids"],
    )
    calls = [json.loads(line)[1] for line in case.calls()]
    assert "update" not in calls
    assert "update_until" not in calls
    assert case.written() == set()

    aborts = codes(findings, Severity.ABORT)
    assert bool(aborts) == (case.expected["aborts"] and case.name not in ONLY_IN_UPDATE)
    if aborts:
        code, text = ABORTS[case.name]
        assert aborts == {code}
        assert any(text in finding.why for finding in findings if finding.code == code)
    assert codes(findings, Severity.SILENT) == SILENT.get(case.name, set())
    assert codes(findings, Severity.WORKS) == WORKS.get(case.name, set())
    assert all(finding.why and finding.fix and finding.where.file for finding in findings)


@pytest.mark.parametrize("name", CASES)
def test_tables_are_about_what_was_recorded(name):
    expected = json.loads((REFERENCE / "cases" / name / "expected.json").read_text())
    assert expected["aborts"] == (name in ABORTS or name in ONLY_IN_UPDATE)
    # ngen's warnings in a run that goes on are silent changes, but for the balance that only updates can break
    # and what it says about keys, numbers of items and end times
    if expected["warnings_contain"] and not expected["aborts"] and name not in ("mass_warn",):
        assert name in SILENT or name in WORKS
