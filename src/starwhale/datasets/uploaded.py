"""Files that somebody has sent to be made a dataset: laid out where they are read.

Whoever sends them may mean harm: nothing is written outside of its place, no link is followed, and no archive
grows beyond what was agreed.
"""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.archive import HEADERS, Metered
from starwhale.kit.tars import one_by_one

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 200_000
"""Files that one upload has at most, those in archives counted; so many directories as well."""
DEPTH = 32
_NAME_BYTES = 255
_PIECE = 1 << 20
# Of the list of files at the end of a ZIP archive; and how each of them begins there.
_LIST_BYTES = 128 * FILES
_LISTED = b"PK\x01\x02"
_ZIP = ".zip"
# What is compressed by itself, and what it is then; files by other names stay as they are.
_GZIPPED = {
    f"{ending}.gz": ending
    for ending in (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".tar")
} | {".tgz": ".tar"}  # fmt: skip


def check_archive(path: Path) -> None:
    """See that a file begins as a tar archive with something in it, before anybody takes the trouble.

    Raises:
        UsageError: it does not.
    """
    with path.open("rb") as file:
        head = file.read(tarfile.BLOCKSIZE)
    if not head.strip(b"\0"):
        raise UsageError("there are no files in what was sent")
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError as exc:
        raise UsageError(
            "what was sent is no tar archive", hint="pack the files with `tar`, without compressing them"
        ) from exc


def lay_out(sent: IO[bytes], place: Path, *, largest: int) -> int:
    """Write the files of a tar archive below a directory, and what is packed among them: ZIP, gzip.

    Args:
        sent: The archive, not compressed.
        place: The directory; made here.
        largest: Bytes of all files together.

    Returns:
        How many files there are.

    Raises:
        UsageError: it is no archive, or holds what no dataset is made of.
        OSError: they cannot be written.
    """
    floor = _Floor(place, largest)
    metered = Metered(sent, "what was sent")
    place.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=cast("Any", metered), mode="r|", errorlevel=2) as archive:
            for count, member in enumerate(one_by_one(archive), start=1):
                if count > FILES:
                    raise _too_many()
                metered.budget = member.size + HEADERS
                if not member.isdir():
                    _take(archive, member, floor)
                metered.budget = HEADERS
    except (tarfile.TarError, EOFError, ValueError) as exc:
        raise UsageError(f"what was sent is no whole tar archive: {exc}") from exc
    for archive in floor.archives:
        unpack = _unzip if archive.name.lower().endswith(_ZIP) else _gunzip
        unpack(archive, floor)
        archive.unlink()
    if floor.files == 0:
        raise UsageError("there are no files in what was sent")
    return floor.files


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, floor: _Floor) -> None:
    content = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if content is None:
        raise UsageError(f"{member.name[:200]!r} is no regular file")
    floor.put(member.name, content.read)


def _unzip(path: Path, floor: _Floor) -> None:
    """Lay the files of a ZIP archive out where it lies."""
    shown = path.relative_to(floor.root).as_posix()
    inside = path.parent.relative_to(floor.root).as_posix()
    try:
        with path.open("rb") as file, zipfile.ZipFile(cast("Any", _Listed(file))) as archive:
            for member in archive.infolist():
                if member.is_dir():
                    continue
                kind = stat.S_IFMT(member.external_attr >> 16)
                if kind not in {0, stat.S_IFREG}:
                    raise UsageError(f"{member.filename[:200]!r} in {shown!r} is no regular file")
                if member.flag_bits & 1:
                    raise UsageError(f"{shown!r} is encrypted", hint="pack it without a password")
                if _is_litter(member.filename):
                    continue
                with archive.open(member) as content:
                    floor.put(
                        f"{inside}/{member.filename}" if inside != "." else member.filename, content.read
                    )
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError) as exc:
        raise UsageError(f"{shown!r} is no whole ZIP archive: {exc}") from exc


class _Listed:
    """A ZIP archive whose list of files is not taken apart when it is longer than any that is taken."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.seekable, self.close = file.seekable, file.close

    def read(self, size: int = -1) -> bytes:
        """As files have it; the list is asked for in one piece, and the files in small ones."""
        if size > _LIST_BYTES:
            raise _too_many()
        data = self._file.read(size)
        if size > _PIECE and data.count(_LISTED) > FILES:
            raise _too_many()
        return data


def _too_many() -> UsageError:
    return UsageError(f"these are more than {FILES:,} files", hint="send them in several datasets")


def _gunzip(path: Path, floor: _Floor) -> None:
    """Lay the content of a gzip file out beside it, counted as all that is sent."""
    shown = path.relative_to(floor.root).as_posix()
    ending = next(ending for ending in _GZIPPED if shown.lower().endswith(ending))
    try:
        with gzip.open(path) as content:
            floor.put(shown[: -len(ending)] + _GZIPPED[ending], content.read)
    except (gzip.BadGzipFile, zlib.error, EOFError) as exc:
        raise UsageError(f"{shown!r} is no whole gzip file: {exc}") from exc


def _is_litter(name: str) -> bool:
    """Whether a system has put a file into an archive by itself."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in {".DS_Store", "Thumbs.db"}


class _Floor:
    """The directory that files are laid out in."""

    def __init__(self, root: Path, largest: int) -> None:
        self.root = root
        self.files = 0
        self.archives: list[Path] = []
        self._largest = self._left = largest

    def put(self, name: str, read: Callable[[int], bytes]) -> None:
        place = self.root.joinpath(*parts_of(name))
        is_archive = place.name.lower().endswith((_ZIP, *_GZIPPED))
        self.files += not is_archive
        if self.files + len(self.archives) >= FILES:
            raise _too_many()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                while piece := read(_PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise UsageError(f"the files have more than {self._largest:,} bytes together")
                    file.write(piece)
        except (FileExistsError, NotADirectoryError) as exc:
            raise UsageError(f"there are two files {name[:200]!r}") from exc
        if is_archive:
            self.archives.append(place)


def parts_of(name: str) -> list[str]:
    """The parts of a path that stays below the place where it begins.

    Raises:
        UsageError: it does not, or no file may be called so.
    """
    parts = name.removeprefix("./").split("/")
    if len(parts) > DEPTH:
        raise UsageError(f"{name[:200]!r} lies too deep")
    for part in parts:
        try:
            size = len(part.encode())
        except UnicodeEncodeError:
            size = 0
        if part in {"", ".", ".."} or "\\" in part or not part.isprintable() or not 0 < size <= _NAME_BYTES:
            raise UsageError(f"no file may be called {name[:200]!r}")
    return parts
