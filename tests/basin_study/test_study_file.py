"""Study files: the defaults, and everything that is wrong at once."""

from pathlib import Path

import pytest

from basin_study.dataset import Period
from basin_study.records import Task
from basin_study.study_file import load_study
from ngen_bmi.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    path = folder / "STUDY.yaml"
    path.write_text(text)
    return path


def test_what_is_left_out_is_the_report(tmp_path):
    study = load_study(write(tmp_path, "data: {kind: synthetic}\n"))
    assert study.name == "STUDY"
    assert [(m.name, m.soil, m.schemes) for m in study.models] == [
        ("cfe_classic", "classic", ("schaake", "xinanjiang")),
        ("cfe_ode", "ode", ("schaake", "xinanjiang")),
    ]
    assert {m.space.name for m in study.models} == {"report"}
    assert {m.evaluations for m in study.models} == {500}
    assert study.warmup == 365 * 24
    assert study.objective.text == "kge"
    assert study.periods["test"] == Period("2009-10-01", "2010-10-01")
    assert study.output == tmp_path / "results"
    assert study.compare == (("cfe_ode", "cfe_classic"),)


def test_everything_can_be_said(tmp_path):
    study = load_study(
        write(
            tmp_path,
            """
study: mine
data: {kind: camels_daily, path: camels, options: {product: nldas}, catchments: "configs/{id}.txt"}
basins: ["01013500", "2"]
periods:
  calibration: {start: 2000-10-01, end: 2002-10-01}
  test: {start: 1998-10-01, end: '2000-10-01'}
warmup_days: 10
models:
  ode: {soil: ode, partitioning: xinanjiang, space: nwm, evaluations: 30}
  own: {soil: classic, space: {slop: [0.0, 1.0], satdk: [1e-7, 1e-4]}}
  lgar: {kind: lgar, basins: ["2"], evaluations: 12}
calibration: {algorithm: gradient, trials: 2, seed: 5, objective: {kge: 1, log_nse: 1}}
output: out
""",
        )
    )
    assert study.data.path == tmp_path / "camels"
    assert study.data.catchments == str(tmp_path / "configs/{id}.txt")
    assert study.basins == ("01013500", "2")
    assert [len(m.space) for m in study.models] == [11, 2, 13]
    assert [m.algorithm for m in study.models] == ["gradient", "gradient", "dds"]
    assert study.compare == (("own", "ode"), ("lgar", "ode"))
    assert study.model("own").space.names == ("slope", "satdk")
    tasks = study.tasks(study.basins)
    assert tasks[:2] == [Task("01013500", "ode", "xinanjiang", 0), Task("01013500", "ode", "xinanjiang", 1)]
    assert tasks[-2:] == [Task("2", "lgar", "", 0), Task("2", "lgar", "", 1)]
    assert len(tasks) == 2 * 2 + 2 * 4 + 2


def test_all_problems_are_said_at_once(tmp_path):
    path = write(
        tmp_path,
        """
data: {kind: camels_dayly, option: 3}
period: {}
basins: [01013500]
periods:
  calibration: {start: 2000-10-01, end: 2002-10-01}
  test: {start: 2001-10-01, end: 2003-10-01}
warmup_days: -1
models:
  "a/b": {soil: oed, partitioning: [shaake]}
  c: {kind: lgar, space: report}
  d: {soil: ode, space: {slop: [1.0, 0.0], maxsmc: 3}}
  e: {soil: ode, evaluations: 3}
  f: {kind: lgar, algorithm: gradient}
compare: [[c, g], [d, d]]
calibration: {objective: rmse, algoritm: dds}
""",
    )
    with pytest.raises(ConfigError) as error:
        load_study(path)
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    for part in (
        "data.kind: 'camels_dayly' is not known",
        "data.option",
        "period:",
        'basins: 268096 is no text; put names of basins in quotes, such as "01013500"',
        "overlaps the calibration",
        "warmup_days: expected a whole number from 0",
        "a/b: expected a name of letters",
        "models.a/b.soil: 'oed' is not known; expected one of classic, ode",
        "models.a/b.partitioning: shaake is not known",
        "models.c.space: 'report' is not known",
        "models.d.space.maxsmc: expected [LOWER, UPPER], found 3",
        "models.e.evaluations",
        "models.f.algorithm: gradient is there for kind cfe alone",
        "compare: there is no model g; expected of a/b, c, d, e, f",
        "compare: d is compared with itself",
        "calibration.objective: objective rmse; expected of kge, nse, log_nse",
        "calibration.algoritm",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ("", True),
        ("study: renamed", True),
        ("output: elsewhere", True),
        ("basins: [synthetic-0001]", True),
        ("warmup_days: 300", False),
        ("calibration: {seed: 1}", False),
        ("calibration: {objective: nse}", False),
        ("models: {cfe_classic: {soil: classic}}", False),
        (
            "periods: {calibration: {start: 2000-10-01, end: 2001-10-01}, test: {start: 2009-10-01, end: 2010-10-01}}",
            False,
        ),
    ],
)
def test_the_fingerprint_changes_with_what_changes_results(tmp_path, change, same):
    plain = load_study(write(tmp_path, "data: {kind: synthetic}\n"))
    other = load_study(write(tmp_path, f"data: {{kind: synthetic}}\n{change}\n"))
    assert (plain.fingerprint == other.fingerprint) == same


def test_the_fingerprint_does_not_depend_on_where_the_command_runs(tmp_path, monkeypatch):
    path = write(tmp_path, 'data: {kind: camels_daily, path: ../camels, catchments: "c/{id}.txt"}\n')
    first = load_study(path).fingerprint
    monkeypatch.chdir(tmp_path)
    assert load_study("STUDY.yaml").fingerprint == first
