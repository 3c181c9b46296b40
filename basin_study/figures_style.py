"""What the figures of a study share: models' colours, captions that count, files that are the same every time."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
_LETTERS_PER_INCH = 17
_NO_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
"""Entries that would say when, and with which version, a file was made."""


class NothingToDraw(DataError):
    """A figure that the data do not allow; says why."""


class Look(NamedTuple):
    """Appearance of a model in every figure of a study.

    Attributes
    ----------
    colour, marker : str
    line : str or tuple
        Style of lines, which tells models apart in grey too.
    """

    colour: str
    marker: str
    line: Any


def looks(models: Sequence[str]) -> dict[str, Look]:
    """Appearance of each model, by its place among all models of a study.

    Examples
    --------
    >>> looks(["classic", "ode"])["ode"].marker
    'X'
    """
    return {
        model: Look(_COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)], _LINES[i % len(_LINES)])
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
        matplotlib.rcParams.update(STYLE | {"pdf.fonttype": 42, "axes.labelsize": 9, "legend.fontsize": 8.5})
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

        figure = Figure(figsize=(width, height), layout="constrained")
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


def figure_bytes(figure: Figure, kind: str = "png", notes: bool = True) -> bytes:
    """Content of a file of a figure; the same for the same figure and version of matplotlib.

    Parameters
    ----------
    figure : Figure
    kind : {"png", "pdf"}
    notes : bool
        Whether the counts are written under it; not where its caption is beside.
    """
    hidden = [] if notes else [text for text in figure.findobj() if text.get_gid() == NOTES]
    for text in hidden:
        text.set(visible=False, in_layout=False)
    try:
        with style():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, dpi=DPI, metadata=_NO_METADATA[kind])
    finally:
        for text in hidden:
            text.set(visible=True, in_layout=True)
    return buffer.getvalue()


def save_figure(figure: Figure, folder: Path, name: str, kinds: Sequence[str] = ("png", "pdf")) -> list[Path]:
    """Write a figure's files; each appears whole or not at all.

    Returns
    -------
    list of Path
        In the order of `kinds`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in kinds:
        paths.append(folder / f"{name}.{kind}")
        with whole_file(paths[-1]) as partial:
            partial.write_bytes(figure_bytes(figure, kind))
    return paths
