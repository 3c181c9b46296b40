"""Study files: the defaults, and everything that is wrong at once."""

from pathlib import Path

import pytest

from basin_study.dataset import Period
from basin_study.records import Task
from basin_study.screen import LIMITS, limits_text
from basin_study.study_file import load_study
from basin_study.study_settings import SelectionSettings
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
        ("selection: {area_discrepancy: 0.2, max_area: 300, min_observed_share: {test: 0.5}}", True),
        ("screen: {delay: 3}", True),
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


def test_filters_and_limits_of_the_screen_can_be_given(tmp_path):
    (tmp_path / "gauges.txt").write_text("gauge_id\n1013500\n02300700\n")
    study = load_study(
        write(
            tmp_path,
            """
data: {kind: synthetic}
selection:
  area_discrepancy: 0.2
  max_area: 1500
  list: gauges.txt
  min_observed_share: {calibration: 0.5, test: 0.9}
screen: {event_share: 0.2, fewest_events: 20, unanswered: 0.7, delay: 3}
""",
        )
    )
    # gauges get their zeros back
    assert study.selection == SelectionSettings(
        0.2, 1500.0, "gauges.txt", ("01013500", "02300700"), {"calibration": 0.5, "test": 0.9}
    )
    assert study.screen == LIMITS._replace(event_share=0.2, fewest_events=20, unanswered=0.7, delay=3)
    assert limits_text(study.screen) == "event_share 0.2, fewest_events 20, unanswered 0.7, delay 3"


@pytest.mark.parametrize("text", ["", "selection: {}", "screen: {}", "selection: {}\nscreen: {delay: 2}"])
def test_without_filters_nothing_is_left_out(tmp_path, text):
    study = load_study(write(tmp_path, f"data: {{kind: synthetic}}\n{text}\n"))
    assert not study.selection.given
    assert study.screen == LIMITS


def test_problems_of_filters_and_limits_are_said_at_once(tmp_path):
    (tmp_path / "twice.txt").write_text("01013500\n1013500\n")
    path = write(
        tmp_path,
        """
data: {kind: synthetic}
selection:
  area_discrepancy: 7
  max_area: 0
  list: not_there.txt
  min_observed_share: {calibration: 7, tests: 0.5}
  area: 3
screen: {event_share: -1, fewest_events: 2.5, delay: 0, dealy: 3, unanswered: many}
calibration: {objective: rmse}
""",
    )
    with pytest.raises(ConfigError) as error:
        load_study(path)
    text = str(error.value)
    for part in (
        "selection.area_discrepancy: expected 0 to 1, found 7",
        "selection.max_area: expected a number above 0, found 0",
        f"selection.list: {tmp_path / 'not_there.txt'}: no list of basins",
        "selection.min_observed_share.calibration: expected 0 to 1, found 7",
        "selection.min_observed_share.tests: unknown key; known here: calibration, test",
        "selection.area: unknown key; known here: area_discrepancy, list, max_area, min_observed_share",
        "screen.event_share: expected 0 to 1, found -1",
        "screen.fewest_events",
        "screen.delay",
        "screen.dealy: unknown key; known here: delay, event_share, fewest_events, unanswered",
        "screen.unanswered",
        "calibration.objective: objective rmse",
    ):
        assert part in text, (part, text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("list: twice.txt", "twice.txt: 01013500 more than once"),
        ("list: empty.txt", "empty.txt: no basins in the list"),
        ("list: binary.txt", "binary.txt: is no text"),
        ("list: [1]", "selection.list: expected a word"),
        (
            "min_observed_share: 0.5",
            "selection.min_observed_share: expected periods with shares, such as {test: 0.5}, found 0.5",
        ),
    ],
)
def test_lists_and_shares_that_cannot_be_used_are_refused(tmp_path, line, message):
    (tmp_path / "twice.txt").write_text("01013500\n1013500\n")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError) as error:
        load_study(write(tmp_path, f"data: {{kind: synthetic}}\nselection: {{{line}}}\n"))
    assert message in str(error.value)
