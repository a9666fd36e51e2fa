"""What data types have in common that are bytes with a small description."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from starwhale.core.errors import UsageError
from starwhale.core.types.description import COMMON, SHOWN, Shape, stored
from starwhale.core.types.dtypes import dtype_of
from starwhale.core.types.link import Link, LinkedBytes
from starwhale.core.types.mime import ArtifactType, MIMEType
from starwhale.core.types.optional import tensor
from starwhale.core.types.reader import FileReader, Reader
from starwhale.core.types.source import Content

if TYPE_CHECKING:
    import numpy as np


class BaseArtifact(ABC):
    """Base of the media data types.

    The description is kept in the form in which it is stored, holding only what differs from the
    defaults of the class, so that a value read from a dataset costs three assignments and values of
    one column may share one description. It is never changed in place.

    Attributes:
        logical: Name in schemas.
        kind: Coarse kind.
        defaults: Stored form of every attribute that was not given.
        accepts: How a mime type must begin.
    """

    __slots__ = ("_carried", "_data", "_meta", "_source")
    logical: ClassVar[str]
    kind: ClassVar[ArtifactType]
    defaults: ClassVar[Mapping[str, Any]]
    accepts: ClassVar[tuple[str, ...]]

    def __init__(self, content: Content, **described: Any) -> None:
        if content.name:
            described["display_name"] = described.get("display_name") or content.name
            described["mime_type"] = self._mime_of(content.name, described.get("mime_type"))
        self._meta: Mapping[str, Any] = self._described(described)
        self._source = content.source
        self._data: bytes | memoryview | None = content.data or None
        self._carried = False

    @classmethod
    def revive(
        cls, data: bytes | memoryview | None, meta: Mapping[str, Any], source: Reader | None = None
    ) -> Self:
        """A value as it was stored; nothing is checked or read.

        Args:
            data: Its bytes, or None where they lie behind `source` or behind its link.
            meta: What `meta` gave; kept, not copied, so it must not change. Unknown keys do no harm.
            source: Read when the bytes are first needed.
        """
        self = cls.__new__(cls)
        self._meta = meta
        self._source = source
        self._data = data
        self._carried = False
        return self

    def meta(self) -> dict[str, Any]:
        """The description as JSON: attributes that differ from the defaults."""
        meta = self._meta
        return {key: meta[key] for key in self.defaults if key in meta}

    def payload(self) -> bytes:
        """The bytes, read when first needed and kept.

        Raises:
            NotFound: the file or link is not there any more.
            Corrupted: the bytes are not what was stored.
        """
        data = self._data
        if type(data) is bytes:
            return data
        self._data = data = self._read() if data is None else bytes(data)
        return data

    def _read(self) -> bytes:
        if self._source is None and self.link is not None:
            self._source = LinkedBytes(self.link)
        return b"" if self._source is None else self._source.read()

    @property
    def source(self) -> Reader | None:
        """Where the bytes are read from while they are not in memory; a `FileReader` for a path."""
        return self._source if self._data is None else None

    @property
    def linked(self) -> bool:
        """Whether the bytes are those behind `link`, so that to read them may take a network."""
        unread = self._data is None and self._source is None
        return "link" in self._meta and (unread or isinstance(self._source, LinkedBytes))

    @property
    def fp(self) -> Any:
        """The content as it was given: a path, or the bytes."""
        if isinstance(self._source, FileReader):
            return self._source.path
        return self.payload() if self._data is not None or self._source is not None else b""

    @property
    def type(self) -> ArtifactType:
        """Coarse kind."""
        return self.kind

    @property
    def display_name(self) -> str:
        """Name to show; that of the file where the content came from one."""
        return self._get("display_name") or self._title()

    @display_name.setter
    def display_name(self, value: str) -> None:
        self._set("display_name", value)

    @property
    def shape(self) -> Shape | None:
        """Shape of the content as an array; None stands for a length that is not known."""
        shape = self._get("shape")
        return None if shape is None else list(shape)

    @shape.setter
    def shape(self, value: Shape | None) -> None:
        self._set("shape", value)

    @property
    def mime_type(self) -> MIMEType:
        """What the bytes are."""
        return MIMEType(self._get("mime_type"))

    @mime_type.setter
    def mime_type(self, value: MIMEType | str) -> None:
        self._set("mime_type", value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the elements of `to_numpy`."""
        return dtype_of(self._get("dtype"))

    @dtype.setter
    def dtype(self, value: Any) -> None:
        self._set("dtype", value)

    @property
    def encoding(self) -> str:
        """Of text; empty for what is none."""
        return self._get("encoding")

    @property
    def link(self) -> Link | None:
        """Where the bytes stay that were not copied."""
        plain = self._meta.get("link")
        return None if plain is None else Link.from_plain(plain)

    @link.setter
    def link(self, value: Link | None) -> None:
        self._set("link", value)

    def to_bytes(self, encoding: str = "utf-8") -> bytes:
        """The bytes; `encoding` matters to `Text` only."""
        return self.payload()

    def fetch_data(self, encoding: str = "utf-8") -> bytes:
        """As `to_bytes`."""
        return self.to_bytes(encoding)

    @abstractmethod
    def to_numpy(self) -> np.ndarray[Any, Any]:
        """The content as an array of `dtype`."""

    def to_tensor(self) -> Any:
        """The content as a PyTorch tensor.

        Raises:
            MissingDependency: PyTorch is not installed.
        """
        return tensor(self.to_numpy())

    def to_pt_tensor(self) -> Any:
        """As `to_tensor`."""
        return self.to_tensor()

    def carry_raw_data(self) -> Self:
        """Read the bytes now, and let `asdict` and `to_json` carry them as base64."""
        self.payload()
        self._carried = True
        return self

    def drop_data(self) -> Self:
        """Forget the bytes in memory; they are read again where they came from, if anywhere."""
        self._carried = False
        self._data = None
        return self

    def astype(self) -> dict[str, Any]:
        """The kind in a few words."""
        return {
            "type": self.kind.value,
            "mime_type": self._get("mime_type"),
            "encoding": self.encoding,
            "display_name": self.display_name,
        }

    def asdict(self, ignore_keys: Iterable[str] | None = None) -> dict[str, Any]:
        """Attributes as a dict for people and JSON, without `ignore_keys`."""
        ignored = set(ignore_keys or ())
        link = self.link
        shown: dict[str, Any] = {
            "_type": self.kind.value,
            "display_name": self.display_name,
            "_mime_type": self._get("mime_type"),
            "shape": self.shape,
            "_dtype_name": self._get("dtype"),
            "encoding": self.encoding,
            "link": None if link is None else link.asdict(),
        }
        shown.update({key: self._get(key) for key in self.defaults if key not in COMMON})
        if self._carried:
            shown["_raw_base64_data"] = b64encode(self.payload()).decode()
        return {key: value for key, value in shown.items() if key not in ignored}

    def jsonify(self, ignore_keys: Iterable[str] | None = None) -> str:
        """`asdict` as JSON."""
        return json.dumps(self.asdict(ignore_keys), separators=(",", ":"))

    def to_json(self) -> str:
        """As `jsonify`."""
        return self.jsonify()

    def _title(self) -> str:
        return ""

    def _get(self, key: str) -> Any:
        meta = self._meta
        return meta[key] if key in meta else self.defaults[key]

    def _set(self, key: str, value: Any) -> None:
        self._meta = {**{k: v for k, v in self._meta.items() if k != key}, **self._described({key: value})}

    def _mime_of(self, name: str, given: MIMEType | str | None) -> MIMEType | str:
        if given is not None and given != MIMEType.UNDEFINED:
            return given
        told = MIMEType.create_by_file_suffix(name)
        return told if told.value.startswith(self.accepts) else MIMEType.UNDEFINED

    def _described(self, given: Mapping[str, Any]) -> dict[str, Any]:
        meta: dict[str, Any] = {}
        for key, value in given.items():
            default = self.defaults[key]
            if value is None or value is default:
                continue
            plain = stored(key, value)
            if plain != default:
                meta[key] = plain
        mime = meta.get("mime_type")
        if mime is not None and not mime.startswith(self.accepts):
            raise UsageError(f"{type(self).__name__} cannot be of mime type {mime!r}")
        return meta

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.meta() != other.meta() or self.linked != other.linked:
            return False
        return self.linked or self.payload() == other.payload()

    def __hash__(self) -> int:
        # Only the bytes: they stay, while the description may be assigned to.
        return hash((type(self), None if self.linked else self.payload()))

    def __reduce__(self) -> tuple[Any, ...]:
        data = None if self.linked else self.payload()
        return (type(self).revive, (data, self.meta()), getattr(self, "__dict__", None))

    def __repr__(self) -> str:
        parts = [repr(self.display_name)] if self.display_name else []
        parts += [f"{key}={value!r}" for key, value in self.meta().items() if key in SHOWN]
        if self._data is not None:
            parts.append(f"{len(self._data)} bytes")
        elif self.linked:
            parts.append(repr(self.link))
        return f"{type(self).__name__}({', '.join(parts)})"
