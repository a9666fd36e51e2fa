"""Artifacts of a run as rows: small values in the row itself, large files in pieces, in bounded memory."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.types.binary import Binary
from starwhale.core.types.image import Image
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import MIMEType
from starwhale.experiments.paths import RunPlace
from starwhale.experiments.schemas import ArtifactRead
from starwhale.experiments.values import check_label
from starwhale.kit.times import utc_now
from starwhale.storage.layers.cells import cell_of

if TYPE_CHECKING:
    from starwhale.experiments.ports import Reader, Sink

PIECE = 8 << 20
"""Bytes of a file that are in memory at a time; a smaller file lies in its row."""

FILE = "file"


def check_storable(values: Mapping[str, Any]) -> None:
    """Refuse values that no row can hold, before any of them is written.

    Raises:
        UnsupportedValue: naming the first.
    """
    for name, value in values.items():
        cell_of(value, name)


def put_artifacts(writer: Sink, place: RunPlace, values: Mapping[str, Any], step: int | None) -> None:
    """Write artifacts by name; durable when this returns.

    Args:
        writer: Used by nobody else meanwhile.
        place: The run.
        values: Paths of files and directories, or values.
        step: The step they belong to, if any.

    Raises:
        NotFound: there is no such file.
        UnsupportedValue: a value has no stored form; nothing is written.
        StorageFull: there is no space for them.
    """
    files: dict[str, Path] = {}
    others: dict[str, Any] = {}
    for name, value in values.items():
        path = _path_of(value)
        if path is None:
            others[name] = _storable(value)
        else:
            files.update(_files(name, path))
    check_storable(others)
    for name in files:
        check_label(name, "artifact")
    for name, value in others.items():
        kind = str(getattr(type(value), "logical", "") or type(value).__name__)
        _put(writer, place, name, step, {"value": value, "kind": kind, "size": _size(value)})
    for name, path in files.items():
        _put(writer, place, name, step, _file_row(writer, place, path))
    writer.flush()


def _put(writer: Sink, place: RunPlace, name: str, step: int | None, row: dict[str, Any]) -> None:
    key = name if step is None else f"{name}@{step}"
    empty = {"value": None, "pieces": None, "sha256": None, "file_name": None}
    writer.put(place.artifacts, key, {**empty, "name": name, "step": step, "at": utc_now(), **row})


def _file_row(writer: Sink, place: RunPlace, path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": FILE, "file_name": path.name}
    with _opened(path) as file:
        piece = file.read(PIECE)
        if len(piece) < PIECE:
            value = Binary(piece, mime_type=MIMEType.create_by_file_suffix(path.name))
            digest = hashlib.sha256(piece).hexdigest()
            return {**row, "value": value, "size": len(piece), "sha256": digest}
        whole, size, pieces = hashlib.sha256(), 0, list[str]()
        while piece:
            whole.update(piece)
            pieces.append(hashlib.sha256(piece).hexdigest())
            size += len(piece)
            # Equal pieces lie there once, and each is committed alone, so that none has to wait in memory.
            writer.put(place.parts, pieces[-1], {"data": Binary(piece)})
            writer.flush(place.parts)
            piece = file.read(PIECE)
    return {**row, "pieces": pieces, "size": size, "sha256": whole.hexdigest()}


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc


def _path_of(value: Any) -> Path | None:
    """The file or directory that is meant: a path object, or text that names one that is there."""
    if isinstance(value, os.PathLike):
        path = Path(cast("os.PathLike[str]", value))
        if not path.exists():
            raise NotFound(
                f"no file {str(path)!r}", hint="give the path of a file or directory that is there"
            )
        return path
    if type(value) is str and value and len(value) < 4096 and "\n" not in value and os.path.exists(value):  # noqa: PTH110 - a Path of any text may raise
        return Path(value)
    return None


def _files(name: str, path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        if not path.is_file():
            raise UsageError(f"{str(path)!r} is neither a file nor a directory")
        yield name, path
        return
    for below, folders, found in os.walk(path):
        folders.sort()
        for each in sorted(found):
            file = Path(below) / each
            if file.is_file():
                yield f"{name}/{file.relative_to(path).as_posix()}", file


def _storable(value: Any) -> Any:
    """Figures of matplotlib and pictures of Pillow as images, tensors as arrays, open files as bytes."""
    if hasattr(value, "savefig"):
        picture = io.BytesIO()
        value.savefig(picture, format="png")
        return Image(picture.getvalue(), mime_type=MIMEType.PNG)
    origin = type(value).__module__.partition(".")[0]
    if origin == "PIL" and hasattr(value, "save"):
        picture = io.BytesIO()
        value.save(picture, "PNG")
        return Image(picture.getvalue(), mime_type=MIMEType.PNG)
    if origin == "torch" and hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    if hasattr(value, "read") and not isinstance(value, BaseArtifact):
        data = value.read()
        return data.encode() if isinstance(data, str) else data
    return value


def _size(value: Any) -> int | None:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return len(bytes(value))
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    if isinstance(value, BaseArtifact):
        return None if value.linked else len(value.payload())
    size = getattr(value, "nbytes", None)
    return size if isinstance(size, int) else None


def artifact_of(key: str, row: Mapping[str, Any]) -> ArtifactRead:
    """What a row tells of an artifact."""
    return ArtifactRead(
        key=key,
        name=row["name"],
        kind=row["kind"],
        at=row["at"],
        step=row.get("step"),
        size=row.get("size"),
        file_name=row.get("file_name") or "",
    )


def bytes_of(row: Mapping[str, Any], parts: Reader | None) -> Iterator[bytes]:
    """The bytes of an artifact, a piece at a time.

    Args:
        row: Its row.
        parts: Where the pieces of large files lie.

    Raises:
        UsageError: it is a value that is no bytes, such as an array.
    """
    if row.get("pieces") and parts is not None:
        for piece in row["pieces"]:
            found = parts.get(piece)
            assert found is not None
            yield found["data"].to_bytes()
        return
    value = row["value"]
    if isinstance(value, BaseArtifact):
        yield value.to_bytes()
    elif isinstance(value, (bytes, str)):
        yield value.encode() if isinstance(value, str) else value
    elif hasattr(value, "tobytes"):
        yield _npy(value)
    else:
        import json

        from starwhale.storage.layers.packed import pack

        yield json.dumps(pack(*cell_of(value, row["name"])), ensure_ascii=False).encode()


def _npy(array: Any) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
