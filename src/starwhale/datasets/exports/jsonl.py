"""JSON Lines: a document a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from starwhale.datasets.exports.documents import Put, document_of

if TYPE_CHECKING:
    from starwhale.datasets.exports.places import Told
    from starwhale.storage.rows.snapshot import Snapshot


def write_jsonl(snapshot: Snapshot, path: Path, key: str, put: Put | None, told: Told) -> None:
    """Write the rows of a snapshot.

    Args:
        snapshot: The rows.
        path: The file.
        key: Field for the key of a row, called as no feature is.
        put: Takes media; None keeps them in the rows, as base64.
        told: Called with the number of rows so far.
    """
    done = 0
    with path.open("wb") as file:
        for keys, rows in snapshot.chunks():
            for row_key, row in zip(keys, rows, strict=True):
                file.write(orjson.dumps({key: row_key, **document_of(row, put)}) + b"\n")
            done += len(keys)
            told(done)
