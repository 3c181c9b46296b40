"""The bytes of a saved state: what they belong to, named arrays, and a checksum.

Layout, all little-endian: a prefix (magic, version, length of the header, length of all), the header (JSON: component,
fingerprint, names and sizes of the arrays), the arrays one after the other (float64), and the SHA-256 of all before it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import StateError

MAGIC = b"NGENARID"
VERSION = 1

_PREFIX = struct.Struct("<8sHIQ")
_DIGEST_BYTES = 32


class Payload(NamedTuple):
    """What the bytes say.

    Attributes
    ----------
    component : str
        Name of the component whose state it is.
    fingerprint : dict
        What has to be equal in the configuration of the model that takes the state.
    arrays : dict of str to array
        The state, 1-D and float64.
    """

    component: str
    fingerprint: dict[str, Any]
    arrays: dict[str, NDArray[np.float64]]


def pack(component: str, fingerprint: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Write a state as bytes.

    Parameters
    ----------
    component : str
    fingerprint : mapping
        Of what JSON has.
    arrays : mapping of str to array
        Of any shape; integers have to be such that a float64 holds them.

    Returns
    -------
    array of uint8, shape (bytes,)

    Examples
    --------
    >>> data = pack("toy", {"layers": 2}, {"storages": np.array([0.5, 0.25])})
    >>> unpack(data.tobytes()).arrays["storages"]
    array([0.5 , 0.25])
    """
    flat = {name: np.asarray(values, dtype="<f8").reshape(-1) for name, values in arrays.items()}
    description = {
        "component": component,
        "fingerprint": dict(fingerprint),
        "arrays": [[name, values.size] for name, values in flat.items()],
    }
    header = json.dumps(description, separators=(",", ":")).encode()
    body = b"".join(values.tobytes() for values in flat.values())
    total = _PREFIX.size + len(header) + len(body) + _DIGEST_BYTES
    content = _PREFIX.pack(MAGIC, VERSION, len(header), total) + header + body
    return np.frombuffer(bytearray(content + hashlib.sha256(content).digest()), dtype=np.uint8)


def unpack(data: bytes) -> Payload:
    """Read the bytes of :func:`pack`.

    Raises
    ------
    StateError
        They are something else, of another version, cut off or damaged.
    """
    if len(data) < _PREFIX.size or not data.startswith(MAGIC):
        raise StateError(
            f"these {len(data)} bytes are not the state of a component of ngen-arid: they do not begin with "
            f"{MAGIC.decode()}; restore from the bytes that this component has saved"
        )
    _, version, header_bytes, total = _PREFIX.unpack_from(data)
    if version != VERSION:
        raise StateError(
            f"the state has version {version} of the format, expected {VERSION}: save it anew with this program"
        )
    if len(data) != total:
        raise StateError(f"the state has {len(data)} bytes of {total}: it is cut off or damaged, take another one")
    content, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise StateError("the state is damaged, its checksum is wrong: take another one")
    try:
        return _parse(content, header_bytes)
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"the state cannot be read, though its checksum is right: {error}") from error


def _parse(content: bytes, header_bytes: int) -> Payload:
    start = _PREFIX.size + header_bytes
    header = json.loads(content[_PREFIX.size : start])
    body = np.frombuffer(content[start:], dtype="<f8").astype(np.float64)
    sizes = [(str(name), int(size)) for name, size in header["arrays"]]
    if sum(size for _, size in sizes) != body.size or any(size < 0 for _, size in sizes):
        raise ValueError("the arrays do not fill it")
    arrays: dict[str, NDArray[np.float64]] = {}
    place = 0
    for name, size in sizes:
        arrays[name] = body[place : place + size]
        place += size
    return Payload(str(header["component"]), dict(header["fingerprint"]), arrays)
