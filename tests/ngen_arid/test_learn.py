"""``ngen-arid learn``, from files to files."""

import csv
import json

import pytest
import yaml

torch = pytest.importorskip("torch")

from cfe_bmi import BmiCfe  # noqa: E402
from ngen_arid import learn  # noqa: E402
from ngen_arid.__main__ import main  # noqa: E402

torch.set_num_threads(1)

PNG = b"\x89PNG\r\n\x1a\n"
BASINS = 5


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learn") / "example"
    assert main(["learn", "--example", str(folder), "--basins", str(BASINS)]) == 0
    return folder


def small(example, name, **changes):
    """Configuration of a short training over short periods; returns its path and the folder of its results."""
    content = yaml.safe_load((example / "LEARNING.yaml").read_text())
    content["periods"] = {
        "train": {"start": "2000-12-01", "end": "2001-01-15"},
        "test": {"start": "2001-01-15", "end": "2001-02-15"},
    }
    content["basins"] = {"train": 0.6, "test": 0.4}
    content["training"] |= {"epochs": 3, "warmup_days": 20, "checkpoint_every": 1}
    content["output"] = name
    for path, value in changes.items():
        section, key = path.split("__")
        content[section][key] = value
    path = example / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content))
    return path, example / name


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_example_as_it_is_written_is_read_and_described(example):
    from dcfe.learning_config import load_learning_config
    from dcfe.learning_data import read_learning_set

    learning = read_learning_set(load_learning_config(example / "LEARNING.yaml"))
    assert {group: len(members) for group, members in learning.basins.items()} == {"train": 4, "test": 1}
    assert learning.data.rain.shape == (BASINS, 2 * 8760)
    assert learning.periods == {"train": (0, 8760), "test": (8760, 17520)}
    assert len(learning.truth) == 13
    # what is not learned is as it was when the observations were made
    torch.testing.assert_close(learning.data.parameters["expon"], learning.truth["expon"], rtol=1e-8, atol=0.0)


def test_a_run_leaves_parameters_scores_configurations_and_figures(example, capsys):
    path, output = small(example, "static")
    assert main(["learn", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "basins: 3 train, 2 test" in printed
    assert "learned slope, refkdt, Klf, Kn, max_gw_storage, Cgw in 3 epochs" in printed
    parameters = rows(output / "parameters.csv")
    assert len(parameters) == BASINS
    assert len({row["refkdt[1]"] for row in parameters}) == BASINS
    scores = rows(output / "scores.csv")
    assert len(scores) == 2 * BASINS
    assert {(row["group"], row["period"]) for row in scores} == {
        (group, period) for group in ("train", "test") for period in ("train", "test")
    }
    for row in scores:
        assert -50.0 < float(row["nse"]) < 1.0
        assert row["observations"] == ("1080" if row["period"] == "train" else "744")
    summary = json.loads((output / "summary.json").read_text())
    assert summary["epochs"] == summary["best_epoch"] == 3
    assert summary["periods"]["test"] == ["2001-01-15T00:00", "2001-02-14T23:00"]
    assert len(summary["medians"]) == 4
    for basin in summary["basins"]["test"]:
        model = BmiCfe()
        model.initialize(str(output / "configs" / f"{basin}.yml"))
        expected = next(row for row in parameters if row["basin"] == basin)
        assert float(model.get_value_ptr("refkdt")[0]) == float(expected["refkdt[1]"])
    figures = sorted(path.name for path in (output / "figures").iterdir())
    assert figures == ["hydrographs_q_out.png", "nse.png", "parameters.png", "training.png"]
    for figure in (output / "figures").iterdir():
        assert figure.read_bytes().startswith(PNG)
        assert figure.stat().st_size > 10_000
    assert len(rows(output / "training" / "metrics.csv")) == 3
    assert not list(output.rglob("*.partial"))


def test_a_second_run_goes_on_and_a_restart_begins_anew_with_the_same_results(example):
    path, output = small(example, "again")
    assert main(["learn", str(path)]) == 0
    names = ("parameters.csv", "scores.csv", "training/metrics.csv")
    first = [(output / name).read_bytes() for name in names]
    checkpoint = (output / "training" / "checkpoint.pt").stat().st_mtime_ns
    assert main(["learn", str(path)]) == 0
    assert [(output / name).read_bytes() for name in names] == first
    assert (output / "training" / "checkpoint.pt").stat().st_mtime_ns == checkpoint, "nothing was trained again"
    assert main(["learn", str(path), "--restart"]) == 0
    assert [(output / name).read_bytes() for name in names] == first
    assert (output / "training" / "checkpoint.pt").stat().st_mtime_ns > checkpoint


def test_changed_settings_do_not_go_on_from_a_checkpoint(example, capsys):
    path, _ = small(example, "changed")
    assert main(["learn", str(path)]) == 0
    small(example, "changed", training__learning_rate=0.5)
    assert main(["learn", str(path)]) == 1
    assert "learning_rate was 0.01, now 0.5" in capsys.readouterr().err


def test_parameters_of_each_basin_by_itself(example):
    path, output = small(example, "points", learn__network={"kind": "point"}, training__optimiser="lbfgs")
    content = yaml.safe_load(path.read_text())
    content["basins"] = {"train": 1.0}
    content["training"]["learning_rate"] = 1.0
    path.write_text(yaml.safe_dump(content))
    assert main(["learn", str(path)]) == 0
    losses = [float(row["loss"]) for row in rows(output / "training" / "metrics.csv")]
    assert losses[-1] < 0.5 * losses[0]


def test_parameters_that_change_in_time_are_also_scored_and_exported_as_averages(example):
    path, output = small(
        example, "dynamic", learn__mode="dynamic", learn__network={"kind": "lstm", "hidden": [4]}, training__epochs=1
    )
    ungauged = sorted(file.stem for file in (example / "configs").iterdir())[1]
    content = yaml.safe_load(path.read_text())
    content["basins"] = {"train": 0.5, "test": 0.5, "ungauged": [ungauged]}
    path.write_text(yaml.safe_dump(content))
    assert main(["learn", str(path)]) == 0
    scores = rows(output / "scores.csv")
    kinds = {kind: [row["nse"] for row in scores if row["parameters"] == kind] for kind in ("static", "dynamic")}
    assert len(kinds["static"]) == len(kinds["dynamic"]) == 2 * (BASINS - 1)
    assert kinds["static"] != kinds["dynamic"]
    assert ungauged not in {row["basin"] for row in scores}
    assert len(rows(output / "parameters.csv")) == BASINS
    assert (output / "configs" / f"{ungauged}.yml").is_file()


def test_an_early_stop_keeps_the_best_weights(example):
    path, output = small(example, "early", training__patience=1, training__validate_every=1)
    content = yaml.safe_load(path.read_text())
    content["basins"] = {"train": 0.6, "validate": 0.4}
    content["periods"]["validate"] = content["periods"].pop("test")
    content["training"] |= {"epochs": 50, "learning_rate": 5.0, "schedule": "constant"}
    path.write_text(yaml.safe_dump(content))
    assert main(["learn", str(path)]) == 0
    summary = json.loads((output / "summary.json").read_text())
    metrics = rows(output / "training" / "metrics.csv")
    assert summary["stopped_early"]
    assert summary["best_epoch"] == len(metrics) - 1
    assert {"validation_basins_loss", "validation_period_loss"} <= set(metrics[0])


def test_what_is_wrong_is_said_and_nothing_is_written(example, capsys):
    path, output = small(example, "bad", data__forcing="nowhere/{id}.csv", learn__parameters=["refkdt"])
    assert main(["learn", str(path)]) == 1
    error = capsys.readouterr().err
    assert f"{BASINS} problems" in error
    assert "nowhere" in error
    assert not output.exists()


@pytest.mark.parametrize(
    ("scheme", "name"), [("schaake", "x_Xinanjiang_shape_parameter"), ("xinanjiang", "schaake_coefficient")]
)
def test_what_has_no_effect_is_refused(scheme, name, example, capsys):
    path, _ = small(example, f"useless_{scheme}", learn__parameters=[name])
    if scheme == "xinanjiang":
        (example / "xinanjiang").mkdir()
        for file in (example / "configs").iterdir():
            text = file.read_text().replace("partitioning: schaake", "partitioning: xinanjiang")
            text = text.replace("parameters:\n", "parameters:\n  x_Xinanjiang_shape_parameter: 1.0\n")
            (example / "xinanjiang" / file.name).write_text(text)
        path.write_text(path.read_text().replace("configs/{id}.yml", "xinanjiang/{id}.yml"))
    assert main(["learn", str(path)]) == 1
    assert f"{name} has no effect with the schemes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["a.yaml", "--example", "b"], ["a.yaml", "--basins", "5"], ["--basins", "x"]]
)
def test_wrong_usage_has_its_own_exit_status(arguments, capsys):
    assert main(["learn", *arguments]) == 2
    assert capsys.readouterr().err


def test_an_example_needs_an_empty_folder_and_enough_basins(example, tmp_path, capsys):
    assert main(["learn", "--example", str(example)]) == 1
    assert "not an empty folder" in capsys.readouterr().err
    assert main(["learn", "--example", str(tmp_path / "few"), "--basins", "2"]) == 1
    assert "at least 4" in capsys.readouterr().err
    assert not (tmp_path / "few").exists()


def test_without_torch_one_line_says_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(learn, "find_spec", lambda name: None)
    assert main(["learn", str(tmp_path / "x.yaml")]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "ngen-arid learn: learning needs PyTorch: pip install 'ngen-arid[learn]'"
    ]


def test_a_missing_configuration_is_named(tmp_path, capsys):
    assert main(["learn", str(tmp_path / "x.yaml")]) == 1
    assert "x.yaml: 1 problem" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(example, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(learn, "_learn", interrupt)
    assert main(["learn", str(example / "LEARNING.yaml")]) == 130
    assert "goes on from the last checkpoint" in capsys.readouterr().err


def test_the_configuration_in_the_help_is_valid(tmp_path, capsys):
    from dcfe.learning_config import load_learning_config

    assert main(["learn", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "ngen-arid learn --example" in printed
    start, end = printed.index("  data:\n"), printed.index("{id} stands for")
    (tmp_path / "x.yaml").write_text(printed[start:end])
    found = load_learning_config(tmp_path / "x.yaml")
    assert found.learn.parameters == ("refkdt", "slope", "Klf", "Kn", "max_gw_storage", "Cgw")
