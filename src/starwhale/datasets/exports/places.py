"""Where an export goes: visible under its name only when it is whole."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import Conflict, Forbidden, NotFound, StorageFull
from starwhale.kit.files import fsync_dir

if TYPE_CHECKING:
    from collections.abc import Generator

Told = Callable[[int], None]
_FULL = frozenset({28, 122})  # ENOSPC, EDQUOT
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_SUFFIX = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/svg+xml": ".svg",
    "image/gif": ".gif", "image/apng": ".apng", "image/avif": ".avif", "image/x-portable-pixmap": ".ppm",
    "video/mp4": ".mp4", "video/avi": ".avi", "video/webm": ".webm",
    "audio/wav": ".wav", "audio/mp3": ".mp3", "text/plain": ".txt", "text/csv": ".csv", "text/html": ".html",
}  # fmt: skip
_MARKS = (
    (b"\x89PNG\r\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"RIFF", ".wav"),
    (b"ID3", ".mp3"), (b"fLaC", ".flac"), (b"OggS", ".ogg"),
)  # fmt: skip


@contextmanager
def appearing(destination: Path, *, force: bool) -> Generator[Path]:
    """A path to write a file or directory to, which gets the name of `destination` when the block ends.

    When the block raises, nothing is left.

    Args:
        destination: Final name.
        force: Replace what has that name.

    Raises:
        Conflict: something has that name, and `force` is not set.
        NotFound: the directory that it should lie in is not there.
        StorageFull: there is no room.
        Forbidden: it may not be written.
    """
    if destination.exists() and not force:
        raise Conflict(
            f"{str(destination)!r} exists already", hint="name another, or replace it with --force"
        )
    if not destination.parent.is_dir():
        raise NotFound(f"there is no directory {str(destination.parent)!r} to export to")
    draft = destination.with_name(f".{destination.name[:100]}.{secrets.token_hex(4)}.partial")
    try:
        yield draft
        _replace(draft, destination)
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull(f"no room to export to {str(destination)!r}") from exc
        raise Forbidden(f"cannot export to {str(destination)!r}: {exc.strerror}") from exc
    finally:
        _remove(draft)


def _replace(draft: Path, destination: Path) -> None:
    if draft.is_dir() or destination.is_dir():
        # A directory cannot be replaced in one step: the old one steps aside first.
        aside = draft.with_suffix(".old")
        if destination.exists():
            destination.replace(aside)
        draft.replace(destination)
        _remove(aside)
    else:
        draft.replace(destination)
    fsync_dir(destination.parent)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def safe(name: str) -> str:
    """`name` as part of a file name that every file system takes."""
    return _UNSAFE.sub("_", name).strip(".")[:60] or "_"


def suffix_of(logical: str, data: bytes, described: dict[str, object]) -> str:
    """How a file with such media is called at its end."""
    told = _SUFFIX.get(str(described.get("mime_type", "")))
    if told is not None:
        return told
    own = Path(str(described.get("display_name", ""))).suffix.lower()
    if re.fullmatch(r"\.[a-z0-9]{1,8}", own):
        return own
    if logical == "text":
        return ".txt"
    return next((suffix for mark, suffix in _MARKS if data.startswith(mark)), ".bin")


class MediaFiles:
    """Writes media into files below a directory, a thousand to a directory.

    Args:
        root: What names are relative to.
        folder: Where they go, below it.
    """

    def __init__(self, root: Path, folder: str = "media") -> None:
        self._root = root
        self._folder = folder
        self._count = 0

    def put(self, column: str, logical: str, data: bytes, meta: str) -> str:
        """Write the bytes of one; its name."""
        import orjson

        name = f"{self._folder}/{self._count // 1000:04d}/{self._count:07d}-{safe(column)}"
        name += suffix_of(logical, data, orjson.loads(meta))
        self._count += 1
        write(self._root / name, data)
        return name


def write(path: Path, data: bytes) -> None:
    """Write a file and the directories that it lies in."""
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
