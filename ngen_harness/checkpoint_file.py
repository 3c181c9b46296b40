"""The file of saved states: records one after the other, each a prefix, an id, and a model's bytes.

The prefix has 39 bytes, little-endian: ``NGSR``, wire version (1 byte), time step, simulation timestamp and wall clock
(8 bytes each, signed, seconds since 1970), length of the id (2) and of the payload (8). The last record may be torn,
by a run that was killed while it wrote.
"""

from __future__ import annotations

import logging
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ngen_harness.errors import CheckpointError

log = logging.getLogger("ngen_harness")

MAGIC = b"NGSR"
WIRE_VERSION = 1

PREFIX = struct.Struct("<4sBqqqHQ")


class Record(NamedTuple):
    """What a record says, and where its payload is.

    Attributes
    ----------
    id : str
        ``cat-1:<model type>``, or ``cat-1.<index>:<module type>:<multi type>``.
    step : int
    timestamp : int
        Begin of that step, seconds since 1970.
    written : int
        Wall clock, seconds since 1970.
    offset, length : int
        Of the payload in the file [byte].
    """

    id: str
    step: int
    timestamp: int
    written: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        """Where the next record begins [byte]."""
        return self.offset + self.length


def read_records(path: Path) -> list[Record]:
    """List the records of a file; payloads are passed over.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Record
        In the order of the file, without a torn one at the end.

    Raises
    ------
    CheckpointError
        The file cannot be read, or is something else.
    """
    try:
        with open(path, "rb") as file:
            return list(_records(file, path, os.fstat(file.fileno()).st_size))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read the file with saved states: {error.strerror}") from error


def _records(file: BinaryIO, path: Path, size: int) -> Iterator[Record]:
    place = 0
    while size - place >= PREFIX.size:
        file.seek(place)
        magic, version, step, timestamp, written, id_length, length = PREFIX.unpack(file.read(PREFIX.size))
        if magic != MAGIC:
            raise CheckpointError(
                f"{path}: no record with a saved state at byte {place}: expected {MAGIC.decode()}, found {magic!r}; "
                "the file is damaged or something else: give another path"
            )
        if version != WIRE_VERSION:
            raise CheckpointError(f"{path}: the record at byte {place} has version {version}, expected {WIRE_VERSION}")
        record_id = file.read(id_length)
        offset = place + PREFIX.size + id_length
        if offset + length > size:
            _refuse_damage(file, path, place, size)
            return
        try:
            name = record_id.decode()
        except UnicodeDecodeError as error:
            raise CheckpointError(f"{path}: the id of the record at byte {place} is not UTF-8") from error
        yield Record(name, step, timestamp, written, offset, length)
        place = offset + length
    if place == 0 and 0 < size:
        file.seek(0)
        begin = file.read(len(MAGIC))
        if not MAGIC.startswith(begin):
            raise CheckpointError(f"{path}: holds {begin!r}, no saved states; give another path")


def _refuse_damage(file: BinaryIO, path: Path, place: int, size: int) -> None:
    """Tell a record with a wrong length from one that is torn: behind it there are others."""
    file.seek(place)
    rest = file.read()
    found = rest.find(MAGIC, 1)
    while found >= 0:
        if len(rest) - found >= PREFIX.size:
            _, version, *_, id_length, length = PREFIX.unpack_from(rest, found)
            if version == WIRE_VERSION and place + found + PREFIX.size + id_length + length <= size:
                raise CheckpointError(
                    f"{path}: the record at byte {place} is damaged: by its lengths it ends behind the file, but "
                    f"another begins at byte {place + found}; give another path, or a copy that is whole"
                )
        found = rest.find(MAGIC, found + 1)


class CheckpointFiles:
    """The files of saved states of one run: each is looked through once, and appended to."""

    def __init__(self) -> None:
        self._indexes: dict[Path, dict[str, list[Record]]] = {}
        self._mended: set[Path] = set()

    def records(self, path: Path, record_id: str) -> list[Record]:
        """Records of an id that were in a file when it was first asked for, in its order."""
        if path not in self._indexes:
            index: dict[str, list[Record]] = {}
            for record in read_records(path):
                index.setdefault(record.id, []).append(record)
            self._indexes[path] = index
        return self._indexes[path].get(record_id, [])

    def payload(self, path: Path, record: Record) -> bytes:
        """Read the bytes of a record."""
        try:
            with open(path, "rb") as file:
                file.seek(record.offset)
                return file.read(record.length)
        except OSError as error:
            raise CheckpointError(f"{path}: cannot read a saved state: {error.strerror}") from error

    def append(self, path: Path, record_id: str, step: int, timestamp: int, payload: bytes) -> None:
        """Add a record, in one piece behind the last whole one.

        Parameters
        ----------
        path : Path
        record_id : str
        step : int
        timestamp : int
            Begin of the step, seconds since 1970.
        payload : bytes

        Raises
        ------
        CheckpointError
            The file cannot be written, or is something else; it is then what it was.
        """
        name = record_id.encode()
        if len(name) > 0xFFFF:
            raise CheckpointError(f"{path}: the id of a record has {len(name)} bytes; at most {0xFFFF} fit")
        prefix = PREFIX.pack(MAGIC, WIRE_VERSION, step, timestamp, int(time.time()), len(name), len(payload))
        try:
            if path not in self._mended:
                self._cut_torn_end(path)
                self._mended.add(path)
            with open(path, "ab", buffering=0) as file:
                _write_whole(file, prefix + name + payload)
        except OSError as error:
            raise CheckpointError(
                f"{path}: cannot save a state: {error.strerror}; see that it can be written"
            ) from error

    def _cut_torn_end(self, path: Path) -> None:
        """Remove a torn record, behind which no other would be found."""
        if not path.exists():
            return
        records = read_records(path)
        whole = records[-1].end if records else 0
        torn = path.stat().st_size - whole
        if torn:
            log.warning("%s: the last record is torn, its %d bytes are removed", path, torn)
            os.truncate(path, whole)


def _write_whole(file: BinaryIO, data: bytes) -> None:
    """Append all of it or nothing, as far as the system lets us."""
    start = file.seek(0, os.SEEK_END)
    try:
        view = memoryview(data)
        while view:
            view = view[file.write(view) or 0 :]
    except BaseException:
        file.truncate(start)
        raise
