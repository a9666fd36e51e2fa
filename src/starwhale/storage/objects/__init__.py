"""Stores of objects: bytes under keys, in a directory or in an object store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from starwhale.core.errors import UsageError
from starwhale.storage.objects.directory import DirectoryObjects
from starwhale.storage.objects.ports import Draft, Objects, ObjectStat

__all__ = ["DirectoryObjects", "Draft", "ObjectStat", "Objects", "open_objects"]

_REMOTE = {"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"}


def open_objects(url: str, options: Mapping[str, Any] | None = None) -> Objects:
    """The store of objects at an address. Nothing is read or written yet.

    Args:
        url: A path, ``file:///path``, ``s3://bucket/prefix``, ``gs://bucket/prefix`` or
            ``az://container/prefix``.
        options: What an object store needs to know besides: `endpoint`, `region`, keys; see RemoteObjects.

    Raises:
        UsageError: there is no such kind of store, or an option is unknown.
    """
    scheme = urlsplit(url).scheme if "://" in url else "file"
    if scheme == "file":
        return DirectoryObjects(_local(url))
    if scheme not in _REMOTE:
        raise UsageError(
            f"no store of objects of the kind {scheme!r}", hint="use a path, s3://, gs:// or az://"
        )
    from starwhale.storage.objects.remote import RemoteObjects

    return RemoteObjects(url, **(options or {}))


def _local(url: str) -> Path:
    if "://" not in url:
        return Path(url).expanduser()
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise UsageError(f"{url!r} names no directory of this machine", hint="write file:///absolute/path")
    return Path(unquote(parts.path))
