import json
import os
import pickle
import sqlite3

import numpy as np
import pytest

import ngen_harness.outputs
from ngen_harness import HarnessError, HydrofabricError, OutputError, RealizationError
from ngen_harness.errors import UnitConversionError
from ngen_harness.outputs import OutputFolder

from .conftest import RAIN

pytest.importorskip("cf_units")


def test_catchment_file_format(basin):
    basin.run()
    assert (basin.folder / "out" / "cat-1.csv").read_bytes() == (
        b"Time Step,Time,Q,T\n"
        b"0,2015-12-01 00:00:00,3.6,6.85\n"
        b"1,2015-12-01 01:00:00,7.2,8.35\n"
        b"2,2015-12-01 02:00:00,0,9.1\n"
    )


def test_nexus_file_format_and_sum_of_its_catchments(basin):
    basin.run()
    assert (basin.folder / "out" / "nex-9_output.csv").read_bytes() == (
        b"0, 2015-12-01 00:00:00, 30000\n1, 2015-12-01 01:00:00, 60000\n2, 2015-12-01 02:00:00, 0\n"
    )


@pytest.mark.parametrize(
    ("value", "default", "full"),
    [
        (1 / 3, "0.333333333", "0.33333333333333331"),
        (1.41752e-9, "1.41752e-09", "1.4175200000000001e-09"),
        (123456789012.0, "1.23456789e+11", "123456789012"),
        (float("nan"), "nan", "nan"),
        (float("-inf"), "-inf", "-inf"),
    ],
)
def test_significant_digits(basin, model, value, default, full):
    def step(self, time):
        self.time = time
        self.values["T"][:] = value

    model.make("Tiny", step=step)
    for precision, text in ((None, default), (17, full)):
        if precision:
            basin.realization["output"]["precision"] = precision
        basin.run(catchment_ids="cat-1")
        lines = (basin.folder / "out" / "cat-1.csv").read_text().splitlines()
        assert lines[1].rsplit(",", 1)[1] == text


def test_all_catchments_in_one_file(basin, model):
    basin.realization["output"]["catchment"] = {"grouping": "per_formulation"}
    result = basin.run()
    assert basin.files() == ["cat_output.csv", "nex-9_output.csv"]
    lines = (basin.folder / "out" / "cat_output.csv").read_text().splitlines()
    assert lines[:3] == [
        "catchment_id,Time Step,Time,Q,T",
        "cat-2,0,2015-12-01 00:00:00,3.6,6.85",  # later in the file, so it runs first
        "cat-1,0,2015-12-01 00:00:00,3.6,6.85",
    ]
    assert list(result.catchments) == ["cat-2", "cat-1"]


def test_one_file_needs_equal_columns(basin):
    basin.realization["output"]["catchment"] = {"grouping": "per_formulation"}
    other = json.loads(json.dumps(basin.realization["global"]))
    other["formulations"][0]["params"]["output_variables"] = ["T"]
    basin.realization["catchments"] = {"cat-1": other}
    with pytest.raises(OutputError, match="their columns differ: Q, T; T"):
        basin.run()
    assert basin.files() == []


def test_outputs_can_be_disabled(basin):
    basin.realization["output"]["catchment"] = {"enable": False}
    result = basin.run()
    assert basin.files() == ["nex-9_output.csv"]
    assert result.catchments == {}
    basin.realization["output"]["nexus"] = {"enable": False}
    assert basin.run(output="other").paths == ()


def test_result_in_memory_matches_the_files(basin):
    result = basin.run()
    assert result.times.tolist()[1] == np.datetime64("2015-12-01T01:00:00").astype("datetime64[s]").item()
    table = np.genfromtxt(basin.folder / "out" / "cat-2.csv", delimiter=",", skip_header=1)
    np.testing.assert_allclose(table[:, 2:], result.catchments["cat-2"].values, rtol=1e-9)
    assert [path.name for path in result.paths] == ["cat-2.csv", "cat-1.csv", "nex-9_output.csv"]


def test_fast_mode_gives_the_same_files_with_fewer_calls(basin, model):
    asked = []

    def get_var_itemsize(self, name):
        asked.append(name)
        return 8

    model.make("Tiny", get_var_itemsize=get_var_itemsize)
    basin.run(output="slow")
    slow = len(asked)
    basin.run(output="fast", faithful_calls=False)
    assert len(asked) - slow < slow / 5
    for name in ("cat-1.csv", "cat-2.csv", "nex-9_output.csv"):
        assert (basin.folder / "slow" / name).read_bytes() == (basin.folder / "fast" / name).read_bytes()


def test_fast_mode_does_not_repeat_a_value_the_model_did_not_give(basin, model):
    def get_value_at_indices(self, name, target, indices):
        if self.time < 7200:
            target[:] = 5.0

    model.make("Tiny", get_value_at_indices=get_value_at_indices)
    expected = [[5.0, 5.0], [0.0, 0.0], [0.0, 0.0]]
    for faithful in (True, False):
        assert basin.run(faithful_calls=faithful).catchments["cat-1"].values.tolist() == expected


# ---- which catchments, which nexuses


def test_a_subset_of_catchments(basin):
    result = basin.run(catchment_ids=["cat-2"])
    assert list(result.catchments) == ["cat-2"]
    assert result.nexuses["nex-9"][0] == pytest.approx(20000.0)
    with pytest.raises(HydrofabricError, match="not in the file: cat-3"):
        basin.run(catchment_ids="cat-2,cat-3")


def write_nexuses(basin, **targets):
    features = [
        {"type": "Feature", "id": name.replace("_", "-"), "properties": {"toid": toid}}
        for name, toid in targets.items()
    ]
    path = basin.folder / "nexus.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_nexus_file_decides_which_nexuses_are_written(basin, caplog):
    basin.features([("cat-1", "nex-1", 10.0), ("cat-2", "nex-2", 20.0)])
    nexuses = write_nexuses(basin, nex_1="cat-2", nex_2="cat-9", nex_3="cat-9")
    result = basin.run(nexus=nexuses)
    assert sorted(result.nexuses) == ["nex-1", "nex-2", "nex-3"]
    assert list(result.catchments) == ["cat-1", "cat-2"]  # cat-1 is upstream of cat-2
    assert result.nexuses["nex-3"].tolist() == [0, 0, 0]
    assert "nexus nex-3 has no contributing catchments" in caplog.text
    result = basin.run(nexus=nexuses, nexus_ids="nex-2", output="part")
    assert list(result.nexuses) == ["nex-2"]
    assert "cat-1 drains into nex-1, which is not among the nexuses" in caplog.text


def test_nexus_ids_without_a_nexus_file(basin):
    basin.features([("cat-1", "nex-1", 10.0), ("cat-2", "nex-2", 20.0)])
    assert list(basin.run(nexus_ids="nex-2").nexuses) == ["nex-2"]


def test_geopackage_for_both(basin):
    path = basin.folder / "basin.gpkg"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE divides (divide_id TEXT, id TEXT, toid TEXT, areasqkm REAL)")
        connection.execute("INSERT INTO divides VALUES ('cat-1', 'wb-1', 'nex-1', 3.0)")
        connection.execute("CREATE TABLE nexus (id TEXT, toid TEXT)")
        connection.execute("INSERT INTO nexus VALUES ('nex-1', 'wb-0')")
    connection.close()
    assert basin.run(catchments=path, nexus=path).nexuses["nex-1"][0] == pytest.approx(3000.0)


def test_without_a_catchment_file_the_listed_ones_run_without_nexuses(basin, caplog):
    basin.realization["catchments"] = {"cat-7": basin.realization["global"]}
    result = basin.run(catchments=None)
    assert basin.files() == ["cat-7.csv"]
    assert result.nexuses == {}
    assert "areas are unknown: nexus files are not written" in caplog.text
    with pytest.raises(HydrofabricError, match="catchment ids not in the realization: cat-8"):
        basin.run(catchments=None, catchment_ids="cat-8")


def test_without_a_catchment_file_and_list_there_is_nothing_to_run(basin):
    with pytest.raises(HydrofabricError, match=r"which catchments\?.*--catchments FILE"):
        basin.run(catchments=None)


def test_a_catchment_without_configuration(basin):
    basin.realization["catchments"] = {"cat-1": basin.realization.pop("global")}
    with pytest.raises(RealizationError, match=r"catchments.cat-2: is missing, and there is no 'global'"):
        basin.run()


def test_listed_catchments_that_do_not_take_part(basin, caplog):
    basin.realization["catchments"] = {"cat-77": basin.realization["global"]}
    assert basin.run().paths
    assert "do not take part in this run: cat-77" in caplog.text


# ---- folders


def test_forcing_folder_with_pattern(basin):
    folder = basin.folder / "forcing"
    folder.mkdir()
    text = (basin.folder / "forcing.csv").read_text()
    for name in ("cat-1_a.csv", "cat-2_a.csv"):
        (folder / name).write_text(text)
    basin.realization["global"]["forcing"] = {"path": "./forcing", "file_pattern": "{{id}}_.*csv"}
    assert basin.run().paths
    (folder / "cat-2_a.csv").unlink()
    with pytest.raises(HarnessError, match="cat-2: no file in ./forcing/ matches global.forcing.file_pattern"):
        basin.run()
    basin.realization["global"]["forcing"]["path"] = "./nowhere"
    with pytest.raises(HarnessError, match="cannot list the forcing folder './nowhere'"):
        basin.run()


@pytest.mark.parametrize(("path", "message"), [("gone.csv", "no such forcing file"), (".", "is a folder")])
def test_forcing_file_that_is_none(basin, path, message):
    basin.realization["global"]["forcing"]["path"] = path
    with pytest.raises(RealizationError, match=message):
        basin.run()


def test_cwd_is_where_paths_of_the_realization_begin(basin, model, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    result = basin.run(cwd=basin.folder)
    assert result.paths[0].parent == basin.folder / "out"
    assert model.Tiny.instances[0].calls[0] == ("initialize", str(basin.folder / "model.cfg"))
    result = basin.run(cwd=basin.folder, output="here")
    assert result.paths[0].resolve().parent == elsewhere / "here"
    assert os.getcwd() == str(elsewhere)
    with pytest.raises(HarnessError, match="no such folder"):
        basin.run(cwd=basin.folder / "nowhere")


def test_unwritable_output_is_found_before_any_model_is_made(basin, model):
    (basin.folder / "file").write_text("")
    for output in ("file", "file/below"):
        with pytest.raises(OutputError, match="cannot write into the output folder"):
            basin.run(output=output)
    assert model.Tiny.instances == []


def test_an_existing_folder_in_place_of_a_file(basin):
    (basin.folder / "out" / "nex-9_output.csv").mkdir(parents=True)
    with pytest.raises(OutputError, match="is a folder"):
        basin.run()
    assert basin.files() == ["nex-9_output.csv"]


def test_failure_leaves_earlier_results_alone(basin, model):
    basin.run()
    before = {name: (basin.folder / "out" / name).read_bytes() for name in basin.files()}
    model.make("Tiny", step=lambda self, time: 1 / 0)
    with pytest.raises(HarnessError, match="ZeroDivisionError"):
        basin.run()
    assert {name: (basin.folder / "out" / name).read_bytes() for name in basin.files()} == before


def test_failure_removes_folders_it_has_made(basin, model):
    model.make("Tiny", step=lambda self, time: 1 / 0)
    with pytest.raises(HarnessError, match="ZeroDivisionError"):
        basin.run(output="new/deep")
    assert not (basin.folder / "new").exists()


@pytest.mark.parametrize("exception", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_while_writing_leaves_nothing(basin, monkeypatch, exception):
    def nexus_files(flows, times):
        def lines():
            yield "0, "
            raise exception

        yield "nex-9_output.csv", lines()

    monkeypatch.setattr("ngen_harness.simulation.nexus_files", nexus_files)
    expected = OutputError if isinstance(exception, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        basin.run()
    assert not (basin.folder / "out").exists()


def test_failure_to_rename_is_an_error(basin, monkeypatch):
    def replace(self, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(ngen_harness.outputs.Path, "replace", replace)
    with pytest.raises(OutputError, match="cannot rename"):
        basin.run()
    assert not (basin.folder / "out").exists()


def test_a_missing_area_is_an_error_before_the_run(basin, model):
    basin.features([("cat-1", "nex-9", None)])
    with pytest.raises(HydrofabricError, match=r"catchments.geojson: catchment cat-1"):
        basin.run()
    assert model.Tiny.instances == []


def test_models_share_nothing_between_catchments(basin, model):
    basin.run()
    first, second = model.Tiny.instances
    assert first.values[RAIN] is not second.values[RAIN]
    assert first.calls == second.calls


def test_a_failure_while_writing_leaves_the_old_files(tmp_path):
    """Nothing takes its final name before everything is complete."""
    names = ("cat-1.csv", "cat-2.csv")
    for name in names:
        (tmp_path / name).write_text("old")
    folder = OutputFolder(tmp_path)

    def lines():
        yield "half\n"
        raise RuntimeError("the second file cannot be made")

    folder.write(names[0], ["new\n"])
    assert (tmp_path / names[0]).read_text() == "old"
    with pytest.raises(RuntimeError):
        folder.write(names[1], lines())
    folder.discard()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(names, "old")


def test_files_take_their_names_together(tmp_path):
    folder = OutputFolder(tmp_path)
    folder.write("a", ["1"])
    folder.write("b", ["2"])
    assert not {"a", "b"} & {path.name for path in tmp_path.iterdir()}
    assert folder.commit() == (tmp_path / "a", tmp_path / "b")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1", "b": "2"}


def test_errors_go_from_process_to_process():
    """With their text and what belongs to it: workers and their parent exchange them."""
    errors = [kind("what is wrong") for kind in subclasses(HarnessError) - {RealizationError, UnitConversionError}]
    errors += [RealizationError("r.json", ["a: b", "c: d"]), UnitConversionError("no", 2.5, "m", "s")]
    errors[-1].provider = "forcing"
    for error in errors:
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def subclasses(kind):
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize("method", ["initialize", "update", "finalize"])
def test_a_model_that_exits_fails_like_any_other(basin, model, method):
    """Its status of 0 must not become ours: nothing has been written."""

    def leave(self, *arguments):
        raise SystemExit(0)

    model.make("Tiny", **{method: leave})
    with pytest.raises(HarnessError, match="SystemExit: 0"):
        basin.run()
    assert basin.files() == []


def test_a_period_of_thousands_of_years_is_a_slip(basin):
    basin.realization["time"]["end_time"] = "9999-12-01 00:00:00"
    with pytest.raises(RealizationError, match="time.end_time: is .* hours after start_time, .* correct the year"):
        basin.run()


def test_half_a_character_is_refused(basin):
    basin.params["init_config"] = "\ud800.cfg"
    with pytest.raises(RealizationError, match="half of a surrogate pair"):
        basin.run()
