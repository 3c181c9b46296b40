"""The documentation builds without a warning into a site that asks nobody for anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

pytest.importorskip("mkdocs")
pytest.importorskip("material")
pytest.importorskip("latex2mathml")

_FETCHED = re.compile(r'<(?:script|img|iframe|source)[^>]*?\ssrc="?(https?:)?//|<link[^>]*?\shref="?(https?:)?//')


def build(checkout: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """Build the site; not quietly, since mkdocs counts no warnings that it does not show."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(place)],
        cwd=checkout,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("site")
    result = build(ROOT, place)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "WARNING" not in result.stdout + result.stderr
    return place


@pytest.mark.parametrize("link", ["nothing.md", "ngiab.md#nowhere"])
def test_a_broken_link_or_anchor_fails(link, tmp_path):
    shutil.copytree(ROOT / "docs" / "site", tmp_path / "docs" / "site")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(settings.partition("\nnav:")[0] + "\n", encoding="utf-8")
    (tmp_path / "docs" / "ngiab.md").write_text("# There\n", encoding="utf-8")
    page = tmp_path / "docs" / "index.md"
    page.write_text("# Here\n\n[there](ngiab.md#there)\n", encoding="utf-8")
    assert build(tmp_path, tmp_path / "whole").returncode == 0
    page.write_text(f"# Here\n\n[there]({link})\n", encoding="utf-8")
    assert build(tmp_path, tmp_path / "broken").returncode != 0


def test_every_page_is_there(site):
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert pages <= {page.stem for page in site.glob("*.html")}


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.glob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert _FETCHED.search(text) is None, page.name
        assert "unpkg" not in text, page.name
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(encoding="utf-8"), style.name


def test_formulas_need_no_script(site):
    page = (site / "equations.html").read_text(encoding="utf-8")
    assert page.count("<math ") > 30
    assert "arithmatex" not in page


def test_search_has_its_index_and_works_from_files(site):
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "equations.html" in index
    assert (site / "site" / "iframe-worker.js").is_file()
