"""Unit hydrographs from a divide's attribute ``giuh``."""

from __future__ import annotations

import json
import math
from typing import Any

from ngen_bmi.unit_hydrograph import ROUNDING

COLUMN = "giuh"
DEFAULT = (0.55, 0.25, 0.2)
"""Where there is no attribute: what NGIAB_data_preprocess gives every divide."""
_LONGEST = 1000


def ordinates(text: Any) -> tuple[float, ...]:
    """Shares of runoff that leave in the 1st, 2nd, ... hour.

    Parameters
    ----------
    text : str
        JSON: ``[{"v": 1, "frequency": 0.6}, ...]`` with v the hour, or a list of shares.

    Raises
    ------
    ValueError
        Anything else, or shares that do not sum to 1.

    Examples
    --------
    >>> ordinates('[{"v": 1, "frequency": 0.6}, {"v": 3, "frequency": 0.4}]')
    (0.6, 0.0, 0.4)
    """
    try:
        entries = json.loads(text)
    except (TypeError, ValueError) as error:
        raise ValueError(f"is no JSON text: {str(text)[:60]!r}") from error
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"expected a list of hours and their shares, found {text[:60]!r}")
    if isinstance(entries[0], dict):
        shares = _by_hour(entries)
    else:
        shares = [_number(entry, "a share") for entry in entries]
    if min(shares) < 0.0 or abs(sum(shares) - 1.0) > 10.0 * ROUNDING:
        raise ValueError(f"the shares sum to {sum(shares):g}, the least is {min(shares):g}; expected 1, none negative")
    total = math.fsum(shares)
    return tuple(share / total for share in shares) if total != 1.0 else tuple(shares)


def _by_hour(entries: list[Any]) -> list[float]:
    hours: dict[int, float] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"v", "frequency"} <= set(entry):
            raise ValueError(f'expected {{"v": hour, "frequency": share}}, found {entry!r}')
        hour = _number(entry["v"], "an hour")
        if hour != int(hour) or not 1 <= hour <= _LONGEST or int(hour) in hours:
            raise ValueError(f"v = {hour:g} is not the number of an hour, from 1, each once")
        hours[int(hour)] = _number(entry["frequency"], "a share")
    return [hours.get(hour, 0.0) for hour in range(1, max(hours) + 1)]


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not {what}")
    return float(value)
