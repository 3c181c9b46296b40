"""What the check says about saving and restoring."""

import json
import struct

import pytest

from ngen_harness import check
from ngen_harness.checkpoint import SIZE, STATE, UNITS
from ngen_harness.checkpoint_file import CheckpointFiles

from .conftest import RAIN, TinyModel, module_block, multi_block
from .test_checkpoint import START, Saving

pytest.importorskip("cf_units")

NOTE = ("works", "serialization")
SAVE = {"path": "ckpt.bin", "save": {"frequency": 1}}
RESTORE = {"path": "ckpt.bin", "restore": {"step": "latest"}}
FIVE = struct.pack("<d", 5.0)


@pytest.fixture
def saving(basin, model):
    """The basin with a model that can be saved; ``make(**attributes)`` changes it."""

    def make(name="Tiny", **attributes):
        made = type(name, (Saving,), attributes)
        setattr(model, name, made)
        return made

    make()
    basin.make = make
    return basin


@pytest.fixture
def look(basin):
    """Check the basin with a ``serialization`` block; returns the findings besides the note on ngen."""

    def look(block=None, **options):
        if block is not None:
            basin.realization["serialization"] = block
        (basin.folder / "realization.json").write_text(json.dumps(basin.realization))
        options.setdefault("catchments", "catchments.geojson")
        findings = check("realization.json", **options)
        notes = [finding for finding in findings if (str(finding.severity), finding.code) == NOTE]
        assert block is None or not notes or [note.where.key for note in notes] == ["serialization"]
        return [finding for finding in findings if finding not in notes]

    return look


def kinds(findings):
    return [(str(finding.severity), finding.code) for finding in findings]


def keep(basin, *records, names=("cat-1:Tiny", "cat-2:Tiny"), payload=FIVE):
    """Write records (step, timestamp), for each name."""
    for name in names:
        for step, timestamp in records:
            CheckpointFiles().append(basin.folder / "ckpt.bin", name, step, timestamp, payload)


def test_released_ngen_ignores_the_block(saving):
    saving.realization["serialization"] = SAVE
    (saving.folder / "realization.json").write_text(json.dumps(saving.realization))
    (finding,) = check("realization.json", catchments="catchments.geojson")
    assert ((str(finding.severity), finding.code), finding.where.key) == (NOTE, "serialization")
    assert "pull request" in finding.why
    assert finding.where.catchments == ("cat-1", "cat-2")
    assert not (saving.folder / "ckpt.bin").exists()


def test_a_state_of_the_hour_before_the_start_is_given_to_the_model(saving, look):
    keep(saving, (7, START - 3600))
    before = (saving.folder / "ckpt.bin").read_bytes()
    made = saving.make()
    assert look({**SAVE, **RESTORE}) == []
    assert [model.total for model in made.instances] == [5.0, 5.0]
    assert (saving.folder / "ckpt.bin").read_bytes() == before


@pytest.mark.parametrize("fatal", [True, False])
@pytest.mark.parametrize("part", ["save", "restore"])
def test_models_that_take_no_part(basin, model, look, part, fatal):
    hidden = {**UNITS, SIZE: "byte"}
    del hidden[STATE]
    model.make("Tiny", hidden=hidden)
    keep(basin, (0, START - 3600))
    (finding,) = look({"path": "ckpt.bin", part: {"fatal": fatal}})
    assert kinds([finding]) == [("abort" if fatal else "silent", "state-support")]
    assert "ngen::serialization_size has the unit 'byte', expected 'bytes'" in finding.why
    assert "ngen::serialization_state is not offered (KeyError" in finding.why
    assert "_create" not in finding.why


@pytest.mark.parametrize("fatal", [True, False])
@pytest.mark.parametrize(("path", "text"), [("gone/ckpt.bin", "there is no folder"), (".", "it is a folder")])
def test_paths_that_cannot_be_written(saving, look, path, text, fatal):
    (finding,) = look({"path": path, "save": {"fatal": fatal}})
    assert kinds([finding]) == [("abort" if fatal else "silent", "state-path")]
    assert text in finding.why
    assert finding.where.key == "serialization.path"


def test_paths_are_relative_to_the_folder_that_is_given(saving, look, monkeypatch):
    (saving.folder / "states").mkdir()
    block = {"path": "states/ckpt.bin", "save": {"frequency": -1}}
    assert look(block) == []
    (saving.folder / "elsewhere").mkdir()
    monkeypatch.chdir(saving.folder / "elsewhere")
    options = {"catchments": "../catchments.geojson"}
    assert "state-path" in {finding.code for finding in check("../realization.json", **options)}
    assert kinds(check("../realization.json", cwd=saving.folder, **options)) == [NOTE]


@pytest.mark.parametrize("fatal", [True, False])
@pytest.mark.parametrize("content", [None, b"a,b\n1,2\n", b"x" * 200])
def test_files_without_saved_states(saving, look, content, fatal):
    if content is not None:
        (saving.folder / "ckpt.bin").write_bytes(content)
    (finding,) = look({"path": "ckpt.bin", "restore": {"fatal": fatal}})
    assert kinds([finding]) == [("abort" if fatal else "silent", "state-file")]
    assert "ckpt.bin" in finding.why
    if content is not None:
        assert [finding.code for finding in look(SAVE)] == ["state-file"]  # nothing is appended to it either


@pytest.mark.parametrize("fatal", [True, False])
@pytest.mark.parametrize(
    ("wanted", "text"),
    [({"step": 3}, "for step 3"), ({"timestamp": 5}, "for timestamp 5"), ({"id_subset": ["cat-2"]}, "leaves out")],
)
def test_no_such_record(saving, look, wanted, text, fatal):
    keep(saving, (0, START - 3600))
    (finding,) = look({"path": "ckpt.bin", "restore": {**wanted, "fatal": fatal}}, catchment_ids="cat-1")
    assert kinds([finding]) == [("abort" if fatal else "silent", "state-record")]
    assert text in finding.why
    assert finding.where.key == "serialization.restore"


def test_a_state_of_another_date(saving, look):
    saving.realization["serialization"] = SAVE
    saving.run()
    (finding,) = look(RESTORE)
    assert kinds([finding]) == [("silent", "state-date")]
    assert "a state of another date" in finding.why
    assert "time.start_time to 2015-12-01 03:00:00" in finding.fix
    assert finding.where.catchments == ("cat-1", "cat-2")
    saving.realization["time"].update(start_time="2015-12-01 03:00:00", end_time="2015-12-01 03:00:00")
    saving.forcing("time,precip_rate,TMP_2maboveground\n2015-12-01 03:00:00,0.001,280.0\n")
    assert look(RESTORE) == []


def test_several_states_of_one_step_and_a_latest_that_is_not_the_newest(saving, look):
    keep(saving, (4, START - 3600), (4, START - 3600), (1, START - 3600))
    assert kinds(look(RESTORE)) == [("silent", "state-ambiguous"), ("silent", "state-latest")]
    assert kinds(look({"path": "ckpt.bin", "restore": {"step": 1}})) == []


@pytest.mark.parametrize("fatal", [True, False])
def test_models_that_refuse_the_state(saving, look, fatal):
    keep(saving, (0, START - 3600), payload=b"abc")
    (finding,) = look({"path": "ckpt.bin", "restore": {"fatal": fatal}})
    assert kinds([finding]) == [("abort" if fatal else "silent", "state-refused")]
    assert "refuses the state of <catchment>:Tiny, step 0" in finding.why


def test_a_state_that_moves_the_clock(saving, look):
    def set_value(self, name, values):
        Saving.set_value(self, name, values)
        if name == STATE:
            self.time = 7200.0

    keep(saving, (0, START - 3600))
    saving.make(set_value=set_value)
    assert any("clock" in finding.why for finding in look(RESTORE))


def test_modules_with_blocks_of_their_own(saving, look):
    saving.make("First", inputs={RAIN: "mm h-1"}, outputs={"PQ": "m h-1"}, step=TinyModel.step, copies={"PQ": RAIN})
    saving.make("Second", inputs={"PQ": "m s-1"}, outputs={"Q": "m"}, step=TinyModel.step, copies={"Q": "PQ"})
    own = {"path": "own.bin", "restore": {"step": 0}}
    first = module_block("tiny.First", main_output_variable="PQ", serialization=own)
    saving.formulation(multi_block(first, module_block("tiny.Second"), serialization=RESTORE))
    keep(saving, (0, START - 3600), names=["cat-1.1:Second:multi"])
    (finding,) = look(catchment_ids="cat-1")
    assert kinds([finding]) == [("abort", "state-file")]
    assert finding.where.key.endswith("modules[0].params.serialization.path")


def test_a_formulation_that_cannot_be_read_has_no_known_record(saving, look):
    keep(saving, (0, START - 3600), names=["cat-1:other"])
    del saving.params["model_type_name"]
    assert kinds(look(RESTORE)) == [("abort", "realization")]


def test_switched_off_and_odd_blocks(saving, look):
    assert look({"save": {"check": False}}) == []
    for block in ({}, {"path": "ckpt.bin", "save": {}}, {"save": {"frequency": 1}}):
        assert kinds(look(block)) == [("abort", "realization")]
    (finding,) = look({"path": "ckpt.bin", "save": {"frequency": 0}})
    assert kinds([finding]) == [("works", "realization")]
    assert "nothing is saved" in finding.why


def test_the_block_of_a_bmi_multi_that_cannot_be_read_counts_for_its_modules(basin, look):
    basin.formulation(multi_block(module_block(), serialization=SAVE))
    del basin.params["main_output_variable"]
    assert kinds(look()) == [("abort", "realization"), ("abort", "state-support")]
