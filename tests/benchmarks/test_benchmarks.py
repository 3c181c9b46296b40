"""The machinery of the benchmarks: recording, comparing, tables. No test here depends on how long anything takes."""

import ctypes
import doctest
import importlib
import json
import platform

import pytest

from benchmarks import common, compare, machine, pairs, record, table
from benchmarks.common import child
from benchmarks.limits import NEEDS, STREAMED, Need, fractions
from benchmarks.peers import __main__ as peers
from benchmarks.peers import native, pairing
from benchmarks.record import Registry, Row, Timing, rows_of
from benchmarks.workloads import WORKLOADS, measure
from tests.paths import ROOT


@pytest.fixture
def registry() -> Registry:
    rows = Registry()
    with rows.group("cfe/ensemble", threads=1):
        rows.add("classic, Schaake, GIUH", "ns", Timing(40.0, 38.0, 50.0, 7), catchments=100, steps=24)
        rows.add("classic, Schaake, GIUH", "ns", Timing(90.0, 88.0, 95.0, 7), catchments=1, steps=24)
    with rows.group("limits"):
        rows.add("exp-numpy", "ns", Timing(1.0, 1.0, 1.0))
        rows.add("exp-loop", "ns", Timing(5.0, 5.0, 5.0))
        rows.add("copy", "GB/s", Timing(6.0, 6.0, 6.0))
    return rows


def results(rows: Registry, date: str = "2026-01-02T00:00:00Z") -> dict:
    project = {"version": "1.0", "commit": "abc", "changed": False, "date": date}
    return record.document(machine.machine(), project, "full", rows.rows)


@pytest.mark.parametrize("name", ["common", "record", "machine", "pairs", "limits", "table", "figure"])
def test_examples(name):
    failed, tried = doctest.testmod(importlib.import_module(f"benchmarks.{name}"))
    assert tried > 0
    assert failed == 0


def test_rows_have_names_and_conditions_of_their_groups(registry):
    row = registry.rows[0]
    assert row.name == "cfe/ensemble/classic-schaake-giuh"
    assert row.conditions == {"threads": 1, "catchments": 100, "steps": 24}
    assert registry.rows[-1].conditions == {}


def test_a_figure_cannot_hide_another(registry):
    with (
        registry.group("cfe/ensemble", threads=1),
        pytest.raises(ValueError, match="classic-schaake-giuh.*measured twice"),
    ):
        registry.add("classic, Schaake, GIUH", "ns", Timing(1.0, 1.0, 1.0), catchments=1, steps=24)


def test_results_come_back_as_written(registry, tmp_path):
    path = tmp_path / "deep" / "bench.json"
    record.write(path, results(registry))
    assert rows_of(record.read(path)) == registry.rows
    assert rows_of(record.read(path), "limits/exp") == registry.rows[2:4]
    assert [file.name for file in path.parent.iterdir()] == ["bench.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 99}, "schema 99; expected 1"),
        ({"machine": None}, "'machine' is missing"),
        ({"rows": [{"name": "a"}]}, "row 0 has not the keys"),
        (
            {
                "rows": [
                    {"name": "a", "unit": "s", "conditions": {}, "median": 3, "least": 1, "most": 2, "repetitions": 3}
                ]
            },
            "row 0, a: median 3 is not between",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(registry, tmp_path, change, message):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(results(registry) | change))
    with pytest.raises(ValueError, match=message) as error:
        record.read(path)
    assert str(path) in str(error.value)


def test_no_name_of_the_host_and_no_folder():
    text = json.dumps([machine.machine(), machine.project(), machine.file_name()])
    assert str(ROOT) not in text
    if len(platform.node()) > 3:
        assert platform.node() not in text


def test_kept_results_are_whole_and_name_a_commit():
    for file in compare.RESULTS.glob("*.json"):
        found = record.read(file)
        assert found["effort"] == "full", file.name
        assert found["project"]["commit"], file.name
        assert file.name.startswith(found["project"]["version"]), file.name


def test_the_rule_needs_median_and_quartile():
    assert pairs.judge([1.0] * 5, [1.21] * 5).slower
    assert not pairs.judge([1.0] * 5, [1.19] * 5).slower
    # the median is 1.3, but two of five pairs are no slower at all
    scattered = pairs.judge([1.0] * 5, [1.0, 1.0, 1.3, 1.3, 1.3])
    assert scattered.median == 1.3
    assert not scattered.slower
    assert scattered.words.startswith("unsure")
    assert pairs.judge([2.0] * 5, [1.0] * 5).words == "faster"


@pytest.mark.parametrize(("old", "new"), [([1.0], [1.0]), ([1.0, 1.0], [1.0]), ([1.0, 0.0], [1.0, 1.0])])
def test_too_few_or_impossible_times(old, new):
    with pytest.raises(ValueError, match="pairs|positive"):
        pairs.judge(old, new)


def test_a_slower_machine_is_not_slower_code():
    assert not pairs.normalised(10.0, 1.0, [30.0] * 5, [3.0] * 5).slower
    assert pairs.normalised(10.0, 1.0, [30.0] * 5, [1.0] * 5).slower


def test_old_and_new_run_in_turn(monkeypatch, tmp_path):
    old, new = compare.Tree(tmp_path / "old", tmp_path), compare.Tree(tmp_path / "new", tmp_path)
    order = []

    def once(tree, name, small=False):
        order.append(tree.path.name)
        return {"unit": "ns", "median": 2.0 if tree is new else 1.0}

    monkeypatch.setattr(compare, "once", once)
    line = compare.alternate(old, new, "lgar", 5)
    assert order[2:] == ["old", "new"] * 5
    assert line.verdict.slower
    assert (line.old, line.new) == (1.0, 2.0)


def test_what_the_old_code_has_not_is_not_compared(monkeypatch, tmp_path, capsys):
    old, new = compare.Tree(tmp_path / "old", tmp_path), compare.Tree(tmp_path / "new", tmp_path)

    def once(tree, name, small=False):
        if tree is old:
            raise RuntimeError("ImportError: no such thing")
        return {"unit": "ns", "median": 1.0}

    monkeypatch.setattr(compare, "once", once)
    line = compare.alternate(old, new, "lgar", 5)
    assert line.verdict is None
    compare.table([line])
    said = capsys.readouterr().out
    assert "not comparable" in said
    assert "no such thing" in said


def test_an_unknown_commit_is_no_checkout():
    with compare.checkout("0" * 40) as place:
        assert place is None


def test_the_newest_results_are_those_measured_last(registry, tmp_path):
    assert compare.newest(tmp_path) is None
    record.write(tmp_path / "2.0-a.json", results(registry, "2026-01-01T00:00:00Z"))
    record.write(tmp_path / "1.9-b.json", results(registry, "2026-02-01T00:00:00Z"))
    assert compare.newest(tmp_path).name == "1.9-b.json"


def test_workloads_run_by_path_without_this_folder_on_the_path():
    found = json.loads(child("-P", str(compare.PROGRAM), "bmi_step", "--small", "--repetitions", "2").stdout)
    assert len(found["values"]) == 2
    assert found["tree"] == str(ROOT)


@pytest.mark.parametrize("name", ["cfe_classic", "cfe_ode", "harness"])
def test_workloads_measure_something(name):
    assert set(WORKLOADS) >= {name}
    found = measure(name, 1, small=True)
    assert found["values"][0] > 0.0


def test_fractions_of_the_limit(registry):
    found = fractions(registry.rows)
    need = NEEDS["classic-schaake-giuh"]
    assert need == Need(1.0, STREAMED)
    case, basins, steps, taken, of_numpy, of_loop = found[0]
    assert (case, basins, steps, taken) == ("classic-schaake-giuh", 100, 24, 40.0)
    assert of_numpy == pytest.approx((1.0 + 24.0 / 12.0) / 40.0)
    assert of_loop == pytest.approx((5.0 + 24.0 / 12.0) / 40.0)
    assert fractions(registry.rows[:2]) == []


def test_tables_show_all_figures(registry):
    page = table.page(results(registry))
    assert "| classic-schaake-giuh | 100 | 24 | 1 | 40 | 38 to 50 | ns |" in page
    assert "| exp-numpy |" in page
    assert "| classic-schaake-giuh | 100 | 24 | 40 | 8% | 18% |" in page
    assert "exp-numpy" not in table.page(results(registry), "cfe")


def test_tables_take_the_place_of_those_before(registry, tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"above\n{table.BEGIN}\nold\n{table.END}\nbelow\n")
    for _ in range(2):
        table.put_into(path, table.page(results(registry), "limits/exp", "limits/copy"))
    lines = path.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("above", "below")
    assert "old" not in lines
    assert sum("exp-numpy" in line for line in lines) == 1
    path.write_text("no marks")
    with pytest.raises(ValueError, match="page.md: expected a line"):
        table.put_into(path, "")


def test_showing_records(registry, monkeypatch, capsys):
    monkeypatch.setattr(common, "REGISTRY", registry)
    with common.part("a", "title", steps=3):
        common.show("a label", Timing(1.0, 0.5, 2.0, 3), "us", name="short")
    assert registry.rows[-1] == Row("a/short", "us", Timing(1.0, 0.5, 2.0, 3), {"steps": 3})
    assert "a label" in capsys.readouterr().out


def test_a_figure_of_scaling(registry, tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks import figure

    with pytest.raises(ValueError, match="no rows cfe/scaling/basins"):
        figure.figure(results(registry))
    for key, (_, _, _, along, split) in figure.PANELS.items():
        with registry.group(key):
            for value in (1, 10, 100):
                for threads in (1, 2) if split else (1,):
                    registry.add(
                        "x", "ns", Timing(value, value / 2, value * 2, 3), **{along: value, "threads": threads}
                    )
    sheet = figure.figure(results(registry))
    sheet.savefig(tmp_path / "figure.png")
    assert [len(axes.lines) > 0 for axes in sheet.axes] == [True] * 6


def test_absent_peers_are_named(monkeypatch, capsys, tmp_path):
    for name in ("CFE_LIB", "CFE_PY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LGAR_LIB", str(tmp_path / "none.so"))
    monkeypatch.setattr("sys.argv", ["peers", "--output", str(tmp_path / "peers.json")])
    monkeypatch.setattr(peers, "PEERS", {key: peers.PEERS[key] for key in ("CFE in C", "LGAR-C", "cfe_py")})
    peers.main()
    said = capsys.readouterr().out
    assert "CFE in C: not measured: CFE_LIB is not set" in said
    assert "none.so: not there" in said
    assert "cfe_py: not measured: CFE_PY is not set" in said
    assert not (tmp_path / "peers.json").exists()


def test_pairs_of_peers_come_through_what_a_library_prints():
    pair = pairing.in_turn("a", "ns", lambda: sum(range(100)), lambda: sum(range(100)), (1.0, 1.0), 4.0)
    text = "chatter of a library\n" + json.dumps({"pairs": [pair], "notes": ["n"]}) + "\n"
    assert pairing.taken_over(text) == ([pair], ["n"])


def test_functions_of_a_c_struct_are_found_by_their_place(tmp_path):
    """A model of Python functions in a C struct: what the driver calls is what stands at the place of that name."""
    kept = ctypes.c_double(2.5)
    called = []
    integer = ctypes.c_size_t

    @ctypes.CFUNCTYPE(integer, integer, integer)
    def initialize(self, config):
        called.append(ctypes.string_at(config).decode())
        return 0

    @ctypes.CFUNCTYPE(integer, integer, integer, integer)
    def get_value_ptr(self, name, found):
        called.append(ctypes.string_at(name).decode())
        integer.from_address(found).value = ctypes.addressof(kept)
        return 0

    def register(model):
        places = (integer * native.SLOTS).from_address(model.value)
        places[0] = 77
        # by bmi.h: initialize is the first function, get_value_ptr the twenty-second
        places[1] = ctypes.cast(initialize, ctypes.c_void_p).value
        places[22] = ctypes.cast(get_value_ptr, ctypes.c_void_p).value

    model = native.CModel(register, tmp_path / "config.txt")
    assert model.data == 77
    model.pointer("Q_OUT")[0] += 1.0
    assert kept.value == 3.5
    assert called == [str(tmp_path / "config.txt"), "Q_OUT"]


def test_every_module_can_be_imported():
    """Nobody runs most of them in a test."""
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        if path.stem != "__main__":
            importlib.import_module(f"benchmarks.{path.stem}")
    assert importlib.import_module("benchmarks.__main__").PARTS
