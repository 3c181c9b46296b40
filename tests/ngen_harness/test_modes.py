"""The faithful mode, from our own small basin; the recorded cases (tests/reference) say the same about ngen itself."""

import json
import re

import numpy as np
import pytest

import ngen_harness.plan
from ngen_arid.__main__ import main
from ngen_harness import (
    ForcingError,
    HarnessError,
    HydrofabricError,
    MassBalanceError,
    ModelError,
    RealizationError,
    SimulationError,
)
from ngen_harness.clock import ClockError, count_steps
from ngen_harness.config import TimeConfig
from ngen_harness.timetable import MISUSE, hourly, layered

from .conftest import RAIN, module_block, multi_block

pytest.importorskip("cf_units")

HEADER = "time,precip_rate,TMP_2maboveground\n"


def rains(result, name="cat-1"):
    """Rain that reached the model, mm/s."""
    return (result.catchments[name].values[:, 0] / 3600).round(9).tolist()


def test_rows_are_taken_for_hours_whatever_their_time(basin):
    basin.forcing(
        HEADER + "2015-11-30 23:00:00,9,280\n"
        "2015-12-01 00:00:00,1,280\n2015-12-01 00:15:00,2,280\n2015-12-01 02:00:00,3,280\n2015-12-01 03:00:00,4,280\n"
    )
    with pytest.raises(ForcingError, match="the rows must be hourly"):
        basin.run()
    assert rains(basin.run(faithful=True)) == [1, 2, 3]


def test_a_row_that_is_missing_is_missed_at_its_step(basin, model, caplog):
    basin.forcing(HEADER + "2015-12-01 00:00:00,1,280\n2015-12-01 01:00:00,2,280\n")
    with pytest.raises(ForcingError, match="the forcing ends at 2015-12-01 01:00:00"):
        basin.run()
    assert not model.Tiny.instances
    with pytest.raises(SimulationError, match=r"catchment cat-2, time step 2 .*bad index 2 for " + RAIN):
        basin.run(faithful=True)
    assert "the forcing ends before the end of the simulation (2015-12-01 02:00:00)" in caplog.text
    assert len(model.Tiny.instances[0].did("update")) == 2
    assert basin.files() == []  # ngen leaves an empty catchment file and a nexus file that looks complete


def test_columns_of_one_name_interleave(basin, caplog):
    basin.forcing(
        "time,precip_rate,TMP_2maboveground,RAINRATE\n"
        + "".join(f"2015-12-01 0{hour}:00:00,{hour + 1},280,{10 * (hour + 1)}\n" for hour in range(3))
    )
    with pytest.raises(ForcingError, match="are both"):
        basin.run()
    assert rains(basin.run(faithful=True)) == [1, 10, 2]
    assert "'precip_rate' and 'RAINRATE' are mixed row by row" in caplog.text


@pytest.mark.parametrize("order", [("b", "a"), ("a", "b")])
def test_first_file_in_directory_order_is_taken(basin, monkeypatch, caplog, order):
    folder = basin.folder / "forcings"
    folder.mkdir()
    for name, rain in (("a", 1), ("b", 2)):
        rows = "".join(f"2015-12-01 0{hour}:00:00,{rain},280\n" for hour in range(3))
        (folder / f"cat-1_{name}.csv").write_text(HEADER + rows)
    scandir = ngen_harness.plan.os.scandir

    class Ordered:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: order.index(entry.name[6]))

        def __enter__(self):
            return self.entries

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(ngen_harness.plan.os, "scandir", Ordered)
    basin.realization["global"]["forcing"] = {"path": "./forcings", "file_pattern": "{{id}}.*"}
    with pytest.raises(ForcingError, match="2 files in"):
        basin.run(catchment_ids="cat-1")
    assert rains(basin.run(catchment_ids="cat-1", faithful=True)) == [{"a": 1, "b": 2}[order[0]]] * 3
    assert f"cat-1_{order[0]}.csv is taken" in caplog.text


def test_empty_list_of_outputs_is_a_list_with_an_empty_name(basin, model):
    basin.params["output_variables"] = []
    with pytest.raises(RealizationError, match="output_variables: is empty"):
        basin.run()
    with pytest.raises(SimulationError, match="time step 0 .*'' is not an output of"):
        basin.run(faithful=True, catchment_ids="cat-1")
    assert len(model.Tiny.instances[0].did("update")) == 1


def test_long_parameter_lists_are_cut_and_short_ones_refused(basin, model, caplog):
    basin.params["model_params"] = {"layers": [1, 2, 3, 4]}
    with pytest.raises(ModelError, match="has 4 values, but the variable has 3 items"):
        basin.run()
    basin.run(faithful=True)
    assert model.Tiny.instances[-1].did("set_value")[0] == ["layers", [1.0, 2.0, 3.0]]
    assert "has 4 values, but the variable has 3 items: cut" in caplog.text
    basin.params["model_params"] = {"layers": [1, 2]}
    with pytest.raises(ModelError, match="has 2 values"):
        basin.run(faithful=True)


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (lambda own: own["forcing"].update(path="./gone.csv"), "no such forcing file"),
        (lambda own: own["formulations"][0]["params"].update(init_config="./gone"), "cannot read './gone'"),
        (lambda own: own["forcing"].update(path="./gone", file_pattern="x"), "cannot list the forcing folder"),
    ],
)
def test_a_catchment_that_cannot_be_set_up_fails_after_those_before_it(basin, model, break_it, error):
    good, bad = (json.loads(json.dumps(basin.realization["global"])) for _ in range(2))
    break_it(bad)
    basin.realization["catchments"] = {"cat-1": good, "cat-2": bad}
    with pytest.raises(HarnessError, match=error):
        basin.run()
    assert not model.Tiny.instances
    with pytest.raises(HarnessError, match=error):
        basin.run(faithful=True)
    assert len(model.Tiny.instances) == 1
    assert basin.files() == []


def test_modules_before_one_without_configuration_are_created(basin, model):
    basin.formulation(multi_block(module_block(), module_block(init_config="./gone")))
    for faithful, created in ((False, 0), (True, 1)):
        with pytest.raises(RealizationError, match=r"modules\[1\].params.init_config: cat-.: cannot read './gone'"):
            basin.run(faithful=faithful)
        assert len(model.Tiny.instances) == created


def test_areas_are_missed_when_they_are_needed(basin, model):
    basin.features([("cat-1", "nex-9", None)])
    with pytest.raises(HydrofabricError, match="areasqkm"):
        basin.run()
    assert not model.Tiny.instances
    with pytest.raises(HydrofabricError, match="areasqkm"):
        basin.run(faithful=True)
    assert len(model.Tiny.instances[0].did("update")) == 1
    basin.features([("cat-1", "nex-9", -10.0)])
    assert basin.run(faithful=True).nexuses["nex-9"][0] == pytest.approx(-10000.0, rel=1e-14)


def test_output_interval_that_does_not_fit(basin, model):
    basin.realization["time"].update(end_time="2015-12-01 00:20:00", output_interval=300)
    with pytest.raises(SimulationError, match=r"after time step 0 .*Simulation_Time misuse"):
        basin.run(faithful=True)
    assert len(model.Tiny.instances[0].did("update")) == 1


def test_undefined_behaviour_is_refused_in_any_mode(basin, model):
    names = ("in", "out", "stored", "leaked")
    hidden = {f"ngen::mass_{name}": "m" for name in names}
    model.make("Tiny", hidden=hidden, types=dict.fromkeys(hidden, "float32"))
    basin.params["mass_balance"] = {"tolerance": 1e-6}
    with pytest.raises(MassBalanceError, match="must be float64"):
        basin.run(faithful=True)


def layer(number, seconds, units="s"):
    return {"name": "a layer", "id": number, "time_step": seconds, "time_step_units": units, "domain": "catchments"}


@pytest.mark.parametrize("interval", [3600, 1800, 7200, 10800, 300])
@pytest.mark.parametrize("period", [0, 1200, 7200, 9000, 14400, 21600])
def test_one_layer_makes_the_steps_of_none(period, interval):
    try:
        steps, misuse = count_steps(period, interval), False
    except ClockError as error:
        steps, misuse = error.done, True
    time = TimeConfig(0, period, steps, interval, misuse)
    plain, one = hourly(time), layered(time, [], {"cat-1": 0}, {"cat-1": None})
    assert [turn.start for turn in one.turns] == [turn.start for turn in plain.turns]
    assert one.abort == plain.abort == (MISUSE if misuse else "")


def test_layers_of_an_hour_change_nothing(basin):
    plain = basin.run()
    basin.realization["layers"] = [layer(1, 1, "h")]
    with pytest.raises(RealizationError, match="layers: is not supported"):
        basin.run()
    basin.features([("cat-1", "nex-9", 10.0), ("cat-2", "nex-9", 20.0)], layer=1)
    result = basin.run(faithful=True)
    np.testing.assert_array_equal(result.nexuses["nex-9"], plain.nexuses["nex-9"])
    assert basin.files() == ["cat-1.csv", "cat-2.csv", "nex-9_output.csv"]


def test_nexuses_are_emptied_by_layer_0_only_and_once(basin, model):
    basin.realization["layers"] = [layer(0, 15, "min")]
    with pytest.raises(SimulationError, match="after time step 0 .*Can not add water to a summed point nexus"):
        basin.run(faithful=True)
    first = model.Tiny.instances[0]
    assert first.did("update_until") == [[900.0]]  # once, although two layers asked for the step
    basin.realization["layers"] = [layer(1, 900)]
    basin.features([("cat-1", "nex-9", 10.0)], layer=1)
    with pytest.raises(SimulationError, match="after time step 2 .*Can not release water from an empty nexus"):
        basin.run(faithful=True)
    assert len(model.Tiny.instances[-1].did("update")) == 2  # ngen hands the 900 s to layer 0


@pytest.mark.parametrize(
    ("layers", "of_catchments", "message"),
    [
        ([layer(1, 900)], 0, "by less or more than an hour"),
        ([layer(1, 3600)], 2, "belong to layer 2, which is not in the list"),
        ([layer(1, 1, "foo")], 0, "time_step_units: is 'foo'"),
        ([layer(1, 0)], 0, "time_step: is 0; expected a positive number"),
        ([layer(1, 0.5)], 0, "time_step: is 0.5 s; expected a whole number of seconds"),
        ([{"id": 1}], 0, "time_step: is missing"),
        ([{**layer(1, 3600), "formulations": []}], 0, "formulations: is not supported"),
        ("x", 0, "layers: is the text 'x'; expected a list"),
    ],
)
def test_layers_that_are_wrong_or_of_unknown_effect_are_refused(basin, model, layers, of_catchments, message):
    basin.realization["layers"] = layers
    basin.features([("cat-1", "nex-9", 10.0)], layer=of_catchments)
    with pytest.raises(RealizationError, match=re.escape(message)):
        basin.run(faithful=True)
    assert not model.Tiny.instances


def test_faithful_without_quirks_is_the_default(basin):
    plain = basin.run()
    before = {name: (basin.folder / "out" / name).read_bytes() for name in basin.files()}
    assert list(basin.run(faithful=True).catchments) == list(plain.catchments)
    assert {name: (basin.folder / "out" / name).read_bytes() for name in basin.files()} == before


def test_command_line(basin, capsys):
    basin.forcing(HEADER + "".join(f"2015-12-01 00:{minute}:00,1,280\n" for minute in ("00", "15", "30")))
    (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
    command = ["run", "realization.json", "--catchments", "catchments.geojson"]
    assert main(command) == 1
    assert "the rows must be hourly" in capsys.readouterr().err
    assert main([*command, "--faithful"]) == 0
    assert main([*command, "--faithful", "--ngen", "2025"]) == 0
    assert (basin.folder / "cat-1.csv").is_file()  # the older ngen does not read output.root
    assert main([*command, "--ngen", "2024"]) == 2


# ---- the version of 2025, as the table of differences has it; there are no recordings of it


def run_2025(basin, **options):
    return basin.run(version="2025", **options)


def test_unknown_version(basin):
    with pytest.raises(HarnessError, match="version is '2024'; expected one of '2026', '2025'"):
        basin.run(version="2024")


def test_2025_single_formulation_has_six_decimals(basin):
    basin.realization["output_root"] = "./out/"
    run_2025(basin)
    assert (basin.folder / "out" / "cat-1.csv").read_text().splitlines() == [
        "Time Step,Time,Q,T",
        "0,2015-12-01 00:00:00,3.600000,6.850000",
        "1,2015-12-01 01:00:00,7.200000,8.350000",
        "2,2015-12-01 02:00:00,0.000000,9.100000",
    ]
    nexus = (basin.folder / "out" / "nex-9_output.csv").read_text()
    assert nexus.startswith("0, 2015-12-01 00:00:00, 30000\n")  # as in 2026


@pytest.mark.parametrize(("precision", "value"), [(None, "3.600000000"), (3, "3.600"), (0, "4")])
def test_2025_several_modules_have_fixed_decimals_and_headers(basin, precision, value):
    block = multi_block(module_block(), output_variables=["Q"], output_header_fields=["discharge"])
    if precision is not None:
        block["params"]["output_precision"] = precision
    basin.formulation(block)
    basin.realization["output_root"] = "./out/"
    run_2025(basin)
    lines = (basin.folder / "out" / "cat-1.csv").read_text().splitlines()
    assert lines[:2] == ["Time Step,Time,discharge", f"0,2015-12-01 00:00:00,{value}"]


def test_output_precision_must_be_a_number_of_decimals(basin):
    basin.formulation(multi_block(module_block(), output_precision=-1))
    with pytest.raises(RealizationError, match="output_precision: is -1"):
        basin.run()


def test_2025_single_formulation_ignores_header_fields(basin):
    basin.params["output_header_fields"] = ["discharge", "temperature"]
    assert basin.run().catchments["cat-1"].columns == ("discharge", "temperature")
    assert run_2025(basin).catchments["cat-1"].columns == ("Q", "T")


def test_2025_main_output_is_taken_for_metres(basin, model, caplog):
    model.make("Tiny", outputs={"Q": "mm", "T": "degC"})
    assert basin.run().nexuses["nex-9"].tolist() == pytest.approx([30.0, 60.0, 0.0], rel=1e-14)
    assert run_2025(basin).nexuses["nex-9"].tolist() == pytest.approx([30000.0, 60000.0, 0.0], rel=1e-14)
    assert caplog.text.count("main output 'Q' is in 'mm'; this version of ngen takes the number for metres") == 1
    model.make("Tiny")
    run_2025(basin)
    assert "is in 'm';" not in caplog.text


def test_2025_says_every_time_that_a_unit_cannot_be_converted(basin, model, caplog):
    model.make("Tiny", inputs={RAIN: "foo", "land_surface_air__temperature": "degC"})
    basin.run()
    assert caplog.text.count("unit conversion failure") == 1
    caplog.clear()
    run_2025(basin)
    assert caplog.text.count("unit conversion failure") == 6  # two catchments, three hours


def test_2025_arrays_are_passed_on_raw(basin, model, caplog):
    model.make("Tiny", inputs={RAIN: "foo", "land_surface_air__temperature": "degC"}, sizes={"layers": 3, RAIN: 2})
    with pytest.raises(SimulationError, match="UDUNITS does not know the unit 'foo'"):
        basin.run()
    result = run_2025(basin, catchment_ids="cat-1")
    assert result.catchments["cat-1"].values[:, 0].tolist() == [0.001, 0.002, 0.0]
    assert caplog.text.count("the raw values are used") == 3


def test_2025_arrays_of_other_modules_are_passed_on_raw(basin, model, caplog):
    model.make("First", outputs={"A": "m"}, copies={"A": RAIN}, sizes={"layers": 3, "A": 2})
    model.make("Second", inputs={"A": "K"}, copies={"Q": "A"}, sizes={"layers": 3, "A": 2})
    first = module_block("tiny.First", main_output_variable="A")
    basin.formulation(multi_block(first, module_block("tiny.Second")))
    with pytest.raises(SimulationError, match="for arrays that is an error in ngen"):
        basin.run()
    result = run_2025(basin, catchment_ids="cat-1")
    assert result.catchments["cat-1"].values[:, 0].round(9).tolist() == [3.6, 7.2, 0.0]
    assert "array 'A' of First (BMI Py): unit conversion failure" in caplog.text


def test_2025_does_not_read_newer_keys(basin, model, caplog):
    basin.params["mass_balance"] = {"check": True, "fatal": True}
    basin.params["cache_input_variable_metadata"] = True
    basin.realization["output"] = {"root": "./out/", "catchment": {"enable": False, "grouping": "per_formulation"}}
    basin.realization["output_root"] = "./legacy/"
    result = run_2025(basin)
    assert {path.name for path in result.paths} == {"cat-1.csv", "cat-2.csv", "nex-9_output.csv"}
    assert {path.parent.name for path in result.paths} == {"legacy"}
    for key in ("output", "params.mass_balance", "params.cache_input_variable_metadata"):
        assert f"{key} is not a key that ngen of 2025 knows, ignored" in caplog.text
    assert "deprecated" not in caplog.text


# ---- ngen's words


def test_errors_of_the_faithful_mode_quote_ngen(basin):
    basin.forcing(HEADER + "2015-12-01 00:00:00,1,280\n")
    with pytest.raises(SimulationError) as caught:
        basin.run(faithful=True)
    assert str(caught.value).splitlines()[-1] == (
        f"  (ngen: Forcing had bad index 1 for value lookup of {RAIN} at timestep 1 (2015-12-01 01:00:00) "
        "at feature id cat-2)"
    )


def test_errors_of_the_default_mode_and_those_without_a_counterpart_do_not(basin):
    basin.realization["global"]["forcing"]["path"] = "./gone.csv"
    for faithful in (False, True):
        with pytest.raises(RealizationError) as caught:
            basin.run(faithful=faithful)
        assert "(ngen:" not in str(caught.value)
    basin.params["main_output_variable"] = "nope"
    basin.realization["global"]["forcing"]["path"] = "./forcing.csv"
    with pytest.raises(SimulationError) as caught:
        basin.run()
    assert "(ngen:" not in str(caught.value)
