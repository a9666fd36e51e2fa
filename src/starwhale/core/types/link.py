"""Links: bytes that stay where they are."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from starwhale.core.errors import Corrupted, UnsupportedValue, UsageError
from starwhale.core.types.plain import Plain
from starwhale.core.types.reader import FileReader, Reader
from starwhale.core.types.registry import LOGICAL

if TYPE_CHECKING:
    from typing_extensions import TypeIs

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_COMPARED = ("uri", "offset", "size", "data_type", "extra_info")


@runtime_checkable
class Described(Protocol):
    """A media value as far as a link has to do with it: what the linked bytes are."""

    @property
    def logical(self) -> str:
        """Name of its type in schemas."""
        ...

    def meta(self) -> dict[str, Any]:
        """Its description."""
        ...

    def asdict(self) -> dict[str, Any]:
        """Its attributes."""
        ...

    def astype(self) -> dict[str, Any]:
        """Its kind in a few words."""
        ...


class Link(Plain):
    """An address of bytes that are not copied into a dataset.

    Args:
        uri: A path, ``file://``, ``s3://bucket/key``, ``https://…``, or what else the opener knows.
        offset: First byte.
        size: Number of bytes; -1 for all that follow.
        data_type: What the bytes are: an `Image` without content and the like, or a dict.
        use_plain_type: Keep only the kind of `data_type`, as a dict.
        **kwargs: Anything else to remember, as JSON; kept as `extra_info`.

    Attributes:
        signed_uri: An address that needs no credentials, where somebody made one; read before `uri`,
            never stored and no part of equality.

    Raises:
        UsageError: the offset or size is negative, or `data_type` describes nothing.
    """

    __slots__ = ("data_type", "extra_info", "offset", "signed_uri", "size", "uri")
    logical = "link"
    tag = "link"

    def __init__(
        self,
        uri: str | os.PathLike[str] = "",
        offset: int = 0,
        size: int = -1,
        data_type: Described | dict[str, Any] | None = None,
        use_plain_type: bool = False,
        **kwargs: Any,
    ) -> None:
        if offset < 0 or size < -1:
            raise UsageError(f"a link cannot begin at {offset} and have {size} bytes")
        _check_data_type(data_type)
        if use_plain_type and not _is_dict(data_type):
            data_type = data_type.astype()
        self.uri = os.fspath(uri)
        self.offset = offset
        self.size = size
        self.data_type = data_type
        self.extra_info = kwargs
        self.signed_uri = ""

    @property
    def scheme(self) -> str:
        """``s3``, ``https``, ``file`` …; empty for a path."""
        match = _SCHEME.match(self.uri)
        return match[1].lower() if match else ""

    def reader(self) -> Reader:
        """All the bytes at the address, `offset` and `size` not applied, through the opener."""
        return _opener.open(self)

    def to_bytes(self) -> bytes:
        """The linked bytes.

        Raises:
            NotFound: nothing is there.
            UsageError: no opener for such addresses was set.
        """
        return LinkedBytes(self).read()

    def astype(self) -> dict[str, Any]:
        """Its kind and that of its bytes."""
        inner = self.data_type
        return {"type": "link", "data_type": inner or {} if _is_dict(inner) else inner.astype()}

    def to_plain(self) -> dict[str, Any]:
        _check_data_type(self.data_type)
        return {
            "uri": self.uri,
            "offset": int(self.offset),
            "size": int(self.size),
            "data_type": _dump(_stored_type(self.data_type)),
            "extra_info": _dump(self.extra_info),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        self.uri, self.offset, self.size = plain["uri"], plain["offset"], plain["size"]
        self.data_type = _live_type(plain["data_type"])
        extra = plain["extra_info"]
        self.extra_info = json.loads(extra) if extra else {}
        self.signed_uri = ""
        return self

    def _attributes(self) -> dict[str, Any]:
        inner = self.data_type
        return {
            "uri": self.uri,
            "scheme": self.scheme,
            "offset": self.offset,
            "size": self.size,
            "data_type": inner if _is_dict(inner) else inner.asdict(),
            "extra_info": self.extra_info,
        }

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _COMPARED)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - attributes may be assigned to

    def __str__(self) -> str:
        return f"Link {self.uri}"

    def __repr__(self) -> str:
        span = f", offset={self.offset}, size={self.size}" if self.offset or self.size != -1 else ""
        return f"Link({self.uri!r}{span})"


@dataclass(frozen=True, slots=True)
class LinkedBytes:
    """The bytes of a link as a `Reader`: those from its offset, as many as its size.

    Attributes:
        link: Opened anew by each read.
    """

    link: Link

    @property
    def size(self) -> int:
        """Length in bytes."""
        there = max(0, self.link.reader().size - self.link.offset)
        return there if self.link.size < 0 else min(there, self.link.size)

    def read(self, offset: int = 0, length: int = -1) -> bytes:
        """The bytes from `offset`, as `Reader` says."""
        if self.link.size >= 0:
            rest = max(0, self.link.size - offset)
            length = rest if length < 0 else min(length, rest)
        data = self.link.reader().read(self.link.offset + offset, length)
        if self.link.size >= 0 and len(data) != length:
            raise Corrupted(
                f"{shown_uri(self.link.uri)} has {len(data):,} bytes from {self.link.offset + offset:,} on, "
                f"the link says {length:,}",
                hint="what it points to was changed",
            )
        return data


def shown_uri(uri: str) -> str:
    """An address without what may be a secret in it: user, password and query."""
    scheme, mark, rest = uri.partition("://")
    if not mark:
        return uri
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


LinkOpener = Callable[[Link], Reader]
"""Opens what a link points to: all the bytes there, whatever the link's offset and size."""


def open_local(link: Link) -> FileReader:
    """The file that a path or a ``file://`` address names; the opener until another is set.

    Raises:
        NotFound: there is no such file.
        UsageError: the address is of another kind.
    """
    if not link.scheme:
        return FileReader.at(link.uri)
    host, slash, path = link.uri.partition("://")[2].partition("/")
    if link.scheme != "file" or host not in {"", "localhost"}:
        raise UsageError(f"no opener is set that can read {link.uri!r}", hint="a path or file:// can be read")
    return FileReader.at(_unquoted(slash + path))


class _Opener:
    """The opener of this process."""

    def __init__(self) -> None:
        self.open: LinkOpener = open_local


_opener = _Opener()


def set_link_opener(opener: LinkOpener | None) -> LinkOpener:
    """Have links of this process opened by `opener`, local ones too; None brings `open_local` back.

    Whoever reads rows of others (a server) sets one that refuses what those must not make him read.

    Returns:
        The opener until now.
    """
    previous = _opener.open
    _opener.open = open_local if opener is None else opener
    return previous


def _unquoted(path: str) -> str:
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match[1].decode()), os.fsencode(path))
    return os.fsdecode(raw)


def _check_data_type(value: Any) -> None:
    if isinstance(value, type) or not (value is None or isinstance(value, (dict, Described))):
        raise UsageError(
            f"data_type cannot be {value!r}", hint="give a value such as Image(), a dict, or nothing"
        )


def _is_dict(value: Described | dict[str, Any] | None) -> TypeIs[dict[str, Any] | None]:
    return value is None or isinstance(value, dict)


def _stored_type(value: Described | dict[str, Any] | None) -> dict[str, Any]:
    if _is_dict(value):
        return {} if value is None else {"dict": value}
    return {"logical": value.logical, "meta": value.meta()}


def _live_type(text: str) -> Any:
    if not text:
        return None
    stored = json.loads(text)
    if "logical" in stored:
        return LOGICAL[stored["logical"]].revive(None, stored["meta"], None)
    return stored["dict"]


def _dump(value: dict[str, Any]) -> str:
    # Text, so that links of one column have one type whatever they carry.
    if not value:
        return ""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as exc:
        raise UnsupportedValue(f"a link cannot carry {value!r}: {exc}") from exc
