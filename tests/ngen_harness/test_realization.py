import json
import logging

import pytest

from ngen_harness.compiled import SLOTH
from ngen_harness.config import HydrofabricLink, MultiConfig
from ngen_harness.errors import RealizationError
from ngen_harness.realization import read_realization

PARAMS = "global.formulations[0].params"


@pytest.fixture
def document():
    return {
        "global": {
            "formulations": [
                {
                    "name": "bmi_python",
                    "params": {
                        "model_type_name": "m",
                        "python_type": "pkg.Model",
                        "init_config": "{{id}}.cfg",
                        "main_output_variable": "Q",
                    },
                }
            ],
            "forcing": {"path": "forcing/", "file_pattern": ".*{{id}}.*csv", "provider": "CsvPerFeature"},
        },
        "time": {
            "start_time": "2015-12-01 00:00:00",
            "end_time": "2015-12-01 05:00:00",
            "output_interval": 3600,
        },
    }


@pytest.fixture
def read(tmp_path):
    def read_document(document, **options):
        path = tmp_path / "r.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return read_realization(path, **options)

    return read_document


def params_of(document):
    return document["global"]["formulations"][0]["params"]


def problems(read, document):
    with pytest.raises(RealizationError) as caught:
        read(document)
    assert "r.json" in str(caught.value)
    return caught.value.problems


def test_defaults(read, document):
    realization = read(document)
    assert realization.time.steps == 6
    assert (realization.output.root, realization.output.precision) == ("./", 9)
    module = realization.for_catchment("cat-1").formulation
    assert module.init_config == "{{id}}.cfg"
    assert module.allow_exceed_end_time is False
    assert module.output_variables is None
    assert module.mass_balance is None


def test_all_problems_are_listed_at_once(read, document):
    del params_of(document)["python_type"]
    params_of(document)["allow_exceed_end_time"] = 1
    document["time"]["end_time"] = "tomorrow"
    document["global"]["forcing"]["provider"] = "CSV"
    assert len(problems(read, document)) == 4


def test_a_flood_of_problems_is_cut(read, document):
    document["catchments"] = {f"cat-{n}": {} for n in range(50)}
    with pytest.raises(RealizationError, match="and 80 more") as caught:
        read(document)
    assert len(caught.value.problems) == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("   \n", "the file is empty"),
        ('{"global": }', "not valid JSON at line 1, column 12"),
        ("[1]", "holds no JSON object"),
        ('{"time": 1, "time": 2}', "the key 'time' appears twice"),
        ("{}", "time: is missing"),
    ],
)
def test_files_that_are_no_realization(read, text, message):
    assert any(message in problem for problem in problems(read, text))


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(RealizationError, match="cannot read the file: No such file"):
        read_realization(tmp_path / "nowhere.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    with pytest.raises(RealizationError, match="not UTF-8"):
        read_realization(tmp_path / "b.json")


@pytest.mark.parametrize(
    ("key", "value", "where", "message"),
    [
        ("model_type_name", None, "model_type_name", "is null; expected a text"),
        ("model_type_name", 5, "model_type_name", "is the number 5; expected a text"),
        ("python_type", "Model", "python_type", "expected '<python_module>.<python_class>'"),
        ("uses_forcing_file", True, "uses_forcing_file", "was removed from ngen"),
        ("forcing_file", "f.csv", "forcing_file", "was removed from ngen"),
        ("allow_exceed_end_time", 1, "allow_exceed_end_time", "expected true or false"),
        ("allow_exceed_end_time", "yes", "allow_exceed_end_time", "expected true or false"),
        ("model_params", {}, "model_params", "an empty object"),
        ("model_params", None, "model_params", "null"),
        ("model_params", {"a": {"source": "web"}}, "model_params.a.source", "'hydrofabric' is the only"),
        ("variables_names_map", {}, "variables_names_map", "an empty object"),
        ("variables_names_map", {"a": 1}, "variables_names_map.a", "expected the framework's name"),
        ("output_variables", [], "output_variables", "is empty"),
        ("output_variables", "Q", "output_variables", "expected a list of names"),
        ("output_header_fields", [1], "output_header_fields", "expected a list of names"),
        ("mass_balance", {}, "mass_balance", "an empty object"),
        ("mass_balance", {"tolerance": "small"}, "mass_balance.tolerance", "expected a number"),
        ("mass_balance", {"frequency": 1.5}, "mass_balance.frequency", "expected a whole number"),
    ],
)
def test_bad_values_in_a_module(read, document, key, value, where, message):
    params_of(document)[key] = value
    (problem,) = problems(read, document)
    assert problem.startswith(f"{PARAMS}.{where}: ")
    assert message in problem


@pytest.mark.parametrize("key", ["model_type_name", "python_type", "init_config", "main_output_variable"])
def test_required_keys(read, document, key):
    del params_of(document)[key]
    assert problems(read, document) == (f"{PARAMS}.{key}: is missing",)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("time",), None, "time: is missing"),
        (("time", "start_time"), "2015-12-01T00:00:00", "time.start_time: is '2015-12-01T00:00:00'; expected"),
        (("time", "end_time"), "2015-11-01 00:00:00", "time.end_time: is before start_time"),
        (("time", "output_interval"), 0, "time.output_interval: is 0; expected a positive"),
        (("time", "output_interval"), "x", "time.output_interval: is the text 'x'; expected a whole number"),
        (("layers",), [{"id": 1}], "layers: is not supported"),
        (("global", "formulations"), [], "global.formulations: is missing or empty"),
        (("global", "formulations"), [1], "global.formulations[0]: is the number 1; expected an object"),
        (("global", "forcing"), {}, "global.forcing: is missing"),
        (("global", "forcing", "provider"), "NetCD", "did you mean 'NetCDF'"),
        (("global", "forcing", "provider"), "CsvPerFeatur", "did you mean 'CsvPerFeature'"),
        (("global", "forcing", "path"), None, "global.forcing.path: is missing"),
        (("output",), {"precision": 0}, "output.precision: is 0; expected 1 to 17"),
        (("output",), {"catchment": {"format": "netcdf"}}, "output.catchment.format: only csv"),
        (("output",), {"nexus": {"format": "netcdf"}}, "output.nexus.format: only csv"),
        (("output",), {"nexus": {"grouping": "per_formulation"}}, "output.nexus.grouping: is 'per_formulation'"),
        (("output",), {"catchment": {"enable": "no"}}, "output.catchment.enable: is the text 'no'"),
        (("output",), "here", "output: is the text 'here'; expected an object"),
        (("global",), None, "global: is null; expected an object"),
    ],
)
def test_bad_values_elsewhere(read, document, path, value, message):
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert any(message in problem for problem in problems(read, document))


def test_an_output_interval_with_which_ngen_aborts(read, document):
    document["time"].update(output_interval=300, end_time="2015-12-01 05:20:00")
    (problem,) = problems(read, document)
    assert problem.startswith("time.output_interval: an output_interval of 300 s does not fit")


def test_catchments_need_their_own_forcing(read, document):
    document["catchments"] = {"cat-1": {"formulations": document["global"]["formulations"]}}
    (problem,) = problems(read, document)
    assert problem.startswith("catchments.cat-1.forcing: is missing")


def test_nothing_to_run(read, document):
    del document["global"]
    assert "nothing to run" in problems(read, document)[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [("bmi_py", "did you mean 'bmi_python'?"), ("bmi_mult", "did you mean 'bmi_multi'?"), ("x", "not a form")],
)
def test_unknown_formulations(read, document, name, message):
    document["global"]["formulations"][0]["name"] = name
    assert message in problems(read, document)[0]


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("bmi_c", {"model_type_name": "bmi_c_cfe"}, '"python_type": "cfe_bmi.BmiCfe"'),
        ("bmi_c++", {"library_file": "./liblasambmi.so"}, '"python_type": "lgar_bmi.BmiLgar"'),
        ("bmi_c", {"registration_function": "register_bmi_pet"}, '"python_type": "pet_bmi.BmiPet"'),
        ("bmi_fortran", {"model_type_name": "noahowp"}, "no Python component"),
    ],
)
def test_compiled_modules_are_named_with_their_replacement(read, document, kind, params, message):
    document["global"]["formulations"][0]["name"] = kind
    params_of(document).update(params)
    (problem,) = problems(read, document)
    assert kind in problem
    assert params_of(document)["model_type_name"] in problem
    assert message in problem


@pytest.mark.parametrize(
    ("kind", "params", "component"),
    [
        ("bmi_c", {"registration_function": "register_bmi_cfe"}, "cfe_bmi.BmiCfe"),
        ("bmi_c++", {"library_file": "./liblasambmi.so"}, "lgar_bmi.BmiLgar"),
        ("bmi_c", {"registration_function": "register_bmi_pet"}, "pet_bmi.BmiPet"),
    ],
)
def test_compiled_modules_can_be_replaced(read, document, caplog, kind, params, component):
    document["global"]["formulations"][0]["name"] = kind
    del params_of(document)["python_type"]
    params_of(document).update(params)
    parsed = read(document, substitute=True)
    assert parsed.default.formulation.python_type == component
    assert f"{PARAMS}: 'm' ({kind}) is replaced by {component}" in caplog.messages


def test_what_cannot_be_replaced_is_still_named_all_at_once(read, document):
    def module(kind, name):
        return {"name": kind, "params": {**params_of(document), "model_type_name": name}}

    modules = [module("bmi_c", "PET"), module("bmi_c", "CFE"), module("bmi_fortran", "noahowp")]
    params = {"model_type_name": "all", "main_output_variable": "Q", "modules": modules}
    document["global"]["formulations"] = [{"name": "bmi_multi", "params": params}]
    for substitute, named in ((False, ["PET", "CFE", "noahowp"]), (True, ["noahowp"])):
        with pytest.raises(RealizationError) as caught:
            read(document, substitute=substitute)
        assert [problem.split("'")[1] for problem in caught.value.problems] == named


def test_sloth_is_replaced_by_constants(read, document):
    document["global"]["formulations"][0]["name"] = "bmi_c++"
    del params_of(document)["python_type"]
    params_of(document)["library_file"] = "libSLOTHmodel.so"
    assert read(document).default.formulation.python_type == SLOTH


def test_parameters_are_alphabetical_and_typed(read, document):
    params_of(document)["model_params"] = {
        "b": "2.5",
        "a": {"source": "hydrofabric", "from": "slope"},
        "C": [1, 2],
        "d": {"source": "hydrofabric"},
    }
    params = read(document).default.formulation.model_params
    assert list(params.items()) == [
        ("C", [1, 2]),
        ("a", HydrofabricLink("slope")),
        ("b", 2.5),
        ("d", HydrofabricLink("d")),
    ]


def test_multi(read, document):
    module = document["global"]["formulations"][0]
    params = {
        "model_type_name": "both",
        "main_output_variable": "Q",
        "modules": [module, module],
        "default_output_values": [{"name": "x", "value": "0.5"}],
    }
    document["global"]["formulations"] = [{"name": "bmi_multi", "params": params}]
    config = read(document).default.formulation
    assert isinstance(config, MultiConfig)
    assert [item.where for item in config.modules] == [f"{PARAMS}.modules[{n}].params" for n in range(2)]
    assert config.default_outputs == {"x": 0.5}


def test_problems_in_a_multi(read, document):
    module = document["global"]["formulations"][0]
    nested = {"name": "bmi_multi", "params": {"model_type_name": "n", "main_output_variable": "Q"}}
    nested["params"]["modules"] = [module]
    params = {"model_type_name": "m", "modules": [nested, {"name": "bmi_python"}]}
    params["default_output_values"] = [{"value": 1}]
    document["global"]["formulations"] = [{"name": "bmi_multi", "params": params}]
    found = " ".join(problems(read, document))
    assert "cannot be a module of another bmi_multi" in found
    assert f"{PARAMS}.modules[1].params: is null; expected an object" in found
    assert f"{PARAMS}.main_output_variable: is missing" in found
    assert f"{PARAMS}.default_output_values[0].name: is missing" in found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output_root": "x", "disable_catchment_output": True}, "output_root, disable_catchment_output is depr"),
        ({"output_root": "x", "output": {"root": "y"}}, "output_root ignored because there is an 'output'"),
        ({"routing": {"t_route_config_file_with_path": "x"}}, "does not route"),
        ({"tiem": 1}, "tiem is not a key ngen knows, ignored (did you mean 'time'?)"),
    ],
)
def test_warnings(read, document, caplog, change, message):
    document.update(change)
    with caplog.at_level(logging.WARNING):
        read(document)
    assert message in caplog.text


def test_misspelt_keys_and_output_interval_warn(read, document, caplog):
    params_of(document)["model_parms"] = {"a": 1}
    document["time"]["output_interval"] = 7200
    document["global"]["formulations"].append({"name": "other"})
    with caplog.at_level(logging.WARNING):
        realization = read(document)
    assert "model_parms is not a key ngen knows, ignored (did you mean 'model_params'?)" in caplog.text
    assert "always steps by the hour" in caplog.text
    assert "only the first is used" in caplog.text
    assert realization.time.steps <= 6


def test_legacy_output_keys(read, document):
    document.update(output_root="x", disable_catchment_output="true")
    output = read(document).output
    assert (output.root, output.catchments) == ("x", False)


def test_nan_tolerance_disables_the_mass_balance(read, document, caplog):
    params_of(document)["mass_balance"] = {"tolerance": "NaN", "fatal": True}
    assert read(document).default.formulation.mass_balance is None
    assert "disables the mass balance check" in caplog.text


@pytest.mark.parametrize(("frequency", "message"), [(-1, "never checks"), (0, "disables")])
def test_odd_frequencies_warn(read, document, caplog, frequency, message):
    params_of(document)["mass_balance"] = {"frequency": frequency}
    read(document)
    assert message in caplog.text


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 5000, '"' + "9" * 5000 + '"'])
def test_numbers_beyond_all_floats_are_no_crash(read, document, number, tmp_path):
    text = json.dumps(document).replace('"start_time"', f'"unknown": {number}, "start_time"', 1)
    path = tmp_path / "huge.json"
    path.write_text(text)
    assert read_realization(path).time.steps >= 1


def test_a_null_character_is_refused(document, tmp_path):
    path = tmp_path / "null.json"
    path.write_text(json.dumps(document).replace('"start_time"', '"\\u0000": 1, "start_time"', 1))
    with pytest.raises(RealizationError, match="u0000"):
        read_realization(path)
