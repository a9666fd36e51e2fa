"""Frames: the unit in which changes to a table are written to a log.

    magic (4) | sequence (4) | length (4) | xxh3 of the payload (8) | payload

The payload is JSON: ``[[key, {column: packed value}], [key, null], [key, {...}, 1], ...]`` for an
upsert, a deletion and a replacement. Only extents that the catalog lists as committed are ever read,
so what a crash left behind them is never seen.
"""

from __future__ import annotations

import struct
from typing import Any, cast

import orjson
import xxhash

from starwhale.core.errors import Corrupted

HEADER = struct.Struct("<4sIIQ")
MAGIC = b"SWF1"
#: Bytes of a number, and of a list without its items.
_PLAIN, _NESTED = 16, 48

Change = list[Any]
"""``[key, cells]``, ``[key, None]`` or ``[key, cells, 1]``."""


def encode_frame(sequence: int, changes: list[Change]) -> bytes:
    """Bytes of one frame."""
    payload = orjson.dumps(changes)
    return HEADER.pack(MAGIC, sequence, len(payload), xxhash.xxh3_64_intdigest(payload)) + payload


def weight_of(cells: Any) -> int:
    """Bytes that packed values take in a frame."""
    return len(orjson.dumps(cells))


def estimate(packed: Any) -> int:
    """Bytes that a packed value takes in a frame and in memory, about; much quicker than `weight_of`."""
    if type(packed) is str:
        return _PLAIN + len(packed)
    if type(packed) is list:
        return _NESTED + sum(map(estimate, packed))
    return _NESTED + sum(map(estimate, packed.values())) if type(packed) is dict else _PLAIN


def decode_frame(data: bytes, where: str) -> list[Change]:
    """The changes of a frame.

    Raises:
        Corrupted: the bytes are not those that were written, or a later release wrote them; `where` is named.
    """
    return cast("list[Change]", orjson.loads(check_frame(data, where)))


def check_frame(data: bytes, where: str) -> memoryview:
    """The payload of a frame, found to be what was written.

    Raises:
        Corrupted: as for `decode_frame`.
    """
    if len(data) < HEADER.size:
        raise Corrupted(f"a frame of {where} is cut short")
    magic, _sequence, length, checksum = HEADER.unpack_from(data)
    if magic != MAGIC and magic[:-1] == MAGIC[:-1] and magic[-1:].isalnum():
        raise Corrupted(
            f"a frame of {where} has format {magic[-1:].decode()}, this release reads {MAGIC[-1:].decode()}",
            hint="upgrade Starwhale to read it",
        )
    payload = memoryview(data)[HEADER.size :]
    if magic != MAGIC or len(payload) != length or xxhash.xxh3_64_intdigest(cast("Any", payload)) != checksum:
        raise Corrupted(f"a frame of {where} is not what was written")
    return payload
