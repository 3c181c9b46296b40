"""What the commands write to the terminal."""

from __future__ import annotations

import logging
import sys

from tqdm import tqdm


class _ConsoleHandler(logging.Handler):
    """Print log records to stderr without tearing a progress bar apart."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        try:
            tqdm.write(self.format(record), file=sys.stderr)
        except Exception:
            self.handleError(record)


def configure_logging(*, verbose: bool = False, quiet: bool = False) -> None:
    """Show the log of this project's packages on stderr.

    Parameters
    ----------
    verbose : bool
        Also details.
    quiet : bool
        Only errors.
    """
    handler = _ConsoleHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
