"""Files that rows are read from: which ones a user means, and their text."""

from __future__ import annotations

import codecs
import glob
import gzip
import io
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast
from urllib.parse import urlsplit

from starwhale.core.errors import Forbidden, NotFound, Unavailable, UsageError
from starwhale.storage.web import fetched, is_remote, shown

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def expand(paths: Sequence[str], suffixes: Sequence[str]) -> list[str]:
    """The files and addresses that `paths` stand for, each once.

    Args:
        paths: Files, addresses, patterns such as ``data/*.csv``, or directories.
        suffixes: Which files of a directory are meant.

    Raises:
        NotFound: one stands for nothing.
        UsageError: one is no address, though it begins as one.
    """
    found: dict[str, None] = {}
    for path in paths:
        found.update(dict.fromkeys([_address(path)] if is_remote(path) else _local(path, suffixes)))
    return list(found)


def _address(url: str) -> str:
    try:
        if urlsplit(shown(url)).hostname:
            return url
        reason = "it names no host"
    except ValueError as exc:
        reason = str(exc)
    raise UsageError(f"{url.partition('?')[0].rpartition('@')[2][:200]!r} is no web address: {reason}")


def _local(path: str, suffixes: Sequence[str]) -> list[str]:
    place = Path(path)
    try:
        if place.is_dir():
            inside = sorted(str(each) for each in place.rglob("*") if _is_meant(each, place, suffixes))
            if not inside:
                raise NotFound(f"no file below {path!r} ends in {' or '.join(suffixes)}")
            return inside
        if place.exists():
            return [path]
        matches = _matching(path) if glob.has_magic(path) else []
    except PermissionError as exc:
        raise Forbidden(f"may not read {path!r}") from exc
    except (OSError, ValueError) as exc:
        raise NotFound(f"no file {path[:200]!r}") from exc
    if not matches:
        raise NotFound(f"no file {path!r}")
    return matches


def _matching(pattern: str) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    return [each for each in found if not Path(each).is_dir()]


def _is_meant(path: Path, root: Path, suffixes: Sequence[str]) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return not hidden and path.name.lower().endswith(tuple(suffixes)) and path.is_file()


def name_of(path: str) -> str:
    """What to call a file in a message."""
    return shown(path) if is_remote(path) else path


@contextmanager
def open_bytes(path: str) -> Generator[IO[bytes]]:
    """The bytes of a file or an address, those of a ``.gz`` unpacked while they are read.

    Raises:
        NotFound: it is not there.
        Forbidden: it may not be read.
        Unavailable: it cannot be read.
    """
    if is_remote(path):
        with fetched(path) as file:
            yield _unpacked(file) if shown(path).lower().endswith(".gz") else file
        return
    try:
        raw = open(path, "rb")  # noqa: PTH123, SIM115 - it may be a name of ours, and is closed below
    except FileNotFoundError as exc:
        raise NotFound(f"no file {path!r}") from exc
    except PermissionError as exc:
        raise Forbidden(f"may not read {path!r}") from exc
    except OSError as exc:
        raise UsageError(f"cannot read {path!r}: {exc.strerror}") from exc
    with raw:
        yield _unpacked(raw) if path.lower().endswith(".gz") else raw


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))


@contextmanager
def open_text(path: str, encoding: str = "", *, newline: str | None = None) -> Generator[TextIO]:
    """The text of a file or an address.

    Args:
        path: Where it is.
        encoding: Its encoding; by default what a byte order mark says, else UTF-8.
        newline: As `open` has it.

    Raises:
        UsageError: the encoding is unknown, or the bytes are not of it.
        NotFound: it is not there.
    """
    try:
        encoding = codecs.lookup(encoding).name if encoding else ""
    except (LookupError, ValueError) as exc:
        raise _no_encoding(encoding) from exc
    with open_bytes(path) as raw:
        name = name_of(path)
        try:
            buffered = io.BufferedReader(cast("Any", raw))
            used = _encoding(encoding, buffered.peek(4)[:4])
            yield _decoded(buffered, used, newline)
        except UnicodeDecodeError as exc:
            raise UsageError(
                f"{name} is not text in {exc.encoding}: byte {exc.object[exc.start]:#04x} is none of it",
                hint="say its encoding, such as gbk or latin-1",
            ) from exc
        except UnicodeError as exc:
            raise UsageError(f"{name} is not text in {encoding}: {exc}", hint="say its encoding") from exc
        except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
            raise UsageError(f"{name} is no whole gzip file: {exc}") from exc
        except OSError as exc:
            raise Unavailable(f"cannot read {name}: {exc.strerror or exc}") from exc


def _encoding(told: str, first: bytes) -> str:
    """What a file is read as, given what the user says of it and its first bytes."""
    if told and not told.startswith("utf"):
        return told
    # A mark knows better than a user who says utf-8 or utf-16-le, and should not become text.
    return next((encoding for mark, encoding in _MARKS if first.startswith(mark)), told or "utf-8")


def _decoded(file: io.BufferedReader, encoding: str, newline: str | None) -> TextIO:
    try:
        return io.TextIOWrapper(file, encoding=encoding, newline=newline)
    except LookupError as exc:  # Python calls hex and zip encodings too
        raise _no_encoding(encoding) from exc


def _no_encoding(encoding: str) -> UsageError:
    return UsageError(f"there is no encoding {encoding!r} of text", hint="such as utf-8, gbk, latin-1")
