"""What the commands write to the terminal."""

from __future__ import annotations

import logging
import re
import sys
from dataclasses import dataclass, field

from tqdm import tqdm

_CATCHMENT = re.compile(r"\S*?\b(cat-\d+)\b[^\s:,]*")
_VALUE = re.compile(r"(?<= = )[-+]?[\d.]+(?:e[-+]?\d+)?")
_SHOWN = 3


@dataclass
class _Repeated:
    """What was said of several catchments.

    Attributes
    ----------
    catchments : dict of str to None
        In order.
    values : dict of str to None
        What they have behind the first equals sign.
    """

    catchments: dict[str, None] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)

    def text(self, said: str) -> str:
        """Summary of what `said`, a message without catchment and value, holds for."""
        ordered = sorted(self.values, key=float)
        if ordered:
            value = ordered[0] if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"
            said = said.replace(" = ", f" = {value}", 1)
        first, *others = self.catchments
        more = ", ..." if len(others) > _SHOWN else ""
        return f"{len(others) + 1} catchments: {said}: first {first}, also {', '.join(others[:_SHOWN])}{more}"


class ConsoleHandler(logging.Handler):
    """Print log records to stderr without tearing a progress bar apart.

    A warning that differs from an earlier one by catchment and value alone is counted; `finish` says for how many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, _Repeated] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record, unless the same was said of another catchment."""
        try:
            if record.levelno == logging.WARNING and self._is_told(record.getMessage()):
                return
            tqdm.write(self.format(record), file=sys.stderr)
        except Exception:
            self.handleError(record)

    def finish(self) -> None:
        """Print for how many catchments what was said of the first one holds."""
        for said, repeated in self._told.items():
            if len(repeated.catchments) > 1:
                print(f"WARNING: {repeated.text(said.strip(' :'))}", file=sys.stderr)
        self._told.clear()

    def _is_told(self, text: str) -> bool:
        found = _CATCHMENT.search(text)
        if found is None:
            return False
        said = _CATCHMENT.sub("", text)
        value = _VALUE.search(said)
        repeated = self._told.setdefault(_VALUE.sub("", said, count=1), _Repeated())
        if value is not None:
            repeated.values[value[0]] = None
        repeated.catchments[found[1]] = None
        return len(repeated.catchments) > 1


def configure_logging(*, verbose: bool = False, quiet: bool = False) -> ConsoleHandler:
    """Show the log of this project's packages on stderr.

    Parameters
    ----------
    verbose : bool
        Also details.
    quiet : bool
        Only errors.

    Returns
    -------
    ConsoleHandler
        Its `finish` is to be called at the end.
    """
    handler = ConsoleHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
    return handler
