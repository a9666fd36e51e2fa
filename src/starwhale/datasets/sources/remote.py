"""Files behind http and https, brought here before they are read."""

from __future__ import annotations

import http.client
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from starwhale.core.errors import NotFound, Unavailable, UsageError
from starwhale.core.release import __version__

if TYPE_CHECKING:
    from collections.abc import Generator

TIMEOUT = 30.0
LIMIT = 64 << 30
_IN_MEMORY = 8 << 20
_GONE = frozenset({404, 410})
_CHUNK = 1 << 20


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
        Unavailable: the other side does not answer, or broke off.
        UsageError: it is no such address, or larger than `limit`.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file, _opened(url, timeout) as answer:
        told = answer.headers.get("Content-Length")
        expected = int(told) if told and told.isdigit() else None
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


def _copy(answer: IO[bytes], file: IO[bytes], url: str, limit: int) -> int:
    got = 0
    while chunk := answer.read(_CHUNK):
        got += len(chunk)
        if got > limit:
            raise _too_large(url, limit)
        file.write(chunk)
    return got


def _too_large(url: str, limit: int) -> UsageError:
    return UsageError(f"{shown(url)} is larger than {limit:,} bytes", hint="download it and name the file")


@contextmanager
def _opened(url: str, timeout: float) -> Generator[http.client.HTTPResponse]:
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
        answer = opener.open(url, timeout=timeout)
    except urllib.error.HTTPError as exc:
        exc.close()
        if exc.code in _GONE:
            raise NotFound(f"there is nothing at {shown(url)}") from exc
        raise Unavailable(f"{shown(url)} answers {exc.code} {exc.reason}") from exc
    except urllib.error.URLError as exc:
        raise Unavailable(f"cannot reach {shown(url)}: {exc.reason}") from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise Unavailable(f"cannot read {shown(url)}: {exc}") from exc
    if answer is None:  # pyright: ignore[reportUnnecessaryComparison] - no handler wanted the address
        raise UsageError(f"{url!r} is no http or https address")
    with answer:
        yield answer
