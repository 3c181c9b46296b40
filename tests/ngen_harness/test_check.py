"""What the check finds, one mistake at a time, and that it goes on after each."""

import json
import os

import numpy as np
import pytest

from ngen_harness import HarnessError, check
from ngen_harness.checking.findings import Finding, Findings, Place, Severity, worst
from ngen_harness.checking.report import as_json, as_text
from tests.ngen_harness.conftest import RAIN, TEMPERATURE, module_block, multi_block

pytest.importorskip("cf_units")


@pytest.fixture
def look(basin):
    """Check the basin as it is; returns (severity, code) pairs."""

    def look(**options):
        (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
        options.setdefault("catchments", "catchments.geojson")
        return check("realization.json", **options)

    return look


def kinds(findings):
    return [(str(finding.severity), finding.code) for finding in findings]


def test_nothing_to_say(look, model):
    assert look() == []
    assert [instance.did("update") for instance in model.Tiny.instances] == [[], []]
    assert all(instance.did("finalize") == [[]] for instance in model.Tiny.instances)
    # the inputs of the first hour are set, converted
    assert model.Tiny.instances[0].did("set_value") == [
        [RAIN, [pytest.approx(3.6)]],
        [TEMPERATURE, [pytest.approx(6.85)]],
    ]


def raising(name, error=None):
    def method(self, *arguments):
        raise error or ValueError("no " + name)

    return {name: method}


MODELS = {
    "no method": ({"get_value_ptr": None}, ("abort", "method-missing"), "get_value_ptr"),
    "initialize raises": (raising("initialize"), ("abort", "initialize"), "ValueError: no initialize"),
    "initialize exits": (raising("initialize", SystemExit(3)), ("abort", "initialize"), "SystemExit: 3"),
    "constructor": ({"__init__": lambda self, path: None}, ("abort", "import"), "without arguments failed"),
    "hours since": ({"time_units": "hours since 1970-01-01"}, ("silent", "time-reference"), "garbage factor"),
    "no time": ({"time_units": "m"}, ("abort", "time-units"), "'m'"),
    "clock ahead": ({"get_current_time": lambda self: 7200.0}, ("silent", "clock"), "2 hours away"),
    "long step": ({"time_step": 7200.0}, ("works", "time-step"), "update_until(3600)"),
    "no step": ({"time_step": 0.0}, ("works", "time-step"), "get_time_step() is 0"),
    "end": ({"end_time": 7200.0}, ("abort", "end-time"), "2 of 3 steps"),
    "count too small": ({"get_input_item_count": lambda self: 1}, ("silent", "item-count"), "writes past the end"),
    "count too large": ({"get_output_item_count": lambda self: 9}, ("works", "item-count"), "is 9"),
    "names raise": (raising("get_input_var_names"), ("abort", "getter"), "get_input_var_names() failed"),
    "units raise": (raising("get_var_units"), ("abort", "getter"), "get_var_units"),
    "end raises": (raising("get_end_time"), ("abort", "getter"), "get_end_time() failed"),
    "step raises": (raising("get_time_step"), ("abort", "getter"), "get_time_step() failed"),
    "item size 0": ({"get_var_itemsize": lambda self, name: 0}, ("abort", "item-size"), "is 0"),
    "coulomb": ({"inputs": {RAIN: "mm h-1", TEMPERATURE: "C"}}, ("silent", "unit-coulomb"), "coulomb"),
    "no rate": ({"inputs": {RAIN: "m", TEMPERATURE: "K"}}, ("silent", "unit-raw"), "the raw number"),
    "array unit": (
        {"inputs": {RAIN: "m"}, "sizes": {RAIN: 2, "layers": 3}, "copies": {}},
        ("abort", "unit-array"),
        "aborts",
    ),
    "unknown unit": ({"outputs": {"Q": "m", "T": "floop"}}, ("works", "unit-unknown"), "floop"),
    "main output": ({"outputs": {"Q": "m s-1", "T": "K"}}, ("silent", "main-unit"), "metres per step"),
    "input refused": (raising("set_value"), ("abort", "set-input"), "first hour's value failed"),
    "dest not filled": (
        {"get_value_at_indices": lambda self, name, target, indices: self.values[name][indices]},
        ("silent", "output-not-filled"),
        "in place",
    ),
    "not before update": (raising("get_value_at_indices"), ("works", "output-unready"), "before the first update"),
    "finalize raises": (raising("finalize"), ("abort", "finalize"), "no finalize"),
    "twice": (
        {"get_output_var_names": lambda self: ("Q", "T", "Q"), "get_output_item_count": lambda self: 3},
        ("silent", "names"),
        "2 times",
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_models(look, model, name):
    attributes, kind, text = MODELS[name]
    model.make("Tiny", **attributes)
    findings = look()
    assert kind in kinds(findings)
    found = [finding for finding in findings if (str(finding.severity), finding.code) == kind]
    assert any(text in finding.why or text in finding.fix for finding in found)
    assert found[0].where.catchments == ("cat-1", "cat-2")
    assert found[0].where.key.startswith("global.formulations[0].params")
    for instance in model.Tiny.instances if name != "constructor" else ():
        assert not instance.did("update")


def test_water_in_kg_is_right_by_chance(look, basin):
    basin.forcing("time,APCP_surface,T2D\n" + "".join(f"2015-12-01 0{hour}:00:00,1.0,280\n" for hour in range(3)))
    basin.params["variables_names_map"] = {RAIN: "APCP_surface", TEMPERATURE: "T2D"}
    (finding,) = look()
    assert (finding.severity, finding.code, finding.where.variable) == ("works", "unit-raw", RAIN)


PARAMS = {
    "unknown": ({"nope": 1}, ("abort", "parameter")),
    "short": ({"layers": [1, 2]}, ("silent", "parameter-length")),
    "long": ({"layers": [1, 2, 3, 4]}, ("silent", "parameter-length")),
    "scalar": ({"layers": 1}, ("silent", "parameter-length")),
    "text": ({"factor": "high"}, ("silent", "parameter-skipped")),
    "mixed": ({"layers": [1, "x", 2, 3]}, ("silent", "parameter-skipped")),
    "missing property": ({"factor": {"source": "hydrofabric", "from": "areasqm"}}, ("silent", "parameter-skipped")),
}


@pytest.mark.parametrize("name", PARAMS)
def test_parameters(look, basin, name):
    basin.params["model_params"], kind = PARAMS[name]
    findings = look()
    assert kinds(findings) == [kind]
    assert "model_params." in findings[0].where.key


def test_parameters_arrive_before_names_are_asked(look, basin, model):
    def names(self):
        return ("Q", "T", "extra") if self.values["factor"][0] == 2.0 else ("Q", "T")

    model.make(
        "Tiny", hidden={"factor": "1", "extra": "m"}, get_output_var_names=names, get_output_item_count=lambda self: 3
    )
    basin.params.update(model_params={"factor": 2}, output_variables=["extra"])
    assert look() == []


def test_linked_parameter_without_hydrofabric(look, basin):
    basin.params["model_params"] = {"factor": {"source": "hydrofabric", "from": "areasqkm"}}
    basin.realization["catchments"] = {"cat-1": basin.realization["global"]}
    assert kinds(look(catchments=None)) == [("works", "not-checked")]
    assert look() == []


REALIZATIONS = {
    "typo": (["tiem"], 1, ("silent", "realization"), "write 'time'"),
    "typo inside": (["output", "catchment"], {"enabel": True}, ("silent", "realization"), "write 'enable'"),
    "step": (["P", "fixed_time_step"], False, ("works", "no-effect"), "remove"),
    "placeholder": (["global", "forcing", "path"], "./{{id}}.csv", ("silent", "placeholder"), "file_pattern"),
    "odd placeholder": (["P", "init_config"], "./{{ ID }}.cfg", ("silent", "placeholder"), "without blanks"),
    "twice": (["global", "forcing", "file_pattern"], "{{id}}{{id}}", ("silent", "placeholder"), "once"),
    "routing": (["routing"], {"x": 1}, ("works", "not-checked"), ""),
    "layers": (["layers"], [{}], ("abort", "realization"), ""),
    "netcdf": (["global", "forcing", "provider"], "NetCDF", ("abort", "forcing-file"), ""),
    "empty": (["P", "model_params"], {}, ("abort", "realization"), "remove the key"),
    "names map": (["P", "variables_names_map"], {"rain": "precip_rate"}, ("silent", "names-map"), "on the left"),
    "headers": (["P", "output_header_fields"], ["a"], ("silent", "headers"), "give 2"),
    "tolerance": (["P", "mass_balance"], {"check": True}, ("works", "mass-tolerance"), ""),
    "masses": (["P", "mass_balance"], {"tolerance": 1e-9}, ("silent", "mass-missing"), ""),
    "interval": (["time", "output_interval"], 7200, ("silent", "realization"), ""),
    "precision": (["P", "output_precision"], 4, ("silent", "no-effect"), "output.precision"),
    "input as output": (["P", "output_variables"], [RAIN], ("abort", "unknown-output"), "outputs"),
    "no config": (["P", "init_config"], "gone.cfg", ("abort", "init-config"), "relative"),
    "no module": (["P", "python_type"], "nosuch.Thing", ("abort", "import"), ""),
    "two formulations": (["global", "formulations"], [module_block(), module_block()], ("silent", "realization"), ""),
    "folder": (["global", "forcing", "path"], ".", ("abort", "forcing-file"), "file_pattern"),
    "no folder": (["global", "forcing"], {"path": "x/", "file_pattern": ".*"}, ("abort", "forcing-folder"), ""),
    "pattern": (["global", "forcing"], {"path": ".", "file_pattern": "("}, ("abort", "forcing-pattern"), ""),
    "no match": (["global", "forcing"], {"path": ".", "file_pattern": "{{id}}"}, ("abort", "forcing-pattern"), ""),
    "matches": (["global", "forcing"], {"path": ".", "file_pattern": ".*"}, ("silent", "forcing-pattern"), ""),
}


@pytest.mark.parametrize("name", REALIZATIONS)
def test_realizations(look, basin, name):
    (*path, key), value, kind, fix = REALIZATIONS[name]
    target = basin.params if path == ["P"] else basin.realization
    for part in path if path != ["P"] else ():
        target = target.setdefault(part, {})
    target[key] = value
    findings = look()
    found = [finding for finding in findings if (str(finding.severity), finding.code) == kind]
    assert found, kinds(findings)
    assert any(fix in finding.fix or fix in finding.why for finding in found)


FORCINGS = {
    "gap": ("00 01 03", {("silent", "forcing-not-hourly"), ("abort", "forcing-too-few-rows")}),
    "late": ("01 02 03", {("abort", "forcing-begins-late")}),
    "short": ("00 01", {("abort", "forcing-ends-early")}),
    "half hours": ("00 00:30 01 01:30 02", {("silent", "forcing-not-hourly")}),
    "none": ("", {("abort", "forcing-no-rows")}),
}


@pytest.mark.parametrize("name", FORCINGS)
def test_hours_of_a_forcing_file(look, basin, name):
    hours, expected = FORCINGS[name]
    times = [f"2015-12-01 {hour if ':' in hour else hour + ':00'}:00" for hour in hours.split()]
    basin.forcing("time,precip_rate,TMP_2maboveground\n" + "".join(f"{time},0.001,280.0\n" for time in times))
    findings = look()
    assert set(kinds(findings)) == expected
    for finding in findings:
        if finding.code == "forcing-not-hourly":
            assert finding.fix.startswith("resample it to hours, as pet_bmi.aorc.read_aorc does in Python")


def test_every_problem_of_a_forcing_file_at_once(look, basin):
    basin.forcing(
        "time,precip_rate,RAINRATE,TMP_2maboveground\n"
        "2015-12-01 00:00:00,0.001,0.001,280.0\n"
        "2015-12-01 01:00:00,,0.001,x\n"
        "2015-12-01 02:00:00,0.001\n"
        "2015-12-01 02:00:00,0.001,0.001,nan\n"
    )
    findings = look()
    assert kinds(findings) == [
        ("abort", "forcing-cell"),
        ("silent", "forcing-duplicate-column"),
        ("silent", "forcing-cells"),
    ]
    assert "line 3 (2015-12-01 01:00:00), column 'precip_rate': the cell is empty (1 more like this)" in findings[0].why
    assert findings[0].where.catchments == ("cat-1", "cat-2")
    assert findings[0].where.file == "./forcing.csv"


def test_nan_in_the_forcing(look, basin):
    basin.forcing(
        "time,precip_rate,TMP_2maboveground,unused\n"
        + "".join(f"2015-12-01 0{hour}:00:00,{'nan' if hour else 0.0},280.0,nan\n" for hour in range(3))
    )
    (finding,) = look()
    assert (finding.severity, finding.code, finding.where.variable) == ("silent", "forcing-not-finite", RAIN)
    assert "2015-12-01 01:00:00 (2 such hours)" in finding.why


def test_times_with_a_letter_are_one_finding(look, basin):
    basin.forcing("time,precip_rate,T2D\n" + "".join(f"2015-12-01T0{hour}:00:00,0,280\n" for hour in range(3)))
    basin.params["variables_names_map"] = {TEMPERATURE: "T2D"}
    assert kinds(look()) == [("silent", "forcing-time-format")]


def test_forcing_without_time(look, basin):
    basin.forcing("date,precip_rate\n2015-12-01 00:00:00,1\n")
    assert kinds(look()) == [("abort", "forcing-header")]


def masses(**changes):
    names = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")
    return {"hidden": {**dict.fromkeys(names, "m"), **changes.pop("units", {})}, **changes}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (masses(), []),
        (masses(types={"ngen::mass_out": "float32"}), ["mass-type"]),
        (masses(sizes={"ngen::mass_in": 2}), ["mass-type"]),
        (masses(units={"ngen::mass_in": "mm"}), ["mass-units"]),
        (masses(get_value_ptr=lambda self, name: np.array(0.0)), ["mass-missing"] * 4),
        (masses(get_value_ptr=lambda self, name: np.array([float(name.endswith("stored"))])), ["mass-initial"]),
    ],
)
def test_mass_variables(look, basin, model, attributes, expected):
    model.make("Tiny", **attributes)
    basin.params["mass_balance"] = {"tolerance": 1e-9}
    assert [finding.code for finding in look()] == expected


@pytest.fixture
def chain(basin, model):
    """Two modules: the first makes PQ from rain, the second Q from PQ."""
    model.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "m h-1"}, copies={"PQ": RAIN})
    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, copies={"Q": "PQ"})
    first = module_block("tiny.First", main_output_variable="PQ")
    second = module_block("tiny.Second")
    basin.formulation(multi_block(first, second))
    return first["params"], second["params"], basin.params


def test_multi(look, chain):
    assert look() == []


def test_multi_order_and_defaults(look, basin, chain):
    modules = basin.params["modules"]
    modules.reverse()
    basin.params.update(main_output_variable="Q", default_output_values=[{"name": "PQ", "value": 0.5}])
    (finding,) = look()
    assert (finding.severity, finding.code) == ("works", "look-back")
    assert "in the first step 0.5" in finding.why
    modules.reverse()
    assert kinds(look()) == [("works", "default-unused")]


def test_multi_names(look, chain):
    first, second, multi = chain
    first["variables_names_map"] = {"PQ": "rain"}
    multi["output_variables"] = ["PQ", "precip_rate", "nothing"]
    findings = look()
    # an input that nobody serves under its name still finds the output by the model's own name, one step late
    assert kinds(findings) == [
        ("abort", "unknown-output"),
        ("abort", "unknown-output"),
        ("silent", "forcing-echo"),
        ("works", "look-back"),
    ]
    assert "write 'rain'" in findings[0].fix


def test_multi_goes_on_when_a_module_fails(look, chain, model):
    model.make("First", inputs={RAIN: "m"}, outputs={"PQ": "m h-1"}, **raising("initialize"))
    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, end_time=1.0)
    assert kinds(look()) == [("abort", "initialize"), ("abort", "end-time")]


def test_multi_goes_on_when_a_module_cannot_be_read(look, chain):
    first, second, multi = chain
    del first["main_output_variable"]
    second["model_params"] = {"nope": 1}
    second["variables_names_map"] = {"PX": "PQ"}
    assert kinds(look()) == [("abort", "realization"), ("abort", "parameter"), ("silent", "names-map")]


def test_compiled_module_is_not_checked_and_the_others_are(look, basin, model):
    compiled = {
        "name": "bmi_c",
        "params": {
            "model_type_name": "PET",
            "library_file": "x",
            "init_config": "./model.cfg",
            "main_output_variable": "a",
        },
    }
    model.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, end_time=1.0)
    basin.formulation(multi_block(compiled, module_block("tiny.Second")))
    assert kinds(look()) == [("abort", "end-time"), ("works", "not-checked")]


def test_keys_that_belong_into_modules(look, chain):
    multi = chain[2]
    multi["mass_balance"] = {"check": True}
    multi["allow_exceed_end_time"] = True
    multi["init_config"] = "x.cfg"
    found = [finding for finding in look() if finding.code == "no-effect"]
    assert {(finding.where.key.rpartition(".")[2], str(finding.severity)) for finding in found} == {
        ("mass_balance", "silent"),
        ("allow_exceed_end_time", "silent"),
        ("init_config", "works"),
    }


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        (3, 3, []),
        (3, 1, ["broadcast"]),
        (1, 3, ["array-to-scalar"]),
        (4, 3, ["item-mismatch"]),
        (0, 3, ["empty-input"]),
    ],
)
def test_numbers_of_items_between_modules(look, chain, model, wanted, given, expected):
    model.make("First", inputs={}, outputs={"PQ": "m"}, sizes={"PQ": given, "layers": 3}, copies={})
    model.make("Second", inputs={"PQ": "m"}, outputs={"Q": "m"}, sizes={"PQ": wanted, "layers": 3}, copies={})
    assert [finding.code for finding in look()] == expected


def test_basin(look, basin):
    basin.features([("cat-1", "nex-9", None), ("cat-2", "nex-7", 0.0), ("cat-3", None, "x"), ("pond", "nex-9", 1.0)])
    nexuses = {"type": "FeatureCollection", "features": [{"id": "nex-9", "properties": {"toid": "wb-1"}}]}
    (basin.folder / "nexus.geojson").write_text(json.dumps(nexuses))
    basin.realization["catchments"] = {"cat-1": basin.realization["global"], "cat-9": basin.realization["global"]}
    findings = look(nexus="nexus.geojson", catchment_ids="all")
    assert {(kind, finding.where.catchments) for kind, finding in zip(kinds(findings), findings, strict=True)} == {
        (("abort", "id"), ()),
        (("abort", "area"), ("cat-1",)),
        (("silent", "area"), ("cat-2",)),
        (("abort", "area"), ("cat-3",)),
        (("works", "nexus"), ("cat-2",)),
        (("works", "nexus"), ("cat-3",)),
        (("works", "unused-catchment"), ()),
    }


def test_ids_and_files(look, basin):
    assert kinds(look(catchment_ids="cat-1,cat-8")) == [("silent", "unknown-id")]
    assert kinds(look(catchments="gone.geojson")) == [("abort", "hydrofabric")]
    assert kinds(look(catchments=None)) == [("works", "not-checked")]
    basin.features([("cat-1", "cat-2", 1.0), ("cat-2", "cat-1", 1.0)])
    assert kinds(look()) == [("abort", "loop")]
    with pytest.raises(HarnessError, match="no such folder"):
        look(cwd="nowhere")


def test_without_catchments_the_global_model_is_still_checked(look, basin, model):
    model.make("Tiny", end_time=1.0)
    assert kinds(look(catchments=None)) == [("abort", "end-time"), ("works", "not-checked")]


def test_unlisted_catchment(look, basin):
    basin.realization["catchments"] = {"cat-1": basin.realization.pop("global")}
    (finding,) = look()
    assert (finding.code, finding.where.catchments) == ("no-configuration", ("cat-2",))


def members(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from members(member, (*path, key))


ODD = [None, {}, [], "", -1.5, True, {"a": 1}, [{}], ["Q", 1], "{{id}}", "nan"]


def test_odd_values_anywhere_are_findings_and_no_exceptions(look, basin):
    basin.formulation(multi_block(module_block(model_params={"factor": 1}, output_header_fields=["a", "b"])))
    basin.realization["catchments"] = {"cat-1": {**basin.realization["global"], "formulations": [module_block()]}}
    text = json.dumps(basin.realization)
    tried = 0
    for path in list(members(basin.realization))[1:]:
        for odd in ODD:
            basin.realization = json.loads(text)
            target = basin.realization
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = odd
            for finding in look(catchment_ids="cat-1"):
                assert finding.why
                assert finding.fix
            tried += 1
    assert tried > 300


@pytest.mark.parametrize("names", [(1,), [["Q"]], None, 5])
def test_odd_names(look, model, names):
    model.make("Tiny", get_output_var_names=lambda self: names)
    assert {("abort", "names"), ("abort", "getter")} & set(kinds(look()))


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_no_realization(basin, text):
    (basin.folder / "realization.json").write_text(text)
    (finding,) = check("realization.json", catchments="catchments.geojson")
    assert (finding.severity, finding.code) == ("abort", "realization")


def test_problem_in_time_does_not_hide_the_rest(look, basin, model):
    basin.realization["time"]["start_time"] = "yesterday"
    basin.params["model_params"] = {"nope": 1}
    assert kinds(look()) == [("abort", "realization"), ("abort", "parameter")]


def test_other_folder(look, basin, monkeypatch):
    elsewhere = basin.folder / "elsewhere"
    elsewhere.mkdir()
    path = basin.folder / "realization.json"
    path.write_text(json.dumps(basin.realization))
    monkeypatch.chdir(elsewhere)
    catchments = basin.folder / "catchments.geojson"
    assert check(path, catchments=catchments, cwd=basin.folder) == []
    assert {code for _, code in kinds(check(path, catchments=catchments))} == {"init-config", "forcing-file"}


def test_what_models_print_goes_to_stderr(look, model, capsys):
    model.make("Tiny", initialize=lambda self, path: print("hello"))
    assert look() == []
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "hello\n" * 2


def test_merging_and_order():
    findings = Findings()
    for name in ("cat-1", "cat-2", "cat-1"):
        findings.at("r.json", "a", name).works("odd", "why", "fix")
    findings.at("r.json", "b").abort("bad", "why", "fix")
    bad, odd = findings.sorted()
    assert bad == Finding(Severity.ABORT, Place("r.json", "b"), "why", "fix", "bad")
    assert odd.where.catchments == ("cat-1", "cat-2")
    assert str(odd.where) == "r.json: a: cat-1, cat-2"
    assert str(Place("f", "", "Q", tuple("abcdefg"))) == "f: variable 'Q': a, b, c, d, e and 2 more"
    assert [worst(found) for found in ([], [odd], [odd, bad])] == [0, 1, 2]
    assert "1 x ngen would abort, 0 x ngen would silently go wrong, 1 x works, but" in as_text([bad, odd])
    assert json.loads(as_json([bad]))["counts"] == {"abort": 1, "silent": 0, "works": 0}


def test_logging_is_back_after_a_check(look, basin, caplog):
    basin.realization["tiem"] = 1
    look()
    assert caplog.text == ""
    basin.run()
    assert "tiem" in caplog.text
    assert os.path.isdir("out")
