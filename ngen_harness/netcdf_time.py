"""Times of a NetCDF forcing file, read the way ngen reads them, and refused where ngen would go wrong."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_harness.context import HOUR, log, to_epoch, to_text
from ngen_harness.errors import ForcingError

# Units that ngen knows -> how many of them make a second, or how many seconds one has; whole numbers, so that
# nanoseconds kept as integers stay exact.
_PER_SECOND = {"ms": 1000, "us": 10**6, "ns": 10**9}
_SECONDS = {"s": 1, "min": 60, "h": 3600}
_WORDS = {
    "s": ("s", "sec", "second", "seconds"),
    "min": ("m", "min", "minute", "minutes"),
    "h": ("h", "hr", "hour", "hours"),
    "ms": ("ms", "millisecond", "milliseconds"),
    "us": ("us", "microsecond", "microseconds"),
    "ns": ("ns", "nanosecond", "nanoseconds"),
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
_SINCE = re.compile(r"(\w+) since (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})")
_EPOCH_START = re.compile(r"(\d{2})/(\d{2})/(\d{2}|\d{4}) (\d{2}:\d{2}:\d{2})")

# Nanoseconds since 1970 in a float64 are good to 0.3 microseconds; nothing real is off by a millisecond.
_TOLERANCE = 1e-3


def read_times(path: str, variable: Any) -> NDArray[np.int64]:
    """Read the first row of the variable ``Time``.

    Parameters
    ----------
    path : str
        The file, for messages.
    variable : netCDF4.Variable
        ``Time``, of shape (catchments, hours).

    Returns
    -------
    array of int64, shape (hours,)
        Seconds since 1970.

    Raises
    ------
    ForcingError
        The unit is none that ngen knows, or the times are not hourly.
    """
    unit, origin = _unit_and_origin(path, variable)
    raw = np.asarray(variable[0, :])
    if unit in _PER_SECOND and raw.dtype.kind in "iu":
        whole, rest = np.divmod(raw.astype(np.int64), _PER_SECOND[unit])
        seconds = whole + rest / _PER_SECOND[unit]
    elif unit in _PER_SECOND:
        seconds = raw.astype(np.float64) / _PER_SECOND[unit]
    else:
        seconds = raw.astype(np.float64) * _SECONDS[unit]
    bad = np.flatnonzero(~(np.abs(seconds) < 1e12) | ~(np.abs(seconds - np.rint(seconds)) < _TOLERANCE))
    if bad.size:
        raise ForcingError(
            f"{path}: Time[0, {bad[0]}] is {raw[bad[0]]} ({getattr(variable, 'units', 's')}), which is no whole "
            "second; expected hourly times"
        )
    times = np.rint(seconds).astype(np.int64) + origin
    if times.size == 0:
        raise ForcingError(f"{path}: the dimension 'time' has no entries")
    steps = np.diff(times)
    uneven = np.flatnonzero(steps != HOUR)
    if uneven.size:
        first = int(uneven[0])
        raise ForcingError(
            f"{path}: Time goes from {to_text(int(times[first]))} to {to_text(int(times[first + 1]))}, a stride of "
            f"{int(steps[first])} s; expected {HOUR} s throughout: ngen steps by the hour and adds up or weights other "
            "strides without saying so. Resample the file to hours without gaps"
        )
    return times


def _unit_and_origin(path: str, variable: Any) -> tuple[str, int]:
    """Unit of the times and the moment they count from, seconds since 1970."""
    text = str(getattr(variable, "units", "")).strip()
    if not text:
        log.warning("%s: Time has no attribute 'units': taken for seconds, as ngen does", path)
        text = "s"
    since = _SINCE.fullmatch(text)
    word = since[1] if since else text
    if word not in _UNITS:
        raise ForcingError(
            f"{path}: Time.units is '{text}', which ngen cannot read; expected s, min, h, ms, us or ns, or one of them "
            "followed by 'since YYYY-MM-DD HH:MM:SS'"
        )
    try:
        if since:
            return _UNITS[word], to_epoch(since[2])
        start = str(getattr(variable, "epoch_start", "")).strip()
        return _UNITS[word], _epoch_start(start) if start else 0
    except ValueError:
        raise ForcingError(
            f"{path}: Time.{'units' if since else 'epoch_start'} holds no moment ngen can read; expected "
            "'<unit> since YYYY-MM-DD HH:MM:SS' or an epoch_start 'mm/dd/yy HH:MM:SS'"
        ) from None


def _epoch_start(text: str) -> int:
    """Seconds since 1970 of an ``epoch_start`` ("01/01/1970 00:00:00", month first)."""
    match = _EPOCH_START.fullmatch(text)
    if match is None:
        raise ValueError(text)
    month, day, year, clock = match.groups()
    if len(year) == 2:  # POSIX: 69 to 99 are of the last century
        year = f"{'19' if year >= '69' else '20'}{year}"
    return to_epoch(f"{year}-{month}-{day} {clock}")
