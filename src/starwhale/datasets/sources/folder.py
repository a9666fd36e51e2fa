"""Rows from the media files below a directory."""

from __future__ import annotations

import logging
import os
from collections import Counter
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
_log = logging.getLogger("starwhale")


class FolderSource:
    """A row per media file: its key and ``file_name`` are its path in the directory, ``file`` its bytes.

    With `auto_label` the name of the directory that it lies in is its ``label``. A text of the same
    name beside it is its ``caption``. The fields of ``metadata.csv`` or ``metadata.jsonl`` whose
    ``file_name`` names it belong to its row; a file that they do not name is a row without them, and
    what they say of files that are not there is passed over. So are files and directories whose names
    begin with a dot, and links to directories. The log counts what was passed over.

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
        self._passed_over: Counter[str] = Counter()
        self.name = folder
        if not self._root.is_dir():
            what = "is a file" if self._root.exists() else "is not there"
            raise NotFound(f"the folder {folder!r} {what}")

    def info(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The files, in the order of their paths; before them, what is wrong with their metadata."""
        self._passed_over.clear()
        table: dict[str, dict[str, Any]] = {}
        yield from self._read_metadata(table)
        make = _media_class(self._kind)
        check = ImageCheck() if self._kind == "image" else None
        named = number = 0
        for number, path in enumerate(self._files(), start=1):
            told = table.get(path)
            named += told is not None
            place = self._root / path
            fault = self._fault(place, check)
            caption, fault = (None, fault) if fault else self._caption(place)
            if fault:
                yield BadRow(number, f"{path} {fault}", self.name)
                continue
            features = {"file_name": path, **(told or {})}
            parent = PurePosixPath(path).parent.name
            if self._auto_label and parent:
                features["label"] = parent
            if caption is not None:
                features["caption"] = caption
            features["file"] = make(place)
            yield SourceRow(number, features, path, self.name)
        if number == 0:
            raise NotFound(f"there is no {self._kind} file in {self.name!r}")
        self._passed_over["rows of metadata that name no file there"] = len(table) - named
        self._tell()

    def _files(self) -> Iterator[str]:
        """Paths of the media files, sorted, directory by directory."""
        suffixes = SUFFIXES[self._kind]
        for place, folders, names in os.walk(self._root, onerror=_raise):
            here = Path(place)
            folders[:] = [name for name in sorted(folders) if self._is_walked(here / name)]
            inside = here.relative_to(self._root)
            for name in sorted(names):
                if not name.lower().endswith(suffixes):
                    continue
                if name.startswith("."):
                    self._passed_over["hidden files"] += 1
                else:
                    yield (inside / name).as_posix()

    def _is_walked(self, folder: Path) -> bool:
        if folder.name.startswith("."):
            self._passed_over["hidden directories"] += 1
        elif folder.is_symlink():
            self._passed_over["links to directories"] += 1
        else:
            return True
        return False

    def _tell(self) -> None:
        counts = [f"{count:,} {what}" for what, count in self._passed_over.items() if count]
        if counts:
            _log.warning("passed over in %s: %s", self.name, ", ".join(counts))

    def _leads_out(self, place: Path) -> bool:
        return place.is_symlink() and not place.resolve().is_relative_to(self._root.resolve())

    def _fault(self, place: Path, check: ImageCheck | None) -> str:
        """What is wrong with a file; empty where nothing is."""
        try:
            str(place).encode()
            if self._leads_out(place):
                return "is a link that leads out of the folder"
            if not place.is_file():
                return "is no regular file"
            with place.open("rb") as file:
                if not file.read(1):
                    return "is empty"
                file.seek(0)
                return check.fault(file, place.suffix) if check is not None else ""
        except UnicodeEncodeError:
            return "has a name that is no text in UTF-8"
        except (OSError, RuntimeError) as exc:  # the latter is how a loop of links is told of
            return f"cannot be read: {getattr(exc, 'strerror', None) or exc}"

    def _caption(self, place: Path) -> tuple[str | None, str]:
        """The text beside a file, and what is wrong with it."""
        text = place.with_suffix(".txt")
        try:
            if self._leads_out(text):
                return None, "has a caption that is a link out of the folder"
            if not text.is_file():
                return None, ""
            with text.open(encoding="utf-8-sig") as file:
                caption = file.read(CAPTION_CHARS + 1).strip()
        except UnicodeDecodeError:
            return None, "has a caption that is not text in UTF-8"
        except (OSError, RuntimeError) as exc:
            return None, f"has a caption that cannot be read: {getattr(exc, 'strerror', None) or exc}"
        if len(caption) > CAPTION_CHARS:
            return None, f"has a caption of more than {CAPTION_CHARS:,} characters"
        return caption, ""

    def _read_metadata(self, table: dict[str, dict[str, Any]]) -> Iterator[BadRow]:
        """Fill in what the table of the folder tells of each file."""
        there = [self._root / name for name in TABLES if (self._root / name).is_file()]
        if not there:
            return
        if len(there) > 1:
            raise UsageError(f"{self.name!r} has both {' and '.join(TABLES)}", hint="keep one of them")
        if self._leads_out(there[0]):
            raise UsageError(f"{str(there[0])!r} is a link that leads out of the folder")
        place = str(there[0])
        source = JsonSource([place]) if place.endswith(".jsonl") else CsvSource([place])
        for row in source.rows():
            if isinstance(row, BadRow):
                yield row._replace(file=place)
                continue
            fields = dict(row.features)
            name = fields.pop("file_name", None)
            if not isinstance(name, str) or not name:
                yield BadRow(row.number, "it names no file in `file_name`", place)
                continue
            path = PurePosixPath(name.replace("\\", "/")).as_posix()
            if path in table:
                yield BadRow(row.number, f"it names {name!r} a second time", place)
            else:
                table[path] = fields


def _raise(error: OSError) -> None:
    raise Forbidden(f"cannot look into {error.filename!r}: {error.strerror}") from error


def _media_class(kind: str) -> Any:
    if kind == "image":
        from starwhale.core.types.image import Image

        return Image
    if kind == "audio":
        from starwhale.core.types.audio import Audio

        return Audio
    from starwhale.core.types.video import Video

    return Video
