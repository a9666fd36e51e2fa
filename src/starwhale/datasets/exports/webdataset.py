"""WebDataset: tar shards of samples, each a JSON document and its media."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.datasets.exports.documents import document_of
from starwhale.datasets.exports.places import safe, suffix_of

if TYPE_CHECKING:
    from starwhale.datasets.exports.places import Told
    from starwhale.storage.layers.format import Key
    from starwhale.storage.rows.snapshot import Snapshot

SHARD_BYTES = 256 << 20


def write_shards(snapshot: Snapshot, folder: Path, key: str, told: Told, *, one: str = "") -> list[str]:
    """Write the rows of a snapshot as shards; the names of the files.

    The members of row 17 begin with ``000000017.``; its document is ``000000017.json``, its media
    ``000000017.COLUMN.SUFFIX``.

    Args:
        snapshot: The rows.
        folder: Where they go.
        key: Field for the key of a row, called as no feature is.
        told: Called with the number of rows so far.
        one: Name of the only file, for one shard of any size.
    """
    names: list[str] = []

    def begin() -> tarfile.TarFile:
        names.append(one or f"shard-{len(names):06d}.tar")
        return tarfile.open(folder / names[-1], "w", format=tarfile.PAX_FORMAT)

    done = 0
    shard = begin()
    try:
        for keys, rows in snapshot.chunks():
            for row_key, row in zip(keys, rows, strict=True):
                if not one and shard.offset > SHARD_BYTES:
                    shard.close()
                    shard = begin()
                _write_sample(shard, done, row_key, row, key)
                done += 1
            told(done)
    finally:
        shard.close()
    return names


def _write_sample(shard: tarfile.TarFile, number: int, row_key: Key, row: dict[str, Any], key: str) -> None:
    media: dict[str, bytes] = {}

    def put(column: str, logical: str, data: bytes, meta: str) -> str:
        name, suffix = safe(column).replace(".", "_"), suffix_of(logical, data, orjson.loads(meta))
        place, again = f"{name}{suffix}", 1
        while place in media or place == "json":
            place, again = f"{name}_{again}{suffix}", again + 1
        media[place] = data
        return place

    document = orjson.dumps({key: row_key, **document_of(row, put)})
    for place, data in (("json", document), *media.items()):
        member = tarfile.TarInfo(f"{number:09d}.{place}")
        member.size = len(data)
        shard.addfile(member, io.BytesIO(data))
