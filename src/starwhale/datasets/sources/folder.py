"""Rows from the media files below a directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from starwhale.core.errors import Forbidden, NotFound, UsageError
from starwhale.datasets.sources.csvfile import CsvSource
from starwhale.datasets.sources.images import ImageCheck
from starwhale.datasets.sources.jsonfile import JsonSource
from starwhale.datasets.sources.port import BadRow, SourceRow

SUFFIXES: dict[str, tuple[str, ...]] = {
    "image": (
        ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".svg", ".gif", ".apng", ".avif", ".ppm", ".pgm", ".pbm",
        ".bmp", ".tif", ".tiff", ".ico",
    ),
    "audio": (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".wma", ".aiff", ".aif"),
    "video": (".mp4", ".avi", ".webm", ".mov", ".mkv", ".m4v", ".mpeg", ".mpg", ".wmv"),
}  # fmt: skip
TABLES = ("metadata.csv", "metadata.jsonl")
CAPTION_CHARS = 1 << 20
_UNCHECKED = frozenset({".svg"})  # text, which no decoder of pixels reads
_log = logging.getLogger("starwhale")


class FolderSource:
    """A row per media file: its key and ``file_name`` are its path in the directory, ``file`` its bytes.

    With `auto_label` the name of the directory that it lies in is its ``label``. A text of the same
    name beside it is its ``caption``. The fields of ``metadata.csv`` or ``metadata.jsonl`` whose
    ``file_name`` names it belong to its row. Files whose names begin with a dot are passed over.

    Args:
        folder: The directory.
        kind: ``image``, ``audio`` or ``video``: which files are meant, by their suffix.
        auto_label: Give files the names of their directories as labels.

    Raises:
        NotFound: no such directory, or no such file in it.
    """

    def __init__(self, folder: str, *, kind: str = "image", auto_label: bool = True) -> None:
        self._root = Path(folder)
        self._kind = kind
        self._auto_label = auto_label
        self.name = folder
        if not self._root.is_dir():
            what = "is a file" if self._root.exists() else "is not there"
            raise NotFound(f"the folder {folder!r} {what}")

    def info(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The files, in the order of their paths."""
        table = self._metadata()
        make = _media_class(self._kind)
        check = ImageCheck() if self._kind == "image" else None
        used = 0
        number = 0
        for number, path in enumerate(self._files(), start=1):
            told = table.get(path)
            used += told is not None
            place = self._root / path
            fault = self._fault(place, check)
            if fault:
                yield BadRow(number, f"{path} {fault}", str(self._root))
                continue
            features = {"file_name": path, **(told or {})}
            parent = PurePosixPath(path).parent.name
            if self._auto_label and parent:
                features["label"] = parent
            caption = _caption(place)
            if caption is not None:
                features["caption"] = caption
            features["file"] = make(place)
            yield SourceRow(number, features, path, str(self._root))
        if number == 0:
            raise NotFound(f"there is no {self._kind} file in {self.name!r}")
        if used < len(table):
            _log.warning("%d rows of the metadata in %s name no file there", len(table) - used, self.name)

    def _files(self) -> Iterator[str]:
        """Paths of the media files, sorted, directory by directory."""
        suffixes = SUFFIXES[self._kind]
        for place, folders, names in os.walk(self._root, onerror=_raise):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inside = Path(place).relative_to(self._root)
            for name in sorted(names):
                if not name.startswith(".") and name.lower().endswith(suffixes):
                    yield (inside / name).as_posix()

    def _fault(self, place: Path, check: ImageCheck | None) -> str:
        """What is wrong with a file; empty where nothing is."""
        if place.is_symlink() and not place.resolve().is_relative_to(self._root.resolve()):
            return "is a link that leads out of the folder"
        try:
            if not place.is_file():
                return "is no regular file"
            if place.stat().st_size == 0:
                return "is empty"
            str(place).encode()
        except OSError as exc:
            return f"cannot be read: {exc.strerror}"
        except UnicodeEncodeError:
            return "has a name that is no text in UTF-8"
        return check.fault(place) if check is not None and place.suffix.lower() not in _UNCHECKED else ""

    def _metadata(self) -> dict[str, dict[str, Any]]:
        """Fields that the table of the folder has for each file."""
        there = [self._root / name for name in TABLES if (self._root / name).is_file()]
        if not there:
            return {}
        if len(there) > 1:
            raise UsageError(f"{self.name!r} has both {' and '.join(TABLES)}", hint="keep one of them")
        place = str(there[0])
        source = JsonSource([place]) if place.endswith(".jsonl") else CsvSource([place])
        table: dict[str, dict[str, Any]] = {}
        for row in source.rows():
            if isinstance(row, BadRow):
                raise UsageError(f"row {row.number} of {place}: {row.reason}")
            fields = dict(row.features)
            name = fields.get("file_name")
            if not isinstance(name, str) or not name:
                raise UsageError(f"row {row.number} of {place} names no file", hint="fill in `file_name`")
            path = PurePosixPath(name.replace("\\", "/")).as_posix()
            if path in table:
                raise UsageError(f"row {row.number} of {place} names {name!r} a second time")
            table[path] = {field: value for field, value in fields.items() if field != "file_name"}
        return table


def _raise(error: OSError) -> None:
    raise Forbidden(f"cannot look into {error.filename!r}: {error.strerror}") from error


def _caption(place: Path) -> str | None:
    text = place.with_suffix(".txt")
    try:
        if not text.is_file():
            return None
        with text.open(encoding="utf-8-sig") as file:
            return file.read(CAPTION_CHARS).strip()
    except UnicodeDecodeError as exc:
        raise UsageError(f"the caption {str(text)!r} is not text in UTF-8") from exc
    except OSError as exc:
        raise Forbidden(f"cannot read the caption {str(text)!r}: {exc.strerror}") from exc


def _media_class(kind: str) -> Any:
    if kind == "image":
        from starwhale.core.types.image import Image

        return Image
    if kind == "audio":
        from starwhale.core.types.audio import Audio

        return Audio
    from starwhale.core.types.video import Video

    return Video
