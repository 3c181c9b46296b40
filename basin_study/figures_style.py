"""What the figures of a study share: models' colours, captions that count, files that are the same every time."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from basin_study.dataset import DataError
from dcfe.figure_style import BLUE, ORANGE, STYLE
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GREEN = "#009E73"
_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's, which colour-blind readers can tell apart; blue, orange and green in the order of the report."""
_MARKERS = ("o", "X", "^", "s", "D", "P", "p")
_LINES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (8, 2)))

RAIN = "#5A7D9A"
OBSERVED = "#000000"
DPI = 150
NOTES = "notes"
FIGURE_KINDS = ("png", "pdf")
"""Files of each figure."""

_LETTERS_PER_INCH = 18
_NO_PROGRAM: Any = {"Software": None}
"""Takes out of a PNG which program made it."""


class NothingToDraw(DataError):
    """A figure that the data do not allow; says why."""


class Look(NamedTuple):
    """Appearance of a model in every figure of a study.

    Attributes
    ----------
    colour, marker : str
    line : str or tuple
        Style of lines, which tells models apart in grey too.
    edge : float
        Size of marks at the edge of a figure; different, so that one shows around another.
    """

    colour: str
    marker: str
    line: Any
    edge: float


def looks(models: Sequence[str]) -> dict[str, Look]:
    """Appearance of each model, by its place among all models of a study.

    Examples
    --------
    >>> looks(["classic", "ode"])["ode"].marker
    'X'
    """
    return {
        model: Look(
            _COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)], _LINES[i % len(_LINES)], max(3.0, 9.0 - 3.0 * i)
        )
        for i, model in enumerate(models)
    }


def require_matplotlib() -> None:
    """Raise ModuleNotFoundError, saying what to install, when matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise ModuleNotFoundError("figures need matplotlib: pip install 'ngen-arid[study]'")


@contextmanager
def style() -> Iterator[None]:
    """Settings of matplotlib that do not depend on the user's own, inside a block."""
    require_matplotlib()
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE | {"axes.labelsize": 9, "legend.fontsize": 8.5})
        yield


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """Figure without a screen and outside pyplot's list, to draw on inside a block.

    Parameters
    ----------
    width, height : float
        [inch]
    """
    with style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def describe(figure: Figure, what: str, notes: Sequence[str] = ()) -> None:
    """Give a figure its caption: what it shows, and counts of what it does not show.

    The counts are also written under the figure, for files that are looked at without their caption.

    Parameters
    ----------
    figure : Figure
    what : str
        Without a full stop.
    notes : sequence of str
    """
    notes = [note for note in notes if note]
    figure.set_label(" ".join(f"{text.rstrip('.')}." for text in (what, *notes)))
    if notes:
        width = int(figure.get_size_inches()[0] * _LETTERS_PER_INCH)
        lines = [line for note in notes for line in textwrap.wrap(note, width)]
        text = figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color="#444444", linespacing=1.3)
        text.set_gid(NOTES)


def caption_of(figure: Figure) -> str:
    """Caption of a figure that was given one."""
    return str(figure.get_label())


def png_of(figure: Figure) -> tuple[bytes, bytes]:
    """Content of a PNG file of a figure, and of one without the counts under it, for where its caption is beside.

    The same for the same figure and version of matplotlib. It fixes the places of the figure's parts.
    """
    from matplotlib.image import imsave

    with style():
        canvas: Any = figure.canvas
        canvas.draw()
        # finding the places takes as long as drawing; other formats get the same ones
        figure.set_layout_engine("none")
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        tops = [text.get_window_extent().y1 for text in figure.findobj(_is_notes)]
        end = pixels.shape[0] - (int(max(tops)) + 1 if tops else 0)
        contents = []
        for part in (pixels, pixels[:end]):
            buffer = io.BytesIO()
            imsave(buffer, np.ascontiguousarray(part), format="png", dpi=DPI, metadata=_NO_PROGRAM)
            contents.append(buffer.getvalue())
    return contents[0], contents[1]


def pdf_of(figure: Figure) -> bytes:
    """Content of a PDF file of a figure; the same for the same figure and version of matplotlib."""
    with style():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", metadata={"Creator": None, "Producer": None, "CreationDate": None})
    return buffer.getvalue()


def _is_notes(artist: Any) -> bool:
    return bool(artist.get_gid() == NOTES)


def save_figure(figure: Figure, folder: Path, name: str) -> bytes:
    """Write a figure's PNG and PDF files; each appears whole or not at all.

    Returns
    -------
    bytes
        PNG without the counts under the figure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    png, plain = png_of(figure)
    for kind, content in zip(FIGURE_KINDS, (png, pdf_of(figure)), strict=True):
        with whole_file(folder / f"{name}.{kind}") as partial:
            partial.write_bytes(content)
    return plain
