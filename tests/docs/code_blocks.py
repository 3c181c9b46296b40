"""The code blocks of the documentation, and what their marks say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.paths import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

DEMO = "run after: make demo"
"""Marks a block that needs the weather of the example basin."""

RUN = ("run", DEMO)

_BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*?) -->\n+)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.M)


@dataclass(frozen=True)
class CodeBlock:
    """A block of a page.

    Attributes
    ----------
    page : str
        Path of the page in the checkout.
    line : int
        Of its first line of code.
    language : str
    code : str
    mark : str
        What the comment in front of it says: ``run``, ``run after: make demo``, ``not run: WHY``, or nothing.
    """

    page: str
    line: int
    language: str
    code: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_run(self) -> bool:
        """Whether it is marked to be run."""
        return self.mark in RUN

    @property
    def reason(self) -> str:
        """Why it is not run; empty when it is."""
        return self.mark.removeprefix("not run: ") if self.mark.startswith("not run: ") else ""


def blocks_of(text: str, page: str) -> list[CodeBlock]:
    """Return the blocks of a page."""
    return [
        CodeBlock(
            page,
            text.count("\n", 0, match.start("code")) + 1,
            match["language"],
            match["code"],
            match["mark"] or "",
        )
        for match in _BLOCK.finditer(text)
    ]


def all_blocks() -> list[CodeBlock]:
    """Return the blocks of all pages, the README's included."""
    return [
        block
        for page in PAGES
        for block in blocks_of(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix())
    ]
