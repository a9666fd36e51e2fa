"""A folder of media files, with ``metadata.jsonl`` for everything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.core.errors import UsageError
from starwhale.datasets.exports.documents import document_of
from starwhale.datasets.exports.places import MediaFiles, safe, suffix_of, write

if TYPE_CHECKING:
    from starwhale.datasets.exports.places import Told
    from starwhale.storage.rows.snapshot import Snapshot

METADATA = "metadata.jsonl"
FILE_NAME = "file_name"
_KINDS = ("image", "audio", "video")


def main_column(snapshot: Snapshot) -> str:
    """The feature whose media make the files of the folder: the first of images, audio or video.

    Raises:
        UsageError: there is none.
    """
    for kind in _KINDS:
        for name, tag in snapshot.manifest.columns.items():
            if tag == ("media", kind):
                return name
    raise UsageError(
        "a folder is made of images, audio or video, and no column holds such",
        hint="export to parquet, jsonl, csv or webdataset",
    )


def write_folder(snapshot: Snapshot, folder: Path, key: str, told: Told) -> None:
    """Write the rows of a snapshot; files lie in directories named by their ``label``.

    Args:
        snapshot: The rows.
        folder: An empty directory.
        key: Field for the key of a row, called as no feature is.
        told: Called with the number of rows so far.
    """
    main = main_column(snapshot)
    others = MediaFiles(folder)
    done = 0
    with (folder / METADATA).open("wb") as table:
        for keys, rows in snapshot.chunks():
            for row_key, row in zip(keys, rows, strict=True):
                place = f"{_directory(row)}/{done:09d}-{safe(str(row_key))}"
                document = _document(row, main, place, folder, others)
                table.write(orjson.dumps({**document, key: row_key}) + b"\n")
                done += 1
            told(done)


def _document(row: dict[str, Any], main: str, place: str, folder: Path, others: MediaFiles) -> dict[str, Any]:
    written = ""

    def put(column: str, logical: str, data: bytes, meta: str) -> str:
        nonlocal written
        if column != main or written:
            return others.put(column, logical, data, meta)
        written = place + suffix_of(logical, data, orjson.loads(meta))
        write(folder / written, data)
        return written

    document = document_of(row, put)
    return {FILE_NAME: written, **{f"field:{name}": value for name, value in document.items()}}


def _directory(row: dict[str, Any]) -> str:
    label = row.get("label")
    return safe(str(label)) if isinstance(label, (str, int)) and label != "" else "data"
