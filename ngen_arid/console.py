"""What the commands write to the terminal."""

from __future__ import annotations

import logging
import re
import sys

from tqdm import tqdm

_CATCHMENT = re.compile(r"\S*?\b(cat-\d+)\b[^\s:,]*")
_SHOWN = 3


class ConsoleHandler(logging.Handler):
    """Print log records to stderr without tearing a progress bar apart.

    A warning that differs from an earlier one by its catchment alone is counted; `finish` says for how many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, dict[str, None]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record, unless the same was said of another catchment."""
        try:
            text = self.format(record)
            if record.levelno == logging.WARNING and self._is_told(text):
                return
            tqdm.write(text, file=sys.stderr)
        except Exception:
            self.handleError(record)

    def finish(self) -> None:
        """Print for how many catchments what was said of the first one holds."""
        for text, names in self._told.items():
            if len(names) > 1:
                others = list(names)[1:]
                more = ", ..." if len(others) > _SHOWN else ""
                said = text.removeprefix("WARNING:").strip(" :")
                print(
                    f"WARNING: {len(names)} catchments: {said}: first {next(iter(names))}, also "
                    f"{', '.join(others[:_SHOWN])}{more}",
                    file=sys.stderr,
                )
        self._told.clear()

    def _is_told(self, text: str) -> bool:
        found = _CATCHMENT.search(text)
        if found is None:
            return False
        names = self._told.setdefault(_CATCHMENT.sub("", text), {})
        names[found[1]] = None
        return len(names) > 1


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
