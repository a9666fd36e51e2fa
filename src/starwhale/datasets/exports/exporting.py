"""Exporting a snapshot to the formats of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError
from starwhale.datasets.exports.card import CARD, Card
from starwhale.datasets.exports.places import MediaFiles, Told, appearing

if TYPE_CHECKING:
    from starwhale.storage.rows.snapshot import Snapshot

FORMATS = ("parquet", "jsonl", "csv", "webdataset", "folder")
_BY_SUFFIX = {".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".csv": "csv", ".tar": "webdataset"}


def format_of(destination: Path, told: str) -> str:
    """The format that is meant.

    Args:
        destination: What is written to.
        told: What the user said; empty for what the suffix says.

    Raises:
        UsageError: nothing says it, or there is no such format.
    """
    if told:
        if told not in FORMATS:
            raise UsageError(f"there is no export format {told!r}", hint=f"use one of {', '.join(FORMATS)}")
        return told
    if destination.suffix.lower() not in _BY_SUFFIX:
        raise UsageError(
            f"the name {destination.name!r} does not tell a format", hint=f"say one of {', '.join(FORMATS)}"
        )
    return _BY_SUFFIX[destination.suffix.lower()]


def export(
    snapshot: Snapshot,
    destination: Path,
    *,
    format: str = "",  # noqa: A002 - the word users know
    force: bool = False,
    told: Told | None = None,
) -> Path:
    """Write rows into files that others read, and that build the same rows again.

    A destination with the suffix of its format becomes one file, media inside the rows; any other a
    directory, media in files of their own (Parquet keeps them inside). What JSON, CSV and tar have
    no types for is told by a card, ``starwhale.json``, beside the files.

    Args:
        snapshot: The rows.
        destination: File or directory; visible only when it is whole.
        format: ``parquet``, ``jsonl``, ``csv``, ``webdataset`` or ``folder``.
        force: Replace what is there.
        told: Called with the number of rows so far.

    Returns:
        The destination.

    Raises:
        UsageError: the format is unknown, or cannot hold the rows.
        Conflict: something is there, and `force` is not set.
        StorageFull, Forbidden, NotFound: it cannot be written.
    """
    kind = format_of(destination, format)
    single = _BY_SUFFIX.get(destination.suffix.lower()) == kind
    say = told or (lambda _rows: None)
    if single:
        _to_file(snapshot, destination, kind, force=force, told=say)
    else:
        with appearing(destination, force=force) as draft:
            draft.mkdir()
            files = _WRITERS[kind](snapshot, draft, say)
            _card(snapshot, kind, files).write(draft / CARD)
    return destination


def _to_file(snapshot: Snapshot, path: Path, kind: str, *, force: bool, told: Told) -> None:
    from starwhale.datasets.exports.csvfile import write_csv
    from starwhale.datasets.exports.jsonl import write_jsonl
    from starwhale.datasets.exports.webdataset import write_shards
    from starwhale.storage.interchange.files import write_parquet

    key = _key_of(snapshot)
    with appearing(path, force=force) as draft:
        if kind == "parquet":
            write_parquet(snapshot, draft, told)
            return
        if kind == "webdataset":
            write_shards(snapshot, draft.parent, key, told, one=draft.name)
        else:
            (write_jsonl if kind == "jsonl" else write_csv)(snapshot, draft, key, None, told)
        with appearing(path.with_name(f"{path.name}.{CARD}"), force=True) as card:
            _card(snapshot, kind, [path.name]).write(card)


def _parquet(snapshot: Snapshot, folder: Path, told: Told) -> list[str]:
    from starwhale.storage.interchange.files import write_parquet

    write_parquet(snapshot, folder / "data.parquet", told)
    return ["data.parquet"]


def _jsonl(snapshot: Snapshot, folder: Path, told: Told) -> list[str]:
    from starwhale.datasets.exports.jsonl import write_jsonl

    write_jsonl(snapshot, folder / "data.jsonl", _key_of(snapshot), MediaFiles(folder).put, told)
    return ["data.jsonl"]


def _csv(snapshot: Snapshot, folder: Path, told: Told) -> list[str]:
    from starwhale.datasets.exports.csvfile import write_csv

    write_csv(snapshot, folder / "data.csv", _key_of(snapshot), MediaFiles(folder).put, told)
    return ["data.csv"]


def _webdataset(snapshot: Snapshot, folder: Path, told: Told) -> list[str]:
    from starwhale.datasets.exports.webdataset import write_shards

    return write_shards(snapshot, folder, _key_of(snapshot), told)


def _folder(snapshot: Snapshot, folder: Path, told: Told) -> list[str]:
    from starwhale.datasets.exports.folder import METADATA, write_folder

    write_folder(snapshot, folder, _key_of(snapshot), told)
    return [METADATA]


_WRITERS: dict[str, Callable[[Snapshot, Path, Told], list[str]]] = {
    "parquet": _parquet,
    "jsonl": _jsonl,
    "csv": _csv,
    "webdataset": _webdataset,
    "folder": _folder,
}


def _card(snapshot: Snapshot, kind: str, files: list[str]) -> Card:
    manifest = snapshot.manifest
    return Card(
        kind=kind,
        files=tuple(files),
        key=_key_of(snapshot),
        columns=manifest.columns,
        info=manifest.info,
        rows=manifest.count,
    )


def _key_of(snapshot: Snapshot) -> str:
    name = "__key__"
    while name in snapshot.manifest.columns:
        name += "_"
    return name
