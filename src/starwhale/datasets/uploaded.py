"""Files that somebody has sent to be made a dataset: laid out, looked at, given to a source.

Whoever sends them may mean harm: nothing is written outside of its place, no link is followed, and no archive
grows beyond what was agreed.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources import opening
from starwhale.datasets.sources.archive import HEADERS, Metered
from starwhale.datasets.sources.folder import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.datasets.sources.port import Source

FILES = 200_000
"""Files that one upload has at most, those in archives counted."""
DEPTH = 32
_NAME_BYTES = 255
_PIECE = 1 << 20
_ARCHIVES = (".zip",)


class Format(StrEnum):
    """What the files are."""

    AUTO = "auto"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    LLM = "llm"


_ENDINGS: dict[Format, tuple[str, ...]] = {
    Format.CSV: (".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    Format.JSON: (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz"),
    Format.PARQUET: (".parquet", ".arrow", ".feather"),
    Format.IMAGE: SUFFIXES["image"],
    Format.AUDIO: SUFFIXES["audio"],
    Format.VIDEO: SUFFIXES["video"],
}
_FOLDERS = (Format.IMAGE, Format.AUDIO, Format.VIDEO)
# What may lie beside media: their captions, and what is known of each.
_BESIDE = (".txt", "metadata.csv", "metadata.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the files are read.

    Attributes:
        format: What they are.
        infer_types: Make numbers and dates of columns of CSV that hold nothing else.
        auto_label: Label media by the names of their directories.
        field_selector: Where in a JSON document the list of rows is.
        encoding: Of texts; UTF-8 where it is empty.
    """

    format: Format = Format.AUTO
    infer_types: bool = True
    auto_label: bool = True
    field_selector: str = ""
    encoding: str = ""


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
    """Write the files of a tar archive below a directory, and those of the ZIP archives among them.

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
            for member in archive:
                metered.budget = member.size + HEADERS
                if not member.isdir():
                    _take(archive, member, floor)
                metered.budget = HEADERS
    except (tarfile.TarError, EOFError, ValueError) as exc:
        raise UsageError(f"what was sent is no whole tar archive: {exc}") from exc
    for archive in floor.archives:
        _unzip(archive, floor)
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
        with zipfile.ZipFile(path) as archive:
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
        place = self.root.joinpath(*_parts(name))
        is_archive = place.name.lower().endswith(_ARCHIVES)
        self.files += not is_archive
        if self.files + len(self.archives) >= FILES:
            raise UsageError(f"these are more than {FILES:,} files", hint="send them in several datasets")
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


def _parts(name: str) -> list[str]:
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


def source_of(place: Path, reading: Reading) -> Source:
    """What the rows of laid out files are read from.

    Args:
        place: Where they lie; a relative path, since it is told of in messages.
        reading: How they are read.

    Raises:
        UsageError: they are of several kinds, or of none that is known.
    """
    files = sorted(path for path in place.rglob("*") if path.is_file())
    chosen = _guessed(files) if reading.format is Format.AUTO else reading.format
    if chosen in _FOLDERS:
        return opening.folder(str(place), kind=chosen.value, auto_label=reading.auto_label)
    ending = _ENDINGS[Format.JSON if chosen is Format.LLM else chosen]
    meant = [str(path) for path in files if path.name.lower().endswith(ending)]
    if not meant:
        raise UsageError(
            f"none of the files is {chosen.value}", hint=f"their names end in {', '.join(ending)}"
        )
    if len(meant) < len(files):
        other = next(path for path in files if str(path) not in set(meant))
        raise UsageError(
            f"{other.name!r} is no file of {chosen.value}", hint="send files of one kind at a time"
        )
    if chosen is Format.CSV:
        return opening.csv(meant, encoding=reading.encoding, infer_types=reading.infer_types)
    if chosen is Format.JSON:
        return opening.json(meant, field_selector=reading.field_selector, encoding=reading.encoding)
    if chosen is Format.LLM:
        return opening.llm(meant, encoding=reading.encoding)
    return opening.arrow(meant)


def _guessed(files: list[Path]) -> Format:
    """What files are, by their names."""
    names = [path.name.lower() for path in files]
    found = {kind for kind, endings in _ENDINGS.items() for name in names if name.endswith(endings)}
    for kind in _FOLDERS:
        if kind in found and all(name.endswith((*_ENDINGS[kind], *_BESIDE)) for name in names):
            return kind
    if len(found) == 1:
        return found.pop()
    what = (
        f"these are files of several kinds: {', '.join(sorted(found))}"
        if found
        else "no file is of a known kind"
    )
    raise UsageError(what, hint="send files of one kind, or say what they are")
