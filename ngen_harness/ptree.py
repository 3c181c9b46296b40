"""JSON values as ngen sees them.

ngen reads JSON with a library that keeps every value as text, so types are guessed afterwards: ``"2.5"`` is a
number, ``"true"`` is a boolean, and ``{}``, ``[]`` and ``null`` are all the empty string.
"""

from __future__ import annotations

import re
from typing import Any

_INTEGER = re.compile(r"[+-]?\d+")
_REAL = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity|nan)", re.IGNORECASE)
_LONG_MAX = 2**63 - 1


def typed(value: Any) -> Any:
    """Give a JSON value the type that ngen gives it.

    Parameters
    ----------
    value : object
        A value as the `json` module returns it.

    Returns
    -------
    bool, int, float, str, list or dict
        The value ngen works with.

    Examples
    --------
    >>> typed("2.5"), typed("true"), typed(None), typed({}), typed([1, "x"])
    (2.5, True, '', '', [1, 'x'])
    """
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LONG_MAX else float(value)
    if isinstance(value, str):
        return _typed_text(value)
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return value


def _typed_text(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        number = float(text)
        return int(text) if abs(number) <= _LONG_MAX else number
    if _REAL.fullmatch(text):
        return float(text)
    return text


def kind(value: Any) -> str:
    """Name the type of a typed value in ngen's words, for messages.

    Examples
    --------
    >>> kind(True), kind(1), kind(1.5), kind(""), kind([1]), kind({"a": 1})
    ('Boolean', 'Natural', 'Real', 'String', 'List', 'Object')
    """
    if isinstance(value, bool):
        return "Boolean"
    return {int: "Natural", float: "Real", str: "String", list: "List", dict: "Object"}[type(value)]
