"""Files behind http and https: whole ones brought here, or parts of them read where they are."""

from __future__ import annotations

import http.client
import re
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from starwhale.core.errors import Corrupted, Forbidden, NotFound, StarwhaleError, Unavailable, UsageError
from starwhale.core.release import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

T = TypeVar("T")
TIMEOUT = 30.0
LIMIT = 64 << 30
ATTEMPTS = 4
PAUSE = 0.2
_IN_MEMORY = 8 << 20
_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def is_remote(path: str) -> bool:
    """Whether it is an http(s) address, not a path."""
    return path[:8].lower().startswith(("http://", "https://"))


def shown(url: str) -> str:
    """The address without what may be a secret: user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


@contextmanager
def fetched(url: str, *, limit: int = LIMIT, timeout: float = TIMEOUT) -> Generator[IO[bytes]]:
    """The file at an address, whole and at its beginning; gone when the block ends.

    Args:
        url: Begins with ``http://`` or ``https://``; so must whatever it redirects to.
        limit: Most bytes it may have.
        timeout: Seconds that the other side may stay silent.

    Raises:
        NotFound: there is no such file.
        Forbidden: it may not be read.
        Unavailable: the other side does not answer, or broke off.
        UsageError: it is larger than `limit`.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file, _opened(url, timeout) as answer:
        expected = _length(answer)
        if expected is not None and expected > limit:
            raise _too_large(url, limit)
        try:
            got = _copy(answer, file, url, limit)
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"reading {shown(url)} broke off: {exc}") from exc
        if expected is not None and got != expected:
            raise Unavailable(f"{shown(url)} ended after {got:,} of {expected:,} bytes", hint="try again")
        file.seek(0)
        yield file


@dataclass(frozen=True, slots=True, kw_only=True)
class WebReader:
    """The bytes at an address, read in parts.

    Attributes:
        url: The address.
        timeout: Seconds that the other side may stay silent.
        limit: Most bytes that are read at once.
    """

    url: str
    timeout: float = TIMEOUT
    limit: int = LIMIT

    @property
    def size(self) -> int:
        """Length in bytes."""
        return _repeated(self._size)

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`: `length` of them, fewer at the end, all of the rest when it is negative.

        Raises:
            NotFound: nothing is there.
            Unavailable: the other side does not answer as it should, also after several attempts.
            Corrupted: it sends another part than the one that was asked for.
        """
        return b"" if length == 0 else _repeated(lambda: self._read(offset, length))

    def _size(self) -> int:
        # A request for one byte, since signed addresses often forbid HEAD.
        with _opened(self.url, self.timeout, {"Range": "bytes=0-0"}) as answer:
            told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if answer.status == http.client.PARTIAL_CONTENT and told and told[3] != "*":
                return int(told[3])
            found = _length(answer)
        if found is None:
            raise Unavailable(f"{shown(self.url)} does not tell its length")
        return found

    def _read(self, offset: int, length: int) -> bytes:
        last = "" if length < 0 else str(offset + length - 1)
        try:
            with _opened(self.url, self.timeout, {"Range": f"bytes={offset}-{last}"}) as answer:
                if answer.status == http.client.PARTIAL_CONTENT:
                    return self._part(answer, offset)
                # A server that knows no ranges sends everything.
                _skip(answer, offset)
                data = answer.read(self.limit + 1 if length < 0 else length)
                return self._checked(data, _length(answer), offset, length)
        except _PastTheEnd:
            return b""
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"reading {shown(self.url)} broke off: {exc}") from exc

    def _part(self, answer: http.client.HTTPResponse, offset: int) -> bytes:
        told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != offset:
            raise Corrupted(f"{shown(self.url)} sends another part than the one asked for")
        expected = int(told[2]) - offset + 1
        if expected > self.limit:
            raise _too_large(self.url, self.limit)
        data = answer.read(expected)
        if len(data) != expected:
            raise Unavailable(f"{shown(self.url)} sent {len(data):,} of {expected:,} bytes")
        return data

    def _checked(self, data: bytes, whole: int | None, offset: int, length: int) -> bytes:
        if len(data) > self.limit:
            raise _too_large(self.url, self.limit)
        there = None if whole is None else whole - offset
        expected = there if there is None or length < 0 else min(there, length)
        if expected is not None and len(data) < min(expected, self.limit):
            raise Unavailable(f"{shown(self.url)} sent {len(data):,} of {expected:,} bytes")
        return data


class _PastTheEnd(Exception):
    """The other side has no byte at that place."""


def _repeated(act: Callable[[], T]) -> T:
    for attempt in range(ATTEMPTS):
        try:
            return act()
        except Unavailable:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE * 2**attempt)
    raise AssertionError("unreachable")


def _length(answer: http.client.HTTPResponse) -> int | None:
    told = answer.headers.get("Content-Length")
    return int(told) if told and told.isdigit() else None


def _copy(answer: IO[bytes], file: IO[bytes], url: str, limit: int) -> int:
    got = 0
    while chunk := answer.read(_CHUNK):
        got += len(chunk)
        if got > limit:
            raise _too_large(url, limit)
        file.write(chunk)
    return got


def _skip(answer: IO[bytes], count: int) -> None:
    while count > 0:
        chunk = answer.read(min(count, _CHUNK))
        if not chunk:
            raise _PastTheEnd
        count -= len(chunk)


def _too_large(url: str, limit: int) -> UsageError:
    return UsageError(f"{shown(url)} has more than {limit:,} bytes", hint="download it and name the file")


@contextmanager
def _opened(
    url: str, timeout: float, headers: Mapping[str, str] | None = None
) -> Generator[http.client.HTTPResponse]:
    # Handlers for files, ftp and data addresses are left out, so that no redirect can lead there.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"starwhale/{__version__}")]
    try:
        answer = opener.open(urllib.request.Request(url, headers=dict(headers or {})), timeout=timeout)  # noqa: S310 - see above
    except urllib.error.HTTPError as exc:
        exc.close()
        raise _refused(url, exc) from exc
    except urllib.error.URLError as exc:
        raise Unavailable(f"cannot reach {shown(url)}: {exc.reason}") from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise Unavailable(f"cannot read {shown(url)}: {exc}") from exc
    if answer is None:  # no handler wanted the address
        raise UsageError(f"{shown(url)} is no http or https address")
    with answer:
        yield answer


def _refused(url: str, error: urllib.error.HTTPError) -> StarwhaleError | _PastTheEnd:
    code = error.code
    if code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _PastTheEnd()
    if code in (http.client.NOT_FOUND, http.client.GONE):
        return NotFound(f"there is nothing at {shown(url)}")
    if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        return Forbidden(f"{shown(url)} may not be read: {code} {error.reason}")
    return Unavailable(f"{shown(url)} answers {code} {error.reason}")
