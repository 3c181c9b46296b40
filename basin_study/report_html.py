"""A report as one HTML file that needs nothing else: no scripts, no network, the same bytes for the same content."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from basin_study.dataset import DataError
from basin_study.report_tables import table_cells
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {".png": "image/png", ".svg": "image/svg+xml"}

_CSS = """
html { background: #fff; color: #1a1a1a; font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid #ccc; }
p { max-width: 46rem; margin: 0.5rem 0; }
a { color: #0b4f8a; }
nav ol { columns: 2; column-gap: 2rem; padding-left: 1.4rem; margin: 0.5rem 0 1rem; }
.verdict { border-left: 4px solid #0072B2; background: #f3f7fa; padding: 0.6rem 1rem; margin: 1rem 0; }
.missing { color: #6b3a00; }
.scroll { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.22rem 0.7rem; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #444; vertical-align: bottom; }
.n { text-align: right; white-space: nowrap; }
.facts th { font-weight: 600; white-space: nowrap; }
.facts td { overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; }
figure img { max-width: 100%; height: auto; display: block; }
figcaption { font-size: 0.875rem; color: #333; max-width: 52rem; margin-top: 0.3rem; }
figcaption .file { color: #666; }
@media print {
  html { font-size: 10.5pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  h2 { break-after: avoid; }
  figure, tr, .verdict { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
}
"""


@dataclass(frozen=True)
class Picture:
    """A figure of a report.

    Attributes
    ----------
    content : bytes
        Of a PNG or SVG file.
    caption : str
    name : str
        File beside the report that has the same figure; empty for none.
    kind : str
        ``.png`` or ``.svg``.
    """

    content: bytes
    caption: str = ""
    name: str = ""
    kind: str = ".png"


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes
    ----------
    title : str
    text : str
        Paragraphs, with empty lines between them; plain text.
    table : DataFrame, optional
        Shown without its index; numbers to the right.
    figures : sequence of Path or Picture
        PNG or SVG, which are put into the report.
    missing : sequence of str
        Reasons why something is not there.
    """

    title: str
    text: str = ""
    table: pd.DataFrame | None = None
    figures: Sequence[Path | Picture] = ()
    missing: Sequence[str] = field(default=())


def render(
    title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section], verdict: str = "", intro: str = ""
) -> str:
    """HTML of a report.

    Parameters
    ----------
    title : str
    facts : sequence of (str, str)
        What was done with what, at the end: names and texts.
    sections : sequence of Section
    verdict : str
        The answer, at the top.
    intro : str
        Paragraphs below it.

    Raises
    ------
    DataError
        Naming all figures that cannot be read.
    """
    problems: list[str] = []
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # a browser then refuses whatever would come from elsewhere, should a text ever bring it in
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title>",
        f"<style>{_CSS}</style>",
        "</head>",
        "<body>",
        f"<h1>{escape(title)}</h1>",
    ]
    if verdict:
        parts.append(f'<div class="verdict">{_paragraphs(verdict)}</div>')
    parts.append(_paragraphs(intro))
    everything = [*sections, Section("Settings and data")]
    links = (f'<li><a href="#s{i}">{escape(section.title)}</a></li>' for i, section in enumerate(everything, 1))
    parts += ["<nav><ol>", *links, "</ol></nav>"]
    for i, section in enumerate(everything, 1):
        parts += ["<section>", f'<h2 id="s{i}">{i}. {escape(section.title)}</h2>', _paragraphs(section.text)]
        if section.table is not None:
            parts.append(_table(section.table))
        parts += [_picture(figure, problems) for figure in section.figures]
        parts += [f'<p class="missing">Not shown: {escape(reason)}</p>' for reason in section.missing]
        if i == len(everything):
            rows = (f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in facts)
            parts += ['<table class="facts"><tbody>', *rows, "</tbody></table>"]
        parts.append("</section>")
    if problems:
        raise DataError("\n  - ".join((f"report {title}: figures that cannot be used:", *problems)))
    return "\n".join(part for part in [*parts, "</body>", "</html>"] if part) + "\n"


def write_report(
    path: Path,
    title: str,
    facts: Sequence[tuple[str, str]],
    sections: Sequence[Section],
    verdict: str = "",
    intro: str = "",
) -> Path:
    """Write a report; the file appears whole or not at all. Parameters as for :func:`render`."""
    text = render(title, facts, sections, verdict, intro)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
    return path


def _paragraphs(text: str) -> str:
    blocks = (" ".join(block.split()) for block in text.replace("\r\n", "\n").split("\n\n"))
    return "\n".join(f"<p>{escape(block)}</p>" for block in blocks if block)


def _table(table: pd.DataFrame) -> str:
    numeric, cells = table_cells(table)
    classes = [' class="n"' if number else "" for number in numeric]
    head = "".join(
        f'<th scope="col"{kind}>{escape(str(name))}</th>' for kind, name in zip(classes, table.columns, strict=True)
    )
    rows = (
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(classes, row, strict=True)) + "</tr>"
        for row in cells
    )
    return "\n".join(
        ('<div class="scroll"><table>', f"<thead><tr>{head}</tr></thead>", "<tbody>", *rows, "</tbody></table></div>")
    )


def _picture(figure: Path | Picture, problems: list[str]) -> str:
    if not isinstance(figure, Picture):
        path = Path(figure)
        try:
            figure = Picture(path.read_bytes(), path.stem.replace("_", " "), path.name, path.suffix.lower())
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror or error}")
            return ""
    if figure.kind not in _KINDS:
        problems.append(f"{figure.name}: is {figure.kind or 'of no kind'}; expected {' or '.join(_KINDS)}")
        return ""
    data = base64.b64encode(figure.content).decode("ascii")
    short = figure.caption.split(". ")[0]
    file = f' <span class="file">File: {escape(figure.name)}</span>' if figure.name else ""
    caption = f"<figcaption>{escape(figure.caption)}{file}</figcaption>" if figure.caption or file else ""
    return f'<figure><img src="data:{_KINDS[figure.kind]};base64,{data}" alt="{escape(short)}">{caption}</figure>'
