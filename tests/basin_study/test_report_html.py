"""The report is one file that needs nothing else, says what it stands on, and is the same every time."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("xarray")

from basin_study.dataset import DataError
from basin_study.execute import Failure
from basin_study.figures_style import new_figure, png_of
from basin_study.records import Task
from basin_study.report_choice import choose_basins
from basin_study.report_facts import study_facts
from basin_study.report_html import Picture, Section, render, write_report
from basin_study.report_study import write_study_report
from basin_study.report_tables import calibration_summary, parameter_summary, score_summary, table_cells
from basin_study.versions import versions
from tests.basin_study import result_cases as cases

VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):  # type: ignore[no-untyped-def]
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):  # type: ignore[no-untyped-def]
        assert self.open.pop() == tag

    def handle_data(self, data):  # type: ignore[no-untyped-def]
        if "style" in self.open:
            return
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def written(tmp_path_factory):  # type: ignore[no-untyped-def]
    """A report of 20 basins, and its results."""
    folder = tmp_path_factory.mktemp("study")
    results = cases.results(folder, 20)
    return results, write_study_report(results, folder / "first")


def test_the_same_results_give_the_same_bytes_of_every_file(written, tmp_path):
    import matplotlib

    results, first = written
    with matplotlib.rc_context({"font.size": 20.0, "axes.facecolor": "red", "lines.linewidth": 5.0}):
        second = write_study_report(results, tmp_path)
    names = sorted(path.relative_to(first.parent).as_posix() for path in first.parent.rglob("*.*"))
    assert names == sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert sum(name.endswith(".png") for name in names) == sum(name.endswith(".pdf") for name in names) > 15
    different = [name for name in names if (first.parent / name).read_bytes() != (second.parent / name).read_bytes()]
    assert different == []


def test_nothing_comes_from_elsewhere_and_nothing_runs(written):
    _, path = written
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base", "video"}
    sources = [value for _, attrs in page.tags for key, value in attrs.items() if key in ("src", "srcset", "data")]
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    links = [attrs["href"] for tag, attrs in page.tags if "href" in attrs]
    ids = {f"#{attrs['id']}" for _, attrs in page.tags if "id" in attrs}
    assert links
    assert set(links) <= ids
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_pictures_are_whole_and_carry_no_time_or_program(written):
    results, path = written
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', path.read_text(encoding="utf-8"))
    # 5 of scores, 3 for each of 3 pairs, 3 for each basin, objectives and parameters
    assert len(found) == 5 + 9 + 3 * len(results.hydrographs) + 2
    for text in found:
        content = base64.b64decode(text, validate=True)
        assert content.startswith(b"\x89PNG")
        assert content.rstrip().endswith(b"IEND\xaeB`\x82")
        assert b"tEXt" not in content
        assert b"tIME" not in content
    for pdf in (path.parent / "figures").glob("*.pdf"):
        assert b"CreationDate" not in pdf.read_bytes()


def test_the_report_says_what_it_stands_on(written):
    results, path = written
    page = Page(path.read_text(encoding="utf-8"))
    settings = results.settings
    rows = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert rows["Basins"] == "20, of which 20 were calibrated"
    # 20 basins of CFE in 2 soils and 2 schemes; LGAR in 4 of them
    assert rows["Calibrations"] == "84 planned, 84 evaluated, 1 failed"
    assert rows["Calibration period"] == "2000-10-01 to 2008-10-01"
    assert rows["Test period"] == "2009-10-01 to 2010-10-01"
    assert rows["Data"] == "synthetic, seed 7"
    assert rows["Seed"].startswith("11;")
    assert rows["Fingerprint of the settings"] == settings.fingerprint
    versions = rows["Versions when this report was made"].split(", ")
    assert f"numpy {np.__version__}" in versions
    assert any(text.startswith("torch ") for text in versions)
    assert "9 parameters within bounds 'report'; dds, 500 evaluations" in rows["Model cfe_ode"]
    assert results.verdict in page.text
    failure = ["01013500", "lgar", "", "1", "ConfigError: layers & <depths> do not fit"]
    assert failure in page.rows


def test_the_report_shows_medians_of_the_tables(written):
    results, path = written
    page = Page(path.read_text(encoding="utf-8"))
    own = results.scores[(results.scores["model"] == "cfe_ode") & (results.scores["period"] == "test")]["kge"]
    (row,) = [row for row in page.rows if row[:4] == ["KGE", "test", "all", "cfe_ode"]]
    known = own.dropna()
    assert row[4:6] == [str(len(known)), str(len(own) - len(known))]
    assert row[7] == f"{known.median():.3f}"
    assert row[9] == f"{np.mean(known > 1.0 - np.sqrt(2.0)):.3f}"


def test_the_file_is_not_harmed_by_a_later_failure(tmp_path):
    path = write_report(tmp_path / "report.html", "a", [], [])
    before = path.read_bytes()
    (tmp_path / "b.gif").write_bytes(b"GIF")
    wrong = Section("x", figures=[tmp_path / "no.png", tmp_path / "b.gif"])
    with pytest.raises(DataError, match=r"no.png: cannot be read: No such file(.|\n)*b.gif: is .gif; expected .png"):
        write_report(path, "a", [], [wrong])
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.gif", "report.html"]


def test_files_and_pictures_of_others_are_taken_in(tmp_path):
    with new_figure(2.0, 1.0) as figure:
        figure.subplots().plot([0, 1])
    content, _ = png_of(figure)
    (tmp_path / "power_line.png").write_bytes(content)
    text = render("t", [], [Section("x", figures=[tmp_path / "power_line.png", Picture(b"<svg/>", "s", kind=".svg")])])
    assert base64.b64encode(content).decode() in text
    assert "data:image/svg+xml;base64,PHN2Zy8+" in text
    assert 'alt="power line"' in text


def test_text_of_studies_cannot_become_markup():
    table = pd.DataFrame({"<b>": ["<script>x</script>"]})
    text = render("<i>", [("<u>", '"&')], [Section("<h>", "<p>\n\n<q>", table, missing=["<m>"])], "<v>")
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & {"script", "i", "u", "h", "q", "m", "v", "b"}
    for words in ("<script>x</script>", "<i>", "<u>", '"&', "<h>", "<q>", "Not shown: <m>", "<v>"):
        assert words in page.text


def test_one_model_in_one_basin_without_coordinates_has_a_report(tmp_path):
    results = cases.results(tmp_path, 1, ("cfe_ode",), coordinates=False, gaps=False)
    page = Page(write_study_report(results, tmp_path / "out").read_text(encoding="utf-8"))
    assert "There is one model, and nothing to compare." in page.text
    assert "cfe_ode n = 1" in page.text


def test_what_is_not_shown_has_a_reason(tmp_path):
    results = cases.results(tmp_path, 4, ("cfe_classic", "cfe_ode"), coordinates=False)
    nothing = results.scores.assign(nse=np.nan)
    again = cases.StudyResults(
        **{**vars(results), "scores": nothing, "traces": (), "hydrographs": {}, "failures": ()},
    )
    page = Page(write_study_report(again, tmp_path / "out").read_text(encoding="utf-8"))
    assert "Not shown: map of cfe_classic and cfe_ode in the test period: no basin has scores of both" in page.text
    assert "Not shown: no NSE in the test period: 8 scores are NaN" in page.text
    assert "Not shown: objective traces: no calibration" in page.text
    assert "No calibration failed." in page.text
    results = cases.StudyResults(**{**vars(results), "traces": (), "hydrographs": {}})
    coordinates = Page(write_study_report(results, tmp_path / "other").read_text(encoding="utf-8"))
    assert "the coordinates of the basins are unknown" in coordinates.text


def test_a_study_of_which_nothing_was_done_has_a_report(tmp_path):
    results = cases.results(tmp_path, 4, ("cfe_ode",))
    empty = {name: getattr(results, name).head(0) for name in ("scores", "parameters", "calibrations")}
    tasks = [Failure(Task(basin, "cfe_ode", "schaake"), "no forcing") for basin in results.basins]
    again = cases.StudyResults(**{**vars(results), **empty, "traces": (), "hydrographs": {}, "failures": tasks})
    page = Page(write_study_report(again, tmp_path / "out").read_text(encoding="utf-8"))
    assert "4 calibrations failed" in page.text
    assert "0 were evaluated, in 4 a calibration failed" in page.text


def test_models_beyond_the_study_file_are_in_the_report(tmp_path):
    results = cases.results(tmp_path, 6, ("cfe_classic", "cfe_ode"))
    arm = results.scores[results.scores["model"] == "cfe_ode"].assign(model="cfe_ode_regional")
    more = cases.StudyResults(
        **{**vars(results), "scores": pd.concat([results.scores, arm]), "traces": (), "hydrographs": {}}
    )
    assert more.models == ("cfe_classic", "cfe_ode", "cfe_ode_regional")
    folder = tmp_path / "out"
    page = Page(write_study_report(more, folder).read_text(encoding="utf-8"))
    assert [row for row in page.rows if row[:4] == ["KGE", "test", "all", "cfe_ode_regional"]]
    assert (folder / "figures" / "map_cfe_classic_cfe_ode_regional.png").exists()


def test_cells_of_a_column_align_and_say_what_is_unknown():
    table = pd.DataFrame(
        {
            "basin": ["01013500", "1"],
            "n": [3, 12],
            "count": [3.0, np.nan],
            "p": [0.25, 0.1],
            "big": [-1234.5, 0.75],
            "wide": [2e-6, 3e-4],
            "yes": [True, False],
            "none": [None, None],
        }
    )
    numeric, rows = table_cells(table)
    assert numeric == [False, True, True, True, True, True, False, False]
    assert rows == [
        ("01013500", "3", "3", "0.250", "-1234", "2e-06", "yes", "–"),
        ("1", "12", "–", "0.100", "0.75", "0.0003", "no", "–"),
    ]


def test_one_score_without_bounds_leaves_the_others_readable():
    table = pd.DataFrame({"median": [0.0312, -0.25, 0.7], "from": [-103922.1, -0.25, 0.7]})
    _, rows = table_cells(table)
    assert rows == [("0.031", "-1.04e+05"), ("-0.250", "-0.25"), ("0.700", "0.7")]


def test_summaries_are_computed_from_the_tables():
    basins = cases.attributes(40)
    table = cases.scores(basins)
    summary = score_summary(table, basins)
    aridity = dict(zip(basins["basin"].values, basins["aridity"].values, strict=True))
    own = table[(table["model"] == "lgar") & (table["period"] == "test")]
    arid = own[[aridity[b] > 1.0 for b in own["basin"]]]["nse"]
    (row,) = summary.query("score == 'NSE' and period == 'test' and basins == 'arid' and model == 'lgar'").itertuples()
    assert row.n == arid.notna().sum()
    assert row.NaN == arid.isna().sum()
    assert row.median == pytest.approx(arid.median(), rel=1e-14)

    searches = cases.calibrations(table)
    (ode,) = calibration_summary(searches).query("model == 'cfe_ode' and scheme == 'schaake'").to_dict("records")
    part = searches.query("model == 'cfe_ode' and scheme == 'schaake'")
    assert ode["evaluations"] == 500 * len(part) == 20000
    assert ode["refused [%]"] == pytest.approx(100.0 * part["refused"].sum() / 20000)
    assert ode["chosen"] == part["chosen"].sum()

    found = cases.parameters(table)
    (satdk,) = parameter_summary(found).query("model == 'cfe_ode' and parameter == 'satdk'").to_dict("records")
    part = found.query("model == 'cfe_ode' and parameter == 'satdk'")
    assert satdk["median"] == part["value"].median()
    assert satdk["at lower bound [%]"] == pytest.approx(100.0 * (part["share"] <= 0.01).mean())


def test_an_empty_scheme_that_was_read_from_a_file_counts_as_none():
    searches = cases.calibrations(cases.scores(cases.attributes(10), ("lgar",)))
    searches["scheme"] = np.nan
    assert calibration_summary(searches)["scheme"].tolist() == ["–"]


def test_basins_are_chosen_by_rule():
    basins = cases.attributes(40)
    table = cases.scores(basins)
    chosen = choose_basins(table, basins)
    gains = {
        b: table.query("model == 'cfe_ode' and period == 'test' and basin == @b")["bounded_kge"].item()
        - table.query("model == 'cfe_classic' and period == 'test' and basin == @b")["bounded_kge"].item()
        for b in basins["basin"].values
    }
    known = {b: g for b, g in gains.items() if np.isfinite(g)}
    assert "gains most" in chosen[max(known, key=known.__getitem__)]
    assert "loses most" in chosen[min(known, key=known.__getitem__)]
    assert sum("median KGE" in reason for reason in chosen.values()) >= 1
    assert choose_basins(table.head(0), basins) == {}


def test_data_beside_the_study_file_have_no_path_of_this_machine(tmp_path):
    settings = cases.settings(tmp_path, ("cfe_ode",))
    near = cases.DataSettings("camels", tmp_path / "data" / "camels")
    facts = dict(
        study_facts(
            cases.StudySettings(**{**vars(settings), "data": near}),
            ["01013500"],
            cases.calibrations(cases.scores(cases.attributes(1), ("cfe_ode",), gaps=False)),
            0,
            "CAMELS of 1 basin",
        )
    )
    assert facts["Data"] == "camels, data/camels; CAMELS of 1 basin"


def test_versions_say_what_is_not_installed():
    assert versions(("no-such-package-here",))["no-such-package-here"] == "not installed"


def test_importing_the_report_imports_no_library_of_figures_or_tables():
    code = (
        "import sys, basin_study.report_study, basin_study.report_choice; "
        "sys.exit(' '.join({'matplotlib', 'pandas', 'xarray', 'torch'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_figures_leave_pyplot_alone(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.basin_study import result_cases as c; "
        "from basin_study.report_study import write_study_report as w; "
        "w(c.results(Path(sys.argv[1]), 4, ('cfe_ode',)), Path(sys.argv[1])); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stderr
