"""Regional models in study files."""

import pytest

from basin_study.study_file import load_study
from basin_study.study_settings import RegionalSettings
from ngen_bmi.errors import ConfigError


def load(folder, text: str):  # type: ignore[no-untyped-def]
    path = folder / "STUDY.yaml"
    path.write_text("data: {kind: synthetic}\n" + text)
    return load_study(path)


def test_without_the_section_there_is_none(tmp_path):
    assert load(tmp_path, "").regional == ()


def test_defaults(tmp_path):
    study = load(tmp_path, "regional: {net: {soil: ode}}\ncalibration: {space: nwm, trials: 3}")
    (model,) = study.regional
    assert (model.name, model.kind, model.soil, model.schemes) == ("net", "cfe", "ode", ("schaake",))
    assert model.regional == RegionalSettings()
    assert model.space.name == "nwm"
    # one set of parameters for each basin, whatever the trials
    tasks = study.tasks(("a", "b"))
    assert [(t.basin, t.trial) for t in tasks if t.model == "net"] == [("a", 0), ("b", 0)]
    assert len(tasks) == 2 + 2 * 2 * 2 * 3
    # compared only where it is named
    assert study.compare == (("cfe_ode", "cfe_classic"),)


def test_everything_can_be_said(tmp_path):
    study = load(
        tmp_path,
        "regional: {net: {soil: classic, partitioning: xinanjiang, folds: 3, epochs: 7, attributes: [aridity], "
        "hidden: [], learning_rate: 0.1, batch: 4, space: {satdk: [1e-6, 1e-4]}}}\ncompare: [[cfe_ode, net]]",
    )
    (model,) = study.regional
    assert model.regional == RegionalSettings(3, 7, ("aridity",), (), 0.1, 4)
    assert (model.schemes, len(model.space)) == (("xinanjiang",), 1)
    assert study.compare == (("cfe_ode", "net"),)


def test_fingerprints(tmp_path):
    plain, first = load(tmp_path, ""), load(tmp_path, "regional: {net: {soil: ode}}")
    assert plain.fingerprint == first.fingerprint

    def mark(text: str, basins=("a", "b")):  # type: ignore[no-untyped-def]
        study = load(tmp_path, text)
        return study.regional_fingerprint(study.model("net"), basins)

    before = mark("regional: {net: {soil: ode}}")
    assert before == mark("regional: {net: {soil: ode}}\ncalibration: {evaluations: 99}", ("b", "a"))
    others = [
        mark("regional: {net: {soil: classic}}"),
        mark("regional: {net: {soil: ode, epochs: 41}}"),
        mark("regional: {net: {soil: ode}}\ncalibration: {seed: 1}"),
        mark("regional: {net: {soil: ode}}\ncalibration: {objective: nse}"),
        mark("regional: {net: {soil: ode}}", ("a", "b", "c")),
    ]
    assert len({before, *others}) == 6


def test_everything_wrong_is_said_at_once(tmp_path):
    with pytest.raises(ConfigError) as error:
        load(
            tmp_path,
            "regional:\n  cfe_ode: {soil: ode}\n  net: {soil: od, folds: 1, epoch: 3, partitioning: [schaake], "
            "hidden: [0], learning_rate: -1}\ncompare: [[nett, cfe_ode]]",
        )
    for problem in (
        "regional.cfe_ode: is the name of one of the models too",
        "regional.net.soil",
        "regional.net.folds",
        "regional.net.epoch",
        "regional.net.partitioning",
        "regional.net.hidden",
        "regional.net.learning_rate",
        "there is no model nett; expected of cfe_classic, cfe_ode, cfe_ode, net",
    ):
        assert problem in str(error.value)
