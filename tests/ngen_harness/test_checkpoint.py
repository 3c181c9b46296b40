"""Saving and restoring in the harness: the protocol's calls, the file, and runs that go on from another."""

import hashlib
import os
import struct
import time

import numpy as np
import pytest
import yaml

from ngen_harness import CheckpointError, RealizationError
from ngen_harness.checkpoint import CREATE, FREE, SIZE, STATE, UNITS
from ngen_harness.checkpoint_file import CheckpointFiles, read_records
from ngen_harness.context import to_epoch, to_text
from ngen_harness.serialization_config import fill_tokens
from tests.cfe_bmi.configs import PET, XINANJIANG, cat_87, nash_87
from tests.lgar_bmi import configs as lgar

from .conftest import RAIN, TinyModel, module_block, multi_block

pytest.importorskip("cf_units")

START = to_epoch("2015-12-01 00:00:00")
SAVE = {"path": "ckpt.bin", "save": {"frequency": 1}}
RESTORE = {"path": "ckpt.bin", "restore": {"step": "latest"}}


class Saving(TinyModel):
    """Takes part in the protocol, keeps a running sum, and records the calls about its state."""

    hidden = {**TinyModel.hidden, **UNITS}
    types = {CREATE: "int32", FREE: "int32", SIZE: "int64", STATE: "uint8"}

    def __init__(self):
        super().__init__()
        self.values[STATE] = np.zeros(0, np.uint8)
        self.asked = []
        self.total = 0.0

    def step(self, time):
        super().step(time)
        self.total += self.values[RAIN][0]
        self.values["Q"][0] = self.total

    def get_var_units(self, name):
        self._note("units", name)
        return super().get_var_units(name)

    def get_var_type(self, name):
        self._note("type", name)
        return super().get_var_type(name)

    def get_var_itemsize(self, name):
        self._note("itemsize", name)
        return super().get_var_itemsize(name)

    def get_var_nbytes(self, name):
        self._note("nbytes", name)
        return int(self.values[SIZE][0]) if name == STATE else super().get_var_nbytes(name)

    def get_value_ptr(self, name):
        self._note("ptr", name)
        return super().get_value_ptr(name)

    def _note(self, call, name):
        if name.startswith("ngen::"):
            self.asked.append((call, name.rpartition("_")[2]))

    def set_value(self, name, values):
        self._note("set", name)
        if name == CREATE:
            self.values[STATE] = np.frombuffer(struct.pack("<d", self.total), np.uint8).copy()
            self.values[SIZE][0] = 8
        elif name == FREE:
            self.values[STATE] = np.zeros(0, np.uint8)
            self.values[SIZE][0] = 0
        elif name == STATE:
            (self.total,) = struct.unpack("<d", values.tobytes())
        else:
            super().set_value(name, values)


@pytest.fixture
def saving(basin, model):
    """The basin with a model that can be saved; ``make(**attributes)`` changes it."""

    def make(name="Tiny", **attributes):
        made = type(name, (Saving,), attributes)
        setattr(model, name, made)
        return made

    basin.made = make()
    basin.make = make
    return basin


def prefixes(data):
    """Records of a file, read by hand: (magic, version, step, timestamp, written, id, payload)."""
    place = 0
    while place < len(data):
        *fields, id_length, length = struct.unpack_from("<4sBqqqHQ", data, place)
        place += 39
        record_id = data[place : place + id_length].decode()
        place += id_length + length
        yield (*fields, record_id, data[place - length : place])


# --- the calls -------------------------------------------------------------------------------------------------


def test_the_calls_of_a_run_that_saves(saving):
    saving.realization["serialization"] = {"path": "ckpt.bin", "save": {"frequency": 2}}
    saving.run(catchment_ids="cat-1")
    probe = [("units", word) for word in ("create", "free", "size", "state")]
    trigger = ["itemsize", "type", "nbytes", "itemsize", "set"]
    capture = [
        *((call, "create") for call in trigger),
        *((call, "size") for call in ("itemsize", "type", "ptr")),
        *((call, "state") for call in ("nbytes", "itemsize", "type", "ptr")),
        *((call, "free") for call in trigger),
    ]
    (only,) = saving.made.instances
    assert only.asked == [*probe, *capture, *capture]  # after steps 0 and 2


def test_the_calls_of_a_run_that_restores(saving):
    saving.realization["serialization"] = SAVE
    saving.run(catchment_ids="cat-1")
    saving.made.instances.clear()
    saving.realization["serialization"] = RESTORE
    saving.run(catchment_ids="cat-1")
    (only,) = saving.made.instances
    assert only.asked == [
        *(("units", word) for word in ("create", "free", "size", "state")),
        *((call, "size") for call in ("itemsize", "type", "nbytes", "itemsize", "set")),
        *((call, "state") for call in ("itemsize", "type", "nbytes", "itemsize", "set")),
    ]


def test_restoring_comes_after_the_parameters_and_before_the_first_step(saving):
    saving.realization["serialization"] = SAVE
    saving.run(catchment_ids="cat-1")
    order = []

    def set_value(self, name, values):
        order.append(name)
        Saving.set_value(self, name, values)

    saving.make(set_value=set_value)
    saving.params["model_params"] = {"factor": 2.0}
    saving.realization["serialization"] = RESTORE
    saving.run(catchment_ids="cat-1")
    assert order[:4] == ["factor", SIZE, STATE, RAIN]


def test_nothing_is_asked_without_a_block(saving):
    saving.run()
    assert all(model.asked == [] for model in saving.made.instances)


def test_saving_comes_after_the_mass_balance(saving):
    names = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")
    saving.made = saving.make(hidden={**Saving.hidden, **dict.fromkeys(names, "m")})
    saving.realization["serialization"] = SAVE
    saving.params["mass_balance"] = {"tolerance": 1.0}
    saving.run(catchment_ids="cat-1")
    asked = [word for call, word in saving.made.instances[0].asked if call in ("ptr", "set")]
    step = ["in", "out", "stored", "leaked", "create", "size", "state", "free"]
    assert asked == ["in", "out", "stored", "leaked", *step * 3]


# --- the file --------------------------------------------------------------------------------------------------


def test_the_records(saving):
    saving.realization["serialization"] = SAVE
    before = int(time.time())
    saving.run()
    records = list(prefixes((saving.folder / "ckpt.bin").read_bytes()))
    assert [record[:4] for record in records] == [
        (b"NGSR", 1, step, START + 3600 * step) for step in range(3) for _ in range(2)
    ]
    assert all(before <= record[4] <= time.time() for record in records)
    assert [record[5] for record in records] == ["cat-2:Tiny", "cat-1:Tiny"] * 3
    sums = [struct.unpack("<d", record[6])[0] for record in records]
    np.testing.assert_allclose(sums, [3.6, 3.6, 10.8, 10.8, 10.8, 10.8], rtol=1e-12)


@pytest.mark.parametrize(("frequency", "steps"), [(1, [0, 1, 2]), (2, [0, 2]), (3, [0]), (-1, [2]), (-7, [2]), (0, [])])
def test_how_often(saving, frequency, steps):
    saving.realization["serialization"] = {"path": "ckpt.bin", "save": {"frequency": frequency}}
    saving.run(catchment_ids="cat-1")
    path = saving.folder / "ckpt.bin"
    assert [record.step for record in (read_records(path) if path.exists() else [])] == steps


def test_modules_have_records_of_their_own(saving):
    saving.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "mm h-1"}, step=TinyModel.step, copies={"PQ": RAIN})
    saving.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, step=TinyModel.step, copies={"Q": "PQ"})
    saving.formulation(multi_block(module_block("tiny.First", main_output_variable="PQ"), module_block("tiny.Second")))
    saving.realization["serialization"] = {"path": "ckpt.bin", "save": {"frequency": -1}}
    saving.run(catchment_ids="cat-1")
    ids = [record.id for record in read_records(saving.folder / "ckpt.bin")]
    assert ids == ["cat-1.0:First:multi", "cat-1.1:Second:multi"]


def test_a_block_of_its_own_replaces_the_realization_s(saving):
    first, second = module_block(), module_block(serialization={"path": "own.bin", "save": {"frequency": 2}})
    forcing = {"path": "./forcing.csv"}
    off = module_block(serialization={"save": {"check": False}})
    saving.features([(f"cat-{i}", "nex-9", 1.0) for i in (1, 2, 3)])
    saving.realization["catchments"] = {
        f"cat-{i}": {"formulations": [block], "forcing": forcing} for i, block in ((1, first), (2, second), (3, off))
    }
    saving.realization["serialization"] = {"path": "ckpt.bin", "save": {"frequency": -1}}
    saving.run()
    assert [(r.id, r.step) for r in read_records(saving.folder / "ckpt.bin")] == [("cat-1:Tiny", 2)]
    assert [(r.id, r.step) for r in read_records(saving.folder / "own.bin")] == [("cat-2:Tiny", 0), ("cat-2:Tiny", 2)]


def test_a_module_s_block_goes_before_that_of_its_multi(saving):
    saving.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "mm h-1"}, step=TinyModel.step, copies={"PQ": RAIN})
    saving.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, step=TinyModel.step, copies={"Q": "PQ"})
    first = module_block("tiny.First", main_output_variable="PQ", serialization={"save": {"check": False}})
    of_multi = {"path": "multi.bin", "save": {"frequency": -1}}
    saving.formulation(multi_block(first, module_block("tiny.Second"), serialization=of_multi))
    saving.realization["serialization"] = SAVE
    saving.run(catchment_ids="cat-1")
    assert [r.id for r in read_records(saving.folder / "multi.bin")] == ["cat-1.1:Second:multi"]
    assert not (saving.folder / "ckpt.bin").exists()


def test_tokens_of_the_path(saving):
    saving.realization["serialization"] = {"path": "c.{{rank}}.{{pid}}.{{x}}.bin", "save": {"frequency": -1}}
    saving.run(catchment_ids="cat-1")
    assert (saving.folder / f"c.0.{os.getpid()}.{{{{x}}}}.bin").exists()
    host, date = fill_tokens("{{host}} {{date}}").split()
    assert "." not in host
    assert time.strptime(date, "%Y%m%d").tm_year >= 2024


def whole(path, count=2):
    files = CheckpointFiles()
    for step in range(count):
        files.append(path, "cat-1:a", step, 3600 * step, bytes([step]) * 50)
    return path.read_bytes()


def test_a_torn_last_record_is_passed_over_and_cut_before_the_next(tmp_path, caplog):
    path = tmp_path / "ckpt.bin"
    data = whole(path)
    one = len(data) // 2
    for cut in (*range(1, one), 0):
        path.write_bytes(data[: one + cut])
        assert [record.step for record in read_records(path)] == [0]
        CheckpointFiles().append(path, "cat-1:a", 7, 0, b"new")
        assert [record.step for record in read_records(path)] == [0, 7]
    assert "torn" in caplog.text
    for cut in range(1, one):
        path.write_bytes(data[:cut])
        assert read_records(path) == []


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"x" * 200, b"NGSX" + b"\0" * 60, b"NG!"])
def test_another_file_is_neither_read_nor_overwritten(saving, content):
    path = saving.folder / "ckpt.bin"
    path.write_bytes(content)
    for block in (SAVE, RESTORE):
        saving.realization["serialization"] = block
        with pytest.raises(CheckpointError, match=r"ckpt\.bin.*give another path"):
            saving.run()
        assert path.read_bytes() == content
        assert saving.files() == []


def test_another_wire_version(tmp_path):
    path = tmp_path / "ckpt.bin"
    data = bytearray(whole(path))
    data[4] = 2
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="version 2, expected 1"):
        read_records(path)


def test_records_of_a_run_that_fails_stay(saving):
    """They are what a run goes on from; the output files are not written, as ever."""

    def step(self, time):
        if time > 3600 * 2:
            raise RuntimeError("broken")
        Saving.step(self, time)

    saving.make(step=step)
    saving.realization["serialization"] = SAVE
    with pytest.raises(Exception, match="broken"):
        saving.run(catchment_ids="cat-1")
    assert [record.step for record in read_records(saving.folder / "ckpt.bin")] == [0, 1]
    assert saving.files() == []


# --- which record ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"step": "latest"}, 4.0),
        ({"check": True}, 4.0),
        ({"step": 3}, 3.0),
        ({"step": "3"}, 3.0),
        ({"timestamp": "7200"}, 2.0),
        ({"timestamp": 7200, "step": 4}, 2.0),
        ({"step": 0}, 0.5),
        ({"step": "latest", "id_subset": ["cat-9", "cat-1"]}, 4.0),
    ],
)
def test_which_record_is_taken(saving, wanted, expected):
    files, path = CheckpointFiles(), saving.folder / "ckpt.bin"
    for step, total in ((0, 0.5), (2, 2.0), (4, 4.0), (3, 3.0), (0, 9.0), (2, 9.0)):
        files.append(path, "cat-1:Tiny", step, 3600 * step, struct.pack("<d", total))
        files.append(path, "cat-2:Tiny", 100, 0, struct.pack("<d", -1.0))
    saving.realization["serialization"] = {"path": "ckpt.bin", "restore": wanted}
    result = saving.run(catchment_ids="cat-1", faithful=True)
    assert result.catchments["cat-1"].values[0, 0] == pytest.approx(expected + 3.6, rel=1e-12)


@pytest.mark.parametrize(
    ("wanted", "clear"), [({"step": "latest"}, False), ({"step": 2}, False), ({"timestamp": 7200}, True)]
)
def test_several_states_of_one_step_are_refused_unless_the_time_tells_them_apart(saving, wanted, clear):
    """A file that two runs wrote to: ngen takes the older state."""
    files, path = CheckpointFiles(), saving.folder / "ckpt.bin"
    for timestamp, total in ((7200, 2.0), (99 * 3600, 9.0)):
        files.append(path, "cat-1:Tiny", 2, timestamp, struct.pack("<d", total))
    saving.realization["serialization"] = {"path": "ckpt.bin", "restore": wanted}
    if clear:
        result = saving.run(catchment_ids="cat-1")
        assert result.catchments["cat-1"].values[0, 0] == pytest.approx(2.0 + 3.6, rel=1e-12)
    else:
        with pytest.raises(CheckpointError, match="2 saved states of cat-1:Tiny for step 2.*save each run in a file"):
            saving.run(catchment_ids="cat-1")


def test_a_wrong_length_costs_no_record(saving):
    """Records behind it show that it is no torn end: nothing is cut off, and nothing restored."""
    files, path = CheckpointFiles(), saving.folder / "ckpt.bin"
    for step in range(3):
        files.append(path, "cat-1:Tiny", step, 3600 * step, struct.pack("<d", step))
    data = bytearray(path.read_bytes())
    data[31:35] = b"\xff" * 4
    path.write_bytes(data)
    for block in (SAVE, RESTORE):
        saving.realization["serialization"] = block
        with pytest.raises(CheckpointError, match="byte 0 is damaged: .* another begins at byte"):
            saving.run(catchment_ids="cat-1")
        assert path.read_bytes() == bytes(data)


def test_a_state_of_another_date_is_reported(saving, caplog):
    files, path = CheckpointFiles(), saving.folder / "ckpt.bin"
    files.append(path, "cat-1:Tiny", 2, 7200, struct.pack("<d", 2.0))
    saving.realization["serialization"] = RESTORE
    saving.run(catchment_ids="cat-1")
    assert "is that after 1970-01-01 02:00:00, but the simulation begins at 2015-12-01" in caplog.text


def test_latest_that_was_not_saved_last_is_reported(saving, caplog):
    files, path = CheckpointFiles(), saving.folder / "ckpt.bin"
    for step in (4, 1):
        files.append(path, "cat-1:Tiny", step, 3600 * step, struct.pack("<d", step))
    saving.realization["serialization"] = RESTORE
    saving.run(catchment_ids="cat-1")
    assert "goes on from step 4, though step 1 was saved after it" in caplog.text


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"step": 5}, r"no saved state of cat-1:Tiny for step 5; .*: 0 \(0\)"),
        ({"timestamp": "5"}, "for timestamp 5"),
        ({"id_subset": ["cat-2"]}, "id_subset leaves out cat-1"),
    ],
)
@pytest.mark.parametrize("fatal", [True, False])
def test_no_such_record(saving, caplog, wanted, message, fatal):
    CheckpointFiles().append(saving.folder / "ckpt.bin", "cat-1:Tiny", 0, 0, struct.pack("<d", 5.0))
    saving.realization["serialization"] = {"path": "ckpt.bin", "restore": {**wanted, "fatal": fatal}}
    if fatal:
        with pytest.raises(CheckpointError, match=f"catchment cat-1, model Tiny: .*{message}"):
            saving.run(catchment_ids="cat-1")
        assert saving.files() == []
    else:
        result = saving.run(catchment_ids="cat-1")
        assert result.catchments["cat-1"].values[0, 0] == pytest.approx(3.6, rel=1e-12)
        assert "going on without" in caplog.text


def test_no_such_file(saving):
    saving.realization["serialization"] = RESTORE
    with pytest.raises(CheckpointError, match=r"ckpt\.bin: cannot read .*No such file"):
        saving.run()


# --- models that do not do their part --------------------------------------------------------------------------


@pytest.mark.parametrize("block", [SAVE, RESTORE])
@pytest.mark.parametrize("missing", [CREATE, FREE, SIZE, STATE])
def test_a_model_without_a_variable_stops_the_run_at_load(basin, model, block, missing):
    hidden = {name: unit for name, unit in UNITS.items() if name != missing}
    model.make("Tiny", hidden=hidden)
    basin.realization["serialization"] = block
    with pytest.raises(CheckpointError, match=f"catchment cat-1, model Tiny: .*does not offer {missing}"):
        basin.run()
    assert basin.files() == []


def test_a_unit_has_to_be_right_to_the_letter(saving):
    saving.made = saving.make(hidden={**Saving.hidden, SIZE: "byte"})
    saving.realization["serialization"] = SAVE
    with pytest.raises(CheckpointError, match="_size has the unit 'byte', expected 'bytes'"):
        saving.run()


def test_a_model_without_them_runs_on_when_that_is_not_fatal(basin, model, caplog):
    basin.realization["serialization"] = {
        "path": "ckpt.bin",
        "save": {"fatal": False},
        "restore": {"fatal": False},
    }
    basin.run()
    assert caplog.text.count("going on without") == 4  # two catchments, to save and to restore
    assert not (basin.folder / "ckpt.bin").exists()


@pytest.mark.parametrize(
    ("state", "size", "message"),
    [
        (np.zeros(8, np.uint8), 0, "expected one positive number of bytes"),
        (np.zeros(8, np.uint8), 7, r"expected uint8 of shape \(7,\)"),
        (np.zeros((2, 4), np.uint8), 8, r"of shape \(2, 4\)"),
        (np.zeros(8, np.int8), 8, "get_var_type is 'int8'"),
        (np.float64(0.0), 8, "get_var_type is 'float64'"),
    ],
)
@pytest.mark.parametrize("fatal", [True, False])
def test_bytes_that_are_none(saving, caplog, state, size, message, fatal):
    def set_value(self, name, values):
        Saving.set_value(self, name, values)
        if name == CREATE:
            self.values[STATE], self.values[SIZE][0] = state, size

    saving.made = saving.make(set_value=set_value)
    saving.realization["serialization"] = {"path": "ckpt.bin", "save": {"fatal": fatal}}
    if fatal:
        with pytest.raises(CheckpointError, match=rf"time step 0 \(2015-12-01 00:00:00\), model Tiny: .*{message}"):
            saving.run(catchment_ids="cat-1")
    else:
        saving.run(catchment_ids="cat-1")
        assert caplog.text.count("going on without") == 1  # and not in every step
    assert saving.made.instances[0].asked[-1] == ("set", "free")
    assert not (saving.folder / "ckpt.bin").exists()


def test_a_model_that_ignores_the_announced_length(saving):
    saving.realization["serialization"] = SAVE
    saving.run(catchment_ids="cat-1")
    saving.make(set_value=lambda self, name, values: None)
    saving.realization["serialization"] = RESTORE
    with pytest.raises(CheckpointError, match=r"get_var_nbytes\('ngen::serialization_state'\) means 0 items where 8"):
        saving.run(catchment_ids="cat-1")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"save": {"check": True}}, "serialization.path: is missing"),
        (
            {"path": "a", "save": {"frequency": 1.5}},
            "serialization.save.frequency: is the number 1.5; expected a whole",
        ),
        ({"path": "a", "save": {"fatal": 1}}, "serialization.save.fatal: is the number 1; expected true or false"),
        (
            {"path": "a", "restore": {"step": "last"}},
            "serialization.restore.step: is the text 'last'; expected 'latest'",
        ),
        ({"path": "a", "restore": {"timestamp": "2015"}, "save": {"check": 2}}, "serialization.save.check"),
        ({"path": "a", "restore": {"timestamp": "noon"}}, "expected seconds since 1970"),
        ({"path": "a", "restore": {"id_subset": "cat-1"}}, "serialization.restore.id_subset: is the text"),
        ({"path": "a", "restore": {}}, "serialization.restore: is an empty object"),
        ({}, "serialization: is an empty object"),
    ],
)
def test_problems_with_the_block(basin, block, message):
    basin.realization["serialization"] = block
    with pytest.raises(RealizationError, match=message):
        basin.run()


def test_unknown_keys_are_reported(saving, caplog):
    saving.realization["serialization"] = {**SAVE, "restor": {"step": 1}}
    saving.run()
    assert "serialization.restor is not a key ngen knows, ignored (did you mean 'restore'?)" in caplog.text


# --- the project's components: a run that is split -------------------------------------------------------------

HOURS = 30


def storm(basin):
    """Half an invented week of rain, in a file that holds all hours."""
    rng = np.random.default_rng(11)
    lines = ["time,precip_rate,PET"]
    for hour in range(HOURS):
        rain = 0.0 if rng.random() < 0.4 else rng.gamma(0.7, 0.006)
        lines.append(f"{to_text(START + 3600 * hour)},{rain:.17g},{rng.uniform(0.0, 2e-7):.17g}")
    basin.forcing("\n".join(lines) + "\n")


def cfe(basin, config):
    (basin.folder / "model.cfg").rename(basin.folder / "model.yml")
    (basin.folder / "model.yml").write_text(yaml.safe_dump(config))
    return module_block(
        "cfe_bmi.BmiCfe",
        model_type_name="CFE",
        init_config="./model.yml",
        main_output_variable="Q_OUT",
        variables_names_map={PET: "PET", RAIN: "precip_rate"},
        model_params={"Klf": 0.02},
    )


def clay(basin, config):
    (basin.folder / "model.yml").write_text(yaml.safe_dump(config))
    return module_block(
        "lgar_bmi.BmiLgar",
        model_type_name="LGAR",
        init_config="./model.yml",
        main_output_variable="total_discharge",
        variables_names_map={"precipitation_rate": "precip_rate", "potential_evapotranspiration_rate": "PET"},
    )


def behind_constants(basin, config):
    """A multi: PET is a constant of the first module."""
    inner = cfe(basin, config)
    inner["params"]["variables_names_map"] = {PET: "constant_pet", RAIN: "precip_rate"}
    constants = module_block(
        "ngen_bmi.constants.BmiConstants",
        init_config="/dev/null",
        main_output_variable="constant_pet",
        model_params={"constant_pet(1,double,m s-1,node)": 6e-8},
    )
    return multi_block(constants, inner)


XINANJIANG_NASH = nash_87(XINANJIANG, partitioning="xinanjiang", soil_scheme="ode")

KINDS = {
    "classic": (cfe, cat_87()),
    "ode": (cfe, cat_87(soil_scheme="ode")),
    "xinanjiang-nash": (cfe, XINANJIANG_NASH),
    "multi": (behind_constants, cat_87()),
    "lgar": (clay, lgar.column()),
}


def hours(basin, first, last):
    basin.realization["time"]["start_time"] = to_text(START + 3600 * first)
    basin.realization["time"]["end_time"] = to_text(START + 3600 * last)


def outputs(basin, calls=True, **options):
    result = basin.run(catchments=None, faithful_calls=calls, **options)
    return result.catchments["cat-1"].values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("faithful", [True, False])
def test_a_second_run_goes_on_where_the_first_ended(basin, kind, faithful):
    """From the checkpoint's time, with the models' clocks at 0: forcing is that of the new run's hours."""
    make, config = KINDS[kind]
    storm(basin)
    block = make(basin, config)
    basin.realization["catchments"] = {"cat-1": {"formulations": [block], "forcing": {"path": "./forcing.csv"}}}
    hours(basin, 0, HOURS - 1)
    whole_run = outputs(basin, faithful)
    assert np.ptp(whole_run[:, 0]) > 0.0
    for split in np.random.default_rng(12).integers(1, HOURS - 2, 3).tolist():
        path = f"ckpt.{split}.bin"
        basin.realization["serialization"] = {"path": path, "save": {"frequency": -1}}
        hours(basin, 0, split)
        first = outputs(basin, faithful)
        basin.realization["serialization"] = {"path": path, "restore": {"step": "latest"}}
        hours(basin, split + 1, HOURS - 1)
        second = outputs(basin, faithful)
        assert np.concatenate([first, second]).tobytes() == whole_run.tobytes()


@pytest.mark.parametrize("kind", ["classic", "lgar"])
def test_with_its_clock_restored_a_model_asks_for_forcing_from_there_on(basin, kind):
    """It fits under the old start; in a run from the checkpoint's time on it would be that of twice as late."""
    make, config = KINDS[kind]
    storm(basin)
    block = make(basin, {**config, "restore_clock": True})
    basin.realization["catchments"] = {"cat-1": {"formulations": [block], "forcing": {"path": "./forcing.csv"}}}
    hours(basin, 0, HOURS - 1)
    whole_run = outputs(basin)
    basin.realization["serialization"] = SAVE
    hours(basin, 0, 9)
    outputs(basin)
    basin.realization["serialization"] = {"path": "ckpt.bin", "restore": {"step": 4}}
    hours(basin, 0, 14)  # a run reads the forcing of its own hours, and repeats the last
    assert outputs(basin)[:10].tobytes() == whole_run[5:15].tobytes()
    hours(basin, 5, 9)
    with pytest.raises(CheckpointError, match="moved the model's clock, so that its first step gets the forcing of"):
        outputs(basin)
    assert outputs(basin, faithful=True).tobytes() != whole_run[5:10].tobytes()


def test_saving_does_not_change_a_run(basin):
    storm(basin)
    block = cfe(basin, cat_87())
    basin.realization["catchments"] = {"cat-1": {"formulations": [block], "forcing": {"path": "./forcing.csv"}}}
    hours(basin, 0, HOURS - 1)
    without = outputs(basin)
    basin.realization["serialization"] = SAVE
    assert outputs(basin).tobytes() == without.tobytes()
    payloads = [record[6] for record in prefixes((basin.folder / "ckpt.bin").read_bytes())]
    assert len({hashlib.sha256(payload).digest() for payload in payloads}) == HOURS


def test_a_damaged_payload_is_refused_with_the_record_named(basin):
    storm(basin)
    block = cfe(basin, cat_87())
    basin.realization["catchments"] = {"cat-1": {"formulations": [block], "forcing": {"path": "./forcing.csv"}}}
    basin.realization["serialization"] = SAVE
    hours(basin, 0, 2)
    outputs(basin)
    path = basin.folder / "ckpt.bin"
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    basin.realization["serialization"] = RESTORE
    with pytest.raises(CheckpointError, match="refuses the state of cat-1:CFE, step 2 .*checksum"):
        outputs(basin)
    basin.realization["serialization"] = {"path": "ckpt.bin", "restore": {"step": 1}}
    outputs(basin)


def test_the_configuration_has_to_be_the_same(basin):
    storm(basin)
    block = cfe(basin, cat_87())
    basin.realization["catchments"] = {"cat-1": {"formulations": [block], "forcing": {"path": "./forcing.csv"}}}
    basin.realization["serialization"] = SAVE
    hours(basin, 0, 2)
    outputs(basin)
    (basin.folder / "model.yml").write_text(yaml.safe_dump(cat_87(soil_scheme="ode")))
    basin.realization["serialization"] = RESTORE
    with pytest.raises(CheckpointError, match="soil scheme is 0 there and 1 here"):
        outputs(basin)
