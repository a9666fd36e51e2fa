"""A store of objects in S3, Google Cloud Storage or Azure, through obstore."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

import obstore
import obstore.store
from obstore.exceptions import AlreadyExistsError, GenericError, PreconditionError

from starwhale.core.errors import NotFound, Unavailable, UsageError
from starwhale.storage.objects.draft_filling import open_regular
from starwhale.storage.objects.keys import check_key, check_prefix
from starwhale.storage.objects.marker_gate import MarkerGate
from starwhale.storage.objects.ports import Data, Gate, ObjectStat
from starwhale.storage.objects.remote_draft import RemoteDraft
from starwhale.storage.objects.remote_errors import remote_errors, translated

T = TypeVar("T")
_PART = 8 << 20
_PARTS_AT_ONCE = 4
_ATTEMPTS = 4
_LARGEST_COPY = 5 * 1000**3  # S3 copies no more than 5 GiB in one request

_CLIENT = {"connect_timeout": "5s", "read_timeout": "30s", "timeout": "5min"}
_RETRY = {"max_retries": 10, "retry_timeout": timedelta(minutes=3)}
# A sweeper's deletion must be over long before his mark counts as a dead one's, see MarkerGate.
_CLIENT_DELETE = {"timeout": "5s"}
_RETRY_DELETE = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class RemoteObjects:
    """Implements `Objects`. Requests that fail are repeated, and what arrives is counted.

    Args:
        url: ``s3://bucket/prefix``, ``gs://...`` or ``az://...``.
        spool: Directory for large objects that wait to be sent; None for the system's own.
        options: Of obstore for that kind of store, for instance `endpoint`, `region`, `access_key_id`;
            and its `client_options` and `retry_config`.

    Raises:
        UsageError: the address or an option is not one.
    """

    concurrency = 16

    def __init__(self, url: str, *, spool: Path | None = None, **options: Any) -> None:
        self.url = url
        self._spool = spool
        self._store = connect(url, options, _CLIENT, _RETRY)
        # S3's request for many deletions is a POST, which is not repeated when its answer does not come, and
        # which some who speak S3 do not know.
        one_by_one = {"disable_bulk_delete": True} if url.startswith(("s3://", "s3a://")) else {}
        self._deleting = connect(
            url, {**options, **one_by_one}, _CLIENT | _CLIENT_DELETE, _RETRY | _RETRY_DELETE, firm=True
        )
        self.gate: Gate = MarkerGate(self)

    def put(self, key: str, data: Data | Path) -> None:
        check_key(key)
        if isinstance(data, Path):
            with open(open_regular(data), "rb") as file:  # noqa: PTH123  a descriptor, not a path
                self._send(key, file, file.seek(0, 2))
        else:
            view = memoryview(data).cast("B")
            self._sent(key, len(view), lambda: self._put(key, view))

    def draft(self) -> RemoteDraft:
        return RemoteDraft(self._send, self._spool)

    def get(self, key: str, start: int = 0, length: int = -1) -> bytes:
        if start < 0:
            raise UsageError(f"cannot read from {start} on")
        check_key(key)
        if length == 0:
            self._size(key)
            return b""
        return self._repeated(lambda: self._get(key, start, length), f"read {key!r}")

    def stat(self, key: str) -> ObjectStat | None:
        check_key(key)
        try:
            with remote_errors(self.url):
                return _described(obstore.head(self._store, key))
        except NotFound:
            return None

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        return self._list(check_prefix(prefix))

    def delete(self, key: str) -> None:
        self._delete(check_key(key))

    def touch(self, key: str) -> None:
        size = self._size(key)
        # S3 refuses to copy an object onto itself, so it goes by way of another.
        other = f".tmp/{secrets.token_hex(16)}"

        def act() -> None:
            if size > _LARGEST_COPY:
                self._rewrite(key, size)
            else:
                obstore.copy(self._store, key, other)
                obstore.copy(self._store, other, key)

        self._repeated(act, f"touch {key!r}")
        self._delete(other)

    def path(self, key: str) -> Path | None:
        check_key(key)

    def tidy(self, older_than: datetime) -> int:
        gone = 0
        for found in self._list(".tmp"):
            if found.modified < older_than:
                self._delete(found.key)
                gone += 1
        return gone

    def holds(self, key: str) -> bool:
        return self.stat(key) is not None

    def marker(self, name: str) -> tuple[bytes, str] | None:
        def act() -> tuple[bytes, str]:
            result = obstore.get(self._store, name)
            return bytes(result.bytes()), result.meta["e_tag"] or ""

        try:
            return self._repeated(act, f"read {name!r}")
        except NotFound:
            return None

    def mark(self, name: str, token: bytes, *, replacing: str | None) -> bool:
        mode: Any = "create" if replacing is None else {"e_tag": replacing}
        for attempt in range(_ATTEMPTS):
            with remote_errors(self.url):
                try:
                    obstore.put(self._store, name, token, mode=mode)
                except (AlreadyExistsError, PreconditionError, FileNotFoundError):
                    return self._is_marked(name, token)
                except GenericError:
                    # obstore does not repeat a conditional write without an answer; this may have succeeded.
                    if self._is_marked(name, token):
                        return True
                    if attempt == _ATTEMPTS - 1:
                        raise
                else:
                    return True
        raise AssertionError

    def unmark(self, name: str) -> None:
        self._delete(name)

    def _is_marked(self, name: str, token: bytes) -> bool:
        found = self.marker(name)
        return found is not None and found[0] == token

    def _put(self, key: str, body: Any) -> None:
        obstore.put(self._store, key, body, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)

    def _send(self, key: str, file: IO[bytes], size: int) -> None:
        def act() -> None:
            file.seek(0)
            self._put(key, file)

        self._sent(check_key(key), size, act)

    def _sent(self, key: str, size: int, act: Callable[[], None]) -> None:
        """Send, and ask the store how much has arrived."""

        def once() -> None:
            try:
                act()
            except FileNotFoundError as exc:
                # The answer to its end was lost, and there was nothing left to be ended again, or given up.
                if "NoSuchUpload" not in str(exc):
                    raise
                raise _Short("the store no longer knew of the upload") from exc
            arrived = obstore.head(self._store, key)["size"]
            if arrived != size:
                raise _Short(f"{arrived} of {size} bytes arrived")

        self._repeated(once, f"write {key!r}")

    def _get(self, key: str, start: int, length: int) -> bytes:
        if start == 0 and length < 0:
            result = obstore.get(self._store, key)
        else:
            wanted: Any = {"offset": start} if length < 0 else (start, start + length)
            try:
                result = obstore.get(self._store, key, options={"range": wanted})
            except GenericError:
                if (
                    obstore.head(self._store, key)["size"] <= start
                ):  # a range behind the end is an error there
                    return b""
                raise
        size = result.meta["size"]
        end = size if length < 0 else min(size, start + length)
        data = result.bytes()
        if len(data) != end - start:
            raise _Short(f"{len(data)} of {end - start} bytes arrived")
        return bytes(data)

    def _repeated(self, act: Callable[[], T], what: str) -> T:
        """Run `act` again when less arrives than should; obstore itself repeats requests that fail."""
        with remote_errors(self.url):
            for _ in range(_ATTEMPTS - 1):
                with suppress(_Short):
                    return _whole(act)
            try:
                return _whole(act)
            except _Short as exc:
                raise Unavailable(f"object store {self.url}: cannot {what}: {exc}") from exc

    def _size(self, key: str) -> int:
        found = self.stat(key)
        if found is None:
            raise NotFound(f"no object {key!r} in {self.url}")
        return found.size

    def _rewrite(self, key: str, size: int) -> None:
        pieces = (self.get(key, start, _PART) for start in range(0, size, _PART))
        obstore.put(self._store, key, pieces, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)

    def _list(self, prefix: str) -> Iterator[ObjectStat]:
        last, failures = "", 0
        while True:
            try:
                for page in obstore.list(self._store, prefix or None, offset=last or None):
                    failures = 0
                    for meta in page:
                        last = meta["path"]
                        if prefix or not last.startswith("."):
                            yield _described(meta)
            except GenericError as exc:
                # obstore repeats a request that fails, but not one whose answer breaks off.
                failures += 1
                if failures == _ATTEMPTS:
                    raise translated(exc, self.url) from exc
            else:
                return

    def _delete(self, key: str) -> None:
        def act() -> None:
            with suppress(FileNotFoundError):
                obstore.delete(self._deleting, key)

        self._repeated(act, f"delete {key!r}")


class _Short(Exception):
    """Less arrived than should have."""


def _whole(act: Callable[[], T]) -> T:
    """Run `act`; an answer that breaks off, which obstore does not repeat, is a short one."""
    try:
        return act()
    except GenericError as exc:
        if "body error" in str(exc).partition("\n")[0]:
            raise _Short("the answer broke off") from exc
        raise


def _described(meta: Any) -> ObjectStat:
    return ObjectStat(key=meta["path"], size=meta["size"], modified=meta["last_modified"])


def connect(
    url: str,
    options: Mapping[str, Any],
    client: Mapping[str, Any],
    retry: Mapping[str, Any],
    *,
    firm: bool = False,
) -> Any:
    """A client of obstore; `firm` lets our own figures for client and retries win over the options."""
    given = dict(options)
    own_client, own_retry = given.pop("client_options", {}), given.pop("retry_config", {})
    plain = str(given.get("endpoint", "")).startswith("http://")
    client_options = {"allow_http": plain, **client, **own_client, **(client if firm else {})}
    retry_config = {**retry, **own_retry, **(retry if firm else {})}
    with remote_errors(url):
        # Which options there are depends on the kind of store, which obstore sees in the address.
        connect: Any = obstore.store.from_url
        return connect(url, client_options=client_options, retry_config=retry_config, **given)
