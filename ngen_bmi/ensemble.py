"""What the ensembles of components ask of their arguments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def rows_of(name: str, values: ArrayLike, expected: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Return forcing with one row for each catchment, or one for all.

    Parameters
    ----------
    name : str
        Of the forcing, for the message.
    values : array
        Of the shape `expected`, or with 1 or no row.
    expected : tuple of int or None
        Catchments, steps, and what else there is of each; None takes any size.

    Raises
    ------
    ValueError
        When the shape is another one.

    Examples
    --------
    >>> rows_of("rain", [1.0, 2.0], (3, None)).shape
    (1, 2)
    """
    array = np.asarray(values, dtype=np.float64)
    rows = np.ascontiguousarray(array if array.ndim >= len(expected) else array[np.newaxis])
    fits = rows.ndim == len(expected) and rows.shape[0] in (1, expected[0])
    if not fits or any(size not in (None, rows.shape[i]) for i, size in enumerate(expected) if i > 0):
        sizes = ", ".join("steps" if size is None else str(size) for size in expected[1:])
        raise ValueError(f"forcing.{name} has shape {rows.shape}; expected (1 or {expected[0]}, {sizes})")
    return rows


def shares_of(ordinates: ArrayLike) -> NDArray[np.float64]:
    """Return ordinates of unit hydrographs as rows of shares.

    Raises
    ------
    ValueError
        When a row does not sum to 1 or has a negative share.
    """
    # in one order of memory and not read-only: code is compiled for each
    shares = np.require(np.atleast_2d(np.asarray(ordinates, dtype=np.float64)), requirements=("C", "W"))
    if not np.allclose(shares.sum(axis=1), 1.0, rtol=0.0, atol=1e-12) or shares.min() < 0.0:
        raise ValueError("ordinates have to be shares, none negative, that sum to 1 for every catchment")
    return shares


def names_of(what: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return names as a tuple.

    Parameters
    ----------
    what : str
        What they are names of, for the message.
    names : sequence of str

    Raises
    ------
    TypeError
        When one name is given instead of a sequence: Python would take its letters for names.

    Examples
    --------
    >>> names_of("outputs", ["storage"])
    ('storage',)
    """
    if isinstance(names, str):
        raise TypeError(f"{what} is the string {names!r}; expected a sequence of names, such as ({names!r},)")
    return tuple(names)


def places_of(
    outputs: Sequence[str], fields: tuple[str, ...], model: str, *, any_case: bool = False
) -> NDArray[np.int64]:
    """Return the places of chosen outputs among all that a model has, whose names are in lower case.

    Raises
    ------
    KeyError
        Naming one that it has not, and those that it has.
    TypeError
        When one name is given instead of a sequence.
    """
    places = []
    for name in names_of("outputs", outputs):
        wanted = name.lower() if any_case else name
        if wanted not in fields:
            raise KeyError(f"{model} has no output {name!r}; it has {', '.join(fields)}")
        places.append(fields.index(wanted))
    return np.array(places, dtype=np.int64)


def room_for(shape: tuple[int, ...], out: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return where outputs go: into `out`, if it is given.

    Raises
    ------
    ValueError
        When `out` has another shape or type, or is read-only.
    """
    if out is None:
        return np.empty(shape)
    if out.shape != shape or out.dtype != np.float64:
        raise ValueError(f"out has shape {out.shape} and type {out.dtype}; expected {shape} and float64")
    if not out.flags.writeable:
        raise ValueError("out is read-only; expected an array that may be written, such as a memory map of mode 'r+'")
    return out
