"""Bytes that links point to: on this machine, behind http, in an object store."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starwhale.core.errors import Forbidden, Unavailable, UsageError
from starwhale.core.link_auth import LinkAuth
from starwhale.core.types.link import Link, open_local
from starwhale.storage.objects.remote_errors import remote_errors

if TYPE_CHECKING:
    from starwhale.core.types.reader import Reader

EVERYWHERE = frozenset({"", "file", "http", "https", "s3", "gs", "az", "oss", "minio"})
LARGEST = 16 << 30
_CLIENT = {"connect_timeout": "10s", "timeout": "50s"}
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
_RETRY = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
_S3 = re.compile(r"(?:s3|oss|minio)://(?:[^/@]*@)?(?P<host>[^/]+)/(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """What links may make this process read.

    Attributes:
        schemes: Kinds of addresses; ``""`` is a path.
        allows: Looks at every address that is of one of them; a server refuses its own network here.
        largest: Most bytes that are read at once.
    """

    schemes: frozenset[str] = EVERYWHERE
    allows: Callable[[str], bool] = field(default=lambda _uri: True)
    largest: int = LARGEST


class LinkReaders:
    """Opens what links point to; given to `set_link_opener`.

    Args:
        auths: Called when keys are first needed.
        policy: What may be read.
    """

    def __init__(self, auths: Callable[[], Sequence[LinkAuth]], policy: LinkPolicy | None = None) -> None:
        self._auths = auths
        self._policy = policy or LinkPolicy()
        self._store = lru_cache(maxsize=32)(self._connect)

    def __call__(self, link: Link) -> Reader:
        """A reader of all the bytes at the address of `link`.

        Raises:
            Forbidden: this process may not read such addresses.
            NotFound: there is no such file.
            UsageError: nothing here can read them.
        """
        uri = link.signed_uri or link.uri
        scheme = "" if "://" not in uri else uri.partition("://")[0].lower()
        if scheme not in EVERYWHERE:
            raise UsageError(
                f"links to {scheme}:// cannot be read",
                hint="use a path, file://, http(s)://, s3://, gs:// or az://",
            )
        if scheme not in self._policy.schemes or not self._policy.allows(uri):
            raise Forbidden(f"links to {f'{scheme}://' if scheme else 'files'} may not be read here")
        if scheme in ("", "file"):
            return open_local(link)
        if scheme in ("http", "https"):
            from starwhale.storage.web import WebReader

            return WebReader(url=uri, limit=self._policy.largest)
        endpoint, url, key = _place(uri, scheme)
        return ObjectReader(self._store(endpoint, url), url, key, self._policy.largest)

    def _connect(self, endpoint: str, url: str) -> Any:
        from starwhale.storage.objects.remote import connect

        known = (
            _options(self._auth(endpoint, url[len("s3://") :]), endpoint) if url.startswith("s3://") else {}
        )
        return connect(url, known, _CLIENT, _RETRY)

    def _auth(self, endpoint: str, bucket: str) -> LinkAuth:
        """The keys for a bucket: its own entry, else the first for any bucket of that store."""
        entries = list(self._auths())
        here = [each for each in entries if not endpoint or _host(each.endpoint) in ("", _host(endpoint))]
        own = [each for each in here if each.bucket == bucket]
        return next(iter([*own, *(each for each in here if not each.bucket)]), LinkAuth())


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """An object of a store as a `Reader`. Its key may be any, not only such as we write.

    Attributes:
        store: Of obstore.
        url: Address of the bucket, for messages.
        key: Which object.
        limit: Most bytes that are read at once.
    """

    store: Any
    url: str
    key: str
    limit: int = LARGEST

    @property
    def size(self) -> int:
        """Length in bytes."""
        import obstore

        with remote_errors(self.url):
            return obstore.head(self.store, self.key)["size"]

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`, as `Reader` says."""
        import obstore

        rest = max(0, self.size - offset)
        wanted = rest if length < 0 else min(length, rest)
        if wanted > self.limit:
            raise UsageError(
                f"{self.key!r} has {wanted:,} bytes, more than {self.limit:,}", hint="give the link a size"
            )
        if wanted == 0:
            return b""
        with remote_errors(self.url):
            data = bytes(obstore.get_range(self.store, self.key, start=offset, length=wanted))
        if len(data) != wanted:
            raise Unavailable(f"{self.url}/{self.key} sent {len(data):,} of {wanted:,} bytes")
        return data


def _place(uri: str, scheme: str) -> tuple[str, str, str]:
    """Endpoint, address of the bucket, and key that an address names.

    ``s3://bucket/key`` lies where the keys for the bucket say; ``s3://host:port/bucket/key`` says it itself.

    Raises:
        UsageError: it names no object.
    """
    if scheme in ("gs", "az"):
        bucket, _, key = uri.partition("://")[2].partition("/")
        endpoint = ""
    else:
        match = _S3.fullmatch(uri)
        host, rest = (match["host"], match["rest"]) if match else ("", "")
        has_host = ":" in host or ("." in host and "/" in rest and host.count(".") >= 2)
        endpoint = host if has_host else ""
        bucket, _, key = rest.partition("/") if has_host else (host, "", rest)
        scheme = "s3"
    if not bucket or not key:
        raise UsageError(f"{uri.partition('?')[0]!r} names no object", hint="such as s3://bucket/key")
    return endpoint, f"{scheme}://{bucket}", unquote(key)


def _options(auth: LinkAuth, endpoint: str) -> dict[str, Any]:
    place = auth.endpoint or endpoint
    if place and "://" not in place:
        place = f"{'https' if place.endswith(':443') else 'http'}://{place}"
    options: dict[str, Any] = {
        "client_options": {
            "connect_timeout": f"{auth.connect_timeout:g}s",
            "timeout": f"{auth.read_timeout:g}s",
            "allow_http": place.startswith("http://"),
        }
    }
    if place:
        options["endpoint"] = place
    if auth.ak:
        options |= {"access_key_id": auth.ak, "secret_access_key": auth.sk}
    elif not any(name in os.environ for name in _KEYS):
        # Without keys as anybody: asking the machine for keys of its own would hang where it has none.
        options["skip_signature"] = True
    if auth.region or place:
        options["region"] = auth.region or "us-east-1"
    return options


def _host(endpoint: str) -> str:
    return endpoint.rpartition("://")[2].rstrip("/").lower()
