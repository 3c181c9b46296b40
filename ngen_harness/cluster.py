"""Dask clusters: one that is there, or one of processes of this machine."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SCHEDULER_TIMEOUT = 10
"""How long a Dask scheduler is waited for [s]."""


def connect(scheduler: str) -> Any:
    """Connect to a scheduler.

    Parameters
    ----------
    scheduler : str
        Address of a Dask scheduler, such as ``tcp://host:8786``; its workers have to see the same files.

    Returns
    -------
    distributed.Client

    Raises
    ------
    ImportError
        Dask is not installed.
    ConnectionError
        No scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError("--scheduler needs Dask: pip install 'ngen-arid[cluster]'") from error
    try:
        return Client(scheduler, timeout=SCHEDULER_TIMEOUT)
    except (OSError, ValueError, TypeError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {scheduler!r} ({error}); expected the address that 'dask scheduler' shows, "
            f"such as tcp://host:8786"
        ) from error


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """A cluster of processes of this machine with one thread each, for as long as the block lasts.

    The processes end with the one that started them, be it by kill -9.

    Parameters
    ----------
    workers : int

    Yields
    ------
    distributed.Client

    Raises
    ------
    ImportError
        Dask is not installed.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ImportError("several --workers need Dask: pip install 'ngen-arid[cluster]'") from error
    with (
        tempfile.TemporaryDirectory(prefix="ngen-arid-", ignore_cleanup_errors=True) as folder,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            memory_limit=0,  # the caller counts it
            local_directory=folder,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
